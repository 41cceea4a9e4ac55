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
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#define BOOST_TEST_MODULE requests
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/request_fixture.hpp"

#include <boost/test/unit_test.hpp>

// Requests with completion handlers; and two processes that ask each other.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::request_id;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::answer;
using test::into;
using fixture = test::request_fixture;

BOOST_AUTO_TEST_SUITE(asynchronously)

BOOST_FIXTURE_TEST_CASE(a_request_completes_with_its_reply_though_nobody_receives, fixture) {
  answer first;
  ask("why?", first);
  poll();
  BOOST_TEST(!first.ec.has_value());
  const auto [text, id] = question();
  BOOST_TEST(text == "why?");
  BOOST_TEST((id != request_id::none));
  b.reply(id, asio::buffer("because", 7));
  run();
  BOOST_TEST((first.ec == error_code()));
  BOOST_TEST(first.text == "because");
}

BOOST_FIXTURE_TEST_CASE(a_plain_message_is_no_request, fixture) {
  a.sender().send(asio::buffer("x", 1));
  BOOST_TEST((b.receiver().peek().request() == request_id::none));
}

BOOST_FIXTURE_TEST_CASE(kind_and_size_go_with_requests_and_replies, fixture) {
  std::array<char, 16> room;
  std::size_t size = 0;
  a.async_request(asio::buffer("abc", 3), 7, asio::buffer(room), [&](error_code, std::size_t s) { size = s; });
  poll();
  BOOST_TEST(b.receiver().peek().kind() == 7);
  BOOST_TEST(b.receiver().peek().size() == 3u);
  const auto id = b.receiver().peek().request();
  b.receiver().release();
  b.async_reply(id, asio::buffer("12345", 5), 8, [](error_code) {});
  run();
  BOOST_TEST(size == 5u);
}

BOOST_FIXTURE_TEST_CASE(replies_may_come_in_any_order, fixture) {
  std::array<answer, 3> answers;
  for (std::size_t i = 0; i != 3; ++i) ask(std::to_string(i), answers[i]);
  poll();
  std::vector<std::pair<std::string, request_id>> asked;
  for (int i = 0; i != 3; ++i) asked.push_back(question());
  for (const std::size_t i : {2U, 0U, 1U}) {
    b.reply(asked[i].second, asio::buffer("re " + asked[i].first));
    poll();
    BOOST_TEST(answers[i].text == "re " + std::to_string(i));
  }
}

BOOST_FIXTURE_TEST_CASE(a_reply_overtakes_messages_that_nobody_has_received_and_leaves_them_in_order, fixture) {
  answer first;
  ask("?", first);
  poll();
  const auto id = question().second;
  b.sender().send(asio::buffer("1", 1));
  b.sender().send(asio::buffer("2", 1));
  b.reply(id, asio::buffer("!", 1));
  b.sender().send(asio::buffer("3", 1));
  run();
  BOOST_TEST(first.text == "!");
  std::string text;
  while (a.receiver().try_receive(asio::dynamic_buffer(text))) {
  }
  BOOST_TEST(text == "123");
  BOOST_TEST(b.stats().unread_bytes == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_batch_skips_replies_and_releases_them, fixture) {
  answer first;
  ask("?", first);
  poll();
  const auto id = question().second;
  b.sender().send(asio::buffer("1", 1));
  b.reply(id, asio::buffer("!", 1));
  b.sender().send(asio::buffer("2", 1));
  BOOST_TEST(a.receiver().peek().text() == "1");
  BOOST_TEST(a.receiver().try_peek_next().text() == "2");
  a.receiver().release();
  run();
  BOOST_TEST(first.text == "!");
  BOOST_TEST(b.stats().unread_bytes == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_receive_that_waits_hands_replies_on_and_goes_on_waiting, fixture) {
  answer first;
  answer second;
  std::string text;
  bool received = false;
  ask("?", first);
  a.receiver().async_receive(asio::dynamic_buffer(text), [&](error_code, std::size_t) { received = true; });
  poll();
  ask("??", second);
  poll();
  const auto one = question().second;
  const auto two = question().second;
  b.reply(one, asio::buffer("!", 1));
  while (!first.ec) poll();
  BOOST_TEST(!received);
  b.sender().send(asio::buffer("message", 7));
  while (!received) poll();
  BOOST_TEST(text == "message");
  BOOST_TEST(!second.ec.has_value());
  b.reply(two, asio::buffer("!!", 2));
  run();
  BOOST_TEST(second.text == "!!");
}

BOOST_FIXTURE_TEST_CASE(a_blocked_receive_does_not_take_the_wake_up_of_a_request, fixture) {
  answer first;
  ask("?", first);
  poll();
  const auto id = question().second;
  b.sender().send(asio::buffer("message", 7));
  BOOST_TEST(a.receiver().peek().text() == "message");  // takes the signal for which the request had asked
  a.receiver().release();
  b.reply(id, asio::buffer("!", 1));
  run();
  BOOST_TEST(first.text == "!");
}

BOOST_FIXTURE_TEST_CASE(far_more_requests_than_the_ring_holds_wait_for_their_turn, fixture) {
  constexpr std::size_t count = 1000;
  const std::string padding(100, 'x');
  std::vector<answer> answers(count);
  for (std::size_t i = 0; i != count; ++i) ask(std::to_string(i) + padding, answers[i]);
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        std::vector<std::pair<std::string, request_id>> asked;
        for (std::size_t i = 0; i != count; ++i) {
          const auto message = co_await b.receiver().async_peek(asio::use_awaitable);
          asked.emplace_back(message.text(), message.request());
          b.receiver().release();
        }
        for (auto i = asked.rbegin(); i != asked.rend(); ++i) {
          co_await b.async_reply(i->second, asio::buffer(i->first), 0, asio::use_awaitable);
        }
      },
      asio::detached);
  run();
  bool right = true;
  for (std::size_t i = 0; i != count; ++i) right = right && answers[i].text == std::to_string(i) + padding;
  BOOST_TEST(right);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_request_is_over_and_its_late_reply_is_dropped, fixture) {
  asio::cancellation_signal signal;
  answer first;
  a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(first.text),
                  asio::bind_cancellation_slot(signal.slot(), into(first.ec)));
  poll();
  BOOST_TEST(!first.ec.has_value());
  const auto late = question().second;
  signal.emit(asio::cancellation_type::total);
  run();  // ends, since nothing waits any more
  BOOST_TEST((first.ec == aborted));
  b.reply(late, asio::buffer("late", 4));
  answer second;
  ask("??", second);
  poll();
  b.reply(question().second, asio::buffer("in time", 7));
  run();
  BOOST_TEST(second.text == "in time");
  BOOST_TEST(first.text.empty());
}

BOOST_FIXTURE_TEST_CASE(a_request_that_waits_for_its_turn_can_be_cancelled, fixture) {
  const std::string large(2500, 'x');
  std::vector<answer> answers(3);
  asio::cancellation_signal signal;
  ask(large, answers[0]);
  ask(large, answers[1]);  // waits for room
  a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(answers[2].text),
                  asio::bind_cancellation_slot(signal.slot(), into(answers[2].ec)));
  poll();
  for (const auto& one : answers) BOOST_TEST(!one.ec.has_value());
  signal.emit(asio::cancellation_type::terminal);
  poll();
  BOOST_TEST((answers[2].ec == aborted));
  for (int i = 0; i != 2; ++i) {
    b.reply(question().second, asio::buffer("!", 1));
    poll();
  }
  run();
  BOOST_TEST(answers[1].text == "!");
}

BOOST_FIXTURE_TEST_CASE(a_timer_may_win, fixture) {
  using namespace asio::experimental::awaitable_operators;
  std::size_t won = 9;
  std::string text;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(context, 1ms);
        const auto first =
            co_await (a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), asio::use_awaitable) ||
                      timer.async_wait(asio::use_awaitable));
        won = first.index();
      },
      asio::detached);
  run();
  BOOST_TEST(won == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_reply_too_large_for_its_buffer_is_an_error_and_the_channel_goes_on, fixture) {
  std::array<char, 4> room;
  error_code result;
  a.async_request(asio::buffer("?", 1), 0, asio::buffer(room), into(result));
  poll();
  b.reply(question().second, asio::buffer("12345", 5));
  run();
  BOOST_TEST((result == error::buffer_too_small));
  BOOST_TEST(b.stats().unread_bytes == 0u);
}

BOOST_FIXTURE_TEST_CASE(the_largest_request_is_eight_bytes_smaller_than_a_message, fixture) {
  answer first;
  ask(std::string(a.sender().max_message_size() - 7, 'x'), first);
  run();
  BOOST_TEST((first.ec == error::message_too_large));
  ask(std::string(a.sender().max_message_size() - 8, 'x'), first);
  poll();
  b.reply(question().second, asio::buffer("!", 1));
  run();
  BOOST_TEST((first.ec == error_code()));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

// What two processes do at once below: each asks, answers what the other asks, and sends plain messages.
constexpr int rounds = 3'000;

asio::awaitable<void> ask_all(channel& c, int& right) {
  for (int i = 0; i != rounds; ++i) {
    std::string text;
    co_await c.async_request(asio::buffer(std::to_string(i)), 0, asio::dynamic_buffer(text), asio::use_awaitable);
    right += text == "re " + std::to_string(i);
  }
}

asio::awaitable<void> chat(channel& c) {
  for (int i = 0; i != rounds; ++i) co_await c.sender().async_send(asio::buffer("plain", 5), asio::use_awaitable);
}

asio::awaitable<void> serve(channel& c, int& plain) {
  for (int i = 0; i != 3 * rounds; ++i) {
    const auto message = co_await c.receiver().async_peek(asio::use_awaitable);
    const auto id = message.request();
    const std::string answer = "re " + std::string(message.text());
    c.receiver().release();
    if (id == request_id::none) ++plain;
    else co_await c.async_reply(id, asio::buffer(answer), 0, asio::use_awaitable);
  }
}

bool converse(channel& c, asio::io_context& context) {
  int right = 0;
  int plain = 0;
  int failed = 0;
  const auto done = [&](std::exception_ptr e) { failed += e != nullptr; };
  asio::co_spawn(context, ask_all(c, right), done);
  asio::co_spawn(context, ask_all(c, right), done);
  asio::co_spawn(context, chat(c), done);
  asio::co_spawn(context, serve(c, plain), done);
  context.run();
  return right == 2 * rounds && failed == 0 && plain == rounds;
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_processes_ask_each_other_and_chat_at_the_same_time) {
  asio::io_context context;
  auto [mine, theirs] = channel::create_pair(context.get_executor(), {4096, 4096});
  test::child peer([&theirs] {
    asio::io_context own_context;
    auto c = channel::from_handle(own_context.get_executor(), std::move(theirs));
    const bool right = converse(c, own_context);
    error_code ec;
    c.sender().wait_drained(ec);
    return right ? 0 : 1;
  });
  theirs = {};
  BOOST_TEST(converse(mine, context));
  BOOST_TEST(peer.wait() == 0);
}
