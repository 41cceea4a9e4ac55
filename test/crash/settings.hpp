// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_CRASH_SETTINGS_HPP
#define BELFRY_TEST_CRASH_SETTINGS_HPP

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

// What the crash test's command line says.

namespace belfry::test {

struct settings {
  std::uint64_t cycles = 1000;
  std::uint64_t hosts = 0;  // to be killed, instead
  std::chrono::milliseconds patience{1000};
  unsigned plugins = 10;
  unsigned threads = 2;
  std::uint64_t seed = std::random_device()();
  bool verbose = false;
};

[[noreturn]] inline void usage(int status) {
  (status == 0 ? std::cout : std::cerr)
      << "Usage: crash_test [--cycles N] [--plugins N] [--threads N] [--seed N] [--verbose]\n"
         "       crash_test --hosts N [--patience MS] [--seed N] [--verbose]\n";
  std::exit(status);
}

inline settings parse_settings(int argc, char** argv) {
  settings s;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help") usage(0);
    if (word == "--verbose") {
      s.verbose = true;
      continue;
    }
    char* end = nullptr;
    const auto value = i + 1 < argc ? std::strtoull(argv[++i], &end, 10) : 0;
    if (end == nullptr || *end != '\0') usage(2);
    if (word == "--cycles") s.cycles = value;
    else if (word == "--hosts" && value != 0) s.hosts = value;
    else if (word == "--patience") s.patience = std::chrono::milliseconds(value);
    else if (word == "--plugins" && value != 0) s.plugins = static_cast<unsigned>(value);
    else if (word == "--threads" && value != 0) s.threads = static_cast<unsigned>(value);
    else if (word == "--seed") s.seed = value;
    else usage(2);
  }
  return s;
}

}  // namespace belfry::test

#endif
