// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXIT_STATUS_HPP
#define BELFRY_EXIT_STATUS_HPP

#include <iosfwd>
#include <string>

namespace belfry {

/// How a process ended: by `exit` with a code, or by a signal.
struct exit_status {
  /// The code where somebody else took the status away, for one because SIGCHLD is ignored in this process.
  static constexpr int unknown = -1;

  int code = 0;              ///< The exit code; 0 if a signal ended the process; `unknown`.
  int signal = 0;            ///< The number of the signal that ended the process; 0 if it exited.
  bool core_dumped = false;  ///< The signal left a core dump.

  /// Whether it exited with 0.
  bool success() const noexcept { return code == 0 && signal == 0; }

  /// The status as a shell gives it: the exit code, or 128 + the signal.
  int shell_status() const noexcept { return signal != 0 ? 128 + signal : code; }

  friend bool operator==(const exit_status&, const exit_status&) = default;
};

/// "exited with code 3", "killed by SIGKILL", "killed by SIGABRT (core dumped)".
std::string to_string(const exit_status&);

std::ostream& operator<<(std::ostream&, const exit_status&);

/// "SIGABRT", or "signal 200" for a number that has no name.
std::string signal_name(int number);

}  // namespace belfry

#endif
