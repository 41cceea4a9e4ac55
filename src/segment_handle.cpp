// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"

#include <belfry/detail/segment_layout.hpp>
#include <belfry/segment_handle.hpp>

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry {
namespace {

using detail::segment_identity;
namespace posix = detail::posix;

bool possible(const large_message_limits& limits) noexcept {
  return limits.bytes <= large_message_limits::max_bytes && limits.regions <= large_message_limits::max_regions &&
         (limits.bytes == 0 || limits.regions != 0);
}

bool possible(const segment_identity& id, std::size_t file_size) noexcept {
  return id.magic == detail::segment_magic && id.layout_version == detail::segment_layout_version &&
         id.header_size == posix::page_size() && id.capacity >= posix::page_size() &&
         id.capacity <= segment_handle::max_capacity && std::has_single_bit(id.capacity) &&
         file_size == id.header_size + id.capacity &&
         possible(large_message_limits{id.large_bytes, id.large_regions}) && id.large_bytes % posix::page_size() == 0 &&
         id.unused == 0;
}

}  // namespace

segment_handle segment_handle::create(std::size_t capacity, const large_message_limits& limits, error_code& ec) {
  ec.clear();
  if (capacity == 0 || capacity > max_capacity || !possible(limits)) {
    ec = make_error_code(boost::system::errc::invalid_argument);
    return {};
  }
  capacity = std::bit_ceil(std::max(capacity, posix::page_size()));
  const large_message_limits large{posix::whole_pages(limits.bytes), limits.regions};
  auto fd = posix::make_memfd("belfry", posix::page_size() + capacity, ec);
  if (ec) return {};

  const segment_identity id{detail::segment_magic,
                            detail::segment_layout_version,
                            static_cast<std::uint32_t>(posix::page_size()),
                            capacity,
                            large.bytes,
                            large.regions,
                            0};
  if (::pwrite(fd.get(), &id, sizeof id, 0) != ssize_t{sizeof id}) {
    ec.assign(errno, boost::system::system_category());
    return {};
  }
  posix::seal_size(fd.get(), ec);
  if (ec) return {};
  return {std::move(fd), capacity, large};
}

segment_handle segment_handle::create(std::size_t capacity, const large_message_limits& limits) {
  error_code ec;
  auto handle = create(capacity, limits, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: segment_handle::create"));
  return handle;
}

segment_handle segment_handle::from_native_handle(native_handle_type fd, error_code& ec) {
  ec.clear();
  struct stat status{};
  if (::fstat(fd, &status) != 0) {
    ec = error::handle_not_open;
    return {};
  }
  // The seals first: before them the size and the identity could still change.
  segment_identity id{};
  if (!posix::size_is_sealed(fd) || ::pread(fd, &id, sizeof id, 0) != ssize_t{sizeof id} ||
      !possible(id, static_cast<std::size_t>(status.st_size))) {
    ec = error::not_a_segment;
    return {};
  }
  return {detail::posix::unique_descriptor(fd), static_cast<std::size_t>(id.capacity),
          large_message_limits{static_cast<std::size_t>(id.large_bytes), id.large_regions}};
}

segment_handle segment_handle::from_native_handle(native_handle_type fd) {
  error_code ec;
  auto handle = from_native_handle(fd, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: segment_handle::from_native_handle"));
  return handle;
}

}  // namespace belfry
