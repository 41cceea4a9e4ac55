// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_RECEIVER_HPP
#define BELFRY_RECEIVER_HPP

#include <belfry/detail/deadline.hpp>
#include <belfry/detail/initiation.hpp>
#include <belfry/detail/receive_op.hpp>
#include <belfry/detail/receiver_state.hpp>
#include <belfry/error.hpp>
#include <belfry/message_info.hpp>
#include <belfry/message_view.hpp>
#include <belfry/wait_policy.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/throw_exception.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace belfry {

/// The direction of a channel in which this side receives.
///
/// `receive` copies a message out. `peek` shows it where it lies, and `release` gives its room back to the peer. A
/// target for a copy is a MutableBufferSequence (of at least the message's size) or a DynamicBuffer such as
/// `boost::asio::dynamic_buffer(string)`, which grows by the message's size: to replace what the string holds, clear it
/// first. `with_info` makes a target of it that is also told the message's kind and, of a request, by what to reply.
///
/// Errors, of all that receive or peek: `error::peer_dead` and `error::closed`, after all that the peer had committed
/// was received (`closed` is how a good conversation ends); `error::protocol_violation`; `error::buffer_too_small` (the message stays, and can be received with a
/// larger buffer); `operation_aborted` if `cancel` or this side's `close` ended the wait; `bad_descriptor` after this
/// side's `close`; `already_started` if another operation waits here. Forms without an error_code throw
/// `system_error`.
///
/// A message larger than the ring lies beside it, in memory that is mapped when the first message in it is looked at.
/// What mmap reports then is an error of that look; the message stays. If this process had no descriptor left when the
/// memory was passed to it, the error is `too_many_files_open` for good.
///
/// Thread safety: one thread at a time; another may use the sender at the same time. `cancel` from any thread.
///
/// Object lifetime: belongs to a `channel`, and refers to the same direction wherever that is moved.
class receiver {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  receiver() noexcept = default;

  /// The largest message that can come, in bytes: the capacity of the peer's ring less 16, or what `channel_options`
  /// allow for large messages.
  std::size_t max_message_size() const noexcept { return state_->max_message_size(); }
  /// The capacity of the peer's ring in bytes.
  std::size_t capacity() const noexcept { return state_->capacity(); }

  /// Waits for a message and copies it out. Returns its size in bytes.
  template <class Target>
  std::size_t receive(Target&& target, error_code& ec) {
    return receive_until(target, {}, ec);
  }
  /// The same; throws `system_error`.
  template <class Target>
  std::size_t receive(Target&& target) {
    std::size_t size = 0;
    if (received_quickly(target, size)) [[likely]]
      return size;
    error_code ec;
    size = receive(target, ec);
    throw_if(ec, "belfry: receive");
    return size;
  }

  /// As `receive`, at most for `limit` (steady clock, rounded up to a millisecond); then the error is
  /// `error::timed_out`.
  template <class Target>
  std::size_t receive_for(std::chrono::nanoseconds limit, Target&& target, error_code& ec) {
    return receive_until(target, detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  template <class Target>
  std::size_t receive_for(std::chrono::nanoseconds limit, Target&& target) {
    error_code ec;
    const std::size_t size = receive_for(limit, target, ec);
    throw_if(ec, "belfry: receive_for");
    return size;
  }

  /// Receives a message if one is there: its size, else nothing, which is no error.
  template <class Target>
  std::optional<std::size_t> try_receive(Target&& target, error_code& ec) {
    std::size_t quick = 0;
    if (received_quickly(target, quick)) [[likely]] {
      ec.clear();
      return quick;
    }
    const message_view message = state_->try_peek(ec);
    if (!message) return std::nullopt;
    const std::size_t size = detail::copy_and_release(*state_, message, target, ec);
    if (ec) return std::nullopt;
    return size;
  }
  /// The same; throws `system_error`.
  template <class Target>
  std::optional<std::size_t> try_receive(Target&& target) {
    error_code ec;
    const auto size = try_receive(target, ec);
    throw_if(ec, "belfry: try_receive");
    return size;
  }

  /// Receives as `receive` does, without blocking.
  ///
  /// The memory that `target` refers to must stay valid until completion.
  ///
  /// Completion signature: `void(error_code, std::size_t)`, with the message's size. Per-operation cancellation:
  /// terminal, partial and total; a cancelled operation has received nothing, and the message stays.
  template <class Target, boost::asio::completion_token_for<void(error_code, std::size_t)> Token>
  auto async_receive(Target target, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(
        detail::receive_op<Target>{state_, std::move(target)}, token, get_executor());
  }

  /// Waits for a message and shows it where it lies. It stays until it is released; peeking again shows the same.
  message_view peek(error_code& ec) { return peek_until({}, ec); }
  /// The same; throws `system_error`.
  message_view peek() {
    if (const auto message = state_->peek_quickly()) [[likely]]
      return message;
    error_code ec;
    const auto message = peek(ec);
    throw_if(ec, "belfry: peek");
    return message;
  }

  /// As `peek`, at most for `limit`; then the error is `error::timed_out`.
  message_view peek_for(std::chrono::nanoseconds limit, error_code& ec) {
    return peek_until(detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  message_view peek_for(std::chrono::nanoseconds limit) {
    error_code ec;
    const auto message = peek_for(limit, ec);
    throw_if(ec, "belfry: peek_for");
    return message;
  }

  /// As `peek`, but does not wait: the view is empty if there is no message now.
  message_view try_peek(error_code& ec) noexcept { return state_->try_peek(ec); }
  /// The same; throws `system_error`.
  message_view try_peek() {
    if (const auto message = state_->peek_quickly()) [[likely]]
      return message;
    error_code ec;
    const auto message = try_peek(ec);
    throw_if(ec, "belfry: try_peek");
    return message;
  }

  /// The message behind the one that was shown last, if it is there already; the view is empty if not. All that was
  /// shown stays until it is released, in one, which is cheaper than one by one:
  ///
  ///     for (auto message = receiver.peek(); message; message = receiver.try_peek_next()) use(message);
  ///     receiver.release();
  ///
  /// Any other peek begins anew with the oldest message, and only that one is shown then.
  message_view try_peek_next(error_code& ec) noexcept { return state_->try_peek_next(ec); }
  /// The same; throws `system_error`.
  message_view try_peek_next() {
    if (const auto message = state_->peek_next_quickly()) [[likely]]
      return message;
    error_code ec;
    const auto message = try_peek_next(ec);
    throw_if(ec, "belfry: try_peek_next");
    return message;
  }

  /// Completion signature: `void(error_code, message_view)`. Per-operation cancellation: terminal, partial and total;
  /// the message, if one came, stays.
  template <boost::asio::completion_token_for<void(error_code, message_view)> Token>
  auto async_peek(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, message_view)>(
        detail::initiation_at_home<receiver, &receiver::start_peek>{this}, token);
  }

  /// Gives the room of what was shown back to the peer; the views are invalid from here on. Does nothing if nothing was
  /// shown.
  void release() noexcept { state_->release(); }

  /// How this end waits. Changes count from the next wait on. Any thread.
  void set_wait_policy(wait_policy policy) noexcept { state_->policy(policy); }

  /// Ends the wait that is under way, if any, with `operation_aborted`.
  void cancel() noexcept {
    if (state_) state_->cancel();
  }

  /// The executor that was given.
  executor_type get_executor() const { return state_->executor(); }

 private:
  friend class channel;
  template <class, auto>
  friend struct detail::initiation_at_home;

  explicit receiver(std::shared_ptr<detail::receiver_state> state) noexcept : state_(std::move(state)) {}

  template <class Target>
  std::size_t receive_until(Target& target, const detail::steady_deadline& deadline, error_code& ec) {
    std::size_t size = 0;
    if (received_quickly(target, size)) [[likely]] {
      ec.clear();
      return size;
    }
    const bool came = state_->comes_at_once();
    if (came && received_quickly(target, size)) {
      ec.clear();
      return size;
    }
    message_view message = state_->try_peek(ec);
    if (!message && !ec) message = state_->peek(deadline, ec, !came);
    return detail::copy_and_release(*state_, message, target, ec);
  }

  /// Receives what is there and goes without saying, so that nothing need be called. If not, receiving tells what there
  /// is.
  template <class Target>
  bool received_quickly(Target& target, std::size_t& size) {
    return state_->take_quickly([&](const message_view& message) {
      if (!detail::fits(message, target)) return false;
      detail::copy_to(target, message);
      size = message.size();
      return true;
    });
  }

  /// There often is a message, and then nothing must be called.
  message_view peek_until(const detail::steady_deadline& deadline, error_code& ec) {
    const message_view message = state_->try_peek(ec);
    return message || ec ? message : state_->peek(deadline, ec);
  }

  static void throw_if(const error_code& ec, const char* what) {
    if (ec) boost::throw_exception(system_error(ec, what));
  }

  void start_peek(detail::receiver_state::peek_handler handler, bool at_home) {
    detail::receiver_state::async_peek(state_, std::move(handler), at_home);
  }

  std::shared_ptr<detail::receiver_state> state_;
};

}  // namespace belfry

#endif
