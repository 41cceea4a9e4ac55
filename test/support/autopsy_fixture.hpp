// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_AUTOPSY_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_AUTOPSY_FIXTURE_HPP

#include "launching.hpp"

#include <belfry/autopsy.hpp>
#include <belfry/diagnostics.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace belfry::test {

/// A folder of its own, and what was reported.
struct autopsy_fixture : context_fixture {
  autopsy_fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "belfry-autopsy-XXXXXX").native();
    BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    set_diagnostics_sink([this](const diagnostic& d) {
      const std::lock_guard lock(mutex);
      reported.push_back(d);
    });
  }
  ~autopsy_fixture() {
    set_diagnostics_sink({});
    std::filesystem::remove_all(folder);
  }

  launch_options options(std::vector<std::string> arguments) {
    auto o = scripted(std::move(arguments));
    o.autopsy.folder = folder;
    return o;
  }
  plugin launch(const launch_options& o) { return launcher(context.get_executor()).launch(o); }

  /// Until the channel ends.
  static error_code receive_all(plugin& p) {
    error_code ec;
    while (!ec) {
      std::string text;
      p.channel().receiver().receive(boost::asio::dynamic_buffer(text), ec);
    }
    return ec;
  }

  std::vector<std::filesystem::path> files() const {
    return {std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()};
  }
  autopsy the_file() const {
    const auto all = files();
    BOOST_TEST_REQUIRE(all.size() == 1U);
    return read_autopsy(all.front());
  }
  std::vector<diagnostic> of(event_kind kind) {
    const std::lock_guard lock(mutex);
    std::vector<diagnostic> some;
    for (const auto& d : reported) {
      if (d.kind == kind) some.push_back(d);
    }
    return some;
  }

  void expect_one_death_without_a_file(const std::string& why) {
    const auto deaths = of(event_kind::peer_died);
    BOOST_TEST_REQUIRE(deaths.size() == 1U);
    BOOST_TEST(deaths.front().autopsy.empty());
    BOOST_TEST(deaths.front().status.value().signal == SIGABRT);
    const auto failures = of(event_kind::autopsy_failed);
    BOOST_TEST_REQUIRE(failures.size() == 1U);
    BOOST_TEST((failures.front().level == severity::error));
    BOOST_TEST(failures.front().message.find(why) != std::string::npos, failures.front().message);
  }

  std::filesystem::path folder;
  std::mutex mutex;
  std::vector<diagnostic> reported;
};

}  // namespace belfry::test

#endif
