// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/exit_status.hpp>

#include <csignal>
#include <sstream>

#define BOOST_TEST_MODULE exit_status
#include <boost/test/unit_test.hpp>

using belfry::exit_status;

BOOST_AUTO_TEST_CASE(a_status_says_how_the_process_ended) {
  BOOST_TEST(to_string(exit_status{}) == "exited with code 0");
  BOOST_TEST(to_string(exit_status{3, 0, false}) == "exited with code 3");
  BOOST_TEST(to_string(exit_status{0, SIGKILL, false}) == "killed by SIGKILL");
  BOOST_TEST(to_string(exit_status{0, SIGABRT, true}) == "killed by SIGABRT (core dumped)");
  std::ostringstream out;
  out << exit_status{0, SIGSEGV, false};
  BOOST_TEST(out.str() == "killed by SIGSEGV");
}

BOOST_AUTO_TEST_CASE(a_signal_without_a_name_goes_by_its_number) {
  BOOST_TEST(belfry::signal_name(SIGTERM) == "SIGTERM");
  BOOST_TEST(belfry::signal_name(SIGRTMIN + 1) == "signal " + std::to_string(SIGRTMIN + 1));
  BOOST_TEST(belfry::signal_name(200) == "signal 200");
  BOOST_TEST(belfry::signal_name(0) == "signal 0");
  BOOST_TEST(belfry::signal_name(-1) == "signal -1");
}

BOOST_AUTO_TEST_CASE(success_is_code_0_without_a_signal) {
  BOOST_TEST(exit_status{}.success());
  BOOST_TEST((!exit_status{1, 0, false}.success()));
  BOOST_TEST((!exit_status{0, SIGKILL, false}.success()));
}

BOOST_AUTO_TEST_CASE(a_shell_sees_the_code_or_128_and_the_signal) {
  BOOST_TEST((exit_status{7, 0, false}.shell_status() == 7));
  BOOST_TEST((exit_status{0, SIGSEGV, false}.shell_status() == 139));
}
