// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/awaitable.hpp>
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

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>

#define BOOST_TEST_MODULE channel_async
#include "support/completion.hpp"
#include "support/message_fixture.hpp"

#include <boost/test/unit_test.hpp>

// The channel with completion handlers, and what becomes of an operation that is pending.

using belfry::channel;
using belfry::error_code;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::result;
using test::started;
using fixture = test::message_fixture;

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
    BOOST_TEST(sending.times == 0);
    signal.emit(type);
    run();
    BOOST_TEST((sending.ec == aborted));
    for (int i = 0; i != sent; ++i) text_from(b);
    BOOST_TEST(!b.receiver().try_peek());

    result receiving;
    b.receiver().async_receive(asio::dynamic_buffer(text),
                               asio::bind_cancellation_slot(signal.slot(), receiving.handler()));
    poll();
    BOOST_TEST(receiving.times == 0);
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
  BOOST_TEST(h.a.stats().received.sleeps == 1u);
  h.to_reader.signal();
  // The wait has ended, and what follows it stands in the other context's queue when the cancellation comes.
  while (context.poll() == 0) {
  }
  BOOST_TEST(r.times == 0);
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
  const int sent = fill();
  a.accept_descriptors(1);
  std::string text;
  std::string reply;
  result sending;
  result asking;
  result receiving;
  result taking;
  a.sender().async_send(asio::buffer(thousand), sending.handler());
  a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(reply), asking.handler());
  a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  a.async_receive_descriptor([&](error_code, const belfry::passed_descriptor&) { ++taking.times; });
  poll();
  BOOST_TEST(sending.times + asking.times + receiving.times + taking.times == 0);
  channel moved = std::move(a);
  b.sender().send(asio::buffer("on", 2));
  b.send_descriptor("input", 0);
  for (int i = 0; i != sent; ++i) text_from(b);
  while (sending.times + receiving.times + taking.times != 3) poll();
  BOOST_TEST((!sending.ec && !receiving.ec));
  BOOST_TEST(text == "on");
  text_from(b);
  while (!b.receiver().try_peek()) poll();
  b.reply(b.receiver().peek().request(), asio::buffer("!", 1));
  run();
  BOOST_TEST(!asking.ec);
  BOOST_TEST(reply == "!");
  channel assigned;
  assigned = std::move(moved);
  assigned.sender().send(asio::buffer("x", 1));
  BOOST_TEST(assigned.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_destroyed_channel_ends_what_is_pending, fixture) {
  fill();
  std::string text;
  result receiving;
  result sending;
  result taking;
  a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  a.sender().async_send(asio::buffer(thousand), sending.handler());
  a.async_receive_descriptor([&](error_code ec, const belfry::passed_descriptor&) { taking.handler()(ec); });
  poll();
  BOOST_TEST(receiving.times + sending.times + taking.times == 0);
  a = channel();
  run();
  BOOST_TEST((receiving.ec == aborted));
  BOOST_TEST((sending.ec == aborted));
  BOOST_TEST((taking.ec == aborted));
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
