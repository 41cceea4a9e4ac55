// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Measures belfry beside what else could be used.

#include "measures/commands.hpp"
#include "support/machine.hpp"
#include "support/options.hpp"
#include "support/report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace belfry::bench;

struct measure {
  const char* name;
  void (*run)(const options&, report&);
  const char* what;
};

constexpr measure measures[] = {
    {"ping-pong", measure_ping_pong, "a message there and back, 8 B to 1 MiB, on two processors and on one"},
    {"throughput", measure_throughput,
     "messages one way, as fast as they go, 8 B to 1 MiB, on two processors and on one"},
    {"wake-up", measure_wake_up, "how long a message takes to one who sleeps"},
    {"offered-rate", measure_offered_rate,
     "how long messages take at 1,000 to 1,000,000 a second, and the receiver's processor"},
    {"cost", measure_cost, "processor time, system calls and switches for a message"},
    {"launch-time", measure_launch_time,
     "from the launch of a plugin to its first reply, beside other launchers, by small and large hosts"},
    {"guests", measure_guests, "1, 10, 100 and 1,000 plugins in one host"},
    {"observed", measure_observed, "the same to a launched plugin, with others looking on, as belfry top does"},
};

void print_help(std::ostream& out) {
  out << "Usage: belfry bench MEASURE... [OPTION...]\n       belfry_bench MEASURE... [OPTION...]\n\n";
  for (const auto& m : measures)
    out << "  " << m.name << std::string(16 - std::string(m.name).size(), ' ') << m.what << '\n';
  out << "  all             all of these\n"
         "  check           what is to be reached, and whether it is\n"
         "  machine         what machine this is\n"
         "\n"
      << options_help;
}

bool is_known(const std::string& name) {
  if (name == "machine" || name == "check" || name == "all") return true;
  return std::any_of(std::begin(measures), std::end(measures), [&](const measure& m) { return name == m.name; });
}

int run(const std::vector<std::string>& words) {
  if (words.empty() || words.front() == "--help" || words.front() == "-h") {
    print_help(words.empty() ? std::cerr : std::cout);
    return words.empty() ? 2 : EXIT_SUCCESS;
  }
  if (words.front() == observed_role) return play_observed_role(words);
  // It must not print or fork, since valgrind watches.
  if (words.front() == "instructions") {
    run_for_counting();
    return EXIT_SUCCESS;
  }
  const options o = parse_options(words);
  if (o.rest.empty()) throw usage_error("no measure is named");
  for (const auto& name : o.rest) {
    if (!is_known(name)) throw usage_error("there is no measure '" + name + "'");
  }
  report r;
  print_machine();
  for (const auto& name : o.rest) {
    if (name == "machine") continue;
    if (name == "check") {
      check_goals(o, r);
      continue;
    }
    for (const auto& m : measures) {
      if (name == m.name || name == "all") m.run(o, r);
    }
  }
  r.finish(o);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const usage_error& e) {
    std::cerr << "belfry_bench: " << e.what() << "\nbelfry_bench --help tells what there is.\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "belfry_bench: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
