// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_PROCESS_HPP
#define BELFRY_TEST_SUPPORT_PROCESS_HPP

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace belfry::test {

/// Descriptors that this process has open.
inline std::ptrdiff_t open_descriptors() {
  // One of them is that of the listing itself, every time.
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// Mappings of this process whose line in /proc/self/maps has `text` in it.
inline int mappings(std::string_view text) {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(text) != std::string::npos) ++count;
  }
  return count;
}

/// Bytes of addresses that this process has taken, in use or not.
inline std::size_t address_space() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

inline bool close_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }
inline bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

/// Whether a thread, or the main thread of a process, sleeps: of this process or another.
inline bool is_asleep(int id) {
  std::ifstream stat("/proc/" + std::to_string(id) + "/stat");
  std::string text;
  std::getline(stat, text);
  // Behind the program's name, in which there may be anything.
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.size() > name_end + 2 && text[name_end + 2] == 'S';
}

/// Waits for something that another thread or process is about to do; the limit of the whole test is the limit.
template <class Condition>
void until(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

/// A thread that runs `f`, in which it sleeps by now; or else it has come to its end.
template <class F>
std::jthread asleep_in(F f) {
  std::atomic<int> id = 0;
  std::jthread sleeper([&id, f = std::move(f)] {
    id = ::gettid();
    f();
  });
  until([&] { return id != 0 && (is_asleep(id) || !std::filesystem::exists("/proc/" + std::to_string(id))); });
  return sleeper;
}

}  // namespace belfry::test

#endif
