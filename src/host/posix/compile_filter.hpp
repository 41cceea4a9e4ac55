// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_COMPILE_FILTER_HPP
#define BELFRY_SRC_HOST_POSIX_COMPILE_FILTER_HPP

#include <belfry/error.hpp>
#include <belfry/system_call_filter.hpp>

#include <string>
#include <vector>

#include <linux/filter.h>

namespace belfry::detail::posix {

/// A program for the kernel.
using filter_program = std::vector<sock_filter>;

/// Whether filters can be compiled by this build, and installed in this kernel.
bool filters_are_supported() noexcept;

/// Makes a program of a filter. On error `story` says what is wrong with it.
///
/// Errors: `error::cannot_confine`; EINVAL (a call that nobody knows, an impossible test).
filter_program compile_filter(const system_call_filter&, error_code& ec, std::string& story);

/// Put a number where the program compares with `system_call_filter::argument_test::own_process`, or `leash`. They change
/// nothing else, and do not allocate.
void set_own_process(filter_program&, int pid) noexcept;
void set_leash(filter_program&, int descriptor) noexcept;

}  // namespace belfry::detail::posix

#endif
