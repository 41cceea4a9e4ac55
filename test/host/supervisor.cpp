// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE supervisor
#include "support/completion.hpp"
#include "support/launching.hpp"
#include "support/supervision.hpp"

#include <belfry/observer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>

#include <unistd.h>

using namespace belfry;
using test::event_type;
using test::into;
using test::memory_folder;
using test::patient;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(a_supervisor, test::supervising)

BOOST_AUTO_TEST_CASE(sends_receives_and_requests_as_over_a_channel) {
  start();
  send("hello");
  BOOST_TEST(receive() == "hello");
  BOOST_TEST(request("how are you?") == "how are you?");
  BOOST_TEST(s->stats().sent == 2u);
  BOOST_TEST(s->stats().received == 1u);
  BOOST_TEST(s->stats().incarnation == 1u);
  BOOST_TEST(!stop());
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(tells_the_kinds_of_messages_and_replies) {
  start();
  std::string text;
  message_info received, replied;
  std::optional<error_code> first, second;
  send("hello", 7);
  s->async_receive(with_info(boost::asio::dynamic_buffer(text), received), into(first));
  s->async_request(boost::asio::buffer("?", 1), 8, with_info(boost::asio::dynamic_buffer(text), replied), into(second));
  run_until([&] { return first && second; });
  BOOST_TEST(!*first);
  BOOST_TEST(!*second);
  BOOST_TEST(received.kind == 7);
  BOOST_TEST(replied.kind == 8);
}

BOOST_AUTO_TEST_CASE(tells_of_each_death_what_the_plugin_was_doing_and_where_the_file_of_it_is) {
  memory_folder memory;
  std::filesystem::create_directory(memory.file("autopsies"));
  auto what = patient();
  what.autopsy.folder = memory.file("autopsies");
  what.autopsy.most_files = 2;
  start(what);
  send("a");
  send("die kill", 6);
  send("b");
  for (const auto* text : {"a", "b"}) BOOST_TEST(receive() == text);
  int deaths = 0;
  for (const auto& e : events) {
    if (e.what != event_type::ended) continue;
    ++deaths;
    BOOST_TEST_REQUIRE(e.autopsy != nullptr);
    BOOST_TEST(e.autopsy->pid == e.pid);
    BOOST_TEST((e.autopsy->status == e.status));
    const auto& last = e.autopsy->to_plugin.last;
    const auto read = std::find_if(last.begin(), last.end(), [](const auto& m) { return !m.released; });
    BOOST_TEST_REQUIRE((read != last.end()));
    BOOST_TEST(read->first_bytes == "die kill");
    BOOST_TEST(read->position == e.autopsy->to_plugin.released);
    BOOST_TEST(!e.autopsy_file.empty());
    // Of the three files, the oldest is gone.
    BOOST_TEST(std::filesystem::exists(e.autopsy_file) == (deaths > 1));
    if (deaths > 1) BOOST_TEST(read_autopsy(e.autopsy_file).pid == e.pid);
  }
  BOOST_TEST(deaths == 3);
  stop();
  const auto& last = events[events.size() - 2];
  BOOST_TEST((last.what == event_type::ended));
  BOOST_TEST(last.autopsy->reason == "closed by the plugin");
  BOOST_TEST(last.autopsy_file.empty());  // it ended as it should
}

BOOST_AUTO_TEST_CASE(shows_to_those_who_look_on_how_often_it_has_restarted_its_plugin) {
  memory_folder memory;
  auto what = patient();
  what.name = "restarted" + std::to_string(::getpid());
  start(what);
  observer eyes;
  const auto restarts = [&]() -> std::uint64_t {
    for (const auto& c : eyes.look()) {
      if (c.name == what.name && c.pid == s->stats().pid) return c.restarts;
    }
    return 77;
  };
  BOOST_TEST(request("hello") == "hello");
  BOOST_TEST(restarts() == 0u);
  for (std::uint64_t n : {1U, 2U}) {
    BOOST_TEST(request("die_once kill " + memory.file(std::to_string(n))) == "survived");
    BOOST_TEST(restarts() == n);
  }
}

BOOST_AUTO_TEST_CASE(restarts_whatever_the_death) {
  memory_folder memory;
  start();
  for (const std::string how : {"kill", "segv", "exit3", "exit0", "hang_up", "goodbye"}) {
    if (how == "goodbye") continue;  // ends well: another policy
    BOOST_TEST(request("die_once " + how + " " + memory.file(how)) == "survived");
  }
  BOOST_TEST(s->stats().failures == 5u);
}

BOOST_AUTO_TEST_CASE(restarts_one_that_ended_well_only_where_that_is_the_policy) {
  memory_folder memory;
  options.restarts.policy = restart::always;
  start();
  BOOST_TEST(request("die_once goodbye " + memory.file("x")) == "survived");
  BOOST_TEST(s->stats().failures == 0u);
  BOOST_TEST(!first(event_type::ended).failed);
}

BOOST_AUTO_TEST_CASE(ends_when_its_plugin_ended_well_and_no_other_is_wanted) {
  start(patient({"goodbye"}));
  std::optional<error_code> result;
  s->async_run(into(result));
  run();
  BOOST_TEST((result.value() == error_code()));
  BOOST_TEST(s->stats().restarts == 0u);
  BOOST_TEST(receive() == "(" + make_error_code(error::gave_up).message() + ")");
}

BOOST_AUTO_TEST_CASE(gives_up_after_too_many_restarts) {
  options.restarts.limit = 3;
  start(patient({"exit3"}));
  std::optional<error_code> run_result, ready_result;
  s->async_run(into(run_result));
  s->async_wait_ready(into(ready_result));
  send("a");
  run();
  BOOST_TEST((run_result.value() == error::gave_up));
  BOOST_TEST(s->stats().restarts == 3u);
  BOOST_TEST(count(event_type::gave_up) == 1);
  send("b");
  run();
  BOOST_TEST((sends.back() == error::gave_up));
}

BOOST_AUTO_TEST_CASE(gives_up_where_there_is_no_such_program) {
  options.restarts.limit = 1;
  auto what = patient();
  what.executable = "/nonexistent/plugin";
  start(what);
  std::optional<error_code> result;
  s->async_wait_ready(into(result));
  run();
  BOOST_TEST((result.value() == error::gave_up));
  BOOST_TEST((first(event_type::ended).ec == boost::system::errc::no_such_file_or_directory));
}

BOOST_AUTO_TEST_CASE(lets_its_plugin_ask_too) {
  start(patient({"ask"}));
  std::optional<supervised_message> question;
  s->async_receive_message([&](error_code, supervised_message m) { question = std::move(m); });
  run_until([&] { return question.has_value(); });
  BOOST_TEST(question->text() == "what?");
  std::optional<error_code> replied;
  s->async_reply(*question, boost::asio::buffer("that", 4), 0, into(replied));
  BOOST_TEST(receive() == "heard that");
  question->incarnation = 77;
  s->async_reply(*question, boost::asio::buffer("that", 4), 0, into(replied = std::nullopt));
  run_until([&] { return replied.has_value(); });
  BOOST_TEST((*replied == error::peer_dead));
}

BOOST_AUTO_TEST_CASE(lets_its_plugin_finish_when_it_is_stopped) {
  start();
  for (int i = 0; i != 100; ++i) send(std::to_string(i));
  run_until([&] { return sends.size() == 100; });
  BOOST_TEST(!stop());
  for (int i = 0; i != 100; ++i) BOOST_TEST(receive() == std::to_string(i));
  BOOST_TEST(receive() == "(" + make_error_code(error::closed).message() + ")");
  BOOST_TEST(count(event_type::undelivered) == 0);
  BOOST_TEST(count(event_type::stopped) == 1);
}

BOOST_AUTO_TEST_CASE(stops_before_it_has_begun_and_while_it_waits) {
  s.emplace(context.get_executor(), patient(), options);
  BOOST_TEST(!stop());
  options.restarts.first_delay = 1h;
  start(patient({"exit3"}));
  run_until(event_type::restarting);
  BOOST_TEST(!stop());
  start();
  BOOST_TEST(!stop());  // perhaps while it is launched
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(ends_pending_operations_when_it_is_destroyed_and_leaves_no_process) {
  start();
  std::optional<error_code> received, ran;
  std::string text;
  s->async_receive(boost::asio::dynamic_buffer(text), into(received));
  s->async_run(into(ran));
  run_until(event_type::ready);
  poll();
  BOOST_TEST((!received.has_value() && !ran.has_value()));
  s.reset();
  run();
  BOOST_TEST((received.value() == test::aborted));
  BOOST_TEST((ran.value() == test::aborted));
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(leaves_no_process_when_its_context_is_destroyed) {
  auto what = patient();
  {
    boost::asio::io_context own;
    supervisor temporary(own.get_executor(), what, options);
    temporary.start();
    while (count(event_type::ready) == 0) own.run_one();
    BOOST_TEST(test::has_children());
  }
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(cancels_a_single_operation_and_loses_nothing_by_it) {
  start();
  boost::asio::cancellation_signal receive_signal, request_signal;
  std::optional<error_code> received, asked;
  std::string text, answer;
  run_until(event_type::ready);
  s->async_receive(boost::asio::dynamic_buffer(text),
                   boost::asio::bind_cancellation_slot(receive_signal.slot(), into(received)));
  ::kill(s->stats().pid, SIGSTOP);
  s->async_request(boost::asio::buffer("x", 1), 0, boost::asio::dynamic_buffer(answer),
                   boost::asio::bind_cancellation_slot(request_signal.slot(), into(asked)));
  poll();
  BOOST_TEST((!received.has_value() && !asked.has_value()));
  receive_signal.emit(boost::asio::cancellation_type::partial);
  request_signal.emit(boost::asio::cancellation_type::total);
  run_until([&] { return received && asked; });
  BOOST_TEST((*received == test::aborted));
  BOOST_TEST((*asked == test::aborted));
  ::kill(s->stats().pid, SIGCONT);
  send("b");
  BOOST_TEST(receive() == "b");
}

BOOST_AUTO_TEST_CASE(works_with_coroutines_and_futures_and_with_several_threads) {
  memory_folder memory;
  auto guard = boost::asio::make_work_guard(context);
  std::vector<std::thread> threads;
  options.on_event = nullptr;
  for (int i = 0; i != 3; ++i) threads.emplace_back([&] { context.run(); });
  start();
  std::atomic<int> good{0};
  std::vector<std::future<void>> all;
  for (int c = 0; c != 4; ++c) {
    all.push_back(co_spawn(
        context,
        [&, c]() -> boost::asio::awaitable<void> {
          for (int i = 0; i != 50; ++i) {
            const auto text = i % 20 == 19 ? "die_once kill " + memory.file(std::to_string(c * 100 + i))
                                           : std::to_string(c * 100 + i);
            std::string answer;
            co_await s->async_request(boost::asio::buffer(text), 0, boost::asio::dynamic_buffer(answer),
                                      boost::asio::use_awaitable);
            if (answer == (i % 20 == 19 ? "survived" : text)) ++good;
          }
        },
        boost::asio::use_future));
  }
  for (auto& one : all) one.get();
  BOOST_TEST(good == 200);
  s->send(boost::asio::buffer("x", 1));  // blocks, while the others run it
  std::string text;
  BOOST_TEST(s->receive_for(60s, boost::asio::dynamic_buffer(text)) == 1u);
  error_code ec;
  s->receive_for(1ms, boost::asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::timed_out));
  s->stop();
  guard.reset();
  for (auto& t : threads) t.join();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_supervisor_without_an_executor_is_run_by_its_blocking_calls) {
  set_diagnostics_sink({});
  memory_folder memory;
  supervisor_options options;
  options.restarts.first_delay = 1ms;
  {
    supervisor s(patient(), options);
    s.start();
    s.wait_ready_for(60s);
    s.send(boost::asio::buffer("a", 1));
    std::string text;
    BOOST_TEST(s.receive(boost::asio::dynamic_buffer(text)) == 1u);
    const auto question = "die_once kill " + memory.file("x");
    std::string answer;
    BOOST_TEST(s.request_for(60s, boost::asio::buffer(question), 0, boost::asio::dynamic_buffer(answer)) == 8u);
    BOOST_TEST(answer == "survived");
    error_code ec;
    s.receive_for(1ms, boost::asio::dynamic_buffer(text), ec);
    BOOST_TEST((ec == error::timed_out));
    s.poll();
    BOOST_TEST(s.stats().incarnation == 2u);
  }
  BOOST_TEST(!test::has_children());
}
