// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/processors.hpp>

#include <cerrno>

#include <sched.h>
#include <unistd.h>

namespace belfry::detail {
namespace {

// Asked when the program starts, not at the first wait: to ask opens a file, for which a plugin may be killed once a filter
// of system calls holds.
const bool several = ::sysconf(_SC_NPROCESSORS_ONLN) > 1;

}  // namespace

bool several_processors() noexcept { return several; }

std::uint64_t only_processor() noexcept {
  const int saved = errno;
  cpu_set_t usable;
  CPU_ZERO(&usable);
  // It fails where there are more processors than the set has room for: then there is not only one.
  const bool told = ::sched_getaffinity(0, sizeof usable, &usable) == 0;
  errno = saved;
  if (!told || CPU_COUNT(&usable) != 1) return 0;
  std::uint64_t number = 0;
  while (!CPU_ISSET(number, &usable)) ++number;
  return number + 1;
}

void yield_processor() noexcept { ::sched_yield(); }

}  // namespace belfry::detail
