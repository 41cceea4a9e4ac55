// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_ENVIRONMENT_HPP
#define BELFRY_SRC_POSIX_ENVIRONMENT_HPP

#include <optional>
#include <string>

namespace belfry::detail::posix {

/// An environment variable's value; the variable is removed. Not safe beside other users of the environment.
std::optional<std::string> take_variable(const char* name);

/// The file name of the running program, without its folder.
std::string program_name();

/// How the program was called, for telling a person to call it otherwise.
std::string program_path();

}  // namespace belfry::detail::posix

#endif
