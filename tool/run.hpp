// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_RUN_HPP
#define BELFRY_TOOL_RUN_HPP

#include "options.hpp"

namespace belfry::tool {

/// Does what `belfry run` is for. Returns the exit status.
int run(const run_options&);

}  // namespace belfry::tool

#endif
