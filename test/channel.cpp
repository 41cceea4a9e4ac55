// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/diagnostics.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#define BOOST_TEST_MODULE channel
#include "support/channel_fixture.hpp"
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

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
using test::started;

namespace {

struct fixture : test::blocking_channel_fixture {
  /// Fills the ring of `a`; returns how many messages of 1000 bytes that took.
  int fill() {
    int count = 0;
    while (a.sender().try_send(asio::buffer(thousand))) ++count;
    return count;
  }

  std::string text_from(channel& c) {
    std::string text;
    c.receiver().receive(asio::dynamic_buffer(text));
    return text;
  }

  std::string thousand = std::string(1000, 'x');
};

}  // namespace

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

BOOST_AUTO_TEST_SUITE(asynchronous)

BOOST_FIXTURE_TEST_CASE(an_operation_never_completes_inside_the_call_that_starts_it, fixture) {
  a.sender().send(asio::buffer("x", 1));
  std::string text;
  result r;
  a.sender().async_send(asio::buffer("y", 1), r.handler());
  BOOST_TEST(r.times == 0);
  run();
  BOOST_TEST(r.times == 1);
  b.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  BOOST_TEST(r.times == 1);
  run();
  BOOST_TEST(r.times == 2);
  BOOST_TEST(text == "x");
}

BOOST_FIXTURE_TEST_CASE(a_pending_receive_completes_when_a_message_comes, fixture) {
  std::string text;
  result r;
  b.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  poll();
  BOOST_TEST(r.times == 0);
  a.sender().send(asio::buffer("later", 5));
  run();
  BOOST_TEST(!r.ec);
  BOOST_TEST(r.size == 5u);
  BOOST_TEST(text == "later");
}

BOOST_FIXTURE_TEST_CASE(a_pending_send_completes_when_there_is_room, fixture) {
  const int sent = fill();
  result r;
  a.sender().async_send(asio::buffer(thousand), 9, r.handler());
  poll();
  BOOST_TEST(r.times == 0);
  for (int i = 0; i != sent; ++i) text_from(b);
  run();
  BOOST_TEST(!r.ec);
  BOOST_TEST(b.receiver().peek().kind() == 9);
}

BOOST_FIXTURE_TEST_CASE(room_and_messages_can_be_awaited_in_place, fixture) {
  std::span<std::byte> room;
  a.sender().async_reserve(10, [&](error_code ec, std::span<std::byte> r) {
    BOOST_TEST(!ec);
    room = r;
  });
  run();
  BOOST_REQUIRE(room.size() == 10u);
  room[0] = std::byte{'r'};
  a.sender().commit(1);
  std::string text;
  b.receiver().async_peek([&](error_code ec, belfry::message_view m) {
    BOOST_TEST(!ec);
    text = m.text();
    b.receiver().release();
  });
  run();
  BOOST_TEST(text == "r");
}

BOOST_FIXTURE_TEST_CASE(any_completion_token_will_do, fixture) {
  std::string text;
  auto sent = a.sender().async_send(asio::buffer("f", 1), asio::use_future);
  run();
  sent.get();
  auto received = b.receiver().async_receive(asio::dynamic_buffer(text), asio::use_future);
  run();
  BOOST_TEST(received.get() == 1u);

  auto later = a.sender().async_send(asio::buffer("d", 1), asio::deferred);
  run();
  BOOST_TEST(!b.receiver().try_peek());
  std::move(later)(asio::detached);
  run();
  BOOST_TEST(text_from(b) == "d");

  text.clear();
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await a.sender().async_send(asio::buffer("c", 1), 3, asio::use_awaitable);
        const auto message = co_await b.receiver().async_peek(asio::use_awaitable);
        text = message.text();
        b.receiver().release();
        const auto room = co_await a.sender().async_reserve(4, asio::use_awaitable);
        a.sender().commit(room.size());
        text += std::to_string(co_await b.receiver().async_receive(asio::dynamic_buffer(text), asio::use_awaitable));
      },
      [](std::exception_ptr e) { BOOST_TEST(!e); });
  run();
  BOOST_TEST(text.front() == 'c');
  BOOST_TEST(text.back() == '4');
}

BOOST_FIXTURE_TEST_CASE(an_operation_can_be_left_for_a_timer, fixture) {
  using namespace asio::experimental::awaitable_operators;
  std::string text;
  std::size_t won = 9;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(context, 1ms);
        const auto first = co_await (b.receiver().async_receive(asio::dynamic_buffer(text), asio::use_awaitable) ||
                                     timer.async_wait(asio::use_awaitable));
        won = first.index();
      },
      [](std::exception_ptr e) { BOOST_TEST(!e); });
  run();
  BOOST_TEST(won == 1u);
  a.sender().send(asio::buffer("still", 5));
  BOOST_TEST(text_from(b) == "still");
}

BOOST_FIXTURE_TEST_CASE(each_kind_of_cancellation_ends_a_pending_operation_which_has_done_nothing, fixture) {
  for (const auto type :
       {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
    const int sent = fill();
    asio::cancellation_signal signal;
    std::string text;
    result sending;
    a.sender().async_send(asio::buffer(thousand), asio::bind_cancellation_slot(signal.slot(), sending.handler()));
    poll();
    signal.emit(type);
    run();
    BOOST_TEST((sending.ec == aborted));
    for (int i = 0; i != sent; ++i) text_from(b);
    BOOST_TEST(!b.receiver().try_peek());

    result receiving;
    b.receiver().async_receive(asio::dynamic_buffer(text),
                               asio::bind_cancellation_slot(signal.slot(), receiving.handler()));
    poll();
    signal.emit(type);
    run();
    BOOST_TEST((receiving.ec == aborted));
    a.sender().send(asio::buffer("kept", 4));
    BOOST_TEST(text_from(b) == "kept");
  }
}

BOOST_FIXTURE_TEST_CASE(a_cancellation_that_meets_a_spurious_ring_is_not_lost, test::context_fixture) {
  asio::io_context elsewhere;
  auto h = test::make_hand_made(context.get_executor());
  asio::cancellation_signal signal;
  std::string text;
  result r;
  h.a.receiver().async_receive(
      asio::dynamic_buffer(text),
      asio::bind_executor(elsewhere.get_executor(), asio::bind_cancellation_slot(signal.slot(), r.handler())));
  poll();
  h.to_reader.signal();
  // The wait has ended, and what follows it stands in the other context's queue when the cancellation comes.
  while (context.poll() == 0) {
  }
  signal.emit(asio::cancellation_type::terminal);
  for (int turn = 0; turn != 100; ++turn) {
    elsewhere.poll();
    poll();
  }
  BOOST_TEST(r.times == 1);
  BOOST_TEST((r.ec == aborted));
}

BOOST_FIXTURE_TEST_CASE(a_second_operation_in_the_same_direction_is_already_started, fixture) {
  std::string text;
  std::string other;
  result first;
  result second;
  b.receiver().async_receive(asio::dynamic_buffer(text), first.handler());
  b.receiver().async_receive(asio::dynamic_buffer(other), second.handler());
  poll();
  BOOST_TEST(first.times == 0);
  BOOST_TEST((second.ec == started));
  error_code ec;
  b.receiver().peek(ec);
  BOOST_TEST((ec == started));
  // The other direction is nobody's concern.
  result sending;
  b.sender().async_send(asio::buffer("x", 1), sending.handler());
  poll();
  BOOST_TEST((sending.times == 1 && !sending.ec));
  a.sender().send(asio::buffer("1", 1));
  run();
  BOOST_TEST(!first.ec);
  BOOST_TEST(text == "1");
}

BOOST_FIXTURE_TEST_CASE(two_receives_at_once_never_take_the_same_message, fixture) {
  a.sender().send(asio::buffer("one", 3));
  a.sender().send(asio::buffer("two", 3));
  std::string first_text;
  std::string second_text;
  result first;
  result second;
  b.receiver().async_receive(asio::dynamic_buffer(first_text), first.handler());
  b.receiver().async_receive(asio::dynamic_buffer(second_text), second.handler());
  run();
  BOOST_TEST(first_text == "one");
  BOOST_TEST((second.ec == started));
  BOOST_TEST(text_from(b) == "two");
}

BOOST_FIXTURE_TEST_CASE(a_message_taken_before_a_receive_completes_is_not_received_twice, fixture) {
  a.sender().send(asio::buffer("one", 3));
  std::string text;
  result r;
  b.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  BOOST_TEST(b.receiver().try_peek().text() == "one");
  b.receiver().release();
  poll();
  BOOST_TEST(r.times == 0);
  a.sender().send(asio::buffer("two", 3));
  run();
  BOOST_TEST(text == "two");
}

BOOST_FIXTURE_TEST_CASE(a_message_sent_before_an_asynchronous_send_completes_is_not_overwritten, fixture) {
  result r;
  a.sender().async_send(asio::buffer("second", 6), r.handler());
  a.sender().send(asio::buffer("first", 5));
  run();
  BOOST_TEST(!r.ec);
  BOOST_TEST(text_from(b) == "first");
  BOOST_TEST(text_from(b) == "second");
  BOOST_TEST(!b.receiver().try_peek());
}

BOOST_FIXTURE_TEST_CASE(a_moved_channel_does_not_disturb_what_is_pending, fixture) {
  std::string text;
  result r;
  b.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  poll();
  channel moved = std::move(b);
  a.sender().send(asio::buffer("on", 2));
  run();
  BOOST_TEST(text == "on");
}

BOOST_FIXTURE_TEST_CASE(a_destroyed_channel_ends_what_is_pending, fixture) {
  fill();
  std::string text;
  result receiving;
  result sending;
  a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  a.sender().async_send(asio::buffer(thousand), sending.handler());
  poll();
  a = channel();
  run();
  BOOST_TEST((receiving.ec == aborted));
  BOOST_TEST((sending.ec == aborted));
}

BOOST_AUTO_TEST_CASE(an_io_context_can_be_destroyed_with_operations_pending) {
  std::size_t destroyed = 0;
  struct watched {
    std::size_t* count;
    explicit watched(std::size_t* c) : count(c) {}
    watched(watched&& o) noexcept : count(std::exchange(o.count, nullptr)) {}
    ~watched() {
      if (count) ++*count;
    }
  };
  const std::string big(1500, '+');
  std::string text;
  {
    std::optional<asio::io_context> context(std::in_place);
    auto sides = test::make_channels(context->get_executor());
    sides.a.receiver().async_receive(asio::dynamic_buffer(text),
                                     [w = watched(&destroyed)](error_code, std::size_t) { BOOST_TEST(false); });
    // One waits for room, the others for their turn.
    while (sides.a.sender().try_send(asio::buffer(big))) continue;
    for (int i = 0; i != 3; ++i) {
      sides.a.sender().async_send(asio::buffer(big), [w = watched(&destroyed)](error_code) { BOOST_TEST(false); });
    }
    context->poll();
    {
      const auto dropped = std::move(sides);
    }
    context.reset();
  }
  BOOST_TEST(destroyed == 4u);
}

BOOST_AUTO_TEST_SUITE_END()

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
  b = channel();
  run();
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

BOOST_AUTO_TEST_SUITE(a_broken_peer)

BOOST_AUTO_TEST_CASE(a_header_that_cannot_be_closes_the_channel_with_one_diagnostic) {
  asio::io_context context;
  auto h = test::make_hand_made(context.get_executor());
  std::vector<belfry::diagnostic> seen;
  belfry::set_diagnostics_sink([&](const belfry::diagnostic& d) { seen.push_back(d); });
  reinterpret_cast<belfry::detail::shared_word*>(h.own.data())->store(77);
  error_code ec;
  h.a.receiver().peek(ec);
  BOOST_TEST((ec == error::protocol_violation));
  h.a.receiver().try_peek(ec);
  BOOST_TEST((ec == error::protocol_violation));
  h.a.sender().send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == error::protocol_violation));
  BOOST_TEST(!h.a.is_open());
  h.a = channel();
  belfry::set_diagnostics_sink({});
  BOOST_REQUIRE(seen.size() == 1u);
  BOOST_TEST((seen[0].kind == belfry::event_kind::protocol_violation));
  BOOST_TEST(seen[0].message.find("header") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_released_position_that_cannot_be_ends_a_pending_send, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  const std::string thousand(1000, 'x');
  while (h.a.sender().try_send(asio::buffer(thousand))) {
  }
  result sending;
  result receiving;
  std::string text;
  h.a.sender().async_send(asio::buffer(thousand), sending.handler());
  h.a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  poll();
  h.own.control()->released.store(4);
  h.to_writer.signal();
  run();
  BOOST_TEST((sending.ec == error::protocol_violation));
  BOOST_TEST((receiving.ec == error::protocol_violation));
}

BOOST_AUTO_TEST_CASE(an_unexpected_frame_or_garbage_on_the_lifeline_is_a_protocol_violation) {
  for (const bool garbage : {false, true}) {
    asio::io_context context;
    auto h = test::make_hand_made(context.get_executor());
    error_code ec;
    if (garbage) BOOST_TEST(::write(h.line.native_handle(), "garbage on the line", 19) == 19);
    else h.line.send(belfry::frame_type::hello, "again", ec);
    h.a.receiver().peek(ec);
    BOOST_TEST((ec == error::protocol_violation));
  }
}

BOOST_FIXTURE_TEST_CASE(part_of_a_frame_on_the_lifeline_means_nothing_yet, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  std::string text;
  result r;
  h.a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  poll();
  BOOST_TEST(::write(h.line.native_handle(), "bF\4", 3) == 3);
  while (context.poll_one() == 0) {
  }
  poll();
  BOOST_TEST(r.times == 0);
  BOOST_TEST(h.a.is_open());
  h.line = belfry::lifeline();
  run();
  BOOST_TEST((r.ec == error::peer_dead));
}

BOOST_FIXTURE_TEST_CASE(spurious_rings_wake_nobody_for_good, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  std::string text;
  result r;
  h.a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  for (int i = 0; i != 1000; ++i) {
    h.to_reader.signal();
    h.to_writer.signal();
    poll();
  }
  BOOST_TEST(r.times == 0);
  error_code ec;
  h.line.send(belfry::frame_type::goodbye, {}, ec);
  run();
  BOOST_TEST((r.ec == error::closed));
}

BOOST_AUTO_TEST_SUITE_END()
