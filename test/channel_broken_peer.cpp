// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/diagnostics.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

#include <unistd.h>

#define BOOST_TEST_MODULE channel_broken_peer
#include "support/channels.hpp"
#include "support/completion.hpp"
#include "support/context_fixture.hpp"

#include <boost/test/unit_test.hpp>

// What a peer may do to a channel, and what ends it.

using belfry::channel;
using belfry::error;
using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::result;

BOOST_AUTO_TEST_SUITE(a_broken_peer)

BOOST_AUTO_TEST_CASE(a_header_that_cannot_be_closes_the_channel_with_one_diagnostic) {
  asio::io_context context;
  auto h = test::make_hand_made(context.get_executor());
  std::vector<belfry::diagnostic> seen;
  belfry::set_diagnostics_sink([&](const belfry::diagnostic& d) { seen.push_back(d); });
  reinterpret_cast<belfry::detail::shared_word*>(h.own.data())->store(77);
  error_code ec;
  h.a.receiver().peek(ec);
  BOOST_TEST((ec == error::protocol_violation));
  h.a.receiver().try_peek(ec);
  BOOST_TEST((ec == error::protocol_violation));
  h.a.sender().send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == error::protocol_violation));
  BOOST_TEST(!h.a.is_open());
  h.a = channel();
  belfry::set_diagnostics_sink({});
  BOOST_REQUIRE(seen.size() == 1u);
  BOOST_TEST((seen[0].kind == belfry::event_kind::protocol_violation));
  BOOST_TEST(seen[0].message.find("header") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_released_position_that_cannot_be_ends_a_pending_send, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  const std::string thousand(1000, 'x');
  while (h.a.sender().try_send(asio::buffer(thousand))) {
  }
  result sending;
  result receiving;
  std::string text;
  h.a.sender().async_send(asio::buffer(thousand), sending.handler());
  h.a.receiver().async_receive(asio::dynamic_buffer(text), receiving.handler());
  poll();
  BOOST_TEST((sending.times == 0 && receiving.times == 0));
  h.own.control()->released.store(4);
  h.to_writer.signal();
  run();
  BOOST_TEST((sending.ec == error::protocol_violation));
  BOOST_TEST((receiving.ec == error::protocol_violation));
}

BOOST_AUTO_TEST_CASE(an_unexpected_frame_or_garbage_on_the_lifeline_is_a_protocol_violation) {
  for (const bool garbage : {false, true}) {
    asio::io_context context;
    auto h = test::make_hand_made(context.get_executor());
    error_code ec;
    if (garbage) BOOST_TEST(::write(h.line.native_handle(), "garbage on the line", 19) == 19);
    else h.line.send(belfry::frame_type::hello, "again", ec);
    h.a.receiver().peek(ec);
    BOOST_TEST((ec == error::protocol_violation));
  }
}

BOOST_FIXTURE_TEST_CASE(part_of_a_frame_on_the_lifeline_means_nothing_yet, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  std::string text;
  result r;
  h.a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  poll();
  BOOST_TEST(::write(h.line.native_handle(), "bF\4", 3) == 3);
  while (context.poll_one() == 0) {
  }
  poll();
  BOOST_TEST(r.times == 0);
  BOOST_TEST(h.a.is_open());
  h.line = belfry::lifeline();
  run();
  BOOST_TEST((r.ec == error::peer_dead));
}

BOOST_FIXTURE_TEST_CASE(spurious_rings_wake_nobody_for_good, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  std::string text;
  result r;
  h.a.receiver().async_receive(asio::dynamic_buffer(text), r.handler());
  for (int i = 0; i != 1000; ++i) {
    h.to_reader.signal();
    h.to_writer.signal();
    poll();
  }
  BOOST_TEST(r.times == 0);
  error_code ec;
  h.line.send(belfry::frame_type::goodbye, {}, ec);
  run();
  BOOST_TEST((r.ec == error::closed));
}

BOOST_AUTO_TEST_SUITE_END()
