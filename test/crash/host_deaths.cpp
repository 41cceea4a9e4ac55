// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "host_deaths.hpp"

#include "load.hpp"

#include <belfry/acceptor.hpp>
#include <belfry/diagnostics.hpp>
#include <belfry/launcher.hpp>
#include <belfry/supervisor.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <list>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace belfry::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr int supervised = 2;
constexpr int launched = 4;

launch_options target() {
  launch_options o;
  o.executable = fs::read_symlink("/proc/self/exe").replace_filename("crash_target");
  o.handshake_timeout = 60s;
  o.err = stdio_target::null();  // there they say whom they have lost
  o.channel.outgoing_large.bytes = o.channel.incoming_large.bytes = 1 << 20;
  return o;
}

/// A plugin that is kept alive, and kept busy in both directions.
class busy_plugin {
 public:
  explicit busy_plugin(boost::asio::io_context& context) : supervisor_(context.get_executor(), target(), options()) {
    supervisor_.start();
    send();
    receive();
  }

 private:
  static supervisor_options options() {
    supervisor_options o;
    o.ready_kind = ready_kind;
    return o;
  }
  void send() {
    bytes_ = make_load(number_, number_ % 50 == 0 ? 100'000 : 200);
    ++number_;
    supervisor_.async_send(boost::asio::buffer(bytes_), 0, [this](error_code ec) {
      if (!ec) send();
    });
  }
  void receive() {
    supervisor_.async_receive_message([this](error_code ec, const supervised_message&) {
      if (!ec) receive();
    });
  }

  supervisor supervisor_;
  std::uint64_t number_ = 0;
  std::vector<std::byte> bytes_;
};

/// What a host does until it dies: listens, keeps some plugins busy, and launches others.
int be_a_host(const fs::path& door_path) {
  set_diagnostics_sink({});
  boost::asio::io_context context;
  acceptor door(context.get_executor(), door_path);
  door.async_accept([](error_code, const plugin&) {});
  std::list<busy_plugin> busy;
  for (int i = 0; i != supervised; ++i) busy.emplace_back(context);
  launcher launch(context.get_executor());
  std::list<plugin> others;
  for (int i = 0; i != launched; ++i) {
    launch.async_launch(target(), [&](error_code, plugin p) { others.push_back(std::move(p)); });
  }
  context.run();
  return EXIT_FAILURE;  // it never comes to an end by itself
}

/// Whoever is left becomes a child of this process; so none can escape it.
class orphans {
 public:
  orphans() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::sigemptyset(&child_ends_);
    ::sigaddset(&child_ends_, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_ends_, nullptr);
  }

  /// Waits until no child is left, at most until then. Returns whether none is.
  bool await_end(clock::time_point deadline) {
    for (;;) {
      while (::waitpid(-1, nullptr, WNOHANG) > 0) ++buried_;
      if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return true;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
      if (left <= 0ms) return false;
      const timespec limit{static_cast<time_t>(left.count() / 1000),
                           static_cast<long>(left.count() % 1000 * 1'000'000)};
      ::sigtimedwait(&child_ends_, nullptr, &limit);
    }
  }
  /// Of hosts and plugins.
  std::uint64_t buried() const noexcept { return buried_; }

 private:
  sigset_t child_ends_{};
  std::uint64_t buried_ = 0;
};

std::set<std::string> things_in(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code ec;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ec)) names.insert(entry.path().native());
  return names;
}

/// Of belfry's own; the system's folder is everybody's.
std::set<std::string> ours_in_shared_memory() {
  auto names = things_in("/dev/shm");
  std::erase_if(names, [](const auto& name) { return name.find("belfry") == std::string::npos; });
  return names;
}

struct sum {
  std::uint64_t killed = 0, failed = 0, late = 0, left = 0;
  clock::duration slowest{};
};

void kill_one(const fs::path& door, std::mt19937_64& random, std::chrono::milliseconds patience, orphans& all, sum& s) {
  constexpr std::array ways{SIGKILL, SIGKILL, SIGKILL, SIGSEGV, SIGTERM, SIGABRT};
  const pid_t host = ::fork();
  if (host < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (host == 0) {
    for (const int n : {SIGSEGV, SIGABRT, SIGTERM}) std::signal(n, SIG_DFL);  // a sanitizer has handlers of its own
    try {
      ::_exit(be_a_host(door));
    } catch (const std::exception& e) {
      std::cerr << "a host: " << e.what() << std::endl;
    }
    ::_exit(EXIT_FAILURE);
  }
  // Half of them in the midst of their first launches.
  const long longest_us = random() % 2 == 0 ? 20'000 : 200'000;
  const timespec moment{0, static_cast<long>(random() % static_cast<unsigned long>(longest_us)) * 1000};
  ::nanosleep(&moment, nullptr);
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(host), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0) ++s.failed;
  ::kill(host, ways[random() % ways.size()]);  // not reaped yet, so the number is its own
  ::waitpid(host, nullptr, 0);
  ++s.killed;
  const auto dead = clock::now();
  if (!all.await_end(dead + patience)) {
    ++s.late;
    if (!all.await_end(dead + patience + 60s)) ++s.left;
  }
  s.slowest = std::max(s.slowest, clock::now() - dead);
}

}  // namespace

int kill_hosts(std::uint64_t hosts, std::uint64_t seed, std::chrono::milliseconds patience, bool verbose) {
  std::string scratch = fs::temp_directory_path() / "belfry-hosts-XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) throw std::system_error(errno, std::generic_category(), scratch);
  // All that they make in a folder for temporary things, they make there.
  ::setenv("TMPDIR", scratch.c_str(), 1);
  const auto folder = fs::path(scratch) / "sockets";
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms::owner_all);
  const auto door = folder / "door";
  const auto in_memory = ours_in_shared_memory();

  std::mt19937_64 random(seed);
  orphans all;
  sum s;
  for (std::uint64_t n = 0; n != hosts && s.left == 0; ++n) {
    kill_one(door, random, patience, all, s);
    if (verbose) std::clog << n + 1 << " hosts, " << all.buried() << " of their plugins" << std::endl;
  }
  // Nobody can remove the socket of a host that was killed, but the next one that listens there.
  std::size_t in_the_way = 0;
  try {
    boost::asio::io_context context;
    acceptor(context.get_executor(), door).close();
  } catch (const std::exception& e) {
    std::cerr << e.what() << std::endl;
    ++in_the_way;
  }
  const auto sockets = things_in(folder).size() + in_the_way;
  const auto temporary = things_in(scratch).size() - things_in(folder).size() - 1;
  auto in_memory_now = ours_in_shared_memory();
  const auto shared = std::erase_if(in_memory_now, [&](const auto& name) { return in_memory.count(name) == 0; });
  fs::remove_all(scratch);

  std::cout << "the last of their plugins was gone after at most "
            << std::chrono::duration_cast<std::chrono::milliseconds>(s.slowest).count() << " ms\n";
  std::cout << "hosts killed " << s.killed << ", that had failed before " << s.failed << ", plugins that outlived them "
            << all.buried() << ", hosts with plugins left after " << patience.count() << " ms " << s.late
            << ", after a minute more " << s.left << ", left in /dev/shm " << shared << ", in the temporary folder "
            << temporary << ", in the socket folder " << sockets << std::endl;
  const bool well = s.killed == hosts && s.failed == 0 && s.late == 0 && s.left == 0 && shared == 0 && temporary == 0 &&
                    sockets == 0 && (hosts == 0 || all.buried() != 0);
  return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace belfry::test
