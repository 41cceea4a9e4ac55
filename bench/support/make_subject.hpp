// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_MAKE_SUBJECT_HPP
#define BELFRY_BENCH_SUPPORT_MAKE_SUBJECT_HPP

#include "../measures/ping_pong.hpp"
#include "../measures/scheduled.hpp"
#include "../measures/throughput.hpp"
#include "subject.hpp"

#include <string>
#include <utility>

namespace belfry::bench {

/// A subject that all measures can use: one whose Link has two sides which both send and receive.
///
/// A Link has a constructor that takes the task and `arguments`, called before the other process is there; `first()` and
/// `second()`, called in one process each, which give it its side; and `how` that side is used.
template <class Link, class... Arguments>
subject make_subject(std::string name, std::string policy, const Arguments&... arguments) {
  subject s;
  s.name = std::move(name);
  s.policy = std::move(policy);
  s.ping_pong = [=](const task& t, outcome& o) { run_ping_pong<Link>(t, o, arguments...); };
  s.throughput = [=](const task& t, outcome& o) { run_throughput<Link>(t, o, arguments...); };
  s.wake_up = [=](const task& t, outcome& o) { run_scheduled<Link>(schedule::kind::rare, t, o, arguments...); };
  s.offered_rate = [=](const task& t, outcome& o) {
    run_scheduled<Link>(schedule::kind::fixed_rate, t, o, arguments...);
  };
  return s;
}

/// One that never sleeps, so that nothing wakes it up.
inline subject spinning(subject s) {
  s.sleeps = false;
  s.wake_up = nullptr;
  return s;
}
inline subject only_ping_pong(subject s) {
  s.throughput = s.wake_up = s.offered_rate = nullptr;
  return s;
}
inline subject only_throughput(subject s) {
  s.ping_pong = s.wake_up = s.offered_rate = nullptr;
  return s;
}
inline subject of_sizes(subject s, std::size_t smallest, std::size_t largest) {
  s.smallest = smallest;
  s.largest = largest;
  return s;
}

}  // namespace belfry::bench

#endif
