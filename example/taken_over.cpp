// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin with a hole. It answers each message with the same letters from back to front; but a message that begins with
// "attack" does to it what messages do to plugins that have, say, an overflowing buffer: from then on it is the
// sender's code that runs. What that tries here is told over the channel, as an attacker would not do.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

std::string outcome(const std::string& what, bool done) { return what + ": " + (done ? "done" : std::strerror(errno)); }

std::string attack(int number) {
  switch (number) {
    case 0: return outcome("reads /etc/passwd", ::open("/etc/passwd", O_RDONLY) >= 0);
    case 1: return outcome("opens a connection", ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
    case 2: {
      const pid_t pid = ::fork();
      if (pid == 0) ::_exit(0);
      const auto text = outcome("starts a process", pid > 0);
      if (pid > 0) ::waitpid(pid, nullptr, 0);
      return text;
    }
    case 3: return outcome("signals its host", ::kill(::getppid(), 0) == 0);
    case 4: {
      void* const code = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      return outcome("brings its own code along", code != MAP_FAILED);
    }
    default: return outcome("looks for keys in the environment", ::getenv("PATH") != nullptr);
  }
}

}  // namespace

int main() {
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor());
  belfry::error_code ec;
  while (const auto message = host.receiver().peek(ec)) {
    const std::string text(message.text());
    host.receiver().release();
    errno = ENOENT;  // for the environment, which has no errors of its own
    const bool hostile = text.starts_with("attack ");
    const auto answer = hostile ? attack(std::atoi(text.c_str() + 7)) : std::string(text.rbegin(), text.rend());
    host.sender().send(boost::asio::buffer(answer), ec);
  }
}
