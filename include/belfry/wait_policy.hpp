// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_WAIT_POLICY_HPP
#define BELFRY_WAIT_POLICY_HPP

namespace belfry {

/// How an operation waits for its peer. For asynchronous ones `spin` is as `adaptive`.
enum class wait_policy {
  block,     ///< Sleeps at once: no processor time while waiting, a wake-up's time when the peer comes.
  /// Looks again for about as long as a wake-up costs, then sleeps. Where that did not pay it does so for a shorter time,
  /// or not at all: so not while there are more threads than processors.
  adaptive,
  spin,      ///< Never sleeps. For a processor of one's own; on a machine with one processor it acts as `block`.
};

}  // namespace belfry

#endif
