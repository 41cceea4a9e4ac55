// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_DEADLINE_HPP
#define BELFRY_DETAIL_DEADLINE_HPP

#include <chrono>
#include <optional>

namespace belfry::detail {

/// When a wait ends at the latest; empty: never.
using steady_deadline = std::optional<std::chrono::steady_clock::time_point>;

/// A limit from now on. One that goes beyond what the clock can tell is none: people write `milliseconds::max()`.
template <class Rep, class Period>
steady_deadline deadline_after(std::chrono::duration<Rep, Period> limit) {
  using namespace std::chrono;
  const auto now = steady_clock::now();
  if (limit <= limit.zero()) return now;
  if (duration<double>(limit) >= duration<double>(steady_clock::time_point::max() - now)) return std::nullopt;
  return now + duration_cast<steady_clock::duration>(limit);
}

/// The same for those who need a point in time in any case.
template <class Rep, class Period>
std::chrono::steady_clock::time_point time_after(std::chrono::duration<Rep, Period> limit) {
  return deadline_after(limit).value_or(std::chrono::steady_clock::time_point::max());
}

}  // namespace belfry::detail

#endif
