// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "report.hpp"

#include "machine.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <tuple>

namespace belfry::bench {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result + '"';
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

bool is_rate(const row& r) { return r.unit.ends_with("messages/s"); }

std::string three_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// For JSON: null if nothing was measured.
std::string value_or_null(const row& r, double value) {
  if (r.rounds.empty()) return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// With as many digits as say something.
std::string figure(double value) {
  char text[32];
  std::snprintf(text, sizeof text,
                value < 0.1     ? "%.3g"
                : value < 10    ? "%.3f"
                : value < 100   ? "%.2f"
                : value < 10000 ? "%.1f"
                                : "%.0f",
                value);
  return text;
}

}  // namespace

void row::add(const histogram& round) {
  if (!samples) samples = std::make_shared<histogram>();
  samples->add(round);
  rounds.push_back(round.quantile(0.5) / 1000);
}

double row::quantile(double share) const {
  if (samples) return samples->quantile(share) / 1000;
  if (rounds.empty()) return 0;
  if (share <= 0.5) return median(rounds);
  return is_rate(*this) ? *std::min_element(rounds.begin(), rounds.end())
                        : *std::max_element(rounds.begin(), rounds.end());
}

row& report::add(row r) {
  rows_.push_back(std::move(r));
  return rows_.back();
}

void report::add_missing(const std::string& name) {
  if (std::find(missing_.begin(), missing_.end(), name) == missing_.end()) missing_.push_back(name);
}

void report::print() const {
  std::string measure;
  for (const auto& r : rows_) {
    if (r.measure != measure) {
      measure = r.measure;
      std::printf("\n%s, in %s\n%-34s %-10s %9s %5s %11s %11s %11s  %s\n", measure.c_str(), r.unit.c_str(), "subject",
                  "waits", "bytes", "cores", "median", is_rate(r) ? "least" : "p99", is_rate(r) ? "" : "p99.9",
                  "medians of the rounds");
    }
    if (r.rounds.empty()) {
      std::printf("%-34s %-10s %9zu %5d %11s  %s\n", r.subject.c_str(), r.policy.c_str(), r.size, r.cores, "none",
                  r.note.c_str());
      continue;
    }
    const auto [least, most] = std::minmax_element(r.rounds.begin(), r.rounds.end());
    std::printf("%-34s %-10s %9zu %5d %11s %11s %11s  %s to %s  %s\n", r.subject.c_str(), r.policy.c_str(), r.size,
                r.cores, figure(r.p50()).c_str(), figure(r.p99()).c_str(), is_rate(r) ? "" : figure(r.p999()).c_str(),
                figure(*least).c_str(), figure(*most).c_str(), r.note.c_str());
  }
  for (const auto& name : missing_) std::printf("missing: %s\n", name.c_str());
  if (!goals_.empty()) print_goals();
}

void report::print_goals() const {
  std::printf("\n%-79s %-14s %8s  %-18s %-8s %s\n", "what", "goal", "measured", "spread", "", "figures");
  int met = 0, failed = 0, unknown = 0;
  for (const auto& g : goals_) {
    if (!g.missing.empty()) {
      ++unknown;
      std::printf("%-79s not measured: %s\n", g.what.c_str(), g.missing.c_str());
      continue;
    }
    ++(g.met ? met : failed);
    const std::string spread = three_digits(g.least) + " to " + three_digits(g.most);
    std::printf("%-79s %-14s %8s  %-18s %-8s %s\n", g.what.c_str(), g.goal.c_str(), three_digits(g.measured).c_str(),
                spread.c_str(), g.met ? "met" : "NOT MET", g.figures.c_str());
  }
  std::printf("%d of %zu met, %d not met, %d not measured\n", met, goals_.size(), failed, unknown);
}

void report::write_json(const std::string& path) const {
  std::ofstream out(path);
  out << "{\n  \"machine\": {";
  const char* separator = "\n    ";
  for (const auto& [name, value] : machine()) {
    const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    out << separator << quoted(name) << ": " << (is_number ? value : quoted(value));
    separator = ",\n    ";
  }
  out << "\n  },\n  \"missing\": [";
  separator = "";
  for (const auto& name : missing_) {
    out << separator << quoted(name);
    separator = ", ";
  }
  out << "],\n  \"rows\": [";
  separator = "\n    ";
  for (const auto& r : rows_) {
    out << separator << "{\"subject\": " << quoted(r.subject) << ", \"measure\": " << quoted(r.measure)
        << ", \"size\": " << r.size << ", \"cores\": " << r.cores << ", \"policy\": " << quoted(r.policy)
        << ", \"p50\": " << value_or_null(r, r.p50()) << ", \"p99\": " << value_or_null(r, r.p99())
        << ", \"p999\": " << value_or_null(r, r.p999()) << ", \"unit\": " << quoted(r.unit)
        << ", \"note\": " << quoted(r.note) << ", \"rounds\": [";
    const char* comma = "";
    for (const double value : r.rounds) {
      out << comma << value;
      comma = ", ";
    }
    out << "]}";
    separator = ",\n    ";
  }
  out << "\n  ]";
  if (!goals_.empty()) {
    out << ",\n  \"goals\": [";
    separator = "\n    ";
    for (const auto& g : goals_) {
      out << separator << "{\"what\": " << quoted(g.what);
      if (g.missing.empty()) {
        out << ", \"goal\": " << quoted(g.goal) << ", \"measured\": " << g.measured << ", \"least\": " << g.least
            << ", \"most\": " << g.most << ", \"met\": " << (g.met ? "true" : "false")
            << ", \"figures\": " << quoted(g.figures) << "}";
      } else {
        out << ", \"missing\": " << quoted(g.missing) << "}";
      }
      separator = ",\n    ";
    }
    out << "\n  ]";
  }
  out << "\n}\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

void report::compare(const std::string& path) const {
  using key = std::tuple<std::string, std::string, std::size_t, int, std::string, std::string>;
  boost::property_tree::ptree old;
  boost::property_tree::read_json(path, old);
  std::map<key, double> before;
  for (const auto& [name, r] : old.get_child("rows")) {
    // One that could not be measured has null.
    const auto figure_then = r.get_optional<double>("p50");
    if (!figure_then) continue;
    before[{r.get<std::string>("subject"), r.get<std::string>("measure"), r.get<std::size_t>("size"),
            r.get<int>("cores"), r.get<std::string>("policy"), r.get<std::string>("unit")}] = *figure_then;
  }
  std::printf("\nbeside %s\n%-34s %-34s %-10s %9s %5s %11s %11s %8s\n", path.c_str(), "measure", "subject", "waits",
              "bytes", "cores", "then", "now", "ratio");
  for (const auto& r : rows_) {
    const auto found = before.find({r.subject, r.measure, r.size, r.cores, r.policy, r.unit});
    if (found == before.end() || r.rounds.empty()) continue;
    std::printf("%-34s %-34s %-10s %9zu %5d %11s %11s %8.3f\n", r.measure.c_str(), r.subject.c_str(), r.policy.c_str(),
                r.size, r.cores, figure(found->second).c_str(), figure(r.p50()).c_str(), r.p50() / found->second);
  }
}

void report::finish(const options& o) const {
  print();
  if (!o.json.empty()) write_json(o.json);
  if (!o.compare.empty()) compare(o.compare);
}

void print_machine() {
  for (const auto& [name, value] : machine()) std::printf("%-10s %s\n", name.c_str(), value.c_str());
  std::fflush(stdout);
}

}  // namespace belfry::bench
