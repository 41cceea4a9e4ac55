// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/line.hpp"
#include "posix/memfd.hpp"
#include "posix/socket_pair.hpp"

#include <belfry/detail/posix/foreign_descriptor.hpp>
#include <belfry/lifeline.hpp>

#include <boost/throw_exception.hpp>

#include <array>
#include <cstring>

#include <sys/socket.h>

namespace belfry {
namespace {

namespace posix = detail::posix;

/// What stands before a frame's payload. Both sides run on one machine, so its byte order is nobody's concern.
struct frame_header {
  std::uint16_t magic;
  std::uint16_t type;
  std::uint32_t size;
};
static_assert(sizeof(frame_header) == 8 && std::is_trivially_copyable_v<frame_header>);

constexpr std::uint16_t frame_magic = 0x4662;  // "bF"

bool known(std::uint16_t type) noexcept {
  return type >= static_cast<std::uint16_t>(frame_type::hello) && type <= static_cast<std::uint16_t>(frame_type::end);
}

}  // namespace

lifeline::lifeline(posix::unique_descriptor fd) : fd_(std::move(fd)) {
  partial_.reserve(sizeof(frame_header) + max_payload);  // what was taken from the socket must find its place
}

std::pair<lifeline, lifeline> lifeline::create_pair(error_code& ec) {
  auto [mine, theirs] = posix::make_socket_pair(SOCK_STREAM, ec);
  if (!ec) posix::ask_for_credentials(mine.get(), ec);
  if (!ec) posix::ask_for_credentials(theirs.get(), ec);
  if (ec) return {};
  return {lifeline(std::move(mine)), lifeline(std::move(theirs))};
}

std::pair<lifeline, lifeline> lifeline::create_pair() {
  error_code ec;
  auto both = create_pair(ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: lifeline::create_pair"));
  return both;
}

lifeline lifeline::from_native_handle(native_handle_type fd, error_code& ec) {
  ec = posix::check_socket(fd, SOCK_STREAM);
  if (ec) return {};
  posix::set_close_on_exec(fd);
  posix::ask_for_credentials(fd, ec);
  if (ec) return {};
  return lifeline(posix::unique_descriptor(fd));
}

lifeline lifeline::from_native_handle(native_handle_type fd) {
  error_code ec;
  auto line = from_native_handle(fd, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: lifeline::from_native_handle"));
  return line;
}

void lifeline::send(frame_type type, std::string_view payload, native_handle_type descriptor, error_code& ec) noexcept {
  ec.clear();
  if (payload.size() > max_payload) {
    ec = error::message_too_large;
    return;
  }
  const frame_header header{frame_magic, static_cast<std::uint16_t>(type), static_cast<std::uint32_t>(payload.size())};
  std::array<char, sizeof header + max_payload> bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(bytes.data() + sizeof header, payload.data(), payload.size());
  posix::send_all(fd_.get(), bytes.data(), sizeof header + payload.size(), descriptor, ec);
}

void lifeline::send_last(frame_type type) noexcept {
  error_code ec;
  send(type, {}, ec);
  if (ec != boost::system::errc::no_buffer_space) return;
  posix::make_room(fd_.get());
  send(type, {}, ec);
  if (ec) ::shutdown(fd_.get(), SHUT_WR);
}

lifeline::status lifeline::try_receive(frame& f, error_code& ec) {
  ec.clear();
  // Never more than one frame is taken from the socket: what lies behind it is for whoever waits for the socket next,
  // who could not know of it if it were here.
  std::size_t wanted = sizeof(frame_header);
  for (;;) {
    if (partial_.size() >= sizeof(frame_header)) {
      frame_header header;
      std::memcpy(&header, partial_.data(), sizeof header);
      if (header.magic != frame_magic || !known(header.type) || header.size > max_payload) {
        ec = error::protocol_violation;
        return status::nothing;
      }
      if (descriptor_ && !takes_what_came_with(static_cast<frame_type>(header.type))) {
        descriptor_ = {};
        ec = error::protocol_violation;
        return status::nothing;
      }
      wanted = sizeof header + header.size;
      if (partial_.size() == wanted) {
        f.payload.assign(partial_, sizeof header);  // first, since it may throw
        f.type = static_cast<frame_type>(header.type);
        f.sender_pid = sender_pid_;
        f.descriptor = std::move(descriptor_);
        f.descriptor_lost = std::exchange(descriptor_lost_, false);
        partial_.clear();
        return status::frame;
      }
    }
    const auto wants = accepts_descriptors_ ? posix::wanted::any
                       : accepts_memory_    ? posix::wanted::memory
                                            : posix::wanted::none;
    std::array<char, sizeof(frame_header) + max_payload> bytes;
    auto got = posix::receive_some(fd_.get(), bytes.data(), wanted - partial_.size(), wants, ec);
    if (got.ended) return status::ended;
    if (ec || got.size == 0) return status::nothing;
    sender_pid_ = got.sender_pid;
    const bool second = descriptor_ && got.descriptor;
    if (got.descriptor) descriptor_ = std::move(got.descriptor);
    if (got.descriptor_lost) descriptor_lost_ = true;
    if (got.unwanted || second) {
      descriptor_ = {};
      ec = error::protocol_violation;
      return status::nothing;
    }
    partial_.append(bytes.data(), got.size);
  }
}

void lifeline::accept_memory() noexcept {
  accepts_memory_ = true;
  posix::may_come_with_descriptors(fd_.get(), true);
}

void lifeline::accept_descriptors() noexcept {
  accepts_descriptors_ = true;
  posix::may_come_with_descriptors(fd_.get(), true);
}

bool lifeline::takes_what_came_with(frame_type type) const noexcept {
  if (type == frame_type::descriptor || type == frame_type::end) return accepts_descriptors_;
  return accepts_memory_ && posix::is_sealed_memory(descriptor_.get());
}

bool lifeline::wait_until(std::chrono::steady_clock::time_point deadline, error_code& ec) {
  return posix::wait_readable(fd_.get(), deadline, ec);
}

}  // namespace belfry
