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

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#define BOOST_TEST_MODULE no memory
#include "support/completion.hpp"
#include "support/process.hpp"
#include "support/request_fixture.hpp"

#include <boost/test/unit_test.hpp>

// What happens where memory runs out: an operation that has begun ends with an error, or as if nothing had been; what was
// begun in vain throws; and what comes later works.

using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::into;

namespace {

/// Allocations of this thread that succeed before one fails, and how many then fail.
constexpr long for_ever = std::numeric_limits<long>::max();
thread_local long still_succeed = for_ever;
thread_local long then_fail = 0;
/// Of those for operations and what is posted only. Where Boost 1.81 finds no memory to copy an executor, it ends the
/// process, or uses what is not there.
thread_local bool only_of_operations = false;
/// Of all threads.
std::atomic<long> failed{0};

bool fails() noexcept {
  if (still_succeed > 0) {
    if (still_succeed != for_ever) --still_succeed;
    return false;
  }
  if (then_fail == 0) return false;
  if (then_fail != for_ever) --then_fail;
  failed.fetch_add(1);
  return true;
}

void* allocate(std::size_t size, std::size_t alignment) {
  void* p = nullptr;
  if ((!only_of_operations && fails()) || ::posix_memalign(&p, alignment, size != 0 ? size : 1) != 0)
    throw std::bad_alloc();
  return p;
}

}  // namespace

// Asio takes its memory from this one.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  void* p = nullptr;
  return fails() || ::posix_memalign(&p, alignment, size) != 0 ? nullptr : p;
}

// Not inlined, or the compiler, which knows what a new goes with, would wonder.
[[gnu::noinline]] void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
// With this, too, executors are copied.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size != 0 ? size : 1);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

/// While it lives, allocations of this thread fail: all, or `count` of them after the first `after`.
struct without_memory {
  explicit without_memory(long after = 0, long count = for_ever) {
    still_succeed = after;
    then_fail = count;
  }
  ~without_memory() {
    still_succeed = for_ever;
    then_fail = 0;
    only_of_operations = false;
  }
};

const error_code no_memory = make_error_code(boost::system::errc::not_enough_memory);

struct fixture : test::request_fixture {
  /// So much that one message fits, and a second does not.
  const std::string much = std::string(a.sender().capacity() / 2, 'm');
  std::array<std::optional<error_code>, 4> results;
  std::array<char, 64> space{};

  /// Sends one, and begins others that wait for room.
  void queue() {
    a.sender().send(asio::buffer(much));
    for (auto& result : results) a.sender().async_send(asio::buffer(much), into(result));
    poll();
    for (const auto& result : results) BOOST_TEST(!result);
  }
  void receive() {
    b.receiver().peek();
    b.receiver().release();
  }
  void poll_without_memory() {
    context.restart();
    const without_memory now;
    context.poll();
  }
  /// Leaves no memory that Asio keeps for the next operation of this thread.
  template <class Function>
  void on_another_thread(Function f) {
    std::thread(f).join();
  }
};

}  // namespace

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
  b.close();
  on_another_thread([&] {
    const without_memory now;
    context.restart();
    context.run();
  });
  for (const auto& one : answers) BOOST_TEST((one.ec == belfry::error::closed));
}

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
  BOOST_TEST(let_first_go(*this, needed_to_tell(), for_ever));
  BOOST_TEST((results[0] == error_code()));
  for (std::size_t i = 1; i != results.size(); ++i) BOOST_TEST((results[i] == no_memory));
  std::optional<error_code> later;
  a.sender().async_send(asio::buffer("x", 1), into(later));
  run();
  BOOST_TEST((later == error_code()));
}

BOOST_FIXTURE_TEST_CASE(a_turn_of_an_operation_that_gets_lost_is_handed_on_when_there_is_memory, fixture) {
  queue();
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
  BOOST_TEST(let_first_go(*this, needed_to_tell(), for_ever));
  BOOST_TEST(ended == count);
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_is_told_at_once_may_send_and_throw, fixture) {
  std::optional<error_code> last;
  std::optional<error_code> other;
  a.sender().send(asio::buffer(much));
  a.sender().async_send(asio::buffer(much), into(results[0]));
  a.sender().async_send(asio::buffer(much), [&](error_code ec) {
    results[1] = ec;
    const without_memory not_now(for_ever, 0);
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
  on_another_thread([&] {
    const without_memory now;
    signal.emit(asio::cancellation_type::total);
  });
  receive();
  run();
  BOOST_TEST((results[0] == error_code()));
  BOOST_TEST((results[1] == test::aborted));
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
    only_of_operations = true;
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
