// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../src/handshake.hpp"

#include <belfry/detail/make_channel.hpp>
#include <belfry/diagnostics.hpp>
#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#define BOOST_TEST_MODULE guest_attach
#include "support/child.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>

// A process attaches once, so each attempt is made in a process of its own. What its host says is played here.

using belfry::channel_handle;
using belfry::error;
using belfry::error_code;
using belfry::frame;
using belfry::frame_type;
namespace asio = boost::asio;
namespace guest = belfry::guest;
namespace test = belfry::test;
using namespace std::chrono_literals;

namespace {

constexpr int as_expected = 0;

void name_ends(const std::string& text) { ::setenv(channel_handle::variable, text.c_str(), 1); }

bool variable_is_gone() { return std::getenv(channel_handle::variable) == nullptr; }

/// The error of an attempt in this process, and what `what()` says of the throwing form is no concern here.
error_code attach_error(const guest::attach_options& options = {}) {
  asio::io_context context;
  error_code ec;
  guest::attach(context.get_executor(), options, ec);
  return ec;
}

/// A host that says what a test wants it to say, and the guest's ends.
struct played_host {
  asio::io_context context;
  belfry::detail::channel_parts mine;
  channel_handle ends;

  played_host() {
    error_code ec;
    std::tie(mine, ends) = belfry::detail::make_parts(context.get_executor(), {}, ec);
    if (ec) throw belfry::system_error(ec);
  }

  frame hear() {
    error_code ec;
    frame f;
    while (mine.line.try_receive(f, ec) == belfry::lifeline::status::nothing && !ec) {
      mine.line.wait_until(std::chrono::steady_clock::now() + 1min, ec);
    }
    return f;
  }
  void say(frame_type type, const std::string& payload) {
    error_code ec;
    mine.line.send(type, payload, ec);
  }
};

/// Runs `attempt` in a process that has the host's ends, while `host` plays the host. Returns the process's status.
int play(const std::function<void(played_host&)>& host, const std::function<int()>& attempt) {
  played_host h;
  test::child process([&] {
    h.mine = {};
    name_ends(h.ends.to_text());
    return attempt();
  });
  h.ends = {};
  host(h);
  return process.wait();
}

/// What a program that is started from a shell says on standard error, and its status.
std::pair<std::string, int> run_by_hand(const std::string& command) {
  std::FILE* const out = ::popen((command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 512> part;
  while (std::fgets(part.data(), part.size(), out) != nullptr) text += part.data();
  const int status = ::pclose(out);
  return {text, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

bool mentions(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(without_a_host_there_is_nothing_to_attach_to) {
  BOOST_TEST(test::in_a_child([] { return attach_error() == error::no_host ? as_expected : 1; }) == as_expected);
}

BOOST_AUTO_TEST_CASE(the_throwing_form_says_how_the_plugin_is_meant_to_be_run) {
  BOOST_TEST(test::in_a_child([] {
               asio::io_context context;
               try {
                 guest::attach(context.get_executor());
               } catch (const belfry::system_error& e) {
                 return e.code() == error::no_host && mentions(e.what(), "belfry run") ? as_expected : 1;
               }
               return 2;
             }) == as_expected);
}

BOOST_AUTO_TEST_CASE(a_plugin_run_by_hand_says_what_it_is_and_how_to_run_it) {
  const std::string program = BELFRY_TEST_BIN_DIR "/puppet";
  const auto [text, status] = run_by_hand("exec " + program);
  BOOST_TEST(status == 69);
  BOOST_TEST(text ==
             "puppet: this program is a belfry plugin: a host must launch it. Try: belfry run " + program + "\n");
}

BOOST_AUTO_TEST_CASE(a_variable_that_is_wrong_is_shown) {
  const std::string program = BELFRY_TEST_BIN_DIR "/puppet";
  const auto [text, status] = run_by_hand("BELFRY_CHANNEL=nonsense exec " + program);
  BOOST_TEST(status == 69);
  BOOST_TEST(mentions(text, "'nonsense'"));
}

BOOST_AUTO_TEST_CASE(descriptors_that_are_no_ends_are_each_refused_for_what_they_are) {
  const auto error_of = [](const char* text, error expected) {
    return test::in_a_child([=] {
      // Exactly standard streams, and one file.
      for (int fd = 3; fd != 20; ++fd) ::close(fd);
      ::open("/dev/null", O_RDWR);
      name_ends(text);
      const auto ec = attach_error();
      return ec == expected && variable_is_gone() && test::is_open(3) ? as_expected : 1;
    });
  };
  BOOST_TEST(error_of("", error::bad_channel_variable) == as_expected);
  BOOST_TEST(error_of("gibberish", error::bad_channel_variable) == as_expected);
  BOOST_TEST(error_of("1,lifeline=3,out=4,in=5,own=6", error::bad_channel_variable) == as_expected);
  BOOST_TEST(error_of("2,lifeline=3,out=4,in=5,own=6,peer=7", error::bad_channel_variable) == as_expected);
  BOOST_TEST(error_of("1,lifeline=9,out=10,in=11,own=12,peer=13", error::handle_not_open) == as_expected);
  BOOST_TEST(error_of("1,lifeline=3,out=4,in=5,own=6,peer=7", error::not_a_socket) == as_expected);
}

BOOST_AUTO_TEST_CASE(a_guest_that_is_welcome_talks_and_keeps_its_ends_to_itself) {
  const auto host = [](played_host& h) {
    const auto hello = h.hear();
    const auto d = belfry::detail::host_handshake("the host", "called so").on_frame(hello);
    BOOST_TEST(hello.sender_pid == d.peer.pid);
    BOOST_TEST(hello.sender_pid > 0);
    h.say(*d.answer, d.payload);
    belfry::channel channel(belfry::detail::assemble(std::move(h.mine)));
    std::string text;
    channel.receiver().receive_for(1min, asio::dynamic_buffer(text));
    BOOST_TEST(text == "hello from the guest");
  };
  const int parent = ::getpid();
  const auto attempt = [parent] {
    const std::string text = std::getenv(channel_handle::variable);
    asio::io_context context;
    auto channel = guest::attach(context.get_executor());
    if (!variable_is_gone()) return 1;
    if (channel.peer().name != "the host" || channel.peer().pid != parent) return 2;
    const int line = std::stoi(text.substr(text.find("lifeline=") + 9));
    if (!test::close_on_exec(line)) return 3;
    channel.sender().send(asio::buffer("hello from the guest", 20));
    if (attach_error() != error::already_attached) return 4;
    return as_expected;
  };
  BOOST_TEST(play(host, attempt) == as_expected);
}

BOOST_AUTO_TEST_CASE(an_argument_names_the_ends_as_well_and_goes_before_the_environment) {
  const auto host = [](played_host& h) {
    const auto d = belfry::detail::host_handshake("the host", "").on_frame(h.hear());
    BOOST_TEST(d.peer.name == "own name");
    h.say(*d.answer, d.payload);
  };
  const auto attempt = [] {
    const std::string argument = std::string("--belfry-channel=") + std::getenv(channel_handle::variable);
    name_ends("not these");
    const std::array<const char*, 3> argv = {"program", "--other", argument.c_str()};
    asio::io_context context;
    guest::attach_options options;
    options.name = "own name";
    error_code ec;
    auto channel = guest::attach(context.get_executor(), 3, argv.data(), options, ec);
    return !ec && variable_is_gone() ? as_expected : 1;
  };
  BOOST_TEST(play(host, attempt) == as_expected);
}

BOOST_AUTO_TEST_CASE(a_host_that_says_nothing_is_waited_for_as_long_as_asked) {
  test::stage stage;
  const auto host = [&](played_host& h) {
    h.hear();
    stage.await_child();
  };
  const auto attempt = [&] {
    guest::attach_options options;
    options.timeout = 50ms;
    const auto ec = attach_error(options);
    stage.tell_parent();
    return ec == error::handshake_timeout ? as_expected : 1;
  };
  BOOST_TEST(play(host, attempt) == as_expected);
}

BOOST_AUTO_TEST_CASE(a_host_that_ends_before_its_answer_is_dead) {
  const auto attempt = [] { return attach_error() == error::peer_dead ? as_expected : 1; };
  BOOST_TEST(play([](played_host& h) { h.hear(), h.mine = {}; }, attempt) == as_expected);
  BOOST_TEST(play([](played_host& h) { h.mine = {}; }, attempt) == as_expected);
}

BOOST_AUTO_TEST_CASE(the_words_of_a_host_that_refuses_are_passed_on_and_reported) {
  const auto host = [](played_host& h) {
    h.hear();
    h.say(frame_type::refusal, encode(belfry::detail::refusal{error::refused, "not today"}));
  };
  const auto attempt = [] {
    int reports = 0;
    belfry::set_diagnostics_sink([&](const belfry::diagnostic& d) {
      if (d.kind == belfry::event_kind::handshake_failed && d.source == belfry::subsystem::guest &&
          mentions(d.message, "not today"))
        ++reports;
    });
    asio::io_context context;
    try {
      guest::attach(context.get_executor());
    } catch (const belfry::system_error& e) {
      return e.code() == error::refused && mentions(e.what(), "not today") && reports == 1 ? as_expected : 1;
    }
    return 2;
  };
  BOOST_TEST(play(host, attempt) == as_expected);
}

BOOST_AUTO_TEST_CASE(a_host_of_another_version_is_refused_with_both_versions_named) {
  const auto host = [](played_host& h) {
    h.hear();
    h.say(frame_type::welcome, encode(belfry::detail::welcome{99, 0, "the host", ""}));
  };
  const auto attempt = [] {
    asio::io_context context;
    try {
      guest::attach(context.get_executor());
    } catch (const belfry::system_error& e) {
      if (e.code() != error::version_mismatch) return 1;
      const auto own = to_string(belfry::detail::own_versions());
      return mentions(e.what(), "protocol 99") && mentions(e.what(), own) ? as_expected : 2;
    }
    return 3;
  };
  BOOST_TEST(play(host, attempt) == as_expected);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_a_violation) {
  const auto attempt = [] { return attach_error() == error::protocol_violation ? as_expected : 1; };
  const auto garbage = [](played_host& h) {
    const std::string_view words = "HTTP/1.1 400 Bad Request\r\n";
    BOOST_TEST(::write(h.mine.line.native_handle(), words.data(), words.size()) > 0);
    h.hear();
  };
  BOOST_TEST(play(garbage, attempt) == as_expected);
  BOOST_TEST(play([](played_host& h) { h.say(frame_type::welcome, "?"), h.hear(); }, attempt) == as_expected);
}
