// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that does what its messages say, one by one, and lives or dies by them; the tests of supervision launch it.
// What it does not know it sends back. A request it answers with what it would else send.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

belfry::channel host;

[[noreturn]] void stay() {
  for (;;) ::pause();
}

void perish(const std::string& how) {
  // A sanitizer has handlers of its own, which would make an exit of it.
  for (const int n : {SIGABRT, SIGSEGV}) std::signal(n, SIG_DFL);
  if (how == "kill") ::kill(::getpid(), SIGKILL);
  if (how == "segv") ::kill(::getpid(), SIGSEGV);
  if (how == "stop") ::kill(::getpid(), SIGSTOP);
  if (how == "exit3") ::_exit(3);
  if (how == "exit0") ::_exit(0);
  if (how == "loop") {
    for (volatile bool on = true; on;) {
    }
  }
  if (how == "on_request") {  // hears nothing but SIGTERM
    std::signal(SIGTERM, [](int) { ::_exit(7); });
    host.sender().send(boost::asio::buffer("deaf", 4));
    stay();
  }
  if (how == "hang_up") {
    for (int fd = 3; fd != 8; ++fd) ::close(fd);
    stay();
  }
  if (how == "goodbye") {
    host.close();
    ::_exit(0);
  }
}

/// What it has to say to `text`. May not return.
std::string act(const std::string& text) {
  std::istringstream words(text);
  std::string what, how, path;
  words >> what >> how >> path;
  if (what == "die") perish(how);
  if (what == "die_once") {  // die_once HOW PATH: unless that file is there, which it makes
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) perish(how);
    return "survived";
  }
  if (what == "say_and_die") {  // say_and_die HOW PATH: once, after it has spoken
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
      host.sender().send(boost::asio::buffer("last words", 10));
      perish(how);
    }
    return "survived";
  }
  if (what == "pid") return std::to_string(::getpid());
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  boost::asio::io_context context;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  host = belfry::guest::attach_or_exit(context.get_executor());
  belfry::error_code ec;
  if (!arguments.empty()) {
    if (arguments[0] == "announced") {  // announced KIND: says something, and then that it is ready
      host.sender().send(boost::asio::buffer("before", 6));
      host.sender().send(boost::asio::buffer("", 0), static_cast<std::uint16_t>(std::stoi(arguments.at(1))));
    } else if (arguments[0] == "ask") {
      std::string answer;
      host.request(boost::asio::buffer("what?", 5), 0, boost::asio::dynamic_buffer(answer), ec);
      host.sender().send(boost::asio::buffer("heard " + answer), ec);
    } else if (arguments[0] == "exit3" || arguments[0] == "goodbye") {
      perish(arguments[0]);
    } else if (arguments[0] == "fill_and_die") {
      const std::string much(1000, 'x');
      while (host.sender().try_send(boost::asio::buffer(much))) {
      }
      perish("kill");
    } else if (arguments[0] == "fill") {
      const std::string much(1000, 'x');
      while (!ec) host.sender().send(boost::asio::buffer(much), ec);
    }
  }
  auto& in = host.receiver();
  if (!arguments.empty() && arguments[0] == "releases_first") {  // of requests, before it looks at them
    while (const auto message = in.peek(ec)) {
      const auto id = message.request();
      const std::string text(message.text());
      in.release();
      host.reply(id, boost::asio::buffer(act(text)), ec);
    }
    return 0;
  }
  if (!arguments.empty() && arguments[0] == "at_once") {  // takes all that there is, and only then acts
    while (const auto first = in.peek(ec)) {
      std::vector<std::pair<belfry::request_id, std::string>> all;
      for (auto m = first; m; m = in.try_peek_next(ec)) all.emplace_back(m.request(), std::string(m.text()));
      in.release();
      for (const auto& [id, text] : all) {
        const auto answer = act(text);
        if (id != belfry::request_id::none) host.reply(id, boost::asio::buffer(answer), ec);
        else host.sender().send(boost::asio::buffer(answer), ec);
      }
    }
    return 0;
  }
  while (const auto message = in.peek(ec)) {
    const auto answer = act(std::string(message.text()));
    const auto kind = message.kind();
    if (message.request() != belfry::request_id::none) {
      host.reply(message.request(), boost::asio::buffer(answer), kind, ec);
    } else {
      host.sender().send(boost::asio::buffer(answer), kind, ec);
    }
    in.release();
  }
}
