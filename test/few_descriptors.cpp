// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/doorbell.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>

#define BOOST_TEST_MODULE few_descriptors
#include "support/channels.hpp"
#include "support/completion.hpp"
#include "support/descriptor_limit.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

// A process of its own, since it is about the first wait of a process.

using belfry::error_code;
using namespace std::chrono_literals;
namespace test = belfry::test;

namespace {

const auto too_many = make_error_condition(boost::system::errc::too_many_files_open);

}  // namespace

BOOST_AUTO_TEST_CASE(a_wait_that_lacks_descriptors_says_so_and_later_ones_work) {
  if (test::left_out()) return;
  boost::asio::io_context context;
  auto sides = test::make_channels(context.get_executor());
  auto [bell, handle] = belfry::doorbell::create_pair(context.get_executor());
  error_code ec;
  error_code of_bell;
  error_code later;
  {
    const test::descriptor_limit none_left(test::next_descriptor());
    sides.a.receiver().peek_for(0s, ec);
    bell.wait_for(0s, of_bell);
    sides.b.receiver().async_peek(test::into(later));
    context.run();
  }
  BOOST_TEST((ec == too_many));
  BOOST_TEST((of_bell == too_many));
  BOOST_TEST((later == too_many));
  sides.a.receiver().peek_for(0s, ec);
  BOOST_TEST((ec == belfry::error::timed_out));
  BOOST_TEST(!bell.wait_for(0s, ec));
  BOOST_TEST(!ec);
  sides.b.receiver().peek_for(0s, ec);
  BOOST_TEST((ec == belfry::error::timed_out));
}

BOOST_AUTO_TEST_CASE(a_channel_that_lacks_descriptors_is_not_made_and_leaves_none_behind) {
  if (test::left_out()) return;
  boost::asio::io_context context;
  error_code ec;
  const int next = test::next_descriptor();
  for (int spare = 0;; ++spare) {
    bool made = false;
    {
      const test::descriptor_limit few_left(next + spare);
      made = belfry::channel::create_pair(context.get_executor(), {}, ec).first.is_open();
    }
    BOOST_TEST(test::next_descriptor() == next);
    if (made) break;
    BOOST_TEST((ec == too_many));
    BOOST_TEST_REQUIRE(spare < 100);
  }
}
