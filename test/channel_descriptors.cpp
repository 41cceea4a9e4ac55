// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#define BOOST_TEST_MODULE channel_descriptors
#include "support/channel_fixture.hpp"
#include "support/completion.hpp"
#include "support/descriptor_limit.hpp"
#include "support/memory.hpp"
#include "support/process.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using belfry::error;
using belfry::error_code;
using belfry::frame_type;
using belfry::passed_descriptor;
using belfry::detail::posix::unique_descriptor;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

/// A channel whose side `b` takes two descriptors at a time.
struct fixture : test::blocking_channel_fixture {
  fixture() { b.accept_descriptors(2); }

  error_code ec;
  unique_descriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
};

/// What `b` gets from a peer that is broken.
struct broken_peer : test::context_fixture {
  broken_peer() { peer.a.accept_descriptors(2); }

  void say(const std::string& name, int fd) {
    error_code ec;
    peer.line.send(frame_type::descriptor, name, fd, ec);
    BOOST_TEST(!ec);
  }
  error_code received() {
    error_code ec;
    peer.a.receive_descriptor(ec);
    return ec;
  }

  test::hand_made peer = test::make_hand_made(context.get_executor());
};

bool same_file(int a, int b) {
  struct stat one{};
  struct stat other{};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

const auto full = make_error_condition(boost::system::errc::no_buffer_space);

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_descriptor_arrives_under_its_name_as_a_duplicate, fixture) {
  unique_descriptor memory = test::make_memory(4096);
  a.send_descriptor("some.memory", memory.get());
  BOOST_TEST(test::is_open(memory.get()));
  const auto received = b.receive_descriptor();
  BOOST_TEST(received.name() == "some.memory");
  BOOST_TEST(received.native_handle() != memory.get());
  BOOST_TEST(same_file(received.native_handle(), memory.get()));
  BOOST_TEST(test::close_on_exec(received.native_handle()));
  BOOST_TEST(a.is_open());
  BOOST_TEST(b.is_open());
}

BOOST_FIXTURE_TEST_CASE(both_sides_may_hand_over, fixture) {
  a.accept_descriptors(1);
  a.send_descriptor("there", null.get());
  b.send_descriptor("back", null.get());
  BOOST_TEST(a.receive_descriptor().name() == "back");
  BOOST_TEST(b.receive_descriptor().name() == "there");
}

BOOST_FIXTURE_TEST_CASE(descriptors_keep_their_order_and_only_so_many_may_wait, fixture) {
  for (int round = 0; round != 100; ++round) {
    a.send_descriptor("1", null.get());
    a.send_descriptor("2", null.get());
    a.send_descriptor("3", null.get(), ec);
    BOOST_TEST((ec == full));
    BOOST_TEST(b.receive_descriptor().name() == "1");
    a.send_descriptor("3", null.get());
    BOOST_TEST(b.receive_descriptor().name() == "2");
    BOOST_TEST(b.receive_descriptor().name() == "3");
  }
}

BOOST_FIXTURE_TEST_CASE(a_peer_that_takes_none_is_sent_none, fixture) {
  b.send_descriptor("uninvited", null.get(), ec);
  BOOST_TEST((ec == error::descriptors_not_accepted));
  BOOST_TEST(a.is_open());
  a.accept_descriptors(1);
  b.send_descriptor("welcome", null.get());
  BOOST_TEST(a.receive_descriptor().name() == "welcome");
}

BOOST_FIXTURE_TEST_CASE(more_may_be_let_wait_later_and_never_fewer, fixture) {
  b.accept_descriptors(1);
  b.accept_descriptors(4);
  for (int i = 0; i != 4; ++i) a.send_descriptor("x", null.get());
  a.send_descriptor("x", null.get(), ec);
  BOOST_TEST((ec == full));
  for (int i = 0; i != 4; ++i) b.receive_descriptor();
}

BOOST_FIXTURE_TEST_CASE(what_makes_no_sense_is_an_error_and_nothing_is_sent, fixture) {
  const auto invalid = make_error_condition(boost::system::errc::invalid_argument);
  a.send_descriptor("", null.get(), ec);
  BOOST_TEST((ec == invalid));
  a.send_descriptor("with space", null.get(), ec);
  BOOST_TEST((ec == invalid));
  a.send_descriptor("closed", -1, ec);
  BOOST_TEST((ec == error::handle_not_open));
  a.accept_descriptors(belfry::most_descriptors + 1, ec);
  BOOST_TEST((ec == invalid));
  BOOST_TEST(!b.try_receive_descriptor());
  BOOST_CHECK_THROW(a.send_descriptor("closed", -1), belfry::system_error);
  a.accept_descriptors(belfry::most_descriptors, ec);
  BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(how_many_may_wait_can_be_settled_when_the_channel_is_made) {
  boost::asio::io_context context;
  belfry::channel_options options;
  options.incoming_descriptors = 1;
  auto sides = test::make_channels(context.get_executor(), options);
  sides.b.send_descriptor("early", 0);
  BOOST_TEST(sides.a.receive_descriptor().name() == "early");
  options.incoming_descriptors = belfry::most_descriptors + 1;
  error_code ec;
  belfry::channel::create_pair(context.get_executor(), options, ec);
  BOOST_TEST((ec == make_error_condition(boost::system::errc::invalid_argument)));
}

BOOST_FIXTURE_TEST_CASE(what_came_before_the_goodbye_is_received_before_the_end, fixture) {
  a.send_descriptor("last", null.get());
  a.close();
  BOOST_TEST(!b.is_open());  // it has listened to everything
  BOOST_TEST(b.receive_descriptor().name() == "last");
  b.receive_descriptor(ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(who_has_shut_down_sending_hands_nothing_over_and_still_gets_some, fixture) {
  a.accept_descriptors(1);
  a.send_descriptor("last", null.get());
  a.sender().shutdown();
  a.send_descriptor("late", null.get(), ec);
  BOOST_TEST((ec == test::shut_down));
  BOOST_TEST(b.receive_descriptor().name() == "last");
  b.receive_descriptor(ec);
  BOOST_TEST((ec == error::closed));
  b.send_descriptor("back", null.get());
  BOOST_TEST(a.receive_descriptor().name() == "back");
}

BOOST_FIXTURE_TEST_CASE(after_the_end_nothing_can_be_handed_over, fixture) {
  a.close();
  a.send_descriptor("x", null.get(), ec);
  BOOST_TEST((ec == test::not_open));
  b.send_descriptor("x", null.get(), ec);
  BOOST_TEST((ec == error::descriptors_not_accepted || ec == error::closed));
  BOOST_TEST(!b.is_open());
  b.send_descriptor("x", null.get(), ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(a_wait_that_is_cancelled_loses_nothing, fixture) {
  std::optional<error_code> ended;
  b.async_receive_descriptor(test::into(ended));
  poll();
  BOOST_TEST(!ended.has_value());
  b.cancel();
  a.send_descriptor("kept", null.get());
  run();
  BOOST_TEST((ended == test::aborted));
  std::string name;
  b.async_receive_descriptor([&](error_code e, passed_descriptor received) {
    ec = e;
    name = received.name();
  });
  run();
  BOOST_TEST(!ec);
  BOOST_TEST(name == "kept");
}

BOOST_FIXTURE_TEST_CASE(one_wait_at_a_time_is_served, fixture) {
  std::optional<error_code> first;
  std::optional<error_code> second;
  b.async_receive_descriptor(test::into(first));
  b.async_receive_descriptor(test::into(second));
  poll();
  BOOST_TEST((second == test::started));
  BOOST_TEST(!first.has_value());
  a.send_descriptor("x", null.get());
  run();
  BOOST_TEST((first == error_code()));
}

BOOST_FIXTURE_TEST_CASE(messages_and_descriptors_are_waited_for_at_the_same_time, fixture) {
  std::jthread descriptors([&] {
    for (int i = 0; i != 200; ++i) {
      if (b.receive_descriptor().name() != std::to_string(i)) std::abort();
    }
  });
  std::jthread messages([&] {
    std::string text;
    for (int i = 0; i != 200; ++i, text.clear()) {
      b.receiver().receive(asio::dynamic_buffer(text));
      if (text != std::to_string(i)) std::abort();
    }
  });
  for (int i = 0; i != 200; ++i) {
    a.sender().send(asio::buffer(std::to_string(i)));
    test::until([&] {
      a.send_descriptor(std::to_string(i), null.get(), ec);
      return ec != full;
    });
    if (ec) break;
  }
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(one_for_which_there_is_no_number_left_is_lost_and_the_next_one_is_not, fixture) {
  if (test::left_out()) return;
  b.try_receive_descriptor();  // whatever a wait needs is there
  a.send_descriptor("lost", null.get());
  a.send_descriptor("found", null.get());
  passed_descriptor received;
  {
    const test::descriptor_limit none(test::next_descriptor());
    received = b.try_receive_descriptor(ec);
  }
  BOOST_TEST((ec == make_error_condition(boost::system::errc::too_many_files_open)));
  BOOST_TEST(!received);
  BOOST_TEST(received.name() == "lost");
  // The other one came with the same listening, when there was no number either.
  a.send_descriptor("again", null.get());
  received = b.receive_descriptor(ec);
  BOOST_TEST(received.name() == "found");
  BOOST_TEST(b.receive_descriptor().name() == "again");
}

BOOST_AUTO_TEST_CASE(those_that_nobody_received_are_closed_with_the_channel) {
  std::array<int, 2> pipe{};
  BOOST_REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  const unique_descriptor reading(pipe[0]);
  unique_descriptor writing(pipe[1]);
  {
    fixture f;
    f.a.send_descriptor("heard", writing.get());
    BOOST_TEST(f.b.is_open());
    f.a.send_descriptor("unheard", writing.get());
    writing.reset();
  }
  char byte = 0;
  BOOST_TEST(::read(reading.get(), &byte, 1) == 0);  // which waits for the last of the writing ends
}

BOOST_AUTO_TEST_SUITE(a_peer_breaks_the_protocol)

BOOST_FIXTURE_TEST_CASE(if_it_sends_more_than_may_wait, broken_peer) {
  for (int i = 0; i != 3; ++i) say("x", 0);
  peer.a.is_open();
  BOOST_TEST((received() == error::protocol_violation));
}

BOOST_FIXTURE_TEST_CASE(if_the_name_is_none, broken_peer) {
  say("no\nname", 0);
  BOOST_TEST((received() == error::protocol_violation));
}

BOOST_FIXTURE_TEST_CASE(if_no_descriptor_comes_along, broken_peer) {
  say("alone", -1);
  BOOST_TEST((received() == error::protocol_violation));
}

BOOST_FIXTURE_TEST_CASE(if_one_comes_with_something_else, broken_peer) {
  error_code ec;
  peer.line.send(frame_type::finished, "", 0, ec);
  BOOST_TEST(!ec);
  BOOST_TEST((received() == error::protocol_violation));
}

BOOST_FIXTURE_TEST_CASE(if_it_had_finished, broken_peer) {
  error_code ec;
  peer.line.send(frame_type::finished, "", ec);
  say("late", 0);
  peer.a.is_open();
  BOOST_TEST((received() == error::protocol_violation));
}

BOOST_FIXTURE_TEST_CASE(if_it_was_not_invited, test::context_fixture) {
  auto peer = test::make_hand_made(context.get_executor());
  error_code ec;
  peer.line.send(frame_type::descriptor, "x", 0, ec);
  // A kernel from Linux 6.16 on does not let it through.
  if (ec) BOOST_TEST((ec == make_error_condition(boost::system::errc::operation_not_permitted)));
  else BOOST_TEST(!peer.a.is_open());
}

BOOST_AUTO_TEST_CASE(if_it_passes_what_is_no_memory_as_such_to_one_who_takes_descriptors) {
  boost::asio::io_context context;
  auto peer = test::make_hand_made(context.get_executor(), test::large_messages(1 << 20));
  peer.a.accept_descriptors(2);
  const std::array<std::uint64_t, 2> region{1, 4096};
  const unique_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  error_code ec;
  peer.line.send(frame_type::region, {reinterpret_cast<const char*>(region.data()), sizeof region}, null.get(), ec);
  BOOST_TEST(!ec);
  BOOST_TEST(!peer.a.is_open());
}

BOOST_AUTO_TEST_SUITE_END()
