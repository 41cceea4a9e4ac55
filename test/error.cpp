// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/error.hpp>

#include <set>
#include <string>

#define BOOST_TEST_MODULE error
#include <boost/test/unit_test.hpp>

using belfry::error;
using belfry::error_code;

BOOST_AUTO_TEST_CASE(a_default_error_code_is_no_error) { BOOST_TEST(!error_code()); }

BOOST_AUTO_TEST_CASE(an_enumerator_becomes_an_error_code_of_the_category_belfry) {
  const error_code ec = error::peer_dead;
  BOOST_TEST(ec.failed());
  BOOST_TEST((ec.category() == belfry::error_category()));
  BOOST_TEST(ec.category().name() == "belfry");
  BOOST_TEST((ec == error::peer_dead));
  BOOST_TEST((ec != error::closed));
}

BOOST_AUTO_TEST_CASE(each_error_has_a_message_of_its_own) {
  std::set<std::string> messages;
  constexpr int last = static_cast<int>(error::folder_not_private);
  for (int value = 1; value <= last; ++value) {
    const auto text = error_code(static_cast<error>(value)).message();
    BOOST_TEST(text.find("unknown") == std::string::npos);
    BOOST_TEST(messages.insert(text).second, "twice: " << text);
    char buffer[128];
    BOOST_TEST(error_code(static_cast<error>(value)).message(buffer, sizeof buffer) == text);
  }
  BOOST_TEST(error_code(last + 1, belfry::error_category()).message() == "unknown belfry error");
}

BOOST_AUTO_TEST_CASE(an_error_can_be_thrown_and_caught_as_system_error) {
  try {
    throw belfry::system_error(error::closed, "what was done");
  } catch (const boost::system::system_error& e) {
    BOOST_TEST((e.code() == error::closed));
    BOOST_TEST(std::string(e.what()).starts_with("what was done"));
  }
}
