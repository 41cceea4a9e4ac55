// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_PLUGIN_POOL_HPP
#define BELFRY_PLUGIN_POOL_HPP

#include <belfry/detail/initiation.hpp>
#include <belfry/detail/user_buffers.hpp>
#include <belfry/error.hpp>
#include <belfry/launch_options.hpp>
#include <belfry/pool_options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace belfry {

/// Several plugins of one program, which share the requests that come.
///
/// Each request goes to the plugin that has the least to do. Where all are busy it waits, and another plugin is started if
/// the maximum allows it. Each plugin has a supervisor; a request whose plugin dies is given to whichever is free next, and
/// one that kills several fails with `error::set_aside`. If the program's file changes, the plugins are replaced one by
/// one: a new one is started, and when it is ready an old one finishes what it has and ends. If the new ones do not come
/// up, the old ones stay.
///
/// Messages that are no requests a pool does not deliver: what its plugins send so is dropped.
///
/// Errors, of requests: those of `supervisor::async_request`; `error::set_aside`; `error::closed` (the pool was stopped);
/// `error::gave_up` (a plugin failed too often in a row while no other was ready); `operation_aborted` (the operation was
/// cancelled, or the pool destroyed).
///
/// Thread safety: all functions, from any thread, except moving, assigning and destroying. The pool works in a strand of
/// its own over the executor that it was given, which others must run; it has no thread. To block is to use a future:
/// `pool.async_request(..., boost::asio::use_future).get()`.
///
/// Object lifetime: operations may be pending when the pool is moved. If it is destroyed they end with `operation_aborted`,
/// and its plugins end as when a supervisor is destroyed.
class plugin_pool {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  /// Starts nothing yet.
  plugin_pool(executor_type, launch_options, pool_options = {});
  /// What is left behind can only be assigned to and destroyed.
  plugin_pool(plugin_pool&&) noexcept;
  /// What was here before is given up first.
  plugin_pool& operator=(plugin_pool&&) noexcept;
  ~plugin_pool();

  /// Starts the minimum of plugins. The first request does so too. Does nothing if it was called before.
  void start();

  /// Sends a request to one of the plugins, and waits for its reply, which goes to `target`.
  ///
  /// The memory that `buffers` and `target` refer to must stay valid until completion.
  ///
  /// Completion signature: `void(error_code, std::size_t)`, with the reply's size. Per-operation cancellation: terminal,
  /// partial and total; a plugin may have been given the request, and its reply is dropped then.
  template <class ConstBufferSequence, class Target,
            boost::asio::completion_token_for<void(error_code, std::size_t)> Token>
  auto async_request(const ConstBufferSequence& buffers, std::uint16_t kind, Target target, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        detail::initiation<plugin_pool, &plugin_pool::start_request>{this}, token, detail::all_of(buffers), kind,
        detail::into(target));
  }

  /// Replaces all plugins that are there now, one by one.
  void replace();

  /// Ends all plugins, and takes no more requests. Those that a plugin has been given are still answered, as far as
  /// `launch_options::stop` allows; those that wait end with `error::closed`.
  ///
  /// Completion signature: `void(error_code)`, when all are gone. Per-operation cancellation: terminal, partial and total;
  /// it ends the waiting only.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_stop(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<plugin_pool, &plugin_pool::start_stop>{this}, token);
  }

  /// What it has seen so far.
  pool_stats stats() const;

  /// The executor that was given.
  executor_type get_executor() const noexcept;

  struct impl;

 private:
  template <class, auto>
  friend struct detail::initiation;

  using buffers_type = detail::user_buffers;
  using taker = detail::message_taker;
  using size_handler = boost::asio::any_completion_handler<void(error_code, std::size_t)>;
  using plain_handler = boost::asio::any_completion_handler<void(error_code)>;

  void start_request(size_handler, buffers_type, std::uint16_t kind, taker);
  void start_stop(plain_handler);

  std::shared_ptr<impl> impl_;
};

}  // namespace belfry

#endif
