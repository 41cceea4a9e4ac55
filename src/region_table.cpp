// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"

#include <belfry/detail/region_table.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace belfry::detail {
namespace {

/// Reads `T` from a payload that must be exactly that.
template <class T>
bool read(const std::string& payload, T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  if (payload.size() != sizeof value) return false;
  std::memcpy(&value, payload.data(), sizeof value);
  return true;
}

}  // namespace

region_table::region_table(const large_message_limits& limits) : limits_(limits) {
  if (enabled()) regions_.reserve(limits.regions);
}

const char* region_table::take(frame& f) noexcept { return f.type == frame_type::region ? add(f) : remove(f); }

const char* region_table::add(frame& f) noexcept {
  struct {
    std::uint64_t id;
    std::uint64_t size;
  } what;
  if (!read(f.payload, what)) return "the announcement of a region";
  const std::lock_guard lock(mutex_);
  if (what.id <= last_id_ || what.size == 0) return "the announcement of a region";
  if (regions_.size() >= limits_.regions || what.size > limits_.bytes - bytes_ || what.size > max_size())
    return "more regions than were agreed on";
  if (!f.descriptor_lost && (!f.descriptor || posix::file_size(f.descriptor.get()) != what.size))
    return "a region without the memory that was announced";
  last_id_ = what.id;
  bytes_ += what.size;
  regions_.push_back(
      {what.id, static_cast<std::size_t>(what.size), posix::unique_descriptor(f.descriptor.release()), nullptr});
  return nullptr;
}

const char* region_table::remove(const frame& f) noexcept {
  std::uint64_t id = 0;
  if (!read(f.payload, id)) return "the end of a region";
  const std::lock_guard lock(mutex_);
  const auto found = position(id);
  if (found == regions_.end()) return "the end of a region that is not there";
  // A peer that knows what was released does not take away what is still looked at.
  if (found->memory.use_count() > 1) return "the end of a region that is in use";
  bytes_ -= found->size;
  regions_.erase(found);
  return nullptr;
}

std::shared_ptr<const mapping> region_table::find(std::uint64_t id, error_code& ec) noexcept {
  ec.clear();
  const std::lock_guard lock(mutex_);
  const auto found = position(id);
  if (found == regions_.end()) return nullptr;
  if (found->memory) return found->memory;
  if (!found->file) {
    ec = make_error_code(boost::system::errc::too_many_files_open);
    return nullptr;
  }
  auto memory = mapping::map(found->file.get(), boost::interprocess::read_only, 0, found->size, nullptr, ec);
  if (!ec) posix::populate(memory.data(), memory.size(), ec);
  if (ec) return nullptr;
  try {
    found->memory = std::make_shared<const mapping>(std::move(memory));
  } catch (const std::bad_alloc&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
    return nullptr;
  }
  found->file.reset();
  return found->memory;
}

std::vector<region_table::region>::iterator region_table::position(std::uint64_t id) noexcept {
  return std::find_if(regions_.begin(), regions_.end(), [&](const region& r) { return r.id == id; });
}

}  // namespace belfry::detail
