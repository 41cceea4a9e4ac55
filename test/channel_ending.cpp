// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/doorbell.hpp>

#include <boost/asio/buffer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#define BOOST_TEST_MODULE channel_ending
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/message_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// What ends a channel, or a wait, on either side: goodbye, close and cancel.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::wait_policy;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::not_open;
using test::result;
using fixture = test::message_fixture;

BOOST_AUTO_TEST_SUITE(ending)

BOOST_FIXTURE_TEST_CASE(after_a_goodbye_the_peer_drains_and_then_sees_closed, fixture) {
  a.sender().send(asio::buffer("1", 1));
  a.sender().send(asio::buffer("2", 1));
  a.close();
  BOOST_TEST(text_from(b) == "1");
  BOOST_TEST(text_from(b) == "2");
  error_code ec;
  std::string text;
  for (int i = 0; i != 2; ++i) {
    b.receiver().receive(asio::dynamic_buffer(text), ec);
    BOOST_TEST((ec == error::closed));
    BOOST_TEST(!b.receiver().try_peek(ec));
    BOOST_TEST((ec == error::closed));
    b.sender().send(asio::buffer("x", 1), ec);
    BOOST_TEST((ec == error::closed));
    BOOST_TEST(!b.sender().try_send(asio::buffer("x", 1), ec));
    BOOST_TEST((ec == error::closed));
  }
  result r;
  b.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  run();
  BOOST_TEST((r.ec == error::closed));
  BOOST_TEST(!b.is_open());
  BOOST_CHECK_THROW(b.receiver().peek(), belfry::system_error);
}

BOOST_FIXTURE_TEST_CASE(a_goodbye_ends_what_the_peer_waits_for, fixture) {
  while (b.sender().try_send(asio::buffer(thousand))) {
  }
  std::string text;
  result receiving;
  result sending;
  b.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  b.sender().async_send(asio::buffer(thousand), sending.handler());
  poll();
  BOOST_TEST((receiving.times == 0 && sending.times == 0));
  a.sender().send(asio::buffer("last", 4));
  a.close();
  run();
  BOOST_TEST(!receiving.ec);
  BOOST_TEST(text == "last");
  BOOST_TEST((sending.ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(a_goodbye_ends_a_blocked_wait_of_the_peer, fixture) {
  error_code ec;
  std::jthread reader([&] {
    std::string text;
    b.receiver().receive(asio::dynamic_buffer(text), ec);
  });
  test::until([&] { return b.stats().received.sleeps != 0; });
  a.close();
  reader.join();
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(to_ring_a_peer_that_said_goodbye_and_went_is_closed_and_no_death, fixture) {
  // It slept, so that the next message rings; its bells are gone, and its goodbye is still unheard.
  std::string text;
  result r;
  b.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  poll();
  BOOST_TEST(r.times == 0);
  b = channel();
  run();
  BOOST_TEST((r.ec == aborted));
  error_code ec;
  a.sender().send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(closing_twice_and_closing_nothing_are_harmless, fixture) {
  a.close();
  a.close();
  channel nothing;
  nothing.close();
  nothing.cancel();
  BOOST_TEST(!nothing.is_open());
  BOOST_TEST(!a.is_open());
}

BOOST_FIXTURE_TEST_CASE(after_close_every_operation_is_bad_descriptor, fixture) {
  b.sender().send(asio::buffer("unread", 6));
  a.close();
  error_code ec;
  std::string text;
  a.sender().send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == not_open));
  a.sender().try_reserve(1, ec);
  BOOST_TEST((ec == not_open));
  a.receiver().receive(asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == not_open));
  a.receiver().try_peek(ec);
  BOOST_TEST((ec == not_open));
  result r;
  a.sender().async_send(asio::buffer("x", 1), r.handler());
  run();
  BOOST_TEST((r.ec == not_open));
  a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  run();
  BOOST_TEST((r.ec == not_open));
}

BOOST_FIXTURE_TEST_CASE(close_ends_this_sides_pending_operations_also_one_that_has_found_its_message, fixture) {
  fill();
  b.sender().send(asio::buffer("found", 5));
  std::string text;
  result receiving;
  result sending;
  a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  a.sender().async_send(asio::buffer(thousand), sending.handler());
  a.close();
  run();
  BOOST_TEST((receiving.ec == aborted));
  BOOST_TEST((sending.ec == aborted));
}

BOOST_FIXTURE_TEST_CASE(cancel_ends_both_directions_waits_and_the_channel_goes_on, fixture) {
  const int sent = fill();
  std::string text;
  result receiving;
  result sending;
  a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  a.sender().async_send(asio::buffer(thousand), sending.handler());
  poll();
  BOOST_TEST((receiving.times == 0 && sending.times == 0));
  a.cancel();
  run();
  BOOST_TEST((receiving.ec == aborted));
  BOOST_TEST((sending.ec == aborted));
  for (int i = 0; i != sent; ++i) text_from(b);
  a.sender().send(asio::buffer("on", 2));
  BOOST_TEST(text_from(b) == "on");
}

BOOST_FIXTURE_TEST_CASE(a_cancel_without_a_wait_is_not_remembered, fixture) {
  b.cancel();
  a.sender().send(asio::buffer("x", 1));
  BOOST_TEST(text_from(b) == "x");
  b.cancel();
  error_code ec;
  b.receiver().peek_for(0ns, ec);
  BOOST_TEST((ec == error::timed_out));
}

BOOST_FIXTURE_TEST_CASE(cancel_or_close_from_another_thread_ends_a_blocked_wait, fixture) {
  for (const auto policy : {wait_policy::adaptive, wait_policy::spin, wait_policy::block}) {
    b.set_wait_policy(policy);
    std::atomic<bool> done = false;
    error_code ec;
    std::jthread reader([&] {
      b.receiver().peek(ec);
      done = true;
    });
    test::until([&] {
      b.cancel();
      return done.load();
    });
    BOOST_TEST((ec == aborted));
  }
  fill();
  error_code reading;
  error_code writing;
  std::jthread reader([&] { a.receiver().peek(reading); });
  std::jthread writer([&] { a.sender().reserve(1000, writing); });
  test::until([&] { return a.stats().received.sleeps != 0 && a.stats().sent.sleeps != 0; });
  a.close();
  reader.join();
  writer.join();
  BOOST_TEST((reading == aborted));
  BOOST_TEST((writing == aborted));
}

BOOST_FIXTURE_TEST_CASE(a_forked_childs_copy_is_destroyed_without_disturbing_the_channel, fixture) {
  std::string text;
  result r;
  a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  poll();
  BOOST_TEST(r.times == 0);
  BOOST_TEST(test::in_a_child([&] {
               a = channel();
               b = channel();
               return 0;
             }) == 0);
  BOOST_TEST(a.is_open());
  b.sender().send(asio::buffer("well", 4));
  run();
  BOOST_TEST(text == "well");
  a.sender().send(asio::buffer("too", 3));
  BOOST_TEST(text_from(b) == "too");
}

BOOST_AUTO_TEST_CASE(a_forked_child_may_destroy_its_copies_with_everything_pending) {
  auto context = std::make_unique<asio::io_context>();
  auto sides = std::make_unique<test::both_sides>(test::make_channels(context->get_executor()));
  const std::string much(3000, 'x');
  auto quiet = std::make_unique<test::both_sides>(test::make_channels(context->get_executor()));
  std::array<char, 8> reply;
  std::array<char, 8> room;
  result sent;
  result asked;
  result received;
  result rung;
  for (int i = 0; i != 3; ++i) sides->a.sender().async_send(asio::buffer(much), sent.handler());
  sides->b.async_request(asio::buffer("?", 1), 0, asio::buffer(reply), asked.handler());
  quiet->b.receiver().async_receive(asio::buffer(room), received.handler());
  auto [bell, handle] = belfry::doorbell::create_pair(context->get_executor());
  bell.async_wait(rung.handler());
  context->poll();
  BOOST_TEST(sent.times == 1);  // the second waits for room, the third for its turn
  BOOST_TEST((asked.times == 0 && received.times == 0 && rung.times == 0));
  BOOST_TEST(test::in_a_child([&] {
               context->notify_fork(asio::io_context::fork_child);
               sides.reset();
               quiet.reset();
               bell = belfry::doorbell();
               context.reset();
               return 0;
             }) == 0);
  for (int i = 0; i != 2; ++i) {
    sides->b.receiver().try_peek();
    sides->b.receiver().release();
  }
  quiet->a.sender().send(asio::buffer("x", 1));
  context->poll();
  BOOST_TEST((sent.times > 1 && !sent.ec));
  BOOST_TEST((received.times == 1 && !received.ec));
  BOOST_TEST((asked.times == 0 && rung.times == 0));
}

BOOST_FIXTURE_TEST_CASE(nor_are_the_asynchronous_waits_that_come_after_the_fork_disturbed, fixture) {
  // The wait has ended, so that the child's copy of the channel is its last owner and really goes.
  std::string text;
  result r;
  for (int lap = 0; lap != 2; ++lap) {
    a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
    poll();
    b.sender().send(asio::buffer("x", 1));
    run();
    BOOST_TEST(text.size() == static_cast<std::size_t>(lap + 1));
    BOOST_TEST(test::in_a_child([&] {
                 a = channel();
                 b = channel();
                 return 0;
               }) == 0);
  }
}

BOOST_FIXTURE_TEST_CASE(a_channel_leaves_no_descriptor_and_no_mapping_behind, test::context_fixture) {
  std::ptrdiff_t descriptors = 0;
  for (int i = 0; i != 20; ++i) {
    {
      auto sides = test::make_channels(context.get_executor());
      std::string text;
      result r;
      sides.a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
      sides.b.sender().send(asio::buffer("x", 1));
      sides.b.receiver().peek_for(0ns, r.ec);
      run();
    }
    // What is made once for the process was made in the first lap.
    if (i == 0) descriptors = test::open_descriptors();
  }
  BOOST_TEST(test::open_descriptors() == descriptors);
  BOOST_TEST(test::mappings("memfd:belfry") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
