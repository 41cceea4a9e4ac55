// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SEGMENT_HANDLE_HPP
#define BELFRY_SEGMENT_HANDLE_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>
#include <belfry/large_message_limits.hpp>

#include <cstddef>

namespace belfry {

/// Owns a piece of shared memory that is not mapped (yet): an anonymous file whose size is fixed for ever.
///
/// It has no name, so nothing is left behind when its processes die, however they die. Its pages are reserved when
/// it is made, so no later access fails for want of memory.
///
/// Source: memfd_create(2), fcntl(2) on file seals, fallocate(2).
class segment_handle {
 public:
  /// A file descriptor.
  using native_handle_type = int;

  segment_handle() noexcept = default;

  /// Makes a segment for a ring of `capacity` bytes: rounded up to a power of two of at least a page. In it stands what
  /// its owner may take for messages that are larger.
  ///
  /// Errors: `std::errc::invalid_argument` for a capacity of 0 or above `max_capacity`, and for limits above theirs;
  /// what memfd_create, fallocate or fcntl report (no memory, too many descriptors).
  static segment_handle create(std::size_t capacity, const large_message_limits&, error_code& ec);
  /// The same, for no larger messages.
  static segment_handle create(std::size_t capacity, error_code& ec) { return create(capacity, {}, ec); }
  /// The same; throws `system_error`.
  static segment_handle create(std::size_t capacity, const large_message_limits& = {});

  /// Takes ownership of a descriptor that a peer made, after it was found to be a sealed segment of a possible
  /// size. On error the descriptor stays the caller's.
  ///
  /// Errors: `error::handle_not_open`, `error::not_a_segment`.
  static segment_handle from_native_handle(native_handle_type, error_code& ec);
  /// The same; throws `system_error`.
  static segment_handle from_native_handle(native_handle_type);

  /// The largest ring: 1 GiB.
  static constexpr std::size_t max_capacity = std::size_t{1} << 30;

  /// The capacity of its ring in bytes.
  std::size_t capacity() const noexcept { return capacity_; }
  /// What its owner may take for messages that are larger than the ring.
  const large_message_limits& large_messages() const noexcept { return large_; }
  /// The descriptor; it stays this object's.
  native_handle_type native_handle() const noexcept { return fd_.get(); }
  /// Gives the descriptor away; the caller closes it.
  native_handle_type release() noexcept { return fd_.release(); }
  /// Whether there is one.
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  segment_handle(detail::posix::unique_descriptor fd, std::size_t capacity, const large_message_limits& large) noexcept
      : fd_(std::move(fd)), capacity_(capacity), large_(large) {}

  detail::posix::unique_descriptor fd_;
  std::size_t capacity_ = 0;
  large_message_limits large_;
};

}  // namespace belfry

#endif
