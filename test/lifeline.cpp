// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/lifeline.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOST_TEST_MODULE lifeline
#include "support/child.hpp"
#include "support/memory.hpp"
#include "support/pattern.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

using belfry::error;
using belfry::error_code;
using belfry::frame;
using belfry::frame_type;
using belfry::lifeline;
using belfry::detail::posix::unique_descriptor;
using status = belfry::lifeline::status;
namespace test = belfry::test;

namespace {

struct fixture {
  fixture() { std::tie(mine, theirs) = lifeline::create_pair(); }

  void raw(const std::string& bytes) {
    BOOST_REQUIRE(::write(theirs.native_handle(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  /// A frame as it stands on the wire.
  static std::string wire(std::uint16_t first, std::uint16_t type, std::uint32_t size, const std::string& payload) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &first, 2);
    std::memcpy(bytes.data() + 2, &type, 2);
    std::memcpy(bytes.data() + 4, &size, 4);
    return bytes + payload;
  }
  status receive() { return mine.try_receive(got, ec); }

  static constexpr std::uint16_t magic = 0x4662;
  lifeline mine;
  lifeline theirs;
  frame got;
  error_code ec;
};

const auto soon = std::chrono::steady_clock::time_point();

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_frame_arrives_as_it_was_sent_with_its_senders_pid, fixture) {
  BOOST_TEST((receive() == status::nothing));
  theirs.send(frame_type::hello, "who I am", ec);
  BOOST_TEST(!ec);
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST((got.type == frame_type::hello));
  BOOST_TEST(got.payload == "who I am");
  BOOST_TEST(got.sender_pid == ::getpid());
  BOOST_TEST((receive() == status::nothing));
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(frames_keep_their_order_and_their_borders, fixture) {
  const std::string longest(lifeline::max_payload, 'l');
  theirs.send(frame_type::welcome, "", ec);
  theirs.send(frame_type::refusal, longest, ec);
  theirs.send(frame_type::goodbye, std::string_view("\0x", 2), ec);
  BOOST_TEST((receive() == status::frame && got.type == frame_type::welcome && got.payload.empty()));
  BOOST_TEST((receive() == status::frame && got.type == frame_type::refusal && got.payload == longest));
  BOOST_TEST((receive() == status::frame && got.type == frame_type::goodbye && got.payload.size() == 2));
  BOOST_TEST((receive() == status::nothing));
}

BOOST_FIXTURE_TEST_CASE(a_payload_above_the_limit_is_too_large_and_nothing_is_sent, fixture) {
  theirs.send(frame_type::hello, std::string(lifeline::max_payload + 1, 'x'), ec);
  BOOST_TEST((ec == error::message_too_large));
  BOOST_TEST((receive() == status::nothing));
}

BOOST_FIXTURE_TEST_CASE(a_frame_that_comes_byte_by_byte_is_there_with_its_last_byte, fixture) {
  const std::string bytes = wire(magic, 1, 5, "piece") + wire(magic, 4, 0, "");
  int frames = 0;
  for (std::size_t i = 0; i != bytes.size(); ++i) {
    raw(bytes.substr(i, 1));
    const bool whole = i == 12 || i == 20;
    BOOST_TEST((receive() == (whole ? status::frame : status::nothing)));
    BOOST_TEST(!ec);
    if (whole) ++frames;
  }
  BOOST_TEST(frames == 2);
}

BOOST_FIXTURE_TEST_CASE(a_wait_ends_with_a_frame_even_one_that_was_read_already, fixture) {
  BOOST_TEST(!mine.wait_until(soon, ec));
  BOOST_TEST(!ec);
  theirs.send(frame_type::hello, "1", ec);
  theirs.send(frame_type::hello, "2", ec);
  BOOST_TEST(mine.wait_until(soon, ec));
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST(mine.wait_until(soon, ec));
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST(!mine.wait_until(soon, ec));
}

BOOST_FIXTURE_TEST_CASE(the_end_comes_after_all_that_was_said, fixture) {
  theirs.send(frame_type::goodbye, "bye", ec);
  theirs = lifeline();
  BOOST_TEST(mine.wait_until(std::chrono::steady_clock::time_point::max(), ec));
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST((receive() == status::ended));
  BOOST_TEST((receive() == status::ended));
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(the_end_in_the_middle_of_a_frame_is_the_end, fixture) {
  raw(wire(magic, 1, 100, "not all of it"));
  theirs = lifeline();
  BOOST_TEST((receive() == status::ended));
}

BOOST_FIXTURE_TEST_CASE(what_was_left_unread_does_not_hide_the_peers_end, fixture) {
  mine.send(frame_type::hello, "unread", ec);
  theirs.send(frame_type::hello, "read", ec);
  theirs = lifeline();
  int frames = 0;
  for (int i = 0; i != 3; ++i) frames += receive() == status::frame ? 1 : 0;
  BOOST_TEST(frames <= 1);
  BOOST_TEST((receive() == status::ended));
}

BOOST_FIXTURE_TEST_CASE(to_speak_to_a_dead_peer_is_peer_dead_and_raises_nothing, fixture) {
  theirs = lifeline();
  for (int i = 0; i != 3; ++i) {
    mine.send(frame_type::hello, "anyone?", ec);
    BOOST_TEST((ec == error::peer_dead));
  }
}

BOOST_FIXTURE_TEST_CASE(what_is_no_frame_is_a_protocol_violation, fixture) {
  for (const std::string& bytes :
       {wire(magic ^ 1, 1, 0, ""), wire(magic, 0, 0, ""), wire(magic, 11, 0, ""), wire(magic, 0xffff, 0, ""),
        wire(magic, 1, lifeline::max_payload + 1, ""), wire(magic, 1, 0xffff'ffff, ""),
        std::string("GET / HTTP/1.1\r\n"), std::string(5000, '\0')}) {
    fixture f;
    f.raw(bytes);
    for (int i = 0; i != 2; ++i) {
      BOOST_TEST((f.receive() == status::nothing));
      BOOST_TEST((f.ec == error::protocol_violation));
    }
  }
}

BOOST_AUTO_TEST_CASE(seeded_garbage_is_a_frame_or_nothing_or_a_violation_and_no_more) {
  test::sequence random(5);
  for (int i = 0; i != 300; ++i) {
    fixture f;
    std::string bytes =
        fixture::wire(fixture::magic, static_cast<std::uint16_t>(random.next(6)),
                      static_cast<std::uint32_t>(random.next(5000)), std::string(random.next(5000), 'x'));
    for (auto n = random.next(3); n != 0; --n) bytes[random.next(7)] = static_cast<char>(random.next(255));
    f.raw(bytes);
    for (int turn = 0; turn != 3; ++turn) {
      const auto s = f.receive();
      BOOST_REQUIRE((s != status::ended));
      if (s == status::frame) BOOST_REQUIRE(f.got.payload.size() <= lifeline::max_payload);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_peer_that_does_not_listen_fills_the_line_which_is_no_death, fixture) {
  const std::string longest(lifeline::max_payload, 'l');
  int sent = 0;
  while (mine.send(frame_type::hello, longest, ec), !ec) ++sent;
  BOOST_TEST(sent > 1);
  BOOST_TEST((ec == boost::system::errc::no_buffer_space));
  int received = 0;
  while (theirs.try_receive(got, ec) == status::frame) {
    BOOST_REQUIRE(got.payload == longest);
    ++received;
  }
  BOOST_TEST(received == sent);
  mine.send(frame_type::goodbye, "", ec);
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(the_pid_is_that_of_the_process_that_wrote, fixture) {
  test::child writer([this] {
    error_code e;
    theirs.send(frame_type::hello, "from a child", e);
    return e ? 1 : 0;
  });
  const auto pid = writer.pid();
  BOOST_TEST(writer.wait() == 0);
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST(got.sender_pid == pid);
}

BOOST_FIXTURE_TEST_CASE(a_descriptor_comes_with_its_frame_where_it_is_wanted, fixture) {
  const auto before = test::open_descriptors();
  mine.accept_memory();
  auto memory = test::make_memory(4096);
  theirs.send(frame_type::hello, "without", ec);
  theirs.send(frame_type::region, "with", memory.get(), ec);
  theirs.send(frame_type::goodbye, "without", ec);
  memory.reset();
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST(!got.descriptor);
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST(got.payload == "with");
  BOOST_TEST(got.sender_pid == ::getpid());
  BOOST_REQUIRE(static_cast<bool>(got.descriptor));
  BOOST_TEST(test::close_on_exec(got.descriptor.get()));
  BOOST_TEST((receive() == status::frame));
  BOOST_TEST(!got.descriptor);
  BOOST_TEST(!got.descriptor_lost);
  BOOST_TEST(test::open_descriptors() == before);
}

namespace {

/// Sends a frame and, with it, several descriptors at once.
bool send_with(lifeline& line, std::string_view bytes, const std::array<int, 3>& fds) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(part), fds.data(), sizeof fds);
  return ::sendmsg(line.native_handle(), &message, 0) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(descriptors_that_come_uninvited_do_not_stay, fixture) {
  const auto before = test::open_descriptors();
  for (int i = 0; i != 10; ++i) {
    if (!send_with(theirs, wire(magic, 1, 2, "fd"), {0, 1, 2})) {
      BOOST_TEST(errno == EPERM);  // a kernel that refuses to send them
      continue;
    }
    BOOST_TEST((receive() == status::nothing));
    BOOST_TEST((ec == error::protocol_violation));
  }
  test::until([&] { return test::open_descriptors() == before; });
}

BOOST_FIXTURE_TEST_CASE(what_is_no_memory_or_more_than_was_invited_is_a_violation, fixture) {
  const auto before = test::open_descriptors();
  const auto memory = test::make_memory(4096);
  for (const std::array<int, 3>& passed :
       {std::array<int, 3>{memory.get(), memory.get(), memory.get()}, {0, memory.get(), 2}, {0, 1, 2}}) {
    fixture f;
    f.mine.accept_memory();
    BOOST_REQUIRE(send_with(f.theirs, wire(magic, 6, 2, "fd"), passed));
    BOOST_TEST((f.receive() == status::nothing));
    BOOST_TEST((f.ec == error::protocol_violation));
    BOOST_TEST(!f.got.descriptor);
  }
  // They are closed elsewhere.
  test::until([&] { return test::open_descriptors() == before + 1; });
}

BOOST_FIXTURE_TEST_CASE(to_close_what_came_takes_no_time_however_long_its_closing_takes, fixture) {
  // A connection with unsent bytes, whose last owner waits for them to be sent.
  mine.accept_memory();
  const unique_descriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  BOOST_REQUIRE(::listen(listening.get(), 1) == 0);
  sockaddr_in where{};
  socklen_t size = sizeof where;
  BOOST_REQUIRE(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&where), &size) == 0);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  unique_descriptor lingering(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  BOOST_REQUIRE(::connect(lingering.get(), reinterpret_cast<sockaddr*>(&where), size) == 0);
  unique_descriptor reader(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  BOOST_REQUIRE(::fcntl(lingering.get(), F_SETFL, O_NONBLOCK) == 0);
  const std::string bytes(1 << 16, 'x');
  while (::send(lingering.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
  }
  const linger for_ever{1, 1'000'000};
  BOOST_REQUIRE(::setsockopt(lingering.get(), SOL_SOCKET, SO_LINGER, &for_ever, sizeof for_ever) == 0);
  theirs.send(frame_type::region, "", lingering.get(), ec);
  BOOST_TEST(!ec);
  lingering.reset(-1);
  BOOST_TEST((receive() == status::nothing));
  BOOST_TEST((ec == error::protocol_violation));
  reader.reset();  // ends the other thread's wait
}

BOOST_FIXTURE_TEST_CASE(both_ends_are_close_on_exec_and_an_adopted_one_too, fixture) {
  BOOST_TEST(test::close_on_exec(mine.native_handle()));
  BOOST_TEST(test::close_on_exec(theirs.native_handle()));
  const int fd = theirs.release();
  ::fcntl(fd, F_SETFD, 0);
  theirs = lifeline::from_native_handle(fd);
  BOOST_TEST(test::close_on_exec(fd));
  theirs.send(frame_type::hello, "still", ec);
  BOOST_TEST((receive() == status::frame));
}

BOOST_AUTO_TEST_CASE(what_is_no_end_of_a_lifeline_is_refused_and_says_why) {
  auto refusal_of = [](int fd) {
    error_code ec;
    BOOST_TEST(!lifeline::from_native_handle(fd, ec));
    BOOST_CHECK_THROW(lifeline::from_native_handle(fd), belfry::system_error);
    return ec;
  };
  BOOST_TEST((refusal_of(-1) == error::handle_not_open));
  const unique_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  BOOST_TEST((refusal_of(null.get()) == error::not_a_socket));
  const unique_descriptor tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (tcp) BOOST_TEST((refusal_of(tcp.get()) == error::wrong_socket_family));
  const unique_descriptor datagram(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  BOOST_TEST((refusal_of(datagram.get()) == error::wrong_socket_type));
  const unique_descriptor alone(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  BOOST_TEST((refusal_of(alone.get()) == error::socket_not_connected));
  BOOST_TEST(test::is_open(alone.get()));
}
