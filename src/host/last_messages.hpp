// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_LAST_MESSAGES_HPP
#define BELFRY_SRC_HOST_LAST_MESSAGES_HPP

#include "ring_chain.hpp"

#include <belfry/autopsy.hpp>
#include <belfry/detail/message_times.hpp>

#include <cstdint>
#include <vector>

namespace belfry::detail {

/// Where the messages of a ring are to be found.
struct ring_extent {
  std::uint64_t released;  ///< Up to here the reader was through. A message begins here, or will.
  std::uint64_t written;   ///< Behind the last message.
  /// Where and when messages are known to begin,
  std::vector<message_times::entry> known{};
  /// which is when they were released, and not when they were written.
  bool known_when_released = false;
};

/// The last messages of a ring that its reader and writer may have left at any moment. What was released lies there as long
/// as nothing was written over it. Where a message begins there is known from `known`, or else found by the headers: of all
/// chains of them that end just at `released`, the longest. If `released` is no position that can be, none of them counts as
/// released, and the chain is sought that ends at `written`.
///
/// All in the ring is taken for what it is, somebody else's memory.
std::vector<recorded_message> last_messages(const ring_bytes&, ring_extent, const autopsy_options&);

}  // namespace belfry::detail

#endif
