// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_OPTIONS_HPP
#define BELFRY_BENCH_SUPPORT_OPTIONS_HPP

#include <cstdlib>
#include <iostream>
#include <string>

namespace belfry::bench {

struct options {
  int rounds = 5;
  bool quick = false;
  std::string json;  ///< File to write; empty: none.
};

/// Ends the program on `--help` and on what it does not understand.
inline options parse_options(int argc, char** argv) {
  const auto usage = [&](std::ostream& out) {
    out << "Usage: " << argv[0] << " [--quick] [--rounds N] [--json FILE]\n"
        << "  --quick      fewer and shorter rounds, to see that it works\n"
        << "  --rounds N   rounds, of which each measures everything once (5)\n"
        << "  --json FILE  writes the figures to FILE as well\n";
  };
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help") {
      usage(std::cout);
      std::exit(EXIT_SUCCESS);
    } else if (word == "--quick") {
      o.quick = true;
      o.rounds = 1;
    } else if (word == "--rounds" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      o.rounds = std::atoi(argv[++i]);
    } else if (word == "--json" && i + 1 < argc) {
      o.json = argv[++i];
    } else {
      std::cerr << argv[0] << ": what is '" << word << "'?\n";
      usage(std::cerr);
      std::exit(2);
    }
  }
  return o;
}

}  // namespace belfry::bench

#endif
