// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"
#include "posix/process.hpp"

#include <belfry/detail/mapping.hpp>

#include <boost/interprocess/exceptions.hpp>

#include <new>
#include <utility>

#include <sys/mman.h>

namespace belfry::detail {
namespace {

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

}  // namespace

mapping::mapping(mapping&& other) noexcept
    : region_(std::move(other.region_)), process_(std::exchange(other.process_, 0)) {}

mapping& mapping::operator=(mapping&& other) noexcept {
  mapping given_up(std::move(*this));
  region_.swap(other.region_);
  std::swap(process_, other.process_);
  return *this;
}

mapping::~mapping() {
  if (process_ == 0 || process_ == posix::process_id()) return;
  // A copy in a forked child. The pages did not come along, and something else may stand at their addresses by now,
  // so nothing must be unmapped: the region is let go of for good.
  alignas(interprocess::mapped_region) std::byte never_destroyed[sizeof(interprocess::mapped_region)];
  new (never_destroyed) interprocess::mapped_region(std::move(region_));
}

mapping mapping::map(int fd, interprocess::mode_t mode, std::size_t offset, std::size_t size, void* place,
                     error_code& ec) {
  ec.clear();
  mapping result;
  try {
    const auto where = static_cast<interprocess::offset_t>(offset);
    result.region_ = place == nullptr
                         ? interprocess::mapped_region(mappable{fd, mode}, mode, where, size)
                         : interprocess::mapped_region(mappable{fd, mode}, mode, where, size, place, MAP_FIXED);
  } catch (const interprocess::interprocess_exception& e) {
    ec.assign(e.get_native_error(), boost::system::system_category());
    return {};
  }
  result.process_ = posix::process_id();
  posix::keep_from_children(result.data(), size);
  return result;
}

}  // namespace belfry::detail
