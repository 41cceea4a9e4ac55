// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/large_message_limits.hpp>

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#define BOOST_TEST_MODULE largest_message
#include "support/channels.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

// The largest message that there can be, whose size does not even fit into 32 bits.

namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

constexpr std::size_t largest = belfry::large_message_limits::max_region_bytes;

/// Of memory that can be had without taking it from anybody.
std::size_t available_bytes() {
  std::ifstream in("/proc/meminfo");
  std::string word;
  std::size_t kilobytes = 0;
  while (in >> word && word != "MemAvailable:") in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  in >> kilobytes;
  return kilobytes * 1024;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_message_of_four_gibibytes_passes_in_place) {
  if (test::left_out()) return;
  if (available_bytes() < 2 * largest) {
    BOOST_TEST_MESSAGE("there is too little memory");
    return;
  }
  asio::io_context context;
  auto [a, b] = test::make_channels(context.get_executor(), {4096, 4096, {largest, 1}, {}});
  constexpr std::array<std::size_t, 6> places{
      0, (std::size_t{1} << 31) - 1, std::size_t{1} << 31, (std::size_t{1} << 31) + 4096, largest - 4096, largest - 1};
  {
    const auto room = a.sender().reserve(largest);
    BOOST_TEST_REQUIRE(room.size() == largest);
    for (std::size_t i = 0; i != places.size(); ++i) room[places[i]] = static_cast<std::byte>(i + 1);
    a.sender().commit(largest, 7);
  }
  const auto message = b.receiver().peek();
  BOOST_TEST_REQUIRE(message.size() == largest);
  BOOST_TEST(message.kind() == 7);
  for (std::size_t i = 0; i != places.size(); ++i) {
    BOOST_TEST((message.bytes()[places[i]] == static_cast<std::byte>(i + 1)));
  }
  b.receiver().release();
  BOOST_TEST(b.stats().received.bytes == std::uint64_t{largest});
  belfry::error_code ec;
  a.sender().reserve(largest + 1, ec);
  BOOST_TEST((ec == belfry::error::message_too_large));
}
