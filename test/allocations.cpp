// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#define BOOST_TEST_MODULE allocations
#include "support/channel_fixture.hpp"

#include <boost/test/unit_test.hpp>

// No message costs an allocation, where nothing is asynchronous.

using belfry::channel;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Not inlined, or the compiler, which knows what a new goes with, would wonder.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size != 0 ? size : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

constexpr int warm_up = 100;
constexpr int laps = 1000;

struct fixture : test::channel_fixture {
  fixture() : channel_fixture(test::large_messages(1 << 20)) {}

  std::array<char, 64> there{};
  std::array<char, 64> back{};

  /// Allocations of `laps` calls, after some to warm up.
  template <class F>
  std::uint64_t of(F f) {
    for (int i = 0; i != warm_up; ++i) f();
    const auto before = allocations.load();
    for (int i = 0; i != laps; ++i) f();
    return allocations.load() - before;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_counter_counts) {
  const auto before = allocations.load();
  int* volatile kept = new int(5);  // or the compiler might do without
  delete kept;
  BOOST_TEST(allocations.load() > before);
}

BOOST_FIXTURE_TEST_CASE(blocking_operations_make_none, fixture) {
  BOOST_TEST(of([&] {
               a.sender().send(asio::buffer(there));
               b.receiver().receive(asio::buffer(back));
             }) == 0u);
}

BOOST_FIXTURE_TEST_CASE(nor_do_waits, fixture) {
  b.set_wait_policy(wait_policy::block);
  BOOST_TEST(of([&] {
               error_code ec;
               b.receiver().peek_for(std::chrono::nanoseconds(1), ec);
             }) == 0u);
}

BOOST_FIXTURE_TEST_CASE(nor_does_looking_at_one_message_again_and_again, fixture) {
  a.sender().reserve(100'000);
  a.sender().commit(100'000);
  BOOST_TEST(of([&] { b.receiver().peek(); }) == 0u);
}

BOOST_FIXTURE_TEST_CASE(nor_does_writing_and_reading_in_place, fixture) {
  for (const std::size_t size : {64U, 100'000U}) {
    BOOST_TEST(of([&] {
                 a.sender().reserve(size);
                 a.sender().commit(size);
                 b.receiver().peek();
                 b.receiver().release();
               }) == 0u);
  }
}
