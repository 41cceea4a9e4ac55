// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_CHILD_HPP
#define BELFRY_SRC_HOST_POSIX_CHILD_HPP

#include "../../posix/process.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>
#include <belfry/exit_status.hpp>

#include <chrono>
#include <mutex>
#include <optional>

namespace belfry::detail::posix {

/// A child process. It is named by its pidfd, so that a number that was used again can never be hit, and it is reaped
/// here and only here, once, so that its status is never lost to another waiter.
///
/// Why not `boost::process::v2::process`: there any wait for the same process takes the status away from another one.
///
/// Thread safety: all. Sources: pidfd_open(2), waitid(2), pidfd_send_signal(2).
class child {
 public:
  child(int pid, unique_descriptor pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}
  /// Kills and reaps what still runs, unless this is a forked copy.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Whether this process is not the one that started it, but a fork of that.
  bool copied() const noexcept { return parent_ != process_id(); }

  int pid() const noexcept { return pid_; }
  /// Readable once the process has ended.
  int pidfd() const noexcept { return pidfd_.get(); }

  /// How it ended, if it has.
  std::optional<exit_status> status() noexcept;
  /// Waits for the end. Without a deadline: for ever. Empty: the time is up.
  std::optional<exit_status> wait(std::optional<std::chrono::steady_clock::time_point> deadline) noexcept;

  /// Does nothing if it has ended.
  void kill(error_code& ec) noexcept;

 private:
  const int pid_;
  const int parent_ = process_id();
  unique_descriptor pidfd_;
  std::mutex mutex_;
  std::optional<exit_status> status_;
};

}  // namespace belfry::detail::posix

#endif
