// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_PROCESS_V2_SEPARATE_COMPILATION  // as it is compiled into belfry_host

#include "../support/guest_program.hpp"
#include "../support/histogram.hpp"
#include "../support/report.hpp"
#include "../support/sockets.hpp"
#include "../support/two_sides.hpp"
#include "commands.hpp"

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/process/v2/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// From the launch of a plugin to its first reply, stage by stage; and the same program started by posix_spawn, and by the
// launcher that Boost.Process has by default, with nothing but a pipe to answer through. Each by a host that has hardly
// any memory in use, and by one that has much of it, which a launch must not notice.

namespace belfry::bench {
namespace {

struct stages {
  histogram to_exec;      ///< Until the program is executed, and the host goes on.
  histogram to_main;      ///< From there until it is loaded, and its main is entered.
  histogram to_greeting;  ///< From there until both sides have shaken hands.
  histogram to_reply;     ///< From there, or from main, to the first reply.
  histogram whole;
};

/// Takes the moments of one launch.
class stopwatch {
 public:
  void executed() { executed_ = clock::now(); }
  void greeted() { greeted_ = clock::now(); }
  /// The first reply has come.
  void replied(const guest_moments& guest, stages& s) const {
    const auto now = clock::now();
    const clock::time_point entered{std::chrono::nanoseconds(guest.main_ns)};
    s.to_exec.add(executed_ - start_);
    // The program may be that far before the host is told that it is executed.
    s.to_main.add(entered - executed_);
    const bool greets = guest.attached_ns != 0;
    if (greets) s.to_greeting.add(greeted_ - entered);
    s.to_reply.add(now - (greets ? greeted_ : entered));
    s.whole.add(now - start_);
  }

 private:
  clock::time_point start_ = clock::now();
  clock::time_point executed_{};
  clock::time_point greeted_{};
};

void launch_plugin(stages& s) {
  boost::asio::io_context context;
  launcher starter(context.get_executor());
  launch_options options;
  options.executable = guest_program();
  plugin launched;
  guest_moments moments;
  stopwatch watch;
  // It returns when the program is executed, and completes when that has greeted.
  starter.async_launch(options, [&](error_code ec, plugin p) {
    if (ec) throw system_error(ec);
    launched = std::move(p);
  });
  watch.executed();
  context.run();
  watch.greeted();
  launched.channel().sender().send(boost::asio::buffer("?", 1), asks_for_moments);
  expect(launched.channel().receiver().receive(boost::asio::buffer(&moments, sizeof moments)) == sizeof moments);
  watch.replied(moments, s);
  launched.stop(std::chrono::seconds(5));
}

/// A pipe from a program to its host.
class answers {
 public:
  answers() { expect(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~answers() {
    for (const int end : ends_) ::close(end);
  }
  answers(const answers&) = delete;
  answers& operator=(const answers&) = delete;

  int writing_end() const { return ends_[1]; }
  guest_moments read() const {
    guest_moments moments;
    expect(::read(ends_[0], &moments, sizeof moments) == sizeof moments);
    return moments;
  }

 private:
  std::array<int, 2> ends_{};
};

void spawn(stages& s) {
  const auto program = guest_program().string();
  std::string name = "guest", argument = "--pipe";
  char* const arguments[] = {name.data(), argument.data(), nullptr};
  const answers pipe;
  stopwatch watch;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe.writing_end(), STDOUT_FILENO);
  pid_t child = 0;
  expect(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) == 0);
  watch.executed();
  watch.replied(pipe.read(), s);
  int status = 0;
  expect(::waitpid(child, &status, 0) == child && status == 0);
  ::posix_spawn_file_actions_destroy(&actions);
}

void launch_by_boost(stages& s) {
  namespace process = boost::process::v2;
  boost::asio::io_context context;
  const answers pipe;
  const std::string program = guest_program().string();
  const std::vector<std::string> arguments{"--pipe"};
  stopwatch watch;
  auto child = process::default_process_launcher()(context.get_executor(), program, arguments,
                                                   process::process_stdio{{}, pipe.writing_end(), {}});
  watch.executed();
  watch.replied(pipe.read(), s);
  expect(child.wait() == 0);
}

/// Memory of this process, in use, in pages of the usual size: large ones would be fewer, and a fork cheaper.
class ballast {
 public:
  explicit ballast(std::size_t size)
      : size_(size), place_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    expect(place_ != MAP_FAILED);
    ::madvise(place_, size_, MADV_NOHUGEPAGE);
    for (std::size_t at = 0; at < size_; at += 4096) static_cast<char*>(place_)[at] = 1;
  }
  ~ballast() { ::munmap(place_, size_); }
  ballast(const ballast&) = delete;
  ballast& operator=(const ballast&) = delete;

 private:
  std::size_t size_;
  void* place_;
};

struct launcher_kind {
  const char* name;
  void (*launch_once)(stages&);
};
constexpr launcher_kind kinds[] = {
    {"belfry", launch_plugin}, {"posix_spawn", spawn}, {"Boost.Process", launch_by_boost}};

struct host_kind {
  const char* name;
  std::size_t memory;
};
constexpr host_kind hosts[] = {{", host of 10 MiB", std::size_t{10} << 20}, {", host of 4 GiB", std::size_t{4} << 30}};

struct stage_kind {
  const char* name;
  histogram stages::* samples;
};
constexpr stage_kind stage_kinds[] = {{"launch: until it is executed", &stages::to_exec},
                                      {"launch: from there to its main", &stages::to_main},
                                      {"launch: from there to the handshake", &stages::to_greeting},
                                      {"launch: from there to the first reply", &stages::to_reply},
                                      {"launch to first reply", &stages::whole}};

}  // namespace

void measure_launch_time(const options& o, report& r) {
  const int cores = has_two() ? 2 : 1;
  const int times = o.quick ? 2 : 40;
  std::vector<row> rows;
  for (const auto& stage : stage_kinds) {
    for (const auto& kind : kinds) {
      for (const auto& host : hosts) {
        rows.push_back({std::string(kind.name) + host.name, stage.name, sizeof(guest_moments), cores, "", "us"});
      }
    }
  }
  const auto row_of = [&](std::size_t stage, std::size_t kind, std::size_t host) -> row& {
    return rows[(stage * std::size(kinds) + kind) * std::size(hosts) + host];
  };
  for (int round = 0; round != o.rounds; ++round) {
    for (std::size_t host = 0; host != std::size(hosts); ++host) {
      // A quick look has no time to fill so much memory, and says nothing about it.
      if (o.quick && host != 0) continue;
      std::array<shared<stages>, std::size(kinds)> found;
      in_a_process([&] {
        const ballast memory(hosts[host].memory);
        // All take their turn, so that what slows the machine for a while slows them all.
        for (int i = -1; i != times; ++i) {
          for (std::size_t kind = 0; kind != std::size(kinds); ++kind) {
            if (!o.wants(kinds[kind].name)) continue;
            kinds[kind].launch_once(*found[kind]);
            if (i < 0) *found[kind] = {};  // for warming up
          }
        }
      });
      for (std::size_t kind = 0; kind != std::size(kinds); ++kind) {
        for (std::size_t stage = 0; stage != std::size(stage_kinds); ++stage) {
          const histogram& samples = (*found[kind]).*stage_kinds[stage].samples;
          if (samples.count() != 0) row_of(stage, kind, host).add(samples);
        }
      }
    }
  }
  for (auto& result : rows) {
    if (!result.rounds.empty()) r.add(std::move(result));
  }
}

}  // namespace belfry::bench
