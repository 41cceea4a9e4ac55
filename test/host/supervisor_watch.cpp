// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE watch of a supervisor
#include "../../src/host/supervisor_impl.hpp"
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/launching.hpp"
#include "support/process.hpp"
#include "support/supervision.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

using namespace belfry;
using test::event_type;
using test::into;
using test::memory_folder;
using test::patient;
using namespace std::chrono_literals;

namespace {

/// A supervisor for which time passes only when it is told so.
class watched {
 public:
  explicit watched(test::supervising& f) : f_(f) { f_.options.unresponsive_after = 24h; }
  ~watched() { end(); }

  void begin(launch_options what) {
    end();
    const int before = f_.count(event_type::ready);
    s_ = std::make_shared<supervisor::impl>(f_.context.get_executor(), nullptr, std::move(what), f_.options);
    s_->in_strand([](supervisor::impl& s) { s.start(); });
    f_.run_until(event_type::ready, before + 1);
    time_ = std::chrono::steady_clock::now();
  }
  detail::channel_state& plugin() { return s_->here->state(); }
  int pid() const { return s_->here->p.pid(); }

  /// Looks after it so many times, each when it is time to. Returns whether it was alive each time.
  bool looks(int times) {
    bool alive = true;
    for (; alive && times != 0; --times) alive = s_->look_after(s_->here, time_ += s_->here->health.interval());
    return alive;
  }
  void run_until_all_is_released() {
    test::until([this] { return plugin().out.released() == plugin().out.position(); });
  }

 private:
  void end() {
    if (!s_) return;
    s_->in_strand([](supervisor::impl& s) {
      s.stop();
      if (s.here) s.kill(s.here);
    });
    f_.run();
    s_.reset();
  }

  test::supervising& f_;
  std::shared_ptr<supervisor::impl> s_;
  std::chrono::steady_clock::time_point time_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_supervisor, test::supervising)

BOOST_AUTO_TEST_CASE(kills_a_plugin_that_is_stopped_or_loops_for_ever) {
  memory_folder memory;
  options.unresponsive_after = 40ms;
  start();
  for (const std::string how : {"stop", "loop"}) {
    BOOST_TEST(request("die_once " + how + " " + memory.file(how)) == "survived");
  }
  BOOST_TEST(count(event_type::unresponsive) == 2);
  BOOST_TEST(first(event_type::ended).status->signal == SIGKILL);
  BOOST_TEST(s->stats().unresponsive == 2u);
}

BOOST_AUTO_TEST_CASE(notices_that_an_idle_plugin_is_stopped) {
  options.unresponsive_after = 40ms;
  start();
  const int pid = std::stoi(request("pid"));
  ::kill(pid, SIGSTOP);
  run_until(event_type::unresponsive);
  run_until(event_type::ready, 2);
  BOOST_TEST(std::stoi(request("pid")) != pid);
}

BOOST_AUTO_TEST_CASE(finds_an_idle_plugin_alive_and_one_that_waits_for_its_host) {
  watched one(*this);
  one.begin(patient());
  for (int i = 0; i != 20; ++i) {
    BOOST_TEST(one.looks(1));
    one.run_until_all_is_released();
  }
  one.begin(patient({"fill"}));
  test::until([&] { return one.plugin().in.peer_waits_for_room(); });
  BOOST_TEST(one.looks(20));
  BOOST_TEST(count(event_type::unresponsive) == 0);
}

BOOST_AUTO_TEST_CASE(finds_a_plugin_dead_that_gives_no_sign_of_life_for_as_long_as_it_may) {
  watched one(*this);
  one.begin(patient());
  ::kill(one.pid(), SIGSTOP);
  BOOST_TEST(one.looks(4));  // it is asked, and has four
  BOOST_TEST(!one.looks(1));
  BOOST_TEST(count(event_type::unresponsive) == 1);
}

BOOST_AUTO_TEST_CASE(is_ready_when_its_plugin_says_so_and_keeps_what_it_said_before) {
  options.ready_kind = 9;
  start(patient({"announced", "9"}));
  std::optional<error_code> result;
  s->async_wait_ready(into(result));
  send("a");
  run_until([&] { return result.has_value(); });
  BOOST_TEST(!*result);
  BOOST_TEST(s->stats().ready);
  BOOST_TEST(receive() == "before");
  BOOST_TEST(receive() == "a");
}

BOOST_AUTO_TEST_CASE(kills_a_plugin_that_is_not_ready_in_time) {
  options.ready_kind = 9;
  options.ready_timeout = 1ms;
  options.restarts.policy = restart::never;
  start();
  run_until(event_type::gave_up);
  BOOST_TEST(first(event_type::ended).failed);
  BOOST_TEST(count(event_type::ready) == 0);
}

BOOST_AUTO_TEST_CASE(kills_a_plugin_that_does_not_end_and_reports_what_it_had_not_released) {
  auto what = patient();
  what.stop.goodbye = what.stop.terminate = 1ms;
  start(what);
  send("die stop");
  send("b");
  run_until([&] { return sends.size() == 2; });
  BOOST_TEST(!stop());
  BOOST_TEST(count(event_type::undelivered) == 2);
  BOOST_TEST(s->stats().undelivered == 2u);
}

BOOST_AUTO_TEST_CASE(asks_a_plugin_to_end_that_hears_no_goodbye_before_it_kills_it) {
  auto what = patient();
  what.stop.goodbye = 1ms;
  what.stop.terminate = 60s;
  start(what);
  send("die on_request");
  BOOST_TEST(receive() == "deaf");
  BOOST_TEST(!stop());
  BOOST_TEST(first(event_type::ended).status.value() == (exit_status{7, 0, false}));
  BOOST_TEST(!first(event_type::ended).failed);
}

BOOST_AUTO_TEST_CASE(leaves_a_plugin_running_that_it_may_not_kill_and_says_so) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("left out: only root can become another user");
    return;
  }
  int line[2];
  BOOST_TEST_REQUIRE(::pipe2(line, O_CLOEXEC) == 0);
  test::child host([&] {
    int reports = 0;
    set_diagnostics_sink([&](const diagnostic& d) { reports += d.kind == event_kind::plugin_left_running; });
    auto what = patient();
    what.stop = {1ms, 1ms, 60s};
    supervisor own(what, {});
    own.start();
    own.send(boost::asio::buffer(std::string("die on_request")));
    std::string text;
    own.receive(boost::asio::dynamic_buffer(text));
    const int pid = own.stats().pid;
    if (::write(line[1], &pid, sizeof pid) != sizeof pid || ::setresuid(65534, 65534, 65534) != 0) return 1;
    error_code ec;
    own.stop(ec);
    if (ec != boost::system::errc::operation_not_permitted) return 2;
    return reports == 1 ? 0 : 3;
  });
  int pid = 0;
  BOOST_TEST(::read(line[0], &pid, sizeof pid) == ssize_t{sizeof pid});
  BOOST_TEST(host.wait() == 0);
  if (pid > 0) ::kill(pid, SIGKILL);
  ::close(line[0]);
  ::close(line[1]);
}

BOOST_AUTO_TEST_SUITE_END()
