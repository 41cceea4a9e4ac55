// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/error.hpp>

#include <string>

namespace belfry {
namespace {

const char* describe(error e) noexcept {
  switch (e) {
    case error::peer_dead: return "the peer ended without a goodbye";
    case error::closed: return "the peer closed the channel";
    case error::timed_out: return "the time limit passed";
    case error::message_too_large: return "the message is larger than the channel allows";
    case error::buffer_too_small: return "the buffer is smaller than the message";
    case error::protocol_violation: return "the peer broke the channel's protocol";
    case error::bad_handle_text: return "not a descriptor number";
    case error::handle_not_open: return "no such descriptor is open";
    case error::not_a_socket: return "the descriptor is not a socket";
    case error::wrong_socket_family: return "the socket is not of the AF_UNIX family";
    case error::wrong_socket_type: return "the socket has the wrong type";
    case error::socket_not_connected: return "the socket is not connected";
    case error::not_a_segment: return "the descriptor is not a sealed belfry segment";
    case error::not_an_autopsy: return "not an autopsy of belfry, or damaged";
    case error::newer_autopsy: return "the autopsy was written by a newer belfry";
    case error::no_host: return "this program is a belfry plugin, and no host launched it";
    case error::bad_channel_variable: return "the description of the channel's descriptors is malformed";
    case error::handshake_timeout: return "the peer did not complete the handshake in time";
    case error::exited_before_handshake: return "the program died before it completed the handshake";
    case error::not_a_plugin: return "the program is not a belfry plugin";
    case error::version_mismatch: return "the two sides have no protocol version in common";
    case error::refused: return "the peer refused the handshake";
    case error::already_attached: return "this process is attached to its host already";
    case error::no_such_descriptor: return "no descriptor of that name was handed over, or it was taken already";
    case error::descriptors_not_accepted: return "the peer takes no descriptors";
    case error::gave_up: return "the plugin ended and is not started again";
    case error::set_aside: return "the message was set aside, since its receivers died over it";
    case error::cannot_confine: return "the plugin cannot be confined as was asked";
    case error::folder_not_private: return "the folder is not this user's own, or is open to others";
  }
  return "unknown belfry error";
}

class category final : public boost::system::error_category {
 public:
  constexpr category() noexcept : error_category(0x7d4ad51c0be1f9a7) {}
  const char* name() const noexcept override { return "belfry"; }
  std::string message(int value) const override { return describe(static_cast<error>(value)); }
  const char* message(int value, char*, std::size_t) const noexcept override {
    return describe(static_cast<error>(value));
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static constexpr category instance;
  return instance;
}

}  // namespace belfry
