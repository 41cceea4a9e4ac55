// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE autopsies of plugins
#include "support/child.hpp"
#include "support/launching.hpp"

#include <belfry/autopsy.hpp>
#include <belfry/diagnostics.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace belfry;
using boost::asio::buffer;
using test::scripted;
namespace fs = std::filesystem;

namespace {

/// A folder of its own, and what was reported.
struct fixture : test::context_fixture {
  fixture() {
    std::string name = (fs::temp_directory_path() / "belfry-autopsy-XXXXXX").native();
    BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    set_diagnostics_sink([this](const diagnostic& d) {
      const std::lock_guard lock(mutex);
      reported.push_back(d);
    });
  }
  ~fixture() {
    set_diagnostics_sink({});
    fs::remove_all(folder);
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

  std::vector<fs::path> files() const { return {fs::directory_iterator(folder), fs::directory_iterator()}; }
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

  fs::path folder;
  std::mutex mutex;
  std::vector<diagnostic> reported;
};

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(belfry::error)

BOOST_FIXTURE_TEST_SUITE(an_autopsy, fixture)

BOOST_AUTO_TEST_CASE(tells_how_a_plugin_ended_what_was_said_last_and_where_it_was_reading) {
  auto o = options({"wait_then", "abort"});
  o.environment = std::vector<std::string>{"SECRET=hush", "LANG=C"};
  auto p = launch(o);
  p.channel().sender().send(buffer("the last straw", 14), 9);
  receive_all(p);
  p.wait();
  for (const auto& a : {p.autopsy(), the_file()}) {
    BOOST_TEST(a.name == "puppet");
    BOOST_TEST(a.pid == p.pid());
    BOOST_TEST(a.host == "test_host_autopsy");
    BOOST_TEST(a.host_pid == ::getpid());
    BOOST_TEST(a.reason == "died");
    BOOST_TEST(a.status.value().signal == SIGABRT);
    BOOST_TEST(a.usage.value().peak_memory_bytes > 0U);
    BOOST_TEST(a.uptime.count() > 0);
    BOOST_TEST(a.executable == o.executable.native());
    BOOST_TEST(a.arguments == o.arguments, boost::test_tools::per_element());
    BOOST_TEST(a.environment == (std::vector<std::string>{"LANG", "SECRET"}), boost::test_tools::per_element());
    BOOST_TEST(to_json(a).find("hush") == std::string::npos);
    BOOST_TEST(a.to_plugin.messages == 1U);
    BOOST_TEST_REQUIRE(a.to_plugin.last.size() == 1U);
    const auto& m = a.to_plugin.last.front();
    BOOST_TEST(m.first_bytes == "the last straw");
    BOOST_TEST(m.kind == 9U);
    BOOST_TEST(m.position == a.to_plugin.released);
    BOOST_TEST(!m.released);  // it died while it looked at it
    BOOST_TEST(a.from_plugin.last.empty());
  }
}

BOOST_AUTO_TEST_CASE(tells_what_the_plugin_had_said_though_it_is_received_already) {
  auto p = launch(options({"say", "40", "segv"}));
  receive_all(p);
  p.wait();
  const auto a = the_file();
  BOOST_TEST_REQUIRE(a.from_plugin.last.size() == 16U);
  BOOST_TEST(a.from_plugin.last.front().first_bytes == "message 24");
  BOOST_TEST(a.from_plugin.last.back().first_bytes == "message 39");
  BOOST_TEST(a.from_plugin.last.back().released);
  BOOST_TEST(a.from_plugin.messages == 40U);
  BOOST_TEST(a.from_plugin.written == a.from_plugin.released);
}

BOOST_AUTO_TEST_CASE(has_the_time_of_each_message_if_it_is_asked_to_keep_them) {
  const auto before = std::chrono::system_clock::now();
  auto o = options({"echo"});
  o.autopsy.keep_times = true;
  o.autopsy.messages = 5;
  auto p = launch(o);
  for (int i = 0; i != 20; ++i) {
    p.channel().sender().send(buffer(std::to_string(i)));
    BOOST_TEST(test::receive_text(p) == std::to_string(i));
  }
  const auto a = p.autopsy();
  BOOST_TEST(a.reason == "running");
  BOOST_TEST(!a.status);
  for (const auto* d : {&a.to_plugin, &a.from_plugin}) {
    BOOST_TEST_REQUIRE(d->last.size() == 5U);
    auto last = before;
    for (const auto& m : d->last) {
      BOOST_TEST_REQUIRE(m.time.has_value());
      // The clocks of the two are not the same; they agree to within a second.
      BOOST_TEST((*m.time >= last - std::chrono::seconds(1)));
      last = *m.time;
    }
    BOOST_TEST((last <= std::chrono::system_clock::now() + std::chrono::seconds(1)));
    BOOST_TEST(d->last.back().first_bytes == "19");
  }
}

BOOST_AUTO_TEST_CASE(with_times_of_batches_and_of_what_waited_for_room_disturbs_no_message) {
  auto o = options({"echo"});
  o.autopsy.keep_times = true;
  o.channel = {4096, 4096};
  auto p = launch(o);
  auto& out = p.channel().sender();
  for (int i = 0; i != 200; ++i) {
    for (int j = 0; j != 3; ++j) {
      const auto text = std::to_string(i) + "/" + std::to_string(j) + std::string(300, '.');
      std::memcpy(out.reserve(text.size()).data(), text.data(), text.size());
      if (j == 2) out.commit(text.size());
      else out.stage(text.size(), 0);
    }
    for (int j = 0; j != 3; ++j) {
      BOOST_TEST_REQUIRE(test::receive_text(p).starts_with(std::to_string(i) + "/" + std::to_string(j)));
    }
  }
  const auto a = p.autopsy();
  BOOST_TEST(a.to_plugin.messages == 600U);
  BOOST_TEST(a.to_plugin.last.back().first_bytes.starts_with("199/2"));
  BOOST_TEST(a.from_plugin.last.back().first_bytes.starts_with("199/2"));
}

BOOST_AUTO_TEST_CASE(of_a_plugin_that_hangs_shows_at_which_message) {
  auto p = launch(options({"signalled_then", "stay"}));
  BOOST_TEST(test::receive_text(p) == "ready");
  for (int i = 0; i != 50; ++i) p.channel().sender().send(buffer("work " + std::to_string(i)));
  const auto a = p.autopsy();
  BOOST_TEST(a.reason == "running");
  BOOST_TEST_REQUIRE(a.to_plugin.last.size() == 17U);  // that one, though it is not among the last
  BOOST_TEST(a.to_plugin.last.front().first_bytes == "work 0");
  BOOST_TEST(a.to_plugin.last.back().first_bytes == "work 49");
  p.kill();
}

BOOST_AUTO_TEST_CASE(of_one_that_broke_the_protocol_names_the_field) {
  auto p = launch(options({"bad_header"}));
  BOOST_TEST(receive_all(p) == error::protocol_violation);
  p.wait();
  BOOST_TEST(the_file().reason == "broke the protocol: the header of a message");
  BOOST_TEST(the_file().status.value().signal == SIGKILL);
}

BOOST_AUTO_TEST_CASE(in_an_event_loop_has_the_status_once_the_process_has_ended) {
  auto p = launch(options({"bad_header"}));
  p.channel().receiver().async_peek([](const error_code& ec, const message_view&) { BOOST_TEST(ec.failed()); });
  p.async_wait_exit([](const error_code&, const exit_status&) {});
  context.run();
  BOOST_TEST(the_file().status.value().signal == SIGKILL);
  BOOST_TEST(the_file().reason == "broke the protocol: the header of a message");
}

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

BOOST_AUTO_TEST_CASE(has_the_last_lines_of_its_standard_error_and_none_of_its_output) {
  auto o = options({"streams"});
  o.err = stdio_target::log();
  o.out = stdio_target::log();
  auto p = launch(o);
  BOOST_TEST(test::receive_text(p) == "read ");
  const auto live = p.autopsy();
  BOOST_TEST(live.last_errors == std::vector<std::string>{"to err"}, boost::test_tools::per_element());
  BOOST_TEST(live.options.at("standard error") == "the log");
  p.wait();

  o = options({"say_on_stderr", "300", "abort"});
  o.err = stdio_target::log();
  o.output.last_lines = 1000;
  auto dead = launch(o);
  receive_all(dead);
  dead.wait();
  // Also of many lines so much as a file has room for, and the last of them without an end.
  const auto lines = the_file().last_errors;
  BOOST_TEST_REQUIRE(lines.size() == 256U);
  BOOST_TEST(lines.front() == "line 45");
  BOOST_TEST(lines.back() == "cut sh");
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

BOOST_AUTO_TEST_CASE(of_one_that_wrote_nonsense_over_all_that_it_can_reach_is_made_all_the_same) {
  for (int seed = 0; seed != 30; ++seed) {
    auto o = options({"scribble", std::to_string(seed), "abort"});
    o.autopsy.keep_times = seed % 3 == 0;
    o.channel = {std::size_t{1} << 14, std::size_t{1} << 14};
    auto p = launch(o);
    error_code ec;
    for (int i = 0; i != 5 && !ec; ++i) p.channel().sender().send(buffer("work " + std::to_string(i)), ec);
    BOOST_TEST(receive_all(p).failed());
    p.wait();
    BOOST_TEST(p.autopsy().to_plugin.messages <= 5U);
    BOOST_TEST(read_autopsy(p.autopsy_file()).pid == p.pid());
    describe(p.autopsy());
  }
  BOOST_TEST(files().size() == 30U);
  BOOST_TEST(of(event_kind::autopsy_failed).empty());
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

BOOST_AUTO_TEST_CASE(that_is_to_hold_too_much_fails_the_launch) {
  const auto refused = [&](const launch_options& o) {
    error_code ec;
    launcher(context.get_executor()).launch(o, ec);
    return ec;
  };
  auto o = options({"echo"});
  o.autopsy.messages = 257;
  BOOST_TEST((refused(o) == boost::system::errc::invalid_argument));
  o = options({"echo"});
  o.autopsy.bytes_per_message = 1025;
  BOOST_TEST((refused(o) == boost::system::errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
