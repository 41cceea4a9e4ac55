// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/exit_status.hpp>

#include <ostream>

#include <string.h>

namespace belfry {

std::string signal_name(int number) {
  // glibc's own table; it knows neither real-time signals nor nonsense.
  if (const char* name = ::sigabbrev_np(number)) return std::string("SIG") + name;
  return "signal " + std::to_string(number);
}

std::string to_string(const exit_status& s) {
  if (s.code == exit_status::unknown) return "ended in an unknown way";
  if (s.signal == 0) return "exited with code " + std::to_string(s.code);
  return "killed by " + signal_name(s.signal) + (s.core_dumped ? " (core dumped)" : "");
}

std::ostream& operator<<(std::ostream& out, const exit_status& s) { return out << to_string(s); }

}  // namespace belfry
