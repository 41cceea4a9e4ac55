// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The launcher in Boost.Process's form: that it composes with that library's initializers, and that it has none of the
// faults which that library's own launchers have in 1.81.

#define BOOST_TEST_MODULE guest launcher
#define BOOST_PROCESS_V2_SEPARATE_COMPILATION  // as it is compiled into the library
#include "../../src/host/posix/guest_launcher.hpp"

#include "../../src/host/posix/enter_group.hpp"
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/launching.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/process/v2/detail/last_error.hpp>
#include <boost/process/v2/environment.hpp>
#include <boost/process/v2/start_dir.hpp>
#include <boost/process/v2/stdio.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace belfry;
using belfry::detail::posix::enter_group;
using belfry::detail::posix::guest_launcher;
using test::into;
using test::scripted;
namespace process = boost::process::v2;

namespace {

using arguments = std::vector<std::string>;

/// A pipe of which a program gets the one end, and this process reads the other.
class pipe_from {
 public:
  pipe_from() { BOOST_TEST_REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~pipe_from() {
    close_writing_end();
    ::close(ends_[0]);
  }
  int writing_end() const { return ends_[1]; }
  void close_writing_end() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  /// All until everybody has closed the other end.
  std::string read_all() {
    close_writing_end();
    std::string all;
    char some[256];
    for (ssize_t n = 0; (n = ::read(ends_[0], some, sizeof some)) > 0;) all.append(some, static_cast<std::size_t>(n));
    return all;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// What the program says on its standard output.
template <class... Initializers>
std::string said(const char* program, const arguments& args, Initializers&&... inits) {
  pipe_from out;
  process::process_stdio streams{nullptr, out.writing_end(), nullptr};
  guest_launcher launch;
  error_code ec;
  const auto started = launch(program, args, ec, streams, inits...);
  BOOST_TEST_REQUIRE(!ec, ec.message());
  auto text = out.read_all();
  ::waitpid(started.pid, nullptr, 0);
  return text;
}

/// Counts the hooks for errors.
struct listener {
  int errors = 0;
  int exec_errors = 0;
  int successes = 0;
  error_code last{};

  using path = guest_launcher::path;
  void on_error(process::posix::default_launcher&, const path&, const char* const*, const error_code& ec) {
    ++errors;
    last = ec;
  }
  void on_exec_error(process::posix::default_launcher&, const path&, const char* const*, const error_code&) {
    ++exec_errors;
  }
  void on_success(process::posix::default_launcher&, const path&, const char* const*) { ++successes; }
};

/// Counts how often its context is told of a fork.
class fork_counter : public boost::asio::execution_context::service {
 public:
  static inline boost::asio::execution_context::id id;
  explicit fork_counter(boost::asio::execution_context& context) : service(context) {}
  int forks = 0;

 private:
  void shutdown() override {}
  void notify_fork(boost::asio::execution_context::fork_event) override { ++forks; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(boosts_own_initializers)

BOOST_AUTO_TEST_CASE(compose_with_it) {
  process::process_start_dir directory("/usr");
  const std::vector<std::string> variables{"BELFRY_TEST_VARIABLE=set", "PATH=/usr/bin:/bin"};
  process::process_environment environment(variables);
  enter_group group(process_group::session);
  const auto text = said("/bin/sh", {"-c", "pwd; echo $BELFRY_TEST_VARIABLE; ps -o sid= $$ | grep -c $$"}, directory,
                         environment, group);
  BOOST_TEST(text == "/usr\nset\n1\n");
}

BOOST_AUTO_TEST_CASE(are_told_of_each_error_and_of_success) {
  listener l;
  guest_launcher launch;
  error_code ec;
  launch("/nonexistent/program", arguments{}, ec, l);
  BOOST_TEST(ec.value() == ENOENT);
  BOOST_TEST(l.last == ec);
  BOOST_TEST(l.errors == 1);
  BOOST_TEST(l.exec_errors == 1);
  BOOST_TEST(l.successes == 0);
  const auto started = launch("/bin/true", arguments{}, ec, l);
  BOOST_TEST(!ec);
  BOOST_TEST(l.successes == 1);
  ::waitpid(started.pid, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(that_fail_in_the_child_give_their_own_error) {
  process::process_start_dir directory("/etc/passwd");
  guest_launcher launch;
  error_code ec;
  launch("/bin/true", arguments{}, ec, directory);
  BOOST_TEST(ec.value() == ENOTDIR);
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_launch)

BOOST_AUTO_TEST_CASE(tells_no_context_of_a_fork_and_disturbs_none) {
  boost::asio::io_context context;
  auto& counter = boost::asio::use_service<fork_counter>(context);
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  boost::asio::posix::stream_descriptor reading(context, ends[0]);
  std::optional<error_code> readable;
  reading.async_wait(boost::asio::posix::descriptor_base::wait_read, into(readable));
  context.poll();
  set_diagnostics_sink({});
  {
    auto p = launcher(context.get_executor()).launch(scripted({"echo"}));
    error_code ec;
    launcher(context.get_executor()).launch(scripted({"fail", "1"}), ec);
  }
  BOOST_TEST(counter.forks == 0);
  BOOST_TEST(!readable);
  BOOST_TEST(::write(ends[1], "x", 1) == 1);
  context.restart();
  context.run();
  BOOST_TEST((readable && !*readable));
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(that_fails_runs_no_exit_handler_and_flushes_no_stream) {
  pipe_from out;
  std::fflush(stdout);  // what this program has said is not the child's
  const int status = test::in_a_child([&] {
    ::dup2(out.writing_end(), STDOUT_FILENO);
    std::atexit([] { std::fputs("exit handler.", stdout); });
    std::fputs("once.", stdout);
    boost::asio::io_context context;
    set_diagnostics_sink({});
    auto options = scripted({});
    options.executable = "/nonexistent/program";
    error_code ec;
    launcher(context.get_executor()).launch(options, ec);
    std::fflush(stdout);
    return ec.value();
  });
  BOOST_TEST(status == ENOENT);
  BOOST_TEST(out.read_all() == "once.");
}

BOOST_AUTO_TEST_CASE(that_fails_says_why_whatever_numbers_the_descriptors_have) {
  // The lower the numbers of what a launcher opens for itself, the nearer they are to those that the program gets.
  for (const int closed : {0, 1, 2, 3}) {
    const int status = test::in_a_child([&] {
      set_diagnostics_sink({});
      for (int fd = 0; fd != closed; ++fd) ::close(fd);
      boost::asio::io_context context;
      auto options = scripted({});
      options.executable = "/etc/passwd";
      error_code ec;
      launcher(context.get_executor()).launch(options, ec);
      return ec.value();
    });
    BOOST_TEST(status == EACCES, "with " << closed << " descriptors closed");
  }
}

BOOST_AUTO_TEST_CASE(passes_a_descriptor_on_that_is_to_keep_its_number) {
  pipe_from out;
  const int status = test::in_a_child([&] {
    set_diagnostics_sink({});
    ::dup3(out.writing_end(), STDOUT_FILENO, O_CLOEXEC);
    boost::asio::io_context context;
    auto options = scripted({"streams"});
    options.out = stdio_target::descriptor(STDOUT_FILENO);
    options.err = stdio_target::null();
    auto p = launcher(context.get_executor()).launch(options);
    return test::receive_text(p) == "read " ? 0 : 1;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(out.read_all() == "to out\n");
}

BOOST_AUTO_TEST_SUITE_END()
