// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_RING_READER_HPP
#define BELFRY_RING_READER_HPP

#include <belfry/detail/segment_layout.hpp>
#include <belfry/error.hpp>
#include <belfry/message_view.hpp>
#include <belfry/segment.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace belfry {

/// Reads messages from a ring that the peer writes. Memory only: no system call, no blocking, no allocation.
///
/// Each header is loaded once and checked before anything in it is used, so that no value from the peer can lead out
/// of the mapping.
///
/// Thread safety: one thread at a time; the writer may run at the same time. Does not own the segments.
class ring_reader {
 public:
  ring_reader() noexcept = default;

  /// Reads from `peer`'s ring; `own` has the words that this reader publishes.
  ring_reader(const segment& own, const segment& peer) noexcept
      : data_(peer.data()),
        mask_(peer.capacity() - 1),
        largest_(peer.capacity() - 2 * detail::message_header::size),
        own_(own.control()) {}

  /// Bytes in the ring, a power of two.
  std::size_t capacity() const noexcept { return mask_ + 1; }

  /// The largest message that can come, in bytes.
  std::size_t max_message_size() const noexcept { return largest_; }

  /// The oldest message that was not released, or an empty view if there is none. It stays the oldest, and its bytes
  /// stay in place, until `release`.
  ///
  /// Errors: `error::protocol_violation` if what stands there is no header.
  message_view try_peek(error_code& ec) noexcept {
    shown_ = 0;
    return try_peek_next(ec);
  }

  /// As try_peek for a message that goes without saying: neither a request nor a large one. An empty view: try_peek tells
  /// what there is.
  message_view try_peek_plain() noexcept {
    namespace header = detail::message_header;
    const std::byte* const place = data_ + (position_ & mask_);
    const std::uint64_t value = header_at(place);
    const std::size_t size = header::length(value);
    if (!header::plain(value) || size > largest_) [[unlikely]]
      return {};
    shown_ = header::footprint(size);
    before_ = 0;
    return {place + header::size, size, header::kind(value)};
  }

  /// The message behind the one that was shown last, likewise; that one stays shown. With `try_peek` before it, this
  /// shows a batch.
  message_view try_peek_next(error_code& ec) noexcept {
    before_ = shown_;
    return look(shown_, ec);
  }

  /// The same for one that goes without saying. An empty view: try_peek_next tells.
  message_view try_peek_next_plain() noexcept {
    namespace header = detail::message_header;
    const std::byte* const place = data_ + ((position_ + shown_) & mask_);
    const std::uint64_t value = header_at(place);
    const std::size_t size = header::length(value);
    const std::uint64_t shown = shown_ + header::footprint(size);
    if (!header::plain(value) || shown > largest_ + header::size) [[unlikely]]
      return {};
    before_ = shown_;
    shown_ = shown;
    return {place + header::size, size, header::kind(value)};
  }

  /// `try_peek` and `release` in one for a message that goes without saying: neither a request nor a large one. `use` is
  /// called with it, and returns whether it shall be released. Returns what `use` did; if there is no such message, false.
  ///
  /// Preconditions: nothing is shown.
  template <class Use>
  bool try_take(Use use) {
    return try_take(*own_, use);
  }
  /// The same for a caller who has `own`'s control block at hand.
  template <class Use>
  bool try_take(detail::control_block& own, Use use) {
    namespace header = detail::message_header;
    const std::uint64_t begin = position_;
    const std::byte* const place = data_ + (begin & mask_);
    const std::uint64_t value = header_at(place);
    const std::size_t size = header::length(value);
    if (!header::plain(value) || size > largest_) [[unlikely]]
      return false;
    if (!use(message_view(place + header::size, size, header::kind(value)))) return false;
    const std::uint64_t end = begin + header::footprint(size);
    position_ = end;
    own.released.store(end, std::memory_order_release);
    return true;
  }

  /// Whether anything stands where the next message will begin. No more is known of it.
  bool has_next() const noexcept { return header_at(data_ + (position_ & mask_)) != 0; }
  /// The same for the next message to be scanned.
  bool has_next_to_scan() const noexcept { return header_at(data_ + (scan_position() & mask_)) != 0; }

  /// Takes back that the last message was shown.
  void unshow() noexcept { shown_ = before_; }

  /// The message behind the one that was scanned last, without showing it: for those who look ahead of what was
  /// released. What was released meanwhile is skipped.
  message_view try_scan(error_code& ec) noexcept {
    std::uint64_t ahead = scanned_ > position_ ? scanned_ - position_ : 0;
    const message_view message = look(ahead, ec);
    scanned_ = position_ + ahead;
    return message;
  }

  /// Gives what was shown back to the writer. Does nothing if nothing was shown.
  void release() noexcept {
    if (shown_ == 0) return;
    position_ += shown_;
    shown_ = 0;
    own_->released.store(position_, std::memory_order_release);
  }

  /// Where the next message will begin: all bytes ever released. Only grows.
  std::uint64_t position() const noexcept { return position_; }

  /// Where the next message to be scanned will begin.
  std::uint64_t scan_position() const noexcept { return scanned_ > position_ ? scanned_ : position_; }

 private:
  static std::uint64_t header_at(const std::byte* place) noexcept {
    return reinterpret_cast<const detail::shared_word*>(place)->load(std::memory_order_acquire);
  }

  /// The message `ahead` bytes from here, all of which have been looked at. Adds its footprint.
  message_view look(std::uint64_t& ahead, error_code& ec) const noexcept {
    namespace header = detail::message_header;
    ec.clear();
    const std::byte* place = data_ + ((position_ + ahead) & mask_);
    const std::uint64_t value = header_at(place);
    if (value == 0) return {};
    const std::size_t size = header::length(value);
    const std::uint64_t footprint = header::footprint(size);
    // All that is looked at together lies in the ring, with the empty word behind it.
    if (!header::well_formed(value) || footprint > mask_ + 1 - header::size - ahead) [[unlikely]] {
      ec = error::protocol_violation;
      return {};
    }
    const std::byte* const payload = place + header::size;
    constexpr std::uint64_t special = header::request | header::reply | header::large;
    if ((value & special) != 0) [[unlikely]]
      return look_closer(value, payload, size, ahead, ec);
    ahead += footprint;
    return {payload, size, header::kind(value)};
  }

  /// A message that has a number, or is not here.
  static message_view look_closer(std::uint64_t value, const std::byte* payload, std::size_t size, std::uint64_t& ahead,
                                  error_code& ec) noexcept {
    namespace header = detail::message_header;
    request_id id{};
    std::size_t number = 0;
    if ((value & (header::request | header::reply)) != 0) {
      number = header::number_size;
      std::memcpy(&id, payload, number);
      if (id == request_id::none) {
        ec = error::protocol_violation;
        return {};
      }
    }
    ahead += header::footprint(size);
    return {payload + number,
            size - number,
            header::kind(value),
            id,
            (value & header::reply) != 0,
            (value & header::large) != 0};
  }

  const std::byte* data_ = nullptr;
  std::uint64_t mask_ = 0;  // of a position: where it is in the ring
  std::size_t largest_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t shown_ = 0;    // footprint of the messages that were shown
  std::uint64_t before_ = 0;   // the same, without the last of them
  std::uint64_t scanned_ = 0;  // position, where it is ahead of the other one
  detail::control_block* own_ = nullptr;
};

}  // namespace belfry

#endif
