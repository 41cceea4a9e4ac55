// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_RECEIVE_OP_HPP
#define BELFRY_DETAIL_RECEIVE_OP_HPP

#include <belfry/detail/copy.hpp>
#include <belfry/detail/parked_handler.hpp>
#include <belfry/detail/receiver_state.hpp>
#include <belfry/detail/recycle.hpp>
#include <belfry/message_info.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace belfry::detail {

// A `Target` is a MutableBufferSequence, or a DynamicBuffer (version 2), which grows by the message's size; or one of them
// with_info.

template <class Target>
bool fits(const message_view& message, const Target& target) {
  if constexpr (boost::asio::is_dynamic_buffer_v2<Target>::value) {
    return message.size() <= target.max_size() - target.size();
  } else {
    return message.size() <= boost::asio::buffer_size(target);
  }
}

/// Copies a message that fits.
template <class Target>
void copy_to(Target& target, const message_view& message) {
  const boost::asio::const_buffer source = message;
  if constexpr (boost::asio::is_dynamic_buffer_v2<Target>::value) {
    const std::size_t old = target.size();
    target.grow(source.size());
    scatter(target.data(old, source.size()), source);
  } else {
    scatter(target, source);
  }
}

template <class Target>
bool fits(const message_view& message, const target_with_info<Target>& both) {
  return fits(message, both.target);
}

template <class Target>
void copy_to(target_with_info<Target>& both, const message_view& message) {
  copy_to(both.target, message);
  *both.info = {message.kind(), message.request()};
}

/// Copies a message out. Returns its size.
template <class Target>
std::size_t copy_out(const message_view& message, Target& target, error_code& ec) {
  if (!fits(message, target)) {
    ec = error::buffer_too_small;
    return 0;
  }
  copy_to(target, message);
  return message.size();
}

/// Copies a message out and releases it; one that does not fit stays.
template <class Target>
std::size_t copy_and_release(receiver_state& state, const message_view& message, Target& target, error_code& ec) {
  if (!message) return 0;
  const std::size_t size = copy_out(message, target, ec);
  if (ec) return 0;
  state.release();
  return size;
}

/// The same for an operation whose handler is told all that goes wrong, also what the copying throws.
template <class Target>
std::size_t copy_and_release_noexcept(receiver_state& state, const message_view& message, Target& target,
                                      error_code& ec) noexcept {
  try {
    return copy_and_release(state, message, target, ec);
  } catch (const std::exception&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
    return 0;
  }
}

/// Peek, copy, release.
template <class Target>
struct receive_op {
  std::shared_ptr<receiver_state> state;
  Target target;

  template <class Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    auto keep = state;
    const bool at_home = is_same_executor(self.get_executor(), keep->executor());
    receiver_state::async_peek(std::move(keep), recycle(std::move(self)), at_home);
  }

  template <class Self>
  void operator()(Self& self, error_code ec, const message_view& message) {
    const std::size_t size = copy_and_release_noexcept(*state, message, target, ec);
    state.reset();
    self.complete(ec, size);
  }
};

}  // namespace belfry::detail

#endif
