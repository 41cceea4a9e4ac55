// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE autopsies of plugins
#include "support/autopsy_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <unistd.h>

using namespace belfry;
using boost::asio::buffer;

BOOST_TEST_DONT_PRINT_LOG_VALUE(belfry::error)

BOOST_FIXTURE_TEST_SUITE(an_autopsy, test::autopsy_fixture)

BOOST_AUTO_TEST_CASE(tells_how_a_plugin_ended_what_was_said_last_and_where_it_was_reading) {
  auto o = options({"wait_then", "abort"});
  o.environment = std::vector<std::string>{"SECRET=hush", "LANG=C"};
  auto p = launch(o);
  p.channel().sender().send(buffer("the last straw", 14), 9);
  receive_all(p);
  p.wait();
  for (const auto& a : {p.autopsy(), the_file()}) {
    BOOST_TEST(a.name == "puppet");
    BOOST_TEST(a.pid == p.pid());
    BOOST_TEST(a.host == ::program_invocation_short_name);
    BOOST_TEST(a.host_pid == ::getpid());
    BOOST_TEST(a.reason == "died");
    BOOST_TEST(a.status.value().signal == SIGABRT);
    BOOST_TEST(a.usage.value().peak_memory_bytes > 0U);
    BOOST_TEST(a.uptime.count() > 0);
    BOOST_TEST(a.executable == o.executable.native());
    BOOST_TEST(a.arguments == o.arguments, boost::test_tools::per_element());
    BOOST_TEST(a.environment == (std::vector<std::string>{"LANG", "SECRET"}), boost::test_tools::per_element());
    BOOST_TEST(to_json(a).find("hush") == std::string::npos);
    BOOST_TEST(a.to_plugin.messages == 1U);
    BOOST_TEST_REQUIRE(a.to_plugin.last.size() == 1U);
    const auto& m = a.to_plugin.last.front();
    BOOST_TEST(m.first_bytes == "the last straw");
    BOOST_TEST(m.kind == 9U);
    BOOST_TEST(m.position == a.to_plugin.released);
    BOOST_TEST(!m.released);  // it died while it looked at it
    BOOST_TEST(a.from_plugin.last.empty());
  }
}

BOOST_AUTO_TEST_CASE(tells_what_the_plugin_had_said_though_it_is_received_already) {
  auto p = launch(options({"say", "40", "segv"}));
  receive_all(p);
  p.wait();
  const auto a = the_file();
  BOOST_TEST_REQUIRE(a.from_plugin.last.size() == 16U);
  BOOST_TEST(a.from_plugin.last.front().first_bytes == "message 24");
  BOOST_TEST(a.from_plugin.last.back().first_bytes == "message 39");
  BOOST_TEST(a.from_plugin.last.back().released);
  BOOST_TEST(a.from_plugin.messages == 40U);
  BOOST_TEST(a.from_plugin.written == a.from_plugin.released);
}

BOOST_AUTO_TEST_CASE(has_the_time_of_each_message_if_it_is_asked_to_keep_them) {
  const auto before = std::chrono::system_clock::now();
  auto o = options({"echo"});
  o.autopsy.keep_times = true;
  o.autopsy.messages = 5;
  auto p = launch(o);
  for (int i = 0; i != 20; ++i) {
    p.channel().sender().send(buffer(std::to_string(i)));
    BOOST_TEST(test::receive_text(p) == std::to_string(i));
  }
  const auto a = p.autopsy();
  BOOST_TEST(a.reason == "running");
  BOOST_TEST(!a.status);
  for (const auto* d : {&a.to_plugin, &a.from_plugin}) {
    BOOST_TEST_REQUIRE(d->last.size() == 5U);
    auto last = before;
    for (const auto& m : d->last) {
      BOOST_TEST_REQUIRE(m.time.has_value());
      // The clocks of the two are not the same; they agree to within a second.
      BOOST_TEST((*m.time >= last - std::chrono::seconds(1)));
      last = *m.time;
    }
    BOOST_TEST((last <= std::chrono::system_clock::now() + std::chrono::seconds(1)));
    BOOST_TEST(d->last.back().first_bytes == "19");
  }
}

BOOST_AUTO_TEST_CASE(with_times_of_batches_and_of_what_waited_for_room_disturbs_no_message) {
  auto o = options({"echo"});
  o.autopsy.keep_times = true;
  o.channel = {4096, 4096};
  auto p = launch(o);
  auto& out = p.channel().sender();
  for (int i = 0; i != 200; ++i) {
    for (int j = 0; j != 3; ++j) {
      const auto text = std::to_string(i) + "/" + std::to_string(j) + std::string(300, '.');
      std::memcpy(out.reserve(text.size()).data(), text.data(), text.size());
      if (j == 2) out.commit(text.size());
      else out.stage(text.size(), 0);
    }
    for (int j = 0; j != 3; ++j) {
      BOOST_TEST_REQUIRE(test::receive_text(p).starts_with(std::to_string(i) + "/" + std::to_string(j)));
    }
  }
  const auto a = p.autopsy();
  BOOST_TEST(a.to_plugin.messages == 600U);
  BOOST_TEST(a.to_plugin.last.back().first_bytes.starts_with("199/2"));
  BOOST_TEST(a.from_plugin.last.back().first_bytes.starts_with("199/2"));
}

BOOST_AUTO_TEST_CASE(of_a_plugin_that_hangs_shows_at_which_message) {
  auto p = launch(options({"signalled_then", "stay"}));
  BOOST_TEST(test::receive_text(p) == "ready");
  for (int i = 0; i != 50; ++i) p.channel().sender().send(buffer("work " + std::to_string(i)));
  const auto a = p.autopsy();
  BOOST_TEST(a.reason == "running");
  BOOST_TEST_REQUIRE(a.to_plugin.last.size() == 17U);  // that one, though it is not among the last
  BOOST_TEST(a.to_plugin.last.front().first_bytes == "work 0");
  BOOST_TEST(a.to_plugin.last.back().first_bytes == "work 49");
  p.kill();
}

BOOST_AUTO_TEST_CASE(of_one_that_broke_the_protocol_names_the_field) {
  auto p = launch(options({"bad_header"}));
  BOOST_TEST(receive_all(p) == error::protocol_violation);
  p.wait();
  BOOST_TEST(the_file().reason == "broke the protocol: the header of a message");
  BOOST_TEST(the_file().status.value().signal == SIGKILL);
}

BOOST_AUTO_TEST_CASE(in_an_event_loop_has_the_status_once_the_process_has_ended) {
  auto p = launch(options({"bad_header"}));
  p.channel().receiver().async_peek([](const error_code& ec, const message_view&) { BOOST_TEST(ec.failed()); });
  p.async_wait_exit([](const error_code&, const exit_status&) {});
  context.run();
  BOOST_TEST(the_file().status.value().signal == SIGKILL);
  BOOST_TEST(the_file().reason == "broke the protocol: the header of a message");
}

BOOST_AUTO_TEST_CASE(has_the_last_lines_of_its_standard_error_and_none_of_its_output) {
  auto o = options({"streams"});
  o.err = stdio_target::log();
  o.out = stdio_target::log();
  auto p = launch(o);
  BOOST_TEST(test::receive_text(p) == "read ");
  p.wait();
  const auto ended = p.autopsy();
  BOOST_TEST(ended.last_errors == std::vector<std::string>{"to err"}, boost::test_tools::per_element());
  BOOST_TEST(ended.options.at("standard error") == "the log");

  o = options({"say_on_stderr", "300", "abort"});
  o.err = stdio_target::log();
  o.output.last_lines = 1000;
  auto dead = launch(o);
  receive_all(dead);
  dead.wait();
  // Also of many lines so much as a file has room for, and the last of them without an end.
  const auto lines = the_file().last_errors;
  BOOST_TEST_REQUIRE(lines.size() == 256U);
  BOOST_TEST(lines.front() == "line 45");
  BOOST_TEST(lines.back() == "cut sh");
}

BOOST_AUTO_TEST_CASE(of_one_that_wrote_nonsense_over_all_that_it_can_reach_is_made_all_the_same) {
  for (int seed = 0; seed != 30; ++seed) {
    auto o = options({"scribble", std::to_string(seed), "abort"});
    o.autopsy.keep_times = seed % 3 == 0;
    o.channel = {std::size_t{1} << 14, std::size_t{1} << 14};
    auto p = launch(o);
    error_code ec;
    for (int i = 0; i != 5 && !ec; ++i) p.channel().sender().send(buffer("work " + std::to_string(i)), ec);
    BOOST_TEST(receive_all(p).failed());
    p.wait();
    BOOST_TEST(p.autopsy().to_plugin.messages <= 5U);
    BOOST_TEST(read_autopsy(p.autopsy_file()).pid == p.pid());
    describe(p.autopsy());
  }
  BOOST_TEST(files().size() == 30U);
  BOOST_TEST(of(event_kind::autopsy_failed).empty());
}

BOOST_AUTO_TEST_CASE(that_is_to_hold_too_much_fails_the_launch) {
  const auto refused = [&](const launch_options& o) {
    error_code ec;
    launcher(context.get_executor()).launch(o, ec);
    return ec;
  };
  auto o = options({"echo"});
  o.autopsy.messages = 257;
  BOOST_TEST((refused(o) == boost::system::errc::invalid_argument));
  o = options({"echo"});
  o.autopsy.bytes_per_message = 1025;
  BOOST_TEST((refused(o) == boost::system::errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
