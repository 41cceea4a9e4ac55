// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_PLUGIN_HPP
#define BELFRY_PLUGIN_HPP

#include <belfry/autopsy.hpp>
#include <belfry/channel.hpp>
#include <belfry/detail/initiation.hpp>
#include <belfry/error.hpp>
#include <belfry/exit_status.hpp>
#include <belfry/resource_usage.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace belfry {

/// A plugin that was launched: its process, and the channel to it.
///
/// Its death is noticed by any operation of the channel, by any wait for its end, and by the destructor, whichever
/// comes first; the one record of it goes to the diagnostics sink. The process is reaped exactly once, by this object:
/// nobody else may wait for it.
///
/// Thread safety: `kill`, `running`, `status` and `usage` from any thread; the channel as `channel` says; the rest needs the
/// object to itself.
///
/// Fork: a plugin belongs to the process that launched it. A forked child's copy can only be destroyed, which leaves the
/// plugin alone.
///
/// Object lifetime: moving is harmless to pending operations. The destructor says goodbye, waits for the end up to
/// `launch_options::stop_grace`, then kills; it leaves no process behind.
class plugin {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  /// No plugin; only assignment, destruction and `operator bool` make sense.
  plugin() noexcept;
  /// What is left behind is as default-constructed.
  plugin(plugin&&) noexcept;
  /// What was here before is given up first.
  plugin& operator=(plugin&&) noexcept;
  ~plugin();

  /// Whether there is one.
  explicit operator bool() const noexcept { return impl_ != nullptr; }

  /// What the host calls it.
  const std::string& name() const noexcept;
  /// Its process id, which stays reserved until the end was noticed here.
  int pid() const noexcept;
  /// Its pidfd: becomes readable when the process has ended. It stays this object's.
  int native_handle() const noexcept;

  /// The channel to it.
  belfry::channel& channel() noexcept;

  /// Whether the process has not ended yet.
  bool running() const noexcept;
  /// How it ended, if it has.
  std::optional<exit_status> status() const noexcept;

  /// What the process has used until now, or until its end. Where it has ended, this is exact, but for the memory, about
  /// which `resource_usage` says more; before, the times are so in hundredths of a second.
  resource_usage usage() const noexcept;

  /// Blocks until the process has ended.
  exit_status wait(error_code& ec);
  /// The same; throws `system_error`.
  exit_status wait();
  /// As `wait`, at most for `limit`; then the error is `error::timed_out`.
  exit_status wait_for(std::chrono::nanoseconds limit, error_code& ec);
  /// The same; throws `system_error`.
  exit_status wait_for(std::chrono::nanoseconds limit);

  /// Waits for the end of the process. Several may wait.
  ///
  /// Completion signature: `void(error_code, exit_status)`. Per-operation cancellation: terminal, partial and total;
  /// nothing is lost by it.
  template <boost::asio::completion_token_for<void(error_code, exit_status)> Token>
  auto async_wait_exit(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, exit_status)>(
        detail::initiation<plugin, &plugin::start_wait_exit>{this}, token);
  }

  /// Says goodbye, waits for the end of the process up to `grace`, then kills it. Blocks. Returns how it ended.
  exit_status stop(std::chrono::milliseconds grace, error_code& ec);
  /// The same; throws `system_error`.
  exit_status stop(std::chrono::milliseconds grace);

  /// Kills the process (SIGKILL), and its group, if it leads one. The end is noticed as any other. No error if it has
  /// ended already.
  void kill(error_code& ec) noexcept;
  /// The same; throws `system_error`.
  void kill();

  /// How it ended, and what was said last: the rings still hold it. Of one that runs, how it stands now, which shows where
  /// one that hangs was reading. What is recorded is settled by `launch_options::autopsy`.
  ///
  /// It looks through the rings, which takes time for large ones, and does not wait. Any thread.
  belfry::autopsy autopsy() const;

  /// The executor that was given.
  executor_type get_executor() const;

  struct impl;
  /// For the launcher.
  explicit plugin(std::shared_ptr<impl>) noexcept;

 private:
  template <class, auto>
  friend struct detail::initiation;

  void start_wait_exit(boost::asio::any_completion_handler<void(error_code, exit_status)>);

  std::shared_ptr<impl> impl_;
};

}  // namespace belfry

#endif
