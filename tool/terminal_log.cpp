// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "terminal_log.hpp"

#include <belfry/log.hpp>
#include <belfry/log_format.hpp>

#include <boost/log/core/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/trivial.hpp>
#include <boost/log/utility/setup/console.hpp>

#include <iostream>
#include <string>

namespace belfry::tool {

void log_to_terminal(verbosity how_much) {
  namespace log = boost::log;
  namespace expressions = log::expressions;
  using log::trivial::severity_level;

  if (how_much == verbosity::quiet) {
    log::core::get()->set_logging_enabled(false);
    return;
  }
  if (how_much == verbosity::verbose) belfry::log::install(belfry::severity::trace);
  const auto severity = expressions::attr<severity_level>("Severity");
  const auto least = how_much == verbosity::verbose ? log::trivial::trace : log::trivial::warning;
  log::add_console_log(std::clog, log::keywords::auto_flush = true, log::keywords::filter = severity >= least,
                       log::keywords::format = belfry::log::terminal_formatter({.prefix = "belfry: "}));
}

void print_error(std::string_view what) {
  // In one piece, since the plugin may write to the same terminal.
  std::cerr << "belfry: error: " + std::string(what) + '\n' << std::flush;
}

}  // namespace belfry::tool
