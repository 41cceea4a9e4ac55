// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE launch options
#include "support/child.hpp"
#include "support/launching.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

using namespace belfry;
using test::scripted;

namespace {

struct fixture : test::quiet_launcher {
  std::string first_words(const launch_options& options) {
    auto p = launch.launch(options);
    return test::receive_text(p);
  }
};

/// A folder of the test's own.
class folder {
 public:
  folder() {
    char name[] = "/tmp/belfry-test-XXXXXX";
    BOOST_TEST_REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin_gets, fixture)

BOOST_AUTO_TEST_CASE(its_arguments_as_they_are) {
  auto p = launch.launch(scripted({"arguments", "", "a b", "--c=\"d\"", "\xff\n"}));
  for (const std::string expected : {"arguments", "", "a b", "--c=\"d\"", "\xff\n"}) {
    BOOST_TEST(test::receive_text(p) == expected);
  }
}

BOOST_AUTO_TEST_CASE(the_hosts_environment_without_its_own_channel) {
  ::setenv("BELFRY_TEST_VARIABLE", "from the host", 1);
  BOOST_TEST(first_words(scripted({"environment", "BELFRY_TEST_VARIABLE"})) == "from the host");
  // Attaching has removed it, so that the plugin's own children do not take themselves for plugins.
  BOOST_TEST(first_words(scripted({"environment", "BELFRY_CHANNEL"})) == "(none)");
}

BOOST_AUTO_TEST_CASE(an_environment_of_its_own) {
  ::setenv("BELFRY_TEST_VARIABLE", "from the host", 1);
  auto options = scripted({"environment", "BELFRY_TEST_VARIABLE"});
  options.environment.emplace();
  BOOST_TEST(first_words(options) == "(none)");
  options.environment->push_back("BELFRY_TEST_VARIABLE=replaced");
  BOOST_TEST(first_words(options) == "replaced");
}

BOOST_AUTO_TEST_CASE(variables_in_addition) {
  ::setenv("BELFRY_TEST_VARIABLE", "from the host", 1);
  auto options = scripted({"environment", "BELFRY_TEST_VARIABLE"});
  options.extra_environment = {"BELFRY_TEST_VARIABLE=added", "OTHER=1"};
  BOOST_TEST(first_words(options) == "added");
}

BOOST_AUTO_TEST_CASE(its_working_directory) {
  auto options = scripted({"directory"});
  options.working_directory = "/usr";
  BOOST_TEST(first_words(options) == "/usr");
  options.working_directory.clear();
  BOOST_TEST(first_words(options) == std::filesystem::current_path().native());
  options.working_directory = "/nonexistent";
  error_code ec;
  launch.launch(options, ec);
  BOOST_TEST(ec.value() == ENOENT);
}

BOOST_AUTO_TEST_CASE(its_program_where_the_hosts_own_directory_is_gone) {
  const int status = test::in_a_child([] {
    const auto here = std::filesystem::path(BELFRY_TEST_BIN_DIR);
    ::setenv("PATH", (":relative:" + here.native()).c_str(), 1);
    const folder f;
    std::filesystem::current_path(f.path);
    std::filesystem::remove(f.path);
    boost::asio::io_context own_context;
    auto options = scripted({"echo"});
    options.executable = "puppet";
    error_code ec;
    auto p = launcher(own_context.get_executor()).launch(options, ec);
    if (ec) return 1;
    options.executable = "no-such-program-anywhere";
    launcher(own_context.get_executor()).launch(options, ec);
    return ec.value() == ENOENT ? 0 : 2;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(files_as_its_standard_streams) {
  const folder f;
  std::ofstream(f.path / "in") << "some input";
  auto options = scripted({"streams"});
  options.in = stdio_target::file(f.path / "in");
  options.out = stdio_target::file(f.path / "out");
  options.err = stdio_target::file(f.path / "err");
  BOOST_TEST(first_words(options) == "read some input");
  BOOST_TEST(contents(f.path / "out") == "to out\n");
  BOOST_TEST(contents(f.path / "err") == "to err\n");

  options.in = stdio_target::file(f.path / "missing");
  error_code ec;
  launch.launch(options, ec);
  BOOST_TEST(ec.value() == ENOENT);
}

BOOST_AUTO_TEST_CASE(descriptors_as_its_standard_streams_even_crosswise) {
  int line[2];
  BOOST_TEST_REQUIRE(::pipe2(line, O_CLOEXEC) == 0);
  auto options = scripted({"streams"});
  options.in = stdio_target::null();
  options.out = stdio_target::descriptor(line[1]);
  options.err = stdio_target::descriptor(line[1]);
  BOOST_TEST(first_words(options) == "read ");
  ::close(line[1]);
  char text[32] = {};
  BOOST_TEST(::read(line[0], text, sizeof text) == 14);
  BOOST_TEST(text == std::string("to out\nto err\n"));
  ::close(line[0]);

  options.out = stdio_target::descriptor(line[1]);
  error_code ec;
  launch.launch(options, ec);
  BOOST_TEST((ec == error::handle_not_open));
}

BOOST_AUTO_TEST_CASE(the_hosts_own_streams_or_none) {
  const folder f;
  const int status = test::in_a_child([&] {
    const int in = ::open("/etc/hostname", O_RDONLY);
    const int out = ::open((f.path / "out").c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    boost::asio::io_context own;
    auto options = scripted({"streams"});
    options.err = stdio_target::null();
    auto p = launcher(own.get_executor()).launch(options);
    return test::receive_text(p) == "read " ? 0 : 1;  // by default it has no standard input
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(contents(f.path / "out") == "to out\n");
}

BOOST_AUTO_TEST_CASE(its_ends_in_an_argument) {
  auto options = scripted({"arguments"});
  options.ends_in_arguments = true;
  auto p = launch.launch(options);
  BOOST_TEST(test::receive_text(p) == "arguments");
  BOOST_TEST(test::receive_text(p) == "--belfry-channel=1,lifeline=3,out=4,in=5,own=6,peer=7");
}

BOOST_AUTO_TEST_CASE(rings_of_the_sizes_asked_for) {
  auto options = scripted({"capacities"});
  options.channel.outgoing_capacity = 5000;
  options.channel.incoming_capacity = 100'000;
  BOOST_TEST(first_words(options) == "131072 8192");
  options.channel.incoming_capacity = 0;
  error_code ec;
  launch.launch(options, ec);
  BOOST_TEST(ec.value() == EINVAL);
}

BOOST_AUTO_TEST_CASE(neither_blocked_signals_nor_handlers_nor_ignored_ones) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGUSR1, [](int) {});
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  const auto text = first_words(scripted({"signals"}));
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGUSR1, SIG_DFL);
  BOOST_TEST(text == "");
}

BOOST_AUTO_TEST_CASE(found_in_the_path) {
  const std::string path = std::string(BELFRY_TEST_BIN_DIR) + ":" + std::getenv("PATH");
  const int status = test::in_a_child([&] {
    ::setenv("PATH", path.c_str(), 1);
    boost::asio::io_context own;
    auto options = scripted({"arguments"});
    options.executable = "puppet";
    auto p = launcher(own.get_executor()).launch(options);
    return test::receive_text(p) == "arguments" && p.name() == "puppet" ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(found_in_a_relative_path_wherever_it_starts) {
  const int status = test::in_a_child([&] {
    std::filesystem::current_path(BELFRY_TEST_BIN_DIR "/..");
    ::setenv("PATH", std::filesystem::path(BELFRY_TEST_BIN_DIR).filename().c_str(), 1);
    boost::asio::io_context own;
    auto options = scripted({"directory"});
    options.executable = "puppet";
    options.working_directory = "/usr";
    auto p = launcher(own.get_executor()).launch(options);
    return test::receive_text(p) == "/usr" ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_name_which_defaults_to_that_of_its_program) {
  auto options = scripted({"echo"});
  BOOST_TEST(launch.launch(options).name() == "puppet");
  options.name = "parrot";
  auto p = launch.launch(options);
  BOOST_TEST(p.name() == "parrot");
  BOOST_TEST(p.channel().peer().name == "parrot");
  BOOST_TEST(p.channel().peer().pid == p.pid());
  BOOST_TEST(p.channel().peer().protocol == 1U);
  BOOST_TEST(first_words(scripted({"peer"})) == ::program_invocation_short_name);
}

BOOST_AUTO_TEST_SUITE_END()
