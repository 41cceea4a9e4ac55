// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A host launches a plugin and talks to it. The plugin is word_count, a program of its own, which stands beside this
// one. It answers each line with the number of its words, and at the end of the input with the totals.

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

using boost::asio::buffer;
using boost::asio::dynamic_buffer;
using namespace std::chrono_literals;

namespace {

/// The kind of message with which word_count is told that no more lines will come. What the kinds mean is for a host
/// and its plugins to agree on; belfry only carries the number.
constexpr std::uint16_t end_of_input = 1;

std::filesystem::path beside_this_program(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name);
}

int run() {
  boost::asio::io_context context;
  belfry::launcher launcher(context.get_executor());

  belfry::launch_options options;
  options.executable = beside_this_program("word_count");
  options.handshake_timeout = 10s;  // by then the plugin must have greeted
  // Throws unless the plugin runs and the two have come to terms. There is a form with an error_code, too.
  belfry::plugin plugin = launcher.launch(options);
  belfry::channel& channel = plugin.channel();

  // All lines are sent before the first answer is read: they wait in the ring. A host that sends more than the rings
  // hold must read meanwhile, in another thread or in a coroutine; else both sides would wait for ever, each for the
  // other to read. That is what 05_coroutine_host is about.
  for (const std::string line : {"a bell rings", "", "nobody  is there"}) channel.sender().send(buffer(line));
  channel.sender().send(buffer(""), end_of_input);

  belfry::error_code ec;
  for (;;) {
    std::string answer;
    channel.receiver().receive(dynamic_buffer(answer), ec);
    if (ec) break;
    std::cout << answer << '\n';
  }

  // All that the plugin had sent was received. The error tells how the conversation ended: `closed` is a goodbye,
  // `peer_dead` would be a crash, which the log tells more about.
  if (ec != belfry::error::closed) throw belfry::system_error(ec, "word_count");
  std::cout << "the plugin said goodbye, and " << plugin.wait() << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& e) {
    std::cerr << "04_launch: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
