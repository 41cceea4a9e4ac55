// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>

#include <memory>
#include <utility>

// The part of a channel that hands descriptors over.

namespace belfry {

void channel::accept_descriptors(std::size_t limit, error_code& ec) noexcept { state_->descriptors.accept(limit, ec); }

void channel::accept_descriptors(std::size_t limit) {
  error_code ec;
  accept_descriptors(limit, ec);
  throw_if(ec, "belfry: channel::accept_descriptors");
}

void channel::send_descriptor(std::string_view name, int fd, error_code& ec) noexcept {
  state_->descriptors.send(name, fd, ec);
}

void channel::send_descriptor(std::string_view name, int fd) {
  error_code ec;
  send_descriptor(name, fd, ec);
  throw_if(ec, "belfry: channel::send_descriptor");
}

passed_descriptor channel::receive_descriptor_until(const detail::steady_deadline& deadline, error_code& ec) {
  return state_->descriptors.receive(deadline, ec);
}

passed_descriptor channel::receive_descriptor() {
  error_code ec;
  auto received = receive_descriptor(ec);
  throw_if(ec, "belfry: channel::receive_descriptor");
  return received;
}

passed_descriptor channel::receive_descriptor_for(std::chrono::nanoseconds limit) {
  error_code ec;
  auto received = receive_descriptor_for(limit, ec);
  throw_if(ec, "belfry: channel::receive_descriptor_for");
  return received;
}

passed_descriptor channel::try_receive_descriptor(error_code& ec) { return state_->descriptors.try_receive(ec); }

passed_descriptor channel::try_receive_descriptor() {
  error_code ec;
  auto received = try_receive_descriptor(ec);
  throw_if(ec, "belfry: channel::try_receive_descriptor");
  return received;
}

void channel::start_receive_descriptor(
    boost::asio::any_completion_handler<void(error_code, passed_descriptor)> handler) {
  detail::descriptor_exchange::async_receive({state_, &state_->descriptors}, std::move(handler));
}

}  // namespace belfry
