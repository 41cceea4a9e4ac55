// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_SAMPLES_HPP
#define BELFRY_BENCH_SUPPORT_SAMPLES_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace belfry::bench {

using clock = std::chrono::steady_clock;

inline double microseconds_since(clock::time_point start) {
  return std::chrono::duration<double, std::micro>(clock::now() - start).count();
}

/// The figures of one row, from all rounds.
class samples {
 public:
  void add(double value) { values_.push_back(value); }
  void add(const samples& other) { values_.insert(values_.end(), other.values_.begin(), other.values_.end()); }
  bool empty() const { return values_.empty(); }

  /// The value below which `share` of all lie.
  double quantile(double share) const {
    if (values_.empty()) return 0;
    auto sorted = values_;
    const auto place = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place), sorted.end());
    return sorted[place];
  }

 private:
  std::vector<double> values_;
};

}  // namespace belfry::bench

#endif
