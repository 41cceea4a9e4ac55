// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin for the tests of how plugins end: what it does until then, what it has started, and what it ignores.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace {

boost::asio::io_context context;
std::vector<std::string> arguments;

const std::string& argument(std::size_t i) { return arguments.at(i); }

[[noreturn]] void stay() {
  for (;;) ::pause();
}

/// A process of its own that has nothing of this one's but its group, and stays until it is killed.
pid_t start_relative() {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::execlp("sleep", "sleep", "1000", nullptr);
  ::_exit(127);
}

/// Something that the compiler does not leave out.
void spin() {
  static volatile unsigned turns = 0;
  turns = turns + 1;
}

void use_processor(long milliseconds) {
  rusage used{};
  do {
    ::getrusage(RUSAGE_SELF, &used);
  } while (used.ru_utime.tv_sec * 1000 + used.ru_utime.tv_usec / 1000 < milliseconds);
}

void end(const std::string& how) {
  // A sanitizer has handlers of its own, which would make an exit of it.
  std::signal(SIGABRT, SIG_DFL);
  if (how == "abort") std::abort();
  if (how == "exit3") ::_exit(3);
  if (how == "stay") stay();
}

void talk(belfry::channel& host) {
  auto& out = host.sender();
  auto& in = host.receiver();
  const auto say = [&](const std::string& text) { out.send(boost::asio::buffer(text)); };
  belfry::error_code ec;
  const auto& command = argument(0);
  if (command == "group") {
    say(std::to_string(::getpgrp()) + " " + std::to_string(::getsid(0)));
    in.peek(ec);
  } else if (command == "use") {  // use MILLISECONDS BYTES
    std::vector<char> memory(std::stoul(argument(2)), 'x');
    use_processor(std::stol(argument(1)));
    say("used");
    in.peek(ec);
  } else if (command ==
             "family") {  // family END: tells of a process that it started, and ends so once it hears something
    say(std::to_string(start_relative()));
    in.peek(ec);
    if (!ec) end(argument(1));
  } else if (command == "says") {  // says TO_OUT TO_ERR
    std::cout << argument(1) << std::flush;
    std::cerr << argument(2) << std::flush;
    say("said");
    in.peek(ec);
  } else if (command == "says_when_asked") {
    in.peek(ec);
    in.release();
    std::cerr << argument(1) << std::flush;
    say("said");
    in.peek(ec);
  } else if (command == "last_line_and_abort") {
    std::cerr << argument(1) << std::flush;
    end("abort");
  } else if (command == "floods") {  // floods LINES
    for (long i = 0; i != std::stol(argument(1)); ++i) std::cerr << "line " + std::to_string(i) + "\n";
    say("said");
    in.peek(ec);
  } else if (command == "busy") {  // these tell on their standard output that they are there, until their host dies
    std::cout << 'r' << std::flush;
    for (;;) spin();
  } else if (command == "busy_family") {
    start_relative();
    std::cout << 'r' << std::flush;
    for (;;) spin();
  } else if (command == "family_waits") {
    start_relative();
    std::cout << 'r' << std::flush;
    in.peek(ec);
  } else if (command == "stopped") {
    std::cout << 'r' << std::flush;
    std::raise(SIGSTOP);
    for (;;) spin();
  } else if (command == "last_words") {
    std::cout << 'r' << std::flush;
    in.peek(ec);
    std::cout << "the host is dead: " << (ec == belfry::error::peer_dead) << std::flush;
  } else if (command == "lingers") {  // hears of it, and goes on
    std::cout << 'r' << std::flush;
    in.peek(ec);
    for (;;) spin();
  } else if (command == "deaf") {  // hears no goodbye, but signals
    say("ready");
    stay();
  } else if (command == "stubborn") {  // nor those
    std::signal(SIGTERM, SIG_IGN);
    say("ready");
    stay();
  }
}

}  // namespace

int main(int argc, char** argv) {
  arguments.assign(argv + 1, argv + argc);
  auto host = belfry::guest::attach_or_exit(context.get_executor());
  talk(host);
}
