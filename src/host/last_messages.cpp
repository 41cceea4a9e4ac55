// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "last_messages.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

namespace belfry::detail {
namespace {

namespace header = message_header;

/// Bytes before `released` that are looked through for headers, which takes 8 bytes of memory for each 8 of them.
constexpr std::uint64_t farthest_back = std::uint64_t{4} << 20;

std::uint64_t oldest_place(const ring_bytes& ring, const ring_extent& extent) noexcept {
  // Behind the last message stands a word 0, in the place of what was there.
  const std::uint64_t kept = ring.capacity - header::size;
  const std::uint64_t oldest = extent.written > kept ? extent.written - kept : 0;
  return std::max(oldest, extent.released > farthest_back ? extent.released - farthest_back : 0);
}

/// Where the messages begin that end at `released`, the oldest first.
///
/// For each place the earliest one is kept from which a chain of headers leads to it. The true chain comes from as far back
/// as there is anything. One that begins within a message does not: nothing leads to its beginning.
std::vector<std::uint64_t> chain_by_headers(const ring_bytes& ring, std::uint64_t oldest, std::uint64_t released) {
  constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t words = (released - oldest) / 8;
  struct link {
    std::uint32_t from;      // where the longest chain that ends here begins
    std::uint32_t previous;  // its last message
  };
  std::vector<link> links(words + 1);
  for (std::uint64_t i = 0; i <= words; ++i) links[i] = {static_cast<std::uint32_t>(i), none};
  for (std::uint64_t i = 0; i != words; ++i) {
    const std::uint64_t bytes = ring.footprint(oldest + 8 * i, released);
    if (bytes == 0) continue;
    link& next = links[i + bytes / 8];
    if (links[i].from < next.from) next = {links[i].from, static_cast<std::uint32_t>(i)};
  }
  std::vector<std::uint64_t> starts;
  for (auto i = links[words].previous; i != none; i = links[i].previous)
    starts.push_back(oldest + 8 * std::uint64_t{i});
  std::reverse(starts.begin(), starts.end());
  // The oldest message may be half overwritten, and what looks like a header in the rest of it then misleads as nothing
  // else does. So the first of a chain is believed only where it is the first of all.
  if (oldest != 0 && !starts.empty()) starts.erase(starts.begin());
  return starts;
}

/// The same from a place where a message is known to begin. Empty if no chain leads from there to `released`.
std::vector<std::uint64_t> chain_from(const ring_bytes& ring, std::uint64_t begin, std::uint64_t released) {
  std::vector<std::uint64_t> starts;
  for (std::uint64_t at = begin; at != released;) {
    const std::uint64_t bytes = ring.footprint(at, released);
    if (bytes == 0) return {};
    starts.push_back(at);
    at += bytes;
  }
  return starts;
}

std::vector<std::uint64_t> starts_before(const ring_bytes& ring, const ring_extent& extent) {
  const std::uint64_t oldest = oldest_place(ring, extent);
  for (const auto& k : extent.known) {
    if (k.position < oldest || k.position > extent.released || k.position % 8 != 0) continue;
    if (auto starts = chain_from(ring, k.position, extent.released); !starts.empty()) return starts;
  }
  return chain_by_headers(ring, oldest, extent.released);
}

std::optional<std::chrono::system_clock::time_point> time_at(const std::vector<message_times::entry>& known,
                                                             std::uint64_t position) {
  const auto behind = std::find_if(known.begin(), known.end(), [&](const auto& k) { return k.position > position; });
  if (behind == known.begin()) return std::nullopt;
  const auto ago = std::chrono::steady_clock::now().time_since_epoch() - std::prev(behind)->time;
  return std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
}

/// Copies the message; empty if there is none any more.
std::optional<recorded_message> copy(const ring_bytes& ring, std::uint64_t position, std::uint64_t end,
                                     std::size_t most_bytes) {
  const std::uint64_t value = ring.header(position);  // once: its writer may change it meanwhile
  if (!header::well_formed(value)) return std::nullopt;
  std::uint64_t size = header::length(value);
  if (header::footprint(size) > end - position) return std::nullopt;

  recorded_message m;
  m.position = position;
  m.kind = header::kind(value);
  const std::byte* payload = ring.place(position) + header::size;
  if ((value & (header::request | header::reply)) != 0) {
    m.what = (value & header::request) != 0 ? recorded_message::type::request : recorded_message::type::reply;
    std::memcpy(&m.number, payload, header::number_size);
    payload += header::number_size;
    size -= header::number_size;
  }
  m.large = (value & header::large) != 0;
  if (m.large) {
    region_reference where;
    std::memcpy(&where, payload, sizeof where);
    const std::uint64_t number = m.what != recorded_message::type::plain ? header::number_size : 0;
    m.size = where.size - std::min(where.size, number);
  } else {
    m.size = size;
    m.first_bytes.assign(reinterpret_cast<const char*>(payload), std::min<std::uint64_t>(size, most_bytes));
  }
  return m;
}

}  // namespace

std::vector<recorded_message> last_messages(const ring_bytes& ring, ring_extent extent,
                                            const autopsy_options& options) {
  if (options.messages == 0) return {};
  if (extent.written % 8 != 0) return {};
  // The reader's word may be anything. Then all there is to go by is where the writer stands.
  const bool possible = extent.written - extent.released <= ring.capacity - header::size && extent.released % 8 == 0;
  if (!possible) extent.released = extent.written;
  auto starts = starts_before(ring, extent);
  const std::size_t read = possible ? starts.size() : 0;
  for (std::uint64_t at = extent.released; at != extent.written;) {
    const std::uint64_t bytes = ring.footprint(at, extent.written);
    if (bytes == 0) break;
    starts.push_back(at);
    at += bytes;
  }
  // One that is unread may be far from the last, and is the one that killed its reader.
  const std::size_t first = starts.size() - std::min(starts.size(), options.messages);
  std::vector<recorded_message> result;
  for (std::size_t i = 0; i != starts.size(); ++i) {
    if (i < first && (i != read || !possible)) continue;
    auto m = copy(ring, starts[i], extent.written, options.bytes_per_message);
    if (!m) continue;
    m->released = i < read;
    if (m->released || !extent.known_when_released) m->time = time_at(extent.known, starts[i]);
    result.push_back(std::move(*m));
  }
  return result;
}

}  // namespace belfry::detail
