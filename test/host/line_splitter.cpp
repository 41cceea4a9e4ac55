// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE line splitter
#include "../../src/host/line_splitter.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using belfry::detail::line_splitter;

namespace {

struct fixture {
  line_splitter splitter{5};
  std::vector<std::string> lines;

  void add(std::string_view bytes) { splitter.add(bytes, sink); }
  void finish() { splitter.finish(sink); }

  line_splitter::sink sink = [this](std::string_view line, bool cut) {
    lines.push_back(std::string(line) + (cut ? "+" : ""));
  };
};

using strings = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lines, fixture)

BOOST_AUTO_TEST_CASE(end_where_they_end_however_they_come) {
  add("one\ntw");
  add("o");
  add("\r\n\n");
  BOOST_TEST(lines == (strings{"one", "two", ""}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(are_no_longer_than_asked_and_the_rest_is_left_out) {
  add("12345\n123456\n12345\r\n123456\r\n123");
  add("45");
  add("6789");
  add("0\nend\n");
  BOOST_TEST(lines == (strings{"12345", "12345+", "12345", "12345+", "12345+", "end"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(may_lack_their_end_when_all_is_over) {
  add("one\ntwo");
  finish();
  finish();
  BOOST_TEST(lines == (strings{"one", "two"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(may_hold_any_bytes) {
  add(std::string_view("a\0b\n\rc\n", 8));
  BOOST_TEST(lines == (strings{std::string("a\0b", 3), "\rc"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
