// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_MEASURES_COMMANDS_HPP
#define BELFRY_BENCH_MEASURES_COMMANDS_HPP

#include "../support/options.hpp"
#include "../support/report.hpp"

#include <string>
#include <vector>

// What each file here measures: one subcommand each.

namespace belfry::bench {

void measure_ping_pong(const options&, report&);
void measure_throughput(const options&, report&);
void measure_wake_up(const options&, report&);
void measure_offered_rate(const options&, report&);
void measure_cost(const options&, report&);
void measure_launch_time(const options&, report&);
void measure_guests(const options&, report&);
void measure_observed(const options&, report&);

/// What is to be reached, and whether it is.
void check_goals(const options&, report&);
/// The first word of a command line by which `measure_observed` launches this program itself.
inline constexpr const char* observed_role = "observed-role";
int play_observed_role(const std::vector<std::string>& words);

/// What script/count-instructions runs under valgrind.
void run_for_counting();

}  // namespace belfry::bench

#endif
