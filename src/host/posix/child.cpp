// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "child.hpp"

#include "process_usage.hpp"

#include <cerrno>
#include <climits>

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

// P_PIDFD, which older headers lack (Linux 5.4).
constexpr auto by_pidfd = static_cast<idtype_t>(3);

// PIDFD_SIGNAL_PROCESS_GROUP (Linux 6.9).
constexpr unsigned to_the_group = 1U << 2;

/// waitid(2) without waiting, with what the process has used, which the C library's function keeps to itself. 0: it has
/// not ended if `info` names no process; -1: there is nothing to wait for.
int look(int pidfd, int flags, siginfo_t& info, rusage* usage) noexcept {
  for (;;) {
    const auto result = ::syscall(SYS_waitid, by_pidfd, pidfd, &info, WEXITED | WNOHANG | flags, usage);
    if (result == 0 || errno != EINTR) return static_cast<int>(result);
  }
}

exit_status to_status(const siginfo_t& info) noexcept {
  exit_status status;
  if (info.si_code == CLD_EXITED) {
    status.code = info.si_status;
  } else {
    status.signal = info.si_status;
    status.core_dumped = info.si_code == CLD_DUMPED;
  }
  return status;
}

}  // namespace

child::~child() {
  if (copied() || !started_here_ || left_alone_.load() || status()) return;
  error_code ec;
  kill(ec);
  // One that we may not kill, since it or this process has become another user, is left to itself.
  if (!ec) wait(std::chrono::steady_clock::now() + longest_dying);
}

std::optional<exit_status> child::status() noexcept {
  const std::lock_guard lock(mutex_);
  if (!status_) reap();
  return status_;
}

resource_usage child::usage() noexcept {
  const std::lock_guard lock(mutex_);
  if (!status_) reap();
  if (!status_) look_at_usage();
  return usage_;
}

void child::reap() noexcept {
  if (!started_here_) {
    pollfd what{pidfd_.get(), POLLIN, 0};
    if (::poll(&what, 1, 0) > 0) status_ = exit_status{exit_status::unknown, 0, false};
    return;
  }
  siginfo_t info{};
  rusage used{};
  const bool is_there = look(pidfd_.get(), WNOWAIT, info, nullptr) == 0;
  if (is_there && info.si_pid == 0) return;
  // Before it is reaped: until then its number, which is that of its group, is nobody else's.
  if (is_there) kill_group();
  if (!is_there || look(pidfd_.get(), 0, info, &used) != 0) {
    // Somebody ignores SIGCHLD, or waits for every child there is: the process is gone, and its status with it.
    status_ = exit_status{exit_status::unknown, 0, false};
    if (leads_group_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, to_the_group);
    return;
  }
  status_ = to_status(info);
  add_final(usage_, used, peak_memory_before_bytes_);
}

/// The process must be unreaped: its number is reserved then.
void child::look_at_usage() noexcept { add_current(usage_, pid_); }

/// Likewise.
void child::kill_group() noexcept {
  if (leads_group_) ::kill(-pid_, SIGKILL);
}

std::optional<exit_status> child::wait(std::optional<std::chrono::steady_clock::time_point> deadline) noexcept {
  using namespace std::chrono;
  for (;;) {
    if (const auto s = status()) return s;
    int limit = -1;
    if (deadline) {
      const auto left = ceil<milliseconds>(*deadline - steady_clock::now()).count();
      if (left <= 0) return std::nullopt;
      limit = left > INT_MAX ? INT_MAX : static_cast<int>(left);
    }
    pollfd what{pidfd_.get(), POLLIN, 0};
    // Ended, and its status not to be had yet: a debugger takes it first.
    if (::poll(&what, 1, limit) > 0 && !status()) ::poll(nullptr, 0, 1);
  }
}

void child::signal(int number, error_code& ec) noexcept {
  ec.clear();
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0 || errno == ESRCH) return;
  ec.assign(errno, boost::system::system_category());
}

void child::kill(error_code& ec) noexcept {
  ec.clear();
  const std::lock_guard lock(mutex_);
  if (!status_) reap();
  if (status_) return;
  look_at_usage();
  signal(SIGKILL, ec);
  if (!ec) kill_group();
}

}  // namespace belfry::detail::posix
