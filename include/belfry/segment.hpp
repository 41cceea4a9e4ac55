// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SEGMENT_HPP
#define BELFRY_SEGMENT_HPP

#include <belfry/detail/mapping.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/error.hpp>
#include <belfry/large_message_limits.hpp>
#include <belfry/segment_handle.hpp>

#include <cstddef>
#include <utility>

namespace belfry {

/// A segment mapped into this process: one side's control words and the ring that this side writes.
///
/// Every segment has one writer, its owner. The ring's data is mapped twice, back to back, so that each message is
/// contiguous wherever it begins.
///
/// A mapping is not inherited by a forked child (MADV_DONTFORK): touching it there is a fault. The child maps the
/// handle anew; destroying its copy of this object is harmless.
///
/// Thread safety: distinct objects safe; the words inside are for ring_writer and ring_reader.
class segment {
 public:
  segment() noexcept = default;
  /// What is left behind is as default-constructed.
  segment(segment&& other) noexcept
      : header_(std::move(other.header_)),
        mirror_(std::move(other.mirror_)),
        data_offset_(other.data_offset_),
        capacity_(std::exchange(other.capacity_, 0)),
        large_(other.large_) {}
  /// What was here before is given up first.
  segment& operator=(segment&& other) noexcept {
    header_ = std::move(other.header_);
    mirror_ = std::move(other.mirror_);
    data_offset_ = other.data_offset_;
    capacity_ = std::exchange(other.capacity_, 0);
    large_ = other.large_;
    return *this;
  }

  /// Maps this side's own segment for writing, and then seals it, so that from now on no process, this one
  /// included, can make another writable mapping of it. The handle may be dropped afterwards.
  ///
  /// Errors: `error::not_a_segment`; `EPERM` if its owner has mapped it before; `EINVAL` on a kernel without
  /// F_SEAL_FUTURE_WRITE (before Linux 5.1); what mmap reports.
  static segment map_own(const segment_handle&, error_code& ec);
  /// The same; throws `system_error`.
  static segment map_own(const segment_handle&);

  /// Maps the peer's segment for reading only. The protection cannot be raised later.
  ///
  /// Errors: `error::not_a_segment`; what mmap reports.
  static segment map_peer(const segment_handle&, error_code& ec);
  /// The same; throws `system_error`.
  static segment map_peer(const segment_handle&);

  /// Bytes in the ring.
  std::size_t capacity() const noexcept { return capacity_; }
  /// What its owner may take for messages that are larger than the ring.
  const large_message_limits& large_messages() const noexcept { return large_; }
  /// Whether this is this side's own.
  bool writable() const noexcept { return header_.writable(); }
  /// Whether there is one.
  explicit operator bool() const noexcept { return capacity_ != 0; }

  /// For the library's own parts: the words that this side, or the peer, publishes.
  detail::control_block* control() const noexcept { return reinterpret_cast<detail::control_block*>(header_.data()); }
  /// The first byte of the ring; 2 * capacity() bytes may be addressed from here.
  std::byte* data() const noexcept { return header_.data() + data_offset_; }

 private:
  static segment map(const segment_handle&, int fd, boost::interprocess::mode_t mode, error_code& ec);

  detail::mapping header_;  // the control block and the ring's data
  detail::mapping mirror_;  // the ring's data once more, right behind
  std::size_t data_offset_ = 0;
  std::size_t capacity_ = 0;
  large_message_limits large_;
};

}  // namespace belfry

#endif
