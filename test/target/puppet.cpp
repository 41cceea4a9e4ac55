// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that does what its arguments say; the tests of processes launch it.

#include "../../src/handshake.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using boost::asio::buffer;
using boost::asio::dynamic_buffer;

namespace {

// Where the launcher puts it.
constexpr int outgoing_bell = 4;
constexpr int incoming_bell = 5;

boost::asio::io_context context;
std::vector<std::string> arguments;

const std::string& argument(std::size_t i) { return arguments.at(i); }
std::uint64_t number(std::size_t i) { return std::stoull(argument(i)); }

[[noreturn]] void stay() {
  for (;;) ::pause();
}

std::string open_descriptors() {
  std::vector<int> listed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    listed.push_back(std::stoi(entry.path().filename()));
  }
  // One of those was that of the listing; it is closed by now.
  std::set<int> open;
  for (const int fd : listed) {
    if (::fcntl(fd, F_GETFD) >= 0) open.insert(fd);
  }
  std::string text;
  for (const int fd : open) {
    if (!text.empty()) text += ' ';
    text += std::to_string(fd);
  }
  return text;
}

/// The numbers of the signals that are blocked, ignored or handled.
std::string signals() {
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  std::string text;
  for (int n = 1; n < 32; ++n) {
    struct sigaction action{};
    ::sigaction(n, nullptr, &action);
    if (::sigismember(&blocked, n) == 1 || action.sa_handler == SIG_IGN) text += std::to_string(n) + " ";
  }
  return text;
}

/// What can be read from it at once, and whether other programs would inherit it.
std::string contents(int fd) {
  char text[100];
  const auto size = ::read(fd, text, sizeof text);
  const bool kept = ::fcntl(fd, F_GETFD) == FD_CLOEXEC;
  return std::string(text, size < 0 ? 0 : static_cast<std::size_t>(size)) + (kept ? ", close-on-exec" : ", inherited");
}

void close_ends() {
  for (int fd = 3; fd != 8; ++fd) ::close(fd);
}

void end(const std::string& how) {
  // A sanitizer has handlers of its own, which would make an exit of it.
  for (const int n : {SIGABRT, SIGSEGV}) std::signal(n, SIG_DFL);
  if (how == "abort") std::abort();
  if (how == "exit3") std::exit(3);
  if (how == "_exit3") ::_exit(3);
  if (how == "exit0") ::_exit(0);
  if (how == "segv") ::kill(::getpid(), SIGSEGV);
  if (how == "hang_up") close_ends();
  if (how == "orphan" && ::fork() != 0) std::abort();  // its child lives on, and holds the ends
  if (how == "stay" || how == "hang_up") stay();
  if (how == "orphan") {  // until the standard input ends
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) > 0) {
    }
    ::_exit(0);
  }
}

/// Greets as one that speaks other versions, and tells what the host answers.
void speak_versions() {
  auto line = belfry::lifeline::from_native_handle(3);
  belfry::detail::hello hello;
  hello.versions = {static_cast<std::uint16_t>(number(1)), static_cast<std::uint16_t>(number(2))};
  belfry::error_code ec;
  line.send(belfry::frame_type::hello, encode(hello), ec);
  belfry::frame f;
  while (line.try_receive(f, ec) == belfry::lifeline::status::nothing && !ec) {
    line.wait_until(std::chrono::steady_clock::now() + std::chrono::hours(1), ec);
  }
  const auto decision = belfry::detail::guest_handshake::on_frame(f);
  if (decision.failure) std::cerr << "plugin: " << decision.failure->story << std::endl;
}

/// What it does without attaching. Returns whether the command was one of these.
bool before_attaching(const std::string& command) {
  if (command == "never_greet") stay();
  if (command == "fail") ::_exit(static_cast<int>(number(1)));
  if (command == "die") ::kill(::getpid(), SIGKILL);
  if (command == "hang_up") {
    ::close(3);
    stay();
  }
  if (command == "garbage") {
    const std::string nonsense(64, 'x');
    if (::write(3, nonsense.data(), nonsense.size()) < 0) ::_exit(1);
    stay();
  }
  if (command == "refuse") {
    auto line = belfry::lifeline::from_native_handle(3);
    belfry::error_code ec;
    line.send(belfry::frame_type::refusal, encode(belfry::detail::refusal{belfry::error::refused, argument(1)}), ec);
    stay();
  }
  if (command == "speak_versions") {
    speak_versions();
    return true;
  }
  return false;
}

void take_descriptors(belfry::channel& host) {
  std::string names;
  for (const auto& name : belfry::guest::descriptor_names()) names += (names.empty() ? "" : " ") + name;
  host.sender().send(buffer(names));
  for (std::size_t i = 1; i != arguments.size() && !argument(i).starts_with("--"); ++i) {
    belfry::error_code ec;
    const auto taken = belfry::guest::descriptor(argument(i), ec);
    host.sender().send(buffer(argument(i) + ": " + (ec ? ec.message() : contents(taken.native_handle()))));
  }
}

void talk(belfry::channel& host, const std::string& command, const std::string& descriptors) {
  auto& out = host.sender();
  auto& in = host.receiver();
  belfry::error_code ec;
  if (command == "echo") {
    for (std::string text; in.receive(dynamic_buffer(text), ec), !ec; text.clear()) out.send(buffer(text));
  } else if (command == "say") {  // say COUNT END
    for (std::uint64_t i = 0; i != number(1); ++i) out.send(buffer("message " + std::to_string(i)));
    end(argument(2));
  } else if (command == "say_on_stderr") {  // say_on_stderr COUNT END
    for (std::uint64_t i = 0; i != number(1); ++i) std::cerr << "line " << i << '\n';
    std::cerr << "cut sh" << std::flush;
    end(argument(2));
  } else if (command == "wait_then") {  // wait_then END: once the host has said something
    in.peek(ec);
    end(argument(1));
  } else if (command == "signalled_then") {  // signalled_then END: says "ready", and reads nothing until SIGUSR1 comes
    sigset_t awaited;
    ::sigemptyset(&awaited);
    ::sigaddset(&awaited, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &awaited, nullptr);
    out.send(buffer("ready", 5));
    int came = 0;
    ::sigwait(&awaited, &came);
    end(argument(1));
  } else if (command == "descriptors") {
    out.send(buffer(descriptors));
    const int flags = ::fcntl(host.state()->line.native_handle(), F_GETFD);
    out.send(buffer(std::string(flags == FD_CLOEXEC ? "close-on-exec" : "inherited")));
    in.peek(ec);
  } else if (command == "take") {  // take NAME...: what can be read from the descriptors of those names
    take_descriptors(host);
  } else if (command == "swap_descriptors") {  // gives back what it gets, and its standard input besides
    const auto got = host.receive_descriptor();
    host.send_descriptor(got.name() + "-too", got.native_handle());
    host.send_descriptor("input", STDIN_FILENO);
    in.peek(ec);
  } else if (command == "environment") {  // environment NAME
    const char* value = std::getenv(argument(1).c_str());
    out.send(buffer(std::string(value ? value : "(none)")));
  } else if (command == "arguments") {
    for (const auto& a : arguments) out.send(buffer(a));
  } else if (command == "directory") {
    out.send(buffer(std::filesystem::current_path().native()));
  } else if (command == "signals") {
    out.send(buffer(signals()));
  } else if (command == "peer") {
    out.send(buffer(host.peer().name));
  } else if (command == "capacities") {
    out.send(buffer(std::to_string(out.capacity()) + " " + std::to_string(in.capacity())));
  } else if (command == "streams") {
    std::cout << "to out" << std::endl;
    std::cerr << "to err" << std::endl;
    const std::string input(std::istreambuf_iterator<char>(std::cin), {});
    out.send(buffer("read " + input));
  } else if (command == "ignore_goodbye") {
    out.send(buffer("ready", 5));
    stay();
  } else if (command == "fill") {  // these three go on until the host is gone, once they have said that they are there
    std::cout << 'r' << std::flush;
    while (!ec) out.send(buffer(command), ec);
  } else if (command == "wait") {
    std::cout << 'r' << std::flush;
    in.peek(ec);
  } else if (command == "async_wait") {
    std::cout << 'r' << std::flush;
    in.async_peek([](const belfry::error_code&, const belfry::message_view&) {});
    context.run();
  } else if (command == "goodbye_then") {  // goodbye_then STATUS
    host.close();
    ::_exit(static_cast<int>(number(1)));
  } else if (command == "bad_frame") {
    const std::string nonsense(64, 'x');
    if (::write(host.state()->line.native_handle(), nonsense.data(), nonsense.size()) < 0) ::_exit(1);
    stay();
  } else if (command == "stream") {  // stream N: where that descriptor leads
    out.send(buffer(std::filesystem::read_symlink("/proc/self/fd/" + argument(1)).native()));
  } else if (command == "scribble") {  // scribble SEED END: over all that it can write, and rings
    const auto& own = *host.state()->own;
    std::uint64_t seed = number(1);
    const auto random = [&] { return (seed = seed * 6364136223846793005U + 1442695040888963407U) >> 16; };
    const auto scribble = [&](void* where, std::size_t size) {
      auto* const words = static_cast<std::uint64_t*>(where);
      for (std::size_t i = 0; i != size / sizeof *words; ++i) {
        const std::uint64_t small = 8 * (random() % 1000);
        words[i] = random() % 3 == 0 ? small : random() % 2 == 0 ? small | std::uint64_t{1} << 63 : random() << 16;
      }
    };
    scribble(own.data(), own.capacity());
    scribble(own.control(), sizeof *own.control());
    ::send(outgoing_bell, "", 1, MSG_NOSIGNAL);
    ::send(incoming_bell, "", 1, MSG_NOSIGNAL);
    end(argument(2));
  } else if (command == "bad_header") {
    const std::uint64_t nonsense = 0x7fff'ffff'ffff'ffff;
    std::memcpy(host.state()->own->data(), &nonsense, sizeof nonsense);
    // The host may sleep by now, and no one but us will wake it.
    if (::send(outgoing_bell, "", 1, MSG_NOSIGNAL) < 0) ::_exit(1);
    stay();
  }
}

}  // namespace

int main(int argc, char** argv) {
  arguments.assign(argv + 1, argv + argc);
  if (arguments.empty()) arguments.emplace_back("echo");
  const auto descriptors = open_descriptors();
  if (before_attaching(argument(0))) return 0;
  belfry::guest::attach_options options;
  if (argument(0) == "swap_descriptors") options.descriptors = 1;
  auto host = belfry::guest::attach_or_exit(context.get_executor(), argc, argv, options);
  talk(host, argument(0), descriptors);
}
