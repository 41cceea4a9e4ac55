// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "orphan_timer.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

// Of the process, and used by a signal handler. They are written before that is there, and never again.
timer_t timer;
itimerspec grace{};
// The end which keeps the group alive, while this process lives.
std::atomic<int> kept_end{-1};

void start_timer() noexcept { ::timer_settime(timer, 0, &grace, nullptr); }

void on_host_death(int, siginfo_t*, void*) {
  const int before = errno;
  start_timer();
  errno = before;
}

/// Another open file for the same pipe.
int open_anew(int fd, int mode) noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return ::open(path, mode | O_NONBLOCK | O_CLOEXEC);
}

/// A process that was forked from this one must not keep the group alive.
void after_fork() noexcept {
  const int fd = kept_end.exchange(-1);
  if (fd >= 0) ::close(fd);
}

/// The kernel's timer needs no handler and no thread: it sends the signal that nobody can ignore.
bool make_timer(long milliseconds) noexcept {
  sigevent kill{};
  kill.sigev_notify = SIGEV_SIGNAL;
  kill.sigev_signo = SIGKILL;
  grace.it_value.tv_sec = milliseconds / 1000;
  grace.it_value.tv_nsec = milliseconds % 1000 * 1'000'000;
  return ::timer_create(CLOCK_MONOTONIC, &kill, &timer) == 0;
}

/// Handles the last real-time signal that nobody else does. 0: there is none.
int take_signal() noexcept {
  for (int number = SIGRTMAX; number >= SIGRTMIN; --number) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action = {};
    action.sa_sigaction = on_host_death;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    if (::sigaction(number, &action, nullptr) != 0) continue;
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, number);
    ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
    return number;
  }
  return 0;
}

/// Through an open file of its own: the one that was inherited has another signal for all of the group.
bool signal_at_death(int told, int number) noexcept {
  unique_descriptor own(open_anew(told, O_RDONLY));
  const bool done = own && ::fcntl(own.get(), F_SETOWN, ::getpid()) == 0 && ::fcntl(own.get(), F_SETSIG, number) == 0 &&
                    ::fcntl(own.get(), F_SETFL, O_ASYNC) == 0;
  if (done) own.release();  // it stays until this process ends
  return done;
}

/// The other end of that pipe, which the host holds too. When this process ends, the kernel lets go of the descriptors
/// with the highest number first; so that the end which is to be signalled is still there, this one is above it.
int open_other_end(int killed) noexcept {
  const unique_descriptor opened(open_anew(killed, O_WRONLY));
  return opened ? ::fcntl(opened.get(), F_DUPFD_CLOEXEC, killed + 1) : -1;
}

bool host_is_gone(int told) noexcept {
  pollfd what{told, POLLIN, 0};
  return ::poll(&what, 1, 0) > 0;
}

}  // namespace

void arm_orphan_timer(const std::string& text) noexcept {
  int killed = -1;
  int told = -1;
  long milliseconds = 0;
  if (std::sscanf(text.c_str(), "%d,%d,%ld", &killed, &told, &milliseconds) != 3 || milliseconds <= 0) return;
  // The first stays open in what this process executes, so that it is killed with this one.
  if (::fcntl(told, F_SETFD, FD_CLOEXEC) != 0 || !make_timer(milliseconds)) return;
  const int number = take_signal();
  // Last, since from then on only this process keeps its own time.
  if (number == 0 || !signal_at_death(told, number)) return;
  ::pthread_atfork(nullptr, nullptr, after_fork);
  kept_end.store(open_other_end(killed));
  if (host_is_gone(told)) start_timer();
}

}  // namespace belfry::detail::posix
