// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_REGION_POOL_HPP
#define BELFRY_DETAIL_REGION_POOL_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/mapping.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/error.hpp>
#include <belfry/large_message_limits.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace belfry::detail {

/// The memory in which one side writes messages that are larger than its ring.
///
/// A region is made when one is needed, passed to the peer at once, and used again as soon as the reader has released
/// the message that was in it: the reader's position in the ring says so, nothing else needs to. Where the limits leave
/// no room for a larger region, smaller ones that are free are given up.
///
/// Positions are those of the ring. Thread safety: one thread at a time; the figures from any thread.
class region_pool {
 public:
  region_pool(const large_message_limits& limits, link& l);

  /// The largest message; 0 if there are none.
  std::size_t max_size() const noexcept { return max_size_; }

  /// A region for `size` bytes, at most max_size(), that the reader does not need, having released all before `released`.
  /// Its `data()` is null if there is none now. It stays free until it is lent.
  ///
  /// Errors: what making a file, mapping it, and passing it on report.
  std::span<std::byte> take(std::size_t size, std::uint64_t released, error_code& ec) noexcept;

  /// What was taken last.
  const std::byte* taken() const noexcept { return regions_[taken_].memory.data(); }

  /// The reader's position at which a region for `size` bytes will be free, if none was when last looked.
  std::uint64_t released_needed(std::size_t size, std::uint64_t released) const noexcept;

  /// The message in the region that was taken last is `size` bytes long and ends, in the ring, at `position`.
  region_reference lend(std::size_t size, std::uint64_t position) noexcept;

  /// The bytes of a message that was lent, as long as the reader has not released it.
  std::span<const std::byte> lent_bytes(const region_reference&) const noexcept;

  // Any thread.
  std::uint64_t regions() const noexcept { return made_.get() - given_up_.get(); }
  std::uint64_t bytes() const noexcept { return bytes_made_.get() - bytes_given_up_.get(); }

 private:
  struct region {
    std::uint64_t id = 0;
    mapping memory;
    std::uint64_t free_at = 0;  // the reader's position

    bool free(std::uint64_t released) const noexcept { return static_cast<std::int64_t>(released - free_at) >= 0; }
  };

  struct amount {
    std::uint64_t regions = 0;
    std::uint64_t bytes = 0;
  };

  amount lent(std::uint64_t released) const noexcept;
  bool fits(std::size_t size, std::uint64_t regions, std::uint64_t bytes) const noexcept;
  std::size_t roomy(std::size_t size) const noexcept;
  void make_room(std::size_t size, std::uint64_t released, error_code& ec) noexcept;
  void add(std::size_t size, error_code& ec) noexcept;

  large_message_limits limits_;
  std::size_t max_size_;
  detail::link& link_;
  std::vector<region> regions_;  // in the order in which they were lent; those that are to be lent first come last
  std::size_t taken_ = 0;        // its place there
  std::uint64_t last_id_ = 0;
  counter made_, given_up_, bytes_made_, bytes_given_up_;
};

}  // namespace belfry::detail

#endif
