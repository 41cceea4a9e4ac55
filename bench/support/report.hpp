// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_REPORT_HPP
#define BELFRY_BENCH_SUPPORT_REPORT_HPP

#include "histogram.hpp"
#include "options.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace belfry::bench {

/// One line of figures.
struct row {
  std::string subject;   ///< Who.
  std::string measure;   ///< What.
  std::size_t size = 0;  ///< Bytes of a message.
  int cores = 0;         ///< Processors that both sides together use.
  std::string policy{};  ///< How it waits.
  std::string unit{};
  std::string note{};  ///< For the table only.

  /// One figure of each round.
  std::vector<double> rounds{};
  /// Where each round has many samples, all of all rounds, in nanoseconds.
  std::shared_ptr<histogram> samples{};

  /// Takes a round's samples; its figure is their median, in microseconds.
  void add(const histogram& round);

  double p50() const { return quantile(0.5); }
  /// The value that 99 of 100 samples do not exceed. Where each round has one figure, the worst: the least of a rate, the
  /// greatest of all else.
  double p99() const { return quantile(0.99); }
  double p999() const { return quantile(0.999); }

 private:
  double quantile(double share) const;
};

/// Something that must be reached, and whether it was.
struct goal_row {
  std::string what;
  std::string goal{};   ///< "at most 1.25"
  double measured = 0;  ///< The median of all rounds,
  double least = 0;     ///< between these.
  double most = 0;
  bool met = false;
  std::string figures{};  ///< The two that were compared: "0.512 / 0.498".
  std::string missing{};  ///< Why it was not measured; empty if it was.
};

/// All rows of a run, for people and for programs.
class report {
 public:
  row& add(row r);
  void add(goal_row g) { goals_.push_back(std::move(g)); }
  /// A peer that there are no figures of.
  void add_missing(const std::string& name);

  /// Tables, one for each measure, and one of the goals.
  void print() const;
  /// How the figures stand to those of an earlier run. Throws if the file cannot be read.
  void compare(const std::string& path) const;
  void write_json(const std::string& path) const;

  /// As `--json` and `--compare` say, after the tables.
  void finish(const options&) const;

 private:
  void print_goals() const;

  std::vector<row> rows_;
  std::vector<goal_row> goals_;
  std::vector<std::string> missing_;
};

/// Prints what machine this is.
void print_machine();

}  // namespace belfry::bench

#endif
