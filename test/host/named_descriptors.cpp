// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE named descriptors of plugins
#include "support/child.hpp"
#include "support/launching.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace belfry;
using test::scripted;

namespace {

/// A pipe with something in it; its reading end is what is handed over.
struct filled_pipe {
  explicit filled_pipe(const std::string& text) {
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    BOOST_REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  filled_pipe(const filled_pipe&) = delete;
  ~filled_pipe() {
    for (const int fd : ends) ::close(fd);
  }
  int fd() const { return ends[0]; }

  std::array<int, 2> ends{};
};

std::vector<std::string> all_said(plugin& p) {
  std::vector<std::string> texts;
  for (;;) {
    error_code ec;
    std::string text;
    p.channel().receiver().receive(boost::asio::dynamic_buffer(text), ec);
    if (ec) return texts;
    texts.push_back(text);
  }
}

using strings = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(descriptors_handed_over_at_launch, test::quiet_launcher)

BOOST_AUTO_TEST_CASE(are_found_by_their_names_and_each_is_given_once) {
  const filled_pipe first("the first");
  const filled_pipe second("the second");
  auto options = scripted({"take", "two", "one", "two", "three"});
  options.descriptors = {{"one", first.fd()}, {"two", second.fd()}};
  auto p = launch.launch(options);
  const auto missing = error_code(error::no_such_descriptor).message();
  BOOST_TEST((all_said(p) == strings{"one two", "two: the second, close-on-exec", "one: the first, close-on-exec",
                                     "two: " + missing, "three: " + missing}));
  BOOST_TEST(test::is_open(first.fd()));
  BOOST_TEST(test::is_open(second.fd()));
}

BOOST_AUTO_TEST_CASE(are_told_as_an_argument_where_the_ends_are) {
  const filled_pipe file("by argument");
  auto options = scripted({"take", "it"});
  options.descriptors = {{"it", file.fd()}};
  options.ends_in_arguments = true;
  auto p = launch.launch(options);
  BOOST_TEST((all_said(p) == strings{"it", "it: by argument, close-on-exec"}));
}

BOOST_AUTO_TEST_CASE(leave_no_trace_in_the_environment_of_the_plugins_own_children) {
  const filled_pipe file("");
  auto options = scripted({"environment", "BELFRY_DESCRIPTORS"});
  options.descriptors = {{"it", file.fd()}};
  auto p = launch.launch(options);
  BOOST_TEST((all_said(p) == strings{"(none)"}));
}

BOOST_AUTO_TEST_CASE(are_none_of_those_that_the_host_got_itself) {
  // As if this host was a plugin, and had not attached.
  ::setenv("BELFRY_DESCRIPTORS", "1,8=stale", 1);
  auto p = launch.launch(scripted({"take", "stale"}));
  ::unsetenv("BELFRY_DESCRIPTORS");
  BOOST_TEST((all_said(p) == strings{"", "stale: " + error_code(error::no_such_descriptor).message()}));
}

BOOST_AUTO_TEST_CASE(may_stand_at_each_others_numbers_in_the_host) {
  const int status = test::in_a_child([] {
    const filled_pipe eight("eight");
    const filled_pipe nine("nine");
    ::dup2(eight.fd(), 108);
    ::dup2(nine.fd(), 109);
    for (int fd = 3; fd != 12; ++fd) ::close(fd);
    ::dup2(108, 9);
    ::dup2(109, 8);
    boost::asio::io_context own;
    auto options = scripted({"take", "a", "b"});
    options.descriptors = {{"a", 9}, {"b", 8}};
    auto p = launcher(own.get_executor()).launch(options);
    return all_said(p) == strings{"a b", "a: eight, close-on-exec", "b: nine, close-on-exec"} ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(may_be_as_many_as_are_allowed) {
  const filled_pipe file("shared");
  auto options = scripted({"descriptors"});
  std::string expected = "0 1 2 3 4 5 6 7";
  for (std::size_t i = 0; i != most_descriptors; ++i) {
    options.descriptors.push_back({"d" + std::to_string(i), file.fd()});
    expected += " " + std::to_string(8 + i);
  }
  auto p = launch.launch(options);
  BOOST_TEST(test::receive_text(p) == expected);
}

BOOST_AUTO_TEST_CASE(that_make_no_sense_are_an_error_and_nothing_is_started) {
  const filled_pipe file("");
  const auto error_of = [&](std::vector<named_descriptor> list) {
    auto options = scripted({"descriptors"});
    options.descriptors = std::move(list);
    error_code ec;
    const auto before = test::open_descriptors();
    BOOST_TEST(!launch.launch(options, ec));
    BOOST_TEST(!test::has_children());
    BOOST_TEST(test::open_descriptors() == before);
    return ec;
  };
  const auto invalid = make_error_code(boost::system::errc::invalid_argument);
  BOOST_TEST((error_of({{"twice", file.fd()}, {"twice", file.fd()}}) == invalid));
  BOOST_TEST((error_of({{"with space", file.fd()}}) == invalid));
  BOOST_TEST((error_of({{"", file.fd()}}) == invalid));
  BOOST_TEST((error_of(std::vector<named_descriptor>(most_descriptors + 1, {"x", file.fd()})) == invalid));
  BOOST_TEST((error_of({{"none", -1}}) == error::handle_not_open));
  BOOST_TEST((error_of({{"none", 1000}}) == error::handle_not_open));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(descriptors_handed_over_later, test::quiet_launcher)

BOOST_AUTO_TEST_CASE(go_both_ways_as_soon_as_the_plugin_was_launched) {
  const filled_pipe file("from afar");
  auto options = scripted({"swap_descriptors"});
  options.channel.incoming_descriptors = 2;
  auto p = launch.launch(options);
  p.channel().send_descriptor("pipe", file.fd());
  const auto back = p.channel().receive_descriptor();
  BOOST_TEST(back.name() == "pipe-too");
  char text[20];
  const auto size = ::read(back.native_handle(), text, sizeof text);
  BOOST_TEST(std::string(text, static_cast<std::size_t>(size)) == "from afar");
  BOOST_TEST(p.channel().receive_descriptor().name() == "input");
}

BOOST_AUTO_TEST_CASE(are_refused_by_a_plugin_that_takes_none) {
  auto p = launch.launch(scripted({"echo"}));
  error_code ec;
  p.channel().send_descriptor("x", 0, ec);
  BOOST_TEST((ec == error::descriptors_not_accepted));
}

BOOST_AUTO_TEST_SUITE_END()
