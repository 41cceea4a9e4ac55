// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/ring_writer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#define BOOST_TEST_MODULE requests_ending
#include "support/completion.hpp"
#include "support/forked_peer.hpp"
#include "support/request_fixture.hpp"

#include <boost/test/unit_test.hpp>

// How requests end without a reply: with the channel, with the peer, and with a peer that is broken.

using belfry::channel;
using belfry::error;
using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using test::answer;
using test::into;
using fixture = test::request_fixture;

BOOST_AUTO_TEST_SUITE(at_the_end)

BOOST_FIXTURE_TEST_CASE(a_goodbye_ends_unanswered_requests_and_no_answered_one, fixture) {
  answer first;
  answer second;
  ask("1", first);
  ask("2", second);
  poll();
  BOOST_TEST((!first.ec && !second.ec));
  b.sender().send(asio::buffer("in front", 8));
  b.reply(question().second, asio::buffer("!", 1));
  b.close();
  run();
  BOOST_TEST(first.text == "!");
  BOOST_TEST((second.ec == error::closed));
  BOOST_TEST(a.receiver().peek().text() == "in front");
}

BOOST_FIXTURE_TEST_CASE(so_does_the_end_of_the_peers_direction, fixture) {
  answer first;
  ask("1", first);
  poll();
  BOOST_TEST(!first.ec);
  b.sender().shutdown();
  run();
  BOOST_TEST((first.ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(so_does_closing_or_cancelling_here, fixture) {
  answer first;
  ask("1", first);
  poll();
  BOOST_TEST(!first.ec);
  a.cancel();
  run();
  BOOST_TEST((first.ec == aborted));
  answer second;
  ask("2", second);
  poll();
  BOOST_TEST(!second.ec);
  a.close();
  run();
  BOOST_TEST((second.ec == aborted));
}

BOOST_FIXTURE_TEST_CASE(a_dead_peer_ends_unanswered_requests_and_no_answered_one, fixture) {
  auto [mine, peer] = test::fork_peer(context.get_executor(), {}, [](channel& c) {
    const auto first = c.receiver().peek().request();
    c.receiver().release();
    c.receiver().peek();  // both have been asked
    c.reply(first, asio::buffer("!", 1));
    ::raise(SIGKILL);
    return 0;
  });
  answer first;
  answer second;
  mine.async_request(asio::buffer("1", 1), 0, asio::dynamic_buffer(first.text), into(first.ec));
  mine.async_request(asio::buffer("2", 1), 0, asio::dynamic_buffer(second.text), into(second.ec));
  run();
  BOOST_TEST(first.text == "!");
  BOOST_TEST((second.ec == error::peer_dead));
}

BOOST_FIXTURE_TEST_CASE(a_channel_may_be_destroyed_with_requests_pending, fixture) {
  answer first;
  ask("1", first);
  poll();
  BOOST_TEST(!first.ec);
  sides.a = channel();
  run();
  BOOST_TEST((first.ec == aborted));
}

BOOST_AUTO_TEST_CASE(an_io_context_may_be_destroyed_with_requests_pending) {
  answer first;
  auto context = std::make_unique<asio::io_context>();
  auto sides = test::make_channels(context->get_executor());
  sides.a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(first.text), into(first.ec));
  context->poll();
  BOOST_TEST(!first.ec.has_value());
  sides = {};
  context.reset();
  BOOST_TEST(!first.ec.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_broken_peer)

BOOST_AUTO_TEST_CASE(what_cannot_be_a_request_or_a_reply_is_a_protocol_violation) {
  namespace header = belfry::detail::message_header;
  for (const std::uint64_t value :
       {header::encode(7, 0, header::request), header::encode(0, 0, header::reply),
        header::encode(8, 0, header::request | header::reply), header::encode(8, 0) | std::uint64_t{1} << 50}) {
    asio::io_context context;
    auto h = test::make_hand_made(context.get_executor());
    std::memcpy(h.own.data(), &value, sizeof value);
    error_code ec;
    h.a.receiver().try_peek(ec);
    BOOST_TEST((ec == error::protocol_violation));
  }
}

BOOST_AUTO_TEST_CASE(replies_to_nothing_are_dropped) {
  namespace header = belfry::detail::message_header;
  asio::io_context context;
  auto h = test::make_hand_made(context.get_executor());
  belfry::ring_writer writer(h.own, h.peer);
  error_code ec;
  for (const std::uint64_t number : {1ULL, 7ULL, ~0ULL}) {
    std::memcpy(writer.try_reserve(8, ec).data(), &number, 8);
    writer.commit(8, 0, header::reply);
  }
  BOOST_TEST(!h.a.receiver().try_peek(ec));
  BOOST_TEST(!ec);
  BOOST_TEST(h.peer.control()->released.load() == writer.position());
}

BOOST_FIXTURE_TEST_CASE(a_violation_ends_requests, test::context_fixture) {
  auto h = test::make_hand_made(context.get_executor());
  answer first;
  h.a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(first.text), into(first.ec));
  poll();
  BOOST_TEST(!first.ec);
  const std::uint64_t nonsense = 0x7fff'ffff'ffff'ffff;
  std::memcpy(h.own.data(), &nonsense, sizeof nonsense);
  h.to_reader.signal();
  run();
  BOOST_TEST((first.ec == error::protocol_violation));
}

BOOST_AUTO_TEST_SUITE_END()
