// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE host without standard streams
#include "support/child.hpp"
#include "support/launching.hpp"

#include <belfry/doorbell.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

using namespace belfry;
using test::scripted;

namespace {

void close_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
}

/// Whether all that this process has at the numbers of the streams is such that it cannot be disturbed by who reads or writes
/// there: nothing, or memory, which is sealed against that, or what refuses both.
bool streams_lead_nowhere() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    std::error_code none;
    const auto what = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none).native();
    const bool harmless =
        what.empty() || what == "anon_inode:[pidfd]" || what == "anon_inode:[eventpoll]" || what.starts_with("/memfd:");
    if (!harmless || ::write(fd, "a line that somebody prints\n", 28) >= 0) return false;
  }
  return true;
}

bool talks(plugin& p) {
  error_code ec;
  std::string text;
  p.channel().receiver().receive_for(std::chrono::milliseconds(1), boost::asio::dynamic_buffer(text), ec);
  if (ec != error::timed_out) return false;
  for (int i = 0; i != 50; ++i) {
    text = std::to_string(i);
    p.channel().sender().send(boost::asio::buffer(text));
    if (!streams_lead_nowhere() || test::receive_text(p) != text) return false;
  }
  return true;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_host_without_standard_streams, test::quiet_launcher)

BOOST_AUTO_TEST_CASE(has_nothing_in_their_place_that_a_stray_print_or_read_would_disturb) {
  for (const bool observable : {false, true}) {
    for (const bool logs : {false, true}) {
      for (const auto what : {host_death::kill, host_death::finish}) {
        const int status = test::in_a_child([&] {
          close_streams();
          auto o = scripted({"echo"});
          o.observable = observable;
          o.when_host_dies = what;
          if (logs) o.err = stdio_target::log();
          auto p = launch.launch(o);
          auto q = launch.launch(o);
          return talks(p) && talks(q) && p.stop(std::chrono::seconds(60)).success() ? 0 : 1;
        });
        BOOST_TEST(status == 0, "observable: " << observable << ", logs: " << logs);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(has_no_bell_there) {
  const int status = test::in_a_child([&] {
    close_streams();
    auto [bell, handle] = doorbell::create_pair(context.get_executor());
    return streams_lead_nowhere() && bell.native_handle() > STDERR_FILENO ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
