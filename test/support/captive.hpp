// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_CAPTIVE_HPP
#define BELFRY_TEST_SUPPORT_CAPTIVE_HPP

#include "launching.hpp"
#include "sanitizer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <unistd.h>

namespace belfry::test {

/// Launches the plugin that tries what it is told to, and confines it.
struct captive_fixture : quiet_launcher {
  captive_fixture() {
    options = scripted({});
    options.executable = BELFRY_TEST_BIN_DIR "/captive";
    // The leak checker of a sanitizer would stop over what it may not see.
    options.extra_environment = {"ASAN_OPTIONS=detect_leaks=0"};
  }

  confinement_options& confinement() { return options.confinement; }

  void start() { captive = launch.launch(options); }

  /// The launch fails; returns why, and leaves the story.
  error_code failure() {
    error_code ec;
    try {
      launch.launch(options);
    } catch (const system_error& e) {
      story = e.what();
      ec = e.code();
    }
    BOOST_TEST(!has_children());
    return ec;
  }

  bool story_mentions(const std::string& what) const {
    BOOST_TEST_INFO(story);
    return story.find(what) != std::string::npos;
  }

  /// What comes of it in the plugin; if it dies of it, how.
  std::string attempt(const std::string& what) {
    error_code ec;
    std::string text;
    captive.channel().sender().send(boost::asio::buffer(what), ec);
    if (!ec) captive.channel().receiver().receive(boost::asio::dynamic_buffer(text), ec);
    return ec ? to_string(captive.wait()) : text;
  }

  launch_options options;
  plugin captive;
  std::string story;
};

/// The same, for filters of system calls.
struct filtered_fixture : captive_fixture {
  /// A sanitizer in the plugin makes calls of its own.
  static bool left_out() {
    if (belfry::test::left_out()) return true;
    if (confinement_support::here().filters) return false;
    BOOST_TEST_MESSAGE("left out: there are no filters of system calls here");
    return true;
  }

  void compute_only() {
    confinement() = confinement_options::pure_compute();
    if (confinement_support::here().landlock_version == 0) confinement().files.reset();
    else confinement().files->read_only.emplace_back(BELFRY_TEST_BIN_DIR "/../..");
  }
};

/// A folder of the test's own, which every user may enter.
class open_folder {
 public:
  open_folder() {
    char name[] = "/tmp/belfry-test-XXXXXX";
    BOOST_TEST_REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
    std::filesystem::permissions(path, std::filesystem::perms(0755));
  }
  ~open_folder() { std::filesystem::remove_all(path); }
  open_folder(const open_folder&) = delete;
  open_folder& operator=(const open_folder&) = delete;
  std::filesystem::path path;
};

/// Whether a test is left out that needs root, or that needs not to be it.
inline bool needs(bool root) {
  if ((::geteuid() == 0) == root) return false;
  BOOST_TEST_MESSAGE((root ? "left out: this needs root" : "left out: root may do this"));
  return true;
}

}  // namespace belfry::test

#endif
