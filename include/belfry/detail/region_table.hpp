// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_REGION_TABLE_HPP
#define BELFRY_DETAIL_REGION_TABLE_HPP

#include <belfry/detail/mapping.hpp>
#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>
#include <belfry/large_message_limits.hpp>
#include <belfry/lifeline.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace belfry::detail {

/// The memory in which the peer writes messages that are larger than its ring, as far as it was passed to this side.
///
/// A region is mapped when the first message in it is looked at. What is in use stays mapped whatever the peer does.
///
/// Thread safety: all.
class region_table {
 public:
  explicit region_table(const large_message_limits&);

  /// Whether there can be regions at all.
  bool enabled() const noexcept { return limits_.bytes != 0; }
  /// The largest message that can come so; 0 if there are none.
  std::size_t max_size() const noexcept { return std::min(limits_.bytes, large_message_limits::max_region_bytes); }

  /// What came over the lifeline: a region, or the news that one is gone. Returns what is wrong with it, or null.
  const char* take(frame&) noexcept;

  /// Region `id`; null without an error if it has not come (yet).
  ///
  /// Errors: what mmap reports; EMFILE if this process had no descriptor left when it came.
  std::shared_ptr<const mapping> find(std::uint64_t id, error_code& ec) noexcept;

 private:
  struct region {
    std::uint64_t id = 0;
    std::size_t size = 0;
    posix::unique_descriptor file;  // until it is mapped
    std::shared_ptr<const mapping> memory;
  };

  const char* add(frame&) noexcept;
  const char* remove(const frame&) noexcept;
  std::vector<region>::iterator position(std::uint64_t id) noexcept;

  large_message_limits limits_;
  std::mutex mutex_;
  std::vector<region> regions_;
  std::uint64_t last_id_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace belfry::detail

#endif
