// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_PEER_PROCESS_HPP
#define BELFRY_BENCH_SUPPORT_PEER_PROCESS_HPP

#include <cstdio>
#include <exception>
#include <stdexcept>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace belfry::bench {

/// The other side of a measurement: a forked process that runs `f` and ends. It dies with this one.
class peer_process {
 public:
  template <class F>
  explicit peer_process(F f) {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    int status = 0;
    try {
      f();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "the other side: %s\n", e.what());
      status = 1;
    }
    ::_exit(status);
  }
  peer_process(const peer_process&) = delete;
  peer_process& operator=(const peer_process&) = delete;
  ~peer_process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Throws if it did not end well.
  void join() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    if (status != 0) throw std::runtime_error("the other side failed");
  }

  /// For those who wait without the system's help: throws if it has ended.
  void check() {
    if (::waitpid(pid_, nullptr, WNOHANG) == 0) return;
    pid_ = -1;
    throw std::runtime_error("the other side ended too early");
  }

 private:
  pid_t pid_;
};

}  // namespace belfry::bench

#endif
