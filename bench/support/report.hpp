// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_REPORT_HPP
#define BELFRY_BENCH_SUPPORT_REPORT_HPP

#include "processors.hpp"
#include "samples.hpp"

#include <belfry/version.hpp>

#include <boost/version.hpp>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/utsname.h>

namespace belfry::bench {

struct row {
  std::string subject;  ///< Who.
  std::string measure;  ///< What.
  std::size_t size;     ///< Bytes of a message.
  int cores;            ///< Processors that both sides together use.
  std::string policy;   ///< How it waits; empty where that is no question.
  std::string unit;
  samples figures{};
  std::string note{};  ///< For the table only.
};

/// All rows of a run, for people and for programs.
class report {
 public:
  row& add(row r) {
    rows_.push_back(std::move(r));
    return rows_.back();
  }

  /// A table; each figure beside that of the row `baseline` (by subject) with the same size and cores, if there is one.
  void print(const std::string& baseline) const {
    std::printf("%-34s %-10s %8s %6s %12s %12s  %s\n", "subject", "waits", "bytes", "cores", "median", "p99",
                ("beside " + baseline).c_str());
    for (const auto& r : rows_) {
      std::printf("%-34s %-10s %8zu %6d %12.3f %12.3f  ", r.subject.c_str(), r.policy.c_str(), r.size, r.cores,
                  r.figures.quantile(0.5), r.figures.quantile(0.99));
      for (const auto& b : rows_) {
        if (b.subject == baseline && b.size == r.size && b.cores == r.cores && b.measure == r.measure) {
          std::printf("%.2f", r.figures.quantile(0.5) / b.figures.quantile(0.5));
        }
      }
      std::printf("  %s\n", r.note.c_str());
    }
    if (!rows_.empty()) std::printf("(%s, in %s)\n", rows_.front().measure.c_str(), rows_.front().unit.c_str());
  }

  void write_json(const std::string& path) const {
    std::ofstream out(path);
    utsname system{};
    ::uname(&system);
    out << "{\n  \"machine\": {\"processor\": " << quoted(processor()) << ", \"cores\": " << usable_processors().size()
        << ", \"kernel\": " << quoted(system.release) << ", \"compiler\": " << quoted(__VERSION__)
        << ", \"boost\": " << quoted(BOOST_LIB_VERSION) << ", \"belfry\": " << quoted(BELFRY_VERSION_STRING)
        << "},\n  \"rows\": [";
    const char* separator = "\n";
    for (const auto& r : rows_) {
      out << separator << "    {\"subject\": " << quoted(r.subject) << ", \"measure\": " << quoted(r.measure)
          << ", \"size\": " << r.size << ", \"cores\": " << r.cores << ", \"policy\": " << quoted(r.policy)
          << ", \"p50\": " << r.figures.quantile(0.5) << ", \"p99\": " << r.figures.quantile(0.99)
          << ", \"unit\": " << quoted(r.unit) << "}";
      separator = ",\n";
    }
    out << "\n  ]\n}\n";
    if (!out.flush()) throw std::runtime_error("cannot write " + path);
  }

 private:
  static std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') result += '\\';
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return result + '"';
  }

  static std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
      if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    }
    return "unknown";
  }

  std::vector<row> rows_;
};

}  // namespace belfry::bench

#endif
