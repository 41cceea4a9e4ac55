// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE refused plugins
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/launching.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <sys/ptrace.h>

using namespace belfry;
using test::into;
using test::scripted;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

/// What goes wrong, the error, and words of the explanation.
struct refusal {
  const char* name;
  launch_options options;
  error_code error;
  std::string words;
};
std::ostream& operator<<(std::ostream& out, const refusal& r) { return out << r.name; }

launch_options program(const char* path) {
  launch_options o;
  o.executable = path;
  o.handshake_timeout = 60s;
  return o;
}

launch_options impatient(std::vector<std::string> arguments) {
  auto o = scripted(std::move(arguments));
  o.handshake_timeout = 200ms;
  return o;
}

error_code system(int number) { return {number, boost::system::system_category()}; }

const std::vector<refusal> refusals{
    {"missing", program("/nonexistent/plugin"), system(ENOENT), "/nonexistent/plugin"},
    {"missing in PATH", program("no-such-program-anywhere"), system(ENOENT), "./no-such-program-anywhere"},
    {"nameless", program(""), system(ENOENT), "could not be started"},
    {"not executable", program("/etc/passwd"), system(EACCES), "/etc/passwd"},
    {"directory", program("/etc"), system(EACCES), "/etc"},
    {"refuses", scripted({"refuse", "the moon is full"}), error::refused, "the moon is full"},
    {"exits first", scripted({"fail", "7"}), error::exited_before_handshake, "exited with code 7"},
    {"dies first", scripted({"die"}), error::exited_before_handshake, "SIGKILL"},
    {"/bin/true", program("/bin/true"), error::not_a_plugin, "/bin/true"},
    {"/bin/cat", program("/bin/cat"), error::not_a_plugin, "/bin/cat"},
    {"talks nonsense", scripted({"garbage"}), error::not_a_plugin, "no greeting"},
    {"hangs up", scripted({"hang_up"}), error::not_a_plugin, "hung up"},
    {"never greets", impatient({"never_greet"}), error::handshake_timeout, "200 ms"},
    {"newer", scripted({"speak_versions", "99", "100"}), error::version_mismatch, "protocols 99 to 100"},
    {"older", scripted({"speak_versions", "0", "0"}), error::version_mismatch, "protocol 0"},
};

struct silence {
  silence() {
    set_diagnostics_sink([this](const diagnostic& d) {
      if (d.kind == event_kind::handshake_failed) ++failures;
    });
  }
  ~silence() { set_diagnostics_sink({}); }
  std::atomic<int> failures{0};  // some launches fail in several threads
  boost::asio::io_context context;
  launcher launch{context.get_executor()};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(each_has_its_error_and_leaves_nothing_running, silence)

BOOST_DATA_TEST_CASE_F(silence, where_the_launch_blocks, data::make(refusals), r) {
  error_code ec;
  const auto p = launch.launch(r.options, ec);
  BOOST_TEST(ec == r.error, ec.message());
  BOOST_TEST(!p);
  BOOST_TEST(!test::has_children());
  BOOST_TEST(failures == 1);
}

BOOST_DATA_TEST_CASE_F(silence, where_the_launch_throws_with_the_whole_story, data::make(refusals), r) {
  BOOST_CHECK_EXCEPTION(launch.launch(r.options), system_error, [&](const system_error& e) {
    BOOST_TEST_MESSAGE(e.what());
    return e.code() == r.error && std::string(e.what()).find(r.words) != std::string::npos;
  });
}

BOOST_DATA_TEST_CASE_F(silence, where_the_launch_is_asynchronous, data::make(refusals), r) {
  std::optional<error_code> result;
  launch.async_launch(r.options, [&](const error_code& ec, plugin p) {
    result = ec;
    BOOST_TEST(!p);
    BOOST_TEST(!test::has_children());
  });
  BOOST_TEST(!result.has_value());
  context.run();
  BOOST_TEST(result.value() == r.error, result->message());
  BOOST_TEST(failures == 1);
}

BOOST_AUTO_TEST_CASE(where_the_launch_is_cancelled) {
  boost::asio::cancellation_signal signal;
  std::optional<error_code> result;
  launch.async_launch(scripted({"never_greet"}), boost::asio::bind_cancellation_slot(signal.slot(), into(result)));
  context.poll();
  BOOST_TEST(!result.has_value());
  signal.emit(boost::asio::cancellation_type::total);
  context.run();
  BOOST_TEST((result.value() == test::aborted));
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(without_holding_up_the_thread_while_the_program_dies) {
  boost::asio::cancellation_signal signal;
  std::optional<error_code> result;
  launch.async_launch(scripted({"never_greet"}), boost::asio::bind_cancellation_slot(signal.slot(), into(result)));
  context.poll();

  // Who debugs a program hears of its death first, and until then nobody else does.
  const auto program = test::only_child();
  const test::stage stage;
  test::child debugger([&] {
    const bool attached = ::ptrace(PTRACE_SEIZE, program, nullptr, nullptr) == 0;
    stage.tell_parent();
    stage.await_parent();
    return attached ? 0 : 1;
  });
  stage.await_child();
  bool others_ran_meanwhile = false;
  set_diagnostics_sink([&](const diagnostic& d) {
    if (d.kind != event_kind::handshake_failed) return;
    boost::asio::post(context, [&] {
      others_ran_meanwhile = !result;
      stage.tell_child();
    });
  });
  signal.emit(boost::asio::cancellation_type::total);
  context.run();
  BOOST_TEST((result.value() == test::aborted));
  if (debugger.wait() != 0) {
    BOOST_TEST_MESSAGE("left out: processes may not be traced here");
    return;
  }
  BOOST_TEST(others_ran_meanwhile);
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(where_the_context_of_the_launch_is_destroyed) {
  {
    boost::asio::io_context other;
    launcher(other.get_executor()).async_launch(scripted({"never_greet"}), [](const error_code&, const plugin&) {
      BOOST_ERROR("the handler was called");
    });
    other.poll();
    BOOST_TEST(test::has_children());
  }
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_CASE(where_several_threads_run_many_launches) {
  constexpr int count = 40;
  std::atomic<int> as_expected{0};
  for (int i = 0; i != count; ++i) {
    auto options = scripted({i % 2 ? "never_greet" : "echo"});
    // Over while others are still at it.
    if (i % 2) options.handshake_timeout = std::chrono::milliseconds(i);
    launch.async_launch(options, [&as_expected, i](const error_code& ec, const plugin&) {
      if (i % 2 ? ec == error::handshake_timeout : !ec) ++as_expected;
    });
  }
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& t : threads) t.join();
  BOOST_TEST(as_expected == count);
  BOOST_TEST(!test::has_children());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(an_asynchronous_launch_gives_a_plugin_that_talks, silence) {
  std::optional<plugin> launched;
  launch.async_launch(scripted({"echo"}), [&](const error_code& ec, plugin p) {
    BOOST_TEST(!ec, ec.message());
    launched = std::move(p);
  });
  context.run();
  BOOST_TEST_REQUIRE(launched.has_value());
  launched->channel().sender().send(boost::asio::buffer("hello", 5));
  BOOST_TEST(test::receive_text(*launched) == "hello");
}
