// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <cstddef>
#include <new>
#include <optional>

#define BOOST_TEST_MODULE no memory turns
#include "support/completion.hpp"
#include "support/failing_memory.hpp"

#include <boost/test/unit_test.hpp>

// Sends that wait for their turn, where there is no memory to tell them that it has come.

using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using fixture = test::hungry_fixture;
using test::failed;
using test::into;
using test::no_memory;
using test::without_memory;

namespace {

/// Lets the first of those that wait for room have it, when there is memory for so many allocations, and then not for so
/// many. Asio may need some to tell it; where it has none its event loop throws. True: it was told.
template <class Fixture>
bool let_first_go(Fixture& f, long succeed, long fail) {
  bool told = true;
  f.receive();
  f.on_another_thread([&] {
    f.context.restart();
    const without_memory soon(succeed, fail);
    for (;;) {
      try {
        f.context.poll();
        break;
      } catch (const std::bad_alloc&) {
        told = false;
      }
    }
  });
  return told;
}

/// How many allocations Asio needs to tell it.
long needed_to_tell() {
  for (long succeed = 0;; ++succeed) {
    fixture f;
    f.queue();
    if (let_first_go(f, succeed, 50)) return succeed;
  }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_turn_that_is_handed_on_is_an_error_for_the_next_and_those_behind_it, fixture) {
  queue();
  BOOST_TEST(let_first_go(*this, needed_to_tell(), test::for_ever));
  BOOST_TEST((results[0] == error_code()));
  for (std::size_t i = 1; i != results.size(); ++i) BOOST_TEST((results[i] == no_memory));
  std::optional<error_code> later;
  a.sender().async_send(asio::buffer("x", 1), into(later));
  run();
  BOOST_TEST((later == error_code()));
}

BOOST_FIXTURE_TEST_CASE(a_turn_of_an_operation_that_gets_lost_is_handed_on_when_there_is_memory, fixture) {
  // To tell those that complete where the channel does takes no memory that Asio could lack.
  a.sender().send(asio::buffer(much));
  const auto elsewhere = asio::make_strand(context);
  for (auto& result : results) a.sender().async_send(asio::buffer(much), asio::bind_executor(elsewhere, into(result)));
  poll();
  BOOST_TEST(!let_first_go(*this, 0, 10));
  BOOST_TEST(!results[0]);
  while (!results[3]) {
    poll();
    b.receiver().try_peek();
    b.receiver().release();
  }
  for (std::size_t i = 1; i != results.size(); ++i) BOOST_TEST((results[i] == error_code()));
}

BOOST_FIXTURE_TEST_CASE(very_many_may_wait_for_their_turn_then, fixture) {
  constexpr int count = 50'000;
  int ended = 0;
  a.sender().send(asio::buffer(much));
  for (int i = 0; i != count; ++i) a.sender().async_send(asio::buffer(much), [&](error_code) { ++ended; });
  poll();
  BOOST_TEST(ended == 0);
  BOOST_TEST(let_first_go(*this, needed_to_tell(), test::for_ever));
  BOOST_TEST(ended == count);
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_is_told_at_once_may_send_and_throw, fixture) {
  std::optional<error_code> last;
  std::optional<error_code> other;
  a.sender().send(asio::buffer(much));
  a.sender().async_send(asio::buffer(much), into(results[0]));
  a.sender().async_send(asio::buffer(much), [&](error_code ec) {
    results[1] = ec;
    const without_memory not_now(test::for_ever, 0);
    a.sender().async_send(asio::buffer("last", 4), into(last));
    throw std::bad_alloc();
  });
  a.sender().async_send(asio::buffer("other", 5), into(other));
  poll();
  let_first_go(*this, needed_to_tell(), 1);
  BOOST_TEST((results[1] == no_memory));
  run();
  BOOST_TEST(other.has_value());
  BOOST_TEST((last == error_code()));
}

BOOST_AUTO_TEST_CASE(a_turn_waits_for_memory_where_the_handler_is_of_another_executor) {
  const long before = failed.load();
  for (long succeed = 0; succeed != 10; ++succeed) {
    fixture f;
    asio::io_context other;
    const auto work = asio::make_work_guard(other);
    auto& out = f.a.sender();
    out.send(asio::buffer(f.much));
    out.async_send(asio::buffer(f.much), into(f.results[0]));
    out.async_send(asio::buffer("x", 1), asio::bind_executor(other.get_executor(), into(f.results[1])));
    f.poll();
    const bool told = let_first_go(f, succeed, 5);
    while (!f.results[1]) {
      f.poll();
      other.poll();
    }
    BOOST_TEST((f.results[1] == error_code()));
    BOOST_TEST(f.results[0].has_value() == told);
  }
  BOOST_TEST(failed.load() > before);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_wait_for_a_turn_ends_at_the_latest_when_the_turn_comes, fixture) {
  asio::cancellation_signal signal;
  a.sender().send(asio::buffer(much));
  a.sender().async_send(asio::buffer(much), into(results[0]));
  a.sender().async_send(asio::buffer(much), asio::bind_cancellation_slot(signal.slot(), into(results[1])));
  poll();
  BOOST_TEST((!results[0] && !results[1]));
  on_another_thread([&] {
    const without_memory now;
    signal.emit(asio::cancellation_type::total);
  });
  receive();
  run();
  BOOST_TEST((results[0] == error_code()));
  BOOST_TEST((results[1] == test::aborted));
}
