// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/doorbell.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#define BOOST_TEST_MODULE doorbell_endings
#include "support/doorbell_fixture.hpp"
#include "support/page.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Each way to wait for a bell, and how it ends for each reason there is. What comes out is the table in doc/endings.md,
// which must not differ.

using belfry::error_code;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

struct outcome {
  error_code ec;
  bool rung = true;
};

struct stage : test::doorbell_fixture {
  asio::cancellation_signal cancellation;
  std::optional<outcome> ended;  // of the asynchronous wait
};

enum class form { blocking, timed, trying, asynchronous };

struct operation {
  const char* name;
  form how;
  std::function<outcome(stage&, std::chrono::nanoseconds limit)> run;
};

const std::vector<operation> operations = {
    {"wait", form::blocking,
     [](stage& s, auto) {
       outcome o;
       s.mine.wait(o.ec);
       return o;
     }},
    {"wait_for", form::timed,
     [](stage& s, auto limit) {
       outcome o;
       o.rung = s.mine.wait_for(limit, o.ec);
       return o;
     }},
    {"try_wait", form::trying,
     [](stage& s, auto) {
       outcome o;
       o.rung = s.mine.try_wait(o.ec);
       return o;
     }},
    {"async_wait", form::asynchronous,
     [](stage& s, auto) {
       s.mine.async_wait(
           asio::bind_cancellation_slot(s.cancellation.slot(), [&s](error_code ec) { s.ended = outcome{ec}; }));
       return outcome();
     }},
};

struct ending {
  const char* name;
  std::function<void(stage&)> bring_about;
};

const std::vector<ending> endings = {
    {"a signal", [](stage& s) { s.theirs.signal(); }},
    {"`cancel()`", [](stage& s) { s.mine.cancel(); }},
    {"its time is up", [](stage&) {}},
    {"`close()` here", [](stage& s) { s.mine.close(); }},
    {"the peer's death", [](stage& s) { s.theirs.close(); }},
};
constexpr std::size_t timing_out = 2;
constexpr std::size_t death = 4;

std::string name_of(const outcome& o) {
  if (!o.ec) return o.rung ? "done" : "returns false";
  if (o.ec == asio::error::operation_aborted) return "`operation_aborted`";
  if (o.ec == asio::error::bad_descriptor) return "`bad_descriptor`";
  return o.ec.message();
}

std::string outcome_of(const operation& op, std::size_t which) {
  const ending& e = endings[which];
  stage s;
  if (which == timing_out && op.how != form::timed && op.how != form::trying) return "has no limit";
  if (op.how == form::trying) {
    e.bring_about(s);
    return name_of(op.run(s, 0ns));
  }
  if (which == timing_out) return name_of(op.run(s, 1ms));

  // What goes on ends by the cancellation, and by nothing before that.
  const auto name = [&](const outcome& o) {
    return which == death && o.ec == asio::error::operation_aborted ? "goes on" : name_of(o);
  };
  if (op.how == form::asynchronous) {
    op.run(s, 0ns);
    s.poll();
    BOOST_TEST(!s.ended.has_value());
    e.bring_about(s);
    if (which == death) {
      s.poll();
      BOOST_TEST(!s.ended.has_value());
      s.cancellation.emit(asio::cancellation_type::total);
    }
    s.run();
    return s.ended ? name(*s.ended) : "nothing";
  }
  outcome o;
  std::atomic<bool> over = false;
  auto waiting = test::asleep_in([&] {
    o = op.run(s, 1h);
    over = true;
  });
  BOOST_TEST(!over);
  e.bring_about(s);
  if (which == death) s.mine.cancel();
  waiting.join();
  return name(o);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_wait_for_a_bell_ends_for_every_reason_as_documented) {
  std::vector<std::string> columns;
  for (const auto& e : endings) columns.emplace_back(e.name);
  test::table t(columns);
  for (const auto& op : operations) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i != endings.size(); ++i) cells.push_back(outcome_of(op, i));
    t.row(op.name, cells);
  }
  test::check_page("endings.md", t.text());
}
