// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_MESSAGE_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_MESSAGE_FIXTURE_HPP

#include "channel_fixture.hpp"

#include <boost/asio/buffer.hpp>

#include <string>

namespace belfry::test {

/// A channel for messages of text, of which a few fill it.
struct message_fixture : blocking_channel_fixture {
  /// Fills the ring of `a`; returns how many messages of 1000 bytes that took.
  int fill() {
    int count = 0;
    while (a.sender().try_send(boost::asio::buffer(thousand))) ++count;
    return count;
  }

  std::string text_from(channel& c) {
    std::string text;
    c.receiver().receive(boost::asio::dynamic_buffer(text));
    return text;
  }

  std::string thousand = std::string(1000, 'x');
};

}  // namespace belfry::test

#endif
