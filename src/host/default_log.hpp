// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_DEFAULT_LOG_HPP
#define BELFRY_SRC_HOST_DEFAULT_LOG_HPP

#include <belfry/log.hpp>

namespace belfry::detail {

/// Lets warnings and errors go to Boost.Log, unless the program has said where diagnostics go.
inline void install_default_log() {
  set_default_diagnostics_sink([](const diagnostic& d) {
    if (d.level >= severity::warning) log::write(d);
  });
}

}  // namespace belfry::detail

#endif
