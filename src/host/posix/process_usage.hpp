// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_PROCESS_USAGE_HPP
#define BELFRY_SRC_HOST_POSIX_PROCESS_USAGE_HPP

#include <belfry/resource_usage.hpp>

#include <cstdint>

#include <sys/resource.h>

namespace belfry::detail::posix {

/// What the process of that number, which must be reserved, has used until now. What cannot be learnt stays as it was.
/// Source: proc(5).
void add_current(resource_usage&, int pid) noexcept;

/// What a process had used in the end. `peak_before_bytes` is what the kernel counts as its memory though it was that of
/// the process which started it: a peak that is not above it tells nothing.
void add_final(resource_usage&, const rusage&, std::uint64_t peak_before_bytes) noexcept;

}  // namespace belfry::detail::posix

#endif
