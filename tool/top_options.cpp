// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "options.hpp"
#include "top.hpp"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>

#include <cstdint>
#include <ostream>

namespace belfry::tool {
namespace {

namespace po = boost::program_options;

constexpr std::int64_t shortest_ms = 50;
constexpr std::int64_t longest_ms = 60 * 60 * 1000;

po::options_description describe() {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
    ("help,h", "print this help")
    ("once", "print one table and end")
    ("json", "print JSON: an array of channels, in one line for each look")
    ("interval", po::value<std::int64_t>()->value_name("MS")->default_value(1000),
     "time from one look to the next, and the time that rates are of");
  // clang-format on
  return options;
}

}  // namespace

top_options parse_top_options(const std::vector<std::string>& arguments) {
  const auto description = describe();
  po::variables_map values;
  try {
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(arguments)
                            .options(description)
                            .positional(po::positional_options_description())
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    po::store(parsed, values);
    po::notify(values);
  } catch (const po::error& e) {
    throw usage_error(e.what());
  }
  top_options result;
  result.help = values.count("help") != 0;
  result.once = values.count("once") != 0;
  result.json = values.count("json") != 0;
  const auto interval = values["interval"].as<std::int64_t>();
  if (interval < shortest_ms || interval > longest_ms) {
    throw usage_error("--interval must be from " + std::to_string(shortest_ms) + " to " + std::to_string(longest_ms));
  }
  result.interval = std::chrono::milliseconds(interval);
  return result;
}

void print_top_help(std::ostream& out) {
  out << "Usage: belfry top [OPTION...]\n"
         "\n"
         "Shows the channels between this user's running hosts and their plugins: who talks, how much, and who\n"
         "waits for whom. Nobody is disturbed by it. On a terminal it goes on until q is pressed.\n"
         "\n"
      << describe()
      << "\n"
         "Exit status: 0 if all went well; 1 if the command line makes no sense, or there is no way to look or to\n"
         "show it.\n";
}

}  // namespace belfry::tool
