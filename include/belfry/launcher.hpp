// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LAUNCHER_HPP
#define BELFRY_LAUNCHER_HPP

#include <belfry/detail/initiation.hpp>
#include <belfry/error.hpp>
#include <belfry/launch_options.hpp>
#include <belfry/plugin.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <utility>

namespace belfry {

/// Starts plugins, each in a process of its own, and shakes hands with them.
///
/// A launched program has its standard streams and its own ends of the channel, at the descriptors 3 to 7, those that
/// `launch_options::descriptors` names from 8 on, and nothing else of the host: no other descriptor, whether close-on-exec or not, no blocked signal, no handler. Starting it
/// does not copy the host's page tables (`CLONE_VM | CLONE_VFORK`), so the time does not grow with the host's memory.
///
/// Making the first launcher installs the Boost.Log sink for diagnostics, from warnings upwards (see <belfry/log.hpp>),
/// unless `set_diagnostics_sink` or `log::install` was called before.
///
/// Thread safety: all functions, from any thread; several launches may run at once.
///
/// Sources: clone(2), close_range(2), pidfd_open(2).
class launcher {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  /// Plugins will complete their asynchronous operations on that executor.
  explicit launcher(executor_type);

  /// Launches a plugin and shakes hands with it. Blocks for at most about `options.handshake_timeout`. On error nothing
  /// is left running.
  ///
  /// Errors: what the system reports where the program cannot be started (`ENOENT`, `EACCES`, ...);
  /// `error::not_a_plugin` (it ended with success, or said what is no greeting); `error::exited_before_handshake`;
  /// `error::handshake_timeout`; `error::version_mismatch`; `error::refused`; those of making the channel. The throwing
  /// form's `what()`, and the diagnostic `handshake_failed`, tell the whole story.
  plugin launch(const launch_options& options, error_code& ec);
  /// The same; throws `system_error`.
  plugin launch(const launch_options& options);

  /// As `launch`; the handshake does not block.
  ///
  /// Completion signature: `void(error_code, plugin)`. Per-operation cancellation: terminal, partial and total; the
  /// program is killed then. `options` is copied.
  template <boost::asio::completion_token_for<void(error_code, plugin)> Token>
  auto async_launch(launch_options options, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, plugin)>(
        detail::initiation<launcher, &launcher::start_launch>{this}, token, std::move(options));
  }

  /// The executor that was given.
  executor_type get_executor() const noexcept { return executor_; }

 private:
  template <class, auto>
  friend struct detail::initiation;

  void start_launch(boost::asio::any_completion_handler<void(error_code, plugin)>, launch_options);

  executor_type executor_;
};

}  // namespace belfry

#endif
