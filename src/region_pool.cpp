// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"

#include <belfry/detail/region_pool.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace belfry::detail {

region_pool::region_pool(const large_message_limits& limits, link& l)
    : limits_(limits), max_size_(std::min(limits.bytes, large_message_limits::max_region_bytes)), link_(l) {
  if (max_size_ != 0) regions_.reserve(limits.regions);  // so that nothing is allocated later on
}

/// Whether a region may be made besides so many others.
bool region_pool::fits(std::size_t size, std::uint64_t others, std::uint64_t bytes) const noexcept {
  return others < limits_.regions && bytes <= limits_.bytes && posix::whole_pages(size) <= limits_.bytes - bytes;
}

/// What the reader may still need.
region_pool::amount region_pool::lent(std::uint64_t released) const noexcept {
  amount result;
  for (const auto& r : regions_) {
    if (r.free(released)) continue;
    ++result.regions;
    result.bytes += r.memory.size();
  }
  return result;
}

/// What is made for `size` bytes: as long as memory is plentiful up to a quarter more, so that messages of about this
/// size, or that grow slowly, can share a region.
std::size_t region_pool::roomy(std::size_t size) const noexcept {
  const std::size_t step = std::max(posix::page_size(), std::bit_floor(size) / 4);
  const std::size_t rounded = (size + step - 1) / step * step;
  return rounded <= max_size_ && bytes() + rounded <= limits_.bytes / 2 ? rounded : posix::whole_pages(size);
}

std::span<std::byte> region_pool::take(std::size_t size, std::uint64_t released, error_code& ec) noexcept {
  ec.clear();
  // The smallest that will do; of these the one that was used last, which is still in the cache.
  std::size_t best = regions_.size();
  for (std::size_t i = 0; i != regions_.size(); ++i) {
    const auto& r = regions_[i];
    if (!r.free(released) || r.memory.size() < size) continue;
    if (best == regions_.size() || r.memory.size() <= regions_[best].memory.size()) best = i;
  }
  if (best == regions_.size()) {
    make_room(size, released, ec);
    if (ec || !fits(size, regions(), bytes())) return {};
    add(roomy(size), ec);
    if (ec) return {};
    best = regions_.size() - 1;
  }
  taken_ = best;
  return {regions_[best].memory.data(), size};
}

/// Gives up regions that are free, and too small, until one of `size` bytes may be made; none if that cannot be.
void region_pool::make_room(std::size_t size, std::uint64_t released, error_code& ec) noexcept {
  const auto kept = lent(released);
  if (!fits(size, kept.regions, kept.bytes)) return;
  while (!fits(size, regions(), bytes())) {
    const auto victim = std::find_if(regions_.begin(), regions_.end(), [&](auto& r) { return r.free(released); });
    link_.give_up_region(victim->id, ec);
    if (ec) return;
    given_up_.add(1);
    bytes_given_up_.add(victim->memory.size());
    regions_.erase(victim);
  }
}

void region_pool::add(std::size_t size, error_code& ec) noexcept {
  const auto file = posix::make_memfd("belfry-large", size, ec);
  if (ec) return;
  posix::seal_size(file.get(), ec);
  if (ec) return;
  region r{last_id_ + 1, mapping::map(file.get(), boost::interprocess::read_write, 0, size, nullptr, ec)};
  if (ec) return;
  // As with a segment: from now on nobody else can write to it.
  posix::seal_writes(file.get(), ec);
  if (ec) return;
  link_.pass_region(r.id, size, file.get(), ec);
  if (ec) return;
  last_id_ = r.id;
  regions_.push_back(std::move(r));
  made_.add(1);
  bytes_made_.add(size);
}

std::span<const std::byte> region_pool::lent_bytes(const region_reference& reference) const noexcept {
  const auto r =
      std::find_if(regions_.begin(), regions_.end(), [&](const region& one) { return one.id == reference.region; });
  if (r == regions_.end()) return {};
  return {r->memory.data(), static_cast<std::size_t>(reference.size)};
}

std::uint64_t region_pool::released_needed(std::size_t size, std::uint64_t released) const noexcept {
  // As if the reader released one after the other.
  auto kept = lent(released);
  for (const auto& r : regions_) {
    if (r.free(released)) continue;
    --kept.regions;
    kept.bytes -= r.memory.size();
    if (r.memory.size() >= size || fits(size, kept.regions, kept.bytes)) return r.free_at;
  }
  return released;
}

region_reference region_pool::lend(std::size_t size, std::uint64_t position) noexcept {
  auto& r = regions_[taken_];
  r.free_at = position;
  const region_reference reference{r.id, size};
  std::rotate(regions_.begin() + static_cast<std::ptrdiff_t>(taken_),
              regions_.begin() + static_cast<std::ptrdiff_t>(taken_) + 1, regions_.end());
  return reference;
}

}  // namespace belfry::detail
