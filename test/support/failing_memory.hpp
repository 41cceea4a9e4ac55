// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_FAILING_MEMORY_HPP
#define BELFRY_TEST_SUPPORT_FAILING_MEMORY_HPP

#include "completion.hpp"
#include "request_fixture.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <thread>

// Allocations that fail when a test wants it. Replaces those of the program: for one of its files only.

namespace belfry::test {

/// Allocations of this thread that succeed before one fails, and how many then fail.
inline constexpr long for_ever = std::numeric_limits<long>::max();
inline thread_local long still_succeed = for_ever;
inline thread_local long then_fail = 0;
/// Of those for operations and what is posted only. Where Boost 1.81 finds no memory to copy an executor, it ends the
/// process, or uses what is not there.
inline thread_local bool only_of_operations = false;
/// Of all threads.
inline std::atomic<long> failed{0};

inline bool fails() noexcept {
  if (still_succeed > 0) {
    if (still_succeed != for_ever) --still_succeed;
    return false;
  }
  if (then_fail == 0) return false;
  if (then_fail != for_ever) --then_fail;
  failed.fetch_add(1);
  return true;
}

inline void* allocate(std::size_t size, std::size_t alignment) {
  void* p = nullptr;
  if ((!only_of_operations && fails()) || ::posix_memalign(&p, alignment, size != 0 ? size : 1) != 0)
    throw std::bad_alloc();
  return p;
}

}  // namespace belfry::test

// Asio takes its memory from this one.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  void* p = nullptr;
  return belfry::test::fails() || ::posix_memalign(&p, alignment, size) != 0 ? nullptr : p;
}

// Not inlined, or the compiler, which knows what a new goes with, would wonder.
[[gnu::noinline]] void* operator new(std::size_t size) {
  return belfry::test::allocate(size, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return belfry::test::allocate(size, static_cast<std::size_t>(alignment));
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

namespace belfry::test {

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

inline const error_code no_memory = make_error_code(boost::system::errc::not_enough_memory);

/// A channel of which one side cannot do much at once.
struct hungry_fixture : request_fixture {
  /// So much that one message fits, and a second does not.
  const std::string much = std::string(a.sender().capacity() / 2, 'm');
  std::array<std::optional<error_code>, 4> results;
  std::array<char, 64> space{};

  /// Sends one, and begins others that wait for room.
  void queue() {
    a.sender().send(boost::asio::buffer(much));
    for (auto& result : results) a.sender().async_send(boost::asio::buffer(much), into(result));
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

}  // namespace belfry::test

#endif
