// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Makes plugins die again and again, at random moments and in every way, while messages go both ways as fast as they can;
// then tells what was lost, doubled or left behind.
//
//   crash_test [--cycles N] [--plugins N] [--threads N] [--seed N] [--verbose]
//   crash_test --hosts N [--patience MS] [--seed N] [--verbose]: ends hosts at random moments instead; see host_deaths.hpp
//
// The last line of its output are the totals; its status is 0 only if all is well.

#include "../support/process.hpp"
#include "host_deaths.hpp"
#include "load.hpp"
#include "settings.hpp"

#include <belfry/diagnostics.hpp>
#include <belfry/supervisor.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace asio = boost::asio;
using namespace belfry;
using namespace std::chrono_literals;
using asio::use_awaitable;
using test::settings;

namespace {

/// The ways to die.
struct way {
  const char* name;
  int signal;
};
constexpr std::array ways{way{"SIGKILL", SIGKILL}, way{"SIGSEGV", SIGSEGV}, way{"SIGSTOP", SIGSTOP},
                          way{"exit", SIGUSR1}, way{"hang up", SIGUSR2}};

struct totals {
  std::atomic<std::uint64_t> cycles{0}, sent{0}, delivered{0}, doubled{0}, out_of_order{0}, damaged{0};
  std::atomic<std::uint64_t> again{0}, set_aside{0}, requests{0}, failed{0};
  std::array<std::atomic<std::uint64_t>, ways.size()> by_way{};
};

/// One plugin, the load on it, and its murderer. Each lives in a strand of its own.
class session : public std::enable_shared_from_this<session> {
 public:
  session(asio::io_context& context, const settings& s, unsigned number, totals& t)
      : settings_(s),
        totals_(t),
        strand_(asio::make_strand(context)),
        random_(s.seed * 1000 + number),
        timer_(strand_),
        supervisor_(context.get_executor(), what(), options()) {}

  void start() {
    supervisor_.start();
    asio::co_spawn(strand_, send(), asio::detached);
    asio::co_spawn(strand_, request(), asio::detached);
    asio::co_spawn(
        strand_, [self = shared_from_this()]() -> asio::awaitable<void> { co_await self->receive(); }, asio::detached);
  }

 private:
  static launch_options what() {
    launch_options o;
    o.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("crash_target");
    o.handshake_timeout = 60s;
    o.stop.goodbye = 60s;
    o.channel.outgoing_large.bytes = o.channel.incoming_large.bytes = 1 << 20;
    return o;
  }

  supervisor_options options() {
    supervisor_options o;
    o.restarts.policy = restart::always;
    o.restarts.first_delay = o.restarts.longest_delay = 1ms;
    o.restarts.limit = 0;
    o.most_deaths = 0;  // they die of us, and not of a message
    o.unresponsive_after = 500ms;
    o.ready_kind = test::ready_kind;
    o.on_event = [this](const supervisor_event& e) { happened(e); };
    return o;
  }

  /// In the supervisor's strand: the process is not reaped before this returns, so its number is its own.
  void happened(const supervisor_event& e) {
    using type = supervisor_event::type;
    if (settings_.verbose) std::clog << e.message + "\n";
    if (e.what == type::ended && !ending_) {
      ++totals_.cycles;
    } else if (e.what == type::ready) {
      const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, e.pid, 0));
      asio::post(strand_, [self = weak_from_this(), pidfd] {
        if (const auto me = self.lock()) me->kill_some_time(pidfd);
        else ::close(pidfd);
      });
    } else if (e.what == type::set_aside) {
      ++totals_.set_aside;
    }
  }

  void kill_some_time(int pidfd) {
    const auto us = std::exponential_distribution<double>(1.0 / 15000)(random_);
    timer_.expires_after(std::chrono::microseconds(static_cast<long>(us)));
    timer_.async_wait([this, self = shared_from_this(), pidfd](error_code) {
      if (totals_.cycles < settings_.cycles) {
        const auto which = std::uniform_int_distribution<std::size_t>(0, ways.size() - 1)(random_);
        if (::syscall(SYS_pidfd_send_signal, pidfd, ways[which].signal, nullptr, 0) == 0) ++totals_.by_way[which];
      }
      ::close(pidfd);
    });
  }

  std::size_t some_size() {
    const auto dice = std::uniform_int_distribution<int>(0, 499)(random_);
    return std::uniform_int_distribution<std::size_t>(0, dice == 0 ? 200'000 : dice < 100 ? 4'000 : 200)(random_);
  }

  bool over() const { return totals_.cycles >= settings_.cycles; }

  asio::awaitable<void> send() {
    while (!over()) {
      const auto bytes = test::make_load(sent_, some_size());
      co_await supervisor_.async_send(asio::buffer(bytes), use_awaitable);
      ++sent_;
      ++totals_.sent;
    }
    sending_ = false;
    ending_ = true;
    end_if_done();
  }

  asio::awaitable<void> request() {
    for (std::uint64_t n = 0; !over(); ++n) {
      const auto bytes = test::make_load(n, some_size());
      std::vector<std::byte> reply;
      try {
        co_await supervisor_.async_request(asio::buffer(bytes), 0, asio::dynamic_buffer(reply), use_awaitable);
        ++totals_.requests;
        if (reply != bytes) ++totals_.damaged;
      } catch (const std::exception& e) {
        ++totals_.failed;
        std::cerr << "a request: " << e.what() << std::endl;
      }
    }
    requesting_ = false;
    end_if_done();
  }

  /// Each message comes back, in order. A successor may send the last one of its predecessor once more: that one had sent
  /// it, and not yet released what it was the answer to.
  asio::awaitable<void> receive() {
    std::uint64_t incarnation = 0;
    for (;;) {
      supervised_message m;
      try {
        m = co_await supervisor_.async_receive_message(use_awaitable);
      } catch (const system_error& e) {
        if (e.code() != error::closed) std::cerr << "receiving: " << e.what() << std::endl;
        break;
      }
      if (m.kind == test::damaged_kind || !test::intact(m.bytes)) {
        ++totals_.damaged;
        continue;
      }
      const auto number = test::number_of(m.bytes);
      const bool first_of_its_plugin = std::exchange(incarnation, m.incarnation) != m.incarnation;
      if (number == received_) {
        ++received_;
        ++totals_.delivered;
      } else if (number + 1 == received_ && first_of_its_plugin) {
        ++totals_.again;
      } else if (number > received_) {
        received_ = number + 1;  // those before it are lost
        ++totals_.delivered;
      } else if (first_of_its_plugin || number + 1 == received_) {
        ++totals_.doubled;
      } else {
        ++totals_.out_of_order;
      }
      end_if_done();
    }
  }

  void end_if_done() {
    if (sending_ || requesting_ || received_ < sent_ || stopped_) return;
    stopped_ = true;
    supervisor_.async_stop([self = shared_from_this()](error_code) {});
  }

  const settings& settings_;
  totals& totals_;
  asio::strand<asio::io_context::executor_type> strand_;
  std::mt19937_64 random_;
  asio::steady_timer timer_;
  std::uint64_t sent_ = 0, received_ = 0;
  bool sending_ = true, requesting_ = true, stopped_ = false;
  std::atomic<bool> ending_{false};
  supervisor supervisor_;
};

/// Runs the context to its end. False: nothing has moved for a minute, since something is lost that is waited for.
bool run(asio::io_context& context, unsigned count, const totals& t) {
  struct counted {
    std::mutex mutex;
    std::condition_variable changed;
    unsigned running;
  };
  const auto c = std::make_shared<counted>();  // it may outlive this call
  c->running = count;
  std::vector<std::thread> threads;
  for (unsigned n = 0; n != count; ++n) {
    threads.emplace_back([&context, c] {
      context.run();
      const std::lock_guard lock(c->mutex);
      --c->running;
      c->changed.notify_one();
    });
  }
  std::unique_lock lock(c->mutex);
  for (std::uint64_t before = 0, seconds = 0; !c->changed.wait_for(lock, 1s, [&] { return c->running == 0; });
       ++seconds) {
    const std::uint64_t now = t.sent + t.delivered + t.requests + t.cycles;
    if (std::exchange(before, now) != now) seconds = 0;
    if (seconds < 60) continue;
    for (auto& one : threads) one.detach();
    return false;
  }
  lock.unlock();
  for (auto& one : threads) one.join();
  return true;
}

int children_left() {
  int count = 0;
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0) {
    ++count;
    if (info.si_pid == 0) break;  // it runs still
    info = {};
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const auto s = test::parse_settings(argc, argv);
  if (s.hosts != 0) {
    std::cout << "seed " << s.seed << std::endl;
    return test::kill_hosts(s.hosts, s.seed, s.patience, s.verbose);
  }
  std::cout << "seed " << s.seed << ", " << s.plugins << " plugins, " << s.threads << " threads" << std::endl;
  set_diagnostics_sink({});
  totals t, ignored;
  settings once = s;
  once.cycles = 1;
  {  // what a process makes once, and keeps
    asio::io_context context;
    std::make_shared<session>(context, once, s.plugins, ignored)->start();
    context.run();
  }
  const auto descriptors_before = test::open_descriptors();
  const int mappings_before = test::mappings("memfd");
  bool moving = true;
  {
    auto context = std::make_unique<asio::io_context>(static_cast<int>(s.threads));
    for (unsigned n = 0; n != s.plugins; ++n) std::make_shared<session>(*context, s, n, t)->start();
    moving = run(*context, s.threads, t);
    if (!moving) context.release();  // it is at work still
  }
  const auto leaked_descriptors = test::open_descriptors() - descriptors_before;
  const int leaked_mappings = test::mappings("memfd") - mappings_before;
  const int leaked_processes = children_left();
  const auto lost = t.sent - t.delivered;

  std::cout << "deaths by";
  for (std::size_t i = 0; i != ways.size(); ++i)
    std::cout << (i == 0 ? " " : ", ") << ways[i].name << ' ' << t.by_way[i];
  std::cout << "\nrequests answered " << t.requests << ", failed " << t.failed
            << "; messages that a successor answered again " << t.again << ", set aside " << t.set_aside << ", damaged "
            << t.damaged << '\n';
  if (!moving)
    std::cout << "nothing has moved for a minute: what is lost, or was never answered, is still waited for\n";
  std::cout << "cycles " << t.cycles << ", sent " << t.sent << ", delivered " << t.delivered << ", lost " << lost
            << ", doubled " << t.doubled << ", out of order " << t.out_of_order << ", leaked descriptors "
            << leaked_descriptors << ", leaked mappings " << leaked_mappings << ", leaked processes "
            << leaked_processes << std::endl;
  const bool well = moving && t.cycles >= s.cycles && lost == 0 && t.doubled == 0 && t.out_of_order == 0 &&
                    t.damaged == 0 && t.failed == 0 && t.set_aside == 0 && leaked_descriptors == 0 &&
                    leaked_mappings == 0 && leaked_processes == 0;
  if (!moving) std::_Exit(EXIT_FAILURE);  // there are threads at work still
  return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
