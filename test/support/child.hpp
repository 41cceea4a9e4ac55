// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_CHILD_HPP
#define BELFRY_TEST_SUPPORT_CHILD_HPP

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace belfry::test {

/// A forked process that runs a function and leaves with its result.
///
/// The function must not use Boost.Test's macros: what they report would be lost, or reported twice.
class child {
 public:
  template <class F>
  explicit child(F f) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ != 0) return;
    // Boost.Test and the sanitizers have handlers of their own, which would turn a death by signal into an exit.
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM}) std::signal(number, SIG_DFL);
    ::alarm(limit_seconds);
    int status = threw;
    try {
      status = static_cast<int>(f());
    } catch (...) {
      // Nobody else is here to hear of it.
    }
    ::_exit(status);
  }
  child(child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  child& operator=(child&&) = delete;
  ~child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  pid_t pid() const noexcept { return pid_; }
  void kill(int number) const noexcept { ::kill(pid_, number); }

  /// Its exit status, or 128 + the signal that ended it.
  int wait() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// What it leaves with if its function throws.
  static constexpr int threw = 99;

 private:
  // A child that hangs must not outlive the tests.
  static constexpr unsigned limit_seconds = 600;

  pid_t pid_;
};

/// What happens to a process that runs `f`: its exit status, or 128 + signal.
template <class F>
int in_a_child(F f) {
  return child(std::move(f)).wait();
}

/// A line between parent and child on which each tells the other that it has come so far.
class stage {
 public:
  stage() {
    if (::pipe(there_.data()) != 0 || ::pipe(back_.data()) != 0) throw std::runtime_error("pipe");
  }
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  ~stage() {
    for (const int fd : {there_[0], there_[1], back_[0], back_[1]}) ::close(fd);
  }

  // To the parent, by the child, and the other way round.
  void tell_parent() const noexcept { put(there_[1]); }
  void await_child() const noexcept { get(there_[0]); }
  void tell_child() const noexcept { put(back_[1]); }
  void await_parent() const noexcept { get(back_[0]); }

 private:
  static void put(int fd) noexcept {
    const char c = 0;
    while (::write(fd, &c, 1) < 0 && errno == EINTR) {
    }
  }
  static void get(int fd) noexcept {
    char c = 0;
    while (::read(fd, &c, 1) < 0 && errno == EINTR) {
    }
  }

  std::array<int, 2> there_{};
  std::array<int, 2> back_{};
};

}  // namespace belfry::test

#endif
