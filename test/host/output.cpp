// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE output of plugins
#include "support/child.hpp"
#include "support/mortal.hpp"
#include "support/process.hpp"
#include "support/reports.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <future>
#include <mutex>
#include <string>
#include <vector>

using namespace belfry;
using namespace std::chrono_literals;
using test::mortal;

namespace {

launch_options logged(std::vector<std::string> arguments) {
  auto options = mortal(std::move(arguments));
  options.out = stdio_target::log();
  options.err = stdio_target::log();
  return options;
}

struct fixture : test::context_fixture {
  test::reports reported;
  launcher launch{context.get_executor()};

  std::vector<diagnostic> lines() { return reported.of(event_kind::plugin_output); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(what_a_plugin_writes, fixture)

BOOST_AUTO_TEST_CASE(becomes_records_line_by_line_with_its_name) {
  auto options = logged({"says", "to out\nmore\n", "to \x1b[31merr\n"});
  options.name = "parrot";
  auto p = launch.launch(options);
  BOOST_TEST(test::receive_text(p) == "said");
  p.stop(60s);
  const auto all = lines();
  BOOST_TEST_REQUIRE(all.size() == 3U);
  for (const auto& d : all) {
    BOOST_TEST(d.peer == "parrot");
    BOOST_TEST(d.pid == p.pid());
    BOOST_TEST((d.source == subsystem::plugin));
  }
  const auto of = [&](const char* text) {
    return *std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.line == text; });
  };
  BOOST_TEST(of("to out").stream == "stdout");
  BOOST_TEST((of("to out").level == severity::info));
  BOOST_TEST(of("more").message == "parrot: more");
  BOOST_TEST(of("to \x1b[31merr").stream == "stderr");
  BOOST_TEST((of("to \x1b[31merr").level == severity::warning));
  // It cannot control a terminal.
  BOOST_TEST(of("to \x1b[31merr").message.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(has_the_severity_that_was_asked_for) {
  auto options = logged({"says", "", "warn\n"});
  options.err = stdio_target::log(severity::debug);
  auto p = launch.launch(options);
  test::receive_text(p);
  p.stop(60s);
  BOOST_TEST_REQUIRE(lines().size() == 1U);
  BOOST_TEST((lines().front().level == severity::debug));
}

BOOST_AUTO_TEST_CASE(comes_before_the_record_of_its_death_to_the_last_byte) {
  std::vector<event_kind> order;
  std::mutex mutex;
  std::promise<void> held;
  std::promise<void> go_on;
  set_diagnostics_sink([&](const diagnostic& d) {
    if (d.line == "hold") {  // comes from the thread that reads for all plugins, and it is to come too late
      held.set_value();
      go_on.get_future().wait();
      return;
    }
    const std::lock_guard lock(mutex);
    order.push_back(d.kind);
  });
  auto other = launch.launch(logged({"says", "hold\n", ""}));
  held.get_future().wait();
  auto p = launch.launch(logged({"last_line_and_abort", "no end of line"}));
  error_code ec;
  p.channel().receiver().peek(ec);
  p.wait();
  go_on.set_value();
  const std::lock_guard lock(mutex);
  const auto line = std::find(order.begin(), order.end(), event_kind::plugin_output);
  const auto death = std::find(order.begin(), order.end(), event_kind::peer_died);
  BOOST_TEST((line != order.end() && death != order.end()));
  BOOST_TEST((line < death));
  BOOST_TEST_REQUIRE(p.last_output().size() == 1U);
  BOOST_TEST(p.last_output().front().text == "no end of line");
}

BOOST_AUTO_TEST_CASE(can_be_asked_for_while_a_sink_waits_for_the_asker) {
  std::mutex mutex;
  std::promise<void> reached;
  std::atomic<bool> first = true;
  set_diagnostics_sink([&](const diagnostic& d) {
    if (d.kind != event_kind::plugin_output) return;
    if (first.exchange(false)) reached.set_value();
    const std::lock_guard lock(mutex);
  });
  auto p = [&] {
    // Its only line is in the sink, which cannot go on.
    const std::lock_guard lock(mutex);
    auto launched = launch.launch(logged({"says", "a line\n", ""}));
    reached.get_future().wait();
    BOOST_TEST_REQUIRE(launched.last_output().size() == 1U);
    BOOST_TEST(launched.last_output().front().text == "a line");
    BOOST_TEST(launched.autopsy().pid == launched.pid());
    return launched;
  }();
  test::receive_text(p);
  p.stop(60s);
}

BOOST_AUTO_TEST_CASE(is_logged_though_it_never_becomes_a_plugin) {
  auto options = logged({"-c", "echo cannot start >&2; exit 1"});
  options.executable = "/bin/sh";
  error_code ec;
  launch.launch(options, ec);
  BOOST_TEST((ec == error::exited_before_handshake));
  BOOST_TEST_REQUIRE(lines().size() == 1U);
  BOOST_TEST(lines().front().line == "cannot start");
}

BOOST_AUTO_TEST_CASE(does_not_hold_it_up_though_nobody_runs_the_executor) {
  set_diagnostics_sink({});
  // Far more than a pipe holds.
  auto options = logged({"floods", "1000000"});
  auto p = launch.launch(options);
  BOOST_TEST(test::receive_text(p) == "said");
}

BOOST_AUTO_TEST_CASE(is_dropped_and_counted_where_it_is_too_much) {
  auto options = logged({"floods", "10000"});
  options.output.lines_per_second = 0;
  options.output.burst_lines = 10;
  options.output.last_lines = 3;
  auto p = launch.launch(options);
  test::receive_text(p);
  p.stop(60s);
  BOOST_TEST(lines().size() == 10U);
  std::uint64_t dropped = 0;
  for (const auto& d : reported.of(event_kind::plugin_output_dropped)) dropped += d.dropped_lines;
  BOOST_TEST(dropped == 9990U);
  // The last are kept all the same.
  const auto last = p.last_output();
  BOOST_TEST_REQUIRE(last.size() == 3U);
  BOOST_TEST(last.back().text == "line 9999");
  BOOST_TEST((last.back().stream == output_stream::err));
}

BOOST_AUTO_TEST_CASE(is_cut_where_a_line_is_too_long) {
  auto options = logged({"says", "", "123456\n"});
  options.output.longest_line_bytes = 4;
  auto p = launch.launch(options);
  test::receive_text(p);
  p.stop(60s);
  BOOST_TEST_REQUIRE(lines().size() == 1U);
  BOOST_TEST(lines().front().line == "1234");
  BOOST_TEST(p.last_output().front().cut);
}

BOOST_AUTO_TEST_CASE(can_be_logged_for_many_at_a_time) {
  std::vector<plugin> plugins;
  for (int i = 0; i != 10; ++i) plugins.push_back(launch.launch(logged({"floods", "100"})));
  for (auto& p : plugins) BOOST_TEST(test::receive_text(p) == "said");
  plugins.clear();
  BOOST_TEST(lines().size() == 1000U);
}

BOOST_AUTO_TEST_CASE(leaves_no_descriptor_and_no_thread) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
  };
  const auto descriptors = test::open_descriptors();
  const auto before = threads();
  {
    auto p = launch.launch(logged({"floods", "10"}));
    BOOST_TEST(threads() == before + 1);
    auto other = launch.launch(logged({"floods", "10"}));
    BOOST_TEST(threads() == before + 1);
  }
  BOOST_TEST(test::open_descriptors() == descriptors);
  BOOST_TEST(threads() == before);
}

BOOST_AUTO_TEST_CASE(is_left_to_the_parent_by_a_forked_child) {
  auto p = launch.launch(logged({"says_when_asked", "late words\n"}));
  BOOST_TEST(test::in_a_child([&] {
               p = plugin();
               return 0;
             }) == 0);
  p.channel().sender().send(boost::asio::buffer("go", 2));
  BOOST_TEST(test::receive_text(p) == "said");
  p.stop(60s);
  BOOST_TEST_REQUIRE(lines().size() == 1U);
  BOOST_TEST(lines().front().line == "late words");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_standard_input_cannot_be_logged, fixture) {
  auto options = mortal({"group"});
  options.in = stdio_target::log();
  error_code ec;
  launch.launch(options, ec);
  BOOST_TEST(ec.value() == EINVAL);
}
