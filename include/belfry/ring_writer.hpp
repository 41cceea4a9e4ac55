// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_RING_WRITER_HPP
#define BELFRY_RING_WRITER_HPP

#include <belfry/detail/prefetch.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/error.hpp>
#include <belfry/segment.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace belfry {

/// Writes messages into a ring. Memory only: no system call, no blocking, no allocation.
///
/// A message is reserved, written in place and committed; until then the reader sees nothing of it. Several messages
/// may be staged and then published together.
///
/// The header commits the message: the reader polls the header word at its own position, and the writer keeps the word
/// behind its last message at 0. So no position of the writer is shared, and one cache line carries header and data.
///
/// The only value taken from the peer is how far it has released. It is checked before it is used.
///
/// Thread safety: one thread at a time; the reader may run at the same time. Does not own the segments.
class ring_writer {
 public:
  ring_writer() noexcept = default;

  /// Writes into `own`, whose ring must be empty and unused; `peer` has the reader's words.
  ring_writer(const segment& own, const segment& peer) noexcept
      : data_(own.data()), capacity_(own.capacity()), peer_(peer.control()) {
    expect_unread(capacity_);
  }

  /// Bytes in the ring, a power of two.
  std::size_t capacity() const noexcept { return capacity_; }

  /// The largest message in bytes: room for its header and for the empty word behind it must remain.
  std::size_t max_message_size() const noexcept { return capacity_ - 2 * detail::message_header::size; }

  /// Room for a message of `size` bytes, contiguous and aligned to 8. Its `data()` is null if there is no room now, or
  /// on error. Replaces a reservation that was not committed.
  ///
  /// Errors: `error::message_too_large`; `error::protocol_violation` if the reader published an impossible position.
  std::span<std::byte> try_reserve(std::size_t size, error_code& ec) noexcept {
    ec.clear();
    if (size > max_message_size()) [[unlikely]] {
      ec = error::message_too_large;
      return {};
    }
    const std::uint64_t needed = detail::message_header::footprint(size) + detail::message_header::size;
    if (capacity_ - (position_ - released_) < needed) {
      if (!refresh_released()) [[unlikely]] {
        ec = error::protocol_violation;
        return {};
      }
      if (capacity_ - (position_ - released_) < needed) return {};
    }
    return {place(position_) + detail::message_header::size, size};
  }

  /// `try_reserve`, `fill` and `commit` in one for a message that goes without saying: nothing is staged, and the room is
  /// there without a look at the reader. `fill` is called with the span. Returns whether it was; if not, nothing has
  /// changed.
  template <class Fill>
  bool try_put(std::size_t size, std::uint16_t kind, Fill fill) {
    namespace header = detail::message_header;
    const std::uint64_t end = position_ + header::footprint(size);
    if (end > put_until_ || size > capacity_) [[unlikely]]
      return false;
    std::byte* const begin = place(position_);
    detail::shared_word& behind = word(end);  // now, since the compiler must think that `fill` changes anything
    fill(std::span(begin + header::size, size));
    behind.store(0, std::memory_order_relaxed);
    word_at(begin).store(header::encode(static_cast<std::uint32_t>(size), kind), std::memory_order_release);
    position_ = end;
    detail::prefetch_for_writing(reinterpret_cast<std::byte*>(&behind) + prefetch_distance);
    return true;
  }

  /// As try_reserve where the room is there without a look at the reader. A null span: try_reserve tells.
  std::span<std::byte> try_reserve_quickly(std::size_t size) noexcept {
    namespace header = detail::message_header;
    if (position_ + header::footprint(size) > expected_until_ || size > capacity_) [[unlikely]]
      return {};
    return {place(position_) + header::size, size};
  }

  /// From here on try_put and try_reserve_quickly refuse a message with which, as far as is known, more than `bytes` of
  /// ring are unread.
  void expect_unread(std::uint64_t bytes) noexcept {
    expected_unread_ = std::min(bytes, capacity_ - detail::message_header::size);
    expect();
  }
  /// Up to which position that is.
  std::uint64_t expected_until() const noexcept { return expected_until_; }

  /// Finishes the reserved message with its first `size` bytes (at most as many as were reserved) without showing
  /// it to the reader yet. `flags` are those of `detail::message_header`.
  void stage(std::size_t size, std::uint16_t kind, std::uint64_t flags = 0) noexcept {
    namespace header = detail::message_header;
    const std::uint64_t next = position_ + header::footprint(size);
    word(next).store(0, std::memory_order_relaxed);
    const std::uint64_t value = header::encode(static_cast<std::uint32_t>(size), kind, flags);
    if (staged_ == 0) {
      // The first of a batch is stored last: until then the reader stops before all of them.
      staged_ = value;
      staged_at_ = position_;
      put_until_ = 0;
    } else {
      word(position_).store(value, std::memory_order_relaxed);
    }
    position_ = next;
    detail::prefetch_for_writing(place(next) + prefetch_distance);
  }

  /// Shows the staged messages to the reader, all at once. Returns where the first of them begins, or position() if
  /// nothing is staged.
  std::uint64_t publish() noexcept {
    if (staged_ == 0) return position_;
    word(staged_at_).store(staged_, std::memory_order_release);
    staged_ = 0;
    expect();
    return staged_at_;
  }

  /// `stage` and `publish`, and returns what that does.
  std::uint64_t commit(std::size_t size, std::uint16_t kind = 0, std::uint64_t flags = 0) noexcept {
    if (staged_ != 0) [[unlikely]] {
      stage(size, kind, flags);
      return publish();
    }
    namespace header = detail::message_header;
    const std::uint64_t begin = position_;
    const std::uint64_t end = begin + header::footprint(size);
    detail::shared_word& here = word(begin);
    word(end).store(0, std::memory_order_relaxed);
    position_ = end;
    here.store(header::encode(static_cast<std::uint32_t>(size), kind, flags), std::memory_order_release);
    return begin;
  }

  /// Drops what was reserved and not committed.
  void abandon() noexcept {}  // a reservation is nothing but the promise of room

  /// Whether something is staged and not published.
  bool has_staged() const noexcept { return staged_ != 0; }

  /// Whether the reader has released all that was published.
  ///
  /// Errors: `error::protocol_violation` if it published an impossible position.
  bool drained(error_code& ec) noexcept {
    ec.clear();
    if (!refresh_released()) [[unlikely]]
      ec = error::protocol_violation;
    return !ec && released_ == position_;
  }

  /// Bytes of ring that the reader had not released when this writer last looked; never less than there are now.
  std::uint64_t unread_when_last_seen() const noexcept { return position_ - released_; }

  /// Whether the reader has published anything since this writer last looked.
  bool reader_has_moved() const noexcept { return peer_->released.load(std::memory_order_relaxed) != released_; }

  /// Looks again. False: the reader published an impossible position.
  bool look_at_reader() noexcept { return refresh_released(); }

  /// Up to where the reader had released when this writer last looked.
  std::uint64_t released_when_last_seen() const noexcept { return released_; }

  /// The header and the bytes of the message that was committed at `position`, as long as the reader has not released it.
  std::pair<std::uint64_t, std::span<const std::byte>> committed_at(std::uint64_t position) const noexcept {
    const std::uint64_t header = word(position).load(std::memory_order_relaxed);
    return {header, {place(position) + detail::message_header::size, detail::message_header::length(header)}};
  }

  /// Where the next message will begin: all bytes ever taken. Only grows.
  std::uint64_t position() const noexcept { return position_; }

  /// The reader position at which `size` bytes will fit: never more than position().
  std::uint64_t released_needed(std::size_t size) const noexcept {
    const std::uint64_t needed = detail::message_header::footprint(size) + detail::message_header::size;
    return position_ + needed - capacity_;
  }

  /// Bytes of ring that the reader has not released, as far as it is known. May be called from any thread with a
  /// `position` that this writer had.
  std::uint64_t unread(std::uint64_t position) const noexcept {
    const std::uint64_t behind = position - peer_->released.load(std::memory_order_relaxed);
    return behind <= capacity_ ? behind : 0;
  }

 private:
  /// Loads the peer's position once, and takes it only if it is one that a correct reader can have.
  bool refresh_released() noexcept {
    const std::uint64_t seen = peer_->released.load(std::memory_order_acquire);
    const bool plausible = (seen & 7) == 0                                // messages are padded to 8
                           && seen - released_ <= position_ - released_;  // neither back nor beyond us
    if (plausible) {
      released_ = seen;
      expect();
    }
    return plausible;
  }

  void expect() noexcept {
    expected_until_ = released_ + expected_unread_;
    put_until_ = staged_ == 0 ? expected_until_ : 0;
  }

  /// The lines behind a message will be written next, and the reader's processor has them from the last lap. To fetch
  /// them so far ahead costs nothing; the very next one would be taken back by a reader that looks for the next header.
  static constexpr std::size_t prefetch_distance = 512;

  std::byte* place(std::uint64_t position) const noexcept { return data_ + (position & (capacity_ - 1)); }
  detail::shared_word& word(std::uint64_t position) const noexcept { return word_at(place(position)); }
  static detail::shared_word& word_at(std::byte* place) noexcept {
    return *reinterpret_cast<detail::shared_word*>(place);
  }

  std::byte* data_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t released_ = 0;  // the peer's position when last looked at
  std::uint64_t expected_unread_ = 0;
  std::uint64_t expected_until_ = 0;
  std::uint64_t put_until_ = 0;  // the same; 0 while something is staged
  const detail::control_block* peer_ = nullptr;
  std::uint64_t staged_ = 0;  // the header that will publish the batch; 0: there is none
  std::uint64_t staged_at_ = 0;
};

}  // namespace belfry

#endif
