// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DOORBELL_HPP
#define BELFRY_DOORBELL_HPP

#include <belfry/detail/initiation.hpp>
#include <belfry/doorbell_handle.hpp>
#include <belfry/error.hpp>
#include <belfry/signal_result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace belfry {

/// One end of a doorbell: wakes the process that holds the other end, and is woken by it.
///
/// A doorbell carries no data. Signals that nobody has waited for yet merge into one. It is a connected pair of
/// AF_UNIX datagram sockets; a signal is one datagram of one byte. Such a pair does not tell a waiting end that its
/// peer died: that is learned only by ringing. A `lifeline` beside it tells.
///
/// Thread safety: `signal` may be called from any thread and from a signal handler. `cancel` may be called from any
/// thread. One wait, blocking or asynchronous, may be under way at a time. All else needs the object to itself.
///
/// Object lifetime: an object that is moved or destroyed while an asynchronous operation is pending is not in its
/// way: after a move the operation goes on, after destruction it completes with `operation_aborted`.
///
/// Diagnostics: that the peer is dead is reported once for each doorbell, as a warning of `subsystem::doorbell`; not by
/// `signal`, which a signal handler may have called, but by whatever is called next. The doorbells in a channel are
/// silent, since the channel reports.
///
/// Sources: unix(7), socketpair(2).
class doorbell {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;
  /// A file descriptor.
  using native_handle_type = int;

  /// An end without a peer; only assignment, destruction and `is_open` make sense.
  doorbell() noexcept;
  /// What is left behind is as default-constructed.
  doorbell(doorbell&&) noexcept;
  /// What was here before is given up first.
  doorbell& operator=(doorbell&&) noexcept;
  ~doorbell();

  /// Makes a doorbell: this side's end, and the other for the peer. Both are close-on-exec from birth.
  ///
  /// Errors: what socketpair reports, in practice that there are too many descriptors.
  static std::pair<doorbell, doorbell_handle> create_pair(executor_type, error_code& ec);
  /// The same; throws `system_error`.
  static std::pair<doorbell, doorbell_handle> create_pair(executor_type);

  /// Becomes the end that `handle` owns. On error the handle is left as it was.
  ///
  /// Errors: `error::handle_not_open`, `error::not_a_socket`, `error::wrong_socket_family`,
  /// `error::wrong_socket_type`, `error::socket_not_connected`.
  static doorbell from_handle(executor_type, doorbell_handle&& handle, error_code& ec);
  /// The same; throws `system_error`.
  static doorbell from_handle(executor_type, doorbell_handle&& handle);

  /// The same for a bare descriptor. On error it stays the caller's.
  static doorbell from_native_handle(executor_type, native_handle_type, error_code& ec);
  /// The same; throws `system_error`.
  static doorbell from_native_handle(executor_type, native_handle_type);

  /// Rings. Never blocks, never raises SIGPIPE.
  signal_result signal() noexcept;

  /// Waits until the peer has rung since the last wait; a signal that came before the call counts. No io_context
  /// needs to run.
  ///
  /// Errors: `operation_aborted` if `cancel` or `close` was called meanwhile; `bad_descriptor` if not open;
  /// `already_started` if another wait is under way.
  void wait(error_code& ec);
  /// The same; throws `system_error`.
  void wait();

  /// As `wait`, for at most `limit` (steady clock, rounded up to a millisecond). Returns whether it was rung; the
  /// time running out is no error.
  bool wait_for(std::chrono::nanoseconds limit, error_code& ec);
  /// The same; throws `system_error`.
  bool wait_for(std::chrono::nanoseconds limit);

  /// Whether the peer has rung since the last wait. Does not block.
  bool try_wait(error_code& ec);
  /// The same; throws `system_error`.
  bool try_wait();

  /// Forgets the signals that have come so far.
  void drain() noexcept;

  /// Rings; completes at once.
  ///
  /// Completion signature: `void(error_code, signal_result)`. The error is set only if the end is not open.
  template <boost::asio::completion_token_for<void(error_code, signal_result)> Token>
  auto async_signal(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, signal_result)>(
        detail::initiation<doorbell, &doorbell::start_signal>{this}, token);
  }

  /// Waits as `wait` does, without blocking.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total; a cancelled
  /// wait has taken no signal. Errors: as `wait`.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<doorbell, &doorbell::start_wait>{this}, token);
  }

  /// Takes up the connection with the peer. On POSIX systems it is there from birth, so this completes at once.
  void accept(error_code& ec);
  /// The same; throws `system_error`.
  void accept();
  /// Completion signature: `void(error_code)`.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_accept(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<doorbell, &doorbell::start_accept>{this}, token);
  }

  /// Whether a signal has found the peer dead. False does not mean that it lives: see the class.
  bool is_peer_dead() const noexcept;

  /// Bytes in the oldest signal that was not waited for: 0 if there is none, else 1.
  std::size_t pending_bytes() const noexcept;

  /// Ends the wait that is under way, if any, with `operation_aborted`.
  void cancel() noexcept;
  /// As `cancel`, and closes the end, which the peer learns when it rings. Closing twice is harmless.
  void close() noexcept;
  /// Whether this is an end of a doorbell, and not closed.
  bool is_open() const noexcept;

  /// The descriptor; it stays this object's. -1 if not open.
  native_handle_type native_handle() const noexcept;
  /// Gives the end away, for the caller to close. Nothing may be waiting.
  doorbell_handle release();

  /// The executor that was given.
  executor_type get_executor() const;

 private:
  struct impl;
  struct wait_op;
  template <class, auto>
  friend struct detail::initiation;

  explicit doorbell(std::shared_ptr<impl>) noexcept;

  void start_signal(boost::asio::any_completion_handler<void(error_code, signal_result)>);
  void start_wait(boost::asio::any_completion_handler<void(error_code)>);
  void start_accept(boost::asio::any_completion_handler<void(error_code)>);

  std::shared_ptr<impl> impl_;
};

}  // namespace belfry

#endif
