// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_WITNESS_HPP
#define BELFRY_TEST_SUPPORT_WITNESS_HPP

#include "child.hpp"

#include <belfry/diagnostics.hpp>
#include <belfry/launcher.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace belfry::test {

/// A line whose other end the plugin has as its standard output, and all that it starts, and its host: when it ends, none
/// of them is left.
class witness {
 public:
  witness() { BOOST_TEST_REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~witness() {
    forget();
    ::close(ends_[0]);
  }
  int other_end() const { return ends_[1]; }
  /// In this process, once the others have theirs.
  void forget() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  bool hears() const {
    char c = 0;
    return ::read(ends_[0], &c, 1) == 1;
  }
  /// The next that is said; 0 if nobody is left.
  char hears_what() const {
    char c = 0;
    return ::read(ends_[0], &c, 1) == 1 ? c : '\0';
  }
  /// All that is still said, until nobody is left.
  std::string hear_all() const {
    std::string all;
    char some[64];
    for (ssize_t n = 0; (n = ::read(ends_[0], some, sizeof some)) > 0;) all.append(some, static_cast<std::size_t>(n));
    return all;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// What a host does: launches a plugin, and then nothing more.
inline int launch_and_wait(const launch_options& options) {
  boost::asio::io_context context;
  set_diagnostics_sink({});
  const auto p = launcher(context.get_executor()).launch(options);
  for (;;) ::pause();
}

/// Hosts a plugin until it is there, kills the host, and hears what is said after that.
inline std::string after_the_death_of(const witness& shared, child& host, int signal = SIGKILL) {
  BOOST_TEST_REQUIRE(shared.hears());
  host.kill(signal);
  auto rest = shared.hear_all();
  host.wait();
  return rest;
}

}  // namespace belfry::test

#endif
