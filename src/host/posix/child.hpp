// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_CHILD_HPP
#define BELFRY_SRC_HOST_POSIX_CHILD_HPP

#include "../../posix/process.hpp"
#include "leash.hpp"
#include "vfork_child.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>
#include <belfry/exit_status.hpp>
#include <belfry/resource_usage.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

namespace belfry::detail::posix {

/// A child process. It is named by its pidfd, so that a number that was used again can never be hit, and it is reaped
/// here and only here, once, so that its status is never lost to another waiter.
///
/// Where it leads a group of processes, the whole group is killed with it, and when it has ended by itself.
///
/// Why not `boost::process::v2::process`: there any wait for the same process takes the status away from another one.
///
/// Thread safety: all. Sources: pidfd_open(2), waitid(2), pidfd_send_signal(2).
class child {
 public:
  child(started_process started, bool leads_group, leash::held_type held) noexcept
      : pid_(started.pid),
        leads_group_(leads_group),
        peak_memory_before_bytes_(started.peak_memory_before_bytes),
        pidfd_(std::move(started.pidfd)),
        held_(std::move(held)) {}
  /// A process that somebody else has started. How it ends is not to be known, and the destructor leaves it alone.
  child(int pid, unique_descriptor pidfd) noexcept
      : pid_(pid),
        leads_group_(false),
        peak_memory_before_bytes_(0),
        started_here_(false),
        pidfd_(std::move(pidfd)),
        held_{} {}
  /// Kills and reaps what still runs, unless this is a forked copy, or was left alone.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Whether this process is not the one that started it, but a fork of that.
  bool copied() const noexcept { return parent_ != process_id(); }

  /// How long a process may take to end once it is killed. One that takes longer is stuck in the kernel, which may be for
  /// ever; who waits for it would be so, too.
  static constexpr std::chrono::seconds longest_dying{5};

  /// It cannot be ended, so the destructor does nothing.
  void leave_alone() noexcept { left_alone_.store(true); }
  bool left_alone() const noexcept { return left_alone_.load(); }

  /// Whether it is a child of this process at all.
  bool started_here() const noexcept { return started_here_; }

  int pid() const noexcept { return pid_; }
  /// Readable once the process has ended.
  int pidfd() const noexcept { return pidfd_.get(); }

  /// How it ended, if it has.
  std::optional<exit_status> status() noexcept;
  /// What it has used up to now, or up to its end.
  resource_usage usage() noexcept;
  /// Waits for the end. Without a deadline: for ever. Empty: the time is up.
  std::optional<exit_status> wait(std::optional<std::chrono::steady_clock::time_point> deadline) noexcept;

  /// Sends a signal to the process alone. Does nothing if it has ended.
  void signal(int number, error_code& ec) noexcept;
  /// Kills the process and its group. Does nothing if it has ended.
  void kill(error_code& ec) noexcept;

 private:
  void reap() noexcept;
  void look_at_usage() noexcept;
  void kill_group() noexcept;

  const int pid_;
  const bool leads_group_;
  const std::uint64_t peak_memory_before_bytes_;
  const bool started_here_ = true;
  const int parent_ = process_id();
  unique_descriptor pidfd_;
  const leash::held_type held_;
  std::mutex mutex_;
  std::optional<exit_status> status_;
  resource_usage usage_;
  std::atomic<bool> left_alone_{false};
};

}  // namespace belfry::detail::posix

#endif
