// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOOST_TEST_MODULE completion_run
#include "support/channel_fixture.hpp"

#include <boost/test/unit_test.hpp>

// How many system calls asynchronous operations make, and that others of their executor have their turn all the same.

using belfry::channel;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

std::atomic<unsigned> epoll_waits{0};
std::atomic<unsigned> receives{0};
std::function<void()> before_sleep;  // called when somebody is about to wait in epoll_wait

}  // namespace

// In the place of the C library's: this program and the library in it call these.
extern "C" {
int epoll_wait(int set, epoll_event* events, int most, int timeout) {
  ++epoll_waits;
  if (timeout != 0 && before_sleep) before_sleep();
  return static_cast<int>(::syscall(SYS_epoll_pwait, set, events, most, timeout, nullptr, 0));
}
ssize_t recv(int fd, void* to, std::size_t size, int flags) {
  ++receives;
  return ::syscall(SYS_recvfrom, fd, to, size, flags, nullptr, nullptr);
}
}

namespace {

constexpr unsigned in_a_row = 16;
constexpr unsigned many = 640;

struct fixture : test::channel_fixture {
  fixture() : channel_fixture({65536, 65536}) {
    a.set_wait_policy(wait_policy::block);
    b.set_wait_policy(wait_policy::block);
  }
  ~fixture() { before_sleep = {}; }

  void send(unsigned count) {
    for (unsigned i = 0; i != count; ++i) a.sender().send(asio::buffer("x", 1));
  }

  /// Receives by callbacks, each of which starts the next.
  void receive(unsigned count) {
    if (count == 0) return;
    b.receiver().async_receive(asio::buffer(byte), [this, count](error_code ec, std::size_t) {
      BOOST_TEST_REQUIRE(!ec);
      ++received;
      came();
      receive(count - 1);
    });
  }
  asio::awaitable<void> co_receive(unsigned count) {
    for (; count != 0; --count) {
      co_await b.receiver().async_receive(asio::buffer(byte), asio::use_awaitable);
      ++received;
    }
  }

  std::array<char, 1> byte{};
  unsigned received = 0;
  std::function<void()> came = [] {};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(messages_that_are_there_are_handed_over_without_a_look_at_the_descriptors_for_each, fixture) {
  send(many);
  const unsigned before = epoll_waits;
  receive(many);
  run();
  BOOST_TEST(received == many);
  BOOST_TEST(epoll_waits - before <= many / in_a_row + 2);
}

BOOST_FIXTURE_TEST_CASE(so_they_are_to_coroutines, fixture) {
  send(many);
  const unsigned before = epoll_waits;
  asio::co_spawn(context, co_receive(many), asio::detached);
  run();
  BOOST_TEST(received == many);
  BOOST_TEST(epoll_waits - before <= many / in_a_row + 3);
}

BOOST_FIXTURE_TEST_CASE(sending_where_there_is_room_costs_no_more, fixture) {
  unsigned left = many;
  std::function<void(error_code)> next = [&](error_code ec) {
    BOOST_TEST_REQUIRE(!ec);
    if (left-- != 0) a.sender().async_send(asio::buffer("x", 1), [&](error_code ec2) { next(ec2); });
  };
  const unsigned before = epoll_waits;
  next({});
  run();
  BOOST_TEST(a.stats().sent.messages == many);
  BOOST_TEST(epoll_waits - before <= many / in_a_row + 2);
}

BOOST_FIXTURE_TEST_CASE(another_handler_has_its_turn_meanwhile, fixture) {
  send(many);
  unsigned turns = 0, at_last_turn = 0, most = 0;
  std::function<void()> other = [&] {
    ++turns;
    most = std::max(most, received - at_last_turn);
    at_last_turn = received;
    if (received != many) asio::post(context, std::ref(other));
  };
  receive(many);
  asio::post(context, std::ref(other));
  run();
  BOOST_TEST(received == many);
  BOOST_TEST(most <= in_a_row);
  BOOST_TEST(turns >= many / in_a_row);
}

BOOST_FIXTURE_TEST_CASE(no_operation_completes_inside_the_call_that_starts_it, fixture) {
  send(many);
  unsigned depth = 0;
  std::function<void(error_code, std::size_t)> next = [&](error_code, std::size_t) {
    BOOST_TEST(depth == 0u);
    ++depth;
    if (++received != many)
      b.receiver().async_receive(asio::buffer(byte), [&](error_code ec, std::size_t size) { next(ec, size); });
    --depth;
  };
  b.receiver().async_receive(asio::buffer(byte), [&](error_code ec, std::size_t size) { next(ec, size); });
  BOOST_TEST(received == 0u);
  run();
  BOOST_TEST(received == many);
}

BOOST_FIXTURE_TEST_CASE(a_wake_costs_one_epoll_wait_and_one_recv, fixture) {
  for (int lap = 0; lap != 20; ++lap) {
    receive(1);
    poll();
    BOOST_TEST(received == 0u);
    before_sleep = [this] { send(1); };
    const unsigned waits = epoll_waits;
    const unsigned recvs = receives;
    context.restart();
    context.run_one();
    before_sleep = {};
    BOOST_TEST(std::exchange(received, 0U) == 1u);
    BOOST_TEST(epoll_waits - waits == 1u);
    BOOST_TEST(receives - recvs == 1u);
  }
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_operation_that_has_found_its_message_leaves_it, fixture) {
  send(3);
  error_code result;
  asio::cancellation_signal signal;
  receive(1);
  came = [&] {
    if (received != 1) return;
    b.receiver().async_receive(
        asio::buffer(byte),
        asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t) { result = ec; }));
    signal.emit(asio::cancellation_type::total);
  };
  run();
  BOOST_TEST((result == asio::error::operation_aborted));
  BOOST_TEST(b.receiver().try_peek().size() == 1u);
  BOOST_TEST(b.stats().received.messages == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_follows_a_handler_that_throws_still_completes, fixture) {
  send(2);
  receive(1);
  bool second = false;
  came = [&] {
    b.receiver().async_receive(asio::buffer(byte), [&](error_code, std::size_t) { second = true; });
    throw std::runtime_error("from a handler");
  };
  BOOST_CHECK_THROW(context.run(), std::runtime_error);
  BOOST_TEST(!second);
  run();
  BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(a_handler_that_blocks_until_the_next_one_has_run_is_helped_by_another_thread) {
  asio::thread_pool pool(2);
  auto [a, b] = test::make_channels(pool.get_executor(), {4096, 4096});
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer("x", 1));
  std::array<char, 1> byte{};
  std::promise<std::size_t> done;
  b.receiver().async_receive(asio::buffer(byte), [&, &in = b.receiver()](error_code, std::size_t) {
    done.set_value(in.async_receive(asio::buffer(byte), asio::use_future).get());
  });
  BOOST_TEST(done.get_future().get() == 1u);
  pool.join();
}

BOOST_AUTO_TEST_CASE(it_is_helped_each_time_it_blocks) {
  asio::thread_pool pool(2);
  auto [a, b] = test::make_channels(pool.get_executor(), {4096, 4096});
  for (int i = 0; i != 4; ++i) a.sender().send(asio::buffer("x", 1));
  std::array<char, 1> byte{};
  std::promise<std::size_t> done;
  b.receiver().async_receive(asio::buffer(byte), [&, &in = b.receiver()](error_code, std::size_t) {
    std::size_t size = 0;
    for (int i = 0; i != 3; ++i) size += in.async_receive(asio::buffer(byte), asio::use_future).get();
    done.set_value(size);
  });
  BOOST_TEST(done.get_future().get() == 3u);
  pool.join();
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_run_the_loop_until_what_it_has_started_completes, fixture) {
  send(4);
  receive(1);
  unsigned inner = 0;
  came = [&] {
    for (unsigned i = 1; i != 4; ++i) {
      b.receiver().async_receive(asio::buffer(byte), [&](error_code, std::size_t) { ++inner; });
      while (inner != i) context.run_one();
    }
  };
  run();
  BOOST_TEST(inner == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_follows_two_handlers_that_throw_still_completes, fixture) {
  send(2);
  b.sender().send(asio::buffer("y", 1));
  receive(1);
  std::array<char, 1> other{};
  bool third = false;
  came = [&] {
    b.receiver().async_receive(asio::buffer(byte), [](error_code, std::size_t) { throw std::runtime_error("first"); });
    b.sender().async_send(asio::buffer("z", 1), [](error_code) { throw std::runtime_error("second"); });
    a.receiver().async_receive(asio::buffer(other), [&](error_code, std::size_t) { third = true; });
  };
  for (int i = 0; i != 2; ++i) BOOST_CHECK_THROW(context.run(), std::runtime_error);
  BOOST_TEST(!third);
  run();
  BOOST_TEST(third);
}

BOOST_AUTO_TEST_CASE(what_follows_a_handler_that_throws_goes_with_its_executor) {
  auto kept = std::make_shared<int>(0);
  const std::weak_ptr<int> alive = kept;
  auto context = std::make_unique<asio::io_context>();
  {
    auto [a, b] = test::make_channels(context->get_executor(), {4096, 4096});
    for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer("x", 1));
    std::array<char, 1> byte{};
    b.receiver().async_receive(asio::buffer(byte), [&, kept, &in = b.receiver()](error_code, std::size_t) {
      in.async_receive(asio::buffer(byte), [kept](error_code, std::size_t) {});
      throw std::runtime_error("from a handler");
    });
    kept.reset();
    BOOST_CHECK_THROW(context->run(), std::runtime_error);
    BOOST_TEST(!alive.expired());
  }
  context.reset();
  BOOST_TEST(alive.expired());
}

BOOST_FIXTURE_TEST_CASE(a_loop_that_was_told_to_stop_calls_no_more_of_them, fixture) {
  send(3);
  receive(3);
  came = [&] {
    if (received == 1) context.stop();
  };
  run();
  BOOST_TEST(received == 1u);
  run();
  BOOST_TEST(received == 3u);
}
