// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_TERMINAL_LOG_HPP
#define BELFRY_TOOL_TERMINAL_LOG_HPP

#include "options.hpp"

#include <string_view>

namespace belfry::tool {

/// Sends the library's log records to standard error, each as one line: "belfry: error: ...".
void log_to_terminal(verbosity);

/// Says what is wrong on this side, in the same form and however quiet the log is.
void print_error(std::string_view what);

}  // namespace belfry::tool

#endif
