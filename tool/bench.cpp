// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "bench.hpp"

#include "terminal_log.hpp"

#include <belfry/error.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace belfry::tool {

int bench(std::vector<std::string> arguments) {
  // Beside what this program really is, whatever link leads to it.
  const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("belfry_bench").string();
  arguments.insert(arguments.begin(), program);
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());

  const error_code why(errno, boost::system::system_category());
  std::string said = "the benchmarks cannot be started: " + program + ": " + why.message();
  if (why == boost::system::errc::no_such_file_or_directory) {
    said += " (they are built with BELFRY_BUILD_BENCH, and installed with BELFRY_INSTALL_BENCH)";
  }
  print_error(said);
  return EXIT_FAILURE;
}

}  // namespace belfry::tool
