// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_REQUEST_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_REQUEST_FIXTURE_HPP

#include "channel_fixture.hpp"
#include "completion.hpp"

#include <boost/asio/buffer.hpp>

#include <optional>
#include <string>
#include <utility>

namespace belfry::test {

/// How a request ended.
struct answer {
  std::string asked;  // what is sent must stay where it is
  std::optional<error_code> ec;
  std::string text;
};

/// A channel in which `a` asks.
struct request_fixture : blocking_channel_fixture {
  using blocking_channel_fixture::blocking_channel_fixture;

  void ask(std::string text, answer& result) {
    result.asked = std::move(text);
    a.async_request(boost::asio::buffer(result.asked), 0, boost::asio::dynamic_buffer(result.text), into(result.ec));
  }
  /// The oldest request at `b`: its text, and by what it is answered.
  std::pair<std::string, request_id> question() {
    const auto message = b.receiver().peek();
    std::pair<std::string, request_id> result{message.text(), message.request()};
    b.receiver().release();
    return result;
  }
};

}  // namespace belfry::test

#endif
