// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The plugin of the benchmarks: sends back what it receives, answers requests with what they say, and tells when it was
// started.
//
// With the argument --pipe it is no plugin, and writes when it was started to its standard output: what starting a program
// takes.

#include "../support/guest_program.hpp"

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <chrono>
#include <cstring>
#include <vector>

#include <unistd.h>

using namespace belfry;

namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

int main(int argc, char** argv) {
  bench::guest_moments moments{now_ns(), 0};
  if (argc > 1 && std::strcmp(argv[1], "--pipe") == 0) {
    return ::write(STDOUT_FILENO, &moments, sizeof moments) == sizeof moments ? 0 : 1;
  }

  auto channel = guest::attach_or_exit(boost::asio::system_executor());
  moments.attached_ns = now_ns();
  // Many guests at once must not look for messages that are not for them to come soon.
  if (argc > 1 && std::strcmp(argv[1], "--block") == 0) channel.set_wait_policy(wait_policy::block);
  error_code ec;
  std::vector<std::byte> copy;
  while (const auto message = channel.receiver().peek(ec)) {
    const auto id = message.request();
    copy.assign(message.bytes().begin(), message.bytes().end());
    const bool asks = message.kind() == bench::asks_for_moments;
    channel.receiver().release();
    if (asks) channel.sender().send(boost::asio::buffer(&moments, sizeof moments), ec);
    else if (id != request_id::none) channel.reply(id, boost::asio::buffer(copy), ec);
    else channel.sender().send(boost::asio::buffer(copy), ec);
  }
}
