// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/ring_writer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#define BOOST_TEST_MODULE endings
#include "support/channels.hpp"
#include "support/context_fixture.hpp"
#include "support/page.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Each operation of a channel that may wait, and how it ends for each reason there is. What comes out is the table in
// doc/endings.md, which must not differ.

using belfry::channel;
using belfry::error_code;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

/// A channel in which nothing can be received, and where it is `full` nothing be sent; and a peer that does what it is
/// told.
struct stage : test::context_fixture {
  explicit stage(bool full) {
    peer.a.set_wait_policy(belfry::wait_policy::block);
    peer.a.accept_descriptors(1);
    while (full && me().sender().try_send(asio::buffer(kilobyte))) {
    }
    position = me().stats().unread_bytes;
  }

  channel& me() { return peer.a; }

  test::hand_made peer = test::make_hand_made(context.get_executor());
  belfry::ring_writer writer{peer.own, peer.peer};
  std::string kilobyte = std::string(1000, 'x');
  std::uint64_t position = 0;
  asio::cancellation_signal cancellation;
  std::optional<error_code> ended;  // of the asynchronous operation
};

enum class form { blocking, timed, trying, asynchronous };

struct operation {
  const char* name;
  form how;
  bool waits_for_room;
  /// Blocking forms return how they ended; asynchronous ones tell `ended`.
  std::function<error_code(stage&, std::chrono::nanoseconds limit)> run;
};

template <class F>
auto call(F f) {
  return [f](stage& s, std::chrono::nanoseconds limit) {
    error_code ec;
    f(s, limit, ec);
    return ec;
  };
}

template <class F>
auto start(F f) {
  return [f](stage& s, std::chrono::nanoseconds) {
    f(s, asio::bind_cancellation_slot(s.cancellation.slot(), [&s](error_code ec, auto&&...) { s.ended = ec; }));
    return error_code();
  };
}

std::array<char, 2048> space;

/// What a try_ form that finds nothing reports here, since to it that is no error.
const error_code nothing_now = make_error_code(asio::error::try_again);

const std::vector<operation> operations = {
    {"sender::send", form::blocking, true,
     call([](stage& s, auto, error_code& ec) { s.me().sender().send(asio::buffer(s.kilobyte), ec); })},
    {"sender::send_for", form::timed, true,
     call([](stage& s, auto limit, error_code& ec) { s.me().sender().send_for(limit, asio::buffer(s.kilobyte), ec); })},
    {"sender::try_send", form::trying, true, call([](stage& s, auto, error_code& ec) {
       if (!s.me().sender().try_send(asio::buffer(s.kilobyte), ec) && !ec) ec = nothing_now;
     })},
    {"sender::async_send", form::asynchronous, true,
     start([](stage& s, auto token) { s.me().sender().async_send(asio::buffer(s.kilobyte), token); })},
    {"sender::reserve", form::blocking, true,
     call([](stage& s, auto, error_code& ec) { s.me().sender().reserve(1000, ec); })},
    {"sender::reserve_for", form::timed, true,
     call([](stage& s, auto limit, error_code& ec) { s.me().sender().reserve_for(limit, 1000, ec); })},
    {"sender::try_reserve", form::trying, true, call([](stage& s, auto, error_code& ec) {
       if (s.me().sender().try_reserve(1000, ec).data() == nullptr && !ec) ec = nothing_now;
     })},
    {"sender::async_reserve", form::asynchronous, true,
     start([](stage& s, auto token) { s.me().sender().async_reserve(1000, token); })},
    {"sender::wait_drained", form::blocking, true,
     call([](stage& s, auto, error_code& ec) { s.me().sender().wait_drained(ec); })},
    {"sender::wait_drained_for", form::timed, true,
     call([](stage& s, auto limit, error_code& ec) { s.me().sender().wait_drained_for(limit, ec); })},
    {"sender::async_wait_drained", form::asynchronous, true,
     start([](stage& s, auto token) { s.me().sender().async_wait_drained(token); })},
    {"channel::close_for", form::timed, true,
     call([](stage& s, auto limit, error_code& ec) { s.me().close_for(limit, ec); })},
    {"channel::async_close", form::asynchronous, true, start([](stage& s, auto token) { s.me().async_close(token); })},
    {"channel::request", form::blocking, false, call([](stage& s, auto, error_code& ec) {
       s.me().request(asio::buffer(s.kilobyte), 0, asio::buffer(space), ec);
     })},
    {"channel::request_for", form::timed, false, call([](stage& s, auto limit, error_code& ec) {
       s.me().request_for(limit, asio::buffer(s.kilobyte), 0, asio::buffer(space), ec);
     })},
    {"channel::async_request", form::asynchronous, false, start([](stage& s, auto token) {
       s.me().async_request(asio::buffer(s.kilobyte), 0, asio::buffer(space), token);
     })},
    {"channel::reply", form::blocking, true, call([](stage& s, auto, error_code& ec) {
       s.me().reply(belfry::request_id{1}, asio::buffer(s.kilobyte), 0, ec);
     })},
    {"channel::async_reply", form::asynchronous, true, start([](stage& s, auto token) {
       s.me().async_reply(belfry::request_id{1}, asio::buffer(s.kilobyte), 0, token);
     })},
    {"receiver::receive", form::blocking, false,
     call([](stage& s, auto, error_code& ec) { s.me().receiver().receive(asio::buffer(space), ec); })},
    {"receiver::receive_for", form::timed, false,
     call([](stage& s, auto limit, error_code& ec) { s.me().receiver().receive_for(limit, asio::buffer(space), ec); })},
    {"receiver::try_receive", form::trying, false, call([](stage& s, auto, error_code& ec) {
       if (!s.me().receiver().try_receive(asio::buffer(space), ec) && !ec) ec = nothing_now;
     })},
    {"receiver::async_receive", form::asynchronous, false,
     start([](stage& s, auto token) { s.me().receiver().async_receive(asio::buffer(space), token); })},
    {"receiver::peek", form::blocking, false, call([](stage& s, auto, error_code& ec) { s.me().receiver().peek(ec); })},
    {"receiver::peek_for", form::timed, false,
     call([](stage& s, auto limit, error_code& ec) { s.me().receiver().peek_for(limit, ec); })},
    {"receiver::try_peek", form::trying, false, call([](stage& s, auto, error_code& ec) {
       if (!s.me().receiver().try_peek(ec) && !ec) ec = nothing_now;
     })},
    {"receiver::async_peek", form::asynchronous, false,
     start([](stage& s, auto token) { s.me().receiver().async_peek(token); })},
    {"channel::receive_descriptor", form::blocking, false,
     call([](stage& s, auto, error_code& ec) { s.me().receive_descriptor(ec); })},
    {"channel::receive_descriptor_for", form::timed, false,
     call([](stage& s, auto limit, error_code& ec) { s.me().receive_descriptor_for(limit, ec); })},
    {"channel::try_receive_descriptor", form::trying, false, call([](stage& s, auto, error_code& ec) {
       if (!s.me().try_receive_descriptor(ec) && !ec) ec = nothing_now;
     })},
    {"channel::async_receive_descriptor", form::asynchronous, false,
     start([](stage& s, auto token) { s.me().async_receive_descriptor(token); })},
};

struct ending {
  const char* name;
  std::function<void(stage&)> bring_about;
};

const std::vector<ending> endings = {
    {"there is room, a message, a reply, or a descriptor",
     [](stage& s) {
       s.peer.own.control()->released.store(s.position);
       s.peer.to_writer.signal();
       error_code ec;
       const std::uint64_t first_request = 1;
       std::memcpy(s.writer.try_reserve(sizeof first_request, ec).data(), &first_request, sizeof first_request);
       s.writer.commit(sizeof first_request, 0, belfry::detail::message_header::reply);
       s.writer.try_reserve(1, ec);
       s.writer.commit(1);
       s.peer.to_reader.signal();
       s.peer.line.send(belfry::frame_type::descriptor, "input", 0, ec);
     }},
    {"`cancel()`", [](stage& s) { s.me().cancel(); }},
    {"its time is up", [](stage&) {}},
    {"`close()` here", [](stage& s) { s.me().close(); }},
    {"the peer's goodbye",
     [](stage& s) {
       error_code ec;
       s.peer.line.send(belfry::frame_type::goodbye, {}, ec);
     }},
    {"the peer's death", [](stage& s) { s.peer.line = belfry::lifeline(); }},
    {"the peer broke the protocol",
     [](stage& s) {
       error_code ec;
       s.peer.line.send(belfry::frame_type::hello, "again", ec);
     }},
};
constexpr std::size_t cancelling = 1;
constexpr std::size_t timing_out = 2;

std::string name_of(const error_code& ec) {
  using belfry::error;
  if (!ec) return "done";
  if (ec == nothing_now) return "nothing now";
  if (ec == asio::error::operation_aborted) return "`operation_aborted`";
  if (ec == asio::error::bad_descriptor) return "`bad_descriptor`";
  if (ec == error::timed_out) return "`timed_out`";
  if (ec == error::closed) return "`closed`";
  if (ec == error::peer_dead) return "`peer_dead`";
  if (ec == error::protocol_violation) return "`protocol_violation`";
  return ec.message();
}

std::uint64_t sleeps(stage& s) {
  const auto stats = s.me().stats();
  return stats.sent.sleeps + stats.received.sleeps;
}

std::string outcome(const operation& op, std::size_t which) {
  const ending& e = endings[which];
  stage s(op.waits_for_room);
  switch (op.how) {
    case form::trying:
      if (which == cancelling || which == timing_out) return name_of(op.run(s, 0ns));
      e.bring_about(s);
      s.me().is_open();  // one who only tries learns of an end here
      return name_of(op.run(s, 0ns));
    case form::blocking:
    case form::timed: {
      if (which == timing_out) return op.how == form::timed ? name_of(op.run(s, 1ms)) : "has no limit";
      std::jthread other([&] {
        test::until([&] { return sleeps(s) != 0; });
        e.bring_about(s);
      });
      return name_of(op.run(s, 1h));
    }
    case form::asynchronous:
      if (which == timing_out) return "has no limit";
      op.run(s, 0ns);
      s.poll();
      BOOST_TEST(!s.ended.has_value());
      e.bring_about(s);
      s.run();
      return s.ended ? name_of(*s.ended) : "nothing";
  }
  return {};
}

std::string table() {
  std::vector<std::string> columns;
  for (const auto& e : endings) columns.emplace_back(e.name);
  test::table t(columns);
  for (const auto& op : operations) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i != endings.size(); ++i) cells.push_back(outcome(op, i));
    t.row(op.name, cells);
  }
  return t.text();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_operation_ends_for_every_reason_as_documented) { test::check_page("endings.md", table()); }

BOOST_AUTO_TEST_CASE(every_asynchronous_operation_ends_for_every_kind_of_cancellation) {
  using asio::cancellation_type;
  for (const auto kind : {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
    for (const auto& op : operations) {
      if (op.how != form::asynchronous) continue;
      stage s(op.waits_for_room);
      op.run(s, 0ns);
      s.poll();
      BOOST_TEST(!s.ended.has_value());
      s.cancellation.emit(kind);
      s.run();
      BOOST_TEST((s.ended == asio::error::operation_aborted), op.name);
      BOOST_TEST(s.me().is_open());
    }
  }
}
