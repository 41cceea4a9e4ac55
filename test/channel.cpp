// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#define BOOST_TEST_MODULE channel
#include "support/completion.hpp"
#include "support/message_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Messages that go from side to side.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::wait_policy;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::result;
using fixture = test::message_fixture;

BOOST_AUTO_TEST_SUITE(sending_and_receiving)

BOOST_FIXTURE_TEST_CASE(a_message_goes_each_way, fixture) {
  a.sender().send(asio::buffer("to b", 4));
  b.sender().send(asio::buffer("to a", 4));
  BOOST_TEST(text_from(b) == "to b");
  BOOST_TEST(text_from(a) == "to a");
}

BOOST_FIXTURE_TEST_CASE(messages_keep_their_order_their_kinds_and_their_borders, fixture) {
  for (const std::string text : {"", "one", "two", ""}) {
    a.sender().send(asio::buffer(text), static_cast<std::uint16_t>(0xff00 + text.size()));
  }
  for (const std::string text : {"", "one", "two", ""}) {
    const auto message = b.receiver().peek();
    BOOST_TEST(message.text() == text);
    BOOST_TEST(message.kind() == 0xff00 + text.size());
    b.receiver().release();
  }
  BOOST_TEST(!b.receiver().try_peek());
}

BOOST_FIXTURE_TEST_CASE(several_buffers_make_one_message_and_one_message_fills_several, fixture) {
  const std::array<asio::const_buffer, 3> out{asio::buffer("abc", 3), asio::const_buffer(), asio::buffer("defg", 4)};
  a.sender().send(out);
  std::array<char, 2> first{};
  std::array<char, 10> second{};
  const std::array<asio::mutable_buffer, 2> in{asio::buffer(first), asio::buffer(second)};
  BOOST_TEST(b.receiver().receive(in) == 7u);
  BOOST_TEST(std::string(first.data(), 2) + std::string(second.data(), 5) == "abcdefg");
}

BOOST_FIXTURE_TEST_CASE(a_dynamic_buffer_grows_by_the_message_and_keeps_what_it_had, fixture) {
  a.sender().send(asio::buffer("more", 4));
  std::string text = "some";
  BOOST_TEST(b.receiver().receive(asio::dynamic_buffer(text)) == 4u);
  BOOST_TEST(text == "somemore");
}

BOOST_FIXTURE_TEST_CASE(a_buffer_too_small_keeps_the_message, fixture) {
  a.sender().send(asio::buffer("12345", 5));
  std::array<char, 4> small{};
  std::string limited = "x";
  error_code ec;
  BOOST_TEST(b.receiver().receive(asio::buffer(small), ec) == 0u);
  BOOST_TEST((ec == error::buffer_too_small));
  BOOST_TEST(!b.receiver().try_receive(asio::buffer(small), ec));
  BOOST_TEST((ec == error::buffer_too_small));
  BOOST_TEST(b.receiver().receive_for(1h, asio::dynamic_buffer(limited, 5), ec) == 0u);
  BOOST_TEST((ec == error::buffer_too_small));
  BOOST_TEST(limited == "x");
  result r;
  b.receiver().async_receive(asio::buffer(small), r.handler());
  run();
  BOOST_TEST((r.ec == error::buffer_too_small));
  BOOST_CHECK_THROW(b.receiver().receive(asio::buffer(small)), belfry::system_error);
  BOOST_TEST(text_from(b) == "12345");
}

BOOST_FIXTURE_TEST_CASE(the_largest_message_passes_and_one_byte_more_is_refused_at_once_by_every_form, fixture) {
  BOOST_TEST(a.sender().max_message_size() == a.sender().capacity() - 16);
  const std::string largest(a.sender().max_message_size(), 'l');
  const std::string over = largest + 'l';
  error_code ec;
  a.sender().send(asio::buffer(over), ec);
  BOOST_TEST((ec == error::message_too_large));
  BOOST_TEST(!a.sender().try_send(asio::buffer(over), ec));
  BOOST_TEST((ec == error::message_too_large));
  a.sender().send_for(1h, asio::buffer(over), ec);
  BOOST_TEST((ec == error::message_too_large));
  BOOST_TEST(a.sender().reserve(over.size(), ec).empty());
  BOOST_TEST((ec == error::message_too_large));
  result r;
  a.sender().async_send(asio::buffer(over), r.handler());
  run();
  BOOST_TEST((r.ec == error::message_too_large));
  BOOST_CHECK_THROW(a.sender().send(asio::buffer(over)), belfry::system_error);
  BOOST_TEST(a.is_open());

  for (int lap = 0; lap != 3; ++lap) {
    a.sender().send(asio::buffer(largest));
    BOOST_TEST(text_from(b) == largest);
  }
}

BOOST_FIXTURE_TEST_CASE(a_message_is_written_and_read_in_place, fixture) {
  const auto room = a.sender().reserve(100);
  BOOST_TEST(room.size() == 100u);
  BOOST_TEST(!b.receiver().try_peek());
  std::fill(room.begin(), room.end(), std::byte{'p'});
  a.sender().commit(5, 7);
  const auto message = b.receiver().peek();
  BOOST_TEST(message.text() == "ppppp");
  BOOST_TEST(message.kind() == 7);
  BOOST_TEST((b.receiver().peek().data() == message.data()));
  b.receiver().release();
  b.receiver().release();
  BOOST_TEST(b.stats().received.messages == 1u);
}

BOOST_FIXTURE_TEST_CASE(the_two_rings_have_the_capacities_that_were_asked_for, fixture) {
  auto [mine, theirs] = channel::create_pair(context.get_executor(), {8192, 16384});
  const auto other = channel::from_handle(context.get_executor(), std::move(theirs));
  BOOST_TEST(mine.sender().capacity() == 8192u);
  BOOST_TEST(mine.receiver().capacity() == 16384u);
}

BOOST_FIXTURE_TEST_CASE(an_impossible_capacity_makes_no_channel, fixture) {
  error_code ec;
  auto [mine, theirs] = channel::create_pair(context.get_executor(), {0, 4096}, ec);
  BOOST_TEST((ec == boost::system::errc::invalid_argument));
  BOOST_TEST(!mine.is_open());
}

BOOST_FIXTURE_TEST_CASE(the_try_forms_do_not_wait, fixture) {
  BOOST_TEST(!b.receiver().try_peek());
  std::string text;
  BOOST_TEST(!b.receiver().try_receive(asio::dynamic_buffer(text)).has_value());
  fill();
  BOOST_TEST(!a.sender().try_send(asio::buffer(thousand)));
  BOOST_TEST((a.sender().try_reserve(1000).data() == nullptr));
  BOOST_TEST(b.receiver().try_receive(asio::dynamic_buffer(text)).value() == 1000u);
  BOOST_TEST(a.sender().try_send(asio::buffer(thousand)));
}

BOOST_FIXTURE_TEST_CASE(the_timed_forms_end_with_timed_out_and_leave_everything_as_it_was, fixture) {
  for (const auto policy : {wait_policy::block, wait_policy::adaptive, wait_policy::spin}) {
    a.set_wait_policy(policy);
    b.set_wait_policy(policy);
    for (const auto limit : {-1ns, 0ns, 1ns, std::chrono::nanoseconds(2ms)}) {
      std::string text;
      error_code ec;
      b.receiver().receive_for(limit, asio::dynamic_buffer(text), ec);
      BOOST_TEST((ec == error::timed_out));
      BOOST_TEST(!b.receiver().peek_for(limit, ec));
      BOOST_TEST((ec == error::timed_out));
      const int sent = fill();
      a.sender().send_for(limit, asio::buffer(thousand), ec);
      BOOST_TEST((ec == error::timed_out));
      BOOST_TEST((a.sender().reserve_for(limit, 1000, ec).data() == nullptr));
      BOOST_TEST((ec == error::timed_out));
      for (int i = 0; i != sent; ++i) BOOST_TEST(text_from(b) == thousand);
      BOOST_TEST(!b.receiver().try_peek());
    }
  }
  BOOST_CHECK_THROW(b.receiver().peek_for(0ns), belfry::system_error);
}

BOOST_FIXTURE_TEST_CASE(the_longest_limit_is_no_limit, fixture) {
  error_code ec;
  std::jthread peer([&] {
    test::until([&] { return a.stats().received.sleeps == 1; });
    b.sender().send(asio::buffer("x", 1));
  });
  a.receiver().peek_for(std::chrono::nanoseconds::max(), ec);
  BOOST_TEST(!ec);
  a.receiver().release();
  a.receiver().peek_for(std::chrono::nanoseconds::min(), ec);
  BOOST_TEST((ec == error::timed_out));
}

BOOST_FIXTURE_TEST_CASE(a_timed_form_takes_what_is_there_even_if_its_time_is_up, fixture) {
  a.sender().send(asio::buffer("here", 4));
  std::string text;
  b.receiver().receive_for(0ns, asio::dynamic_buffer(text));
  BOOST_TEST(text == "here");
  a.sender().send_for(-1s, asio::buffer("too", 3));
  BOOST_TEST(text_from(b) == "too");
}

BOOST_FIXTURE_TEST_CASE(a_blocked_receiver_wakes_for_a_message, fixture) {
  for (const auto policy : {wait_policy::block, wait_policy::adaptive, wait_policy::spin}) {
    b.set_wait_policy(policy);
    std::string text;
    std::jthread reader([&] { text = text_from(b); });
    if (policy == wait_policy::block) {
      const auto before = b.stats().received.sleeps;
      test::until([&] { return b.stats().received.sleeps != before || before != 0; });
    }
    a.sender().send(asio::buffer("wake", 4));
    reader.join();
    BOOST_TEST(text == "wake");
  }
}

BOOST_FIXTURE_TEST_CASE(a_blocked_sender_wakes_for_room, fixture) {
  const int sent = fill();
  std::jthread writer([&] { a.sender().send(asio::buffer(thousand)); });
  test::until([&] { return a.stats().sent.sleeps != 0; });
  for (int i = 0; i != sent + 1; ++i) BOOST_TEST(text_from(b) == thousand);
}

BOOST_FIXTURE_TEST_CASE(statistics_count_messages_bytes_and_what_is_unread, fixture) {
  a.sender().send(asio::buffer("12345", 5));
  a.sender().send(asio::buffer("123", 3));
  BOOST_TEST(a.stats().sent.messages == 2u);
  BOOST_TEST(a.stats().sent.bytes == 8u);
  BOOST_TEST(a.stats().unread_bytes == 32u);
  text_from(b);
  BOOST_TEST(a.stats().unread_bytes == 16u);
  BOOST_TEST(b.stats().received.messages == 1u);
  BOOST_TEST(b.stats().received.bytes == 5u);
  BOOST_TEST(a.stats().received.messages == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(both_ways_at_once)

// As below, where one side never sleeps: it must look after the other's writer all the same.
BOOST_FIXTURE_TEST_CASE(a_writer_that_spins_or_tries_does_not_keep_the_other_waiting, fixture) {
  for (const bool trying : {false, true}) {
    test::both_sides pair = test::make_channels(context.get_executor());
    const std::string small(100, 's');
    while (pair.a.sender().try_send(asio::buffer(small))) {
    }
    while (pair.b.sender().try_send(asio::buffer(small))) {
    }
    pair.a.set_wait_policy(wait_policy::block);
    pair.b.set_wait_policy(wait_policy::spin);
    std::jthread first([&] {
      pair.a.sender().send(asio::buffer(small));
      for (std::string text; pair.a.receiver().try_receive(asio::dynamic_buffer(text));) {
      }
    });
    test::until([&] { return pair.a.stats().sent.sleeps != 0; });
    text_from(pair.b);
    if (trying) test::until([&] { return pair.b.sender().try_send(asio::buffer(small)); });
    else pair.b.sender().send(asio::buffer(small));
  }
}

// Both rings full; each side makes a little room for the other, less than the half that a waiting writer asks to be
// woken for, and then waits for room itself. The second to sleep must wake the first.
BOOST_FIXTURE_TEST_CASE(two_writers_that_wait_for_each_other_both_get_on, fixture) {
  for (const bool blocking : {true, false}) {
    for (int lap = 0; lap != 3; ++lap) {
      const std::string small(100, 's');
      std::string text;
      while (a.sender().try_send(asio::buffer(small))) {
      }
      int to_a = 0;
      while (b.sender().try_send(asio::buffer(small))) ++to_a;
      const auto drain_a = [&] {
        for (int i = 0; i != to_a; ++i) text_from(a);
      };
      const auto sleeps = a.stats().sent.sleeps;
      if (blocking) {
        std::jthread first([&] {
          a.sender().send(asio::buffer(small));
          drain_a();  // only now it makes room for the other
        });
        test::until([&] { return a.stats().sent.sleeps != sleeps; });
        text_from(b);  // enough for what the first waits for, not for what it asked to be woken for
        b.sender().send(asio::buffer(small));
      } else {
        result first;
        result second;
        a.sender().async_send(asio::buffer(small), [&](error_code ec) {
          first.handler()(ec);
          drain_a();
        });
        poll();
        BOOST_REQUIRE(first.times == 0);
        text_from(b);
        b.sender().async_send(asio::buffer(small), second.handler());
        run();
        BOOST_TEST((first.times == 1 && second.times == 1));
      }
      while (a.receiver().try_receive(asio::dynamic_buffer(text))) {
      }
      while (b.receiver().try_receive(asio::dynamic_buffer(text))) {
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
