// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"

#include <belfry/segment.hpp>

#include <boost/throw_exception.hpp>

namespace belfry {

namespace posix = detail::posix;
namespace interprocess = boost::interprocess;

segment segment::map(const segment_handle& handle, int fd, interprocess::mode_t mode, error_code& ec) {
  const std::size_t header = posix::page_size();
  const std::size_t capacity = handle.capacity();

  std::byte* const base = posix::reserve_addresses(header + 2 * capacity, ec);
  if (ec) return {};
  segment result;
  result.header_ = detail::mapping::map(fd, mode, 0, header + capacity, base, ec);
  if (ec) {
    posix::release_addresses(base, header + 2 * capacity);
    return {};
  }
  result.mirror_ = detail::mapping::map(fd, mode, header, capacity, base + header + capacity, ec);
  if (ec) {
    posix::release_addresses(base + header + capacity, capacity);
    return {};
  }
  result.data_offset_ = header;
  result.capacity_ = capacity;
  result.large_ = handle.large_messages();
  return result;
}

segment segment::map_own(const segment_handle& handle, error_code& ec) {
  ec.clear();
  if (!handle) {
    ec = error::not_a_segment;
    return {};
  }
  auto result = map(handle, handle.native_handle(), interprocess::read_write, ec);
  if (ec) return {};
  posix::seal_writes(handle.native_handle(), ec);
  if (ec) return {};
  return result;
}

segment segment::map_own(const segment_handle& handle) {
  error_code ec;
  auto result = map_own(handle, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: segment::map_own"));
  return result;
}

segment segment::map_peer(const segment_handle& handle, error_code& ec) {
  ec.clear();
  if (!handle) {
    ec = error::not_a_segment;
    return {};
  }
  // The peer has perhaps not sealed it against writing yet; through a read-only descriptor it cannot be undone here.
  const auto read_only = posix::reopen_read_only(handle.native_handle());
  return map(handle, read_only ? read_only.get() : handle.native_handle(), interprocess::read_only, ec);
}

segment segment::map_peer(const segment_handle& handle) {
  error_code ec;
  auto result = map_peer(handle, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: segment::map_peer"));
  return result;
}

}  // namespace belfry
