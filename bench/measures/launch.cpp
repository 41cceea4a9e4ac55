// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/guest_program.hpp"
#include "../support/histogram.hpp"
#include "../support/report.hpp"
#include "../support/two_sides.hpp"
#include "commands.hpp"

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// From the launch of a plugin to its first reply, and the same with nothing but posix_spawn and a pipe: what the system
// takes to start that program and to load its libraries. Again with a host that has a gigabyte of memory in use, which a
// launch must not notice.

namespace belfry::bench {
namespace {

void launch_once(histogram& h) {
  boost::asio::io_context context;
  launch_options options;
  options.executable = guest_program();
  std::array<char, 64> message{};
  const auto start = clock::now();
  auto plugin = launcher(context.get_executor()).launch(options);
  plugin.channel().sender().send(boost::asio::buffer(message));
  plugin.channel().receiver().receive(boost::asio::buffer(message));
  h.add(clock::now() - start);
  plugin.stop(std::chrono::seconds(5));
}

void spawn_once(histogram& h) {
  const auto program = guest_program().string();
  char name[] = "guest", pipe_argument[] = "--pipe";
  char* arguments[] = {name, pipe_argument, nullptr};
  int ends[2];
  expect(::pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const auto start = clock::now();
  pid_t child = 0;
  expect(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) == 0);
  char byte;
  expect(::read(ends[0], &byte, 1) == 1);
  h.add(clock::now() - start);
  int status = 0;
  expect(::waitpid(child, &status, 0) == child && status == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[0]);
  ::close(ends[1]);
}

/// Memory of this process, in use.
class ballast {
 public:
  explicit ballast(std::size_t size) : size_(size) {
    place_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    expect(place_ != MAP_FAILED);
  }
  ~ballast() { ::munmap(place_, size_); }
  ballast(const ballast&) = delete;
  ballast& operator=(const ballast&) = delete;

 private:
  std::size_t size_;
  void* place_;
};

}  // namespace

void measure_launch(const options& o, report& r) {
  const int cores = has_two() ? 2 : 1;
  row plugin{"belfry", "launch to first reply", 64, cores, "adaptive", "us"};
  row heavy{"belfry, host of 1 GiB", "launch to first reply", 64, cores, "adaptive", "us"};
  row spawned{"posix_spawn and a pipe", "launch to first reply", 1, cores, "block", "us"};
  const int times = o.quick ? 2 : 50;
  for (int round = 0; round != o.rounds; ++round) {
    const auto add = [&](row& to, auto once) {
      auto h = std::make_unique<histogram>();
      for (int i = 0; i != times; ++i) once(*h);
      to.add(*h);
    };
    add(spawned, spawn_once);
    add(plugin, launch_once);
    if (!o.quick) {
      const ballast memory(std::size_t{1} << 30);
      add(heavy, launch_once);
    }
  }
  r.add(std::move(spawned));
  r.add(std::move(plugin));
  if (!o.quick) r.add(std::move(heavy));
}

}  // namespace belfry::bench
