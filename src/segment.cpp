// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"
#include "posix/process.hpp"

#include <belfry/segment.hpp>

#include <boost/interprocess/exceptions.hpp>
#include <boost/throw_exception.hpp>

#include <new>
#include <utility>

#include <sys/mman.h>

namespace belfry {
namespace {

namespace posix = detail::posix;
namespace interprocess = boost::interprocess;

/// What Boost.Interprocess asks of something that can be mapped.
struct mappable {
  int fd;
  interprocess::mode_t mode;

  interprocess::mapping_handle_t get_mapping_handle() const noexcept {
    return interprocess::ipcdetail::mapping_handle_from_file_handle(fd);
  }
  interprocess::mode_t get_mode() const noexcept { return mode; }
};

/// Maps over addresses that were reserved before.
interprocess::mapped_region map_at(std::byte* place, const mappable& file, std::size_t offset, std::size_t size) {
  interprocess::mapped_region region(file, file.mode, static_cast<interprocess::offset_t>(offset), size, place,
                                     MAP_FIXED);
  posix::keep_from_children(place, size);
  return region;
}

}  // namespace

segment::segment(segment&& other) noexcept { *this = std::move(other); }

segment& segment::operator=(segment&& other) noexcept {
  header_.swap(other.header_);
  mirror_.swap(other.mirror_);
  std::swap(data_offset_, other.data_offset_);
  std::swap(capacity_, other.capacity_);
  std::swap(process_, other.process_);
  return *this;
}

segment::~segment() {
  if (capacity_ == 0 || process_ == posix::process_id()) return;
  // A copy in a forked child. The pages did not come along, and something else may stand at their addresses by now,
  // so nothing must be unmapped: the regions are let go of for good.
  alignas(interprocess::mapped_region) std::byte never_destroyed[2][sizeof(interprocess::mapped_region)];
  new (never_destroyed[0]) interprocess::mapped_region(std::move(header_));
  new (never_destroyed[1]) interprocess::mapped_region(std::move(mirror_));
}

segment segment::map(const segment_handle& handle, int fd, interprocess::mode_t mode, error_code& ec) {
  const mappable file{fd, mode};
  const std::size_t header = posix::page_size();
  const std::size_t capacity = handle.capacity();

  std::byte* const base = posix::reserve_addresses(header + 2 * capacity, ec);
  if (ec) return {};
  segment result;
  try {
    result.header_ = map_at(base, file, 0, header + capacity);
    result.mirror_ = map_at(base + header + capacity, file, header, capacity);
  } catch (const interprocess::interprocess_exception& e) {
    ec.assign(e.get_native_error(), boost::system::system_category());
    if (result.header_.get_address() == nullptr) posix::release_addresses(base, header + capacity);
    posix::release_addresses(base + header + capacity, capacity);
    return {};
  }
  result.data_offset_ = header;
  result.capacity_ = capacity;
  result.process_ = posix::process_id();
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
