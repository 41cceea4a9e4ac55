// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_DESCRIPTOR_LIST_HPP
#define BELFRY_SRC_DESCRIPTOR_LIST_HPP

#include <belfry/error.hpp>
#include <belfry/named_descriptor.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace belfry::detail {

// How a launched program is told which descriptors it was handed over: "1,8=log,9=config". The first number is the version
// of this form.

/// The environment variable that has the list.
inline constexpr const char* descriptors_variable = "BELFRY_DESCRIPTORS";
/// What comes before it where it is an argument.
inline constexpr std::string_view descriptors_argument = "--belfry-descriptors=";

/// Whether the list can be handed over: names that are allowed, each once, and not too many. It does not look at the
/// descriptors. Errors: `invalid_argument`.
void check_names(const std::vector<named_descriptor>&, error_code& ec) noexcept;

std::string to_text(const std::vector<named_descriptor>&);

/// Errors: `error::bad_channel_variable`.
std::vector<named_descriptor> parse_descriptors(std::string_view text, error_code& ec);

}  // namespace belfry::detail

#endif
