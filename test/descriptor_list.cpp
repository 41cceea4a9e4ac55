// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../src/descriptor_list.hpp"

#define BOOST_TEST_MODULE descriptor_list
#include <boost/test/unit_test.hpp>

#include <string>

using belfry::error;
using belfry::error_code;
using belfry::named_descriptor;
using belfry::detail::parse_descriptors;

namespace {

error_code names(const std::vector<named_descriptor>& list) {
  error_code ec;
  belfry::detail::check_names(list, ec);
  return ec;
}

const error_code invalid = make_error_code(boost::system::errc::invalid_argument);

}  // namespace

BOOST_AUTO_TEST_CASE(a_list_is_read_as_it_was_written) {
  const std::vector<named_descriptor> list = {{"log", 8}, {"config.json", 9}, {"A-b_3", 42}};
  const auto text = belfry::detail::to_text(list);
  BOOST_TEST(text == "1,8=log,9=config.json,42=A-b_3");
  error_code ec;
  const auto read = parse_descriptors(text, ec);
  BOOST_TEST(!ec);
  BOOST_TEST_REQUIRE(read.size() == 3u);
  for (std::size_t i = 0; i != 3; ++i) {
    BOOST_TEST(read[i].name == list[i].name);
    BOOST_TEST(read[i].fd == list[i].fd);
  }
  BOOST_TEST(parse_descriptors("1", ec).empty());
  BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(what_is_no_list_is_refused) {
  for (const char* text : {"", "2,8=log", "8=log", "1,", "1,8", "1,8=", "1,=log", "1,x=log", "1,-1=log", "1,8=log,",
                           "1;8=log", "1,8=log,8=other", "1,8=log,9=log", "1,8=a b", "1,8=a=b", "18=log"}) {
    error_code ec;
    BOOST_TEST(parse_descriptors(text, ec).empty(), text);
    BOOST_TEST((ec == error::bad_channel_variable), text);
  }
}

BOOST_AUTO_TEST_CASE(a_name_has_from_1_to_64_letters_digits_dots_dashes_and_underscores) {
  BOOST_TEST(belfry::is_descriptor_name("a"));
  BOOST_TEST(belfry::is_descriptor_name(std::string(64, 'z')));
  BOOST_TEST(belfry::is_descriptor_name("-._09AZaz"));
  BOOST_TEST(!belfry::is_descriptor_name(""));
  BOOST_TEST(!belfry::is_descriptor_name(std::string(65, 'z')));
  for (const char* name : {" ", "a,b", "a=b", "a\n", "\xc3\xa4", "a/b"})
    BOOST_TEST(!belfry::is_descriptor_name(name), name);
}

BOOST_AUTO_TEST_CASE(a_list_has_each_name_once_and_not_too_many) {
  BOOST_TEST((names({}) == error_code()));
  BOOST_TEST((names({{"a", 1}, {"b", 1}}) == error_code()));
  BOOST_TEST((names({{"a", 1}, {"a", 2}}) == invalid));
  BOOST_TEST((names({{"", 1}}) == invalid));
  std::vector<named_descriptor> many;
  for (std::size_t i = 0; i != belfry::most_descriptors; ++i) many.push_back({std::to_string(i), 0});
  BOOST_TEST((names(many) == error_code()));
  many.push_back({"one-more", 0});
  BOOST_TEST((names(many) == invalid));
}
