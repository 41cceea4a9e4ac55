// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/doorbell.hpp>
#include <belfry/doorbell_handle.hpp>

#include <boost/asio/io_context.hpp>

#include <string>

#define BOOST_TEST_MODULE doorbell_handle
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

using belfry::doorbell_handle;
using belfry::error;
using belfry::error_code;
namespace test = belfry::test;

namespace {

doorbell_handle make() {
  boost::asio::io_context context;
  return belfry::doorbell::create_pair(context.get_executor()).second;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_handle_goes_through_text_and_back) {
  auto handle = make();
  const int fd = handle.native_handle();
  const std::string text = handle.to_arg();
  BOOST_TEST(handle.release() == fd);
  BOOST_TEST(!handle);
  const auto again = doorbell_handle::from_arg(text);
  BOOST_TEST(again.native_handle() == fd);
  BOOST_TEST(static_cast<bool>(again));
}

BOOST_AUTO_TEST_CASE(a_handle_is_close_on_exec_and_closes_its_descriptor) {
  auto handle = make();
  const int fd = handle.native_handle();
  BOOST_TEST(test::close_on_exec(fd));
  auto moved = std::move(handle);
  BOOST_TEST(moved.native_handle() == fd);
  BOOST_TEST(test::is_open(fd));
  moved = doorbell_handle();
  BOOST_TEST(!test::is_open(fd));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_number_in_range_is_bad_handle_text) {
  const auto handle = make();
  const std::string good = handle.to_arg();
  for (const std::string& text :
       {std::string(), std::string("-1"), std::string("-0"), std::string("+") + good, " " + good, good + " ",
        good + "x", good + ",", good + std::string(1, '\0'), std::string("0x5"), std::string("five"),
        std::string("2147483648"), std::string("-2147483649"), std::string("99999999999999999999"),
        std::string("4294967299"), std::string("1.5"), std::string("3\n"), std::string(10000, '1')}) {
    error_code ec;
    BOOST_TEST(!doorbell_handle::from_arg(text, ec));
    BOOST_TEST((ec == error::bad_handle_text), '"' << text << '"');
    BOOST_CHECK_THROW(doorbell_handle::from_arg(text), belfry::system_error);
  }
}

BOOST_AUTO_TEST_CASE(a_number_without_a_descriptor_is_handle_not_open) {
  auto handle = make();
  const std::string text = handle.to_arg();
  handle = doorbell_handle();
  for (const std::string& closed : {text, std::string("2147483647")}) {
    error_code ec;
    BOOST_TEST(!doorbell_handle::from_arg(closed, ec));
    BOOST_TEST((ec == error::handle_not_open));
  }
}

BOOST_AUTO_TEST_CASE(the_option_has_the_name_that_plugins_expect) {
  BOOST_TEST(doorbell_handle::arg_name == "--doorbell-fd");
}
