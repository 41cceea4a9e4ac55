// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that repeats each word twice, and aborts at one of them. It releases a message when it has answered it, so
// that, whenever it dies, what it had not answered is given to its successor.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstdlib>
#include <string>

int main() {
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor());
  belfry::error_code ec;
  while (const auto message = host.receiver().peek(ec)) {
    const std::string word(message.text());
    if (word == "crack") std::abort();
    host.sender().send(boost::asio::buffer(word + ", " + word), ec);
    host.receiver().release();
  }
}
