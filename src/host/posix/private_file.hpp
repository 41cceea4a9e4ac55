// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_PRIVATE_FILE_HPP
#define BELFRY_SRC_HOST_POSIX_PRIVATE_FILE_HPP

#include <belfry/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace belfry::detail::posix {

/// Whether it is what `write_private_file` calls a file that it has not finished.
bool is_temporary_name(std::string_view name) noexcept;

/// Writes a file that only this user may read (mode 0600), whole or not at all: under another name first, which must be
/// new and no link, and renamed when all is written. One of that name is replaced. On error nothing is left behind.
///
/// A full disk, or a limit to the size of files, is an error like any other, and no signal.
void write_private_file(const std::filesystem::path& folder, const std::string& name, std::string_view text,
                        error_code& ec) noexcept;

}  // namespace belfry::detail::posix

#endif
