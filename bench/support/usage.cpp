// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "usage.hpp"

#include <array>
#include <cstring>
#include <fstream>

#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace belfry::bench {
namespace {

/// A counter of the system calls of this process and of the threads that it starts from now on; -1 if that cannot be.
int open_counter() {
  std::uint64_t id = 0;
  for (const char* root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    std::ifstream file(std::string(root) + "/events/raw_syscalls/sys_enter/id");
    if (file >> id) break;
  }
  if (id == 0) return -1;
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = id;
  attributes.inherit = 1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

usage_meter::usage_meter(bool count_system_calls) {
  if (count_system_calls) counter_ = open_counter();
  start_ = now();
}

usage_meter::~usage_meter() {
  if (counter_ >= 0) ::close(counter_);
}

usage usage_meter::so_far(std::uint64_t messages) const {
  usage u = now();
  u.messages = messages;
  u.cpu_us -= start_.cpu_us;
  u.switches -= start_.switches;
  u.system_calls -= start_.system_calls;
  return u;
}

usage usage_meter::now() const {
  usage u;
  if (counter_ >= 0 && ::read(counter_, &u.system_calls, sizeof u.system_calls) == sizeof u.system_calls) {
    u.counted_system_calls = true;
  }
  timespec cpu{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  u.cpu_us = static_cast<double>(cpu.tv_sec) * 1e6 + static_cast<double>(cpu.tv_nsec) / 1e3;
  rusage system{};
  ::getrusage(RUSAGE_SELF, &system);
  u.switches = static_cast<std::uint64_t>(system.ru_nvcsw + system.ru_nivcsw);
  return u;
}

bool can_count_system_calls() {
  const int counter = open_counter();
  if (counter < 0) return false;
  ::close(counter);
  return true;
}

}  // namespace belfry::bench
