// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The `belfry` command.

#include "autopsy.hpp"
#include "bench.hpp"
#include "options.hpp"
#include "run.hpp"
#include "standard_stream.hpp"
#include "terminal_log.hpp"
#include "top.hpp"

#include <belfry/version.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr const char* usage =
    "Usage: belfry run [OPTION...] [--] PLUGIN [ARGUMENT...]\n"
    "       belfry run [OPTION...] --listen PATH\n"
    "       belfry top [--once] [--json] [--interval MS]\n"
    "       belfry autopsy [--json] FILE\n"
    "       belfry bench MEASURE... [OPTION...]\n"
    "       belfry run | top | autopsy | bench --help\n"
    "       belfry --help | --version\n";

constexpr const char* help =
    "\n"
    "run      launches a plugin, sends it the lines of standard input, and prints what it answers\n"
    "top      shows the running channels between this user's hosts and their plugins\n"
    "autopsy  prints what was recorded of a plugin that died\n"
    "bench    measures belfry beside what else could be used, where that program is installed\n";

int finish_output() { return std::cout.flush() ? EXIT_SUCCESS : EXIT_FAILURE; }

int misused(const std::string& why) {
  belfry::tool::print_error(why);
  std::cerr << usage;
  return EXIT_FAILURE;
}

int run(const std::vector<std::string>& arguments) {
  namespace tool = belfry::tool;
  tool::run_options options;
  try {
    options = tool::parse_run_options(arguments);
  } catch (const tool::usage_error& e) {
    return misused(e.what());
  }
  if (options.help) {
    tool::print_run_help(std::cout);
    return finish_output();
  }
  return tool::run(options);
}

int top(const std::vector<std::string>& arguments) {
  namespace tool = belfry::tool;
  tool::top_options options;
  try {
    options = tool::parse_top_options(arguments);
  } catch (const tool::usage_error& e) {
    return misused(e.what());
  }
  if (options.help) {
    tool::print_top_help(std::cout);
    return finish_output();
  }
  return tool::top(options);
}

int autopsy(const std::vector<std::string>& arguments) {
  namespace tool = belfry::tool;
  tool::autopsy_options options;
  try {
    options = tool::parse_autopsy_options(arguments);
  } catch (const tool::usage_error& e) {
    return misused(e.what());
  }
  if (options.help) tool::print_autopsy_help(std::cout);
  else tool::print_autopsy(options);
  return finish_output();
}

}  // namespace

int main(int argc, char** argv) {
  belfry::tool::keep_standard_numbers();
  try {
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (arguments.empty()) return misused("no command is given");

    const std::string command = arguments.front();
    arguments.erase(arguments.begin());
    if (command == "run") return run(arguments);
    if (command == "top") return top(arguments);
    if (command == "autopsy") return autopsy(arguments);
    if (command == "bench") return belfry::tool::bench(std::move(arguments));
    if (command == "--help" || command == "-h") {
      std::cout << usage << help;
      return finish_output();
    }
    if (command == "--version") {
      std::cout << "belfry " BELFRY_VERSION_STRING "\n";
      return finish_output();
    }
    return misused("there is no command '" + command + "'");
  } catch (const std::exception& e) {
    belfry::tool::print_error(e.what());
    return EXIT_FAILURE;
  }
}
