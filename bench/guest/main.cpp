// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The plugin of the benchmarks: sends back what it receives, and answers requests with what they say.
//
// With the argument --pipe it is no plugin, and writes one byte to its standard output: what starting a program takes.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstring>
#include <vector>

#include <unistd.h>

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--pipe") == 0) return ::write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 1;

  auto channel = belfry::guest::attach_or_exit(boost::asio::system_executor());
  // Many guests at once must not look for messages that are not for them to come soon.
  if (argc > 1 && std::strcmp(argv[1], "--block") == 0) channel.set_wait_policy(belfry::wait_policy::block);
  belfry::error_code ec;
  std::vector<std::byte> copy;
  while (const auto message = channel.receiver().peek(ec)) {
    const auto id = message.request();
    copy.assign(message.bytes().begin(), message.bytes().end());
    channel.receiver().release();
    if (id != belfry::request_id::none) channel.reply(id, boost::asio::buffer(copy), ec);
    else channel.sender().send(boost::asio::buffer(copy), ec);
  }
}
