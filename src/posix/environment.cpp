// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "environment.hpp"

#include <cstdlib>

#include <errno.h>

namespace belfry::detail::posix {

std::optional<std::string> take_variable(const char* name) {
  const char* const value = ::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string copy = value;
  ::unsetenv(name);
  return copy;
}

std::string program_name() { return ::program_invocation_short_name; }

std::string program_path() { return ::program_invocation_name; }

}  // namespace belfry::detail::posix
