// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_FILTER_PROGRAM_HPP
#define BELFRY_SRC_POSIX_FILTER_PROGRAM_HPP

#include <belfry/error.hpp>

#include <string_view>

namespace belfry::detail::posix {

/// The most bytes of a filter that a plugin is given to install: 512 instructions.
inline constexpr std::size_t longest_filter_program = 4096;

/// Lays a filter of system calls upon all threads of this process, for ever. `program` holds `sock_filter`s as they lie in
/// memory. The process must have no_new_privs set.
///
/// Errors: what seccomp(2) reports; EINVAL also if it is no whole number of instructions; ESRCH if another thread has
/// filters of its own.
void install_filter(std::string_view program, error_code& ec) noexcept;

}  // namespace belfry::detail::posix

#endif
