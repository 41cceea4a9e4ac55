// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "options.hpp"

#include <algorithm>
#include <charconv>

namespace belfry::bench {
namespace {

template <class Number>
Number number_from(const std::string& text, Number least, Number most) {
  Number n{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failure != std::errc() || end != text.data() + text.size() || n < least || n > most) {
    throw usage_error("'" + text + "' should be a number from " + std::to_string(least) + " to " +
                      std::to_string(most));
  }
  return n;
}

std::vector<std::size_t> numbers_from(const std::string& text) {
  std::vector<std::size_t> all;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    all.push_back(number_from<std::size_t>(text.substr(begin, end - begin), 1, std::size_t{1} << 30));
    begin = end + 1;
  }
  return all;
}

}  // namespace

const char* const options_help =
    "  --rounds N      rounds, in each of which everything takes its turn (5)\n"
    "  --time MS       how long one measurement takes, in milliseconds (200)\n"
    "  --quick         one very short round, to see that it works\n"
    "  --only TEXT     only what has TEXT in its name\n"
    "  --sizes N,...   only these sizes, of those that the measure takes\n"
    "  --json FILE     writes the figures to FILE as well\n"
    "  --compare FILE  prints how they stand to those that an earlier run wrote\n";

options parse_options(const std::vector<std::string>& words) {
  options o;
  for (auto word = words.begin(); word != words.end(); ++word) {
    const auto value = [&]() -> const std::string& {
      if (word + 1 == words.end()) throw usage_error(*word + " needs a value");
      return *++word;
    };
    if (*word == "--quick") {
      o.quick = true;
      o.rounds = 1;
      o.time = std::chrono::milliseconds(5);
    } else if (*word == "--rounds") {
      o.rounds = number_from(value(), 1, 1000);
    } else if (*word == "--time") {
      o.time = std::chrono::milliseconds(number_from(value(), 1, 60'000));
    } else if (*word == "--only") {
      o.only = value();
    } else if (*word == "--sizes") {
      o.sizes = numbers_from(value());
    } else if (*word == "--json") {
      o.json = value();
    } else if (*word == "--compare") {
      o.compare = value();
    } else if (word->starts_with("-")) {
      throw usage_error("there is no option '" + *word + "'");
    } else {
      o.rest.push_back(*word);
    }
  }
  return o;
}

}  // namespace belfry::bench
