// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "line_reader.hpp"

namespace belfry::tool {

using line = std::optional<std::string_view>;

boost::asio::awaitable<line> line_reader::next(error_code& ec) {
  constexpr std::size_t chunk_bytes = 64 * 1024;
  ec.clear();
  for (;;) {
    const std::size_t newline = text_.find('\n', searched_);
    if (newline != std::string::npos) {
      const auto result = take(newline - begin_, ec);
      ++begin_;
      searched_ = begin_;
      co_return result;
    }
    // One that is too long is refused before all of it is in memory.
    if (ended_ || text_.size() - begin_ > longest_) {
      if (text_.size() == begin_) co_return std::nullopt;
      co_return take(text_.size() - begin_, ec);
    }
    text_.erase(0, begin_);
    begin_ = 0;
    searched_ = text_.size();
    text_.resize(searched_ + chunk_bytes);
    const std::size_t size = co_await stream_.read_some({text_.data() + searched_, chunk_bytes}, ec);
    text_.resize(searched_ + size);
    if (ec) co_return std::nullopt;
    ended_ = size == 0;
  }
}

line line_reader::take(std::size_t size, error_code& ec) {
  ++number_;
  const auto result = std::string_view(text_).substr(begin_, size);
  begin_ += size;
  if (size <= longest_) return result;
  ec = error::message_too_large;
  return std::nullopt;
}

}  // namespace belfry::tool
