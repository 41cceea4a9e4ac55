// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE system call filter
#include "../../src/host/filter_handover.hpp"
#include "support/captive.hpp"
#include "support/child.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace belfry;
using verdict = system_call_filter::verdict;

namespace {

using fixture = test::filtered_fixture;

/// A socket of datagrams that has a name.
class named_socket {
 public:
  explicit named_socket(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~named_socket() { ::close(fd_); }
  named_socket(const named_socket&) = delete;
  named_socket& operator=(const named_socket&) = delete;

  bool has_got_something() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_DONTWAIT) >= 0;
  }

 private:
  int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin_that_only_computes, fixture)

BOOST_AUTO_TEST_CASE(uses_its_channel_with_all_that_it_has) {
  if (left_out()) return;
  compute_only();
  options.channel.outgoing_large.bytes = options.channel.incoming_large.bytes = 4 << 20;
  start();
  for (const std::size_t size : {std::size_t{1}, std::size_t{10'000}, std::size_t{1} << 20, std::size_t{1} << 21}) {
    const std::string text(size, 'x');
    captive.channel().sender().send(boost::asio::buffer(text), 1);
    BOOST_TEST((test::receive_text(captive) == text));
  }
  BOOST_TEST(attempt("thread") == "done");
  BOOST_TEST(attempt("memory 10000000") == "done");
  BOOST_TEST(attempt("print") == "done");
  BOOST_TEST(attempt("kill " + std::to_string(captive.pid())) == "done");
  BOOST_TEST(to_string(captive.stop(std::chrono::seconds(60))) == "exited with code 0");
}

BOOST_AUTO_TEST_CASE(can_open_no_file_nor_ask_for_one) {
  if (left_out()) return;
  compute_only();
  start();
  const std::string library = "/usr/lib/os-release";  // below a root, so that only the filter stands before it
  for (const std::string what : {"open ", "append ", "create ", "truncate ", "list ", "remove ", "stat ", "chmod "}) {
    BOOST_TEST_CONTEXT(what) BOOST_TEST(attempt(what + library) == "EPERM");
  }
  BOOST_TEST(attempt("open /proc/self/exe") == "EPERM");
}

BOOST_AUTO_TEST_CASE(can_make_no_socket_and_turn_none_of_its_own_into_another) {
  if (left_out()) return;
  const test::open_folder folder;
  const auto path = (folder.path / "socket").native();
  const named_socket listener(path);
  std::filesystem::permissions(path, std::filesystem::perms(0777));
  compute_only();
  start();
  for (const std::string what : {"socket_inet", "socket_udp", "socket_unix", "socket_netlink"}) {
    BOOST_TEST_CONTEXT(what) BOOST_TEST(attempt(what) == "EPERM");
  }
  for (const std::string what : {"sendto ", "sendmsg ", "connect "}) {
    BOOST_TEST_CONTEXT(what) BOOST_TEST(attempt(what + path) == "EPERM");
  }
  BOOST_TEST(attempt("sendmsg_by_lifeline " + path) != "done");
  BOOST_TEST(attempt("copy_doorbell") == "EPERM");
  BOOST_TEST(attempt("io_uring") != "done");
  BOOST_TEST(!listener.has_got_something());

  // That these are real: without a filter they get through.
  confinement() = {};
  start();
  BOOST_TEST(attempt("sendto " + path) == "done");
  BOOST_TEST(attempt("sendmsg " + path) == "done");
  BOOST_TEST(listener.has_got_something());
}

BOOST_AUTO_TEST_CASE(can_start_no_process_execute_nothing_and_reach_no_other) {
  if (left_out()) return;
  compute_only();
  start();
  for (const std::string what : {"fork", "vfork", "execute /bin/true"}) {
    BOOST_TEST_CONTEXT(what) BOOST_TEST(attempt(what) == "EPERM");
  }
  const auto host = std::to_string(::getpid());
  BOOST_TEST(attempt("kill " + host) == "EPERM");
  BOOST_TEST(attempt("trace " + host) == "EPERM");
  BOOST_TEST(attempt("executable_memory") == "EPERM EPERM");
}

BOOST_AUTO_TEST_CASE(can_still_abort) {
  if (left_out()) return;
  compute_only();
  start();
  BOOST_TEST(attempt("abort") == "killed by SIGABRT");
}

BOOST_AUTO_TEST_CASE(is_killed_for_trying_where_that_is_asked_for) {
  if (left_out()) return;
  compute_only();
  confinement().attached_filter = system_call_filter::pure_compute(verdict::kill);
  start();
  BOOST_TEST(attempt("hello") == "done");
  BOOST_TEST(attempt("open /etc/passwd") == "killed by SIGSYS");
}

BOOST_AUTO_TEST_CASE(is_held_in_all_of_its_threads) {
  if (left_out()) return;
  compute_only();
  confinement().files.reset();
  options.arguments = {"threaded"};
  start();
  BOOST_TEST(test::receive_text(captive) == "EPERM");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_filter_of_ones_own, fixture)

BOOST_AUTO_TEST_CASE(refuses_what_it_names) {
  if (left_out()) return;
  auto& filter = confinement().filter.emplace(verdict::allow);
  filter.set("chmod", verdict::refuse).set("stat", verdict::refuse).set("newfstatat", verdict::allow);
  filter.set("unlink", verdict::missing);
  filter.set("socket", verdict::refuse, {{0, AF_UNIX, 0xffff'ffff}});
  start();
  BOOST_TEST(attempt("chmod /nonexistent") == "EPERM");
  BOOST_TEST(attempt("remove /nonexistent") == "ENOSYS");
  BOOST_TEST(attempt("socket_unix") == "EPERM");
  BOOST_TEST(attempt("socket_inet") == "done");
  BOOST_TEST(attempt("open /etc/passwd") == "done");
  BOOST_TEST(attempt("filtered") == "2");
  BOOST_TEST(attempt("no_new_privileges") == "1");
}

BOOST_AUTO_TEST_CASE(is_a_preset_with_more_in_it) {
  if (left_out()) return;
  compute_only();
  confinement().attached_filter->set({"openat", "newfstatat"}, verdict::allow);
  start();
  BOOST_TEST(attempt("open /usr/lib/os-release") == "done");
  BOOST_TEST(attempt("socket_unix") == "EPERM");
}

BOOST_AUTO_TEST_CASE(fails_the_launch_where_it_names_what_nobody_knows) {
  if (left_out()) return;
  confinement().filter.emplace(verdict::allow).set("no_such_call", verdict::refuse);
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("no system call no_such_call"));
  confinement().filter.reset();
  confinement().attached_filter.emplace(verdict::allow).set("openat", verdict::refuse, {{6, 0}});
  BOOST_TEST(failure().value() == EINVAL);
  BOOST_TEST(story_mentions("a rule for openat"));
}

BOOST_AUTO_TEST_CASE(fails_the_launch_where_it_refuses_the_execution) {
  if (left_out()) return;
  confinement().filter.emplace(verdict::allow).set("execve", verdict::refuse);
  BOOST_TEST(failure().value() == EPERM);
  BOOST_TEST(story_mentions("must allow execve"));
}

BOOST_AUTO_TEST_CASE(fails_the_launch_where_it_is_too_long_to_be_passed_on) {
  if (left_out()) return;
  auto& filter = confinement().attached_filter.emplace(verdict::allow);
  for (std::uint64_t i = 0; i != 600; ++i) filter.set("ioctl", verdict::refuse, {{1, i, 0xffff'ffff}});
  BOOST_TEST((failure() == error::message_too_large));
  BOOST_TEST(story_mentions("512"));
}

BOOST_AUTO_TEST_CASE(fails_the_launch_where_the_plugin_cannot_install_it) {
  if (left_out()) return;
  confinement().filter.emplace(verdict::allow).set("seccomp", verdict::refuse);
  confinement().attached_filter.emplace(verdict::allow).set("chmod", verdict::refuse);
  BOOST_TEST((failure() == error::refused));
  BOOST_TEST(story_mentions("could not be installed"));
}

BOOST_AUTO_TEST_CASE(fails_the_launch_of_a_plugin_that_does_not_install_it) {
  if (left_out()) return;
  options.executable = BELFRY_TEST_BIN_DIR "/puppet";
  options.arguments = {"speak_versions", "1", "1"};  // greets as one of an older library
  confinement().attached_filter.emplace(verdict::allow).set("chmod", verdict::refuse);
  BOOST_TEST((failure() == error::cannot_confine));
  BOOST_TEST(story_mentions("too old"));
}

BOOST_AUTO_TEST_CASE(takes_the_network_away) {
  if (left_out()) return;
  confinement().no_network = true;
  start();
  for (const std::string what : {"socket_inet", "socket_udp", "socket_unix", "socket_netlink"}) {
    BOOST_TEST_CONTEXT(what) BOOST_TEST(attempt(what) == "EPERM");
  }
  BOOST_TEST(attempt("io_uring") == "ENOSYS");
  BOOST_TEST(attempt("open /etc/passwd") == "done");
}

BOOST_AUTO_TEST_CASE(is_an_error_where_belfry_was_built_without_them) {
  if (confinement_support::here().filters) {
    BOOST_TEST_MESSAGE("left out: it was built with them");
    return;
  }
  confinement().filter.emplace(verdict::allow);
  BOOST_TEST((failure() == error::cannot_confine));
  BOOST_TEST(story_mentions("libseccomp"));
  confinement() = {};
  confinement().attached_filter.emplace(verdict::allow);
  BOOST_TEST((failure() == error::cannot_confine));
  confinement() = {};
  confinement().no_network = true;
  BOOST_TEST((failure() == error::cannot_confine));
  BOOST_TEST(story_mentions("network"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_handover_of_a_filter)

using detail::filter_handover;

namespace {

frame hello_with(std::uint32_t features) {
  return {frame_type::hello, 4711, encode(detail::hello{detail::own_versions(), features, "theirs"})};
}

}  // namespace

BOOST_AUTO_TEST_CASE(leaves_a_handshake_without_one_as_it_is) {
  filter_handover handover(false);
  const auto d = handover.on_frame(hello_with(0));
  BOOST_TEST(!d.send_filter);
  BOOST_TEST(!d.failure);
  BOOST_TEST((d.frame.type == frame_type::hello));
}

BOOST_AUTO_TEST_CASE(goes_on_with_the_hello_once_the_plugin_has_installed_it) {
  filter_handover handover(true);
  const auto first = handover.on_frame(hello_with(detail::feature_filter));
  BOOST_TEST(first.send_filter);
  BOOST_TEST(!first.failure);
  const auto second = handover.on_frame({frame_type::filter, 4711, ""});
  BOOST_TEST(!second.send_filter);
  BOOST_TEST((second.frame.type == frame_type::hello));
  BOOST_TEST(second.frame.sender_pid == 4711);
  BOOST_TEST(second.frame.payload == hello_with(detail::feature_filter).payload);
}

BOOST_AUTO_TEST_CASE(ends_with_a_plugin_that_says_something_else) {
  filter_handover handover(true);
  handover.on_frame(hello_with(detail::feature_filter));
  BOOST_TEST((handover.on_frame(hello_with(detail::feature_filter)).failure.value().code == error::not_a_plugin));
}

BOOST_AUTO_TEST_CASE(leaves_a_refusal_to_the_handshake) {
  filter_handover handover(true);
  handover.on_frame(hello_with(detail::feature_filter));
  const auto d = handover.on_frame({frame_type::refusal, 4711, encode(detail::refusal{error::refused, "no"})});
  BOOST_TEST(!d.failure);
  BOOST_TEST((d.frame.type == frame_type::refusal));
}

BOOST_AUTO_TEST_SUITE_END()
