// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_LINE_SPLITTER_HPP
#define BELFRY_SRC_HOST_LINE_SPLITTER_HPP

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace belfry::detail {

/// Makes lines of a stream of bytes. It holds no more than the longest line.
class line_splitter {
 public:
  /// Gets a line without its end ("\n" or "\r\n"), and whether it was longer than that.
  using sink = std::function<void(std::string_view line, bool cut)>;

  explicit line_splitter(std::size_t longest_line_bytes) : longest_(longest_line_bytes) {}

  void add(std::string_view bytes, const sink&);
  /// The stream has ended: what is left is a line, too.
  void finish(const sink&);

 private:
  void take(std::string_view bytes);
  void end_line(const sink&);

  std::size_t longest_;
  std::string line_;
  bool cut_ = false;
  bool begun_ = false;
};

}  // namespace belfry::detail

#endif
