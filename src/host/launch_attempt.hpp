// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_LAUNCH_ATTEMPT_HPP
#define BELFRY_SRC_HOST_LAUNCH_ATTEMPT_HPP

#include "../handshake.hpp"
#include "filter_handover.hpp"
#include "posix/child.hpp"
#include "posix/compile_filter.hpp"

#include <belfry/detail/make_channel.hpp>
#include <belfry/launch_options.hpp>
#include <belfry/plugin.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace belfry::detail {

/// A launch from the start of the process to the end of the handshake. Destroyed before that, it kills the process.
///
/// It never blocks but to start the process. Who drives it waits until the lifeline is readable, or, when it only awaits
/// the end of the process, for that, and calls `advance`. After a failure the process is killed, but not waited for;
/// the destructor does that, if nobody has done so before.
class launch_attempt {
 public:
  launch_attempt(boost::asio::any_io_executor, const launch_options&);

  /// Makes the channel and starts the process.
  void start();

  /// Looks at what the plugin has said so far. Returns whether the attempt is over.
  bool advance();

  /// The time is up, or waiting failed.
  void give_up(error_code why);

  lifeline& line() noexcept { return parts_.line; }
  /// The process; none before it was started.
  const std::shared_ptr<posix::child>& process() const noexcept { return child_; }
  /// Whether all was said, and only the process is waited for, to learn how it ended.
  bool awaits_exit() const noexcept { return after_exit_ != nullptr; }
  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }
  const std::optional<handshake_failure>& failure() const noexcept { return failure_; }

  /// The plugin, after `advance` returned true without a failure. Afterwards the attempt is spent.
  plugin result();

 private:
  void spawn(const channel_handle&, error_code& ec);
  void fail(error_code, const std::string& what);
  void await_exit(void (launch_attempt::*then)());
  void ended_early();
  void refused();
  void send_filter(int pid);

  boost::asio::any_io_executor executor_;
  launch_options options_;
  std::string name_;
  channel_parts parts_;
  std::shared_ptr<posix::child> child_;
  peer_info peer_;
  segment_handle own_file_, peer_file_;  // for those who look on
  std::chrono::steady_clock::time_point deadline_;
  void (launch_attempt::*after_exit_)() = nullptr;
  handshake_failure refusal_;
  std::optional<handshake_failure> failure_;
  filter_handover filter_handover_;
  posix::filter_program attached_filter_;
  std::string failed_step_;  // where the confinement has failed
};

}  // namespace belfry::detail

#endif
