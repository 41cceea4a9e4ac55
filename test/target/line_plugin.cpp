// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin for the tests of `belfry run`: does with the lines of the input, and at their end, what its first argument
// says.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

namespace {

constexpr std::uint16_t end_of_input = 1;

[[noreturn]] void sleep_for_ever() {
  for (;;) ::pause();
}

/// What a line brings about. False: the plugin is through.
bool on_line(std::string_view what, int number, const std::string& line, belfry::sender& sender) {
  belfry::error_code ec;
  if (what == "burst") {
    for (int i = 0; i != 5; ++i) sender.send(boost::asio::buffer(line + ' ' + std::to_string(i)), ec);
    return true;
  }
  if (what == "silent") return true;
  if (what == "sleep") sleep_for_ever();
  sender.send(boost::asio::buffer(line), ec);
  if (number != 5) return true;
  if (what == "exit_0") ::_exit(0);
  if (what == "exit_7") ::_exit(7);
  return what != "early";
}

int at_end(std::string_view what, int lines, belfry::channel& channel) {
  belfry::error_code ec;
  if (what == "silent") channel.sender().send(boost::asio::buffer(std::to_string(lines)), ec);
  channel.close();
  if (what == "status_3_after") return 3;
  if (what == "signal_after") std::raise(SIGKILL);
  if (what == "linger_deaf") std::signal(SIGTERM, SIG_IGN);
  if (what.starts_with("linger")) sleep_for_ever();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "no_greeting") sleep_for_ever();
  auto channel = belfry::guest::attach_or_exit(boost::asio::system_executor());

  belfry::error_code ec;
  if (what == "endless") {
    while (!ec) channel.sender().send(boost::asio::buffer("more", 4), ec);
    return EXIT_SUCCESS;
  }
  int lines = 0;
  for (;;) {
    const auto message = channel.receiver().peek(ec);
    if (ec) return EXIT_FAILURE;
    if (message.kind() == end_of_input && what != "deaf") break;
    const std::string line(message.text());
    channel.receiver().release();
    ++lines;
    if (!on_line(what, lines, line, channel.sender())) break;
  }
  return at_end(what, lines, channel);
}
