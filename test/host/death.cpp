// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE death of plugins
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/launching.hpp"
#include "support/process.hpp"
#include "support/reports.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstring>
#include <future>
#include <optional>
#include <ostream>
#include <thread>

#include <fcntl.h>

using namespace belfry;
using boost::asio::buffer;
using test::into;
using test::scripted;

namespace {

namespace data = boost::unit_test::data;

/// How the plugin ends, after three messages.
struct cause {
  const char* name;
  exit_status expected;
  bool by_host = false;
};
std::ostream& operator<<(std::ostream& out, const cause& c) { return out << c.name; }

const cause causes[] = {
    {"abort", {0, SIGABRT, false}},      {"exit3", {3, 0, false}},
    {"_exit3", {3, 0, false}},           {"segv", {0, SIGSEGV, false}},
    {"stay", {0, SIGKILL, false}, true},
};

struct fixture {
  boost::asio::io_context context;
  test::reports reported;
  launcher launch{context.get_executor()};

  void end(plugin& p, const cause& c) {
    if (c.by_host) p.kill();
  }
  /// One that is there, and ends when it is told to.
  plugin patient(const cause& c) {
    auto p = launch.launch(scripted({"signalled_then", c.name}));
    BOOST_TEST(test::receive_text(p) == "ready");
    return p;
  }
  void tell_to_end(plugin& p, const cause& c) {
    if (c.by_host) p.kill();
    else ::kill(p.pid(), SIGUSR1);
  }

  /// The one record of the death, which says how.
  void check_record(plugin& p, const cause& c, std::uint64_t received) {
    auto status = p.wait();
    status.core_dumped = false;
    BOOST_TEST(status == c.expected);
    const auto deaths = reported.of(event_kind::peer_died);
    BOOST_TEST_REQUIRE(deaths.size() == 1U);
    const auto& d = deaths.front();
    BOOST_TEST(d.peer == "puppet");
    BOOST_TEST(d.pid == p.pid());
    BOOST_TEST_REQUIRE(d.status.has_value());
    BOOST_TEST(d.status->signal == c.expected.signal);
    BOOST_TEST(d.status->code == c.expected.code);
    BOOST_TEST(d.messages_received == received);
    BOOST_TEST((d.level == (c.by_host ? severity::info : severity::error)));
    BOOST_TEST(reported.of(event_kind::plugin_exited).empty());
    BOOST_TEST(d.message.find(to_string(c.expected)) != std::string::npos);
  }

  void receive_three(plugin& p) {
    for (int i = 0; i != 3; ++i) BOOST_TEST(test::receive_text(p) == "message " + std::to_string(i));
  }
};

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(belfry::error)

BOOST_FIXTURE_TEST_SUITE(a_host_learns_of_the_death, fixture)

BOOST_DATA_TEST_CASE_F(fixture, while_it_is_blocked_receiving, data::make(causes), c) {
  auto p = patient(c);
  const auto sleeps = p.channel().stats().received.sleeps;
  std::jthread other([&] {
    test::until([&] { return p.channel().stats().received.sleeps != sleeps; });
    tell_to_end(p, c);
  });
  error_code ec;
  p.channel().receiver().peek(ec);
  other.join();
  BOOST_TEST(ec == error::peer_dead);
  check_record(p, c, 1);
}

BOOST_DATA_TEST_CASE_F(fixture, while_an_asynchronous_receive_is_pending, data::make(causes), c) {
  auto p = patient(c);
  std::optional<error_code> result;
  p.channel().receiver().async_peek(into(result));
  context.poll();
  BOOST_TEST(!result);
  tell_to_end(p, c);
  context.restart();
  context.run();
  BOOST_TEST(result.value() == error::peer_dead);
  check_record(p, c, 1);
}

BOOST_DATA_TEST_CASE_F(fixture, while_it_is_idle_at_its_next_look, data::make(causes), c) {
  auto p = launch.launch(scripted({"say", "3", c.name}));
  receive_three(p);
  end(p, c);
  p.wait();
  error_code ec;
  p.channel().receiver().try_peek(ec);
  BOOST_TEST(ec == error::peer_dead);
  p.channel().sender().try_send(buffer("x", 1), ec);
  BOOST_TEST(ec == error::peer_dead);
  check_record(p, c, 3);
}

BOOST_DATA_TEST_CASE_F(fixture, while_it_is_blocked_sending_into_a_full_ring, data::make(causes), c) {
  auto p = patient(c);
  std::jthread other([&] {
    test::until([&] { return p.channel().stats().sent.sleeps != 0; });
    tell_to_end(p, c);
  });
  error_code ec;
  const std::string large(4000, 'x');
  while (!ec) p.channel().sender().send(buffer(large), ec);
  other.join();
  BOOST_TEST(ec == error::peer_dead);
  check_record(p, c, 1);
}

BOOST_DATA_TEST_CASE_F(fixture, while_an_asynchronous_send_waits_for_room, data::make(causes), c) {
  auto p = patient(c);
  const std::string large(4000, 'x');
  while (p.channel().sender().try_send(buffer(large))) {
  }
  std::optional<error_code> result;
  p.channel().sender().async_send(buffer(large), into(result));
  context.poll();
  BOOST_TEST(!result);
  BOOST_TEST(p.channel().stats().sent.sleeps == 1U);
  tell_to_end(p, c);
  context.restart();
  context.run();
  BOOST_TEST(result.value() == error::peer_dead);
  check_record(p, c, 1);
}

BOOST_DATA_TEST_CASE_F(fixture, and_receives_first_what_was_committed_before, data::make(causes), c) {
  auto p = launch.launch(scripted({"say", "3", c.name}));
  if (c.by_host) {
    receive_three(p);
    end(p, c);
    p.wait();
  } else {
    p.wait();
    receive_three(p);
  }
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST(ec == error::peer_dead);
}

BOOST_AUTO_TEST_CASE(from_the_destructor_at_the_latest) {
  {
    auto p = launch.launch(scripted({"say", "0", "abort"}));
    while (p.running()) std::this_thread::yield();
  }
  const auto deaths = reported.of(event_kind::peer_died);
  BOOST_TEST_REQUIRE(deaths.size() == 1U);
  BOOST_TEST(deaths.front().status->signal == SIGABRT);
}

BOOST_AUTO_TEST_CASE(once_however_many_threads_notice_it) {
  constexpr int laps = 50;
  for (int lap = 1; lap <= laps; ++lap) {
    auto p = launch.launch(scripted({"wait_then", "abort"}));
    std::thread receives([&] {
      error_code ec;
      p.channel().receiver().peek(ec);
    });
    std::thread waits([&] { p.wait(); });
    p.channel().sender().send(buffer("go", 2));
    receives.join();
    waits.join();
    BOOST_TEST_REQUIRE(reported.of(event_kind::peer_died).size() == static_cast<std::size_t>(lap));
  }
  BOOST_TEST(reported.of(event_kind::plugin_exited).empty());
}

namespace {

/// A plugin that aborts when it is told to, and a process of its own that holds its ends until this is destroyed.
class orphaning_plugin {
 public:
  explicit orphaning_plugin(launcher& l) {
    BOOST_TEST_REQUIRE(::pipe2(input_, O_CLOEXEC) == 0);
    auto options = scripted({"wait_then", "orphan"});
    options.in = stdio_target::descriptor(input_[0]);
    p = l.launch(options);
    p.channel().sender().send(buffer("go", 2));
  }
  ~orphaning_plugin() {
    for (const int fd : input_) ::close(fd);
  }

  plugin p;

 private:
  int input_[2]{};
};

}  // namespace

BOOST_AUTO_TEST_CASE(though_a_process_of_the_plugins_lives_on_and_holds_its_ends) {
  orphaning_plugin it(launch);
  // The lifeline stays open, so only the process tells.
  std::optional<error_code> received;
  it.p.channel().receiver().async_peek(into(received));
  it.p.async_wait_exit([](const error_code&, const exit_status&) {});
  context.run();
  BOOST_TEST(received.value() == error::peer_dead);
  check_record(it.p, {"orphan", {0, SIGABRT, false}}, 0);
}

BOOST_AUTO_TEST_CASE(likewise_where_somebody_blocks_and_nobody_waits_for_the_process) {
  orphaning_plugin it(launch);
  error_code ec;
  it.p.channel().receiver().peek(ec);
  BOOST_TEST(ec == error::peer_dead);
  BOOST_TEST(it.p.status().value().signal == SIGABRT);
}

BOOST_AUTO_TEST_CASE(likewise_where_a_receive_is_pending_and_nobody_waits_for_the_process) {
  orphaning_plugin it(launch);
  std::optional<error_code> received;
  it.p.channel().receiver().async_peek(into(received));
  context.run();
  BOOST_TEST(received.value() == error::peer_dead);
  BOOST_TEST(it.p.status().value().signal == SIGABRT);
}

BOOST_AUTO_TEST_CASE(of_the_channel_where_the_process_lives_on) {
  auto p = launch.launch(scripted({"wait_then", "hang_up"}));
  p.channel().sender().send(buffer("go", 2));
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST(ec == error::peer_dead);
  BOOST_TEST(p.running());
  BOOST_TEST_REQUIRE(reported.of(event_kind::peer_died).size() == 1U);
  const auto d = reported.of(event_kind::peer_died).front();
  BOOST_TEST(!d.status.has_value());
  BOOST_TEST(d.message.find("still runs") != std::string::npos);
  p.kill();
  BOOST_TEST(p.wait().signal == SIGKILL);
  BOOST_TEST(reported.of(event_kind::peer_died).size() == 1U);
}

BOOST_AUTO_TEST_CASE(and_kills_one_that_talks_nonsense_on_its_lifeline) {
  auto p = launch.launch(scripted({"bad_frame"}));
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST(ec == error::protocol_violation);
  BOOST_TEST(p.wait().signal == SIGKILL);
  BOOST_TEST(reported.of(event_kind::protocol_violation).size() == 1U);
  BOOST_TEST(reported.of(event_kind::peer_died).empty());
}

BOOST_AUTO_TEST_CASE(of_a_plugin_that_ended_with_success_but_without_a_goodbye) {
  auto p = launch.launch(scripted({"say", "0", "exit0"}));
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST(ec == error::peer_dead);
  BOOST_TEST_REQUIRE(reported.of(event_kind::peer_died).size() == 1U);
  BOOST_TEST((reported.of(event_kind::peer_died).front().level == severity::warning));
}

BOOST_AUTO_TEST_CASE(and_kills_one_that_breaks_the_protocol) {
  auto p = launch.launch(scripted({"bad_header"}));
  error_code ec;
  // It says nothing, so it is for us to look until the nonsense is there.
  while (!ec) p.channel().receiver().try_peek(ec);
  BOOST_TEST(ec == error::protocol_violation);
  BOOST_TEST(p.wait().signal == SIGKILL);
  BOOST_TEST_REQUIRE(reported.of(event_kind::protocol_violation).size() == 1U);
  BOOST_TEST(reported.of(event_kind::protocol_violation).front().message.find("header of a message") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_plugin_ends_when_its_host_is_killed)

BOOST_DATA_TEST_CASE(while_it, data::make({"wait", "async_wait", "fill"}), doing) {
  int line[2];
  int told[2];
  BOOST_TEST_REQUIRE(::pipe2(line, O_CLOEXEC) == 0);
  BOOST_TEST_REQUIRE(::pipe2(told, O_CLOEXEC) == 0);
  test::child host([&] {
    boost::asio::io_context context;
    auto options = scripted({doing});
    options.out = stdio_target::descriptor(line[1]);
    auto p = launcher(context.get_executor()).launch(options);
    ::close(line[1]);
    const int pid = p.pid();
    if (::write(told[1], &pid, sizeof pid) != sizeof pid) return 1;
    for (;;) ::pause();
    return 0;
  });
  ::close(line[1]);
  // Only the plugin and its host hold the other end: the plugin says that it is there, and then the line ends with
  // both of them.
  char c = 0;
  BOOST_TEST_REQUIRE(::read(line[0], &c, 1) == 1);
  int pid = 0;
  BOOST_TEST_REQUIRE(::read(told[0], &pid, sizeof pid) == ssize_t{sizeof pid});
  test::until([&] { return test::is_asleep(pid); });
  host.kill(SIGKILL);
  BOOST_TEST(::read(line[0], &c, 1) == 0);
  for (const int fd : {line[0], told[0], told[1]}) ::close(fd);
}

BOOST_AUTO_TEST_SUITE_END()
