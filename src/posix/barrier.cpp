// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "barrier.hpp"

#include <cerrno>
#include <ctime>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

bool membarrier(int command) noexcept {
  const int saved = errno;
  const bool done = ::syscall(SYS_membarrier, command, 0, 0) == 0;
  errno = saved;
  return done;
}

}  // namespace

bool register_for_barriers() noexcept { return membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED); }

bool barrier() noexcept { return membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED); }

void outwait_stores() noexcept {
  const int saved = errno;
  timespec left{0, 1'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
  errno = saved;
}

}  // namespace belfry::detail::posix
