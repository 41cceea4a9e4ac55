// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/doorbell.hpp>

#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define BOOST_TEST_MODULE doorbell
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/doorbell_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Making a doorbell, and ringing it.

using belfry::doorbell;
using belfry::doorbell_handle;
using belfry::error;
using belfry::error_code;
using belfry::signal_result;
using belfry::detail::posix::unique_descriptor;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::not_open;
using fixture = test::doorbell_fixture;

namespace {

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
