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

/// All rows of a run, for people and for programs.
class report {
 public:
  row& add(row r);
  /// A peer that there are no figures of.
  void add_missing(std::string name) { missing_.push_back(std::move(name)); }
  bool empty() const { return rows_.empty(); }

  /// Tables, one for each measure.
  void print() const;
  /// How the figures stand to those of an earlier run. Throws if the file cannot be read.
  void compare(const std::string& path) const;
  void write_json(const std::string& path) const;

  /// As `--json` and `--compare` say, after the tables.
  void finish(const options&) const;

 private:
  std::vector<row> rows_;
  std::vector<std::string> missing_;
};

/// Prints what machine this is.
void print_machine();

}  // namespace belfry::bench

#endif
