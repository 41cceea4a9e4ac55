// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_PACER_HPP
#define BELFRY_DETAIL_PACER_HPP

#include <algorithm>
#include <cstdint>

namespace belfry::detail {

/// How long to leave the peer alone between two looks. To look at a word takes its cache line away from who writes it. A
/// side that takes a stream loses nothing by letting some more come first; one that waits for an answer does.
class pacer {
 public:
  /// A wait begins. `messages` is what has gone this way so far; `answer`: what comes next answers something of ours.
  /// Returns the pauses before each look.
  unsigned begin(std::uint64_t messages, bool answer) noexcept {
    const std::uint64_t since = messages - before_;
    before_ = messages;
    if (answer) return pauses_for_answer;
    // Did it pay the last time? If single messages come, though slowly, it did not.
    if (paced_) {
      doubt_ = since >= 2 ? 0 : std::min(2 * doubt_ + 1, most_doubt);
      countdown_ = doubt_;
    }
    paced_ = countdown_ == 0;
    if (!paced_) --countdown_;
    return paced_ ? pauses : 1;
  }

  /// Of a stream.
  static constexpr unsigned pauses = 30;
  /// Without any, the processor runs so far ahead of the look that succeeds that it must throw much away.
  static constexpr unsigned pauses_for_answer = 2;
  /// Waits from one trial to the next, at most.
  static constexpr unsigned most_doubt = 63;

 private:
  std::uint64_t before_ = 0;
  bool paced_ = false;
  unsigned doubt_ = 0;      // waits between two trials; 0 as long as it pays
  unsigned countdown_ = 0;  // of these, what is left
};

}  // namespace belfry::detail

#endif
