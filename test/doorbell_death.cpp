// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/diagnostics.hpp>
#include <belfry/doorbell.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOOST_TEST_MODULE doorbell_death
#include "support/doorbell_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

// What a signal learns of the peer, and who is told.

using belfry::doorbell;
using belfry::signal_result;
namespace data = boost::unit_test::data;

namespace {

// What the next calls of send fail with; 0: nothing.
std::atomic<int> failure{0};
std::atomic<int> failures_left{0};

}  // namespace

// In the place of the system's, for failures that cannot be had on demand.
extern "C" ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  if (failure != 0 && failures_left-- > 0) {
    errno = failure;
    return -1;
  }
  return ::syscall(SYS_sendto, fd, data, size, flags, nullptr, 0);
}

namespace {

struct fixture : belfry::test::doorbell_fixture {
  fixture() {
    belfry::set_diagnostics_sink([this](const belfry::diagnostic& d) {
      BOOST_TEST((d.source == belfry::subsystem::doorbell));
      BOOST_TEST((d.kind == belfry::event_kind::peer_died));
      BOOST_TEST((d.level == belfry::severity::warning));
      ++told;
    });
  }
  ~fixture() {
    failure = 0;
    belfry::set_diagnostics_sink({});
  }

  void fail(int with, int calls) {
    failure = with;
    failures_left = calls;
  }

  std::atomic<int> told{0};
};

doorbell* handlers_bell = nullptr;
signal_result handlers_result{};
void ring_in_a_handler(int) { handlers_result = handlers_bell->signal(); }

}  // namespace

const int deaths[] = {ECONNREFUSED, ENOTCONN, EPIPE, ECONNRESET};
BOOST_DATA_TEST_CASE_F(fixture, each_failure_that_means_a_death_sets_the_flag, data::make(deaths), code) {
  fail(code, 1);
  BOOST_TEST(mine.signal() == signal_result::peer_dead);
  BOOST_TEST(mine.is_peer_dead());
  BOOST_TEST(told == 1);
}

const int passing[] = {EINTR, ENOBUFS, ENOMEM};
BOOST_DATA_TEST_CASE_F(fixture, a_failure_that_passes_is_tried_again_and_is_no_death, data::make(passing), code) {
  fail(code, 3);
  BOOST_TEST(mine.signal() == signal_result::sent);
  BOOST_TEST(theirs.try_wait());
  fail(code, 1'000'000);
  BOOST_TEST(mine.signal() == signal_result::buffer_full);
  BOOST_TEST(!mine.is_peer_dead());
  BOOST_TEST(told == 0);
}

BOOST_FIXTURE_TEST_CASE(a_full_buffer_is_no_death, fixture) {
  fail(EAGAIN, 1);
  BOOST_TEST(mine.signal() == signal_result::buffer_full);
  BOOST_TEST(!mine.is_peer_dead());
}

BOOST_FIXTURE_TEST_CASE(an_end_that_was_closed_here_has_no_dead_peer, fixture) {
  mine.close();
  BOOST_TEST(mine.signal() == signal_result::peer_dead);
  BOOST_TEST(!mine.is_peer_dead());
  BOOST_TEST(told == 0);
}

BOOST_FIXTURE_TEST_CASE(a_death_is_told_once_however_many_threads_find_it, fixture) {
  theirs.close();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i != 8; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n != 100; ++n) {
          mine.signal();
          mine.is_peer_dead();
        }
      });
    }
  }
  mine.drain();
  mine.try_wait();
  mine.close();
  BOOST_TEST(told == 1);
}

BOOST_FIXTURE_TEST_CASE(a_signal_itself_tells_nobody_since_it_may_run_in_a_handler, fixture) {
  theirs.close();
  mine.signal();
  BOOST_TEST(told == 0);
  mine = doorbell();  // at the latest
  BOOST_TEST(told == 1);
}

BOOST_FIXTURE_TEST_CASE(a_signal_handler_may_ring, fixture) {
  handlers_bell = &mine;
  const auto before = std::signal(SIGUSR1, ring_in_a_handler);
  errno = 42;
  std::raise(SIGUSR1);
  BOOST_TEST(errno == 42);
  BOOST_TEST(handlers_result == signal_result::sent);
  BOOST_TEST(theirs.try_wait());
  theirs.close();
  std::raise(SIGUSR1);
  BOOST_TEST(handlers_result == signal_result::peer_dead);
  BOOST_TEST(mine.is_peer_dead());
  std::signal(SIGUSR1, before);
}
