// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOOST_TEST_MODULE syscalls
#include "support/channel_fixture.hpp"
#include "support/child.hpp"
#include "support/forked_peer.hpp"
#include "support/process.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

// What costs a system call: to ring, and to sleep. The channel counts both.

using belfry::channel;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

struct fixture : test::channel_fixture {
  fixture() : channel_fixture({65536, 65536}) {}
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(sending_to_a_peer_that_is_awake_rings_nobody, fixture) {
  for (int i = 0; i != 100; ++i) a.sender().send(asio::buffer("x", 1));
  for (int i = 0; i != 100; ++i) {
    b.receiver().peek();
    b.receiver().release();
  }
  BOOST_TEST(a.stats().sent.rings == 0u);
  BOOST_TEST(a.stats().sent.sleeps == 0u);
  BOOST_TEST(b.stats().received.rings == 0u);
  BOOST_TEST(b.stats().received.sleeps == 0u);
}

BOOST_FIXTURE_TEST_CASE(sending_to_a_sleeping_peer_rings_once_however_much_is_sent, fixture) {
  for (std::uint64_t lap = 1; lap != 20; ++lap) {
    bool came = false;
    b.receiver().async_peek([&](error_code, belfry::message_view) { came = true; });
    poll();
    BOOST_TEST(b.stats().received.sleeps == lap);
    for (int i = 0; i != 10; ++i) a.sender().send(asio::buffer("x", 1));
    BOOST_TEST(a.stats().sent.rings == lap);
    run();
    BOOST_TEST(came);
    for (int i = 0; i != 10; ++i) {
      b.receiver().peek();
      b.receiver().release();
    }
  }
  BOOST_TEST(b.stats().received.rings == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_blocked_reader_costs_its_writer_one_ring, fixture) {
  b.set_wait_policy(wait_policy::block);
  for (std::uint64_t lap = 1; lap != 20; ++lap) {
    std::jthread reader([&] {
      b.receiver().peek();
      b.receiver().release();
    });
    test::until([&] { return b.stats().received.sleeps == lap; });
    a.sender().send(asio::buffer("x", 1));
    reader.join();
    BOOST_TEST(a.stats().sent.rings == lap);
  }
}

BOOST_FIXTURE_TEST_CASE(a_writer_that_waits_for_room_is_rung_once_for_half_the_ring, fixture) {
  const std::string kilobyte(1000, 'x');
  int sent = 0;
  while (a.sender().try_send(asio::buffer(kilobyte))) ++sent;
  bool room = false;
  a.sender().async_send(asio::buffer(kilobyte), [&](error_code) { room = true; });
  poll();
  BOOST_TEST(!room);
  for (int i = 0; i != sent; ++i) {
    b.receiver().peek();
    b.receiver().release();
    // Not before half of it is free: 32768 bytes, at 1008 a message.
    BOOST_TEST(b.stats().received.rings == (i + 1 < 33 ? 0u : 1u));
  }
  run();
  BOOST_TEST(room);
}

BOOST_FIXTURE_TEST_CASE(signals_that_came_too_late_cost_the_next_wait_little, fixture) {
  // A wait that was cancelled has asked for a signal, which is sent all the same.
  constexpr int stale = 8;
  for (int i = 0; i != stale; ++i) {
    bool ended = false;
    b.receiver().async_peek([&](error_code, belfry::message_view) { ended = true; });
    poll();
    BOOST_TEST(!ended);
    b.receiver().cancel();
    run();
    a.sender().send(asio::buffer("x", 1));
    b.receiver().peek();
    b.receiver().release();
  }
  BOOST_TEST(a.stats().sent.rings == static_cast<std::uint64_t>(stale));

  const auto before = b.stats().received.sleeps;
  bool came = false;
  b.receiver().async_peek([&](error_code, belfry::message_view) { came = true; });
  poll();
  BOOST_TEST(!came);
  BOOST_TEST(b.stats().received.sleeps - before == 2u);  // one woken for nothing, one that lasts
  a.sender().send(asio::buffer("x", 1));
  run();
  BOOST_TEST(came);
}

BOOST_AUTO_TEST_CASE(a_stream_costs_far_fewer_system_calls_than_it_has_messages) {
  constexpr std::uint64_t count = 300'000;
  asio::io_context context;
  auto [mine, peer] = test::fork_peer(context.get_executor(), {65536, 4096}, [](channel& c) {
    for (std::uint64_t i = 0; i != count; ++i) {
      c.receiver().peek();
      c.receiver().release();
    }
    const auto s = c.stats().received;
    return s.rings + s.sleeps < count / 10 ? 0 : 1;
  });
  for (std::uint64_t i = 0; i != count; ++i) mine.sender().send(asio::buffer(&i, sizeof i));
  BOOST_TEST(peer.wait() == 0);
  const auto s = mine.stats().sent;
  BOOST_TEST(s.messages == count);
  BOOST_TEST(s.rings + s.sleeps < count / 10);
}

namespace {

/// From here on the kernel kills this process for any system call but exit, read and write.
void renounce_system_calls() { ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); }
[[noreturn]] void leave() {
  for (;;) ::syscall(SYS_exit, 0);
}

void pass_one(channel& from, channel& to, std::size_t size) {
  const auto room = from.sender().reserve(size);
  room.front() = room.back() = std::byte{1};
  from.sender().commit(size);
  if (to.receiver().peek().size() != size) std::abort();
  to.receiver().release();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_kernel_kills_for_a_system_call) {
  if (test::left_out()) return;
  BOOST_TEST(test::child([]() -> int {
               renounce_system_calls();
               ::getppid();
               leave();
             }).wait() == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_message_costs_none_while_both_are_awake_however_large_it_is) {
  if (test::left_out()) return;
  for (const std::size_t size : {std::size_t{64}, std::size_t{1024 * 1024}}) {
    // In the child, since memory is not inherited.
    test::child process([&]() -> int {
      asio::io_context context;
      auto [a, b] = test::make_channels(context.get_executor(), test::large_messages(4 * 1024 * 1024));
      for (int i = 0; i != 10; ++i) pass_one(a, b, size);
      renounce_system_calls();
      for (int i = 0; i != 1000; ++i) pass_one(a, b, size);
      leave();
    });
    BOOST_TEST(process.wait() == 0);
  }
}
