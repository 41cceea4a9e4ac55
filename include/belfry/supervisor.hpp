// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SUPERVISOR_HPP
#define BELFRY_SUPERVISOR_HPP

#include <belfry/detail/deadline.hpp>
#include <belfry/detail/initiation.hpp>
#include <belfry/detail/user_buffers.hpp>
#include <belfry/error.hpp>
#include <belfry/launch_options.hpp>
#include <belfry/supervisor_options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/throw_exception.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace belfry {

class plugin_pool;

/// Keeps one plugin alive, and loses no message when it dies.
///
/// The supervisor launches the plugin, watches it, kills it where it hangs, and starts it again as its options say. Who
/// uses it sends, requests and receives as over a channel, and need not know which of the plugins that follow each other
/// is there: what cannot be sent now waits. What a plugin sent before it died is received before anything of its
/// successor's, and each plugin has a channel of its own, so that nothing of the one can mix with the other's.
///
/// *At least once.* A message counts as handled when the plugin releases it: `receiver::receive` does so at once, `peek`
/// and `release` when the plugin wants. A request counts as handled when it is answered. What was not handled at a death
/// is given to the successor again (see `redelivery`); one that a plugin dies over again and again is set aside.
///
/// Errors, of all operations: `error::gave_up` (no other plugin will be started; what plugins had sent before is received
/// first), `error::closed` (the supervisor was stopped; likewise), `operation_aborted` (the operation was cancelled, or the
/// supervisor was destroyed). Of those that send, besides: as of a `sender`, but for what tells of a death. Blocking forms
/// without an error_code throw `system_error`.
///
/// Thread safety: with an executor all functions, from any thread, except moving, assigning and destroying. The supervisor works in a
/// strand of its own over the executor that it was given, which may be run by one thread or several. Handlers are called
/// as everywhere in Asio, by way of their own executors. Several operations of a kind may wait; they are served in order.
/// Without an executor one thread at a time, and `stats` from any.
///
/// *Who runs it.* With an executor: whoever runs that. The blocking forms then wait until the others have done the work,
/// and so must not be called by the only thread that runs the executor. Without one: each blocking call runs the
/// supervisor while it waits, and between the calls nothing happens; `poll` lets it catch up.
///
/// Object lifetime: operations may be pending when the supervisor is moved. If it is destroyed they end with
/// `operation_aborted`, and the plugin is told goodbye, and ended as by `async_stop`: by whoever runs the
/// executor, or, if nobody does any more, when the executor's context is destroyed. Without an executor the destructor
/// waits for that. A supervisor cannot be started twice.
///
/// Fork: as a `plugin`.
class supervisor {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  /// Starts nothing yet.
  supervisor(executor_type, launch_options, supervisor_options = {});
  /// The same for one that is run by its blocking calls.
  explicit supervisor(launch_options, supervisor_options = {});
  /// What is left behind can only be assigned to and destroyed.
  supervisor(supervisor&&) noexcept;
  /// What was here before is given up first.
  supervisor& operator=(supervisor&&) noexcept;
  ~supervisor();

  /// Starts the plugin, and sees to it from here on. Does nothing if it was called before.
  void start();

  /// Starts the plugin, and sees to it until it is started no more.
  ///
  /// Completion signature: `void(error_code)`: none if the supervisor was stopped, or the plugin ended well and `restart`
  /// wants no other; `error::gave_up`. Per-operation cancellation: terminal, partial and total; it ends the waiting only.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_run(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<supervisor, &supervisor::start_run>{this}, token);
  }

  /// Waits until a plugin is ready, which may be so already. Does not start one.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_wait_ready(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<supervisor, &supervisor::start_wait_ready>{this}, token);
  }

  /// Sends a message, and waits for room, or for a plugin. Completes when the message is on its way; from then on it is the
  /// supervisor's to see to, and what becomes of it is told by events only.
  ///
  /// The memory that `buffers` refer to must stay valid until completion.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total; a cancelled
  /// operation has sent nothing.
  template <class ConstBufferSequence, boost::asio::completion_token_for<void(error_code)> Token>
  auto async_send(const ConstBufferSequence& buffers, std::uint16_t kind, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<supervisor, &supervisor::start_send>{this}, token, detail::all_of(buffers), kind);
  }
  /// The same, of kind 0.
  template <class ConstBufferSequence, boost::asio::completion_token_for<void(error_code)> Token>
  auto async_send(const ConstBufferSequence& buffers, Token&& token) {
    return async_send(buffers, std::uint16_t{0}, std::forward<Token>(token));
  }

  /// Sends a request and waits for its reply, which goes to `target`, as with `channel::async_request`. If the plugin dies
  /// first then, with `redelivery::at_least_once`, its successor is asked; several may be asked that way, and one of them
  /// answers.
  ///
  /// The memory that `buffers` and `target` refer to must stay valid until completion.
  ///
  /// Errors, besides: `error::set_aside`; `error::peer_dead` (with `at_most_once`: the plugin died before it had answered);
  /// `error::buffer_too_small` (the reply is lost).
  ///
  /// Completion signature: `void(error_code, std::size_t)`, with the reply's size. Per-operation cancellation: terminal,
  /// partial and total; the request may have been sent, is not sent to another plugin, and its reply is dropped.
  template <class ConstBufferSequence, class Target,
            boost::asio::completion_token_for<void(error_code, std::size_t)> Token>
  auto async_request(const ConstBufferSequence& buffers, std::uint16_t kind, Target target, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        detail::initiation<supervisor, &supervisor::start_request>{this}, token, detail::all_of(buffers), kind,
        detail::into(target));
  }

  /// Receives a message of the plugin's, which goes to `target`, as with `receiver::async_receive`.
  ///
  /// Errors, besides: `error::buffer_too_small` (the message stays).
  ///
  /// Completion signature: `void(error_code, std::size_t)`, with the message's size. Per-operation cancellation: terminal,
  /// partial and total; nothing is lost by it.
  template <class Target, boost::asio::completion_token_for<void(error_code, std::size_t)> Token>
  auto async_receive(Target target, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        detail::initiation<supervisor, &supervisor::start_receive>{this}, token, detail::into(target));
  }

  /// The same, with all that belongs to the message.
  ///
  /// Completion signature: `void(error_code, supervised_message)`. Per-operation cancellation: as `async_receive`.
  template <boost::asio::completion_token_for<void(error_code, supervised_message)> Token>
  auto async_receive_message(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, supervised_message)>(
        detail::initiation<supervisor, &supervisor::start_receive_message>{this}, token);
  }

  /// Answers a request of the plugin's. It is not given to another: if the plugin is gone the error is `error::peer_dead`.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: as `async_send`.
  template <class ConstBufferSequence, boost::asio::completion_token_for<void(error_code)> Token>
  auto async_reply(const supervised_message& asked, const ConstBufferSequence& buffers, std::uint16_t kind,
                   Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<supervisor, &supervisor::start_reply>{this}, token, detail::all_of(buffers), kind,
        asked.request, asked.incarnation);
  }

  /// Ends the plugin, and starts no other. It is told that nothing more will come, so that it handles what it was sent and
  /// ends by itself; meanwhile it may still answer and send. After `stop_options::goodbye` it gets SIGTERM, and after
  /// `stop_options::terminate` SIGKILL. Messages that were not on their way yet are not sent: their operations end with
  /// `error::closed`.
  ///
  /// Errors: as of `plugin::stop`, where the plugin could not be killed and was left running.
  ///
  /// Completion signature: `void(error_code)`, when the plugin is gone. Per-operation cancellation: terminal, partial and
  /// total; it ends the waiting only.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_stop(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<supervisor, &supervisor::start_stop>{this}, token);
  }

  // The blocking forms. `limit` is by the steady clock; when it has passed the error is `error::timed_out`, and the
  // operation has not taken place, as if it had been cancelled.

  /// As `async_wait_ready`.
  void wait_ready(error_code& ec) { block_ready({}, ec); }
  /// The same; throws `system_error`.
  void wait_ready() {
    error_code ec;
    wait_ready(ec);
    throw_if(ec, "belfry: supervisor::wait_ready");
  }
  /// As `wait_ready`, at most for `limit`.
  void wait_ready_for(std::chrono::nanoseconds limit, error_code& ec) {
    block_ready(detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  void wait_ready_for(std::chrono::nanoseconds limit) {
    error_code ec;
    wait_ready_for(limit, ec);
    throw_if(ec, "belfry: supervisor::wait_ready_for");
  }

  /// As `async_send`.
  template <class ConstBufferSequence>
  void send(const ConstBufferSequence& buffers, std::uint16_t kind, error_code& ec) {
    block_send(detail::all_of(buffers), kind, {}, ec);
  }
  /// The same, of kind 0.
  template <class ConstBufferSequence>
  void send(const ConstBufferSequence& buffers, error_code& ec) {
    send(buffers, 0, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence>
  void send(const ConstBufferSequence& buffers, std::uint16_t kind = 0) {
    error_code ec;
    send(buffers, kind, ec);
    throw_if(ec, "belfry: supervisor::send");
  }
  /// As `send`, at most for `limit`.
  template <class ConstBufferSequence>
  void send_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind,
                error_code& ec) {
    block_send(detail::all_of(buffers), kind, detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence>
  void send_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind = 0) {
    error_code ec;
    send_for(limit, buffers, kind, ec);
    throw_if(ec, "belfry: supervisor::send_for");
  }

  /// As `async_request`. Returns the reply's size.
  template <class ConstBufferSequence, class Target>
  std::size_t request(const ConstBufferSequence& buffers, std::uint16_t kind, Target&& target, error_code& ec) {
    return block_request(detail::all_of(buffers), kind, detail::into(target), {}, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence, class Target>
  std::size_t request(const ConstBufferSequence& buffers, std::uint16_t kind, Target&& target) {
    error_code ec;
    const std::size_t size = request(buffers, kind, target, ec);
    throw_if(ec, "belfry: supervisor::request");
    return size;
  }
  /// As `request`, at most for `limit`.
  template <class ConstBufferSequence, class Target>
  std::size_t request_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind,
                          Target&& target, error_code& ec) {
    return block_request(detail::all_of(buffers), kind, detail::into(target), detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence, class Target>
  std::size_t request_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind,
                          Target&& target) {
    error_code ec;
    const std::size_t size = request_for(limit, buffers, kind, target, ec);
    throw_if(ec, "belfry: supervisor::request_for");
    return size;
  }

  /// As `async_receive`. Returns the message's size.
  template <class Target>
  std::size_t receive(Target&& target, error_code& ec) {
    return block_receive(detail::into(target), {}, ec);
  }
  /// The same; throws `system_error`.
  template <class Target>
  std::size_t receive(Target&& target) {
    error_code ec;
    const std::size_t size = receive(target, ec);
    throw_if(ec, "belfry: supervisor::receive");
    return size;
  }
  /// As `receive`, at most for `limit`.
  template <class Target>
  std::size_t receive_for(std::chrono::nanoseconds limit, Target&& target, error_code& ec) {
    return block_receive(detail::into(target), detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  template <class Target>
  std::size_t receive_for(std::chrono::nanoseconds limit, Target&& target) {
    error_code ec;
    const std::size_t size = receive_for(limit, target, ec);
    throw_if(ec, "belfry: supervisor::receive_for");
    return size;
  }

  /// As `async_stop`. Blocks until the plugin is gone.
  void stop(error_code& ec);
  /// The same; throws `system_error`.
  void stop() {
    error_code ec;
    stop(ec);
    throw_if(ec, "belfry: supervisor::stop");
  }

  /// Without an executor: does what can be done without waiting. Else nothing.
  void poll();

  /// What it has seen so far.
  supervisor_stats stats() const;

  /// The executor that was given, or its own.
  executor_type get_executor() const noexcept;

  struct impl;

 private:
  template <class, auto>
  friend struct detail::initiation;
  friend class plugin_pool;

  using buffers_type = detail::user_buffers;
  using taker = detail::message_taker;
  using plain_handler = boost::asio::any_completion_handler<void(error_code)>;
  using size_handler = boost::asio::any_completion_handler<void(error_code, std::size_t)>;
  using message_handler = boost::asio::any_completion_handler<void(error_code, supervised_message)>;

  static void throw_if(const error_code& ec, const char* what) {
    if (ec) boost::throw_exception(system_error(ec, what));
  }

  void start_run(plain_handler);
  void start_wait_ready(plain_handler);
  void start_send(plain_handler, buffers_type, std::uint16_t kind);
  void start_request(size_handler, buffers_type, std::uint16_t kind, taker);
  void start_receive(size_handler, taker);
  void start_receive_message(message_handler);
  void start_reply(plain_handler, buffers_type, std::uint16_t kind, request_id, std::uint64_t incarnation);
  void start_stop(plain_handler);

  void block_ready(const detail::steady_deadline&, error_code& ec);
  void block_send(buffers_type, std::uint16_t kind, const detail::steady_deadline&, error_code& ec);
  std::size_t block_request(buffers_type, std::uint16_t kind, taker, const detail::steady_deadline&, error_code& ec);
  std::size_t block_receive(taker, const detail::steady_deadline&, error_code& ec);

  std::shared_ptr<void> context_;  // its own, if it was given no executor
  std::shared_ptr<impl> impl_;
};

}  // namespace belfry

#endif
