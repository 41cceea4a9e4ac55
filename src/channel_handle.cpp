// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/socket_pair.hpp"

#include <belfry/channel_handle.hpp>

#include <boost/throw_exception.hpp>

#include <array>
#include <string>

#include <sys/socket.h>

namespace belfry {
namespace {

constexpr std::string_view form = "1";
constexpr std::array<std::string_view, 5> names{"lifeline", "out", "in", "own", "peer"};

/// Cuts the text before the next comma off.
std::string_view next_field(std::string_view& rest) {
  const auto comma = rest.find(',');
  const auto field = rest.substr(0, comma);
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return field;
}

std::array<int, names.size()> parse(std::string_view text, error_code& ec) {
  std::array<int, names.size()> fds{};
  if (text.ends_with(',') || next_field(text) != form) ec = error::bad_channel_variable;
  for (std::size_t i = 0; i != names.size() && !ec; ++i) {
    const auto field = next_field(text);
    const auto equals = field.find('=');
    if (field.substr(0, equals) != names[i] || equals == std::string_view::npos) {
      ec = error::bad_channel_variable;
      break;
    }
    fds[i] = detail::posix::parse_descriptor(field.substr(equals + 1), ec);
    for (std::size_t other = 0; other != i; ++other) {
      if (fds[other] == fds[i]) ec = error::bad_channel_variable;
    }
  }
  if (!ec && !text.empty()) ec = error::bad_channel_variable;
  if (ec) ec = error::bad_channel_variable;
  return fds;
}

}  // namespace

channel_handle::native_handles_type channel_handle::native_handles() const noexcept {
  return {lifeline.native_handle(), outgoing_bell.native_handle(), incoming_bell.native_handle(),
          own_segment.native_handle(), peer_segment.native_handle()};
}

std::string channel_handle::text_for(const native_handles_type& fds) {
  std::string text(form);
  for (std::size_t i = 0; i != names.size(); ++i) {
    text.append(",").append(names[i]).append("=").append(std::to_string(fds[i]));
  }
  return text;
}

channel_handle channel_handle::from_text(std::string_view text, error_code& ec) {
  ec.clear();
  const auto [line, out, in, own, peer] = parse(text, ec);
  // A look at all of them before any is taken, so that an error leaves none half taken.
  if (!ec) ec = detail::posix::check_socket(line, SOCK_STREAM);
  if (!ec) ec = detail::posix::check_socket(out, SOCK_DGRAM);
  if (!ec) ec = detail::posix::check_socket(in, SOCK_DGRAM);
  if (ec) return {};
  auto own_segment = segment_handle::from_native_handle(own, ec);
  if (ec) return {};
  auto peer_segment = segment_handle::from_native_handle(peer, ec);
  if (ec) {
    own_segment.release();
    return {};
  }
  auto lifeline = lifeline::from_native_handle(line, ec);
  if (ec) {
    own_segment.release();
    peer_segment.release();
    return {};
  }
  for (const int fd : {out, in, own, peer}) detail::posix::set_close_on_exec(fd);
  return {std::move(lifeline), doorbell_handle(out), doorbell_handle(in), std::move(own_segment),
          std::move(peer_segment)};
}

channel_handle channel_handle::from_text(std::string_view text) {
  error_code ec;
  auto handle = from_text(text, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: channel_handle::from_text"));
  return handle;
}

}  // namespace belfry
