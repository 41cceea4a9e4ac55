// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_USAGE_HPP
#define BELFRY_BENCH_SUPPORT_USAGE_HPP

#include <cstdint>

namespace belfry::bench {

/// What a process has used since some moment.
struct usage {
  std::uint64_t messages = 0;
  double cpu_us = 0;               ///< In the process and in the system on its behalf, of all threads.
  std::uint64_t switches = 0;      ///< Times it gave its processor away, or lost it.
  std::uint64_t system_calls = 0;  ///< If they were counted.
  bool counted_system_calls = false;

  usage& operator+=(const usage& other) {
    cpu_us += other.cpu_us;
    switches += other.switches;
    system_calls += other.system_calls;
    counted_system_calls = counted_system_calls && other.counted_system_calls;
    return *this;
  }
};

/// Measures from its construction on.
///
/// System calls are counted by the kernel's own trace point, which costs each of them something; so only where that is
/// asked for. It takes the right to trace (root, mostly); without it they are not counted.
class usage_meter {
 public:
  explicit usage_meter(bool count_system_calls);
  ~usage_meter();
  usage_meter(const usage_meter&) = delete;
  usage_meter& operator=(const usage_meter&) = delete;

  usage so_far(std::uint64_t messages) const;

 private:
  usage now() const;

  int counter_ = -1;
  usage start_;
};

/// Whether system calls can be counted here.
bool can_count_system_calls();

}  // namespace belfry::bench

#endif
