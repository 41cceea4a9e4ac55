// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_RING_CHAIN_HPP
#define BELFRY_SRC_HOST_RING_CHAIN_HPP

#include <belfry/detail/segment_layout.hpp>
#include <belfry/segment.hpp>

#include <cstddef>
#include <cstdint>

namespace belfry::detail {

/// The bytes of a ring for one who looks on: neither its writer nor its reader. All may change at any moment, and none of
/// it is trusted.
struct ring_bytes {
  const std::byte* data;
  std::uint64_t capacity;  ///< A power of two. As many bytes once more follow, which are the same.

  explicit ring_bytes(const segment& s) noexcept : data(s.data()), capacity(s.capacity()) {}

  const std::byte* place(std::uint64_t position) const noexcept { return data + (position & (capacity - 1)); }
  std::uint64_t header(std::uint64_t position) const noexcept {
    return reinterpret_cast<const shared_word*>(place(position))->load(std::memory_order_acquire);
  }
  /// Bytes of ring that the message at `position` takes; 0 if none begins there that ends before `end`.
  std::uint64_t footprint(std::uint64_t position, std::uint64_t end) const noexcept {
    if (position % message_header::size != 0) return 0;  // no message begins there, whatever somebody has published
    const std::uint64_t value = header(position);
    if (!message_header::well_formed(value)) return 0;
    const std::uint64_t bytes = message_header::footprint(message_header::length(value));
    return bytes <= end - position ? bytes : 0;
  }
};

/// The messages from a position on.
struct chain {
  std::uint64_t end = 0;       ///< Behind the last of them.
  std::uint64_t messages = 0;  ///< How many.
  bool complete = true;        ///< Whether there was nothing behind them. Else they were too many to look at.
};

/// Follows the messages from `begin` on, to the first place where there is none. At most `limit` are counted.
inline chain follow(const ring_bytes& ring, std::uint64_t begin, std::uint64_t limit) noexcept {
  const std::uint64_t last = begin + ring.capacity - message_header::size;
  chain c{begin};
  while (const std::uint64_t bytes = ring.footprint(c.end, last)) {
    if (c.messages == limit) {
      c.complete = false;
      break;
    }
    c.end += bytes;
    ++c.messages;
  }
  return c;
}

}  // namespace belfry::detail

#endif
