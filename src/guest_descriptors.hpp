// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_GUEST_DESCRIPTORS_HPP
#define BELFRY_SRC_GUEST_DESCRIPTORS_HPP

#include <belfry/error.hpp>
#include <belfry/named_descriptor.hpp>
#include <belfry/passed_descriptor.hpp>

#include <string>
#include <vector>

namespace belfry::detail {

/// What the host named in `text`: open descriptors, made close-on-exec. They are nobody's yet.
///
/// Errors: `error::bad_channel_variable`, `error::handle_not_open`.
std::vector<named_descriptor> find_descriptors(const std::string& text, error_code& ec);

/// Keeps the descriptors for `guest::descriptor`, which owns them from here on.
void keep_descriptors(const std::vector<named_descriptor>&);

}  // namespace belfry::detail

#endif
