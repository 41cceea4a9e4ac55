// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "options.hpp"

#include <belfry/large_message_limits.hpp>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/variables_map.hpp>

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <ostream>
#include <string_view>
#include <system_error>

namespace belfry::tool {
namespace {

namespace po = boost::program_options;

// Signed, since a negative number given for an unsigned one would become a large one without a complaint.
using number = std::int64_t;

constexpr number longest_ms = 24 * 60 * 60 * 1000;
constexpr number largest_ring_bytes = number{1} << 30;
constexpr number most_large_bytes = large_message_limits::max_bytes;

po::options_description describe() {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
    ("help,h", "print this help")
    ("listen", po::value<std::string>()->value_name("PATH"),
     "launch nothing; wait at this socket for a plugin that is started with BELFRY_HOST=PATH")
    ("name", po::value<std::string>()->value_name("NAME"), "what the diagnostics call the plugin")
    ("handshake-timeout", po::value<number>()->value_name("MS")->default_value(5000),
     "how long the plugin may take to greet")
    ("stop-grace", po::value<number>()->value_name("MS")->default_value(5000),
     "how long the plugin may take to end when it should, before it gets SIGTERM and, half a second later, SIGKILL")
    ("ring-size", po::value<number>()->value_name("BYTES")->default_value(64 * 1024),
     "size of the buffer each way, rounded up to a power of two; a line can be 16 bytes shorter than that")
    ("large-memory", po::value<number>()->value_name("BYTES")->default_value(0),
     "memory that each way may take for lines that are longer; no line can be longer than this")
    ("autopsy", po::value<std::string>()->value_name("FOLDER"),
     "a folder where a file is left about a plugin that dies; belfry autopsy prints it")
    ("quiet,q", "no diagnostics about the plugin")
    ("verbose,v", "diagnostics also where all is well");
  // clang-format on
  return options;
}

/// Where the plugin's path stands: the first argument that is neither an option nor an option's value.
std::size_t find_plugin(const std::vector<std::string>& arguments, const po::options_description& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with('-') || argument == "-" || argument == "--") return i;
    if (!argument.starts_with("--") || argument.find('=') != std::string::npos) continue;
    const auto* option = options.find_nothrow(argument.substr(2), false);
    if (option != nullptr && option->semantic()->min_tokens() != 0) ++i;  // the next is its value
  }
  return arguments.size();
}

number in_range(const po::variables_map& values, const char* name, number least, number most) {
  const auto value = values[name].as<number>();
  if (value < least || value > most) {
    throw usage_error("--" + std::string(name) + " must be from " + std::to_string(least) + " to " +
                      std::to_string(most));
  }
  return value;
}

}  // namespace

run_options parse_run_options(const std::vector<std::string>& arguments) {
  const auto description = describe();
  auto plugin = arguments.begin() + static_cast<std::ptrdiff_t>(find_plugin(arguments, description));

  po::variables_map values;
  try {
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(std::vector<std::string>(arguments.begin(), plugin))
                            .options(description)
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    po::store(parsed, values);
    po::notify(values);
  } catch (const po::error& e) {
    throw usage_error(e.what());
  }

  run_options result;
  if (values.count("help") != 0) {
    result.help = true;
    return result;
  }
  if (values.count("name") != 0) result.name = values["name"].as<std::string>();
  result.handshake_timeout = std::chrono::milliseconds(in_range(values, "handshake-timeout", 1, longest_ms));
  result.stop_grace = std::chrono::milliseconds(in_range(values, "stop-grace", 0, longest_ms));
  result.ring_size_bytes = static_cast<std::size_t>(in_range(values, "ring-size", 1, largest_ring_bytes));
  result.large_memory_bytes = static_cast<std::size_t>(in_range(values, "large-memory", 0, most_large_bytes));
  if (values.count("autopsy") != 0) {
    result.autopsy_folder = values["autopsy"].as<std::string>();
    std::error_code ignored;
    if (!std::filesystem::is_directory(result.autopsy_folder, ignored))
      throw usage_error("there is no folder '" + result.autopsy_folder + "' for autopsies");
  }
  if (values.count("quiet") != 0 && values.count("verbose") != 0) {
    throw usage_error("--quiet and --verbose contradict each other");
  }
  if (values.count("quiet") != 0) result.verbosity = verbosity::quiet;
  if (values.count("verbose") != 0) result.verbosity = verbosity::verbose;

  if (plugin != arguments.end() && *plugin == "--") ++plugin;
  if (values.count("listen") != 0) {
    result.listen = values["listen"].as<std::string>();
    if (result.listen.empty()) throw usage_error("--listen needs a path");
    if (!values["stop-grace"].defaulted()) {
      throw usage_error(
          "--stop-grace is for plugins that are launched; one that walks in is not waited for, nor killed");
    }
    if (plugin != arguments.end()) throw usage_error("with --listen no plugin is launched, and none can be given");
    return result;
  }
  if (plugin == arguments.end() || plugin->empty()) throw usage_error("no plugin is given");
  result.plugin = *plugin;
  result.arguments.assign(std::next(plugin), arguments.end());
  return result;
}

void print_run_help(std::ostream& out) {
  out << "Usage: belfry run [OPTION...] [--] PLUGIN [ARGUMENT...]\n"
         "       belfry run [OPTION...] --listen PATH\n"
         "\n"
         "Launches PLUGIN, sends it each line of standard input as a message, and prints each message that it\n"
         "answers as a line. The plugin may answer a line with one message, with several or with none. All that\n"
         "stands behind PLUGIN are its own arguments.\n"
         "\n"
         "At the end of the input the plugin is sent an empty message of kind 1, \"end of input\". It sends what it\n"
         "still has to say and closes its channel. What it writes to its standard output goes to standard error,\n"
         "and its standard input is empty.\n"
         "\n"
      << describe()
      << "\n"
         "Exit status: 0 if all went well; the plugin's own if that is not 0; 128 + N if signal N ended it.\n"
         "1: the command line, the input or the output is at fault, or the plugin could not be started, broke the\n"
         "protocol, or left with status 0 without closing its channel. 2: it is no plugin, refused, or did not\n"
         "greet in time. 129, 130, 143: SIGHUP, SIGINT, SIGTERM told this command to stop.\n";
}

}  // namespace belfry::tool
