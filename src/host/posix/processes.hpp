// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_PROCESSES_HPP
#define BELFRY_SRC_HOST_POSIX_PROCESSES_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace belfry::detail::posix {

/// An open file of a process that is anonymous memory of belfry's, by its name.
struct memory_file {
  int pid;               ///< Whose it is.
  std::uint64_t number;  ///< As `file_number`.
  /// Opens it for reading. Empty if it, or the process, is gone.
  std::function<unique_descriptor()> open;
};

/// Calls `found` with each such file of each process of this user. Processes that end meanwhile, or must not be looked at,
/// are left out. Source: proc(5), /proc/pid/fd.
void for_each_memory_file(const std::function<void(const memory_file&)>& found, error_code& ec);

/// What the system calls a process's program; empty if there is none.
std::string program_of(int pid);
/// As proc(5) has it; '?' if there is none.
char state_of(int pid);

}  // namespace belfry::detail::posix

#endif
