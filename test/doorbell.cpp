// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/doorbell.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define BOOST_TEST_MODULE doorbell
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/context_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

using belfry::doorbell;
using belfry::doorbell_handle;
using belfry::error;
using belfry::error_code;
using belfry::signal_result;
using belfry::detail::posix::unique_descriptor;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::into;
using test::not_open;
using test::started;

namespace {

struct fixture : test::context_fixture {
  fixture() {
    auto [a, handle] = doorbell::create_pair(context.get_executor());
    mine = std::move(a);
    theirs = doorbell::from_handle(context.get_executor(), std::move(handle));
  }

  auto handler() {
    return [this](error_code e) {
      ++times;
      ec = e;
    };
  }

  doorbell mine;
  doorbell theirs;
  int times = 0;
  error_code ec;
};

error_code refusal_of(int fd) {
  asio::io_context context;
  error_code ec;
  BOOST_TEST(!doorbell::from_native_handle(context.get_executor(), fd, ec).is_open());
  doorbell_handle handle(fd);
  error_code same;
  BOOST_TEST(!doorbell::from_handle(context.get_executor(), std::move(handle), same).is_open());
  BOOST_TEST((same == ec));
  BOOST_TEST(handle.release() == fd, "a refused handle is left as it was");
  BOOST_CHECK_THROW(doorbell::from_native_handle(context.get_executor(), fd), belfry::system_error);
  return ec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(making)

BOOST_FIXTURE_TEST_CASE(both_ends_are_close_on_exec_from_birth_or_adoption, fixture) {
  BOOST_TEST(test::close_on_exec(mine.native_handle()));
  BOOST_TEST(test::close_on_exec(theirs.native_handle()));
  auto handle = theirs.release();
  BOOST_TEST(!theirs.is_open());
  ::fcntl(handle.native_handle(), F_SETFD, 0);
  const auto again = doorbell::from_handle(context.get_executor(), std::move(handle));
  BOOST_TEST(test::close_on_exec(again.native_handle()));
  BOOST_TEST(!handle);
}

BOOST_AUTO_TEST_CASE(what_is_no_end_of_a_doorbell_is_refused_and_says_why) {
  BOOST_TEST((refusal_of(-1) == error::handle_not_open));
  BOOST_TEST((refusal_of(1'000'000) == error::handle_not_open));
  const unique_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  BOOST_TEST((refusal_of(null.get()) == error::not_a_socket));
  const unique_descriptor udp(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (udp) BOOST_TEST((refusal_of(udp.get()) == error::wrong_socket_family));
  int stream[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) == 0);
  const unique_descriptor first(stream[0]);
  const unique_descriptor second(stream[1]);
  BOOST_TEST((refusal_of(first.get()) == error::wrong_socket_type));
  const unique_descriptor alone(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  BOOST_TEST((refusal_of(alone.get()) == error::socket_not_connected));
  for (const auto* fd : {&null, &first, &alone}) BOOST_TEST(test::is_open(fd->get()));
}

BOOST_FIXTURE_TEST_CASE(an_end_that_is_not_open_says_so, fixture) {
  doorbell nothing;
  BOOST_TEST(!nothing.is_open());
  BOOST_TEST(nothing.native_handle() == -1);
  mine.close();
  mine.close();
  for (doorbell* bell : {&nothing, &mine}) {
    error_code e;
    bell->wait(e);
    BOOST_TEST((e == not_open));
    BOOST_TEST(!bell->wait_for(1h, e));
    BOOST_TEST((e == not_open));
    BOOST_TEST(!bell->try_wait(e));
    BOOST_TEST((e == not_open));
    bell->accept(e);
    BOOST_TEST((e == not_open));
    BOOST_TEST((bell->signal() == signal_result::peer_dead));
    BOOST_TEST(bell->pending_bytes() == 0u);
    bell->drain();
    bell->cancel();
    BOOST_TEST(!bell->release());
    BOOST_CHECK_THROW(bell->wait(), belfry::system_error);
    BOOST_CHECK_THROW(bell->try_wait(), belfry::system_error);
    BOOST_CHECK_THROW(bell->accept(), belfry::system_error);
  }
  mine.async_wait(handler());
  run();
  BOOST_TEST((ec == not_open));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ringing)

BOOST_FIXTURE_TEST_CASE(a_signal_before_the_wait_counts, fixture) {
  BOOST_TEST(theirs.signal() == signal_result::sent);
  mine.wait();
  BOOST_TEST(theirs.signal() == signal_result::sent);
  BOOST_TEST(mine.wait_for(0ns));
  BOOST_TEST(theirs.signal() == signal_result::sent);
  BOOST_TEST(mine.try_wait());
  theirs.signal();
  mine.async_wait(handler());
  run();
  BOOST_TEST((times == 1 && !ec));
}

BOOST_FIXTURE_TEST_CASE(signals_merge_until_somebody_waits, fixture) {
  for (int i = 0; i != 100; ++i) theirs.signal();
  mine.wait();
  BOOST_TEST(!mine.try_wait());
  BOOST_TEST(!mine.wait_for(0ns));
  BOOST_TEST(!mine.wait_for(1ms));
}

BOOST_FIXTURE_TEST_CASE(each_end_rings_the_other_and_not_itself, fixture) {
  mine.signal();
  BOOST_TEST(!mine.try_wait());
  BOOST_TEST(theirs.try_wait());
}

BOOST_FIXTURE_TEST_CASE(too_many_signals_are_buffer_full_and_one_wait_takes_them_all, fixture) {
  int sent = 0;
  while (theirs.signal() == signal_result::sent) ++sent;
  BOOST_TEST(sent > 1);
  BOOST_TEST(theirs.signal() == signal_result::buffer_full);
  BOOST_TEST(!theirs.is_peer_dead());
  mine.wait();
  BOOST_TEST(!mine.try_wait());
  BOOST_TEST(theirs.signal() == signal_result::sent);
  BOOST_TEST(mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_signal_to_a_dead_peer_says_so_from_then_on_and_raises_nothing, fixture) {
  BOOST_TEST(!theirs.is_peer_dead());
  mine.close();
  for (int i = 0; i != 3; ++i) {
    errno = 42;
    BOOST_TEST(theirs.signal() == signal_result::peer_dead);
    BOOST_TEST(errno == 42);
  }
  BOOST_TEST(theirs.is_peer_dead());
}

BOOST_FIXTURE_TEST_CASE(what_a_dead_peer_rang_is_still_heard, fixture) {
  theirs.signal();
  theirs.close();
  mine.wait();
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_signal_comes_from_another_process, fixture) {
  test::child ringer([this] { return theirs.signal() == signal_result::sent ? 0 : 1; });
  mine.wait();
  BOOST_TEST(ringer.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(pending_signals_are_seen_and_can_be_forgotten, fixture) {
  BOOST_TEST(mine.pending_bytes() == 0u);
  theirs.signal();
  theirs.signal();
  BOOST_TEST(mine.pending_bytes() == 1u);
  mine.drain();
  BOOST_TEST(mine.pending_bytes() == 0u);
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_peer_that_never_stops_ringing_keeps_nobody_busy, fixture) {
  std::jthread flood([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) theirs.signal();
  });
  for (int i = 0; i != 1000; ++i) {
    mine.drain();
    mine.wait();
    mine.try_wait();
  }
}

BOOST_AUTO_TEST_CASE(a_result_has_its_name) {
  std::ostringstream out;
  out << signal_result::sent << ' ' << signal_result::buffer_full << ' ' << signal_result::peer_dead;
  BOOST_TEST(out.str() == "sent buffer_full peer_dead");
}

BOOST_FIXTURE_TEST_CASE(signal_and_accept_complete_at_once_but_not_inside_the_call, fixture) {
  std::optional<signal_result> result;
  mine.async_signal([&](error_code e, signal_result r) {
    ec = e;
    result = r;
  });
  BOOST_TEST(!result);
  run();
  BOOST_TEST((result == signal_result::sent && !ec));
  BOOST_TEST(theirs.try_wait());
  mine.accept();
  mine.async_accept(handler());
  BOOST_TEST(times == 0);
  run();
  BOOST_TEST((times == 1 && !ec));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(blocking)

BOOST_FIXTURE_TEST_CASE(a_ring_wakes_a_thread_that_waits, fixture) {
  for (int i = 0; i != 200; ++i) {
    std::jthread waiting([this] { mine.wait(); });
    theirs.signal();
  }
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_wait_without_a_ring_ends_with_its_time_and_no_error, fixture) {
  for (const auto limit : {-1ns, 0ns, 1ns, std::chrono::nanoseconds(2ms)}) {
    const auto begin = std::chrono::steady_clock::now();
    ec = started;
    BOOST_TEST(!mine.wait_for(limit, ec));
    BOOST_TEST(!ec);
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= limit));
  }
}

BOOST_FIXTURE_TEST_CASE(cancel_from_another_thread_ends_a_blocked_wait, fixture) {
  for (int i = 0; i != 50; ++i) {
    std::atomic<bool> done = false;
    error_code e;
    std::jthread waiting([&] {
      mine.wait(e);
      done = true;
    });
    test::until([&] {
      mine.cancel();
      return done.load();
    });
    waiting.join();
    BOOST_TEST((e == aborted));
    BOOST_TEST(!mine.try_wait());
  }
}

BOOST_AUTO_TEST_CASE(close_from_another_thread_ends_a_blocked_wait_and_is_never_taken_for_a_ring) {
  for (int i = 0; i != 100; ++i) {
    fixture f;
    std::atomic<bool> about_to_wait = false;
    error_code e;
    std::jthread waiting([&] {
      about_to_wait = true;
      f.mine.wait(e);
    });
    test::until([&] { return about_to_wait.load(); });
    for (int j = 0; j != i % 20; ++j) std::this_thread::yield();
    f.mine.close();
    waiting.join();
    BOOST_REQUIRE((e == aborted || e == not_open));
    BOOST_REQUIRE(f.theirs.signal() == signal_result::peer_dead);
  }
}

BOOST_FIXTURE_TEST_CASE(the_peers_death_ends_no_wait, fixture) {
  for (const bool limited : {false, true}) {
    fixture f;
    std::atomic<bool> done = false;
    std::jthread waiting([&] {
      if (limited) f.mine.wait_for(1h, f.ec);
      else f.mine.wait(f.ec);
      done = true;
    });
    f.theirs.close();
    test::until([&] {
      f.mine.cancel();
      return done.load();
    });
    waiting.join();
    BOOST_TEST((f.ec == aborted));
  }
  mine.async_wait(handler());
  theirs.close();
  poll();
  BOOST_TEST(times == 0);
  BOOST_TEST(!mine.is_peer_dead());
  mine.cancel();
  run();
  BOOST_TEST((ec == aborted));
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_second_wait_is_already_started, fixture) {
  mine.async_wait(handler());
  error_code e;
  mine.wait(e);
  BOOST_TEST((e == started));
  mine.async_wait(into(e));
  e.clear();
  poll();
  BOOST_TEST((e == started));
  BOOST_TEST(times == 0);
  theirs.signal();
  run();
  BOOST_TEST((times == 1 && !ec));
}

BOOST_FIXTURE_TEST_CASE(a_cancel_without_a_wait_is_not_remembered, fixture) {
  mine.cancel();
  BOOST_TEST(!mine.wait_for(0ns));
  mine.cancel();
  theirs.signal();
  mine.wait();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(asynchronous)

BOOST_FIXTURE_TEST_CASE(a_pending_wait_completes_with_the_ring_and_never_inside_the_call, fixture) {
  theirs.signal();
  mine.async_wait(handler());
  BOOST_TEST(times == 0);
  run();
  BOOST_TEST(times == 1);
  mine.async_wait(handler());
  poll();
  BOOST_TEST(times == 1);
  theirs.signal();
  run();
  BOOST_TEST((times == 2 && !ec));
}

BOOST_FIXTURE_TEST_CASE(any_completion_token_will_do, fixture) {
  theirs.signal();
  auto future = mine.async_wait(asio::use_future);
  run();
  future.get();

  auto later = mine.async_wait(asio::deferred);
  theirs.signal();
  std::move(later)(handler());
  run();
  BOOST_TEST((times == 1 && !ec));

  std::optional<signal_result> result;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await mine.async_accept(asio::use_awaitable);
        result = co_await theirs.async_signal(asio::use_awaitable);
        co_await mine.async_wait(asio::use_awaitable);
      },
      [](std::exception_ptr e) { BOOST_TEST(!e); });
  run();
  BOOST_TEST((result == signal_result::sent));
}

BOOST_FIXTURE_TEST_CASE(the_handlers_executor_is_where_it_completes, fixture) {
  asio::io_context elsewhere;
  mine.async_wait(asio::bind_executor(elsewhere.get_executor(), handler()));
  theirs.signal();
  while (context.poll() == 0) {
  }
  BOOST_TEST(times == 0);
  while (times == 0) {
    elsewhere.poll();
    poll();
  }
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(each_kind_of_cancellation_ends_the_wait_which_has_taken_no_signal, fixture) {
  for (const auto type :
       {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    mine.async_wait(asio::bind_cancellation_slot(signal.slot(), handler()));
    poll();
    signal.emit(type);
    theirs.signal();
    run();
    BOOST_TEST((ec == aborted));
    BOOST_TEST(mine.try_wait());
  }
}

BOOST_FIXTURE_TEST_CASE(cancel_ends_a_pending_wait_and_the_doorbell_goes_on, fixture) {
  mine.async_wait(handler());
  poll();
  mine.cancel();
  run();
  BOOST_TEST((ec == aborted));
  theirs.signal();
  mine.async_wait(handler());
  run();
  BOOST_TEST((times == 2 && !ec));
}

BOOST_FIXTURE_TEST_CASE(close_and_destruction_end_a_pending_wait, fixture) {
  mine.async_wait(handler());
  poll();
  mine.close();
  run();
  BOOST_TEST((ec == aborted));
  BOOST_TEST(theirs.signal() == signal_result::peer_dead);

  ec.clear();
  {
    auto [bell, handle] = doorbell::create_pair(context.get_executor());
    bell.async_wait(handler());
    poll();
  }
  run();
  BOOST_TEST((ec == aborted));
}

BOOST_FIXTURE_TEST_CASE(a_doorbell_that_moves_does_not_disturb_its_pending_wait, fixture) {
  mine.async_wait(handler());
  poll();
  doorbell moved = std::move(mine);
  theirs.signal();
  run();
  BOOST_TEST((times == 1 && !ec));
  BOOST_TEST(moved.is_open());
}

BOOST_AUTO_TEST_CASE(an_io_context_can_be_destroyed_with_a_wait_pending) {
  std::optional<asio::io_context> context(std::in_place);
  auto [bell, handle] = doorbell::create_pair(context->get_executor());
  bell.async_wait([](error_code) { BOOST_TEST(false); });
  context->poll();
  bell = doorbell();
  context.reset();
  BOOST_TEST(!bell.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_doorbell_leaves_no_descriptor_behind, test::context_fixture) {
  std::ptrdiff_t before = 0;
  for (int i = 0; i != 20; ++i) {
    {
      auto [bell, handle] = doorbell::create_pair(context.get_executor());
      bell.async_wait([](error_code) {});
      poll();
      bell.cancel();
      run();
      bell.wait_for(0ns);
    }
    if (i == 0) before = test::open_descriptors();
  }
  BOOST_TEST(test::open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
