// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE process groups
#include "support/mortal.hpp"
#include "support/process.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

#include <unistd.h>

using namespace belfry;
using test::mortal;
namespace data = boost::unit_test::data;

namespace {

std::string numbers(int group, int session) { return std::to_string(group) + " " + std::to_string(session); }

struct fixture : test::quiet_launcher {
  plugin in_group(process_group group, std::vector<std::string> arguments) {
    auto options = mortal(std::move(arguments));
    options.group = group;
    return launch.launch(options);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin, fixture)

BOOST_AUTO_TEST_CASE(has_a_group_of_its_own_in_the_hosts_session_unless_asked_otherwise) {
  auto p = launch.launch(mortal({"group"}));
  BOOST_TEST(test::receive_text(p) == numbers(p.pid(), ::getsid(0)));
}

BOOST_AUTO_TEST_CASE(has_a_session_of_its_own_where_asked) {
  auto p = in_group(process_group::session, {"group"});
  BOOST_TEST(test::receive_text(p) == numbers(p.pid(), p.pid()));
}

BOOST_AUTO_TEST_CASE(is_in_the_hosts_group_where_asked) {
  auto p = in_group(process_group::inherited, {"group"});
  BOOST_TEST(test::receive_text(p) == numbers(::getpgrp(), ::getsid(0)));
}

BOOST_DATA_TEST_CASE_F(fixture, leaves_no_process_that_it_started_however_it_ends,
                       data::make({"abort", "exit3", "killed", "goodbye"}), how) {
  const std::string end = how;
  auto p = launch.launch(mortal({"family", end}));
  const test::stranger relative(test::receive_text(p));
  BOOST_TEST_REQUIRE(relative.known());
  BOOST_TEST(!relative.has_ended());
  if (end == "killed") p.kill();
  else if (end == "goodbye") p.channel().close();
  else p.channel().sender().send(boost::asio::buffer("go", 2));
  p.wait();
  relative.await_end();
  BOOST_TEST(relative.has_ended());
}

BOOST_AUTO_TEST_CASE(leaves_none_where_it_is_a_shell_script) {
  auto options = mortal({"-c", "sleep 1000 & exec " BELFRY_TEST_BIN_DIR "/puppet say 1 abort"});
  options.executable = "/bin/sh";
  auto p = launch.launch(options);
  BOOST_TEST(test::receive_text(p) == "message 0");
  p.wait();
  // Whoever is killed may take a moment.
  test::until([&] { return ::kill(-p.pid(), 0) != 0; });
  BOOST_TEST(errno == ESRCH);
}

BOOST_AUTO_TEST_CASE(in_the_hosts_group_is_killed_alone) {
  auto p = in_group(process_group::inherited, {"family", "stay"});
  const int relative = std::stoi(test::receive_text(p));
  const test::stranger process(relative);
  p.kill();
  p.wait();
  BOOST_TEST(!process.has_ended());
  ::kill(relative, SIGKILL);
  process.await_end();
}

BOOST_AUTO_TEST_SUITE_END()
