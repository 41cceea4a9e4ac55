// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>

#define BOOST_TEST_MODULE closing
#include "support/channel_fixture.hpp"
#include "support/completion.hpp"
#include "support/forked_peer.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Ending one direction, and ending all in good order.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::wait_policy;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::into;
using test::shut_down;
using fixture = test::blocking_channel_fixture;

BOOST_AUTO_TEST_SUITE(of_one_direction)

BOOST_FIXTURE_TEST_CASE(the_peer_receives_what_was_sent_and_then_sees_closed, fixture) {
  a.sender().send(asio::buffer("last", 4));
  a.sender().shutdown();
  BOOST_TEST(b.receiver().peek().text() == "last");
  b.receiver().release();
  error_code ec;
  b.receiver().peek(ec);
  BOOST_TEST((ec == error::closed));
  BOOST_TEST(!b.receiver().try_peek(ec));
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(the_other_direction_goes_on, fixture) {
  a.sender().shutdown();
  error_code ec;
  b.receiver().peek(ec);
  BOOST_TEST((ec == error::closed));
  b.sender().send(asio::buffer("answer", 6));
  BOOST_TEST(a.receiver().peek().text() == "answer");
  a.receiver().release();
  BOOST_TEST(a.is_open());
  BOOST_TEST(b.is_open());
  b.sender().shutdown();
  a.receiver().peek(ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(every_later_send_is_refused, fixture) {
  a.sender().shutdown();
  error_code ec;
  a.sender().send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == shut_down));
  BOOST_TEST(!a.sender().try_send(asio::buffer("x", 1), ec));
  BOOST_TEST((ec == shut_down));
  a.sender().reserve_for(1s, 1, ec);
  BOOST_TEST((ec == shut_down));
  a.sender().shutdown(ec);
  BOOST_TEST((ec == shut_down));
  BOOST_CHECK_THROW(a.sender().shutdown(), belfry::system_error);
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer("x", 1), into(sent));
  run();
  BOOST_TEST((sent == shut_down));
  BOOST_TEST(a.stats().sent.messages == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_pending_send_is_refused_too, fixture) {
  const std::string half(a.sender().capacity() / 2, 'x');
  a.sender().send(asio::buffer(half));
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer(half), into(sent));
  poll();
  BOOST_TEST(!sent.has_value());
  a.sender().shutdown();
  run();
  BOOST_TEST((sent == shut_down));
}

BOOST_FIXTURE_TEST_CASE(a_pending_receive_of_the_peer_ends, fixture) {
  std::optional<error_code> received;
  b.receiver().async_peek(into(received));
  poll();
  BOOST_TEST(!received.has_value());
  a.sender().shutdown();
  run();
  BOOST_TEST((received == error::closed));
}

BOOST_FIXTURE_TEST_CASE(a_blocked_receive_of_the_peer_ends_also_if_its_sender_hears_of_it_first, fixture) {
  for (const bool through_sender : {false, true}) {
    test::both_sides pair = test::make_channels(context.get_executor());
    pair.b.set_wait_policy(wait_policy::block);
    error_code ec;
    std::jthread reader([&] { pair.b.receiver().peek(ec); });
    test::until([&] { return pair.b.stats().received.sleeps == 1; });
    pair.a.sender().shutdown();
    if (through_sender) BOOST_TEST(pair.b.is_open());  // takes what was said from the lifeline
    reader.join();
    BOOST_TEST((ec == error::closed));
  }
}

BOOST_FIXTURE_TEST_CASE(what_is_staged_is_sent_first, fixture) {
  a.sender().reserve(1)[0] = std::byte{'s'};
  a.sender().stage(1);
  a.sender().shutdown();
  BOOST_TEST(b.receiver().peek().text() == "s");
}

BOOST_FIXTURE_TEST_CASE(a_goodbye_may_follow, fixture) {
  a.sender().shutdown();
  a.close();
  error_code ec;
  b.sender().send(asio::buffer("x", 1), ec);  // may be too early to know
  b.receiver().peek(ec);
  BOOST_TEST((ec == error::closed));
  BOOST_TEST(!b.is_open());
}

BOOST_FIXTURE_TEST_CASE(after_the_channels_end_it_is_the_end_that_is_reported, fixture) {
  error_code ec;
  b.close();
  BOOST_TEST(!a.is_open());
  a.sender().shutdown(ec);
  BOOST_TEST((ec == error::closed));
  b.sender().shutdown(ec);
  BOOST_TEST((ec == test::not_open));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(waiting_until_all_is_received)

BOOST_FIXTURE_TEST_CASE(nothing_to_wait_for_is_no_wait, fixture) {
  a.sender().wait_drained();
  std::optional<error_code> drained;
  a.sender().async_wait_drained(into(drained));
  BOOST_TEST(!drained.has_value());
  run();
  BOOST_TEST((drained == error_code()));
  BOOST_TEST(a.stats().sent.sleeps == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_blocked_wait_ends_when_the_last_message_is_released_and_costs_one_ring, fixture) {
  for (int i = 0; i != 3; ++i) a.sender().send(asio::buffer("x", 1));
  std::jthread reader([&] {
    test::until([&] { return a.stats().sent.sleeps == 1; });
    for (int i = 0; i != 3; ++i) {
      b.receiver().peek();
      b.receiver().release();
    }
  });
  a.sender().wait_drained();
  BOOST_TEST(a.stats().unread_bytes == 0u);
  reader.join();
  BOOST_TEST(b.stats().received.rings == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_pending_wait_ends_likewise, fixture) {
  for (int i = 0; i != 3; ++i) a.sender().send(asio::buffer("x", 1));
  std::optional<error_code> drained;
  a.sender().async_wait_drained(into(drained));
  for (int i = 0; i != 3; ++i) {
    poll();
    BOOST_TEST(!drained.has_value());
    b.receiver().peek();
    b.receiver().release();
  }
  run();
  BOOST_TEST((drained == error_code()));
}

BOOST_FIXTURE_TEST_CASE(the_time_may_run_out_and_the_channel_goes_on, fixture) {
  a.sender().send(asio::buffer("x", 1));
  error_code ec;
  a.sender().wait_drained_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  BOOST_CHECK_THROW(a.sender().wait_drained_for(1ms), belfry::system_error);
  b.receiver().peek();
  b.receiver().release();
  a.sender().wait_drained_for(1ms);
}

BOOST_FIXTURE_TEST_CASE(a_peer_that_leaves_with_messages_unread_is_the_error, fixture) {
  a.sender().send(asio::buffer("x", 1));
  std::optional<error_code> drained;
  a.sender().async_wait_drained(into(drained));
  poll();
  BOOST_TEST(!drained.has_value());
  b.close();
  run();
  BOOST_TEST((drained == error::closed));
}

BOOST_FIXTURE_TEST_CASE(a_peer_that_read_everything_and_left_is_no_error, fixture) {
  a.sender().send(asio::buffer("x", 1));
  b.receiver().peek();
  b.receiver().release();
  b.close();
  a.sender().wait_drained();
}

BOOST_FIXTURE_TEST_CASE(it_can_be_waited_for_after_a_shutdown, fixture) {
  a.sender().send(asio::buffer("x", 1));
  a.sender().shutdown();
  error_code ec;
  a.sender().wait_drained_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  b.receiver().peek();
  b.receiver().release();
  a.sender().wait_drained();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(in_good_order)

BOOST_FIXTURE_TEST_CASE(an_asynchronous_close_waits_until_all_is_received, fixture) {
  a.sender().send(asio::buffer("last", 4));
  std::optional<error_code> closed;
  a.async_close(into(closed));
  poll();
  BOOST_TEST(!closed.has_value());
  BOOST_TEST(b.receiver().peek().text() == "last");
  b.receiver().release();
  run();
  BOOST_TEST((closed == error_code()));
  BOOST_TEST(!a.is_open());
  BOOST_TEST(!b.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_close_leaves_the_channel_open, fixture) {
  a.sender().send(asio::buffer("x", 1));
  std::optional<error_code> closed;
  asio::cancellation_signal signal;
  a.async_close(asio::bind_cancellation_slot(signal.slot(), into(closed)));
  poll();
  BOOST_TEST(!closed.has_value());
  signal.emit(asio::cancellation_type::total);
  run();
  BOOST_TEST((closed == aborted));
  BOOST_TEST(a.is_open());
  BOOST_TEST(b.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_close_with_a_limit_closes_in_any_case_and_tells_whether_all_was_received, fixture) {
  a.sender().send(asio::buffer("x", 1));
  error_code ec;
  a.close_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  BOOST_TEST(!a.is_open());
  BOOST_TEST(!b.is_open());
  BOOST_TEST(b.receiver().peek().text() == "x");

  test::both_sides pair = test::make_channels(context.get_executor());
  pair.a.sender().send(asio::buffer("x", 1));
  std::jthread reader([&] {
    pair.b.receiver().peek();
    pair.b.receiver().release();
  });
  pair.a.close_for(60s);
  BOOST_TEST(!pair.a.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_close_that_waits_for_a_dead_peer_ends, fixture) {
  auto [mine, peer] = test::fork_peer(context.get_executor(), {}, [](channel& c) {
    c.sender().send(asio::buffer("here", 4));
    for (;;) ::pause();
    return 0;
  });
  BOOST_TEST(mine.receiver().peek().text() == "here");
  mine.sender().send(asio::buffer("x", 1));
  std::optional<error_code> closed;
  mine.async_close(into(closed));
  poll();
  BOOST_TEST(!closed.has_value());
  peer.kill(SIGKILL);
  run();
  BOOST_TEST((closed == error::peer_dead));
  BOOST_TEST(!mine.is_open());
}

BOOST_AUTO_TEST_SUITE_END()
