// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "counted_instructions.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace belfry::bench {
namespace {

constexpr double laps = 1000;  // of each function there

std::optional<double> count(const std::string& function) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=" + function +
                              " '" + program + "' instructions 2>&1";
  FILE* const output = ::popen(command.c_str(), "r");
  if (output == nullptr) return std::nullopt;
  std::optional<double> found;
  for (std::array<char, 512> line; std::fgets(line.data(), line.size(), output) != nullptr;) {
    const std::string text = line.data();
    const std::string label = "Collected : ";
    if (const auto at = text.find(label); at != std::string::npos) found = std::atof(text.c_str() + at + label.size());
  }
  ::pclose(output);
  if (!found || *found == 0) return std::nullopt;
  return std::floor(*found / laps);  // the call of the function itself does not count
}

}  // namespace

std::optional<instructions> count_instructions() {
  const auto send = count("count_send");
  const auto receive = send ? count("count_receive") : std::nullopt;
  if (!receive) return std::nullopt;
  return instructions{*send, *receive};
}

}  // namespace belfry::bench
