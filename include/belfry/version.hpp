// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_VERSION_HPP
#define BELFRY_VERSION_HPP

/// The library's version, major * 10000 + minor * 100 + patch.
#define BELFRY_VERSION 100

/// The same as text. The build systems read it from this line.
#define BELFRY_VERSION_STRING "0.1.0"

namespace belfry {

/// The protocol spoken over a channel: what is laid out in shared memory and said over the lifeline. Two sides
/// that have no version in common refuse each other.
inline constexpr unsigned protocol_version_min = 1;
inline constexpr unsigned protocol_version_max = 1;

}  // namespace belfry

#endif
