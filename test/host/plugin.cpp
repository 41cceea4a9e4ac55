// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE plugin
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/launching.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/ptrace.h>

using namespace belfry;
using test::into;
using test::scripted;
using namespace std::chrono_literals;

namespace {

const exit_status killed{0, SIGKILL, false};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin, test::quiet_launcher)

BOOST_AUTO_TEST_CASE(runs_until_it_has_ended_and_then_has_a_status) {
  auto p = launch.launch(scripted({"wait_then", "exit3"}));
  BOOST_TEST(p.running());
  BOOST_TEST(!p.status().has_value());
  BOOST_TEST(p.pid() > 0);
  p.channel().sender().send(boost::asio::buffer("go", 2));
  BOOST_TEST(p.wait() == (exit_status{3, 0, false}));
  BOOST_TEST(!p.running());
  BOOST_TEST(p.status().value() == (exit_status{3, 0, false}));
  BOOST_TEST(p.wait() == (exit_status{3, 0, false}));
}

BOOST_AUTO_TEST_CASE(is_waited_for_no_longer_than_asked) {
  auto p = launch.launch(scripted({"echo"}));
  error_code ec;
  p.wait_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  BOOST_TEST(p.running());
  BOOST_CHECK_THROW(p.wait_for(0ms), system_error);
}

BOOST_AUTO_TEST_CASE(may_be_given_all_the_time_there_is) {
  auto options = scripted({"echo"});
  options.handshake_timeout = std::chrono::milliseconds::max();
  auto p = launch.launch(options);
  BOOST_TEST(p.stop(std::chrono::milliseconds::max()).success());
}

BOOST_AUTO_TEST_CASE(that_may_not_be_killed_is_left_running_with_a_diagnostic) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can become another user");
    return;
  }
  int line[2];
  BOOST_TEST_REQUIRE(::pipe2(line, O_CLOEXEC) == 0);
  test::child host([&] {
    boost::asio::io_context own_context;
    auto options = scripted({"ignore_goodbye"});
    options.stop = {0ms, 0ms, 60s};
    int reports = 0;
    set_diagnostics_sink([&](const diagnostic& d) { reports += d.kind == event_kind::plugin_left_running; });
    {
      auto p = launcher(own_context.get_executor()).launch(options);
      p.channel().receiver().peek();
      const int pid = p.pid();
      if (::write(line[1], &pid, sizeof pid) != sizeof pid || ::setresuid(65534, 65534, 65534) != 0) return 1;
      error_code ec;
      p.stop(0ms, ec);
      if (ec != boost::system::errc::operation_not_permitted) return 2;
    }
    return reports == 1 ? 0 : 3;  // by stop, and not again by the destructor
  });
  int pid = 0;
  BOOST_TEST(::read(line[0], &pid, sizeof pid) == ssize_t{sizeof pid});
  BOOST_TEST(host.wait() == 0);
  if (pid > 0) ::kill(pid, SIGKILL);
  ::close(line[0]);
  ::close(line[1]);
}

BOOST_AUTO_TEST_CASE(may_be_waited_for_by_several) {
  auto p = launch.launch(scripted({"wait_then", "exit3"}));
  int callbacks = 0;
  for (int i = 0; i != 3; ++i) {
    p.async_wait_exit([&](const error_code& ec, const exit_status& s) {
      BOOST_TEST(!ec);
      BOOST_TEST(s.code == 3);
      ++callbacks;
    });
  }
  auto future = p.async_wait_exit(boost::asio::use_future);
  bool resumed = false;
  co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        const auto s = co_await p.async_wait_exit(boost::asio::use_awaitable);
        resumed = s.code == 3;
      },
      boost::asio::detached);
  poll();
  BOOST_TEST(callbacks == 0);
  p.channel().sender().send(boost::asio::buffer("go", 2));
  run();
  BOOST_TEST(callbacks == 3);
  BOOST_TEST(resumed);
  BOOST_TEST(future.get().code == 3);
}

BOOST_AUTO_TEST_CASE(wait_can_be_cancelled_and_nothing_is_lost) {
  auto p = launch.launch(scripted({"echo"}));
  boost::asio::cancellation_signal signal;
  std::optional<error_code> result;
  p.async_wait_exit(boost::asio::bind_cancellation_slot(signal.slot(), into(result)));
  poll();
  BOOST_TEST(!result.has_value());
  signal.emit(boost::asio::cancellation_type::partial);
  run();
  BOOST_TEST((result.value() == test::aborted));
  BOOST_TEST(p.running());
  p.kill();
  BOOST_TEST(p.wait() == killed);
}

BOOST_AUTO_TEST_CASE(that_died_under_a_debugger_is_waited_for_in_peace) {
  auto p = launch.launch(scripted({"echo"}));
  const test::stage line;
  test::child debugger([&] {
    if (::ptrace(PTRACE_SEIZE, p.pid(), nullptr, nullptr) != 0) return 1;
    line.tell_parent();
    line.await_parent();  // and so it keeps the status to itself
    return 0;
  });
  line.await_child();
  std::optional<exit_status> status;
  p.async_wait_exit([&](const error_code&, const exit_status& s) { status = s; });
  p.kill();
  pollfd ended{p.native_handle(), POLLIN, 0};
  BOOST_TEST(::poll(&ended, 1, -1) == 1);
  BOOST_TEST(p.running());
  // Its pidfd is readable all the while. Whoever waited for that alone would find it so many thousand times.
  BOOST_TEST(context.run_for(200ms) < 200U);
  BOOST_TEST(!status.has_value());
  line.tell_child();
  debugger.wait();
  run();
  BOOST_TEST((status == killed));
}

BOOST_AUTO_TEST_CASE(ends_when_it_hears_the_goodbye) {
  auto p = launch.launch(scripted({"echo"}));
  BOOST_TEST(p.stop(60s).success());
}

BOOST_AUTO_TEST_CASE(is_killed_if_it_ignores_the_goodbye) {
  auto p = launch.launch(scripted({"ignore_goodbye"}));
  BOOST_TEST(test::receive_text(p) == "ready");
  const stop_options impatient{1ms, 0ms, 60s};
  BOOST_TEST(p.stop(impatient) == killed);
  BOOST_TEST(p.stop(impatient) == killed);
}

BOOST_AUTO_TEST_CASE(leaves_no_process_when_it_is_destroyed) {
  auto options = scripted({"ignore_goodbye"});
  options.stop.goodbye = 1ms;
  {
    auto p = launch.launch(options);
    BOOST_TEST(test::has_children());
  }
  BOOST_TEST(!test::has_children());
  auto p = launch.launch(options);
  p = plugin();
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(may_be_moved_and_destroyed_while_operations_are_pending) {
  std::optional<error_code> received;
  std::optional<exit_status> ended;
  {
    auto first = launch.launch(scripted({"wait_then", "exit3"}));
    first.channel().receiver().async_peek(into(received));
    first.async_wait_exit([&](const error_code&, const exit_status& s) { ended = s; });
    plugin second = std::move(first);
    BOOST_TEST(!first);
    poll();
    BOOST_TEST(second.running());
    BOOST_TEST((!received.has_value() && !ended.has_value()));
  }
  run();
  BOOST_TEST((received.value() == test::aborted));
  BOOST_TEST(ended.has_value());
}

BOOST_AUTO_TEST_CASE(is_left_alone_where_a_forked_child_drops_its_copy) {
  auto p = launch.launch(scripted({"echo"}));
  const int status = test::in_a_child([&] {
    int reports = 0;
    set_diagnostics_sink([&](const diagnostic&) { ++reports; });
    p = plugin();
    return reports;
  });
  BOOST_TEST(status == 0);
  p.channel().sender().send(boost::asio::buffer("x", 1));
  BOOST_TEST(test::receive_text(p) == "x");
  BOOST_TEST(p.stop(60s).success());
}

BOOST_AUTO_TEST_CASE(survives_that_its_channel_is_moved_away) {
  auto p = launch.launch(scripted({"echo"}));
  {
    channel c = std::move(p.channel());
    c.sender().send(boost::asio::buffer("x", 1));
    std::string text;
    c.receiver().receive(boost::asio::dynamic_buffer(text));
    BOOST_TEST(text == "x");
  }
  BOOST_TEST(p.wait().success());
}

BOOST_AUTO_TEST_CASE(talks_while_many_others_do) {
  std::vector<plugin> plugins;
  for (int i = 0; i != 10; ++i) plugins.push_back(launch.launch(scripted({"echo"})));
  int answers = 0;
  for (auto& p : plugins) {
    co_spawn(
        context,
        [&]() -> boost::asio::awaitable<void> {
          for (int i = 0; i != 100; ++i) {
            const std::string text = std::to_string(i);
            co_await p.channel().sender().async_send(boost::asio::buffer(text), boost::asio::use_awaitable);
            std::string answer;
            co_await p.channel().receiver().async_receive(boost::asio::dynamic_buffer(answer),
                                                          boost::asio::use_awaitable);
            if (answer == text) ++answers;
          }
        },
        boost::asio::detached);
  }
  run();
  BOOST_TEST(answers == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
