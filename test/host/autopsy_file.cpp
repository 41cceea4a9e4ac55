// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE files of autopsies
#include "support/autopsy_fixture.hpp"
#include "support/child.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace belfry;
using boost::asio::buffer;
namespace fs = std::filesystem;

BOOST_TEST_DONT_PRINT_LOG_VALUE(belfry::error)

BOOST_FIXTURE_TEST_SUITE(an_autopsy, test::autopsy_fixture)

BOOST_AUTO_TEST_CASE(is_written_for_no_plugin_that_ends_as_it_should) {
  launch(options({"echo"})).stop(std::chrono::seconds(60));
  auto p = launch(options({"goodbye_then", "0"}));
  receive_all(p);
  p.wait();
  BOOST_TEST(files().empty());
  BOOST_TEST(p.autopsy().reason == "closed by the plugin");
}

BOOST_AUTO_TEST_CASE(is_written_for_one_that_said_goodbye_and_then_failed) {
  auto p = launch(options({"goodbye_then", "3"}));
  receive_all(p);
  p.wait();
  BOOST_TEST(the_file().status.value().code == 3);
}

BOOST_AUTO_TEST_CASE(is_a_file_that_only_this_user_may_read_and_the_diagnostic_names_it) {
  const auto umask_before = ::umask(0777);
  auto p = launch(options({"say", "1", "exit3"}));
  receive_all(p);
  p.wait();
  ::umask(umask_before);
  BOOST_TEST_REQUIRE(files().size() == 1U);
  struct stat status{};
  BOOST_TEST(::lstat(files().front().c_str(), &status) == 0);
  BOOST_TEST(status.st_mode == (S_IFREG | 0600U));
  const auto deaths = of(event_kind::peer_died);
  BOOST_TEST_REQUIRE(deaths.size() == 1U);
  BOOST_TEST(deaths.front().autopsy == files().front().native());
  BOOST_TEST(deaths.front().message.ends_with("; autopsy in " + files().front().native()));
  BOOST_TEST(of(event_kind::autopsy_failed).empty());
}

BOOST_AUTO_TEST_CASE(has_a_harmless_file_name_whatever_the_plugin_is_called) {
  auto o = options({"say", "0", "abort"});
  o.name = "../../../tmp/\n\xff.." + std::string(300, 'n');
  auto p = launch(o);
  receive_all(p);
  BOOST_TEST_REQUIRE(files().size() == 1U);
  const auto name = files().front().filename().native();
  BOOST_TEST(name.starts_with("_________tmp____"), name);
  BOOST_TEST(name.size() < 120U);
}

BOOST_AUTO_TEST_CASE(is_bounded_whatever_was_said_and_whatever_it_was_launched_with) {
  auto o = options({"echo"});
  // What takes the most room in JSON.
  o.arguments.insert(o.arguments.end(), 300, std::string(1500, '\x01'));
  o.environment = std::vector<std::string>(1000, "");
  for (std::size_t i = 0; i != 1000; ++i) o.environment->at(i) = std::to_string(i) + std::string(1200, '\x01') + "=";
  o.channel = {std::size_t{1} << 21, std::size_t{1} << 21};
  o.autopsy.messages = 256;
  o.autopsy.bytes_per_message = 1024;
  auto p = launch(o);
  const std::string text(5000, '\xff');
  for (int i = 0; i != 300; ++i) {
    p.channel().sender().send(buffer(text));
    test::receive_text(p);
  }
  p.kill();
  p.wait();
  BOOST_TEST_REQUIRE(files().size() == 1U);
  BOOST_TEST(fs::file_size(files().front()) < 6U << 20);
  BOOST_TEST(the_file().arguments.size() == 256U);
  BOOST_TEST(the_file().arguments.back() == "... and 46 more");
  BOOST_TEST(the_file().environment.size() == 256U);
  BOOST_TEST(the_file().to_plugin.last.size() == 256U);
  BOOST_TEST(the_file().to_plugin.last.back().first_bytes.size() == 1024U);
}

BOOST_AUTO_TEST_CASE(that_cannot_be_written_is_one_more_diagnostic_and_nothing_else) {
  auto o = options({"say", "1", "abort"});
  auto p = launch(o);
  fs::remove(folder);
  BOOST_TEST(receive_all(p) == error::peer_dead);
  p.wait();
  expect_one_death_without_a_file("No such file or directory");
  BOOST_TEST(p.autopsy().from_plugin.last.front().first_bytes == "message 0");
  BOOST_TEST(p.autopsy_file().empty());
}

BOOST_AUTO_TEST_CASE(goes_to_the_folder_of_the_launch_wherever_the_host_has_gone_since) {
  const auto here = fs::current_path();
  fs::current_path(folder.parent_path());
  auto o = options({"say", "1", "abort"});
  o.autopsy.folder = folder.filename();
  auto p = launch(o);
  fs::current_path(here);
  receive_all(p);
  BOOST_TEST_REQUIRE(files().size() == 1U);
  BOOST_TEST(p.autopsy_file() == files().front());
}

BOOST_AUTO_TEST_CASE(is_one_of_as_many_as_are_kept_and_the_oldest_goes) {
  std::vector<fs::path> written;
  for (int i = 0; i != 5; ++i) {
    auto o = options({"say", "1", "abort"});
    o.name = "plugin" + std::to_string(i);
    o.autopsy.most_files = 3;
    auto p = launch(o);
    receive_all(p);
    p.wait();
    written.push_back(p.autopsy_file());
  }
  auto left = files();
  std::sort(left.begin(), left.end());
  written.erase(written.begin(), written.begin() + 2);
  BOOST_TEST(left == written, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(for_which_a_disk_has_no_room_leaves_nothing_and_the_death_is_told_all_the_same) {
  const int status = test::in_a_child([&] {
    // A disk of one page. It is this child's alone.
    const bool mounted = ::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("small", folder.c_str(), "tmpfs", 0, "size=4096,nr_inodes=10") == 0;
    if (!mounted) return 77;
    int failed = 0;
    int died = 0;
    set_diagnostics_sink([&](const diagnostic& d) {
      failed += d.kind == event_kind::autopsy_failed && d.message.ends_with("No space left on device") ? 1 : 0;
      died += d.kind == event_kind::peer_died && d.autopsy.empty() ? 1 : 0;
    });
    auto o = options({"say", "200", "abort"});
    o.autopsy.messages = 200;
    auto p = launch(o);
    receive_all(p);
    p.wait();
    return failed == 1 && died == 1 && files().empty() ? 0 : 1;
  });
  if (status == 77) BOOST_TEST_MESSAGE("not tested: this process may not mount");
  else BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(for_which_there_is_no_room_leaves_nothing_and_does_not_harm_the_host) {
  // What a full disk does to a write, a limit does too, and it would send a signal that ends a process besides.
  const int status = test::in_a_child([&] {
    int failed = 0;
    set_diagnostics_sink([&](const diagnostic& d) { failed += d.kind == event_kind::autopsy_failed ? 1 : 0; });
    auto p = launch(options({"wait_then", "abort"}));
    const rlimit small{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &small);
    p.channel().sender().send(buffer("go", 2));
    receive_all(p);
    p.wait();
    sigset_t pending;
    ::sigpending(&pending);
    return failed == 1 && ::sigismember(&pending, SIGXFSZ) == 0 ? 0 : 1;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(files().empty());
}

BOOST_AUTO_TEST_CASE(follows_no_link_that_stands_in_its_way) {
  // One that could guess the name of the temporary file gains nothing: the next one is taken.
  const auto victim = folder / "victim";
  std::ofstream(victim) << "precious";
  for (int i = 0; i != 5; ++i) {
    fs::create_symlink(victim, folder / (".belfry-" + std::to_string(::getpid()) + "-" + std::to_string(i) + ".tmp"));
  }
  for (int i = 0; i != 3; ++i) {
    auto p = launch(options({"say", "1", "abort"}));
    receive_all(p);
  }
  std::ifstream in(victim);
  std::string text;
  in >> text;
  BOOST_TEST(text == "precious");
}

BOOST_AUTO_TEST_CASE(
    whose_folder_is_not_there_or_takes_no_files_is_told_of_at_the_launch_already_and_keeps_nobody_down) {
  for (const fs::path& nowhere : {folder / "missing", fs::path("/dev/null"), fs::path("/proc/self/net")}) {
    reported.clear();
    auto o = options({"say", "1", "abort"});
    o.autopsy.folder = nowhere;
    auto p = launch(o);
    const auto at_launch = of(event_kind::autopsy_failed);
    // Root is refused in no folder beforehand.
    if (nowhere.native().starts_with("/proc")) BOOST_TEST(at_launch.size() <= 1U);
    else BOOST_TEST_REQUIRE(at_launch.size() == 1U);
    if (!at_launch.empty()) BOOST_TEST(at_launch.front().message.find(nowhere.native()) != std::string::npos);
    reported.clear();
    BOOST_TEST(receive_all(p) == error::peer_dead);
    p.wait();
    expect_one_death_without_a_file(nowhere.native());
  }
}

BOOST_AUTO_TEST_SUITE_END()
