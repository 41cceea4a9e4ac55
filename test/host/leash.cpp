// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE leash
#include "support/captive.hpp"
#include "support/witness.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace belfry;
using namespace std::chrono_literals;
using test::witness;
using verdict = system_call_filter::verdict;

namespace {

/// What a plugin that is taken over may try to outlive its host, where it hangs by that descriptor.
std::vector<std::string> escapes(const std::string& leash) {
  const auto changes = [&](int command, int argument) {
    return "fcntl " + leash + " " + std::to_string(command) + " " + std::to_string(argument);
  };
  return {"close " + leash, changes(F_SETFL, 0), changes(F_SETOWN, 0), changes(F_SETSIG, 0),
          changes(F_SETFD, FD_CLOEXEC), changes(F_DUPFD, 0), "no_signals " + leash, "copy " + leash,
          "copy_onto 0 " + leash, "copy_onto_3 0 " + leash, "close_range 3 100", "leave_group",
          // The kernel sends no signal for data, nor for their end, to a process that waits there for them.
          "receive " + leash, "read " + leash};
}

struct fixture : test::filtered_fixture {
  fixture() { options.when_host_dies = host_death::kill; }

  /// Launches it in a host of its own, where it tries all that, and then never ends by itself. Returns what came of what it
  /// tried, and what it said after its host was killed, in a line.
  std::string outlive_its_host(const std::vector<std::string>& what) {
    witness line;
    options.out = stdio_target::descriptor(line.other_end());
    options.err = stdio_target::null();
    confinement().limits.cpu_time = 60s;  // should it succeed
    test::child host([&] {
      set_diagnostics_sink({});
      boost::asio::io_context own;
      captive = launcher(own.get_executor()).launch(options);
      std::string outcomes;
      for (const auto& one : what) outcomes += attempt(one) + " ";
      outcomes += '\n';
      captive.channel().sender().send(boost::asio::buffer(std::string("spin")));
      if (::write(line.other_end(), outcomes.data(), outcomes.size()) < 0) return 1;
      for (;;) ::pause();
      return 0;
    });
    line.forget();
    std::string outcomes;
    for (char c = 0; (c = line.hears_what()) > 0 && c != '\n';) outcomes += c;
    host.kill(SIGKILL);
    outcomes += line.hear_all();
    host.wait();
    options.out = stdio_target::inherit();
    return outcomes;
  }
};

std::string times(std::size_t n, const std::string& text) {
  std::string all;
  for (; n != 0; --n) all += text;
  return all;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin_that_only_computes, fixture)

BOOST_AUTO_TEST_CASE(cannot_take_itself_off_its_leash_and_ends_with_its_host) {
  if (left_out()) return;
  compute_only();
  const auto all = escapes("8");
  BOOST_TEST(outlive_its_host(all) == times(all.size(), "EPERM "));
}

BOOST_AUTO_TEST_CASE(cannot_where_the_leash_stands_behind_descriptors_that_have_names) {
  if (left_out()) return;
  compute_only();
  options.descriptors = {{"one", 0}, {"other", 0}};
  const auto all = escapes("10");
  BOOST_TEST(outlive_its_host(all) == times(all.size(), "EPERM "));
  start();
  BOOST_TEST(attempt("close 8") == "done");
  BOOST_TEST(attempt("close 9") == "done");
}

BOOST_AUTO_TEST_CASE(cannot_where_more_is_allowed_besides) {
  if (left_out()) return;
  compute_only();
  for (auto* filter : {&confinement().filter, &confinement().attached_filter})
    (*filter)->set({"close", "fcntl", "ioctl", "dup", "dup2", "dup3"}, verdict::allow);
  auto all = escapes("8");
  BOOST_TEST(outlive_its_host(all) == times(all.size(), "EPERM "));
}

BOOST_AUTO_TEST_CASE(is_killed_for_trying_where_that_is_asked_for) {
  if (left_out()) return;
  compute_only();
  confinement().attached_filter = system_call_filter::pure_compute(verdict::kill);
  for (const auto& one : escapes("8")) {
    start();
    BOOST_TEST_CONTEXT(one) BOOST_TEST(attempt(one) == "killed by SIGSYS");
  }
}

BOOST_AUTO_TEST_CASE(tries_what_is_real) {
  if (left_out()) return;
  for (const auto& one : escapes("8")) {
    if (one.starts_with("read") || one.starts_with("close_range") || one.starts_with("leave")) continue;
    start();
    const std::string real = one.starts_with("receive") ? "EAGAIN" : "done";
    BOOST_TEST_CONTEXT(one) BOOST_TEST(attempt(one) == real);
  }
}

BOOST_AUTO_TEST_CASE(is_killed_with_its_host_at_once_unless_something_else_is_asked_for) {
  if (left_out()) return;
  compute_only();
  options.when_host_dies.reset();
  options.orphan_grace = 24h;
  BOOST_TEST(outlive_its_host({}) == "");
}

BOOST_AUTO_TEST_CASE(has_no_time_after_its_hosts_death_where_its_first_filter_leaves_it_none) {
  if (left_out()) return;
  compute_only();
  options.when_host_dies = host_death::finish;
  options.orphan_grace = 24h;
  BOOST_TEST(outlive_its_host({}) == "");
}

BOOST_AUTO_TEST_CASE(has_the_time_that_is_asked_for_where_it_is_confined_only_once_it_is_attached) {
  if (left_out()) return;
  confinement().attached_filter = system_call_filter::pure_compute();
  options.when_host_dies = host_death::finish;
  options.orphan_grace = 100ms;
  BOOST_TEST(outlive_its_host({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_filter_of_ones_own, fixture)

BOOST_AUTO_TEST_CASE(keeps_a_plugin_on_its_leash_if_it_is_told_to) {
  if (left_out()) return;
  confinement().filter.emplace(verdict::allow).keep_on_leash().forbid("close_range", verdict::refuse);
  confinement().filter->forbid("setsid", verdict::refuse);
  const auto all = escapes("8");
  BOOST_TEST(outlive_its_host(all) == times(all.size(), "EPERM "));
}

BOOST_AUTO_TEST_CASE(forbids_what_it_allows_otherwise) {
  if (left_out()) return;
  auto& filter = confinement().filter.emplace(verdict::allow);
  filter.forbid("chmod", verdict::missing).set("chmod", verdict::allow);
  start();
  BOOST_TEST(attempt("chmod /nonexistent") == "ENOSYS");
  captive = {};
  filter.forbid("chmod", verdict::allow);
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("to forbid chmod is not to allow it"));
}

BOOST_AUTO_TEST_SUITE_END()
