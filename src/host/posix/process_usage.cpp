// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "process_usage.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

using text = std::array<char, 4096>;

/// The beginning of a file in the folder of that process, ended by a zero; false if it cannot be had.
bool read_file(int pid, const char* name, text& to) noexcept {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  const unique_descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  const auto size = ::read(file.get(), to.data(), to.size() - 1);
  if (size <= 0) return false;
  to[static_cast<std::size_t>(size)] = '\0';
  return true;
}

std::chrono::microseconds from_ticks(unsigned long long ticks) noexcept {
  const auto a_second = static_cast<unsigned long long>(::sysconf(_SC_CLK_TCK));
  return std::chrono::microseconds(ticks * 1'000'000 / a_second);
}

std::chrono::microseconds to_microseconds(const timeval& t) noexcept {
  return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
}

}  // namespace

void add_current(resource_usage& usage, int pid) noexcept {
  text content;
  if (read_file(pid, "stat", content)) {
    // The second field is a name in brackets, in which anything may stand.
    const char* const after_name = std::strrchr(content.data(), ')');
    unsigned long long user = 0;
    unsigned long long system = 0;
    if (after_name &&
        std::sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) == 2) {
      usage.user_time = from_ticks(user);
      usage.system_time = from_ticks(system);
    }
  }
  if (read_file(pid, "status", content)) {
    const char* const line = std::strstr(content.data(), "\nVmHWM:");
    unsigned long long kib = 0;
    if (line && std::sscanf(line, "\nVmHWM: %llu kB", &kib) == 1)
      usage.peak_memory_bytes = std::max<std::uint64_t>(usage.peak_memory_bytes, kib * 1024);
  }
}

void add_final(resource_usage& usage, const rusage& final, std::uint64_t peak_before_bytes) noexcept {
  usage.user_time = to_microseconds(final.ru_utime);
  usage.system_time = to_microseconds(final.ru_stime);
  const auto peak = static_cast<std::uint64_t>(final.ru_maxrss) * 1024;
  usage.peak_memory_exact = peak > peak_before_bytes;
  if (usage.peak_memory_exact) usage.peak_memory_bytes = peak;
}

}  // namespace belfry::detail::posix
