// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "child.hpp"

#include <cerrno>
#include <climits>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

// P_PIDFD, which older headers lack (Linux 5.4).
constexpr auto by_pidfd = static_cast<idtype_t>(3);

std::optional<exit_status> reap(int pidfd) noexcept {
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(by_pidfd, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  // Somebody ignores SIGCHLD, or waits for every child there is: the process is gone, and its status with it.
  if (result != 0) return exit_status{exit_status::unknown, 0, false};
  if (info.si_pid == 0) return std::nullopt;
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
  if (copied() || status()) return;
  error_code ec;
  kill(ec);
  // One that we may not kill, since it or this process has become another user, is left to itself.
  if (!ec) wait(std::nullopt);
}

std::optional<exit_status> child::status() noexcept {
  const std::lock_guard lock(mutex_);
  if (!status_) status_ = reap(pidfd_.get());
  return status_;
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

void child::kill(error_code& ec) noexcept {
  ec.clear();
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0) == 0 || errno == ESRCH) return;
  ec.assign(errno, boost::system::system_category());
}

}  // namespace belfry::detail::posix
