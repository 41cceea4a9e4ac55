// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE landlock
#include "../../src/host/posix/confine.hpp"
#include "support/captive.hpp"
#include "support/child.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace belfry;
using detail::posix::confine;

namespace {

/// A plugin that may use a folder, and two folders besides: one to read, one to write.
struct fixture : test::captive_fixture {
  fixture() {
    for (const char* name : {"readable", "writable", "hidden"}) {
      std::filesystem::create_directory(folder.path / name);
      std::ofstream(folder.path / name / "file") << "contents";
    }
    auto& files = confinement().files.emplace(file_access::system_libraries());
    // Where belfry is built as shared libraries, these stand somewhere in its build folder.
    files.read_only.emplace_back(BELFRY_TEST_BIN_DIR "/../..");
    files.read_only.push_back(folder.path / "readable");
    files.read_write.push_back(folder.path / "writable");
  }

  std::string in(const char* name, const char* file = "file") { return (folder.path / name / file).native(); }

  static bool left_out() {
    if (confinement_support::here().landlock_version > 0) return false;
    BOOST_TEST_MESSAGE("left out: this kernel has no Landlock");
    return true;
  }

  test::open_folder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin_whose_files_are_restricted, fixture)

BOOST_AUTO_TEST_CASE(reads_below_the_roots_and_nowhere_else) {
  if (left_out()) return;
  start();
  BOOST_TEST(attempt("open " + in("readable")) == "done");
  BOOST_TEST(attempt("list " + in("readable", "")) == "done");
  BOOST_TEST(attempt("open " + in("writable")) == "done");
  BOOST_TEST(attempt("open " + in("hidden")) == "EACCES");
  BOOST_TEST(attempt("list " + in("hidden", "")) == "EACCES");
  BOOST_TEST(attempt("open " + in("readable", "../hidden/file")) == "EACCES");
  BOOST_TEST(attempt("open /etc/passwd") == "EACCES");
  BOOST_TEST(attempt("open /proc/" + std::to_string(::getpid()) + "/mem") == "EACCES");
}

BOOST_AUTO_TEST_CASE(writes_below_the_roots_for_that_and_nowhere_else) {
  if (left_out()) return;
  start();
  BOOST_TEST(attempt("append " + in("writable")) == "done");
  BOOST_TEST(attempt("create " + in("writable", "new")) == "done");
  BOOST_TEST(attempt("remove " + in("writable", "new")) == "done");
  for (const char* name : {"readable", "hidden"}) {
    BOOST_TEST(attempt("append " + in(name)) == "EACCES");
    BOOST_TEST(attempt("create " + in(name, "new")) == "EACCES");
    BOOST_TEST(attempt("remove " + in(name)) == "EACCES");
  }
}

BOOST_AUTO_TEST_CASE(cuts_no_file_off_that_it_may_only_read) {
  if (left_out()) return;
  start();
  BOOST_TEST(attempt("truncate " + in("readable")) != "done");
  BOOST_TEST(attempt("open_and_truncate " + in("readable")) != "done");
  BOOST_TEST(std::filesystem::file_size(in("readable")) == 8U);
}

BOOST_AUTO_TEST_CASE(executes_nothing_that_is_not_below_the_roots) {
  if (left_out()) return;
  std::filesystem::copy_file("/bin/true", folder.path / "hidden" / "true");
  start();
  BOOST_TEST(attempt("execute " + in("hidden", "true")) == "EACCES");
  BOOST_TEST(attempt("execute " + in("readable", "none")) == "ENOENT");
}

BOOST_AUTO_TEST_CASE(signals_nobody_outside) {
  if (left_out()) return;
  if (confinement_support::here().landlock_version < 6) {
    BOOST_TEST_MESSAGE("left out: before Linux 6.12");
    return;
  }
  start();
  BOOST_TEST(attempt("kill " + std::to_string(::getpid())) == "EPERM");
  BOOST_TEST(attempt("kill " + std::to_string(captive.pid())) == "done");
}

BOOST_AUTO_TEST_CASE(uses_its_channel_as_ever) {
  if (left_out()) return;
  options.channel.outgoing_large.bytes = options.channel.incoming_large.bytes = 4 << 20;
  start();
  const std::string large(1 << 20, 'x');
  captive.channel().sender().send(boost::asio::buffer(large), 1);
  BOOST_TEST((test::receive_text(captive) == large));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(restricting_files_fails, fixture)

BOOST_AUTO_TEST_CASE(where_a_root_is_not_there) {
  if (left_out()) return;
  confinement().files->read_only.emplace_back("/nonexistent");
  BOOST_TEST(failure().value() == ENOENT);
  BOOST_TEST(story_mentions("the root /nonexistent"));
}

BOOST_AUTO_TEST_CASE(where_the_kernel_has_no_landlock) {
  error_code ec;
  const confine c(confinement(), options.executable, 0, ec);
  BOOST_TEST((ec == error::cannot_confine));
  BOOST_TEST(c.story().find("no Landlock") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_the_plugin_cannot_read_its_libraries) {
  if (left_out()) return;
  confinement().files.emplace();
  // The kernel may not execute the dynamic loader.
  BOOST_TEST(failure().value() == EACCES);
  BOOST_TEST(story_mentions("below a root"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(in_an_older_kernel, fixture)

namespace {

/// As the child of a launch does it, in a child of the test's own.
int confined(confine& c, const std::function<bool()>& holds) {
  return test::in_a_child([&] {
    boost::process::v2::posix::default_launcher launcher;
    if (c.on_exec_setup(launcher, {}, nullptr)) return 1;
    return holds() ? 0 : 2;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_filter_keeps_files_from_being_cut_off) {
  if (left_out() || test::left_out()) return;
  confinement().files->read_only.emplace_back("/proc");
  for (const int version : {1, 2}) {
    error_code ec;
    confine c(confinement(), options.executable, version, ec);
    if (!confinement_support::here().filters) {
      BOOST_TEST((ec == error::cannot_confine));
      BOOST_TEST(c.story().find("before Linux 6.2") != std::string::npos);
      continue;
    }
    BOOST_TEST_REQUIRE(!ec);
    const auto path = in("readable");
    const auto holds = [&] {
      return ::truncate(path.c_str(), 0) != 0 && ::open(path.c_str(), O_RDONLY | O_TRUNC) < 0 &&
             ::open(path.c_str(), O_WRONLY | O_TRUNC) < 0 && ::open(path.c_str(), O_RDONLY) >= 0 &&
             ::open(in("writable").c_str(), O_WRONLY | O_TRUNC) >= 0 && ::open(in("hidden").c_str(), O_RDONLY) < 0;
    };
    BOOST_TEST(confined(c, holds) == 0);
    BOOST_TEST(std::filesystem::file_size(path) == 8U);
  }
}

BOOST_AUTO_TEST_CASE(files_are_restricted_by_each_version_of_landlock) {
  if (left_out() || test::left_out()) return;
  const int newest = std::min(confinement_support::here().landlock_version, 7);
  for (int version = detail::posix::landlock_version_that_keeps_length; version <= newest; ++version) {
    error_code ec;
    confine c(confinement(), options.executable, version, ec);
    BOOST_TEST_REQUIRE(!ec);
    const auto holds = [&] {
      return ::open(in("readable").c_str(), O_RDONLY) >= 0 && ::open(in("readable").c_str(), O_WRONLY) < 0 &&
             ::truncate(in("readable").c_str(), 0) != 0 && ::open(in("hidden").c_str(), O_RDONLY) < 0;
    };
    BOOST_TEST(confined(c, holds) == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
