// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE plugin pool
#include "support/completion.hpp"
#include "support/launching.hpp"
#include "support/supervision.hpp"

#include <belfry/plugin_pool.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

using namespace belfry;
using test::event_type;
using test::into;
using test::memory_folder;
using test::patient;
using namespace std::chrono_literals;

namespace {

struct pooling : test::context_fixture {
  pooling() {
    set_diagnostics_sink({});
    options.restarts.first_delay = 1ms;
    options.unresponsive_after = 0ms;
    options.check_program_every = 0ms;
    options.on_event = [this](const supervisor_event& e) { events.push_back(e); };
  }
  ~pooling() {
    pool.reset();
    run();
  }

  void start(launch_options what = patient()) {
    pool.emplace(context.get_executor(), std::move(what), options);
    pool->start();
  }
  struct asked {
    std::string question;
    std::string answer{};
    std::optional<error_code> result{};
  };
  asked& ask(const std::string& question) {
    auto& one = requests.emplace_back(asked{question});
    pool->async_request(boost::asio::buffer(one.question), 0, boost::asio::dynamic_buffer(one.answer),
                        into(one.result));
    return one;
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      context.restart();
      context.run_one();
    }
  }
  void run_until_answered() {
    run_until(
        [&] { return std::all_of(requests.begin(), requests.end(), [](auto& r) { return r.result.has_value(); }); });
  }
  std::string answer(const std::string& question) {
    auto& one = ask(question);
    run_until([&] { return one.result.has_value(); });
    return *one.result ? "(" + one.result->message() + ")" : one.answer;
  }
  int count(event_type t) const {
    return static_cast<int>(std::count_if(events.begin(), events.end(), [&](auto& e) { return e.what == t; }));
  }
  error_code stop() {
    std::optional<error_code> result;
    pool->async_stop(into(result));
    run_until([&] { return result.has_value(); });
    return *result;
  }

  pool_options options;
  std::vector<supervisor_event> events;
  std::list<asked> requests;
  std::optional<plugin_pool> pool;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_pool, pooling)

BOOST_AUTO_TEST_CASE(answers_requests_with_as_many_plugins_as_it_may_have) {
  options.maximum = 3;
  start();
  for (int i = 0; i != 200; ++i) ask("pid");
  run_until_answered();
  std::set<std::string> pids;
  for (const auto& r : requests) {
    BOOST_TEST(!*r.result);
    pids.insert(r.answer);
  }
  BOOST_TEST(pids.size() <= 3u);
  BOOST_TEST(pool->stats().answered == 200u);
  BOOST_TEST(pool->stats().waiting == 0u);
  BOOST_TEST(!stop());
  BOOST_TEST(!test::has_children());
  BOOST_TEST(answer("x") == "(" + make_error_code(error::closed).message() + ")");
}

BOOST_AUTO_TEST_CASE(tells_the_kind_of_a_reply) {
  start();
  std::string text;
  message_info info;
  std::optional<error_code> result;
  pool->async_request(boost::asio::buffer("?", 1), 7, with_info(boost::asio::dynamic_buffer(text), info), into(result));
  run_until([&] { return result.has_value(); });
  BOOST_TEST(!*result);
  BOOST_TEST(info.kind == 7);
}

BOOST_AUTO_TEST_CASE(gives_a_request_to_another_plugin_when_its_own_died) {
  memory_folder memory;
  options.minimum = options.maximum = 2;
  start();
  BOOST_TEST(answer("die_once kill " + memory.file("x")) == "survived");
  BOOST_TEST(pool->stats().again == 1u);
  BOOST_TEST(pool->stats().failures == 1u);
  BOOST_TEST(count(event_type::undelivered) == 0);
}

BOOST_AUTO_TEST_CASE(fails_a_request_that_kills_several_and_answers_all_others) {
  options.requests_at_once = 4;
  options.minimum = options.maximum = 2;
  start(patient({"at_once"}));
  for (int i = 0; i != 50; ++i) ask(i == 25 ? "die segv" : std::to_string(i));
  run_until_answered();
  for (const auto& r : requests) {
    if (r.question == "die segv") BOOST_TEST((*r.result == error::set_aside));
    else BOOST_TEST(r.answer == r.question);
  }
  BOOST_TEST(pool->stats().set_aside == 1u);
  BOOST_TEST(count(event_type::set_aside) == 1);
  for (const auto& e : events) {
    if (e.what != event_type::ended) continue;
    BOOST_TEST_REQUIRE(e.autopsy != nullptr);
    BOOST_TEST(e.autopsy->name == e.plugin);
    const auto& given = e.autopsy->to_plugin.last;
    BOOST_TEST(std::any_of(given.begin(), given.end(), [](const auto& m) { return m.first_bytes == "die segv"; }));
  }
}

BOOST_AUTO_TEST_CASE(fails_a_request_at_its_first_victim_where_that_is_wanted) {
  options.most_deaths = 1;
  start();
  BOOST_TEST(answer("die kill") == "(" + make_error_code(error::set_aside).message() + ")");
  BOOST_TEST(pool->stats().failures == 1u);
  BOOST_TEST(answer("x") == "x");
}

BOOST_AUTO_TEST_CASE(goes_on_however_many_requests_kill_their_plugins) {
  options.most_deaths = 1;
  start();
  for (int i = 0; i != 40; ++i) ask(i % 2 == 0 ? "die kill" : "x");
  run_until_answered();
  BOOST_TEST(pool->stats().set_aside == 20u);
  BOOST_TEST(pool->stats().answered == 20u);
}

BOOST_AUTO_TEST_CASE(goes_on_over_nothing_but_killers_if_its_plugins_release_before_they_look) {
  options.most_deaths = 1;
  options.maximum = 1;
  options.restarts.limit_in_a_row = 2;
  start(patient({"releases_first"}));
  for (int i = 0; i != 10; ++i) ask("die kill");
  run_until_answered();
  BOOST_TEST(pool->stats().set_aside == 10u);
  BOOST_TEST(answer("x") == "x");
}

BOOST_AUTO_TEST_CASE(tells_how_the_last_plugin_ended_that_died_over_a_request) {
  options.most_deaths = 2;
  options.maximum = 1;
  start();
  answer("die segv");
  const auto e =
      std::find_if(events.begin(), events.end(), [](auto& one) { return one.what == event_type::set_aside; });
  BOOST_REQUIRE((e != events.end()));
  BOOST_TEST(e->plugin == "patient/1");
  BOOST_TEST(e->incarnation == 2u);
  BOOST_TEST(e->status.value().signal == SIGSEGV);
  BOOST_TEST(!e->unresponsive);
}

BOOST_AUTO_TEST_CASE(tells_of_a_request_that_keeps_its_plugin_busy_too_long) {
  options.most_deaths = 1;
  options.unresponsive_after = 20ms;
  start();
  answer("die stop");
  const auto e =
      std::find_if(events.begin(), events.end(), [](auto& one) { return one.what == event_type::set_aside; });
  BOOST_REQUIRE((e != events.end()));
  BOOST_TEST(e->status.value().signal == SIGKILL);
  BOOST_TEST(e->unresponsive);
}

BOOST_AUTO_TEST_CASE(blames_no_request_for_a_plugin_that_said_goodbye_before_it_looked_at_it) {
  memory_folder memory;
  options.most_deaths = 1;
  start();
  BOOST_TEST(answer("die_once goodbye " + memory.file("x")) == "survived");
  BOOST_TEST(pool->stats().set_aside == 0u);
  BOOST_TEST(pool->stats().failures == 0u);
}

BOOST_AUTO_TEST_CASE(fails_a_request_over_which_all_plugins_say_goodbye) {
  options.most_deaths = 1;
  start();
  BOOST_TEST(answer("die goodbye") == "(" + make_error_code(error::set_aside).message() + ")");
  BOOST_TEST(answer("x") == "x");
}

BOOST_AUTO_TEST_CASE(gives_up_where_no_plugin_comes_up) {
  options.restarts.limit_in_a_row = 2;
  auto what = patient();
  what.executable = "/nonexistent/plugin";
  start(what);
  BOOST_TEST(answer("x") == "(" + make_error_code(error::gave_up).message() + ")");
  BOOST_TEST(answer("x") == "(" + make_error_code(error::gave_up).message() + ")");
}

BOOST_AUTO_TEST_CASE(ends_plugins_that_have_nothing_to_do) {
  options.minimum = 1;
  options.maximum = 3;
  options.idle_after = 10ms;
  start();
  for (int i = 0; i != 50; ++i) ask("pid");
  run_until([&] { return pool->stats().plugins == 3; });
  run_until_answered();
  run_until([&] { return pool->stats().plugins == 1; });
  BOOST_TEST(answer("x") == "x");
}

BOOST_AUTO_TEST_CASE(replaces_its_plugins_one_by_one_while_requests_go_on) {
  options.minimum = options.maximum = 2;
  start();
  std::set<std::string> before;
  while (before.size() != 2) {
    ask("pid");
    ask("pid");
    run_until_answered();
    for (const auto& r : requests) before.insert(r.answer);
  }
  requests.clear();
  pool->replace();
  while (pool->stats().replaced != 2) {
    BOOST_TEST(!answer("x").empty());
    BOOST_TEST(pool->stats().plugins <= 4u);
  }
  requests.clear();
  for (int i = 0; i != 20; ++i) ask("pid");
  run_until_answered();
  for (const auto& r : requests) BOOST_TEST(!before.contains(r.answer));
  BOOST_TEST(pool->stats().failures == 0u);
}

BOOST_AUTO_TEST_CASE(replaces_its_plugins_when_the_program_changes_and_keeps_them_if_the_new_ones_do_not_come_up) {
  memory_folder memory;
  auto what = patient();
  const auto program = memory.file("program");
  std::filesystem::copy_file(what.executable, program);
  what.executable = program;
  options.check_program_every = 1ms;
  options.restarts.limit_in_a_row = 1;
  start(what);
  const auto first = answer("pid");
  std::filesystem::copy_file("/bin/false", memory.file("broken"));
  std::filesystem::rename(memory.file("broken"), program);
  run_until([&] { return count(event_type::gave_up) == 1; });
  BOOST_TEST(answer("pid") == first);
  std::filesystem::copy_file(patient().executable, memory.file("new"));
  std::filesystem::rename(memory.file("new"), program);
  run_until([&] { return pool->stats().replaced == 1; });
  BOOST_TEST(answer("pid") != first);
}

BOOST_AUTO_TEST_CASE(cancels_a_request_wherever_it_is) {
  options.maximum = 1;
  auto what = patient();
  what.stop.goodbye = 1ms;
  start(what);
  std::vector<boost::asio::cancellation_signal> signals(2);
  for (auto& signal : signals) {
    auto& one = requests.emplace_back(asked{"die stop"});
    pool->async_request(boost::asio::buffer(one.question), 0, boost::asio::dynamic_buffer(one.answer),
                        boost::asio::bind_cancellation_slot(signal.slot(), into(one.result)));
  }
  run_until([&] { return pool->stats().under_way == 1; });
  for (const auto& r : requests) BOOST_TEST(!r.result.has_value());
  for (auto& signal : signals) signal.emit(boost::asio::cancellation_type::total);
  run_until_answered();
  for (const auto& r : requests) BOOST_TEST((*r.result == test::aborted));
  BOOST_TEST(!stop());
}

BOOST_AUTO_TEST_CASE(ends_pending_requests_when_it_is_destroyed_and_leaves_no_process) {
  auto what = patient();
  what.stop.goodbye = 1ms;
  options.maximum = 1;
  start(what);
  ask("die stop");
  ask("x");
  run_until([&] { return pool->stats().under_way == 1; });
  for (const auto& r : requests) BOOST_TEST(!r.result.has_value());
  pool.reset();
  run();
  for (const auto& r : requests) BOOST_TEST((r.result.value() == test::aborted));
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(works_with_futures_and_several_threads) {
  memory_folder memory;
  options.on_event = nullptr;
  options.requests_at_once = 4;
  auto guard = boost::asio::make_work_guard(context);
  std::vector<std::thread> threads;
  for (int i = 0; i != 3; ++i) threads.emplace_back([&] { context.run(); });
  start();
  std::list<asked> all;
  std::vector<std::future<std::size_t>> futures;
  for (int i = 0; i != 300; ++i) {
    auto& one =
        all.emplace_back(asked{i % 50 == 49 ? "die_once kill " + memory.file(std::to_string(i)) : std::to_string(i)});
    futures.push_back(pool->async_request(boost::asio::buffer(one.question), 0, boost::asio::dynamic_buffer(one.answer),
                                          boost::asio::use_future));
  }
  for (auto& f : futures) f.get();
  for (const auto& one : all) BOOST_TEST((one.answer == one.question || one.answer == "survived"));
  pool->async_stop(boost::asio::use_future).get();
  guard.reset();
  for (auto& t : threads) t.join();
}

BOOST_AUTO_TEST_SUITE_END()
