// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_MORTAL_HPP
#define BELFRY_TEST_SUPPORT_MORTAL_HPP

#include "launching.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace belfry::test {

/// To launch test/target/mortal.cpp.
inline launch_options mortal(std::vector<std::string> arguments) {
  auto options = scripted(std::move(arguments));
  options.executable = BELFRY_TEST_BIN_DIR "/mortal";
  return options;
}

/// Another process, of which only the number was told while it lived.
class stranger {
 public:
  explicit stranger(int pid) : pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  explicit stranger(const std::string& pid) : stranger(std::stoi(pid)) {}

  bool known() const { return static_cast<bool>(pidfd_); }
  bool has_ended() const { return ended_within(0); }
  /// Waits for its end; the limit of the whole test is the limit.
  void await_end() const { ended_within(-1); }

 private:
  bool ended_within(int milliseconds) const {
    pollfd what{pidfd_.get(), POLLIN, 0};
    return ::poll(&what, 1, milliseconds) == 1;
  }

  detail::posix::unique_descriptor pidfd_;
};

}  // namespace belfry::test

#endif
