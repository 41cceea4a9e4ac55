// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/diagnostics.hpp>
#include <belfry/launcher.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#define BOOST_TEST_MODULE host.launch_options
#include "support/guests.hpp"

#include <boost/test/unit_test.hpp>

using belfry::error;
using belfry::error_code;
using belfry::stdio_target;
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace test = belfry::test;
using namespace std::chrono_literals;
using test::scripted;
using test::value_of;
using test::values_of;

namespace {

struct fixture {
  fixture() {
    belfry::set_diagnostics_sink({});
    fs::create_directories(scratch);
  }
  ~fixture() {
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
  }

  std::string report_of(const belfry::launch_options& options) {
    auto p = launcher.launch(options);
    return test::receive_text(p.channel());
  }

  /// Where a descriptor of the plugin leads.
  static std::string target_of(const std::string& report, int fd) {
    const auto prefix = std::to_string(fd) + " ";
    for (const auto& value : values_of(report, "fd")) {
      if (value.starts_with(prefix)) return value.substr(prefix.size());
    }
    return "(closed)";
  }

  static bool has(const std::vector<std::string>& values, const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  }

  static std::string content_of(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  asio::io_context context;
  belfry::launcher launcher{context.get_executor()};
  fs::path scratch = fs::temp_directory_path() / ("belfry-launch-options-" + std::to_string(::getpid()));
};

/// Puts back what it was.
class changed_variable {
 public:
  changed_variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old, had_ = true;
    ::setenv(name, value.c_str(), 1);
  }
  ~changed_variable() {
    if (had_) ::setenv(name_, old_.c_str(), 1);
    else ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(arguments_arrive_one_by_one_and_unchanged, fixture) {
  const auto report = report_of(scripted({"report", "", "two words", "a\"quote", "$HOME", "-x"}));
  const std::vector<std::string> expected = {
      test::puppet_path().string(), "report", "", "two words", "a\"quote", "$HOME", "-x"};
  BOOST_TEST(values_of(report, "arg") == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_plugin_has_the_hosts_environment_and_what_is_added, fixture) {
  const changed_variable mine("BELFRY_TEST_MINE", "of the host");
  const changed_variable replaced("BELFRY_TEST_REPLACED", "of the host");
  auto options = scripted({"report"});
  options.extra_environment = {"BELFRY_TEST_ADDED=a=b", "BELFRY_TEST_REPLACED=of the plugin"};
  const auto env = values_of(report_of(options), "env");
  BOOST_TEST(has(env, "BELFRY_TEST_MINE=of the host"));
  BOOST_TEST(has(env, "BELFRY_TEST_ADDED=a=b"));
  BOOST_TEST(has(env, "BELFRY_TEST_REPLACED=of the plugin"));
  BOOST_TEST(!has(env, "BELFRY_TEST_REPLACED=of the host"));
}

BOOST_FIXTURE_TEST_CASE(an_environment_of_its_own_is_all_that_a_plugin_has, fixture) {
  auto options = scripted({"report"});
  options.environment = std::vector<std::string>{"ONLY=this"};
  options.extra_environment = {"AND=that"};
  auto env = values_of(report_of(options), "env");
  // A sanitizer's runtime may add its own.
  std::erase_if(env, [](const std::string& v) { return v.find("SAN_") != std::string::npos; });
  const std::vector<std::string> expected = {"ONLY=this", "AND=that",
                                             "BELFRY_CHANNEL=1,lifeline=3,out=4,in=5,own=6,peer=7"};
  BOOST_TEST(env == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_channel_of_a_host_that_is_a_plugin_itself_is_not_passed_on, fixture) {
  const changed_variable mine("BELFRY_CHANNEL", "the host's own");
  auto options = scripted({"report"});
  options.extra_environment = {"BELFRY_CHANNEL=made up"};
  for (const bool in_arguments : {false, true}) {
    options.ends_in_arguments = in_arguments;
    const auto env = values_of(report_of(options), "env");
    BOOST_TEST(!has(env, "BELFRY_CHANNEL=the host's own"));
    BOOST_TEST(!has(env, "BELFRY_CHANNEL=made up"));
    BOOST_TEST(has(env, "BELFRY_CHANNEL=1,lifeline=3,out=4,in=5,own=6,peer=7") == !in_arguments);
  }
}

BOOST_FIXTURE_TEST_CASE(the_ends_are_an_argument_where_that_is_asked_for, fixture) {
  auto options = scripted({"report"});
  options.ends_in_arguments = true;
  const auto report = report_of(options);
  const auto arguments = values_of(report, "arg");
  BOOST_TEST(arguments.back() == "--belfry-channel=1,lifeline=3,out=4,in=5,own=6,peer=7");
  BOOST_TEST(report.find("env=BELFRY_CHANNEL") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_plugin_starts_in_the_directory_that_was_asked_for, fixture) {
  BOOST_TEST(value_of(report_of(scripted({"report"})), "cwd") == fs::current_path().string());
  auto options = scripted({"report"});
  options.working_directory = scratch;
  BOOST_TEST(value_of(report_of(options), "cwd") == fs::canonical(scratch).string());
}

BOOST_FIXTURE_TEST_CASE(a_directory_that_is_missing_is_an_error, fixture) {
  auto options = scripted({"report"});
  options.working_directory = scratch / "missing";
  error_code ec;
  BOOST_TEST(!launcher.launch(options, ec));
  BOOST_TEST((ec == boost::system::errc::no_such_file_or_directory));
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(a_bare_name_is_looked_up_in_the_path, fixture) {
  const changed_variable path("PATH", "/nowhere:" BELFRY_TEST_BIN_DIR ":/usr/bin:/bin");
  auto options = scripted({"report"});
  options.executable = "puppet";
  BOOST_TEST(values_of(report_of(options), "arg").front() == test::puppet_path().string());
}

BOOST_FIXTURE_TEST_CASE(a_relative_program_is_the_one_that_the_host_sees_wherever_the_plugin_starts, fixture) {
  auto options = scripted({"report"});
  options.working_directory = scratch;
  {
    const changed_variable path("PATH", fs::relative(BELFRY_TEST_BIN_DIR).string());
    options.executable = "puppet";
    BOOST_TEST(value_of(report_of(options), "cwd") == fs::canonical(scratch).string());
  }
  options.executable = fs::relative(test::puppet_path());
  BOOST_TEST(value_of(report_of(options), "cwd") == fs::canonical(scratch).string());
}

BOOST_FIXTURE_TEST_CASE(a_plugin_goes_by_the_name_that_the_host_gives_it, fixture) {
  auto options = scripted({"echo"});
  options.name = "the first of two";
  auto p = launcher.launch(options);
  BOOST_TEST(p.name() == "the first of two");
  BOOST_TEST(p.channel().peer().name == "the first of two");
}

BOOST_FIXTURE_TEST_CASE(the_rings_have_the_sizes_that_were_asked_for, fixture) {
  auto options = scripted({"echo"});
  options.channel = {8192, 16384};
  auto p = launcher.launch(options);
  BOOST_TEST(p.channel().sender().capacity() == 8192u);
  BOOST_TEST(p.channel().receiver().capacity() == 16384u);
}

BOOST_FIXTURE_TEST_CASE(sizes_that_cannot_be_are_an_error_before_anything_is_started, fixture) {
  auto options = scripted({"echo"});
  options.channel.outgoing_capacity = ~std::size_t{0};
  error_code ec;
  BOOST_TEST(!launcher.launch(options, ec));
  BOOST_TEST(ec.failed());
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(a_plugin_does_not_eat_the_hosts_input_and_shares_its_output_by_default, fixture) {
  const auto report = report_of(scripted({"report"}));
  BOOST_TEST(target_of(report, 0) == "/dev/null");
  BOOST_TEST(target_of(report, 1) == fs::read_symlink("/proc/self/fd/1").string());
  BOOST_TEST(target_of(report, 2) == fs::read_symlink("/proc/self/fd/2").string());
}

BOOST_FIXTURE_TEST_CASE(each_standard_stream_leads_where_the_host_wants, fixture) {
  test::pipe pipe;
  const auto name_of_pipe = fs::read_symlink("/proc/self/fd/" + std::to_string(pipe.reading())).string();

  auto options = scripted({"report"});
  options.in = stdio_target::descriptor(pipe.reading());
  options.out = stdio_target::descriptor(pipe.writing());
  options.err = stdio_target::null();
  const auto piped = report_of(options);
  BOOST_TEST(target_of(piped, 0) == name_of_pipe);
  BOOST_TEST(target_of(piped, 1) == name_of_pipe);
  BOOST_TEST(target_of(piped, 2) == "/dev/null");

  options.in = stdio_target::file("/dev/zero");
  options.out = stdio_target::null();
  options.err = stdio_target::descriptor(pipe.writing());
  const auto filed = report_of(options);
  BOOST_TEST(target_of(filed, 0) == "/dev/zero");
  BOOST_TEST(target_of(filed, 1) == "/dev/null");
  BOOST_TEST(target_of(filed, 2) == name_of_pipe);

  options.in = stdio_target::inherit();
  BOOST_TEST(target_of(report_of(options), 0) == fs::read_symlink("/proc/self/fd/0").string());
}

BOOST_FIXTURE_TEST_CASE(standard_streams_can_be_exchanged, fixture) {
  auto options = scripted({"report"});
  options.out = stdio_target::descriptor(2);
  options.err = stdio_target::descriptor(1);
  options.in = stdio_target::descriptor(1);
  const auto report = report_of(options);
  BOOST_TEST(target_of(report, 1) == fs::read_symlink("/proc/self/fd/2").string());
  BOOST_TEST(target_of(report, 2) == fs::read_symlink("/proc/self/fd/1").string());
}

BOOST_FIXTURE_TEST_CASE(output_files_are_made_and_appended_to, fixture) {
  const auto path = scratch / "out";
  auto options = scripted({"echo"});
  options.out = stdio_target::file(path);
  for (int i = 0; i != 2; ++i) {
    auto p = launcher.launch(options);
    p.channel().close();
    p.wait();
  }
  const auto line = belfry::make_error_code(error::closed).message() + "\n";
  BOOST_TEST(content_of(path) == line + line);
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_cannot_be_opened_is_an_error, fixture) {
  auto options = scripted({"echo"});
  options.in = stdio_target::file(scratch / "missing");
  error_code ec;
  BOOST_TEST(!launcher.launch(options, ec));
  BOOST_TEST((ec == boost::system::errc::no_such_file_or_directory));

  options.in = stdio_target::null();
  options.out = stdio_target::descriptor(1'000'000);
  BOOST_TEST(!launcher.launch(options, ec));
  BOOST_TEST((ec == error::handle_not_open));

  options.out = stdio_target::file(scratch);
  BOOST_TEST(!launcher.launch(options, ec));
  BOOST_TEST((ec == boost::system::errc::is_a_directory));
  BOOST_TEST(test::no_children());
}

BOOST_FIXTURE_TEST_CASE(a_plugin_that_ignores_the_goodbye_is_killed_after_the_grace, fixture) {
  auto options = scripted({"die", "pause", "0"});
  options.stop_grace = 10ms;
  const int pid = launcher.launch(options).pid();
  BOOST_TEST(test::state_of(pid) == '-');
  BOOST_TEST(test::no_children());
}
