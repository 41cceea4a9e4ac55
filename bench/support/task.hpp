// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_TASK_HPP
#define BELFRY_BENCH_SUPPORT_TASK_HPP

#include "histogram.hpp"
#include "processors.hpp"
#include "usage.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace belfry::bench {

/// What one measurement of one subject is asked for.
struct task {
  std::size_t size = 64;  ///< Bytes of a message, at least 8.
  placement where{};
  std::chrono::nanoseconds time{};  ///< How long it measures, after a tenth of that for warming up.
  double rate = 0;                  ///< Messages a second, where the measure has a fixed rate.
  bool count_system_calls = false;
};

/// What came of it. It lies in memory that all processes of a measurement share.
struct outcome {
  histogram latency;
  double rate = 0;  ///< Messages a second, where that was measured.
  usage first;      ///< What each side used, for its `messages`.
  usage second;
};

/// However short the time is, so many there must be.
inline constexpr std::uint64_t least_samples = 10;

/// How large the buffer between the two sides is, for all subjects that let one choose: a ring of belfry, the shared
/// memory of a floor, the length of a queue.
constexpr std::size_t buffer_bytes(std::size_t message_size) {
  constexpr std::size_t usual = 256 * 1024;
  return message_size * 4 <= usual ? usual : message_size * 4;
}

}  // namespace belfry::bench

#endif
