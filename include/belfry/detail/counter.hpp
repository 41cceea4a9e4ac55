// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_COUNTER_HPP
#define BELFRY_DETAIL_COUNTER_HPP

#include <belfry/detail/tsan.hpp>

#include <atomic>
#include <cstdint>

namespace belfry::detail {

/// A count that one thread raises and any thread reads. Cheaper than an atomic increment: there is one writer.
class counter {
 public:
  void add(std::uint64_t n) noexcept {
#if defined(__x86_64__) && !defined(BELFRY_DETAIL_TSAN)
    // The same as below, of which compilers make three instructions.
    asm("addq %1, %0" : "+m"(value_) : "er"(n) : "cc");
#else
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
#endif
  }
  /// For the rare places where several threads raise it.
  void add_from_any_thread(std::uint64_t n) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace belfry::detail

#endif
