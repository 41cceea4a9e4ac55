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

/// How far it is, in the last line of a terminal; elsewhere nothing. Standard error, since the results go to standard output.
class progress {
 public:
  explicit progress(std::size_t total) : total_(total) { draw(); }
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// One more is done.
  void advance() {
    ++done_;
    draw();
  }

  /// Says something that is to stay.
  void say(const std::string& line) {
    clear();
    std::cerr << line << std::endl;
    draw();
  }

 private:
  void clear() const {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  }
  void draw() const {
    if (!shown_) return;
    constexpr std::size_t width = 40;
    const auto filled = total_ == 0 ? width : done_ * width / total_;
    std::cerr << "\r\x1b[K[" << std::string(filled, '#') << std::string(width - filled, '.') << "] " << done_ << " of "
              << total_ << std::flush;
  }

  std::size_t total_;
  std::size_t done_ = 0;
  bool shown_ = ::isatty(STDERR_FILENO) == 1;
};

}  // namespace thumbnails

#endif
