// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_HISTOGRAM_HPP
#define BELFRY_BENCH_SUPPORT_HISTOGRAM_HPP

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace belfry::bench {

using clock = std::chrono::steady_clock;

inline double microseconds_since(clock::time_point start) {
  return std::chrono::duration<double, std::micro>(clock::now() - start).count();
}

/// Counts of durations in nanoseconds: every sample, in fixed memory, each known to 1 in 256. It may lie in shared memory.
/// Between two powers of two there are 256 places of equal width, as in HdrHistogram.
class histogram {
 public:
  void add(std::uint64_t nanoseconds) noexcept {
    ++counts_[std::min(place_of(nanoseconds), counts_.size() - 1)];
    ++total_;
  }
  void add(std::chrono::nanoseconds duration) noexcept {
    add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())));
  }
  void add(const histogram& other) noexcept {
    for (std::size_t i = 0; i != counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }
  void clear() noexcept { *this = {}; }

  std::uint64_t count() const noexcept { return total_; }

  /// Nanoseconds which `share` of all samples do not exceed; 0 if there is none.
  double quantile(double share) const noexcept {
    if (total_ == 0) return 0;
    auto left = static_cast<std::uint64_t>(share * static_cast<double>(total_ - 1)) + 1;
    std::size_t i = 0;
    for (; counts_[i] < left; ++i) left -= counts_[i];
    return middle_of(i);
  }

 private:
  static constexpr unsigned bits = 8;
  static constexpr std::size_t per_doubling = std::size_t{1} << bits;

  static std::size_t place_of(std::uint64_t value) noexcept {
    const unsigned width = static_cast<unsigned>(std::bit_width(value));
    if (width <= bits + 1) return value;
    const unsigned dropped = width - bits - 1;
    return dropped * per_doubling + (value >> dropped);
  }
  static double middle_of(std::size_t place) noexcept {
    if (place < 2 * per_doubling) return static_cast<double>(place);
    const std::size_t dropped = place / per_doubling - 1;
    const auto width = static_cast<double>(std::uint64_t{1} << dropped);
    return (static_cast<double>(place - dropped * per_doubling) + 0.5) * width;
  }

  std::array<std::uint64_t, 40 * per_doubling> counts_{};  // up to 2^47 ns, a day and more
  std::uint64_t total_ = 0;
};

}  // namespace belfry::bench

#endif
