// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE records of Boost.Log
#include "support/launching.hpp"
#include "support/log_records.hpp"

#include <belfry/log.hpp>

#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/trivial.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace belfry;
using test::scripted;
namespace blog = boost::log;

namespace {

struct listening {
  ~listening() { set_diagnostics_sink({}); }

  plugin launch(std::vector<std::string> arguments) {
    return launcher(context.get_executor()).launch(scripted(std::move(arguments)));
  }
  void launch_one_that_aborts() {
    auto p = launch({"say", "3", "abort"});
    error_code ec;
    while (!ec) {
      std::string text;
      p.channel().receiver().receive(boost::asio::dynamic_buffer(text), ec);
    }
    pid = p.pid();
  }

  boost::asio::io_context context;
  int pid = 0;
  test::log_records kept;
};

template <class T>
T value(const blog::record_view& record, const char* name) {
  const auto v = blog::extract<T>(name, record);
  BOOST_TEST_REQUIRE(static_cast<bool>(v), name << " is not there, or of another type");
  return v.get();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_log, listening)

BOOST_AUTO_TEST_CASE(has_by_default_one_record_of_a_death_and_its_attributes_are_typed) {
  // First, since it is about what the first launcher installs.
  launch_one_that_aborts();
  BOOST_TEST_REQUIRE(kept.records().size() == 1U);
  const auto& r = kept.records().front();
  BOOST_TEST((value<blog::trivial::severity_level>(r, "Severity") == blog::trivial::error));
  BOOST_TEST(value<std::string>(r, "Channel") == "belfry.channel");
  BOOST_TEST(value<std::string>(r, "Event") == "peer_died");
  BOOST_TEST(value<std::string>(r, "Peer") == "puppet");
  BOOST_TEST(value<int>(r, "PeerPid") == pid);
  BOOST_TEST(value<int>(r, "Signal") == SIGABRT);
  BOOST_TEST(value<std::string>(r, "SignalName") == "SIGABRT");
  BOOST_TEST(!static_cast<bool>(blog::extract<int>("ExitCode", r)));
  value<bool>(r, "CoreDumped");
  BOOST_TEST(value<double>(r, "Uptime") > 0.0);
  BOOST_TEST(value<std::uint64_t>(r, "MessagesReceived") == 3U);
  BOOST_TEST(value<std::uint64_t>(r, "BytesReceived") == 27U);
  BOOST_TEST(value<std::uint64_t>(r, "MessagesSent") == 0U);
  BOOST_TEST(value<std::uint64_t>(r, "BytesSent") == 0U);
  BOOST_TEST(value<std::uint64_t>(r, "UnreadBytes") == 0U);
  const auto text = value<std::string>(r, "Message");
  BOOST_TEST(text.find("killed by SIGABRT") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_filterable_by_channel) {
  log::install(severity::trace);
  kept.sink().set_filter(blog::expressions::attr<std::string>("Channel") == "belfry.launcher");
  launch_one_that_aborts();
  // Of the launch itself; the death is a matter of the channel.
  BOOST_TEST_REQUIRE(kept.records().size() == 1U);
  BOOST_TEST(value<std::string>(kept.records().front(), "Event") == "plugin_launched");
}

BOOST_AUTO_TEST_CASE(is_filterable_by_every_attribute) {
  log::install(severity::trace);
  namespace expressions = blog::expressions;
  kept.sink().set_filter(expressions::attr<std::string>("Event") == "peer_died" &&
                         expressions::attr<std::string>("SignalName") == "SIGABRT" &&
                         expressions::attr<std::uint64_t>("MessagesReceived") == 3U);
  launch_one_that_aborts();
  BOOST_TEST_REQUIRE(kept.records().size() == 1U);
  BOOST_TEST(value<std::string>(kept.records().front(), "Event") == "peer_died");
}

BOOST_AUTO_TEST_CASE(is_filterable_by_severity) {
  log::install(severity::trace);
  kept.sink().set_filter(blog::trivial::severity >= blog::trivial::error);
  launch_one_that_aborts();
  BOOST_TEST(kept.records().size() == 1U);
}

BOOST_AUTO_TEST_CASE(tells_the_whole_story_of_a_good_conversation_if_it_is_asked_to) {
  log::install(severity::trace);
  {
    auto p = launch({"echo"});
  }
  std::string story;
  for (const auto& r : kept.records()) story += value<std::string>(r, "Event") + " ";
  BOOST_TEST(story == "plugin_launched plugin_exited ");
}

BOOST_AUTO_TEST_CASE(has_nothing_of_a_good_conversation_unless_it_is_asked_to) {
  log::install();
  {
    auto p = launch({"echo"});
  }
  BOOST_TEST(kept.records().empty());
}

BOOST_AUTO_TEST_CASE(has_the_exit_code_of_one_that_exits) {
  log::install();
  {
    auto p = launch({"say", "0", "exit3"});
    p.wait();
  }
  BOOST_TEST_REQUIRE(kept.records().size() == 1U);
  BOOST_TEST(value<int>(kept.records().front(), "ExitCode") == 3);
  BOOST_TEST(!static_cast<bool>(blog::extract<int>("Signal", kept.records().front())));
}

BOOST_AUTO_TEST_CASE(warns_of_a_plugin_that_says_goodbye_and_then_fails) {
  log::install();
  {
    auto p = launch({"goodbye_then", "3"});
    p.wait();
  }
  BOOST_TEST_REQUIRE(kept.records().size() == 1U);
  const auto& r = kept.records().front();
  BOOST_TEST(value<std::string>(r, "Event") == "plugin_exited");
  BOOST_TEST(value<std::string>(r, "Channel") == "belfry.launcher");
  BOOST_TEST((value<blog::trivial::severity_level>(r, "Severity") == blog::trivial::warning));
  BOOST_TEST(value<int>(r, "ExitCode") == 3);
}

BOOST_AUTO_TEST_CASE(has_one_record_of_a_launch_that_failed) {
  log::install();
  error_code ec;
  launcher(context.get_executor()).launch(scripted({"fail", "7"}), ec);
  BOOST_TEST_REQUIRE(kept.records().size() == 1U);
  const auto& r = kept.records().front();
  BOOST_TEST(value<std::string>(r, "Event") == "handshake_failed");
  BOOST_TEST(value<std::string>(r, "Channel") == "belfry.launcher");
  BOOST_TEST((value<blog::trivial::severity_level>(r, "Severity") == blog::trivial::error));
  BOOST_TEST(value<int>(r, "ExitCode") == 7);
  // There was no channel yet.
  BOOST_TEST(!static_cast<bool>(blog::extract<std::uint64_t>("MessagesSent", r)));
}

BOOST_AUTO_TEST_CASE(is_silent_if_the_user_says_so) {
  set_diagnostics_sink({});
  launch_one_that_aborts();
  BOOST_TEST(kept.records().empty());
}

BOOST_AUTO_TEST_SUITE_END()
