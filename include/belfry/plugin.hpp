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
#include <belfry/output_line.hpp>
#include <belfry/resource_usage.hpp>
#include <belfry/stop_options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace belfry {

/// A plugin that was launched, or that walked in (see `acceptor`): its process, and the channel to it.
///
/// Its death is noticed by any operation of the channel, by any wait for its end, and by the destructor, whichever
/// comes first; the one record of it goes to the diagnostics sink. The process is reaped exactly once, by this object:
/// nobody else may wait for it.
///
/// Thread safety: `request_exit`, `kill`, `running`, `status`, `usage`, `last_output`, `autopsy` and `autopsy_file` from
/// any thread; the channel as `channel` says; the rest needs the object to itself.
///
/// Fork: a plugin belongs to the process that launched it. A forked child's copy can only be destroyed, which leaves the
/// plugin alone.
///
/// Object lifetime: moving is harmless to pending operations. The destructor stops the plugin as `stop` does, with
/// `launch_options::stop`; it leaves no process behind.
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

  /// The last lines that it wrote to the standard streams that are logged (`stdio_target::log`), the oldest first, up to
  /// `output_options::last_lines`. While it runs, what has been read so far, and after its end was noticed here, all. It
  /// neither waits nor calls the diagnostics sink, so it may be called with whatever locked that a sink needs.
  std::vector<output_line> last_output() const;

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

  /// Ends the plugin: says goodbye, then sends SIGTERM, then kills it and all that is in its group, each after the limit
  /// of the step before (`stop_options`). Blocks. Returns how it ended.
  ///
  /// Errors: what the system says where it may not be killed; `error::timed_out`. Then it is left running.
  exit_status stop(const stop_options& options, error_code& ec);
  /// The same; throws `system_error`.
  exit_status stop(const stop_options& options);
  /// The same with the options of the launch.
  exit_status stop(error_code& ec);
  /// The same; throws `system_error`.
  exit_status stop();
  /// The same with the options of the launch, but so much time after the goodbye.
  exit_status stop(std::chrono::milliseconds grace, error_code& ec);
  /// The same; throws `system_error`.
  exit_status stop(std::chrono::milliseconds grace);

  /// The same, without blocking.
  ///
  /// Completion signature: `void(error_code, exit_status)`. Per-operation cancellation: terminal, partial and total; the
  /// steps that were taken stay taken. Destroying the plugin meanwhile does not end the operation; both stop it then.
  template <boost::asio::completion_token_for<void(error_code, exit_status)> Token>
  auto async_stop(const stop_options& options, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, exit_status)>(
        detail::initiation<plugin, &plugin::start_stop>{this}, token, options);
  }
  /// The same with the options of the launch.
  template <boost::asio::completion_token_for<void(error_code, exit_status)> Token>
  auto async_stop(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, exit_status)>(
        detail::initiation<plugin, &plugin::start_default_stop>{this}, token);
  }

  /// Asks the process to end (SIGTERM); whether it does is up to it. No error if it has ended already.
  void request_exit(error_code& ec) noexcept;
  /// The same; throws `system_error`.
  void request_exit();

  /// Kills the process (SIGKILL), and its group, if it leads one. The end is noticed as any other. No error if it has
  /// ended already.
  void kill(error_code& ec) noexcept;
  /// The same; throws `system_error`.
  void kill();

  /// How it ended, and what was said last: the rings still hold it. Of one that runs, how it stands now, which shows where
  /// one that hangs was reading. What is recorded is settled by `launch_options::autopsy`.
  ///
  /// It looks through the rings, which takes time for large ones, and neither waits nor calls the diagnostics sink. Where
  /// plugin and host are talking meanwhile, a message that is being overwritten may be shown garbled. May throw
  /// `std::bad_alloc`. Any thread.
  belfry::autopsy autopsy() const;
  /// Where the file of its autopsy was written (`autopsy_options::folder`); empty if there is none. Any thread.
  std::filesystem::path autopsy_file() const;

  /// The executor that was given.
  executor_type get_executor() const;

  struct impl;
  /// For the launcher.
  explicit plugin(std::shared_ptr<impl>) noexcept;

 private:
  template <class, auto>
  friend struct detail::initiation;

  void start_stop(boost::asio::any_completion_handler<void(error_code, exit_status)>, const stop_options&);
  void start_default_stop(boost::asio::any_completion_handler<void(error_code, exit_status)>);
  void start_wait_exit(boost::asio::any_completion_handler<void(error_code, exit_status)>);

  std::shared_ptr<impl> impl_;
};

}  // namespace belfry

#endif
