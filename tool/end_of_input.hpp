// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_END_OF_INPUT_HPP
#define BELFRY_TOOL_END_OF_INPUT_HPP

#include <cstdint>

namespace belfry::tool {

/// The kind of the last, empty message that `belfry run` sends: there are no more lines. The plugin answers with what it
/// still has to say and closes its channel. Lines have kind 0. See doc/belfry-run.md.
inline constexpr std::uint16_t end_of_input = 1;

}  // namespace belfry::tool

#endif
