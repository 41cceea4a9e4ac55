// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_OPTIONS_HPP
#define BELFRY_BENCH_SUPPORT_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace belfry::bench {

struct options {
  int rounds = 5;
  std::chrono::milliseconds time{200};  ///< Of one measurement.
  bool quick = false;
  std::string only;                ///< Only subjects, or lines, whose name holds this.
  std::vector<std::size_t> sizes;  ///< Only these, of those that a measure would take; empty: all.
  std::string json;                ///< File to write; empty: none.
  std::string compare;             ///< File to compare with; empty: none.
  std::vector<std::string> rest;   ///< What is no option.

  bool wants(const std::string& name) const { return name.find(only) != std::string::npos; }
  bool wants(std::size_t size) const {
    for (const auto s : sizes) {
      if (s == size) return true;
    }
    return sizes.empty();
  }
};

/// What the command line does not say right.
struct usage_error : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Throws `usage_error`.
options parse_options(const std::vector<std::string>& words);

/// What there is, for the help.
extern const char* const options_help;

}  // namespace belfry::bench

#endif
