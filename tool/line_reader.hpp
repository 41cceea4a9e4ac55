// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_LINE_READER_HPP
#define BELFRY_TOOL_LINE_READER_HPP

#include "standard_stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::tool {

/// Cuts what a stream gives into lines.
class line_reader {
 public:
  /// Lines of more than `longest` bytes are an error. Refers to the stream.
  line_reader(standard_stream& stream, std::size_t longest) : stream_(stream), longest_(longest) {}

  /// The next line without its newline, valid until the next call; nothing at the end. The last line may lack the
  /// newline.
  ///
  /// Errors: `error::message_too_large`; what reading reports.
  boost::asio::awaitable<std::optional<std::string_view>> next(error_code& ec);

  /// The number of the line that `next` gave or refused last, from 1.
  std::size_t number() const noexcept { return number_; }

 private:
  std::optional<std::string_view> take(std::size_t size, error_code& ec);

  standard_stream& stream_;
  std::size_t longest_;
  std::size_t number_ = 0;
  std::string text_;          // what was read
  std::size_t begin_ = 0;     // of the next line in it
  std::size_t searched_ = 0;  // up to here it has no newline
  bool ended_ = false;
};

}  // namespace belfry::tool

#endif
