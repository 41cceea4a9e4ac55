// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/named_descriptor.hpp>

#include <algorithm>

namespace belfry {
namespace {

bool allowed(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool is_descriptor_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= longest_descriptor_name && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace belfry
