// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE endings of plugins
#include "support/child.hpp"
#include "support/launching.hpp"
#include "support/page.hpp"
#include "support/process.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/ptrace.h>
#include <unistd.h>

// Each operation that ends a plugin or waits for its end, and how it ends for each reason there is. What comes out is the
// table in doc/endings.md, which must not differ.

using namespace belfry;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using test::scripted;

namespace {

const exit_status by_itself{3, 0, false};
/// Ends so when it is sent something, or hears the goodbye.
const std::vector<std::string> obedient{"wait_then", "exit3"};
/// Says "ready", and then ends by force only.
const std::vector<std::string> obstinate{"ignore_goodbye"};

struct limits {
  std::chrono::nanoseconds wait;
  stop_options stop;
};
const limits long_enough{1h, {1h, 1h, 1h}};
const limits far_too_short{1ms, {0ms, 0ms, 1ms}};
/// Takes the last step at once.
const limits by_force{1h, {0ms, 0ms, 1h}};

struct outcome {
  error_code ec;
  exit_status status;
};

struct stage : test::quiet_launcher {
  explicit stage(const std::vector<std::string>& script) : p(launch.launch(scripted(script))) {
    if (script == obstinate) BOOST_TEST_REQUIRE(test::receive_text(p) == "ready");
  }
  void tell_to_end() { p.channel().sender().send(asio::buffer("go", 2)); }

  plugin p;
  asio::cancellation_signal cancellation;
  std::optional<outcome> ended;  // of the asynchronous operation
};

enum class form { blocking, timed, asynchronous, at_once };

struct operation {
  const char* name;
  form how;
  bool stops;
  std::function<outcome(stage&, const limits&)> run;
};

template <class F>
auto call(F f) {
  return [f](stage& s, const limits& l) {
    outcome o;
    o.status = f(s.p, l, o.ec);
    return o;
  };
}

template <class F>
auto start(F f) {
  return [f](stage& s, const limits& l) {
    f(s.p, l,
      asio::bind_cancellation_slot(s.cancellation.slot(), [&s](const error_code& ec, const exit_status& status) {
        s.ended = outcome{ec, status};
      }));
    return outcome();
  };
}

const std::vector<operation> operations = {
    {"wait", form::blocking, false, call([](plugin& p, const limits&, error_code& ec) { return p.wait(ec); })},
    {"wait_for", form::timed, false,
     call([](plugin& p, const limits& l, error_code& ec) { return p.wait_for(l.wait, ec); })},
    {"async_wait_exit", form::asynchronous, false,
     start([](plugin& p, const limits&, auto token) { p.async_wait_exit(std::move(token)); })},
    {"stop", form::timed, true, call([](plugin& p, const limits& l, error_code& ec) { return p.stop(l.stop, ec); })},
    {"async_stop", form::asynchronous, true,
     start([](plugin& p, const limits& l, auto token) { p.async_stop(l.stop, std::move(token)); })},
    {"kill", form::at_once, true, call([](plugin& p, const limits&, error_code& ec) {
       p.kill(ec);
       return exit_status();
     })},
};

std::string name_of(const outcome& o) {
  if (!o.ec && o.status == by_itself) return "how it ended";
  if (!o.ec) return "done";
  if (o.ec == asio::error::operation_aborted) return "`operation_aborted`";
  if (o.ec == error::timed_out) return "`timed_out`";
  if (o.ec == boost::system::errc::operation_not_permitted) return "`operation_not_permitted`";
  return o.ec.message();
}

/// Begins the operation, does something once it waits, and then looks how it ended.
template <class F>
std::string once_it_waits(const operation& op, stage& s, const limits& l, F bring_about) {
  if (op.how == form::asynchronous) {
    op.run(s, l);
    s.poll();
    if (s.ended) return "ended too early";
    bring_about();
    s.run();
    return s.ended ? name_of(*s.ended) : "nothing";
  }
  std::atomic<bool> over = false;
  outcome o;
  auto waiting = test::asleep_in([&] {
    o = op.run(s, l);
    over = true;
  });
  if (over) return "ended too early";
  bring_about();
  waiting.join();
  return name_of(o);
}

std::string at_once(const operation& op, stage& s, const limits& l) {
  const outcome o = op.run(s, l);
  if (op.how != form::asynchronous) return name_of(o);
  s.run();
  return s.ended ? name_of(*s.ended) : "nothing";
}

std::string it_has_ended(const operation& op) {
  stage s(obedient);
  s.tell_to_end();
  s.p.wait();
  const auto name = at_once(op, s, long_enough);
  if (op.how != form::at_once) return name;
  BOOST_TEST(s.p.status().value() == by_itself);
  return name == "done" ? "nothing" : name;
}

std::string it_ends(const operation& op) {
  stage s(op.how == form::at_once ? obstinate : obedient);
  if (op.how != form::at_once && !op.stops) return once_it_waits(op, s, long_enough, [&] { s.tell_to_end(); });
  const auto name = at_once(op, s, long_enough);
  BOOST_TEST(s.p.wait().signal == (op.how == form::at_once ? SIGKILL : 0));
  return name;
}

std::string cancelled(const operation& op) {
  if (op.how == form::at_once) return "does not wait";
  if (op.how != form::asynchronous) return "cannot be cancelled";
  stage s(obstinate);
  const auto name = once_it_waits(op, s, long_enough, [&] { s.cancellation.emit(asio::cancellation_type::total); });
  BOOST_TEST(s.p.running());
  s.p.kill();
  return name;
}

/// What lets not even force end the plugin in time: its debugger keeps from everyone else how it ended.
struct debugger {
  explicit debugger(int pid)
      : process([this, pid] {
          if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) return 1;
          line.tell_parent();
          line.await_parent();
          return 0;
        }) {
    line.await_child();
  }
  ~debugger() {
    line.tell_child();
    process.wait();
  }

  test::stage line;
  test::child process;
};

std::string its_time_is_up(const operation& op) {
  if (op.how == form::at_once) return "does not wait";
  if (!op.stops && op.how != form::timed) return "has no limit";
  stage s(obstinate);
  std::string name;
  {
    std::optional<debugger> keeps;
    if (op.stops) keeps.emplace(s.p.pid());
    name = at_once(op, s, far_too_short);
    BOOST_TEST(s.p.running());
  }
  s.p.kill();
  s.p.wait();
  return name;
}

/// In a process of its own, which becomes another user.
std::string where_it_may_not_be_killed(const operation& op) {
  stage s(op.stops ? obstinate : obedient);
  const int pid = s.p.pid();
  if (::setresuid(65534, 65534, 65534) != 0) return "cannot become another user";
  if (op.stops) return std::to_string(pid) + ' ' + at_once(op, s, by_force);
  error_code ec;
  const auto name = once_it_waits(op, s, long_enough, [&] {
    s.p.kill(ec);
    if (op.how == form::asynchronous) s.poll();
    s.tell_to_end();
  });
  const bool went_on = ec == boost::system::errc::operation_not_permitted && name == "how it ended";
  return std::to_string(pid) + ' ' + (went_on ? "goes on" : name);
}

std::string it_may_not_be_killed(const operation& op) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can become another user");
    return op.stops ? "`operation_not_permitted`" : "goes on";
  }
  int line[2];
  BOOST_TEST_REQUIRE(::pipe2(line, O_CLOEXEC) == 0);
  test::child host([&]() -> int {
    const auto text = where_it_may_not_be_killed(op);
    const bool told = ::write(line[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(told ? 0 : 1);
  });
  ::close(line[1]);
  std::string text(200, ' ');
  const auto size = ::read(line[0], text.data(), text.size());
  ::close(line[0]);
  BOOST_TEST(host.wait() == 0);
  std::istringstream told(text.substr(0, size < 0 ? 0 : static_cast<std::size_t>(size)));
  int pid = 0;
  told >> pid >> std::ws;
  if (pid > 0 && op.stops) ::kill(pid, SIGKILL);
  std::getline(told, text);
  return text;
}

const std::vector<std::pair<const char*, std::string (*)(const operation&)>> endings = {
    {"it has ended", it_has_ended},
    {"it ends", it_ends},
    {"it is cancelled", cancelled},
    {"its time is up", its_time_is_up},
    {"the plugin may not be killed", it_may_not_be_killed},
};

std::string table() {
  std::vector<std::string> columns;
  for (const auto& e : endings) columns.emplace_back(e.first);
  test::table t(columns);
  for (const auto& op : operations) {
    std::vector<std::string> cells;
    for (const auto& e : endings) cells.push_back(e.second(op));
    t.row(op.name, cells);
  }
  return t.text();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_operation_of_a_plugin_ends_for_every_reason_as_documented) {
  test::check_page("endings.md", table());
}
