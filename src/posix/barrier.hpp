// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_BARRIER_HPP
#define BELFRY_SRC_POSIX_BARRIER_HPP

namespace belfry::detail::posix {

/// From here on `barrier` counts for all threads of this process. Costs little the second time.
bool register_for_barriers() noexcept;

/// Makes each thread of each registered process execute a full fence, between two instructions of its own, before this
/// returns. False: the system refuses, and nothing has happened.
bool barrier() noexcept;

/// For want of a barrier: a store leaves the buffer of its processor within microseconds, and this is far longer.
void outwait_stores() noexcept;

}  // namespace belfry::detail::posix

#endif
