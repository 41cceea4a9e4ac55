// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/diagnostics.hpp>
#include <belfry/launcher.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#define BOOST_TEST_MODULE host.launch
#include "support/guests.hpp"

#include <boost/test/unit_test.hpp>

using belfry::error;
using belfry::error_code;
using belfry::plugin;
namespace asio = boost::asio;
namespace test = belfry::test;
using namespace std::chrono_literals;
using test::scripted;

namespace {

struct fixture {
  fixture() { belfry::set_diagnostics_sink({}); }

  asio::io_context context;
  belfry::launcher launcher{context.get_executor()};
};

std::string round_trip(plugin& p, const std::string& text) {
  p.channel().sender().send(asio::buffer(text));
  return test::receive_text(p.channel());
}

// Functions, and no braced lists in them: g++ 12 has trouble with coroutines that are lambdas, and with such lists.

asio::awaitable<void> talk_to_two(belfry::launcher& launcher, std::string& answers) {
  const auto first = scripted(std::vector<std::string>(1, "echo"));
  const auto second = scripted(std::vector<std::string>(1, "echo_async"));
  auto a = co_await launcher.async_launch(first, asio::use_awaitable);
  auto b = co_await launcher.async_launch(second, asio::use_awaitable);
  co_await a.channel().sender().async_send(asio::buffer("hello ", 6), asio::use_awaitable);
  co_await b.channel().sender().async_send(asio::buffer("there", 5), asio::use_awaitable);
  co_await a.channel().receiver().async_receive(asio::dynamic_buffer(answers), asio::use_awaitable);
  co_await b.channel().receiver().async_receive(asio::dynamic_buffer(answers), asio::use_awaitable);
}

asio::awaitable<void> launch_in_vain(belfry::launcher& launcher, std::optional<error_code>& thrown) {
  const auto options = scripted(std::vector<std::string>(1, "hang_up"));
  try {
    co_await launcher.async_launch(options, asio::use_awaitable);
  } catch (const belfry::system_error& e) {
    thrown = e.code();
  }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_launched_plugin_talks, fixture) {
  auto p = launcher.launch(scripted({"echo"}));
  BOOST_TEST(round_trip(p, "over there") == "over there");
  BOOST_TEST(p.running());
  BOOST_TEST(!p.status().has_value());
}

BOOST_FIXTURE_TEST_CASE(both_sides_know_who_is_there, fixture) {
  auto p = launcher.launch(scripted({"report"}));
  BOOST_TEST(static_cast<bool>(p));
  BOOST_TEST(p.name() == "puppet");
  BOOST_TEST(p.channel().peer().name == "puppet");
  BOOST_TEST(p.channel().peer().pid == p.pid());
  BOOST_TEST(p.channel().peer().protocol == 1u);
  BOOST_TEST((p.get_executor() == launcher.get_executor()));

  const auto report = test::receive_text(p.channel());
  BOOST_TEST(test::value_of(report, "host_name") == "host.launch");
  BOOST_TEST(test::value_of(report, "host_pid") == std::to_string(::getpid()));
  BOOST_TEST(test::value_of(report, "ppid") == std::to_string(::getpid()));
  BOOST_TEST(test::value_of(report, "protocol") == "1");
}

BOOST_FIXTURE_TEST_CASE(a_plugin_attaches_once_and_its_own_children_inherit_nothing, fixture) {
  auto p = launcher.launch(scripted({"report"}));
  const auto report = test::receive_text(p.channel());
  BOOST_TEST(test::value_of(report, "attached_again") == belfry::make_error_code(error::already_attached).message());
  BOOST_TEST(test::value_of(report, "variable_after") == "unset");
  for (const auto& end : test::values_of(report, "end_after")) BOOST_TEST(end != "inheritable");
}

BOOST_FIXTURE_TEST_CASE(a_plugin_that_is_moved_goes_on, fixture) {
  plugin empty;
  BOOST_TEST(!empty);
  auto first = launcher.launch(scripted({"echo"}));
  std::string text;
  error_code ec = error::refused;
  first.channel().receiver().async_receive(asio::dynamic_buffer(text), [&](error_code e, std::size_t) { ec = e; });
  context.poll();
  plugin second = std::move(first);
  BOOST_TEST(!first);
  second.channel().sender().send(asio::buffer("moved", 5));
  context.restart();
  context.run();
  BOOST_TEST(!ec);
  BOOST_TEST(text == "moved");

  // What stood in the place of another is stopped.
  const int pid = second.pid();
  second = launcher.launch(scripted({"echo"}));
  BOOST_TEST(second.pid() != pid);
  BOOST_TEST(test::state_of(pid) == '-');
  BOOST_TEST(round_trip(second, "x") == "x");
}

BOOST_FIXTURE_TEST_CASE(a_future_completes_with_a_plugin, fixture) {
  auto work = asio::make_work_guard(context);
  std::thread runs([&] { context.run(); });
  auto p = launcher.async_launch(scripted({"echo"}), asio::use_future).get();
  BOOST_TEST(round_trip(p, "from the future") == "from the future");
  work.reset();
  p = plugin();
  runs.join();
}

BOOST_FIXTURE_TEST_CASE(a_coroutine_talks_to_two_plugins_that_it_launched, fixture) {
  std::string answers;
  asio::co_spawn(context, talk_to_two(launcher, answers), asio::detached);
  context.run();
  BOOST_TEST(answers == "hello there");
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(a_failed_launch_throws_its_error_out_of_co_await, fixture) {
  std::optional<error_code> thrown;
  asio::co_spawn(context, launch_in_vain(launcher, thrown), asio::detached);
  context.run();
  BOOST_REQUIRE(thrown.has_value());
  BOOST_TEST((*thrown == error::not_a_plugin));
}

BOOST_FIXTURE_TEST_CASE(an_asynchronous_launch_never_completes_inside_the_call, fixture) {
  bool completed = false;
  auto missing = scripted({});
  missing.executable = "/no/such/program";
  launcher.async_launch(missing, [&](error_code ec, plugin p) {
    completed = true;
    BOOST_TEST((ec == boost::system::errc::no_such_file_or_directory));
    BOOST_TEST(!p);
  });
  BOOST_TEST(!completed);
  context.run();
  BOOST_TEST(completed);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_launch_leaves_nothing, fixture) {
  asio::cancellation_signal stop;
  error_code ec;
  launcher.async_launch(scripted({"never_greet"}),
                        asio::bind_cancellation_slot(stop.slot(), [&](error_code e, plugin) { ec = e; }));
  context.poll();
  BOOST_TEST(!test::no_children());
  stop.emit(asio::cancellation_type::total);
  context.restart();
  context.run();
  BOOST_TEST((ec == asio::error::operation_aborted));
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(a_launch_whose_context_ends_leaves_nothing, fixture) {
  {
    asio::io_context other;
    belfry::launcher(other.get_executor()).async_launch(scripted({"never_greet"}), [](error_code, plugin) {
      BOOST_ERROR("a handler of a context that was destroyed was called");
    });
    other.poll();
    BOOST_TEST(!test::no_children());
  }
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(an_asynchronous_launch_has_a_time_limit, fixture) {
  auto options = scripted({"never_greet"});
  options.handshake_timeout = 50ms;
  error_code ec;
  launcher.async_launch(options, [&](error_code e, plugin) { ec = e; });
  context.run();
  BOOST_TEST((ec == error::handshake_timeout));
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(many_launches_run_side_by_side_in_one_thread, fixture) {
  constexpr int count = 20;
  std::vector<plugin> plugins;
  for (int i = 0; i != count; ++i) {
    launcher.async_launch(scripted({"echo"}), [&](error_code ec, plugin p) {
      BOOST_TEST(!ec);
      plugins.push_back(std::move(p));
    });
  }
  context.run();
  BOOST_REQUIRE(plugins.size() == std::size_t{count});
  for (auto& p : plugins) BOOST_TEST(round_trip(p, std::to_string(p.pid())) == std::to_string(p.pid()));
  plugins.clear();
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(several_threads_run_the_context_of_asynchronous_launches, fixture) {
  constexpr int count = 40;
  std::atomic<int> good{0};
  for (int i = 0; i != count; ++i) {
    auto options = scripted({i % 2 == 0 ? "echo" : "never_greet"});
    // Short enough to run out in the middle of it all.
    if (i % 2 != 0) options.handshake_timeout = std::chrono::milliseconds(i);
    launcher.async_launch(options, [&good, i](error_code ec, plugin) {
      if (i % 2 == 0 ? !ec : ec == error::handshake_timeout) ++good;
    });
  }
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& t : threads) t.join();
  BOOST_TEST(good.load() == count);
  BOOST_TEST(test::no_children());
}
