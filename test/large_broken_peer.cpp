// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/ring_writer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BOOST_TEST_MODULE large_broken_peer
#include "support/descriptor_limit.hpp"
#include "support/large_fixture.hpp"
#include "support/memory.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// What a peer may say of messages that are larger than the ring, and what ends the channel.

using belfry::error;
using belfry::error_code;
namespace asio = boost::asio;
namespace posix = belfry::detail::posix;
namespace test = belfry::test;
using test::kilo;

namespace {

/// A peer that does what it likes.
struct broken_peer {
  asio::io_context context;
  test::hand_made h = test::make_hand_made(context.get_executor(), test::large_messages(64 * kilo, 4));
  belfry::ring_writer writer{h.own, h.peer};
  error_code ec;

  static std::string words(std::initializer_list<std::uint64_t> list) {
    return {reinterpret_cast<const char*>(std::data(list)), list.size() * sizeof(std::uint64_t)};
  }
  void announce(std::uint64_t id, std::uint64_t size, int fd) {
    h.line.send(belfry::frame_type::region, words({id, size}), fd, ec);
    BOOST_TEST(!ec);
  }
  void pass(std::uint64_t id, std::size_t size) { announce(id, size, test::make_memory(size).get()); }
  void give_up(std::uint64_t id) { h.line.send(belfry::frame_type::region_gone, words({id}), ec); }
  void refer(std::uint64_t id, std::uint64_t size) {
    const auto reference = words({id, size});
    std::memcpy(writer.try_reserve(reference.size(), ec).data(), reference.data(), reference.size());
    writer.commit(reference.size(), 0, belfry::detail::message_header::large);
  }
  error_code look() {
    h.a.receiver().try_peek(ec);
    return ec;
  }
  /// What the other side finds when it hears what was said.
  error_code listen() {
    h.a.is_open();
    h.a.sender().try_send(asio::buffer("x", 1), ec);
    return ec;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_broken_peer)

BOOST_FIXTURE_TEST_CASE(that_is_correct_after_all_is_understood, broken_peer) {
  pass(1, 8192);
  refer(1, 8192);
  BOOST_TEST(!look());
  BOOST_TEST(h.a.receiver().try_peek().size() == 8192u);
  h.a.receiver().release();
  give_up(1);
  pass(7, 64 * kilo);
  refer(7, 0);
  BOOST_TEST(!look());
  BOOST_TEST(h.a.receiver().try_peek().size() == 0u);
}

BOOST_FIXTURE_TEST_CASE(may_pass_regions_in_any_number_of_frames_before_one_is_used, broken_peer) {
  for (std::uint64_t id = 1; id != 60; ++id) {
    pass(id, 4096);
    if (id != 59) give_up(id);
  }
  refer(59, 4096);
  BOOST_TEST(!look());
}

BOOST_AUTO_TEST_CASE(that_refers_to_what_is_not_there_breaks_the_protocol) {
  const std::vector<std::function<void(broken_peer&)>> ways{
      [](broken_peer& p) { p.refer(1, 1); },                                 // never passed
      [](broken_peer& p) { p.pass(1, 8192), p.refer(2, 1); },                // another one
      [](broken_peer& p) { p.pass(1, 8192), p.refer(1, 8193); },             // beyond its end
      [](broken_peer& p) { p.pass(1, 8192), p.refer(1, ~0ULL); },            // far beyond
      [](broken_peer& p) { p.pass(1, 8192), p.give_up(1), p.refer(1, 1); },  // gone
  };
  for (const auto& way : ways) {
    broken_peer p;
    way(p);
    BOOST_TEST((p.look() == error::protocol_violation));
    BOOST_TEST((p.listen() == error::protocol_violation));
  }
}

BOOST_AUTO_TEST_CASE(that_says_what_cannot_be_breaks_the_protocol) {
  const std::vector<std::function<void(broken_peer&)>> ways{
      [](broken_peer& p) { p.pass(1, 68 * kilo); },  // more bytes than agreed on
      [](broken_peer& p) { p.announce(1, ~0ULL, test::make_memory(4096).get()); },
      [](broken_peer& p) {
        for (std::uint64_t i = 1; i != 6; ++i) p.pass(i, 4096);
      },                                                         // more regions
      [](broken_peer& p) { p.pass(1, 4096), p.pass(1, 4096); },  // a number twice
      [](broken_peer& p) { p.pass(2, 4096), p.pass(1, 4096); },  // or back
      [](broken_peer& p) { p.pass(0, 4096); },                   // or none
      [](broken_peer& p) { p.announce(1, 0, test::make_memory(4096).get()); },
      [](broken_peer& p) { p.announce(1, 4096, -1); },                             // no descriptor
      [](broken_peer& p) { p.announce(1, 8192, test::make_memory(4096).get()); },  // smaller than was said
      [](broken_peer& p) { p.announce(1, 4096, test::make_memory(8192).get()); },  // or larger
      [](broken_peer& p) {                                                         // of a size that may change
        p.announce(1, 8192, test::make_memory(8192, F_SEAL_GROW | F_SEAL_FUTURE_WRITE).get());
      },
      [](broken_peer& p) {  // in which there may be holes later on
        p.announce(1, 8192, test::make_memory(8192, F_SEAL_SHRINK | F_SEAL_GROW).get());
      },
      [](broken_peer& p) {  // or are now
        p.announce(1, 8192, test::make_memory(8192, test::all_seals, test::pages::missing).get());
      },
      [](broken_peer& p) {  // no memory at all
        const posix::unique_descriptor file(::open("/dev/zero", O_RDWR | O_CLOEXEC));
        p.announce(1, 8192, file.get());
      },
      [](broken_peer& p) { p.give_up(1); },                                 // never passed
      [](broken_peer& p) { p.pass(1, 4096), p.give_up(1), p.give_up(1); },  // twice
      [](broken_peer& p) { p.h.line.send(belfry::frame_type::region_gone, "short", p.ec); },
      [](broken_peer& p) { p.h.line.send(belfry::frame_type::region, "short", test::make_memory(4096).get(), p.ec); },
      [](broken_peer& p) {  // while it is looked at
        p.pass(1, 4096);
        p.refer(1, 4096);
        p.look();
        p.give_up(1);
      },
  };
  for (const auto& way : ways) {
    broken_peer p;
    way(p);
    BOOST_TEST((p.listen() == error::protocol_violation));
  }
}

BOOST_FIXTURE_TEST_CASE(that_talks_without_end_keeps_nobody_busy, broken_peer) {
  refer(1'000'000'000, 1);
  const auto file = test::make_memory(4096);
  std::jthread flood([&](const std::stop_token& stop) {
    error_code ignored;
    for (std::uint64_t id = 1; !stop.stop_requested(); ++id) {
      h.line.send(belfry::frame_type::region, words({id, 4096}), file.get(), ignored);
      if (!ignored) {
        do h.line.send(belfry::frame_type::region_gone, words({id}), ignored);
        while (ignored && !stop.stop_requested());
      }
    }
  });
  BOOST_TEST((look() == error::protocol_violation));
}

BOOST_AUTO_TEST_CASE(must_not_speak_of_regions_where_none_were_agreed_on) {
  const auto before = test::open_descriptors();
  {
    asio::io_context context;
    auto h = test::make_hand_made(context.get_executor());
    error_code ec;
    const auto frame = broken_peer::words({1, 4096});
    h.line.send(belfry::frame_type::region, frame, test::make_memory(4096).get(), ec);
    // A kernel that refuses to send a descriptor there has sent nothing.
    if (ec == boost::system::errc::operation_not_permitted) h.line.send(belfry::frame_type::region, frame, ec);
    BOOST_TEST(!ec);
    BOOST_TEST(!h.a.is_open());
    h.a.sender().try_send(asio::buffer("x", 1), ec);
    BOOST_TEST((ec == error::protocol_violation));
  }
  BOOST_TEST(test::open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(leaves_no_descriptor_behind) {
  const auto before = test::open_descriptors();
  {
    broken_peer p;
    for (std::uint64_t i = 1; i != 5; ++i) p.pass(i, 4096);
    p.h.a.is_open();
    p.h.line.send(belfry::frame_type::goodbye, "", test::make_memory(4096).get(), p.ec);
    p.h.a.is_open();
  }
  BOOST_TEST(test::open_descriptors() == before);
}

BOOST_FIXTURE_TEST_CASE(cannot_take_away_what_is_looked_at, broken_peer) {
  pass(1, 4096);
  refer(1, 4096);
  const auto message = h.a.receiver().try_peek();
  give_up(1);
  BOOST_TEST((listen() == error::protocol_violation));
  BOOST_TEST(message.text() == std::string(4096, '\0'));
}

BOOST_FIXTURE_TEST_CASE(nobody_is_blamed_for_want_of_descriptors, broken_peer) {
  pass(1, 4096);
  {
    const test::descriptor_limit none(0);
    h.a.is_open();
  }
  refer(1, 4096);
  BOOST_TEST((look() == boost::system::errc::too_many_files_open));
  BOOST_TEST(h.a.is_open());
}

BOOST_AUTO_TEST_SUITE_END()
