// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE death of hosts
#include "support/child.hpp"
#include "support/mortal.hpp"
#include "support/witness.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

using namespace belfry;
using namespace std::chrono_literals;
using test::after_the_death_of;
using test::launch_and_wait;
using test::mortal;
using test::witness;
namespace data = boost::unit_test::data;

namespace {

launch_options watched(const witness& line, std::vector<std::string> arguments) {
  auto options = mortal(std::move(arguments));
  options.out = stdio_target::descriptor(line.other_end());
  options.err = stdio_target::null();
  options.orphan_grace = 100ms;
  return options;
}

std::string after_the_hosts_death(const std::string& doing, process_group group, host_death what) {
  witness line;
  auto options = watched(line, {doing});
  options.group = group;
  options.when_host_dies = what;
  test::child host([&] { return launch_and_wait(options); });
  line.forget();
  return after_the_death_of(line, host);
}

/// What is named like something of belfry's.
int things_of_ours(const std::filesystem::path& folder) {
  int count = 0;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    count += entry.path().native().find("belfry") != std::string::npos || folder != "/dev/shm";
  }
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(when_a_host_is_killed_nothing_is_left_of_a_plugin)

BOOST_DATA_TEST_CASE(that_is,
                     data::make({"busy", "busy_family", "family_waits", "stopped", "lingers"}) *
                         data::make({"own", "session"}) * data::make({"finish", "kill"}),
                     doing, group, what) {
  BOOST_TEST(after_the_hosts_death(doing, group == std::string("own") ? process_group::own : process_group::session,
                                   what == std::string("kill") ? host_death::kill : host_death::finish) == "");
}

BOOST_AUTO_TEST_CASE(that_is_busy_in_the_hosts_own_group) {
  witness line;
  auto options = watched(line, {"busy"});
  options.group = process_group::inherited;
  test::child host([&] { return launch_and_wait(options); });
  line.forget();
  BOOST_TEST(after_the_death_of(line, host) == "");
}

BOOST_AUTO_TEST_CASE(that_was_launched_by_a_thread_which_has_ended) {
  witness line;
  const auto options = watched(line, {"busy_family"});
  const test::stage thread_is_gone;
  test::child host([&] {
    boost::asio::io_context context;
    set_diagnostics_sink({});
    plugin p;
    std::thread([&] { p = launcher(context.get_executor()).launch(options); }).join();
    thread_is_gone.tell_parent();
    for (;;) ::pause();
    return 0;
  });
  line.forget();
  thread_is_gone.await_child();
  BOOST_TEST(after_the_death_of(line, host) == "");
}

BOOST_AUTO_TEST_CASE(that_is_a_shell_script_which_starts_others) {
  witness line;
  auto options = watched(line, {"-c", "sleep 1000 & " BELFRY_TEST_BIN_DIR "/mortal busy; sleep 1000"});
  options.executable = "/bin/sh";
  test::child host([&] { return launch_and_wait(options); });
  line.forget();
  BOOST_TEST(after_the_death_of(line, host) == "");
}

BOOST_DATA_TEST_CASE(that_is_busy_however_the_host_ends, data::make({SIGSEGV, SIGTERM, SIGABRT}), signal) {
  witness line;
  const auto options = watched(line, {"busy_family"});
  test::child host([&] { return launch_and_wait(options); });
  line.forget();
  BOOST_TEST(after_the_death_of(line, host, signal) == "");
}

BOOST_AUTO_TEST_CASE(though_it_is_killed_in_the_midst_of_a_launch) {
  constexpr int laps = 200;
  char folder[] = "/tmp/belfry-test-XXXXXX";
  BOOST_TEST_REQUIRE(::mkdtemp(folder) != nullptr);
  const int in_memory = things_of_ours("/dev/shm");
  std::mt19937 random(20261125);
  const std::array<const char*, 4> doings{"busy", "busy_family", "family_waits", "lingers"};
  auto slowest = 0ns;
  for (int lap = 0; lap != laps; ++lap) {
    witness line;
    auto options = watched(line, {doings[random() % doings.size()]});
    options.orphan_grace = 20ms;
    test::child host([&] {
      ::setenv("TMPDIR", folder, 1);
      return launch_and_wait(options);
    });
    line.forget();
    // The moment is meant to be any.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    host.kill(SIGKILL);
    const auto killed = std::chrono::steady_clock::now();
    line.hear_all();
    slowest = std::max<std::chrono::nanoseconds>(slowest, std::chrono::steady_clock::now() - killed);
    host.wait();
  }
  BOOST_TEST_MESSAGE("nothing was left after at most "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count() << " ms");
  BOOST_TEST(std::filesystem::is_empty(folder));
  BOOST_TEST(things_of_ours("/dev/shm") == in_memory);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_plugin)

BOOST_AUTO_TEST_CASE(that_waits_in_its_channel_hears_of_the_hosts_death_and_has_time_for_last_words) {
  witness line;
  auto options = watched(line, {"last_words"});
  options.orphan_grace = 60s;
  test::child host([&] { return launch_and_wait(options); });
  line.forget();
  BOOST_TEST(after_the_death_of(line, host) == "the host is dead: 1");
}

BOOST_AUTO_TEST_CASE(that_may_survive_ends_when_it_wants_to) {
  witness line;
  auto options = watched(line, {"last_words"});
  options.when_host_dies = host_death::survive;
  test::child host([&] { return launch_and_wait(options); });
  line.forget();
  BOOST_TEST(after_the_death_of(line, host) == "the host is dead: 1");
}

BOOST_AUTO_TEST_CASE(is_not_killed_because_its_host_has_closed_the_channel) {
  witness line;
  const auto options = watched(line, {"lingers"});
  boost::asio::io_context context;
  set_diagnostics_sink({});
  auto p = launcher(context.get_executor()).launch(options);
  BOOST_TEST(line.hears());
  {
    const channel gone = std::move(p.channel());
  }
  error_code ec;
  p.wait_for(2 * options.orphan_grace, ec);
  BOOST_TEST((ec == error::timed_out));
  p.kill();
}

BOOST_AUTO_TEST_SUITE_END()
