// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../subjects/subjects.hpp"
#include "../support/counted_instructions.hpp"
#include "../support/idle.hpp"
#include "../support/shared_memory.hpp"
#include "commands.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What belfry must reach. Each line is a ratio of two figures of the same round, so that it says something on a noisy
// machine, too; the median of the rounds' ratios decides.

namespace belfry::bench {
namespace {

/// What is measured once a round: a figure of a subject.
struct figure_of {
  std::string name;
  std::function<double()> measure;
};

struct line {
  std::string what;
  bool at_most;  ///< Else at least.
  double goal;
  std::string of;         ///< Names of figures.
  std::string beside{};   ///< Empty: the figure itself counts.
  std::string missing{};  ///< Why it cannot be measured.
};

class checker {
 public:
  checker(const options& o) : options_(o), subjects_(all_subjects()) {}

  void run(report& r) {
    if (has_two()) {
      sleeping_and_spinning(on_two(), "two cores");
      streams(on_two());
    } else {
      std::printf("Only one processor may be used: what needs two is left out.\n");
    }
    sleeping(on_one(), "one core");
    idle();
    system_calls();
    instruction_counts();

    for (int round = 0; round != options_.rounds; ++round) {
      for (const auto& f : figures_) values_[f.name].push_back(f.measure());
    }
    report_all(r);
  }

 private:
  // Figures.

  /// Microseconds there and back.
  std::string round_trip(const std::string& name, const std::string& policy, placement where, std::size_t size = 64) {
    return add("rtt " + name + " " + policy, where, size, [this, name, policy, where, size] {
      shared<outcome> o;
      find(subjects_, name, policy).ping_pong({.size = size, .where = where, .time = options_.time}, *o);
      return o->latency.quantile(0.5) / 1000;
    });
  }
  /// Millions of messages a second.
  std::string rate(const std::string& name, const std::string& policy, placement where, std::size_t size) {
    return add("rate " + name + " " + policy, where, size, [this, name, policy, where, size] {
      shared<outcome> o;
      find(subjects_, name, policy).throughput({.size = size, .where = where, .time = options_.time}, *o);
      return o->rate / 1e6;
    });
  }
  std::string add(std::string name, placement where, std::size_t size, std::function<double()> measure) {
    name += " " + std::to_string(size) + " " + std::to_string(where.processors());
    known_[name] = std::move(measure);
    return name;
  }

  // Lines.

  void expect_at_most(const std::string& what, double goal, const std::string& of, const std::string& beside = {}) {
    add_line({what, true, goal, of, beside});
  }
  void expect_at_least(const std::string& what, double goal, const std::string& of, const std::string& beside) {
    add_line({what, false, goal, of, beside});
  }
  void add_missing_line(const std::string& what, const std::string& why) {
    if (options_.wants(what)) lines_.push_back({what, true, 0, {}, {}, why});
  }
  void add_line(line l) {
    if (!options_.wants(l.what)) return;
    for (const auto& name : {l.of, l.beside}) {
      const bool there = std::any_of(figures_.begin(), figures_.end(), [&](const auto& f) { return f.name == name; });
      if (!name.empty() && !there) figures_.push_back({name, known_.at(name)});
    }
    lines_.push_back(std::move(l));
  }
  bool has(const std::string& name, const std::string& policy) const {
    return std::any_of(subjects_.all.begin(), subjects_.all.end(),
                       [&](const auto& s) { return s.name == name && s.policy == policy; });
  }

  void sleeping(placement where, const std::string& place) {
    const auto datagrams = round_trip("SOCK_DGRAM", "block", where);
    const bool one = where.processors() == 1;
    expect_at_most("round trip, 64 B, sleeping, " + place + ": blocking / SOCK_DGRAM", one ? 0.85 : 1.05,
                   round_trip("belfry", "block", where), datagrams);
    const auto coroutines = round_trip("belfry, coroutines", "block", where);
    if (one) {
      expect_at_most("round trip, 64 B, sleeping, " + place + ": coroutines / Asio's on a stream", 1, coroutines,
                     round_trip("Boost.Asio stream, coroutines", "block", where));
    } else {
      expect_at_most("round trip, 64 B, sleeping, " + place + ": coroutines / SOCK_DGRAM", 1.2, coroutines, datagrams);
    }
    expect_at_most("doorbell alone, coroutines, " + place + ": belfry / Asio's on a stream", 1,
                   round_trip("belfry's doorbell, coroutines", "block", where, 8),
                   round_trip("Boost.Asio one byte, coroutines", "block", where, 8));
  }

  void sleeping_and_spinning(placement two, const std::string& place) {
    const auto spinning = round_trip("belfry", "spin", two);
    expect_at_most("round trip, 64 B, spinning, two cores: belfry / cache line", 1.25, spinning,
                   round_trip("cache line", "spin", two));
    expect_at_most("round trip, 64 B, spinning, two cores: belfry / Boost.Lockfree", 0.7, spinning,
                   round_trip("Boost.Lockfree spsc_queue", "spin", two));
    sleeping(two, place);
    expect_at_most("round trip, 64 B, two cores: default policy / spinning", 1.3, round_trip("belfry", "adaptive", two),
                   spinning);
  }

  void streams(placement two) {
    const auto single = rate("belfry", "adaptive", two, 64);
    expect_at_least("throughput, 64 B, a message a call: belfry / Boost.Lockfree", 2.5, single,
                    rate("Boost.Lockfree spsc_queue", "spin", two, 64));
    expect_at_least("throughput, 64 B, a message a call: belfry / Boost.Interprocess message_queue", 10, single,
                    rate("Boost.Interprocess message_queue", "block", two, 64));
    const std::string zeromq = "throughput, 64 B, a message a call: belfry / ZeroMQ";
    if (has("ZeroMQ PAIR, ipc", "block")) {
      expect_at_least(zeromq, 12, single, rate("ZeroMQ PAIR, ipc", "block", two, 64));
    } else {
      add_missing_line(zeromq, "ZeroMQ is not installed");
    }
    expect_at_least("throughput, 8 B: batches of 16 / a message a call", 2,
                    rate("belfry, batches of 16", "adaptive", two, 8), rate("belfry", "adaptive", two, 8));
    expect_at_least("throughput, 4 KiB, copied: belfry / two memcpy", 0.8, rate("belfry", "adaptive", two, 4096),
                    rate("two memcpy", "spin", two, 4096));
    expect_at_least("throughput, 1 MiB, in place: belfry / memory by turns", 0.9,
                    rate("belfry, in place", "adaptive", two, 1 << 20), rate("memory by turns", "spin", two, 1 << 20));
  }

  void idle() {
    const auto time = std::min<std::chrono::nanoseconds>(options_.time * 2, std::chrono::seconds(1));
    known_["idle"] = [time] { return idle_cpu_ns(wait_policy::adaptive, way_to_wait::blocking, time); };
    known_["idle loop"] = [time] { return idle_cpu_ns(wait_policy::adaptive, way_to_wait::event_loop, time); };
    expect_at_most("idle, default policy: processor time used, in ns", 0, "idle");
    expect_at_most("idle, default policy, in an event loop: processor time used, in ns", 0, "idle loop");
  }

  void system_calls() {
    const std::string what = "throughput, 64 B, a message a call: system calls a message, both sides";
    if (!has_two()) return;
    if (!can_count_system_calls()) {
      return add_missing_line(what, "the system does not let this user count system calls");
    }
    known_["system calls"] = [this] {
      shared<outcome> o;
      find(subjects_, "belfry", "adaptive")
          .throughput({.size = 64, .where = on_two(), .time = options_.time, .count_system_calls = true}, *o);
      return static_cast<double>(o->first.system_calls + o->second.system_calls) /
             static_cast<double>(o->first.messages);
    };
    expect_at_most(what, 0.001, "system calls");
  }

  void instruction_counts() {
    const std::string send = "instructions of sending one message, 64 B";
    const std::string receive = "instructions of receiving one message, 64 B";
    if (!options_.wants(send) && !options_.wants(receive)) return;
    const auto counted = options_.quick ? std::nullopt : count_instructions();
    if (!counted) {
      const std::string why = options_.quick ? "it takes too long for a quick look" : "there is no valgrind here";
      add_missing_line(send, why);
      add_missing_line(receive, why);
      return;
    }
    known_["send"] = [n = counted->send] { return n; };
    known_["receive"] = [n = counted->receive] { return n; };
    expect_at_most(send, 60, "send");
    expect_at_most(receive, 60, "receive");
  }

  // The table.

  void report_all(report& r) const {
    for (const auto& l : lines_) {
      goal_row g{.what = l.what, .missing = l.missing};
      if (g.missing.empty()) {
        std::vector<double> ratios = values_.at(l.of);
        if (!l.beside.empty()) {
          const auto& others = values_.at(l.beside);
          for (std::size_t i = 0; i != ratios.size(); ++i) ratios[i] /= others[i];
          g.figures = short_text(median(values_.at(l.of))) + " / " + short_text(median(others));
        }
        g.goal = (l.at_most ? "at most " : "at least ") + short_text(l.goal);
        g.measured = median(ratios);
        g.met = l.at_most ? g.measured <= l.goal : g.measured >= l.goal;
        const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
        g.least = *least;
        g.most = *most;
      }
      r.add(std::move(g));
    }
  }

  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
  static std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
  }

  const options& options_;
  subjects subjects_;
  std::map<std::string, std::function<double()>> known_;
  std::vector<figure_of> figures_;
  std::map<std::string, std::vector<double>> values_;
  std::vector<line> lines_;
};

}  // namespace

void check_goals(const options& o, report& r) { checker(o).run(r); }

}  // namespace belfry::bench
