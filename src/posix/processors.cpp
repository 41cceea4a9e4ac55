// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/spinner.hpp>

#include <sched.h>

namespace belfry::detail {

bool several_processors() noexcept {
  // Asked once: a process that is moved to one processor later only spins in vain for as long as its budget lasts.
  static const bool several = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    // With more processors than the set has room for, it fails; then there are several.
    return ::sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) > 1;
  }();
  return several;
}

}  // namespace belfry::detail
