// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#define BOOST_TEST_MODULE cancellation
#include "support/channel_fixture.hpp"
#include "support/completion.hpp"

#include <boost/test/unit_test.hpp>

// Cancellation at moments when no wait is under way that it could end: between the steps of an operation.

using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::into;

namespace {

struct fixture : test::channel_fixture {
  void fill() { a.sender().send(asio::buffer(most)); }
  std::string receive() {
    std::string text;
    b.receiver().receive(asio::dynamic_buffer(text));
    return text;
  }
  /// Of `results`: so many operations are under way, and none of them has ended.
  bool pending(std::size_t count) const {
    return std::none_of(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(count),
                        [](const auto& r) { return r.has_value(); });
  }

  const std::string most = std::string(a.sender().capacity() - 100, 'f');
  const std::string much = std::string(a.sender().capacity() / 2, 'm');
  std::array<char, 8> reply{};
  std::array<std::optional<error_code>, 4> results;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(of_one_operation)

BOOST_FIXTURE_TEST_CASE(right_after_its_start_keeps_a_send_from_sending, fixture) {
  asio::cancellation_signal signal;
  a.sender().async_send(asio::buffer(much), asio::bind_cancellation_slot(signal.slot(), into(results[0])));
  signal.emit(asio::cancellation_type::total);
  run();
  BOOST_TEST((results[0] == aborted));
  BOOST_TEST(a.stats().sent.messages == 0u);
}

BOOST_FIXTURE_TEST_CASE(right_after_its_start_keeps_a_request_from_being_sent, fixture) {
  asio::cancellation_signal signal;
  a.async_request(asio::buffer("?", 1), 0, asio::buffer(reply),
                  asio::bind_cancellation_slot(signal.slot(), into(results[0])));
  signal.emit(asio::cancellation_type::terminal);
  run();
  BOOST_TEST((results[0] == aborted));
  BOOST_TEST(a.stats().sent.messages == 0u);
}

BOOST_FIXTURE_TEST_CASE(leaves_the_message_that_a_receive_has_found_where_it_is, fixture) {
  a.sender().send(asio::buffer("found", 5));
  asio::cancellation_signal signal;
  b.receiver().async_receive(asio::buffer(reply), asio::bind_cancellation_slot(signal.slot(), into(results[0])));
  signal.emit(asio::cancellation_type::partial);
  run();
  BOOST_TEST((results[0] == aborted));
  BOOST_TEST(receive() == "found");
}

BOOST_FIXTURE_TEST_CASE(ends_a_send_whose_turn_has_just_come, fixture) {
  fill();
  asio::cancellation_signal first;
  asio::cancellation_signal second;
  a.sender().async_send(asio::buffer(much), asio::bind_cancellation_slot(first.slot(), [&](error_code ec) {
                          results[0] = ec;
                          second.emit(asio::cancellation_type::total);
                        }));
  a.sender().async_send(asio::buffer(much), asio::bind_cancellation_slot(second.slot(), into(results[1])));
  a.sender().async_send(asio::buffer(much), into(results[2]));
  poll();
  BOOST_TEST(pending(3));
  first.emit(asio::cancellation_type::total);
  poll();
  BOOST_TEST((results[0] == aborted));
  BOOST_TEST((results[1] == aborted));
  BOOST_TEST(!results[2]);
  receive();
  run();
  BOOST_TEST((results[2] == error_code()));
  BOOST_TEST(receive() == much);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(of_all_operations)

BOOST_FIXTURE_TEST_CASE(ends_those_too_that_wait_for_their_turn_and_no_later_one, fixture) {
  fill();
  for (std::size_t i = 0; i != 2; ++i) a.sender().async_send(asio::buffer(much), into(results[i]));
  a.async_request(asio::buffer("?", 1), 0, asio::buffer(reply), into(results[2]));
  poll();
  BOOST_TEST(pending(3));
  a.cancel();
  a.sender().async_send(asio::buffer(much), into(results[3]));
  poll();
  for (std::size_t i = 0; i != 3; ++i) BOOST_TEST((results[i] == aborted));
  BOOST_TEST(!results[3]);
  receive();
  run();
  BOOST_TEST((results[3] == error_code()));
  BOOST_TEST(receive() == much);
  BOOST_TEST(a.stats().sent.messages == 2u);
}

BOOST_FIXTURE_TEST_CASE(by_closing_likewise, fixture) {
  fill();
  for (std::size_t i = 0; i != 2; ++i) a.sender().async_send(asio::buffer(much), into(results[i]));
  a.async_request(asio::buffer("?", 1), 0, asio::buffer(reply), into(results[2]));
  poll();
  BOOST_TEST(pending(3));
  a.close();
  a.sender().async_send(asio::buffer(much), into(results[3]));
  run();
  for (std::size_t i = 0; i != 3; ++i) BOOST_TEST((results[i] == aborted));
  BOOST_TEST((results[3] == test::not_open));
}

BOOST_FIXTURE_TEST_CASE(leaves_requests_alone_that_are_sent_later, fixture) {
  a.async_request(asio::buffer("1", 1), 0, asio::buffer(reply), into(results[0]));
  poll();
  BOOST_TEST(pending(1));
  std::string text;
  a.cancel();
  a.async_request(asio::buffer("2", 1), 0, asio::dynamic_buffer(text), into(results[1]));
  poll();
  BOOST_TEST((results[0] == aborted));
  BOOST_TEST(!results[1]);
  BOOST_TEST(receive() == "1");
  b.reply(b.receiver().peek().request(), asio::buffer("late", 4));
  run();
  BOOST_TEST((results[1] == error_code()));
  BOOST_TEST(text == "late");
}

namespace {

/// One buffer; calls `on_copy` when it is looked at for the last time.
struct interrupted_buffer {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator begin() const {
    if (--*looks == 0) on_copy();
    return &buffer;
  }
  const_iterator end() const { return &buffer + 1; }

  asio::const_buffer buffer;
  int* looks;
  std::function<void()> on_copy;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(while_a_request_is_copied_ends_it, fixture) {
  // How often the buffer is looked at is not for a test to know.
  const int never = 1'000'000;
  int looks = never;
  interrupted_buffer question{asio::buffer("?", 1), &looks, [this] { a.cancel(); }};
  a.async_request(question, 0, asio::buffer(reply), into(results[0]));
  poll();
  BOOST_TEST(!results[0]);
  BOOST_TEST(receive() == "?");
  const int all = never - looks;

  looks = all;
  a.async_request(question, 0, asio::buffer(reply), into(results[1]));
  run();
  BOOST_TEST((results[0] == aborted));
  BOOST_TEST((results[1] == aborted));
  BOOST_TEST(a.stats().sent.messages == 1u);
}

BOOST_FIXTURE_TEST_CASE(while_a_request_that_blocks_is_copied_ends_it, fixture) {
  const int never = 1'000'000;
  int looks = never;
  error_code ec;
  interrupted_buffer question{asio::buffer("?", 1), &looks, [this] { a.cancel(); }};
  a.request_for(std::chrono::milliseconds(1), question, 0, asio::buffer(reply), ec);
  BOOST_TEST((ec == belfry::error::timed_out));
  looks = never - looks;
  a.request(question, 0, asio::buffer(reply), ec);
  BOOST_TEST((ec == aborted));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(by_the_end_of_the_handlers_executor)

BOOST_FIXTURE_TEST_CASE(lets_others_send, fixture) {
  fill();
  auto other = std::make_unique<asio::io_context>();
  a.sender().async_send(asio::buffer(much), asio::bind_executor(other->get_executor(), [](error_code) {}));
  a.sender().async_send(asio::buffer(much), into(results[0]));
  poll();
  BOOST_TEST(a.stats().sent.sleeps == 1u);
  receive();
  poll();
  BOOST_TEST(!results[0]);
  other.reset();
  run();
  BOOST_TEST((results[0] == error_code()));
}

BOOST_FIXTURE_TEST_CASE(lets_others_receive, fixture) {
  auto other = std::make_unique<asio::io_context>();
  b.receiver().async_receive(asio::buffer(reply),
                             asio::bind_executor(other->get_executor(), [](error_code, std::size_t) {}));
  poll();
  BOOST_TEST(b.stats().received.sleeps == 1u);
  a.sender().send(asio::buffer("here", 4));
  poll();
  other.reset();
  BOOST_TEST(receive() == "here");
}

BOOST_AUTO_TEST_CASE(touches_no_signal_that_has_gone_before) {
  // In the order in which a program's variables go.
  asio::io_context context;
  auto sides = test::make_channels(context.get_executor());
  const std::string much(3000, 'x');
  std::array<asio::cancellation_signal, 3> signals;
  for (auto& signal : signals) {
    sides.a.sender().async_send(asio::buffer(much), asio::bind_cancellation_slot(signal.slot(), [](error_code) {}));
  }
  context.poll();
}

BOOST_AUTO_TEST_CASE(frees_handlers_whose_type_was_erased_before) {
  std::array<char, 8> buffer{};
  asio::io_context context;
  auto sides = test::make_channels(context.get_executor());
  using erased = asio::any_completion_handler<void(error_code, std::size_t)>;
  sides.a.sender().send(asio::buffer("unread", 6));
  sides.a.async_close(asio::any_completion_handler<void(error_code)>([](error_code) {}));
  sides.a.receiver().async_receive(asio::buffer(buffer), erased([](error_code, std::size_t) {}));
  sides.b.async_request(asio::buffer("?", 1), 0, asio::buffer(buffer), erased([](error_code, std::size_t) {}));
  sides.b.receiver().async_peek(asio::bind_executor(
      context.get_executor(),
      asio::any_completion_handler<void(error_code, belfry::message_view)>([](error_code, belfry::message_view) {})));
  context.poll();
}

BOOST_AUTO_TEST_SUITE_END()
