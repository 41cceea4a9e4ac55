// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SEGMENT_LAYOUT_HPP
#define BELFRY_DETAIL_SEGMENT_LAYOUT_HPP

#include <belfry/detail/counter.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace belfry::detail {

// Both processes must agree on every byte below, whatever compiled them.

/// A 64-bit word that one process writes and another reads.
using shared_word = std::atomic<std::uint64_t>;

static_assert(shared_word::is_always_lock_free, "a lock of one process means nothing in another");
static_assert(sizeof(shared_word) == 8 && alignof(shared_word) == 8, "the word must be nothing but its value");

/// Two cache lines: the processor fetches lines in pairs, and words of different writers must not share one.
inline constexpr std::size_t line_size = 128;

/// What the maker of a segment wrote into it before anyone mapped it.
struct segment_identity {
  std::uint64_t magic;
  std::uint32_t layout_version;
  std::uint32_t header_size;  ///< Where the ring's data begins.
  std::uint64_t capacity;     ///< Bytes of ring data, a power of two.
  /// For messages beside the ring, in regions that the owner of this segment makes: at most so many bytes (whole pages),
  std::uint64_t large_bytes;
  std::uint32_t large_regions;  ///< in so many regions.
  std::uint32_t unused;
};

inline constexpr std::uint64_t segment_magic = 0x7972'666c'6562'0a0d;  // "\r\nbelfry"
inline constexpr std::uint32_t segment_layout_version = 4;

/// What the owner of a segment did in one direction. It stands here, and not among the owner's own things, so that others
/// can look on without asking anybody.
struct traffic {
  counter messages;  ///< Committed, or released.
  counter bytes;     ///< Of payload.
  /// As the writer: where the next message will begin. (How far a reader has come stands in `released`.)
  shared_word position;
  counter rings;   ///< Times it rang the other side's bell.
  counter sleeps;  ///< Times it waited.
};
static_assert(std::is_standard_layout_v<traffic> && sizeof(traffic) == 5 * 8);

/// Whose channel this is: by the side that made it, for those who look on.
struct channel_card {
  /// 0 as long as there is nothing here to look at; stored last.
  shared_word version;
  std::uint64_t born_ns;       ///< On the steady clock.
  std::uint64_t peer_segment;  ///< The number of the file that is the other side's segment.
  std::uint32_t maker_pid;
  std::uint32_t peer_pid;
  shared_word end;            ///< How the channel ended, by the number of the link's state; 0 as long as it has not.
  shared_word restarts;       ///< Times that the peer was started again by a supervisor.
  std::array<char, 80> name;  ///< The peer's, filled up with zeros, cut off if need be.
};
inline constexpr std::uint64_t channel_card_version = 1;
static_assert(std::is_standard_layout_v<channel_card> && sizeof(channel_card) == line_size);
static_assert(offsetof(channel_card, end) == 32 && offsetof(channel_card, name) == 48);

/// The first bytes of a segment. Its owner writes, the peer only reads.
struct control_block {
  alignas(line_size) segment_identity identity;
  /// As the receiver of descriptors: so many may the peer have handed over by now, from the beginning on. Rarely written.
  shared_word descriptor_credit;
  /// 1: the owner's process takes part in `membarrier` (MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED).
  shared_word takes_part;
  /// The number of the only processor that the owner may use, counted from 1; 0: it has several.
  shared_word only_processor;
  /// As the reader of the peer's ring: all before this position may be overwritten.
  alignas(line_size) shared_word released;
  /// As the reader of the peer's ring: ring the "data" bell when a message ends at or beyond this position, which is
  /// written as `detail/wake.hpp` has it.
  alignas(line_size) shared_word data_wake_at;
  /// As the writer of its own ring: ring the "space" bell when the peer has released this position, written likewise.
  alignas(line_size) shared_word space_wake_at;
  /// Beside it: the position that would do. A peer that goes to sleep itself rings for this one already.
  shared_word space_needed_at;
  // From here on nothing is meant for the peer.
  alignas(line_size) traffic sent;
  alignas(line_size) traffic received;
  alignas(line_size) channel_card card;
};

static_assert(std::is_standard_layout_v<control_block>, "offsets must mean something");
static_assert(std::is_trivially_copyable_v<segment_identity>, "it is written as bytes");
static_assert(offsetof(control_block, descriptor_credit) == sizeof(segment_identity));
static_assert(offsetof(control_block, takes_part) == sizeof(segment_identity) + 8);
static_assert(offsetof(control_block, only_processor) == sizeof(segment_identity) + 16);
static_assert(offsetof(control_block, released) == 1 * line_size);
static_assert(offsetof(control_block, data_wake_at) == 2 * line_size);
static_assert(offsetof(control_block, space_wake_at) == 3 * line_size);
static_assert(offsetof(control_block, sent) == 4 * line_size);
static_assert(offsetof(control_block, received) == 5 * line_size);
static_assert(offsetof(control_block, card) == 6 * line_size);
static_assert(sizeof(control_block) == 7 * line_size, "fits in the first page of every system");

/// Where a large message is. If it is a request or a reply, the number comes before the reference, and the message's
/// bytes begin 8 bytes into the region.
struct region_reference {
  std::uint64_t region;  ///< By which number it was passed.
  std::uint64_t size;    ///< Bytes of it that are used.
};
static_assert(sizeof(region_reference) == 16);

/// A message in the ring: this word, then its bytes, padded to a multiple of 8. The word is 0 where no message has
/// been committed yet; the reader polls it.
///
///     bits  0-31  length of the payload in bytes
///     bits 32-47  kind, the user's
///     bit  48     a request: the payload begins with the number by which its reply will be known
///     bit  49     a reply: the payload begins with the number of the request
///     bit  50     large: instead of the message, a region_reference follows
///     bits 51-62  undefined
///     bit  63     committed
namespace message_header {
inline constexpr std::size_t size = 8;
inline constexpr std::uint64_t committed = std::uint64_t{1} << 63;
inline constexpr std::uint64_t request = std::uint64_t{1} << 48;
inline constexpr std::uint64_t reply = std::uint64_t{1} << 49;
inline constexpr std::uint64_t large = std::uint64_t{1} << 50;
inline constexpr std::uint64_t undefined_flags = std::uint64_t{0xfff} << 51;
/// The number of no request. A reply to it asks for a sign of life: like every reply that nobody waits for, it is dropped
/// by whoever reads, and that it was released is the answer.
inline constexpr std::uint64_t sign_of_life = ~std::uint64_t{0};
/// Bytes of the number in a request or a reply.
inline constexpr std::size_t number_size = 8;

constexpr std::uint64_t encode(std::uint32_t length, std::uint16_t kind, std::uint64_t flags = 0) noexcept {
  return committed | flags | std::uint64_t{kind} << 32 | length;
}
constexpr std::uint32_t length(std::uint64_t header) noexcept { return static_cast<std::uint32_t>(header); }
constexpr std::uint16_t kind(std::uint64_t header) noexcept { return static_cast<std::uint16_t>(header >> 32); }
/// Well formed, and neither numbered nor large.
constexpr bool plain(std::uint64_t header) noexcept { return header >> 48 == committed >> 48; }
constexpr bool well_formed(std::uint64_t header) noexcept {
  if ((header & (committed | undefined_flags)) != committed) return false;
  const std::uint64_t numbered = header & (request | reply);
  if (numbered == (request | reply)) return false;
  const std::size_t number = numbered != 0 ? number_size : 0;
  if ((header & large) != 0) return length(header) == number + sizeof(region_reference);
  return length(header) >= number;
}
/// Bytes of ring that a message of `length` takes.
constexpr std::uint64_t footprint(std::uint64_t length) noexcept { return size + ((length + 7) & ~std::uint64_t{7}); }
}  // namespace message_header

}  // namespace belfry::detail

#endif
