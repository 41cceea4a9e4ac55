// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_RESOURCE_USAGE_HPP
#define BELFRY_RESOURCE_USAGE_HPP

#include <chrono>
#include <cstdint>

namespace belfry {

/// What a process has used of the machine, with those of its children that ended before it and that it waited for.
struct resource_usage {
  std::chrono::microseconds user_time{0};    ///< On processors, in its own code.
  std::chrono::microseconds system_time{0};  ///< On processors, in the kernel on its behalf.

  /// The most memory that was resident at one time, in bytes.
  ///
  /// Linux counts what the launching process had at the launch as the launched one's, too. So where a plugin never had
  /// more than its host had then, this is only what was seen when it was last looked at: when it had greeted, and before
  /// it was stopped or killed by its host. `peak_memory_exact` tells which it is.
  std::uint64_t peak_memory_bytes = 0;
  /// Whether it is the true peak, and not only the last that was seen of it.
  bool peak_memory_exact = false;

  /// Compares all.
  friend bool operator==(const resource_usage&, const resource_usage&) = default;
};

}  // namespace belfry

#endif
