// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_PROCESS_HPP
#define BELFRY_SRC_POSIX_PROCESS_HPP

#include <unistd.h>

namespace belfry::detail::posix {

/// Of this process. What was made before a fork can tell by it that it is a copy.
inline int process_id() noexcept { return ::getpid(); }

}  // namespace belfry::detail::posix

#endif
