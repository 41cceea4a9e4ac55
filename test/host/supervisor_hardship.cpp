// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE supervisor in hardship
#include "support/descriptor_limit.hpp"
#include "support/launching.hpp"
#include "support/sanitizer.hpp"
#include "support/supervision.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>
#include <string>

using namespace belfry;
using test::event_type;
using test::memory_folder;

BOOST_FIXTURE_TEST_SUITE(a_supervisor, test::supervising)

BOOST_AUTO_TEST_CASE(survives_a_time_without_any_descriptor_and_loses_nothing) {
  if (test::left_out()) return;
  memory_folder memory;
  auto what = test::patient();
  what.autopsy.folder = memory.path;
  options.restarts.longest_delay = std::chrono::milliseconds(2);
  options.restarts.limit = 0;
  start(what);
  send("a");
  BOOST_TEST(receive() == "a");
  {
    const test::descriptor_limit none(test::next_descriptor());
    send("die_once kill " + memory.file("x"));
    send("b");
    // It died, and then it cannot be started, again and again.
    run_until([&] { return count(event_type::ended) >= 4; });
  }
  BOOST_TEST(receive() == "survived");
  BOOST_TEST(receive() == "b");
  BOOST_TEST(first(event_type::ended).autopsy != nullptr);
  BOOST_TEST(count(event_type::set_aside) == 0);
  BOOST_TEST(!stop());
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(outlives_plugins_that_write_nonsense_over_all_their_memory_and_leaves_nothing_behind) {
  for (int seed = 0; seed != 10; ++seed) {
    auto what = test::scripted({"scribble", std::to_string(seed), seed % 2 == 0 ? "abort" : "stay"});
    options.restarts.limit = 0;
    options.restarts.limit_in_a_row = 3;
    options.unresponsive_after = std::chrono::seconds(2);
    events.clear();
    start(what);
    send("a");
    send("b");
    std::optional<error_code> ended;
    s->async_run([&](error_code ec) { ended = ec; });
    std::string text;
    const auto receive_on = [&](auto self) -> void {
      s->async_receive(boost::asio::dynamic_buffer(text), [&, self](error_code ec, std::size_t) {
        text.clear();
        if (!ec) self(self);
      });
    };
    receive_on(receive_on);
    run_until([&] { return ended.has_value() || count(event_type::ended) > 30; });
    s.reset();
    run();
    BOOST_TEST(!test::has_children());
    for (const auto& e : events) {
      if (e.what == event_type::ended) BOOST_TEST(e.autopsy != nullptr);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
