// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/guest_program.hpp"
#include "../support/histogram.hpp"
#include "../support/report.hpp"
#include "../support/two_sides.hpp"
#include "../support/usage.hpp"
#include "commands.hpp"

#include <belfry/launcher.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

// One host and 1, 10, 100, 1,000 plugins, in one event loop: what one more costs those that are there.

namespace belfry::bench {
namespace {

namespace asio = boost::asio;

/// A field of /proc/self/status, in bytes.
double memory_in_use(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return 1024.0 * std::stod(line.substr(line.find(':') + 1));
  }
  return 0;
}
/// Bytes of the shared memory that is mapped here, whether it was touched or not: it is reserved.
double shared_memory() {
  std::map<std::string, std::uint64_t> size_of;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:") == std::string::npos) continue;
    std::istringstream words(line);
    std::string range, rights, offset, device, inode;
    words >> range >> rights >> offset >> device >> inode;
    const auto dash = range.find('-');
    const auto length = std::stoull(range.substr(dash + 1), nullptr, 16) - std::stoull(range, nullptr, 16);
    // A ring is mapped twice.
    auto& size = size_of[inode];
    size = std::max<std::uint64_t>(size, std::stoull(offset, nullptr, 16) + length);
  }
  double sum = 0;
  for (const auto& [inode, size] : size_of) sum += static_cast<double>(size);
  return sum;
}
double memory_of_this_process() { return memory_in_use("RssAnon") + memory_in_use("VmPTE") + shared_memory(); }

double cpu_us_of(pid_t pid) {
  clockid_t which{};
  timespec t{};
  expect(::clock_getcpuclockid(pid, &which) == 0 && ::clock_gettime(which, &t) == 0);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

class crowd {
 public:
  explicit crowd(std::size_t count) {
    const double before = memory_of_this_process();
    launch_options options;
    options.executable = guest_program();
    options.arguments = {"--block"};
    launcher starter(context_.get_executor());
    const auto start = clock::now();
    for (std::size_t i = 0; i != count; ++i) {
      guests_.push_back(starter.launch(options));
      guests_.back().channel().set_wait_policy(wait_policy::block);
    }
    launch_us_ = microseconds_since(start) / static_cast<double>(count);
    // Each has exchanged something, so that what is made on first use is there.
    wake_each(nullptr);
    const double rings = 2.0 * static_cast<double>(options.channel.outgoing_capacity);
    memory_ = (memory_of_this_process() - before) / static_cast<double>(count) - rings;
  }

  double launch_us() const { return launch_us_; }
  /// Bytes that one guest takes beyond its rings: of the host's own memory, its page tables, and the memory shared.
  double memory() const { return memory_; }

  /// One after the other, each of which sleeps: there and back.
  void wake_each(histogram* h) {
    std::array<char, 64> message{};
    asio::co_spawn(
        context_,
        [&]() -> asio::awaitable<void> {
          for (auto& g : guests_) {
            const auto start = clock::now();
            co_await g.channel().sender().async_send(asio::buffer(message), asio::use_awaitable);
            co_await g.channel().receiver().async_receive(asio::buffer(message), asio::use_awaitable);
            if (h != nullptr) h->add(clock::now() - start);
          }
        },
        [](std::exception_ptr e) {
          if (e) std::rethrow_exception(e);
        });
    context_.restart();
    context_.run();
  }

  /// All at once, `messages` there and back over all: microseconds of the host's processor a message, each way.
  double talk(std::size_t messages) {
    const std::size_t each = std::max<std::size_t>(1, messages / guests_.size());
    usage_meter meter(false);
    for (auto& g : guests_) {
      asio::co_spawn(
          context_,
          [&g, each]() -> asio::awaitable<void> {
            std::array<char, 64> message{};
            for (std::size_t i = 0; i != each; ++i) {
              co_await g.channel().sender().async_send(asio::buffer(message), asio::use_awaitable);
              co_await g.channel().receiver().async_receive(asio::buffer(message), asio::use_awaitable);
            }
          },
          [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
          });
    }
    context_.restart();
    context_.run();
    const auto used = meter.so_far(2 * each * guests_.size());
    return used.cpu_us / static_cast<double>(used.messages);
  }

  struct idle_use {
    double host = 0;
    double guests = 0;
  };
  /// Microseconds of processor that the host, and all guests together, use in a second in which nothing is said; the host
  /// waits for all of them in its event loop.
  idle_use idle(std::chrono::nanoseconds time) {
    for (auto& g : guests_) g.channel().receiver().async_peek([](error_code, message_view) {});
    context_.restart();
    context_.run_for(std::chrono::milliseconds(20));
    const auto of_guests = [&] {
      double sum = 0;
      for (auto& g : guests_) sum += cpu_us_of(g.pid());
      return sum;
    };
    const double guests_before = of_guests();
    const double host_before = cpu_us_of(::getpid());
    context_.run_for(time);
    const double host = cpu_us_of(::getpid()) - host_before;
    const double guests = of_guests() - guests_before;
    for (auto& g : guests_) g.channel().receiver().cancel();
    context_.restart();
    context_.run_for(std::chrono::milliseconds(20));
    const double seconds = std::chrono::duration<double>(time).count();
    return {host / seconds, guests / seconds};
  }

 private:
  asio::io_context context_{1};
  std::vector<plugin> guests_;
  double launch_us_ = 0;
  double memory_ = 0;
};

void allow_many_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// What one process found with one crowd.
struct findings {
  histogram wake_up;
  double cpu_us = 0;
  double memory_kib = 0;
  double idle_host = 0;
  double idle_guests = 0;
  double launch_us = 0;
};

struct figure_kind {
  const char* measure;
  const char* unit;
  double findings::* value;  ///< Null: the samples of waking up.
};
constexpr figure_kind figure_kinds[] = {
    {"wake-up of one of many guests, there and back", "us", nullptr},
    {"host's processor time with many guests", "us a message", &findings::cpu_us},
    {"host's memory for a guest, beyond its rings", "KiB", &findings::memory_kib},
    {"processor time of all idle guests", "us a second", &findings::idle_guests},
    {"processor time of the host of idle guests", "us a second", &findings::idle_host},
    {"launch of one of many guests", "us", &findings::launch_us},
};

}  // namespace

void measure_guests(const options& o, report& r) {
  allow_many_descriptors();
  const int cores = has_two() ? 2 : 1;
  std::vector<std::vector<row>> rows(std::size(figure_kinds));
  for (const std::size_t count : {1U, 10U, 100U, 1000U}) {
    if (o.quick && count > 10) continue;
    const std::string subject = "belfry, " + std::to_string(count) + (count == 1 ? " guest" : " guests");
    if (!o.wants(subject)) continue;
    for (std::size_t i = 0; i != rows.size(); ++i) {
      rows[i].push_back({subject, figure_kinds[i].measure, 64, cores, "block", figure_kinds[i].unit});
    }
    const int rounds = count == 1000 ? std::min(o.rounds, 3) : o.rounds;
    for (int round = 0; round != rounds; ++round) {
      shared<findings> f;
      const auto measure = [&] {
        crowd c(count);
        f->launch_us = c.launch_us();
        f->memory_kib = c.memory() / 1024;
        const std::size_t laps = std::max<std::size_t>(1, (o.quick ? 20 : 2000) / count);
        for (std::size_t i = 0; i != laps; ++i) c.wake_each(&f->wake_up);
        f->cpu_us = c.talk(o.quick ? 100 : 20'000);
        const auto idle = c.idle(o.quick ? std::chrono::milliseconds(50) : std::chrono::milliseconds(500));
        f->idle_host = idle.host;
        f->idle_guests = idle.guests;
      };
      // Descriptors or processes may be too few here for so many; that says nothing about fewer.
      try {
        in_a_process(measure);
      } catch (const std::exception& e) {
        r.add_missing(subject + " (" + e.what() + ")");
        break;
      }
      for (std::size_t i = 0; i != rows.size(); ++i) {
        if (const auto value = figure_kinds[i].value) rows[i].back().rounds.push_back((*f).*value);
        else rows[i].back().add(f->wake_up);
      }
    }
  }
  for (auto& of_kind : rows) {
    for (auto& result : of_kind) r.add(std::move(result));
  }
}

}  // namespace belfry::bench
