// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>

#define BOOST_TEST_MODULE stress
#include "support/channels.hpp"
#include "support/forked_peer.hpp"
#include "support/pattern.hpp"

#include <boost/test/unit_test.hpp>

// Messages of random size through a ring of a page each way, at the same time, their contents verified: none lost,
// doubled, torn or late. BELFRY_STRESS_MESSAGES says how many each way.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

constexpr std::size_t largest = 2048;

std::uint64_t message_count(std::uint64_t otherwise) {
  const char* const text = std::getenv("BELFRY_STRESS_MESSAGES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Now and then gives the processor away, for a moment or for longer, so that each side finds the other asleep.
void dawdle(test::sequence& random) {
  const auto roll = random.next(65535);
  if (roll < 60) std::this_thread::yield();
  if (roll == 60) std::this_thread::sleep_for(std::chrono::microseconds(200));
}

/// One side's sending half. Copies and writes in place, by turns.
bool send_all(channel& c, std::uint64_t count, std::uint64_t seed) {
  test::sequence sizes(seed);
  test::sequence mood(seed + 1000);
  std::array<std::byte, largest> buffer;
  for (std::uint64_t number = 0; number != count; ++number) {
    const std::size_t size = sizes.next(largest);
    const auto kind = static_cast<std::uint16_t>(number);
    error_code ec;
    if (number % 2 == 0) {
      const auto room = c.sender().reserve(size, ec);
      if (ec) return false;
      test::fill_pattern(room, number);
      c.sender().commit(size, kind);
    } else {
      test::fill_pattern({buffer.data(), size}, number);
      c.sender().send(asio::buffer(buffer.data(), size), kind, ec);
      if (ec) return false;
    }
    dawdle(mood);
  }
  return true;
}

bool receive_all(channel& c, std::uint64_t count, std::uint64_t seed) {
  test::sequence sizes(seed);
  test::sequence mood(seed + 2000);
  for (std::uint64_t number = 0; number != count; ++number) {
    const std::size_t size = sizes.next(largest);
    error_code ec;
    const auto message = c.receiver().peek(ec);
    if (ec || message.size() != size || message.kind() != static_cast<std::uint16_t>(number) ||
        !test::has_pattern(message.bytes(), number)) {
      return false;
    }
    c.receiver().release();
    dawdle(mood);
  }
  // Not one more.
  error_code ec;
  return !c.receiver().try_peek(ec) && !ec;
}

/// Both halves of a side in one thread, whichever can go on: a process that may not have threads.
bool both_in_one_thread(channel& c, std::uint64_t count, std::uint64_t out_seed, std::uint64_t in_seed) {
  test::sequence out_sizes(out_seed);
  test::sequence in_sizes(in_seed);
  test::sequence mood(out_seed + 3000);
  asio::io_context& context = static_cast<asio::io_context&>(asio::query(c.get_executor(), asio::execution::context));
  bool right = true;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;

  std::optional<std::size_t> out_size;
  std::function<void()> send_some = [&] {
    while (right && sent != count) {
      if (!out_size) out_size = out_sizes.next(largest);
      error_code ec;
      const auto room = c.sender().try_reserve(*out_size, ec);
      if (ec) right = false;
      if (!right) return;
      if (room.data() == nullptr) break;
      test::fill_pattern(room, sent);
      c.sender().commit(*out_size, static_cast<std::uint16_t>(sent));
      out_size.reset();
      ++sent;
      dawdle(mood);
    }
    if (sent == count) return;
    c.sender().async_reserve(*out_size, [&](error_code ec, std::span<std::byte>) {
      if (ec) right = false;
      if (right) send_some();
    });
  };
  std::function<void()> receive_some = [&] {
    c.receiver().async_peek([&](error_code ec, belfry::message_view message) {
      // As many as there are, but not for ever: the other half wants its turn.
      for (int turn = 0; right && turn != 64; ++turn) {
        const std::size_t size = in_sizes.next(largest);
        right = !ec && message.size() == size && message.kind() == static_cast<std::uint16_t>(received) &&
                test::has_pattern(message.bytes(), received);
        c.receiver().release();
        if (!right || ++received == count) return;
        dawdle(mood);
        message = c.receiver().try_peek(ec);
        if (!message && !ec) break;
        if (turn == 63) break;
      }
      if (right) receive_some();
    });
  };
  send_some();
  receive_some();
  context.run();
  return right && sent == count && received == count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_processes_exchange_messages_of_random_size_both_ways) {
  const std::uint64_t count = message_count(200'000);
  asio::io_context context;
  auto [mine, peer] = test::fork_peer(context.get_executor(), {4096, 4096},
                                      [count](channel& c) { return both_in_one_thread(c, count, 2, 1) ? 0 : 1; });
  BOOST_TEST(both_in_one_thread(mine, count, 1, 2));
  BOOST_TEST(peer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(two_processes_that_block_exchange_messages_of_random_size_both_ways) {
  // A process each way, so that no thread is needed in a forked child: the channel's other direction is used too.
  const std::uint64_t count = message_count(200'000);
  for (const auto policy : {wait_policy::adaptive, wait_policy::block}) {
    asio::io_context context;
    auto [mine, peer] = test::fork_peer(context.get_executor(), {4096, 4096}, [count, policy](channel& c) {
      c.set_wait_policy(policy);
      return receive_all(c, count / 2, 1) && send_all(c, count / 2, 2) ? 0 : 1;
    });
    mine.set_wait_policy(policy);
    BOOST_TEST(send_all(mine, count / 2, 1));
    BOOST_TEST(receive_all(mine, count / 2, 2));
    BOOST_TEST(peer.wait() == 0);
  }
}

BOOST_AUTO_TEST_CASE(two_threads_over_the_same_mappings_exchange_messages_of_random_size_both_ways) {
  const std::uint64_t count = message_count(200'000) / 2;
  for (const auto policy : {wait_policy::adaptive, wait_policy::block}) {
    asio::io_context context;
    auto [a, b] = test::make_channels_on_shared_mappings(context.get_executor());
    a.set_wait_policy(policy);
    b.set_wait_policy(policy);
    bool right[4] = {};
    {
      std::jthread first([&a, &r = right[0], count] { r = send_all(a, count, 1); });
      std::jthread second([&b, &r = right[1], count] { r = receive_all(b, count, 1); });
      std::jthread third([&b, &r = right[2], count] { r = send_all(b, count, 2); });
      std::jthread fourth([&a, &r = right[3], count] { r = receive_all(a, count, 2); });
    }
    for (const bool r : right) BOOST_TEST(r);
    BOOST_TEST(a.stats().sent.messages == count);
    BOOST_TEST(b.stats().received.bytes == a.stats().sent.bytes);
    BOOST_TEST(a.stats().unread_bytes == 0u);
  }
}
