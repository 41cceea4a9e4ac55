// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that works as fast as it can, until it is made to die: it sends back each message, and answers each request, with
// what it was sent. The crash test launches it.

#include "../crash/load.hpp"

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <csignal>

#include <unistd.h>

namespace {

// Both come at any moment, in the middle of anything.

void leave(int) { ::_exit(3); }

void hang_up(int) {
  for (int fd = 3; fd != 8; ++fd) ::close(fd);
  for (;;) ::pause();
}

}  // namespace

int main() {
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor());
  std::signal(SIGSEGV, SIG_DFL);  // a sanitizer has a handler of its own
  std::signal(SIGUSR1, leave);
  std::signal(SIGUSR2, hang_up);
  belfry::error_code ec;
  auto& in = host.receiver();
  auto& out = host.sender();
  out.send(boost::asio::buffer("", 0), belfry::test::ready_kind, ec);
  while (const auto message = in.peek(ec)) {
    // The answer first, the release second: what was released has certainly been answered.
    if (!belfry::test::intact(message.bytes())) {
      out.send(boost::asio::buffer("", 0), belfry::test::damaged_kind, ec);
    } else if (message.request() != belfry::request_id::none) {
      host.reply(message.request(), boost::asio::const_buffer(message), ec);
    } else {
      out.send(boost::asio::const_buffer(message), ec);
    }
    in.release();
  }
}
