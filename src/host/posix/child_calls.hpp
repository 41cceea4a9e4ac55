// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_CHILD_CALLS_HPP
#define BELFRY_SRC_HOST_POSIX_CHILD_CALLS_HPP

#include <array>
#include <csignal>
#include <cstddef>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What a vfork-style child does to its descriptors and signals before it executes its program. It goes past the C library,
// since a sanitizer has functions of its own there, which write down in memory what becomes of this process's descriptors and
// handlers. The memory is the parent's too, and the descriptors and handlers are not.

namespace belfry::detail::posix {

inline int child_open_null() noexcept {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC));
}

/// Not close-on-exec. `from` and `to` differ.
inline bool child_place(int from, int to) noexcept { return ::syscall(SYS_dup3, from, to, 0) >= 0; }

/// No signal is handled, ignored or blocked.
inline void child_reset_signals() noexcept {
  // As the kernel has them: a mask is a bit for each signal, and an action that is all zeros is the default, however its
  // fields are laid out.
  constexpr int last_signal = 64;
  constexpr std::size_t mask_bytes = 8;
  const std::array<unsigned long, 8> zeros{};
  for (int number = 1; number <= last_signal; ++number) {
    ::syscall(SYS_rt_sigaction, number, zeros.data(), nullptr, mask_bytes);
  }
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, zeros.data(), nullptr, mask_bytes);
}

}  // namespace belfry::detail::posix

#endif
