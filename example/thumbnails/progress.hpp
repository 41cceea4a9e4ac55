// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_PROGRESS_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_PROGRESS_HPP

#include <cstddef>
#include <iostream>
#include <string>

#include <unistd.h>

namespace thumbnails {

/// How far it is, in the last line of a terminal; elsewhere nothing. On standard error, since the results go to standard
/// output.
class progress {
 public:
  explicit progress(std::size_t total) : total_(total) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// One more is done, by so many decoders at the moment.
  void advance(std::size_t decoders) {
    ++done_;
    decoders_ = decoders;
    draw();
  }

  /// Says something that is to stay.
  void say(const std::string& line) {
    clear();
    std::cerr << line + '\n' << std::flush;
    draw();
  }

  void clear() const {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  void draw() const {
    if (!shown_ || done_ == 0) return;
    constexpr std::size_t width = 30;
    const auto filled = done_ * width / total_;
    std::string bar;
    for (std::size_t i = 0; i != width; ++i) bar += i < filled ? '#' : '.';
    std::cerr << "\r\x1b[K[" + bar + "] " << done_ << " of " << total_ << ", " << decoders_ << " at work" << std::flush;
  }

  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t decoders_ = 0;
  bool shown_ = ::isatty(STDERR_FILENO) == 1;
};

}  // namespace thumbnails

#endif
