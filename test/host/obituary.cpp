// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE obituary
#include "support/launching.hpp"
#include "support/reports.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <optional>

using namespace belfry;
using boost::asio::buffer;
using test::scripted;

BOOST_FIXTURE_TEST_SUITE(of_a_plugin_that_hung_up_and_lives_on, test::context_fixture)

BOOST_AUTO_TEST_CASE(the_record_is_there_before_the_error_where_somebody_blocks) {
  test::reports reported;
  auto p = launcher(context.get_executor()).launch(scripted({"wait_then", "hang_up"}));
  p.channel().sender().send(buffer("go", 2));
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST(reported.of(event_kind::peer_died).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_record_comes_when_it_can_and_holds_up_no_event_loop) {
  test::reports reported;
  auto p = launcher(context.get_executor()).launch(scripted({"wait_then", "hang_up"}));
  p.channel().sender().send(buffer("go", 2));
  std::optional<std::size_t> records_by_then;
  p.channel().receiver().async_peek([&](const error_code& ec, const message_view&) {
    BOOST_TEST((ec == error::peer_dead));
    records_by_then = reported.of(event_kind::peer_died).size();
  });
  run();
  BOOST_TEST(records_by_then.value() == 0U);
  BOOST_TEST(reported.of(event_kind::peer_died).size() == 1U);
  BOOST_TEST(p.running());
}

BOOST_AUTO_TEST_SUITE_END()
