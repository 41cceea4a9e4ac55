// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/spinner.hpp>

#include <sched.h>
#include <unistd.h>

namespace belfry::detail {
namespace {

// Asked when the program starts, not at the first wait: to ask opens a file, for which a plugin may be killed once a filter
// of system calls holds.
//
// Not the affinity: two processes that are pinned to a processor each may well spin, and where both are pinned to one,
// spinning loses, which the budget learns.
const bool several = ::sysconf(_SC_NPROCESSORS_ONLN) > 1;

}  // namespace

bool several_processors() noexcept { return several; }

void yield_processor() noexcept { ::sched_yield(); }

}  // namespace belfry::detail
