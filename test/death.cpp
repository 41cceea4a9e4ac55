// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/diagnostics.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#define BOOST_TEST_MODULE death
#include "support/channels.hpp"
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/context_fixture.hpp"
#include "support/forked_peer.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// The peer's process ends without a goodbye, in each way, while this side does each thing.

using belfry::channel;
using belfry::error;
using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::into;

namespace {

enum class way { killed, aborted, exited };

constexpr int messages_before = 3;

/// A channel to a forked process that commits a few messages and then, when told to, ends.
struct fixture : test::context_fixture {
  fixture() {
    belfry::set_diagnostics_sink([this](const belfry::diagnostic& d) { seen.push_back(d); });
  }
  ~fixture() { belfry::set_diagnostics_sink({}); }

  void start(way w) {
    auto [c, handle] = channel::create_pair(context.get_executor(), {4096, 4096});
    mine = std::move(c);
    peer.emplace([this, w, &handle] {
      mine = channel();  // its copies of this side's ends would hide this side's death
      asio::io_context own_context;
      auto theirs = channel::from_handle(own_context.get_executor(), std::move(handle));
      for (int i = 0; i != messages_before; ++i) theirs.sender().send(asio::buffer("before", 6));
      theirs.sender().reserve(100);  // what was not committed never was
      stage.tell_parent();
      stage.await_parent();
      if (w == way::aborted) std::abort();
      if (w == way::exited) ::_exit(3);
      for (;;) ::pause();
      return 0;
    });
    handle = {};
    stage.await_child();
  }

  void end(way w) {
    stage.tell_child();
    if (w == way::killed) peer->kill(SIGKILL);
  }
  void end_and_reap(way w) {
    end(w);
    status = peer->wait();
  }

  void fill() {
    while (mine.sender().try_send(asio::buffer(thousand))) {
    }
  }

  /// What was committed before comes first, then the death, to every operation from then on.
  void drain_and_see_the_death() {
    std::string text;
    for (int i = 0; i != messages_before; ++i) {
      text.clear();
      mine.receiver().receive(asio::dynamic_buffer(text));
      BOOST_TEST(text == "before");
    }
    error_code ec;
    for (int i = 0; i != 2; ++i) {
      mine.receiver().receive(asio::dynamic_buffer(text), ec);
      BOOST_TEST((ec == error::peer_dead));
      mine.sender().send(asio::buffer("x", 1), ec);
      BOOST_TEST((ec == error::peer_dead));
      mine.sender().try_send(asio::buffer("x", 1), ec);
      BOOST_TEST((ec == error::peer_dead));
    }
    BOOST_TEST(!mine.is_open());
  }

  void one_diagnostic() {
    mine = channel();
    BOOST_REQUIRE(seen.size() == 1u);
    BOOST_TEST((seen[0].kind == belfry::event_kind::peer_died));
    BOOST_TEST((seen[0].level == belfry::severity::error));
    BOOST_TEST((seen[0].source == belfry::subsystem::channel));
    BOOST_TEST(!seen[0].message.empty());
  }

  std::string thousand = std::string(1000, 'x');
  std::vector<belfry::diagnostic> seen;
  test::stage stage;
  channel mine;
  std::optional<test::child> peer;
  int status = -1;
};

constexpr way ways[] = {way::killed, way::aborted, way::exited};

template <class F>
void in_each_way(F f) {
  for (const way w : ways) {
    fixture x;
    x.start(w);
    f(x, w);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_death_while_this_side_is_idle_is_found_behind_the_last_message) {
  in_each_way([](fixture& x, way w) {
    x.end_and_reap(w);
    BOOST_TEST(x.status == (w == way::killed ? 128 + SIGKILL : w == way::aborted ? 128 + SIGABRT : 3));
    x.drain_and_see_the_death();
    x.one_diagnostic();
  });
}

BOOST_AUTO_TEST_CASE(a_death_ends_a_blocked_receive) {
  in_each_way([](fixture& x, way w) {
    for (int i = 0; i != messages_before; ++i) {
      x.mine.receiver().peek();
      x.mine.receiver().release();
    }
    error_code ec;
    std::thread waiting([&] { x.mine.receiver().peek(ec); });
    test::until([&] { return x.mine.stats().received.sleeps != 0; });
    x.end(w);
    waiting.join();
    BOOST_TEST((ec == error::peer_dead));
    x.one_diagnostic();
  });
}

BOOST_AUTO_TEST_CASE(a_death_ends_a_pending_receive_behind_the_last_message) {
  in_each_way([](fixture& x, way w) {
    std::vector<std::string> received;
    error_code end;
    std::string text;
    std::function<void()> next = [&] {
      text.clear();
      x.mine.receiver().async_receive(asio::dynamic_buffer(text), [&](error_code ec, std::size_t) {
        if (ec) {
          end = ec;
          return;
        }
        received.push_back(text);
        next();
      });
    };
    next();
    while (received.size() != messages_before) x.context.run_one();
    x.poll();
    BOOST_TEST(!end);
    x.end(w);
    x.run();
    BOOST_TEST((end == error::peer_dead));
    BOOST_TEST(received.size() == std::size_t{messages_before});
    x.one_diagnostic();
  });
}

BOOST_AUTO_TEST_CASE(a_death_ends_a_send_that_is_blocked_by_a_full_ring) {
  in_each_way([](fixture& x, way w) {
    x.fill();
    error_code ec;
    std::thread waiting([&] { x.mine.sender().send(asio::buffer(x.thousand), ec); });
    test::until([&] { return x.mine.stats().sent.sleeps != 0; });
    x.end(w);
    waiting.join();
    BOOST_TEST((ec == error::peer_dead));
    x.drain_and_see_the_death();
    x.one_diagnostic();
    BOOST_TEST(x.seen[0].unread_bytes == x.seen[0].messages_sent * 1008);
    BOOST_TEST(x.seen[0].bytes_sent == x.seen[0].messages_sent * 1000);
  });
}

BOOST_AUTO_TEST_CASE(a_death_ends_a_send_that_is_pending_for_a_full_ring) {
  in_each_way([](fixture& x, way w) {
    x.fill();
    std::optional<error_code> ec;
    x.mine.sender().async_send(asio::buffer(x.thousand), into(ec));
    x.poll();
    BOOST_TEST(!ec.has_value());
    x.end(w);
    x.run();
    BOOST_TEST((ec == error::peer_dead));
    x.drain_and_see_the_death();
    x.one_diagnostic();
  });
}

BOOST_AUTO_TEST_CASE(a_death_ends_both_directions_waits_with_one_diagnostic) {
  in_each_way([](fixture& x, way w) {
    x.fill();
    for (int i = 0; i != messages_before; ++i) {
      x.mine.receiver().peek();
      x.mine.receiver().release();
    }
    std::optional<error_code> sending;
    std::optional<error_code> receiving;
    x.mine.sender().async_reserve(1000, into(sending));
    x.mine.receiver().async_peek(into(receiving));
    x.poll();
    BOOST_TEST((!sending.has_value() && !receiving.has_value()));
    x.end(w);
    x.run();
    BOOST_TEST((sending == error::peer_dead));
    BOOST_TEST((receiving == error::peer_dead));
    x.one_diagnostic();
  });
}

BOOST_AUTO_TEST_CASE(a_death_in_the_middle_of_a_stream_loses_nothing_that_was_committed) {
  for (int lap = 0; lap != 5; ++lap) {
    asio::io_context context;
    auto [mine, peer] = test::fork_peer(context.get_executor(), {4096, 4096}, [](channel& theirs) {
      for (std::uint64_t i = 0; i != 5000; ++i) theirs.sender().send(asio::buffer(&i, sizeof i));
      ::raise(SIGKILL);
      return 0;
    });
    std::uint64_t expected = 0;
    error_code ec;
    for (;;) {
      std::uint64_t number = 0;
      mine.receiver().receive(asio::buffer(&number, sizeof number), ec);
      if (ec) break;
      BOOST_REQUIRE(number == expected);
      ++expected;
    }
    BOOST_TEST((ec == error::peer_dead));
    BOOST_TEST(expected == 5000u);
  }
}

BOOST_AUTO_TEST_CASE(a_dropped_handle_is_a_death) {
  asio::io_context context;
  auto [mine, handle] = channel::create_pair(context.get_executor());
  handle = {};
  error_code ec;
  mine.receiver().peek(ec);
  BOOST_TEST((ec == error::peer_dead));
}

BOOST_AUTO_TEST_CASE(a_goodbye_before_the_death_is_a_goodbye) {
  asio::io_context context;
  auto [mine, peer] = test::fork_peer(context.get_executor(), {}, [](channel& theirs) {
    theirs.sender().send(asio::buffer("last", 4));
    theirs.close();
    return 0;
  });
  BOOST_TEST(peer.wait() == 0);
  std::string text;
  mine.receiver().receive(asio::dynamic_buffer(text));
  BOOST_TEST(text == "last");
  error_code ec;
  mine.receiver().peek(ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_AUTO_TEST_CASE(a_sink_that_is_empty_is_silence_and_a_default_does_not_replace_it) {
  belfry::set_diagnostics_sink({});
  bool spoke = false;
  BOOST_TEST(!belfry::set_default_diagnostics_sink([&](const belfry::diagnostic&) { spoke = true; }));
  belfry::report({});
  BOOST_TEST(!spoke);
}
