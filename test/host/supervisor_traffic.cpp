// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE traffic of a supervisor
#include "support/launching.hpp"
#include "support/supervision.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace belfry;
using test::event_type;
using test::memory_folder;
using test::patient;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(a_supervisor, test::supervising)

BOOST_AUTO_TEST_CASE(starts_a_plugin_again_that_died_and_loses_nothing) {
  memory_folder memory;
  start();
  send("a");
  send("die_once segv " + memory.file("x"));
  send("b");
  send("c");
  BOOST_TEST(receive() == "a");
  BOOST_TEST(receive() == "survived");
  BOOST_TEST(receive() == "b");
  BOOST_TEST(receive() == "c");
  BOOST_TEST(s->stats().incarnation == 2u);
  BOOST_TEST(s->stats().failures == 1u);
  BOOST_TEST(s->stats().redelivered >= 1u);
  BOOST_TEST(count(event_type::ended) == 1);
  BOOST_TEST(first(event_type::ended).status->signal == SIGSEGV);
  BOOST_TEST(count(event_type::set_aside) == 0);
}

BOOST_AUTO_TEST_CASE(delivers_what_a_plugin_said_before_it_died_before_what_its_successor_says) {
  memory_folder memory;
  start();
  send("say_and_die kill " + memory.file("x"));
  run_until(event_type::started, 2);
  BOOST_TEST(receive() == "last words");
  BOOST_TEST(receive() == "survived");
}

BOOST_AUTO_TEST_CASE(tells_which_plugin_sent_a_message) {
  memory_folder memory;
  start();
  std::vector<supervised_message> got;
  for (int i = 0; i != 2; ++i) {
    s->async_receive_message([&](error_code ec, supervised_message m) {
      BOOST_TEST(!ec);
      got.push_back(std::move(m));
    });
  }
  send("say_and_die kill " + memory.file("x"), 7);
  run_until([&] { return got.size() == 2; });
  BOOST_TEST(got[0].incarnation == 1u);
  BOOST_TEST(got[0].text() == "last words");
  BOOST_TEST(got[1].incarnation == 2u);
  BOOST_TEST(got[1].kind == 7u);
}

BOOST_AUTO_TEST_CASE(sets_a_message_aside_that_kills_each_plugin_and_reports_it_with_its_bytes) {
  start();
  send("a");
  send("die abort_not_known", 5);  // it knows no such death, and lives
  send("die kill", 6);
  send("b");
  for (const auto* text : {"a", "die abort_not_known", "b"}) BOOST_TEST(receive() == text);
  BOOST_TEST(count(event_type::set_aside) == 1);
  const auto& e = first(event_type::set_aside);
  BOOST_TEST(test::text_of(e) == "die kill");
  BOOST_TEST(e.kind == 6u);
  BOOST_TEST(e.deaths == 3u);
  BOOST_TEST(!e.request);
  BOOST_TEST(e.status.value().signal == SIGKILL);
  BOOST_TEST(s->stats().set_aside == 1u);
  BOOST_TEST(s->stats().failures == 3u);
}

BOOST_AUTO_TEST_CASE(asks_the_successor_what_its_plugin_did_not_answer) {
  memory_folder memory;
  start();
  BOOST_TEST(request("die_once exit3 " + memory.file("x")) == "survived");
  BOOST_TEST(s->stats().failures == 1u);
}

BOOST_AUTO_TEST_CASE(fails_a_request_that_kills_each_plugin_and_no_other_that_was_under_way) {
  start(patient({"at_once"}));
  std::vector<std::string> answers(5);
  std::vector<error_code> results(5);
  int done = 0;
  const std::vector<std::string> questions{"a", "b", "die kill", "c", "d"};
  for (std::size_t i = 0; i != 5; ++i) {
    s->async_request(boost::asio::buffer(questions[i]), 0, boost::asio::dynamic_buffer(answers[i]),
                     [&, i](error_code ec, std::size_t) {
                       results[i] = ec;
                       ++done;
                     });
  }
  run_until([&] { return done == 5; });
  for (std::size_t i = 0; i != 5; ++i) {
    if (i == 2) continue;
    BOOST_TEST(!results[i]);
    BOOST_TEST(answers[i] == questions[i]);
  }
  BOOST_TEST((results[2] == error::set_aside));
  BOOST_TEST(count(event_type::set_aside) == 1);
  BOOST_TEST(first(event_type::set_aside).request);
}

BOOST_AUTO_TEST_CASE(reports_what_was_under_way_and_sends_it_to_nobody_where_nothing_may_come_twice) {
  options.redelivery = redelivery::at_most_once;
  start();
  send("die kill");
  send("b");
  run_until([&] { return sends.size() == 2; });  // both were given to the same plugin
  run_until(event_type::started, 2);
  BOOST_TEST(count(event_type::undelivered) == 2);
  BOOST_TEST(test::text_of(first(event_type::undelivered)) == "die kill");
  BOOST_TEST(request("die kill") == "(" + make_error_code(error::peer_dead).message() + ")");
  send("c");
  BOOST_TEST(receive() == "c");
  BOOST_TEST(s->stats().redelivered == 0u);
}

BOOST_AUTO_TEST_CASE(gives_large_messages_again_too) {
  memory_folder memory;
  auto what = patient();
  what.channel.outgoing_large.bytes = what.channel.incoming_large.bytes = 1 << 20;
  start(what);
  std::string large(200'000, 'x');
  large.back() = 'y';
  send("die_once kill " + memory.file("x"));
  send(large, 3);
  send("c");
  BOOST_TEST(receive() == "survived");
  BOOST_TEST((receive() == large));
  BOOST_TEST(receive() == "c");
  BOOST_TEST(count(event_type::started) == 2);
}

BOOST_AUTO_TEST_CASE(starts_no_other_plugin_while_too_much_is_left_to_be_received_of_those_before) {
  start(patient({"fill_and_die"}));
  run();  // to its end: nothing is left to wait for
  BOOST_TEST(count(event_type::started) == 3);
  BOOST_TEST((s->stats().now == supervisor_stats::state::waiting));
  for (int i = 0; i != 100; ++i) BOOST_TEST(receive().size() == 1000u);
  run_until(event_type::started, 4);
}

BOOST_AUTO_TEST_SUITE_END()
