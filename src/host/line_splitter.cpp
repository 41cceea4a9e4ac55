// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "line_splitter.hpp"

#include <algorithm>

namespace belfry::detail {

void line_splitter::add(std::string_view bytes, const sink& to) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    take(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    end_line(to);
    bytes.remove_prefix(end + 1);
  }
}

void line_splitter::finish(const sink& to) {
  if (begun_) end_line(to);
}

void line_splitter::take(std::string_view bytes) {
  begun_ = true;
  // One more than fits, since that may be the '\r' of the line's end.
  const auto room = longest_ + 1 - std::min(line_.size(), longest_ + 1);
  line_.append(bytes.substr(0, room));
  cut_ = cut_ || bytes.size() > room;
}

void line_splitter::end_line(const sink& to) {
  if (!cut_ && line_.ends_with('\r')) line_.pop_back();
  const bool longer = line_.size() > longest_;
  if (longer) line_.resize(longest_);
  to(line_, cut_ || longer);
  line_.clear();
  cut_ = begun_ = false;
}

}  // namespace belfry::detail
