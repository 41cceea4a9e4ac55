// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_SCREEN_HPP
#define BELFRY_TOOL_SCREEN_HPP

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace belfry::tool {

/// What is to be seen at a moment: one line, then a table, of which the first line is the headings.
struct picture {
  std::string summary;
  std::vector<std::string> table;
};

/// Draws what `look` returns on the whole terminal, again and again, until q is pressed. Throws std::runtime_error where
/// there is no terminal that it could draw on, or where this was built without ncurses.
void draw(std::chrono::milliseconds interval, const std::function<picture()>& look);

}  // namespace belfry::tool

#endif
