// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_AUTOPSY_FOLDER_HPP
#define BELFRY_SRC_HOST_POSIX_AUTOPSY_FOLDER_HPP

#include <belfry/error.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace belfry::detail::posix {

// Files of autopsies have names like "thumbnailer-4711-20260301T120000.123456Z.autopsy": the plugin, its process, the time.

inline constexpr std::string_view autopsy_suffix = ".autopsy";

/// Now, for a name: the younger, the greater.
std::string time_stamp();

/// Whether a file of an autopsy could have got this name.
bool is_autopsy_name(std::string_view name) noexcept;

/// What keeps files from being made in that folder, as far as that is to be seen without making one.
void check_folder(const std::filesystem::path& folder, error_code& ec) noexcept;

/// Removes the oldest autopsies from the folder until there are no more than `most`, but never the one named `newest`: the
/// clock may have been set back. Only regular files of this user count. Takes away besides what a process has left there that
/// died while it wrote (`write_private_file`). What cannot be removed stays.
void keep_newest_files(const std::filesystem::path& folder, std::size_t most, const std::string& newest);

}  // namespace belfry::detail::posix

#endif
