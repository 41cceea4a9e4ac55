// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_ERROR_HPP
#define BELFRY_ERROR_HPP

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace belfry {

using boost::system::error_code;
using boost::system::system_error;

/// What can go wrong, beside what the operating system reports and `boost::asio::error::operation_aborted`
/// (the operation was cancelled, or its own side closed the channel).
enum class error {
  // The peer and the channel.
  /// The peer ended without a goodbye. Everything that it had committed was delivered before this; launch another.
  peer_dead = 1,
  /// The peer said goodbye. Everything that it had committed was delivered before this; nothing more will come. Of a
  /// receiver, and of requests, also: the peer has ended the direction in which it sends (`sender::shutdown`), and may
  /// still receive.
  closed,
  /// The time limit passed; nothing was sent or received, and the operation may be tried again.
  timed_out,
  /// The message can never fit (see `max_message_size`). Nothing was sent and the channel goes on.
  message_too_large,
  /// The buffer given for a received message is too small. The message stays; receive it with a larger buffer.
  buffer_too_small,
  /// The peer put a value into shared memory, or said something on the lifeline, that no correct peer would. The
  /// channel is closed; the diagnostic names the field. Do not trust that process any more.
  protocol_violation,

  // Handles that were inherited or given as text.
  /// The text is not a descriptor number.
  bad_handle_text,
  /// No descriptor with that number is open in this process.
  handle_not_open,
  /// The descriptor is not a socket.
  not_a_socket,
  /// The socket is not of the family AF_UNIX.
  wrong_socket_family,
  /// The socket has another type (datagram, stream) than this use needs.
  wrong_socket_type,
  /// The socket is not connected to a peer.
  socket_not_connected,
  /// The descriptor is not a belfry segment: not a memfd, not sealed against resizing, or of an impossible size.
  not_a_segment,

  // Files.
  /// The file, or text, is no autopsy, or it is cut off or damaged. What the throwing functions throw tells where.
  not_an_autopsy,
  /// The autopsy was written by a newer belfry, in a form that this one does not know. Read it with that one.
  newer_autopsy,

  // Meeting the peer.
  /// This program is a plugin and nobody launched it as one: there is no channel to attach to.
  no_host,
  /// The environment variable that should name the channel's descriptors is malformed.
  bad_channel_variable,
  /// The peer did not complete the handshake within the time limit.
  handshake_timeout,
  /// The launched program died, by a signal or with a failure status, before it completed the handshake.
  exited_before_handshake,
  /// The launched program ended with success, or said something else than a greeting: it is not a belfry plugin.
  not_a_plugin,
  /// The two sides have no version of the protocol in common.
  version_mismatch,
  /// The peer refused the handshake for a reason of its own; the diagnostic has its words.
  refused,
  /// The two sides talk already; a process attaches to its host once.
  already_attached,

  // Descriptors that are handed over.
  /// The host has handed over no descriptor of that name, or it was taken already.
  no_such_descriptor,
  /// The peer takes no descriptors, or has not yet said that it does. Nothing was sent.
  descriptors_not_accepted,

  // Supervision.
  /// The plugin ended and is not started again: its supervisor's options want it so, or it had been started too often. No
  /// more messages can reach it.
  gave_up,
  /// The message was on its way, or unanswered, each time that its receiver died, and is not given to another. Look at it
  /// before you send it again.
  set_aside,

  // Confining.
  /// The plugin cannot be confined as was asked: this kernel, this build of belfry or the plugin's own library lacks what
  /// it takes. Nothing was left running; the diagnostic has the step. Ask for less, if you may (`confinement_support`).
  cannot_confine,

  // Listening for plugins that walk in.
  /// The folder of the socket belongs to another user, or others can write to it or look into it. Choose another.
  folder_not_private,
};

/// The category of `error`; its name is "belfry".
const boost::system::error_category& error_category() noexcept;

inline error_code make_error_code(error e) noexcept { return {static_cast<int>(e), error_category()}; }

}  // namespace belfry

/// @cond
template <>
struct boost::system::is_error_code_enum<belfry::error> : std::true_type {};
/// @endcond

#endif
