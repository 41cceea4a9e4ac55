// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "top.hpp"

#include "screen.hpp"
#include "terminal_log.hpp"
#include "top_table.hpp"

#include <belfry/observer.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace belfry::tool {
namespace {

void print_json(const std::vector<observed_channel>& channels) {
  std::string line = "[";
  for (const auto& c : channels) {
    if (line.size() > 1) line += ',';
    line += to_json(c);
  }
  std::cout << line + "]\n" << std::flush;
}

void print_table(const std::vector<observed_channel>& channels) {
  for (const auto& line : top_table(channels)) std::cout << line << '\n';
  std::cout << std::flush;
}

}  // namespace

int top(const top_options& options) {
  observer eyes;
  if (!options.once && !options.json) {
    draw(options.interval, [&] {
      const auto channels = eyes.look();
      return picture{top_summary(channels), top_table(channels)};
    });
    return EXIT_SUCCESS;
  }
  eyes.look();  // rates take two
  do {
    std::this_thread::sleep_for(options.interval);
    const auto channels = eyes.look();
    if (options.json) print_json(channels);
    else print_table(channels);
  } while (!options.once && std::cout);
  return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace belfry::tool
