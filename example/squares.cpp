// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that answers requests: each is a number, its answer the square, or a reply of kind 1 that says what is wrong.
// The odd ones it answers at once, the even ones when there is nothing else to do. Plain messages it ignores.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

int main() {
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor());
  std::vector<std::pair<belfry::request_id, long>> put_off;
  const auto answer = [&](belfry::request_id id, long number) {
    belfry::error_code ec;
    host.reply(id, boost::asio::buffer(std::to_string(number * number)), 0, ec);  // if the host is gone, so are we soon
  };

  belfry::error_code ec;
  for (;;) {
    auto message = host.receiver().try_peek(ec);
    if (!message && !ec) {
      for (const auto& [id, number] : std::exchange(put_off, {})) answer(id, number);
      message = host.receiver().peek(ec);
    }
    if (ec) break;

    const belfry::request_id id = message.request();  // outlives the message
    const std::string text(message.text());
    host.receiver().release();
    if (id == belfry::request_id::none) continue;
    try {
      const long number = std::stol(text);
      if (number % 2 != 0) answer(id, number);
      else put_off.emplace_back(id, number);
    } catch (const std::exception&) {
      host.reply(id, boost::asio::buffer("no number: " + text), 1, ec);
    }
  }
}
