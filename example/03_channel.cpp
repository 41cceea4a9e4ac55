// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A channel joins two rings, their doorbells and a lifeline: messages both ways, and every wait ends with a reason.
// Here a parent and its forked child talk over one. To launch another program, see 04_launch.

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

using boost::asio::buffer;
using boost::asio::dynamic_buffer;

namespace {

/// Answers each message with its letters in reverse, until there is nothing more to answer.
belfry::error_code answer_all(belfry::channel& channel) {
  belfry::error_code ec;
  for (;;) {
    std::string text;
    channel.receiver().receive(dynamic_buffer(text), ec);  // waits
    if (ec) return ec;
    channel.sender().send(buffer(std::string(text.rbegin(), text.rend())), ec);  // waits too, where the ring is full
    if (ec) return ec;
  }
}

int run_child(belfry::channel_handle handle) {
  boost::asio::io_context context;  // the parent's is not the child's
  auto channel = belfry::channel::from_handle(context.get_executor(), std::move(handle));
  // `closed` is how it should end. Were the parent killed, it would be `peer_dead`.
  return answer_all(channel) == belfry::error::closed ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run_parent(belfry::channel& channel, pid_t child) {
  for (const std::string word : {"belfry", "", "doorbell"}) {
    channel.sender().send(buffer(word));
    std::string answer;
    channel.receiver().receive(dynamic_buffer(answer));
    std::cout << "'" << word << "' -> '" << answer << "'\n";
  }

  // Many messages may be on their way at once; the answers come in the same order.
  for (int i = 1; i <= 3; ++i) channel.sender().send(buffer(std::to_string(i * 111 + 12)));
  for (int i = 1; i <= 3; ++i) {
    std::string answer;
    channel.receiver().receive(dynamic_buffer(answer));
    std::cout << answer << '\n';
  }

  // The goodbye: the child still receives what was sent before, and then sees `closed`.
  channel.close();
  int status = 0;
  if (waitpid(child, &status, 0) != child) return EXIT_FAILURE;
  const bool saw_goodbye = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  std::cout << "the child saw the goodbye: " << (saw_goodbye ? "yes" : "no") << '\n';
  return saw_goodbye ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main() {
  try {
    boost::asio::io_context context;
    auto [channel, handle] = belfry::channel::create_pair(context.get_executor());

    // The fork copies both sides' ends. Whoever holds a copy of a process's ends hides its death, so each drops at once
    // what belongs to the other.
    const pid_t child = fork();
    if (child == 0) {
      channel = {};
      return run_child(std::move(handle));
    }
    handle = {};
    if (child < 0) {
      std::cerr << "cannot fork\n";
      return EXIT_FAILURE;
    }
    return run_parent(channel, child);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
