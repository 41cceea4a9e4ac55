// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SENDER_HPP
#define BELFRY_SENDER_HPP

#include <belfry/detail/copy.hpp>
#include <belfry/detail/deadline.hpp>
#include <belfry/detail/initiation.hpp>
#include <belfry/detail/send_op.hpp>
#include <belfry/detail/sender_state.hpp>
#include <belfry/error.hpp>
#include <belfry/wait_policy.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/throw_exception.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace belfry {

/// The direction of a channel in which this side sends.
///
/// A message is sent whole or not at all, and arrives once and in order. Sending copies the buffers into the ring;
/// `reserve` and `commit` write the message in place instead. Where the ring is full, the blocking and asynchronous
/// forms wait for the peer to make room, the `try_` forms do not.
///
/// A message larger than the ring goes beside it, where `channel_options` allow that, by the same calls. Room is there
/// for it when the peer has released enough of those before it. Its memory is made when it is first needed, so that
/// such a message has more errors, after which the channel goes on: what memfd_create, fallocate and mmap report, and
/// `no_buffer_space` if the peer has left so much of the lifeline unread that the memory could not be passed on.
///
/// Errors, of all that send or reserve: `error::message_too_large` (above `max_message_size`; the channel goes on);
/// `error::peer_dead`, `error::closed`, `error::protocol_violation` once the channel has ended so (a message that went
/// into the ring before is not taken back); `operation_aborted` if `cancel` or this side's `close` ended the wait;
/// `bad_descriptor` after this side's `close`; `already_started` if a blocking operation, or one that reserves, finds another
/// one waiting here (asynchronous sends wait for their turn instead). Forms without an
/// error_code throw `system_error`.
///
/// Thread safety: one thread at a time; another may use the receiver at the same time. `cancel` from any thread.
///
/// Object lifetime: belongs to a `channel`, and refers to the same direction wherever that is moved.
class sender {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  sender() noexcept = default;

  /// The largest message in bytes: the ring's capacity less 16, or what `channel_options` allow for large messages.
  std::size_t max_message_size() const noexcept { return state_->max_message_size(); }
  /// The ring's capacity in bytes.
  std::size_t capacity() const noexcept { return state_->capacity(); }

  /// Sends the concatenation of `buffers` as one message, and waits for room if there is none. `kind` goes with it.
  template <class ConstBufferSequence>
  void send(const ConstBufferSequence& buffers, std::uint16_t kind, error_code& ec) {
    send_until(buffers, kind, {}, ec);
  }
  /// The same, of kind 0.
  template <class ConstBufferSequence>
  void send(const ConstBufferSequence& buffers, error_code& ec) {
    send_until(buffers, 0, {}, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence>
  void send(const ConstBufferSequence& buffers, std::uint16_t kind = 0) {
    if (sent_quickly(buffers, kind)) [[likely]]
      return;
    error_code ec;
    send_until(buffers, kind, {}, ec);
    throw_if(ec, "belfry: send");
  }

  /// As `send`, but waits for room at most `limit` (steady clock, rounded up to a millisecond). Then the error is
  /// `error::timed_out`, and nothing was sent.
  template <class ConstBufferSequence>
  void send_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind,
                error_code& ec) {
    send_until(buffers, kind, detail::deadline_after(limit), ec);
  }
  /// The same, of kind 0.
  template <class ConstBufferSequence>
  void send_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, error_code& ec) {
    send_for(limit, buffers, 0, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence>
  void send_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind = 0) {
    error_code ec;
    send_for(limit, buffers, kind, ec);
    throw_if(ec, "belfry: send_for");
  }

  /// Sends if there is room now. Returns whether it did; no room is no error.
  template <class ConstBufferSequence>
  bool try_send(const ConstBufferSequence& buffers, std::uint16_t kind, error_code& ec) {
    ec.clear();
    if (sent_quickly(buffers, kind)) [[likely]]
      return true;
    return fill(state_->try_reserve(boost::asio::buffer_size(buffers), ec), buffers, kind, ec);
  }
  /// The same, of kind 0.
  template <class ConstBufferSequence>
  bool try_send(const ConstBufferSequence& buffers, error_code& ec) {
    return try_send(buffers, 0, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence>
  bool try_send(const ConstBufferSequence& buffers, std::uint16_t kind = 0) {
    error_code ec;
    const bool sent = try_send(buffers, kind, ec);
    throw_if(ec, "belfry: try_send");
    return sent;
  }

  /// Sends as `send` does, without blocking.
  ///
  /// The memory that `buffers` refer to must stay valid until completion.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total; a cancelled
  /// operation has sent nothing.
  template <class ConstBufferSequence, boost::asio::completion_token_for<void(error_code)> Token>
  auto async_send(const ConstBufferSequence& buffers, std::uint16_t kind, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code)>(
        detail::send_op<ConstBufferSequence>{{state_, buffers, {kind}}}, token, get_executor());
  }
  /// The same, of kind 0.
  template <class ConstBufferSequence, boost::asio::completion_token_for<void(error_code)> Token>
  auto async_send(const ConstBufferSequence& buffers, Token&& token) {
    return async_send(buffers, std::uint16_t{0}, std::forward<Token>(token));
  }

  /// Room in the ring for a message of `size` bytes, to be written in place and then committed; waits for it. The span
  /// is aligned to 8 and stays valid until `commit`; reserving again replaces it, so to abandon it is to do nothing.
  std::span<std::byte> reserve(std::size_t size, error_code& ec) { return reserve_until(size, {}, ec); }
  /// The same; throws `system_error`.
  std::span<std::byte> reserve(std::size_t size) {
    if (const auto room = state_->reserve_quickly(size); room.data() != nullptr) [[likely]]
      return room;
    error_code ec;
    const auto room = reserve(size, ec);
    throw_if(ec, "belfry: reserve");
    return room;
  }

  /// As `reserve`, at most for `limit`; then the error is `error::timed_out`.
  std::span<std::byte> reserve_for(std::chrono::nanoseconds limit, std::size_t size, error_code& ec) {
    return reserve_until(size, detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  std::span<std::byte> reserve_for(std::chrono::nanoseconds limit, std::size_t size) {
    error_code ec;
    const auto room = reserve_for(limit, size, ec);
    throw_if(ec, "belfry: reserve_for");
    return room;
  }

  /// As `reserve`, but does not wait: the span's `data()` is null if there is no room now.
  std::span<std::byte> try_reserve(std::size_t size, error_code& ec) noexcept { return state_->try_reserve(size, ec); }
  /// The same; throws `system_error`.
  std::span<std::byte> try_reserve(std::size_t size) {
    if (const auto room = state_->reserve_quickly(size); room.data() != nullptr) [[likely]]
      return room;
    error_code ec;
    const auto room = try_reserve(size, ec);
    throw_if(ec, "belfry: try_reserve");
    return room;
  }

  /// Completion signature: `void(error_code, std::span<std::byte>)`. Per-operation cancellation: terminal, partial and
  /// total; a cancelled operation has reserved nothing.
  template <boost::asio::completion_token_for<void(error_code, std::span<std::byte>)> Token>
  auto async_reserve(std::size_t size, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::span<std::byte>)>(
        detail::initiation_at_home<sender, &sender::start_reserve>{this}, token, size);
  }

  /// Sends the first `size` bytes of what was reserved last, as one message.
  ///
  /// Preconditions: something is reserved, of at least `size` bytes. Whether the peer still lives is not reported
  /// here; the next operation does.
  void commit(std::size_t size, std::uint16_t kind = 0) noexcept { state_->commit(size, kind); }

  /// As `commit`, but the peer neither sees the message nor is woken before `publish`, or the next `commit` or send: so
  /// that several messages cost one look at the peer and at most one ring. What is staged is published, too, where a
  /// reservation finds no room. What is staged when this side closes is not sent.
  void stage(std::size_t size, std::uint16_t kind = 0) noexcept { state_->stage(size, kind); }
  /// Shows what is staged to the peer, all at once.
  void publish() noexcept { state_->publish(); }

  /// Drops what was reserved and not committed.
  void abandon() noexcept { state_->abandon(); }

  /// Tells the peer that no more messages will come: it receives what was sent, and then sees `error::closed`. This
  /// side's later and pending sends end with `boost::asio::error::shut_down`; it still receives.
  ///
  /// Errors: those of the channel's end; `shut_down` if it was done before; `no_buffer_space` if the peer has left so
  /// much of the lifeline unread that it could not be told (it may be tried again).
  void shutdown(error_code& ec) noexcept { state_->finish(ec); }
  /// The same; throws `system_error`.
  void shutdown() {
    error_code ec;
    shutdown(ec);
    throw_if(ec, "belfry: shutdown");
  }

  /// Waits until the peer has released all that was sent.
  ///
  /// Errors: as of sending; if the channel ended before, the peer has not released everything.
  void wait_drained(error_code& ec) { state_->wait_drained({}, ec); }
  /// The same; throws `system_error`.
  void wait_drained() {
    error_code ec;
    wait_drained(ec);
    throw_if(ec, "belfry: wait_drained");
  }
  /// As `wait_drained`, at most for `limit`; then the error is `error::timed_out`.
  void wait_drained_for(std::chrono::nanoseconds limit, error_code& ec) {
    state_->wait_drained(detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  void wait_drained_for(std::chrono::nanoseconds limit) {
    error_code ec;
    wait_drained_for(limit, ec);
    throw_if(ec, "belfry: wait_drained_for");
  }
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total; nothing is lost
  /// by it.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_wait_drained(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<sender, &sender::start_wait_drained>{this}, token);
  }

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
  friend struct detail::initiation;
  template <class, auto>
  friend struct detail::initiation_at_home;

  explicit sender(std::shared_ptr<detail::sender_state> state) noexcept : state_(std::move(state)) {}

  template <class ConstBufferSequence>
  void send_until(const ConstBufferSequence& buffers, std::uint16_t kind, const detail::steady_deadline& deadline,
                  error_code& ec) {
    ec.clear();
    if (sent_quickly(buffers, kind)) [[likely]]
      return;
    const std::size_t size = boost::asio::buffer_size(buffers);
    fill(reserve_until(size, deadline, ec), buffers, kind, ec);
  }

  /// Sends where neither room nor peer is in doubt, and so nothing need be called. If not, sending tells why.
  template <class ConstBufferSequence>
  bool sent_quickly(const ConstBufferSequence& buffers, std::uint16_t kind) {
    return state_->send_quickly(boost::asio::buffer_size(buffers), kind,
                                [&](std::span<std::byte> room) { detail::gather(room, buffers); });
  }

  /// There mostly is room, and then nothing must be called.
  std::span<std::byte> reserve_until(std::size_t size, const detail::steady_deadline& deadline, error_code& ec) {
    const auto room = state_->try_reserve(size, ec);
    return room.data() != nullptr || ec ? room : state_->reserve(size, deadline, ec);
  }

  template <class ConstBufferSequence>
  bool fill(std::span<std::byte> room, const ConstBufferSequence& buffers, std::uint16_t kind, error_code& ec) {
    return detail::fill_and_commit(*state_, room, buffers, {kind}, ec);
  }

  static void throw_if(const error_code& ec, const char* what) {
    if (ec) boost::throw_exception(system_error(ec, what));
  }

  void start_reserve(detail::sender_state::reserve_handler handler, bool at_home, std::size_t size) {
    detail::sender_state::async_reserve(state_, size, std::move(handler), false, at_home);
  }
  void start_wait_drained(detail::sender_state::drained_handler handler) {
    detail::sender_state::async_wait_drained(state_, std::move(handler));
  }

  std::shared_ptr<detail::sender_state> state_;
};

}  // namespace belfry

#endif
