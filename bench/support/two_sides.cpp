// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "two_sides.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace belfry::bench {
namespace {

constexpr unsigned limit_seconds = 90;

pid_t other_side = -1;

/// A forked process that runs `f` and dies with its parent.
pid_t start(const std::function<void()>& f) {
  const pid_t parent = ::getpid();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  int status = 0;
  try {
    f();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "belfry_bench: %s\n", e.what());
    status = 1;
  }
  std::fflush(nullptr);
  ::_exit(status);
}

/// This side may be waiting for a message that will never come, in a library that does not notice.
void on_child_signal(int) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(other_side), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
  if (info.si_pid == 0 || (info.si_code == CLD_EXITED && info.si_status == 0)) return;
  constexpr char text[] = "belfry_bench: the other side failed\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(1);
}

void wait_for(pid_t child, const char* complaint) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) throw std::runtime_error("a measurement took too long");
  if (status != 0) throw std::runtime_error(complaint);
}

}  // namespace

void in_a_process(const std::function<void()>& f) {
  const pid_t child = start([&] {
    ::alarm(limit_seconds);  // whose default is to end the process
    f();
  });
  wait_for(child, "a measurement failed");
}

void start_other_side(const std::function<void()>& f) {
  struct sigaction action{};
  action.sa_handler = on_child_signal;
  action.sa_flags = SA_RESTART;
  sigset_t child_signal;
  ::sigemptyset(&child_signal);
  ::sigaddset(&child_signal, SIGCHLD);
  // Not before the handler knows whom to look for.
  ::sigprocmask(SIG_BLOCK, &child_signal, nullptr);
  ::sigaction(SIGCHLD, &action, nullptr);
  other_side = start([&] {
    ::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_UNBLOCK, &child_signal, nullptr);
    f();
  });
  ::sigprocmask(SIG_UNBLOCK, &child_signal, nullptr);
}

void join_other_side() {
  const pid_t child = std::exchange(other_side, -1);
  if (child > 0) wait_for(child, "the other side failed");
}

void expect(bool as_it_should_be) {
  if (!as_it_should_be) throw std::runtime_error("a message is not the one that was due");
}

}  // namespace belfry::bench
