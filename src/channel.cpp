// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/socket_pair.hpp"

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/detail/make_channel.hpp>

#include <boost/throw_exception.hpp>

namespace belfry {

channel::channel(std::shared_ptr<detail::channel_state> state) noexcept
    : state_(std::move(state)),
      sender_(std::shared_ptr<detail::sender_state>(state_, &state_->out)),
      receiver_(std::shared_ptr<detail::receiver_state>(state_, &state_->in)) {}

channel& channel::operator=(channel&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::move(other.state_);
    sender_ = std::move(other.sender_);
    receiver_ = std::move(other.receiver_);
  }
  return *this;
}

channel::~channel() { close(); }

std::pair<channel, channel_handle> channel::create_pair(executor_type executor, const channel_options& options,
                                                        error_code& ec) {
  auto [parts, handle] = detail::make_parts(executor, options, ec);
  if (ec) return {};
  return {channel(detail::assemble(std::move(parts))), std::move(handle)};
}

std::pair<channel, channel_handle> channel::create_pair(executor_type executor, const channel_options& options) {
  error_code ec;
  auto both = create_pair(std::move(executor), options, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: channel::create_pair"));
  return both;
}

channel channel::from_handle(executor_type executor, channel_handle&& handle, error_code& ec) {
  auto parts = detail::parts_from_handle(executor, std::move(handle), ec);
  if (ec) return {};
  return channel(detail::assemble(std::move(parts)));
}

channel channel::from_handle(executor_type executor, channel_handle&& handle) {
  error_code ec;
  auto result = from_handle(std::move(executor), std::move(handle), ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: channel::from_handle"));
  return result;
}

void channel::close() noexcept {
  if (state_) state_->line.close();
}

void channel::close_for(std::chrono::nanoseconds limit, error_code& ec) noexcept {
  sender_.wait_drained_for(limit, ec);
  close();
}

void channel::close_for(std::chrono::nanoseconds limit) {
  error_code ec;
  close_for(limit, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: channel::close_for"));
}

void channel::start_close(boost::asio::any_completion_handler<void(error_code)> handler) {
  detail::channel_state::async_close(state_, std::move(handler));
}

void channel::cancel() noexcept {
  sender_.cancel();
  receiver_.cancel();
  if (!state_) return;
  state_->in.cancel_requests();
  state_->descriptors.cancel();
}

bool channel::is_open() const noexcept {
  if (!state_) return false;
  if (state_->line.state() == detail::link_state::open) state_->line.listen();
  return state_->line.state() == detail::link_state::open;
}

void channel::set_wait_policy(wait_policy policy) noexcept {
  sender_.set_wait_policy(policy);
  receiver_.set_wait_policy(policy);
}

const peer_info& channel::peer() const noexcept { return state_->info; }
channel_stats channel::stats() const noexcept { return state_->stats(); }
channel::executor_type channel::get_executor() const { return state_->out.executor(); }

}  // namespace belfry
