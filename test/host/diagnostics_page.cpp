// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE the page about diagnostics
#include "support/log_records.hpp"

#include <belfry/diagnostics.hpp>
#include <belfry/log.hpp>

#include <boost/log/attributes/attribute_value_set.hpp>
#include <boost/log/attributes/value_visitation.hpp>
#include <boost/log/trivial.hpp>
#include <boost/mpl/vector.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace belfry;
namespace blog = boost::log;

namespace {

/// The lines of the page in its section of that heading.
std::vector<std::string> section(const std::string& heading) {
  std::ifstream page(BELFRY_TEST_SOURCE_DIR "/doc/diagnostics.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    else if (inside) lines.push_back(line);
  }
  BOOST_TEST_REQUIRE(!lines.empty(), "doc/diagnostics.md has no section " << heading);
  return lines;
}

/// What stands in quotes in the cell of a table's row, which begins with one.
std::string cell(const std::string& row, int number) {
  std::size_t at = 0;
  for (int i = 0; i <= number; ++i) at = row.find('|', at) + 1;
  const auto begin = row.find('`', at);
  if (begin == std::string::npos) return {};
  return row.substr(begin + 1, row.find('`', begin + 1) - begin - 1);
}

bool is_row(const std::string& line) { return line.starts_with("| `"); }

std::set<std::string> names_of_events() {
  std::set<std::string> names;
  for (int i = 0; to_string(static_cast<event_kind>(i)) != std::string("unknown"); ++i) {
    names.insert(to_string(static_cast<event_kind>(i)));
  }
  return names;
}

/// A diagnostic in which everything is known.
diagnostic complete() {
  diagnostic d;
  d.peer = "p";
  d.pid = 7;
  d.uptime = std::chrono::seconds(1);
  d.autopsy = "/file";
  d.status = exit_status{0, 11, true};
  d.usage.emplace();
  d.stream = "stderr";
  d.line = "l";
  d.dropped_lines = 1;
  return d;
}

struct type_name {
  using result_type = std::string;
  std::string operator()(int) const { return "int"; }
  std::string operator()(bool) const { return "bool"; }
  std::string operator()(double) const { return "double"; }
  std::string operator()(std::uint64_t) const { return "std::uint64_t"; }
  std::string operator()(const std::string&) const { return "std::string"; }
};
using types = boost::mpl::vector<int, bool, double, std::uint64_t, std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(has_a_row_and_a_chapter_for_each_event_and_for_nothing_else) {
  std::set<std::string> rows;
  std::set<std::string> chapters;
  std::set<std::string> advised;
  std::string chapter;
  for (const auto& line : section("Events")) {
    if (is_row(line)) rows.insert(cell(line, 0));
    if (line.starts_with("### `")) chapters.insert(chapter = line.substr(5, line.size() - 6));
    if (line.starts_with("*What to do.*")) advised.insert(chapter);
  }
  BOOST_TEST(rows == names_of_events(), boost::test_tools::per_element());
  BOOST_TEST(chapters == names_of_events(), boost::test_tools::per_element());
  BOOST_TEST(advised == names_of_events(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lists_the_attributes_that_records_have_with_their_types) {
  std::map<std::string, std::string> listed;
  for (const auto& line : section("Attributes")) {
    if (is_row(line)) listed[cell(line, 0)] = cell(line, 1);
  }

  test::log_records kept;
  auto d = complete();
  log::write(d);
  d.status = exit_status{3, 0, false};
  log::write(d);
  std::map<std::string, std::string> found;
  for (const auto& record : kept.records()) {
    for (const auto& [name, value] : record.attribute_values()) {
      const std::string text = name.string();
      if (text == "Severity" || text == "Channel" || text == "Message") continue;
      const bool known =
          static_cast<bool>(blog::visit<types>(value, [&, text](const auto& v) { found[text] = type_name()(v); }));
      BOOST_TEST(known, text << " has a type that the page does not speak of");
    }
  }
  BOOST_TEST(found.size() == listed.size());
  for (const auto& [name, type] : found) BOOST_TEST(listed[name] == type, name << " is " << type);
}
