// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_NAMED_DESCRIPTOR_HPP
#define BELFRY_NAMED_DESCRIPTOR_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace belfry {

/// A descriptor of this process, and the name under which the other side is to find it.
struct named_descriptor {
  /// See `is_descriptor_name`.
  std::string name;
  /// It stays whoever's it is; the other side gets a duplicate.
  int fd = -1;
};

/// The longest name of a descriptor, in bytes.
inline constexpr std::size_t longest_descriptor_name = 64;
/// So many descriptors can be handed over to a plugin when it starts, and so many may be let wait in a channel.
inline constexpr std::size_t most_descriptors = 64;

/// Whether a descriptor may be called so: 1 to 64 letters and digits of ASCII, '.', '_' and '-'.
bool is_descriptor_name(std::string_view name) noexcept;

}  // namespace belfry

#endif
