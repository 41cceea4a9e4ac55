// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE confinement
#include "support/captive.hpp"
#include "support/child.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace belfry;
using namespace std::chrono_literals;
using test::captive_fixture;

namespace {

constexpr std::uint32_t nobody = 65534;

unsigned first_processor_of_this_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  BOOST_TEST_REQUIRE(::sched_getaffinity(0, sizeof set, &set) == 0);
  unsigned n = 0;
  while (!CPU_ISSET(n, &set)) ++n;
  return n;
}

/// In a child that is no longer root, and can execute what the tests have built.
template <class Function>
int in_a_child_of_nobody(Function f) {
  return test::in_a_child([f] {
    if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) return 100;
    captive_fixture fixture;
    return f(fixture);
  });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_confined_plugin, captive_fixture)

BOOST_AUTO_TEST_CASE(gets_no_more_memory_than_its_limit) {
  if (test::left_out()) return;
  confinement().limits.memory_bytes = 256 << 20;
  start();
  BOOST_TEST(attempt("memory 1000000") == "done");
  BOOST_TEST(attempt("memory 300000000") == "bad_alloc");
}

BOOST_AUTO_TEST_CASE(ends_when_its_time_on_a_processor_is_up) {
  confinement().limits.cpu_time = 1s;
  start();
  BOOST_TEST(attempt("spin") == "killed by SIGXCPU");
}

BOOST_AUTO_TEST_CASE(cannot_write_a_larger_file_than_its_limit) {
  const test::open_folder folder;
  confinement().limits.file_size_bytes = 1000;
  start();
  BOOST_TEST(attempt("write_file " + (folder.path / "small").native() + " 1000") == "done");
  BOOST_TEST(attempt("write_file " + (folder.path / "large").native() + " 1001") == "done");  // as much as fits
  BOOST_TEST(std::filesystem::file_size(folder.path / "large") == 1000);
}

BOOST_AUTO_TEST_CASE(gets_no_more_descriptors_than_its_limit) {
  confinement().limits.descriptors = 20;
  start();
  BOOST_TEST(attempt("descriptors") == "20");
}

BOOST_AUTO_TEST_CASE(stands_back_for_others) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  confinement().nice = 19;
  start();
  BOOST_TEST(attempt("nice") == "19");
  BOOST_TEST(::getpriority(PRIO_PROCESS, 0) == before);
}

BOOST_AUTO_TEST_CASE(runs_on_the_processors_that_were_chosen) {
  const unsigned chosen = first_processor_of_this_process();
  confinement().processors = {chosen};
  start();
  BOOST_TEST(attempt("processors") == std::to_string(chosen));
}

BOOST_AUTO_TEST_CASE(has_of_the_variables_only_those_that_were_named) {
  ::setenv("BELFRY_TEST_SECRET", "secret", 1);
  ::setenv("BELFRY_TEST_PUBLIC", "public", 1);
  confinement().keep_variables = {"BELFRY_TEST_PUBLIC", "BELFRY_TEST_MISSING"};
  options.extra_environment = {"ADDED=1"};
  start();
  BOOST_TEST(attempt("variables") == "BELFRY_TEST_PUBLIC=public\nADDED=1\n");
  options.environment = {"BELFRY_TEST_PUBLIC=mine", "OTHER=2"};
  start();
  BOOST_TEST(attempt("variables") == "BELFRY_TEST_PUBLIC=mine\nADDED=1\n");
}

BOOST_AUTO_TEST_CASE(can_gain_no_new_privileges) {
  start();
  BOOST_TEST(attempt("no_new_privileges") == "0");
  confinement().no_new_privileges = true;
  start();
  BOOST_TEST(attempt("no_new_privileges") == "1");
}

BOOST_AUTO_TEST_CASE(runs_as_another_user_and_with_the_groups_that_were_named) {
  if (test::needs(true)) return;
  confinement().user = user_identity{nobody, nobody - 1, {4, 7}};
  start();
  BOOST_TEST(attempt("identity") == "65534 65534 65534, 65533 65533 65533, 4 7");
  confinement().user = user_identity{nobody, nobody, {}};
  start();
  BOOST_TEST(attempt("identity") == "65534 65534 65534, 65534 65534 65534,");
  // The host's memory is not open to that user, and the host is as it was.
  const auto memory = "/proc/" + std::to_string(::getpid()) + "/mem";
  BOOST_TEST(attempt("open " + memory) == "EACCES");
  BOOST_TEST(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
  BOOST_TEST(::getuid() == 0U);
  BOOST_TEST(to_string(captive.stop(60s)) == "exited with code 0");
}

BOOST_AUTO_TEST_CASE(runs_as_another_user_beside_other_threads_that_stay_who_they_are) {
  if (test::needs(true)) return;
  confinement().user = user_identity{nobody, nobody, {}};
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] {
      boost::asio::io_context own;
      auto p = launcher(own.get_executor()).launch(options);
      if (::getuid() == 0 && ::getgid() == 0) ++right;
    });
  }
  for (auto& t : threads) t.join();
  BOOST_TEST(right == 4);
  BOOST_TEST(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_cannot_be_done_fails_the_launch_and_names, captive_fixture)

BOOST_AUTO_TEST_CASE(a_limit_above_what_the_host_itself_has) {
  const auto story_of_nobody = [](captive_fixture& f) {
    rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    f.confinement().limits.descriptors = 1001;
    return f.failure().value() == EPERM && f.story_mentions("limiting its descriptors") ? 0 : 1;
  };
  if (::geteuid() == 0) BOOST_TEST(in_a_child_of_nobody(story_of_nobody) == 0);
  else BOOST_TEST(test::in_a_child([&] { return story_of_nobody(*this); }) == 0);
}

BOOST_AUTO_TEST_CASE(an_impossible_time_on_a_processor) {
  confinement().limits.cpu_time = 0s;
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("time on a processor"));
}

BOOST_AUTO_TEST_CASE(an_impossible_nice) {
  confinement().nice = 20;
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("nice"));
}

BOOST_AUTO_TEST_CASE(standing_back_less_than_the_host_may) {
  if (::getpriority(PRIO_PROCESS, 0) == -20) return;
  const auto attempt_of_nobody = [](captive_fixture& f) {
    f.confinement().nice = -20;
    const auto code = f.failure();
    return (code.value() == EACCES || code.value() == EPERM) && f.story_mentions("(nice)") ? 0 : 1;
  };
  if (::geteuid() == 0) BOOST_TEST(in_a_child_of_nobody(attempt_of_nobody) == 0);
  else BOOST_TEST(attempt_of_nobody(*this) == 0);
}

BOOST_AUTO_TEST_CASE(a_processor_that_is_not_there) {
  confinement().processors = {first_processor_of_this_process(), 5000};
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("choosing its processors"));
  confinement().processors = {1'000'000};
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("no processor 1000000"));
}

BOOST_AUTO_TEST_CASE(another_user_without_being_root) {
  const auto attempt_of_nobody = [](captive_fixture& f) {
    f.confinement().user = user_identity{nobody - 1, nobody, {}};
    return f.failure().value() == EPERM && f.story_mentions("supplementary groups") ? 0 : 1;
  };
  if (::geteuid() == 0) BOOST_TEST(in_a_child_of_nobody(attempt_of_nobody) == 0);
  else BOOST_TEST(attempt_of_nobody(*this) == 0);
}

BOOST_AUTO_TEST_CASE(the_execution_where_it_is_that_which_fails) {
  confinement().no_new_privileges = true;
  options.executable = "/nonexistent";
  BOOST_TEST(failure().value() == ENOENT);
  BOOST_TEST(story_mentions("the program could not be started"));
}

BOOST_AUTO_TEST_SUITE_END()
