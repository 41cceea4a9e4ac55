// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/detail/wake.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BOOST_TEST_MODULE sleeper
#include "support/channel_fixture.hpp"
#include "support/child.hpp"
#include "support/forked_peer.hpp"
#include "support/pattern.hpp"
#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

// A side that stays awake for long excuses its waker from the fence, and makes up for it before it sleeps.

using belfry::channel;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace detail = belfry::detail;
namespace test = belfry::test;

namespace {

/// More messages than a side must stay awake for, whatever a barrier costs on this machine.
constexpr std::uint64_t many = std::uint64_t{1} << 20;

bool excused(const detail::shared_word& word) { return (word.load() & detail::wake_word::excused) != 0; }
detail::control_block& words_of(const channel& c) { return *c.state()->own->control(); }

struct fixture : test::channel_fixture {
  fixture() : channel_fixture({4096, 4096}) {}

  /// b reads whatever a sends, and often finds nothing.
  void stream(std::uint64_t messages) {
    for (std::uint64_t i = 0; i != messages; ++i) {
      a.sender().send(asio::buffer("x", 1));
      b.receiver().peek();
      b.receiver().release();
      if (i % 64 == 0) b.receiver().try_peek();
    }
  }

  /// b receives, though it sleeps when a sends.
  void rings_a_sleeping_reader() {
    const auto before = a.stats().sent.rings;
    bool came = false;
    b.receiver().async_peek([&](error_code, belfry::message_view) { came = true; });
    poll();
    BOOST_TEST(!came);
    a.sender().send(asio::buffer("x", 1));
    BOOST_TEST(a.stats().sent.rings == before + 1);
    run();
    BOOST_TEST(came);
    b.receiver().release();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_reader_that_stays_awake_excuses_its_writer_until_it_sleeps, fixture) {
  BOOST_TEST(!excused(words_of(b).data_wake_at));
  stream(many);
  BOOST_TEST(excused(words_of(b).data_wake_at));
  BOOST_TEST(b.stats().received.barriers == 0u);
  rings_a_sleeping_reader();
  BOOST_TEST(!excused(words_of(b).data_wake_at));
  BOOST_TEST(b.stats().received.barriers == 1u);
  rings_a_sleeping_reader();
  BOOST_TEST(b.stats().received.barriers == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_writer_that_stays_awake_excuses_its_reader_until_it_sleeps, fixture) {
  for (std::uint64_t i = 0; i != many; ++i) {
    while (!a.sender().try_send(asio::buffer("x", 1))) {
      b.receiver().peek();
      b.receiver().release();
    }
  }
  BOOST_TEST(excused(words_of(a).space_wake_at));

  bool room = false;
  a.sender().async_reserve(4000, [&](error_code, std::span<std::byte>) { room = true; });
  poll();
  BOOST_TEST(!room);
  BOOST_TEST(!excused(words_of(a).space_wake_at));
  BOOST_TEST(a.stats().sent.barriers == 1u);
  while (b.receiver().try_peek()) b.receiver().release();
  BOOST_TEST(b.stats().received.rings == 1u);
  run();
  BOOST_TEST(room);
}

BOOST_FIXTURE_TEST_CASE(a_side_that_blocks_at_once_excuses_nobody, fixture) {
  b.set_wait_policy(wait_policy::block);
  stream(many);
  BOOST_TEST(!excused(words_of(b).data_wake_at));
}

BOOST_FIXTURE_TEST_CASE(who_sleeps_after_each_burst_excuses_nobody, fixture) {
  for (int burst = 0; burst != 20; ++burst) {
    for (std::uint64_t i = 0; i != many / 8; ++i) {
      a.sender().send(asio::buffer("x", 1));
      b.receiver().peek();
      b.receiver().release();
    }
    rings_a_sleeping_reader();
  }
  BOOST_TEST(b.stats().received.barriers == 0u);
}

BOOST_FIXTURE_TEST_CASE(nobody_is_excused_whose_process_takes_no_part, fixture) {
  words_of(a).takes_part.store(0);
  stream(many);
  BOOST_TEST(!excused(words_of(b).data_wake_at));
  rings_a_sleeping_reader();
}

BOOST_FIXTURE_TEST_CASE(an_excused_writer_does_not_ring_for_a_position_that_it_passes, fixture) {
  stream(many);
  const auto before = a.stats().sent.rings;
  stream(100);
  BOOST_TEST(a.stats().sent.rings == before);
}

namespace {

/// From here on membarrier fails, as in a container that does not allow it.
bool forbid_barriers() {
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_side_that_loses_its_barriers_meanwhile_is_woken_all_the_same) {
  test::child process([] {
    fixture f;
    f.stream(many);
    if (!excused(words_of(f.b).data_wake_at) || !forbid_barriers()) return 1;
    f.rings_a_sleeping_reader();
    f.stream(many);
    return excused(words_of(f.b).data_wake_at) || f.b.stats().received.barriers != 0 ? 2 : 0;
  });
  BOOST_TEST(process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_process_without_barriers_says_so) {
  test::child process([] {
    if (!forbid_barriers()) return 1;
    fixture f;
    return words_of(f.a).takes_part.load() == 0 && words_of(f.b).takes_part.load() == 0 ? 0 : 2;
  });
  BOOST_TEST(process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(no_wake_up_is_lost_where_a_side_goes_to_sleep_while_the_other_one_is_excused) {
  // Bursts, long enough for the reader to excuse its writer, and the last message of each comes about when the reader goes
  // to sleep.
  constexpr std::uint64_t bursts = 200;
  constexpr std::uint64_t length = 30'000;
  asio::io_context context;
  auto [mine, peer] = test::fork_peer(context.get_executor(), {65536, 4096}, [](channel& c) {
    for (std::uint64_t i = 0; i != bursts; ++i) {
      for (std::uint64_t k = 0; k != length; ++k) {
        c.receiver().peek();
        c.receiver().release();
      }
      c.sender().send(asio::buffer("x", 1));
    }
    return 0;
  });
  test::sequence random(5);
  for (std::uint64_t i = 0; i != bursts; ++i) {
    for (std::uint64_t k = 1; k != length; ++k) mine.sender().send(asio::buffer(&k, sizeof k));
    for (auto pauses = random.next(3000); pauses != 0; --pauses) detail::spin_pause();
    mine.sender().send(asio::buffer("x", 1));
    mine.receiver().peek();
    mine.receiver().release();
  }
  BOOST_TEST(peer.wait() == 0);
}
