// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_FILES_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_FILES_HPP

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace thumbnails {

/// Why there is no thumbnail of a file. It costs that file's thumbnail; all other exceptions end the run.
struct file_problem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What is called .png, .jpg or .jpeg in a folder, in the order of names. Throws `std::system_error`.
std::vector<std::filesystem::path> find_pictures(const std::filesystem::path& folder);

/// Throws `file_problem`, also where it is larger than `limit_bytes`, and where it is no file at all.
std::string read_file(const std::filesystem::path&, std::size_t limit_bytes);

/// A file is there as a whole, or not at all. Throws `std::system_error`.
void write_file(const std::filesystem::path&, std::string_view contents);

/// A name or a text as it may go to a terminal: in one line, and with nothing that a terminal would obey.
std::string printable(std::string_view);

}  // namespace thumbnails

#endif
