// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "autopsy.hpp"

#include "options.hpp"

#include <belfry/autopsy.hpp>

#include <iostream>

namespace belfry::tool {

autopsy_options parse_autopsy_options(const std::vector<std::string>& arguments) {
  autopsy_options result;
  bool only_files = false;
  for (const auto& word : arguments) {
    const bool is_option = !only_files && word.size() > 1 && word.front() == '-';
    if (is_option && word == "--") only_files = true;
    else if (is_option && (word == "--help" || word == "-h")) result.help = true;
    else if (is_option && word == "--json") result.json = true;
    else if (is_option) throw usage_error("unrecognised option '" + word + "'");
    else if (!result.file.empty()) throw usage_error("one file at a time");
    else result.file = word;
  }
  if (!result.help && result.file.empty()) throw usage_error("no file is given");
  return result;
}

void print_autopsy_help(std::ostream& out) {
  out << "Usage: belfry autopsy [--json] FILE\n"
         "\n"
         "Prints what a host has recorded of a plugin that died (launch_options::autopsy): how it ended, what it was\n"
         "launched with, how its channel stood, and the last messages each way.\n"
         "\n"
         "  -h [ --help ]   print this help\n"
         "  --json          print it as JSON, in one line\n"
         "\n"
         "Exit status: 0 if all went well; 1 if there is no such file, or it is no autopsy, damaged, or of a newer\n"
         "belfry.\n";
}

void print_autopsy(const autopsy_options& options) {
  const auto a = read_autopsy(options.file);
  if (options.json) std::cout << to_json(a) << '\n';
  else std::cout << describe(a);
}

}  // namespace belfry::tool
