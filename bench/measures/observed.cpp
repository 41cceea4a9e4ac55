// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/processors.hpp"
#include "../support/shared_memory.hpp"
#include "../support/two_sides.hpp"
#include "commands.hpp"

#include <belfry/guest.hpp>
#include <belfry/launcher.hpp>
#include <belfry/observer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// What it costs a channel that others look on, as `belfry top` does. The program is the host, and launches itself as the
// plugin and as the onlooker. Host and plugin have a processor each; the onlooker runs where the system lets it, and so
// takes its time from one of them.

namespace belfry::bench {
namespace {

constexpr std::size_t size = 64;

using clock_type = std::chrono::steady_clock;

boost::asio::io_context& context() {
  static boost::asio::io_context one;
  return one;
}

launch_options self(std::vector<std::string> arguments) {
  launch_options options;
  options.executable = "/proc/self/exe";
  arguments.insert(arguments.begin(), observed_role);
  options.arguments = std::move(arguments);
  options.channel.outgoing_capacity = 256 * 1024;
  return options;
}

/// Receives until there is nothing more, and answers each message of kind 1.
int be_plugin(int processor) {
  pin_to(processor);
  auto host = guest::attach_or_exit(context().get_executor());
  error_code ec;
  while (const auto message = host.receiver().peek(ec)) {
    const bool answer = message.kind() == 1;
    host.receiver().release();
    if (answer) host.sender().send(boost::asio::buffer("x", 1), ec);
  }
  return EXIT_SUCCESS;
}

/// Looks on until the host is gone.
int be_onlooker(std::chrono::milliseconds interval, const placement& where) {
  allow_only({where.first, where.second});  // its host may be allowed less
  auto host = guest::attach_or_exit(context().get_executor());
  observer eyes;
  host.sender().send(boost::asio::buffer("x", 1));
  while (host.is_open()) {
    if (eyes.look().empty()) throw std::runtime_error("it sees nothing");
    std::this_thread::sleep_for(interval);
  }
  return EXIT_SUCCESS;
}

/// Millions of messages a second.
double rate(plugin& p, std::chrono::milliseconds time) {
  constexpr std::uint64_t between_looks_at_the_clock = 4096;
  const std::string message(size, 'x');
  auto& out = p.channel().sender();
  const auto start = clock_type::now();
  std::uint64_t count = 0;
  for (; count % between_looks_at_the_clock != 0 || count == 0 || clock_type::now() - start < time; ++count) {
    out.send(boost::asio::buffer(message));
  }
  out.send(boost::asio::buffer("x", 1), 1);
  std::string answer;
  p.channel().receiver().receive(boost::asio::dynamic_buffer(answer));
  return static_cast<double>(count) / std::chrono::duration<double, std::micro>(clock_type::now() - start).count();
}

double rate_seen_every(std::optional<std::chrono::milliseconds> interval, std::chrono::milliseconds time,
                       const placement& where) {
  pin_to(where.first);
  launcher launch(context().get_executor());
  plugin onlooker;
  if (interval) {
    auto options = self(
        {"onlooker", std::to_string(interval->count()), std::to_string(where.first), std::to_string(where.second)});
    options.name = "onlooker";
    onlooker = launch.launch(options);
    std::string ready;
    onlooker.channel().receiver().receive(boost::asio::dynamic_buffer(ready));
  }
  auto p = launch.launch(self({"plugin", std::to_string(where.second)}));
  rate(p, time / 10);
  return rate(p, time);
}

}  // namespace

void measure_observed(const options& o, report& r) {
  using std::chrono::milliseconds;
  struct {
    const char* who;
    std::optional<milliseconds> interval;
  } const cases[] = {{"nobody looks on", std::nullopt},
                     {"a look a second", milliseconds(1000)},
                     {"20 looks a second", milliseconds(50)}};
  const placement where = has_two() ? on_two() : on_one();
  std::vector<std::vector<double>> rates(std::size(cases));
  for (int round = 0; round != o.rounds; ++round) {
    for (std::size_t i = 0; i != std::size(cases); ++i) {
      if (!o.wants(cases[i].who)) continue;
      shared<double> found;
      in_a_process([&] { *found = rate_seen_every(cases[i].interval, o.time, where); });
      rates[i].push_back(*found);
    }
  }
  for (std::size_t i = 0; i != std::size(cases); ++i) {
    if (rates[i].empty()) continue;
    row& result = r.add({cases[i].who, "observed", size, where.processors(), "adaptive", "million messages/s"});
    result.rounds = rates[i];
  }
}

int play_observed_role(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[1] == "plugin") return be_plugin(std::stoi(words[2]));
  if (words.size() == 5 && words[1] == "onlooker") {
    return be_onlooker(std::chrono::milliseconds(std::stoi(words[2])), {std::stoi(words[3]), std::stoi(words[4])});
  }
  throw usage_error("it plays this role for itself only");
}

}  // namespace belfry::bench
