// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_IDLE_HPP
#define BELFRY_BENCH_SUPPORT_IDLE_HPP

#include <belfry/wait_policy.hpp>

#include <chrono>

namespace belfry::bench {

enum class way_to_wait { blocking, event_loop };

/// Nanoseconds of processor time that a process uses which waits for a message, for as long as `time`. Only what it uses
/// while it waits, and from 50 ms after it began.
double idle_cpu_ns(wait_policy policy, way_to_wait way, std::chrono::nanoseconds time);

}  // namespace belfry::bench

#endif
