// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_MAPPING_HPP
#define BELFRY_DETAIL_MAPPING_HPP

#include <belfry/error.hpp>

#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>

namespace belfry::detail {

/// A piece of a file in memory, unmapped at the end.
///
/// A forked child has no part in it: its pages do not come along, and to destroy the child's copy is harmless.
class mapping {
 public:
  mapping() noexcept = default;
  /// What is left behind is as default-constructed.
  mapping(mapping&&) noexcept;
  /// What was here before is given up first.
  mapping& operator=(mapping&&) noexcept;
  ~mapping();

  /// Maps `size` bytes from `offset` on: to `place`, over addresses that were reserved before, or wherever there is room.
  static mapping map(int fd, boost::interprocess::mode_t, std::size_t offset, std::size_t size, void* place,
                     error_code& ec);

  std::byte* data() const noexcept { return static_cast<std::byte*>(region_.get_address()); }
  std::size_t size() const noexcept { return region_.get_size(); }
  bool writable() const noexcept { return region_.get_mode() == boost::interprocess::read_write; }
  explicit operator bool() const noexcept { return region_.get_address() != nullptr; }

 private:
  boost::interprocess::mapped_region region_;
  int process_ = 0;  // where it is mapped
};

}  // namespace belfry::detail

#endif
