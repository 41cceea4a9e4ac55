// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "top_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <set>
#include <string_view>

namespace belfry::tool {
namespace {

template <class... Values>
std::string print(const char* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

/// A number in at most five characters: "999", "12.3k", "4.56M".
std::string brief(double value) {
  constexpr std::array units{"", "k", "M", "G", "T", "P", "E"};
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 != units.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return print("%.*f%s", decimals, value, units[unit]);
}

std::string brief(std::uint64_t value) { return brief(static_cast<double>(value)); }

std::string brief(std::chrono::nanoseconds time) {
  constexpr std::array units{"ns", "us", "ms", "s"};
  auto value = static_cast<double>(time.count());
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 != units.size()) {
    value /= 1000;
    ++unit;
  }
  return print("%.*f%s", value >= 9.95 ? 0 : 1, value, units[unit]);
}

std::string age(std::chrono::nanoseconds time) {
  const long long seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (seconds >= 24 * 3600) return print("%lldd%02lldh", seconds / 86400, seconds / 3600 % 24);
  if (seconds >= 3600) return print("%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return print("%lld:%02lld", seconds / 60, seconds % 60);
}

/// A name may have any bytes in it; a terminal should not get them.
std::string harmless(std::string_view text) {
  std::string result(text.empty() ? "-" : text);
  for (char& c : result) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return result;
}

std::string state(const observed_channel& c) {
  switch (c.condition) {
    case observed_condition::open: break;
    case observed_condition::plugin_closed: return "goodbye";
    case observed_condition::plugin_died: return "died";
    case observed_condition::violated: return "violated";
    case observed_condition::host_closed: return "closed";
  }
  if (c.process_state == 'T' || c.process_state == 't') return "stopped";
  if (c.process_state == 'Z' || c.process_state == 'X') return "ended";
  if (c.to_plugin.writer.waits || c.from_plugin.writer.waits) return "full";
  if (c.to_plugin.reader.waits) return "idle";
  return "busy";
}

std::string fill(const observed_direction& d) {
  if (d.capacity == 0) return "-";
  return print("%.0f%%", 100.0 * static_cast<double>(d.unread_bytes) / static_cast<double>(d.capacity));
}

std::string delay(const observed_direction& d) { return d.delay ? brief(*d.delay) : "-"; }

using row = std::vector<std::string>;

row headings() {
  return {"PLUGIN",  "PID",     "HOST",    "STATE",   "TO/s",   "FROM/s", "TO B/s",  "FROM B/s",
          "TO FILL", "FR FILL", "TO WAIT", "FR WAIT", "RING/s", "SLP/s",  "RESTART", "UP"};
}

row cells(const observed_channel& c) {
  const auto& to = c.to_plugin;
  const auto& from = c.from_plugin;
  return {harmless(c.name),
          std::to_string(c.pid),
          harmless(c.host) + ":" + std::to_string(c.host_pid),
          state(c),
          brief(to.messages_per_second),
          brief(from.messages_per_second),
          brief(to.bytes_per_second),
          brief(from.bytes_per_second),
          fill(to),
          fill(from),
          delay(to),
          delay(from),
          brief(to.rings_per_second + from.rings_per_second),
          brief(to.sleeps_per_second + from.sleeps_per_second),
          brief(c.restarts),
          age(c.uptime)};
}

bool is_text(std::size_t column) { return column == 0 || column == 2 || column == 3; }

}  // namespace

std::string top_summary(const std::vector<observed_channel>& channels) {
  std::set<int> hosts;
  double messages = 0;
  for (const auto& c : channels) {
    hosts.insert(c.host_pid);
    messages += c.to_plugin.messages_per_second + c.from_plugin.messages_per_second;
  }
  return "hosts: " + std::to_string(hosts.size()) + ", plugins: " + std::to_string(channels.size()) +
         ", messages a second: " + brief(messages);
}

std::vector<std::string> top_table(const std::vector<observed_channel>& channels) {
  constexpr std::size_t widest_text = 24;
  std::vector<row> rows{headings()};
  for (const auto& c : channels) {
    rows.push_back(cells(c));
    for (auto& cell : rows.back()) {
      if (cell.size() > widest_text) cell.resize(widest_text);
    }
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& r : rows) {
    for (std::size_t i = 0; i != r.size(); ++i) widths[i] = std::max(widths[i], r[i].size());
  }
  std::vector<std::string> lines;
  for (const auto& r : rows) {
    std::string line;
    for (std::size_t i = 0; i != r.size(); ++i) {
      const std::string padding(widths[i] - r[i].size(), ' ');
      if (i != 0) line += "  ";
      line += is_text(i) ? r[i] + padding : padding + r[i];
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace belfry::tool
