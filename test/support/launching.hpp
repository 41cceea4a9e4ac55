// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_LAUNCHING_HPP
#define BELFRY_TEST_SUPPORT_LAUNCHING_HPP

#include "context_fixture.hpp"

#include <belfry/diagnostics.hpp>
#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace belfry::test {

inline launch_options scripted(std::vector<std::string> arguments) {
  launch_options options;
  options.executable = BELFRY_TEST_BIN_DIR "/puppet";
  options.arguments = std::move(arguments);
  // Long enough for a loaded machine under a sanitizer.
  options.handshake_timeout = std::chrono::seconds(60);
  return options;
}

inline std::string receive_text(plugin& p) {
  std::string text;
  p.channel().receiver().receive(boost::asio::dynamic_buffer(text));
  return text;
}

/// A launcher, and silence about what becomes of its plugins.
struct quiet_launcher : context_fixture {
  quiet_launcher() { set_diagnostics_sink({}); }

  launcher launch{context.get_executor()};
};

/// The process that this one has started, if there is only one.
inline int only_child() {
  std::ifstream list("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  int pid = 0;
  int other = 0;
  return list >> pid && !(list >> other) ? pid : 0;
}

/// Whether this process has a child, dead or alive.
inline bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace belfry::test

#endif
