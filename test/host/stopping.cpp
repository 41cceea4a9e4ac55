// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE stopping
#include "support/completion.hpp"
#include "support/mortal.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <ostream>
#include <string>

using namespace belfry;
using namespace std::chrono_literals;
using test::into;
using test::mortal;
namespace data = boost::unit_test::data;

namespace {

/// A plugin, the limits, and how it ends: a step that is to help has time enough, and one that is not has next to none.
struct course {
  const char* name;
  const char* plugin;
  stop_options limits;
  exit_status expected;
};
std::ostream& operator<<(std::ostream& out, const course& c) { return out << c.name; }

const course courses[] = {
    {"the goodbye", "group", {60s, 60s, 60s}, {0, 0, false}},
    {"the polite signal", "deaf", {1ms, 60s, 60s}, {0, SIGTERM, false}},
    {"force, where it ignores that", "stubborn", {1ms, 1ms, 60s}, {0, SIGKILL, false}},
    {"force, where no polite signal is wanted", "deaf", {1ms, 0ms, 60s}, {0, SIGKILL, false}},
    {"the polite signal at once", "deaf", {0ms, 60s, 60s}, {0, SIGTERM, false}},
};

struct fixture : test::quiet_launcher {
  plugin ready(const char* what) {
    auto p = launch.launch(mortal({what}));
    test::receive_text(p);
    return p;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin_is_ended, fixture)

BOOST_DATA_TEST_CASE_F(fixture, by, data::make(courses), c) {
  auto p = ready(c.plugin);
  BOOST_TEST(p.stop(c.limits) == c.expected);
  BOOST_TEST(p.stop(c.limits) == c.expected);
}

BOOST_DATA_TEST_CASE_F(fixture, without_blocking_by, data::make(courses), c) {
  auto p = ready(c.plugin);
  std::optional<exit_status> status;
  p.async_stop(c.limits, [&](const error_code& ec, const exit_status& s) {
    BOOST_TEST(!ec);
    status = s;
  });
  BOOST_TEST(!status.has_value());
  run();
  BOOST_TEST((status == c.expected));
}

BOOST_AUTO_TEST_CASE(with_the_options_of_its_launch) {
  auto options = mortal({"deaf"});
  options.stop = {1ms, 60s, 60s};
  const exit_status terminated{0, SIGTERM, false};
  {
    auto p = launch.launch(options);
    test::receive_text(p);
    BOOST_TEST(p.stop() == terminated);
  }
  auto p = launch.launch(options);
  test::receive_text(p);
  co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        BOOST_TEST(co_await p.async_stop(boost::asio::use_awaitable) == terminated);
      },
      boost::asio::detached);
  run();
}

BOOST_AUTO_TEST_CASE(with_all_that_it_has_started) {
  auto p = launch.launch(mortal({"family", "stay"}));
  const test::stranger relative(test::receive_text(p));
  BOOST_TEST_REQUIRE(relative.known());
  p.channel().sender().send(boost::asio::buffer("go", 2));
  BOOST_TEST(p.stop({0ms, 0ms, 60s}).signal == SIGKILL);
  relative.await_end();
  BOOST_TEST(relative.has_ended());
}

BOOST_AUTO_TEST_CASE(no_further_where_that_is_cancelled) {
  auto p = ready("stubborn");
  boost::asio::cancellation_signal signal;
  std::optional<error_code> result;
  p.async_stop({60s, 60s, 60s}, boost::asio::bind_cancellation_slot(signal.slot(), into(result)));
  poll();
  BOOST_TEST(!result.has_value());
  signal.emit(boost::asio::cancellation_type::partial);
  run();
  BOOST_TEST((result.value() == test::aborted));
  BOOST_TEST(p.running());
  BOOST_TEST(!p.channel().is_open());
  p.kill();
}

BOOST_AUTO_TEST_SUITE_END()
