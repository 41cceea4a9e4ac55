// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LOG_HPP
#define BELFRY_LOG_HPP

#include <belfry/diagnostics.hpp>

/// Diagnostics as records of Boost.Log.
///
/// Each record has "Severity" (`boost::log::trivial::severity_level`, so that the filters and formatters of
/// boost/log/trivial.hpp work), "Channel" (`std::string`: "belfry.channel", "belfry.launcher", "belfry.guest",
/// "belfry.doorbell", "belfry.supervisor" or "belfry.plugin"), "Event" (`std::string`, as `to_string(event_kind)`), the
/// message text, and, as far as they are known, more attributes with types of their own. doc/diagnostics.md lists all of
/// them, and what to do about each event.
///
/// <belfry/log_format.hpp> has formatters.
namespace belfry::log {

/// Writes one diagnostic to Boost.Log. Any thread; never throws.
void write(const diagnostic&) noexcept;

/// Makes `write` the process's diagnostics sink, for what is at least as severe as `least`.
///
/// A launcher does this by itself, with the default: a good conversation then leaves no record, since a program that has
/// not set up Boost.Log gets its records on standard output. Call this to get more, `set_diagnostics_sink({})` for
/// silence. A guest that links belfry_host may call it, too.
void install(severity least = severity::warning);

}  // namespace belfry::log

#endif
