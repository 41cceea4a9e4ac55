// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that answers twenty messages and then crashes: to see what its host makes of that. What it had sent before
// still arrives.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <string>

int main() {
  boost::asio::io_context context;
  auto channel = belfry::guest::attach_or_exit(context.get_executor());

  belfry::error_code ec;
  for (int answered = 0;; ++answered) {
    std::string line;
    channel.receiver().receive(boost::asio::dynamic_buffer(line), ec);
    if (ec) return 0;
    if (answered == 20) std::abort();
    channel.sender().send(boost::asio::buffer("answer " + std::to_string(answered + 1)), ec);
    if (ec) return 0;
  }
}
