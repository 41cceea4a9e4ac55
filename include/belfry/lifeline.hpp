// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LIFELINE_HPP
#define BELFRY_LIFELINE_HPP

#include <belfry/detail/posix/foreign_descriptor.hpp>
#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace belfry {

/// What a frame on a lifeline says.
enum class frame_type : std::uint16_t {
  hello = 1,        ///< Guest to host: who I am and what I speak.
  welcome = 2,      ///< Host to guest: we agree.
  refusal = 3,      ///< Either way: we do not, and why.
  goodbye = 4,      ///< Either way: I leave, and have committed my last message.
  finished = 5,     ///< Either way: I have committed my last message, and still receive.
  region = 6,       ///< Either way, with a descriptor: memory for messages that are larger than my ring.
  region_gone = 7,  ///< Either way: I shall not use that memory again.
  filter = 8,       ///< Host to guest: install this filter of system calls. Guest to host: it is installed.
  descriptor = 9,   ///< Either way, with a descriptor: take this, which is called so.
  end = 10,         ///< Host to a guest that walks in, with a descriptor: your end of the channel that is called so.
};

/// Something said on a lifeline.
struct frame {
  /// What it says.
  frame_type type{};
  int sender_pid = 0;   ///< Who wrote it, as the kernel vouches; 0 if unknown.
  std::string payload;  ///< At most `lifeline::max_payload` bytes.
  /// What came along, where the receiver had said that it takes such.
  detail::posix::foreign_descriptor descriptor{};
  /// One had come along, and could not be taken: this process has too many.
  bool descriptor_lost = false;
};

/// One end of a lifeline: a connected pair of AF_UNIX stream sockets that says at once when the peer is gone.
///
/// Its end of file is the peer's death, since the kernel closes a dead process's descriptors. Before that, it carries
/// the handshake and the goodbye as short frames.
///
/// Thread safety: one thread may send while another receives; all else needs the object to itself.
///
/// Sources: unix(7) (SCM_CREDENTIALS), socketpair(2).
class lifeline {
 public:
  /// A file descriptor.
  using native_handle_type = int;

  /// The longest payload of a frame, in bytes.
  static constexpr std::size_t max_payload = 4096;

  lifeline() noexcept = default;

  /// Makes both ends, close-on-exec from birth.
  static std::pair<lifeline, lifeline> create_pair(error_code& ec);
  /// The same; throws `system_error`.
  static std::pair<lifeline, lifeline> create_pair();

  /// Takes ownership of a descriptor after a look at it; on error it stays the caller's.
  ///
  /// Errors: `error::handle_not_open`, `error::not_a_socket`, `error::wrong_socket_family`,
  /// `error::wrong_socket_type`, `error::socket_not_connected`.
  static lifeline from_native_handle(native_handle_type, error_code& ec);
  /// The same; throws `system_error`.
  static lifeline from_native_handle(native_handle_type);

  /// Says something. Does not block.
  ///
  /// Errors: `error::peer_dead`; `error::message_too_large`; `std::errc::no_buffer_space` if the peer has left so
  /// much unread that the frame does not fit (then nothing of it was sent).
  void send(frame_type type, std::string_view payload, error_code& ec) noexcept { send(type, payload, -1, ec); }
  /// The same, and passes a duplicate of `descriptor` on, if it is not -1.
  ///
  /// More errors: what sendmsg reports, such as ETOOMANYREFS.
  void send(frame_type, std::string_view payload, native_handle_type descriptor, error_code& ec) noexcept;

  /// Says something after which nothing will follow, in room that is kept for it; where that was not enough, the peer sees
  /// an end instead.
  void send_last(frame_type) noexcept;

  /// From now on a descriptor that comes with a frame is taken, close-on-exec, if it is one of memory: whose size can never
  /// change, whose pages are all there, and which nobody but its maker can write to. Any other, or more than one, is a
  /// violation of the protocol, and closed without waiting for that. Before, the kernel refuses to send one here; if it
  /// cannot (before Linux 6.16) any descriptor is a violation.
  void accept_memory() noexcept;
  /// From now on whatever descriptor comes with a frame that says `frame_type::descriptor`, or `end`, is taken, close-on-exec, one with
  /// each.
  void accept_descriptors() noexcept;

  /// What `try_receive` found.
  enum class status {
    nothing,  ///< No whole frame has arrived yet.
    frame,    ///< One has, and was taken.
    ended,    ///< The peer is gone, and all that it said has been taken.
  };

  /// Takes the oldest frame, if a whole one is there. Does not block. If `std::bad_alloc` is thrown, for want of memory for
  /// the payload, the frame is there next time; that cannot be where the payload has room for `max_payload` bytes.
  ///
  /// Errors: `error::protocol_violation` if what arrived is no frame, or came with descriptors that nobody wants; what
  /// recvmsg reports.
  status try_receive(frame&, error_code& ec);

  /// Waits until there is something to take (or the peer is gone), at most until `deadline`. Returns false when the
  /// time is up.
  bool wait_until(std::chrono::steady_clock::time_point deadline, error_code& ec);

  /// The descriptor; it stays this object's. -1 if there is none.
  native_handle_type native_handle() const noexcept { return fd_.get(); }
  /// Gives the descriptor away; the caller closes it.
  native_handle_type release() noexcept { return fd_.release(); }
  /// Whether there is one.
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  explicit lifeline(detail::posix::unique_descriptor fd);

  bool takes_what_came_with(frame_type) const noexcept;

  detail::posix::unique_descriptor fd_;
  std::string partial_;  // what has arrived of a frame that is not whole yet
  int sender_pid_ = 0;
  bool accepts_memory_ = false;
  bool accepts_descriptors_ = false;
  detail::posix::foreign_descriptor descriptor_;  // what came with the partial frame
  bool descriptor_lost_ = false;
};

}  // namespace belfry

#endif
