// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LARGE_MESSAGE_LIMITS_HPP
#define BELFRY_LARGE_MESSAGE_LIMITS_HPP

#include <cstddef>
#include <cstdint>

namespace belfry {

/// How much memory one direction of a channel may take for messages that are larger than its ring.
///
/// Such a message goes beside the ring: in a region of shared memory, which the sender makes, passes to the receiver
/// once, and uses again when the receiver has released the message. So memory is taken as it is needed, up to here.
struct large_message_limits {
  /// Bytes of all regions together, rounded up to a page. No message can be larger. 0: no message can be larger than
  /// the ring.
  std::size_t bytes = 0;
  /// Regions: large messages that can be under way at the same time. A descriptor each, while they are passed.
  std::uint32_t regions = 16;

  /// The most bytes that may be asked for: 64 GiB.
  static constexpr std::size_t max_bytes = std::size_t{1} << 36;
  /// The most regions.
  static constexpr std::uint32_t max_regions = 1024;
  /// The largest region, and so the largest message: 4 GiB.
  static constexpr std::size_t max_region_bytes = std::size_t{1} << 32;
};

}  // namespace belfry

#endif
