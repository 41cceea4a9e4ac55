// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "machine.hpp"

#include "histogram.hpp"
#include "processors.hpp"
#include "shared_memory.hpp"
#include "two_sides.hpp"

#include <belfry/version.hpp>

#include <boost/version.hpp>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <gnu/libc-version.h>
#include <sys/utsname.h>

#ifndef BELFRY_BENCH_PEER_VERSIONS
#define BELFRY_BENCH_PEER_VERSIONS ""
#endif

namespace belfry::bench {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

constexpr std::uint64_t throws = 5000;

/// How much arithmetic fits into a tenth of a second, in a unit of its own. The best of several short looks counts, since
/// something else may run for a moment.
std::uint64_t work_done() {
  std::uint64_t most = 0;
  for (int look = 0; look != 20; ++look) {
    const auto end = clock::now() + std::chrono::milliseconds(5);
    std::uint64_t laps = 0;
    // Ten sums that do not wait for each other keep all of a core busy.
    std::uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10;
    do {
      for (std::uint64_t n = 0; n != 1000; ++n) {
        a += n, b += n, c += n, d += n, e += n, f += n, g += n, h += n, i += n, j += n;
        asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h), "+r"(i), "+r"(j));
      }
      ++laps;
    } while (clock::now() < end);
    most = std::max(most, laps);
  }
  return most;
}

/// Virtual machines often hide that two processors are threads of one core. But two such threads share its arithmetic: so
/// each does less when the other works, too. And how near to each other they are shows in how long a cache line takes from
/// one to the other and back; a virtual machine's processors may come nearer, or drift apart, while it runs.
std::string topology() {
  if (!has_two()) return "one processor may be used";
  const auto two = on_two();
  struct figures {
    std::atomic<bool> working{false};
    std::atomic<bool> done{false};
    std::uint64_t alone = 0;
    std::uint64_t together = 0;
    alignas(128) std::atomic<std::uint64_t> ball{0};
  };
  shared<figures> f;
  shared<double> exchange_us;
  in_a_process([&] {
    pin_to(two.first);
    f->alone = work_done();
    start_other_side([&] {
      pin_to(two.second);
      f->working = true;
      while (!f->done) work_done();
      for (std::uint64_t next = 1; next < 2 * throws; next += 2) {
        while (f->ball != next) {
        }
        f->ball = next + 1;
      }
    });
    while (!f->working) {
    }
    f->together = work_done();
    f->done = true;
    // The first throw waits until the other side is ready, so the time is taken from its return on.
    clock::time_point start;
    for (std::uint64_t next = 0; next < 2 * throws; next += 2) {
      f->ball = next + 1;
      while (f->ball != next + 2) {
      }
      if (next == 0) start = clock::now();
    }
    *exchange_us = microseconds_since(start) / (throws - 1);
    join_other_side();
  });
  const double share = static_cast<double>(f->together) / static_cast<double>(f->alone);
  const std::string siblings =
      first_line("/sys/devices/system/cpu/cpu" + std::to_string(two.first) + "/topology/thread_siblings_list");
  char text[300];
  std::snprintf(text, sizeof text,
                "processors %d and %d; the system says that %d is a thread of the core of %s; when both compute, each "
                "does %.0f %% of what it does alone: %s; a cache line goes there and back in %.2f us",
                two.first, two.second, two.first, siblings.c_str(), 100 * share,
                share < 0.8 ? "like two threads of one core" : "like two cores", *exchange_us);
  return text;
}

std::vector<std::pair<std::string, std::string>> describe() {
  utsname system{};
  ::uname(&system);
  std::vector<std::pair<std::string, std::string>> all{
      {"processor", processor()},
      {"cores", std::to_string(usable_processors().size())},
      {"topology", topology()},
      {"kernel", system.release},
#if defined(__clang__)
      {"compiler", __VERSION__},
#else
      {"compiler", "g++ " __VERSION__},
#endif
#if defined(__OPTIMIZE__)
      {"build", "optimized"},
#else
      {"build", "not optimized: these figures say nothing"},
#endif
      {"belfry", BELFRY_VERSION_STRING},
      {"boost", BOOST_LIB_VERSION},
      {"glibc", ::gnu_get_libc_version()},
  };
  // What the build found of the others: "name version|name version|".
  std::istringstream peers(BELFRY_BENCH_PEER_VERSIONS);
  for (std::string peer; std::getline(peers, peer, '|');) {
    const auto space = peer.find(' ');
    if (space != std::string::npos) all.emplace_back(peer.substr(0, space), peer.substr(space + 1));
  }
  return all;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& machine() {
  static const auto known = describe();
  return known;
}

}  // namespace belfry::bench
