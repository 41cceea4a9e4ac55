// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_VFORK_CHILD_HPP
#define BELFRY_SRC_HOST_POSIX_VFORK_CHILD_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <cstdint>

namespace belfry::detail::posix {

/// A process that was started.
struct started_process {
  int pid = -1;
  unique_descriptor pidfd;
  /// It could not even be made, not only fail to start its program.
  bool never_made = false;
  /// The most memory that this process has had resident, when the program began. The kernel counts it as the program's,
  /// too.
  std::uint64_t peak_memory_before_bytes = 0;
};

/// Starts a process that runs `body(argument)` in this process's memory while the caller waits (vfork-style), until the
/// body executes a program. Nothing of the caller's page tables is copied, however much memory it has.
///
/// The body must not allocate, lock or throw; in it, no signal handler of the caller runs and all dispositions are the
/// default. If it returns, its result is the error number that the caller gets, and the process is reaped.
///
/// Source: clone(2), as posix_spawn(3) of the C library uses it.
started_process start_vfork_style(int (*body)(void*), void* argument, error_code& ec) noexcept;

}  // namespace belfry::detail::posix

#endif
