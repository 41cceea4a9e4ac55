// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <deque>

#include <sys/resource.h>

#define BOOST_TEST_MODULE many_channels
#include "support/channels.hpp"
#include "support/completion.hpp"

#include <boost/test/unit_test.hpp>

using belfry::error_code;
namespace test = belfry::test;

namespace {

// The kernel refuses a descriptor that stands in more than 500 epoll sets which stand in another.
constexpr std::size_t many = 600;

/// Whether this process may open descriptors for so many.
bool may_open_enough() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= many * 16;
}

}  // namespace

BOOST_AUTO_TEST_CASE(hundreds_of_channels_can_be_waited_for_in_one_event_loop) {
  if (!may_open_enough()) {
    BOOST_TEST_MESSAGE("left out: too few descriptors may be opened");
    return;
  }
  boost::asio::io_context context;
  std::deque<test::both_sides> channels;
  std::array<test::result, many> received;
  std::array<char, 8> message;
  for (std::size_t i = 0; i != many; ++i) {
    channels.push_back(test::make_channels(context.get_executor()));
    channels.back().a.receiver().async_receive(boost::asio::buffer(message), received[i].handler());
  }
  context.poll();
  BOOST_TEST(std::count_if(received.begin(), received.end(), [](const auto& r) { return r.times != 0; }) == 0);
  for (auto& c : channels) c.b.sender().send(boost::asio::buffer("x", 1));
  context.run();
  BOOST_TEST(std::count_if(received.begin(), received.end(), [](const auto& r) { return !r.ec && r.size == 1; }) ==
             static_cast<std::ptrdiff_t>(many));
}
