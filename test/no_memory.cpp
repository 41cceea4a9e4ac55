// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <exception>
#include <new>
#include <optional>
#include <vector>

#define BOOST_TEST_MODULE no memory
#include "support/completion.hpp"
#include "support/failing_memory.hpp"

#include <boost/test/unit_test.hpp>

// What happens where memory runs out: an operation that has begun ends with an error, or as if nothing had been; what was
// begun in vain throws; and what comes later works. How those end that wait for their turn stands in no_memory_turns.cpp.

using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using fixture = test::hungry_fixture;
using test::failed;
using test::into;
using test::no_memory;
using test::without_memory;

BOOST_FIXTURE_TEST_CASE(a_reply_that_comes_then_completes_its_request, fixture) {
  test::answer first;
  first.text.reserve(64);
  ask("?", first);
  poll();
  BOOST_TEST(!first.ec);
  b.reply(question().second, asio::buffer("!", 1));
  const long before = failed.load();
  on_another_thread([&] {
    context.restart();
    const without_memory now;
    context.run();
  });
  BOOST_TEST(failed.load() > before);
  BOOST_TEST((first.ec == error_code()));
  BOOST_TEST(first.text == "!");
}

BOOST_FIXTURE_TEST_CASE(a_reply_for_which_there_is_no_room_is_an_error, fixture) {
  test::answer first;
  ask("?", first);
  poll();
  b.reply(question().second, asio::buffer(much));
  poll_without_memory();
  BOOST_TEST((first.ec == no_memory));
  ask("?", first);
  poll();
  b.reply(question().second, asio::buffer(much));
  run();
  BOOST_TEST((first.ec == error_code()));
  BOOST_TEST(first.text == much);
}

BOOST_FIXTURE_TEST_CASE(a_reply_that_another_call_meets_completes_its_request_when_the_event_loop_runs, fixture) {
  test::answer first;
  first.text.reserve(64);
  ask("?", first);
  poll();
  b.reply(question().second, asio::buffer("!", 1));
  const long before = failed.load();
  on_another_thread([&] {
    const without_memory now;
    a.receiver().try_peek();
  });
  BOOST_TEST(failed.load() > before);
  BOOST_TEST(!first.ec);
  run();
  BOOST_TEST((first.ec == error_code()));
  BOOST_TEST(first.text == "!");
}

BOOST_FIXTURE_TEST_CASE(a_cancellation_still_ends_a_request, fixture) {
  test::answer first;
  asio::cancellation_signal signal;
  a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(first.text),
                  asio::bind_cancellation_slot(signal.slot(), into(first.ec)));
  poll();
  BOOST_TEST(!first.ec);
  on_another_thread([&] {
    const without_memory now;
    signal.emit(asio::cancellation_type::total);
    context.restart();
    context.run();
  });
  BOOST_TEST((first.ec == test::aborted));
}

BOOST_FIXTURE_TEST_CASE(all_requests_are_told_of_the_end, fixture) {
  std::vector<test::answer> answers(20);
  for (auto& one : answers) ask("?", one);
  poll();
  for (const auto& one : answers) BOOST_TEST(!one.ec);
  b.close();
  on_another_thread([&] {
    const without_memory now;
    context.restart();
    context.run();
  });
  for (const auto& one : answers) BOOST_TEST((one.ec == belfry::error::closed));
}

BOOST_FIXTURE_TEST_CASE(blocking_requests_say_so, fixture) {
  error_code ec;
  {
    const without_memory now;
    a.request(asio::buffer("?", 1), 0, asio::buffer(space), ec);
  }
  BOOST_TEST((ec == no_memory));
  BOOST_TEST(a.stats().sent.messages == 0u);
}

namespace {

/// A conversation: sends, receives and requests, of which some wait. Returns whether each operation that was begun ended
/// once, or Asio's event loop threw instead.
bool converse(long after, long count) {
  fixture f;
  int begun = 0;
  int ended = 0;
  int thrown = 0;
  const auto over = [&](error_code, auto&&...) { ++ended; };
  const auto begin = [&](auto start) {
    try {
      start();
      ++begun;
    } catch (const std::bad_alloc&) {
    }
  };
  std::array<std::array<char, 64>, 4> replies;
  std::vector<char> large(4000);
  const auto poll = [&] {
    f.context.restart();
    for (;;) {
      try {
        f.context.poll();
        return;
      } catch (const std::exception&) {
        ++thrown;
      }
    }
  };
  f.on_another_thread([&] {
    const without_memory soon(after, count);
    test::only_of_operations = true;
    for (auto& reply : replies) begin([&] { f.a.async_request(asio::buffer("?", 1), 0, asio::buffer(reply), over); });
    for (int i = 0; i != 4; ++i) begin([&] { f.a.sender().async_send(asio::buffer(f.much), over); });
    begin([&] { f.a.receiver().async_receive(asio::buffer(large), over); });
    begin([&] { f.b.sender().async_send(asio::buffer("x", 1), over); });
    for (int i = 0; i != 8; ++i) {
      poll();
      error_code ec;
      while (const auto message = f.b.receiver().try_peek(ec)) {
        const auto id = message.request();
        f.b.receiver().release();
        if (id != belfry::request_id::none) begin([&] { f.b.async_reply(id, asio::buffer("!", 1), 0, over); });
      }
    }
  });
  f.poll();
  f.a.close();
  f.b.close();
  f.run();
  return ended <= begun && begun <= ended + thrown;
}

}  // namespace

BOOST_AUTO_TEST_CASE(whichever_allocation_fails_each_operation_that_was_begun_ends_once) {
  for (const long count : {1L, 3L, 50L}) {
    long after = 0;
    for (long before = -1; failed.load() != before; ++after) {
      before = failed.load();
      BOOST_TEST(converse(after, count), "with " << count << " failures after " << after << " allocations");
    }
    BOOST_TEST(after > 10);
  }
}
