// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_ACCEPTING_HPP
#define BELFRY_TEST_SUPPORT_ACCEPTING_HPP

#include "child.hpp"
#include "context_fixture.hpp"
#include "launching.hpp"

#include <belfry/acceptor.hpp>
#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// A host that listens, and programs that walk in.

namespace belfry::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace asio = boost::asio;

/// A folder of this test's own, closed to others; gone in the end.
struct own_folder {
  own_folder() {
    std::string name = (fs::temp_directory_path() / "belfry-XXXXXX").native();
    path = ::mkdtemp(name.data());
  }
  own_folder(const own_folder&) = delete;
  ~own_folder() { fs::remove_all(path); }

  fs::path path;
};

/// What becomes known about the host's plugins.
struct kept_diagnostics {
  kept_diagnostics() {
    set_diagnostics_sink([this](const diagnostic& d) {
      const std::lock_guard lock(mutex);
      all.push_back(d);
    });
  }
  ~kept_diagnostics() { set_diagnostics_sink({}); }

  std::vector<diagnostic> of(event_kind kind) {
    const std::lock_guard lock(mutex);
    std::vector<diagnostic> some;
    for (const auto& d : all) {
      if (d.kind == kind) some.push_back(d);
    }
    return some;
  }

  std::mutex mutex;
  std::vector<diagnostic> all;
};

struct acceptor_fixture : context_fixture {
  acceptor open(acceptor_options options = {}) {
    options.handshake_timeout = std::max<std::chrono::milliseconds>(options.handshake_timeout, 5000ms);
    return acceptor(context.get_executor(), path, std::move(options));
  }
  error_code error_of(const fs::path& where, acceptor_options options = {}) {
    error_code ec;
    BOOST_TEST(!acceptor::open(context.get_executor(), where, std::move(options), ec).is_open());
    return ec;
  }
  /// A program that attaches by the variable, and then does so.
  child walk_in(std::function<int(channel&)> then) {
    return child([this, then] {
      asio::io_context own;
      guest::attach_options options;
      options.name = "visitor";
      options.timeout = 60s;
      // On a loaded machine it may be late for its host, and comes again.
      for (;;) {
        ::setenv("BELFRY_HOST", path.c_str(), 1);
        error_code ec;
        auto host = guest::attach(own.get_executor(), options, ec);
        if (!ec) return then(host);
        if (ec == error::no_host) return 3;
      }
    });
  }

  kept_diagnostics known;
  own_folder folder;
  fs::path path = folder.path / "host.sock";
};

inline int echo(channel& host) {
  error_code ec;
  std::string text;
  for (; host.receiver().receive(asio::dynamic_buffer(text), ec), !ec; text.clear()) {
    host.sender().send(asio::buffer(text), ec);
  }
  return ec == error::closed ? 0 : 1;
}

inline std::string ask(plugin& p, const std::string& question) {
  p.channel().sender().send(asio::buffer(question));
  return receive_text(p);
}

/// A connection that says nothing.
inline int connect_to(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

inline mode_t mode_of(const fs::path& path) {
  struct stat status{};
  BOOST_REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace belfry::test

#endif
