// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_EXECUTABLE_IDENTITY_HPP
#define BELFRY_SRC_HOST_POSIX_EXECUTABLE_IDENTITY_HPP

#include <cstdint>
#include <filesystem>
#include <optional>

namespace belfry::detail::posix {

/// By what a file is told from its successor of the same name.
struct executable_identity {
  std::uint64_t device = 0;
  std::uint64_t file = 0;
  std::uint64_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  /// Empty if there is no such file now: it may be about to be replaced.
  static std::optional<executable_identity> of(const std::filesystem::path&) noexcept;

  friend bool operator==(const executable_identity&, const executable_identity&) = default;
};

/// The file that a launch would start: a name without a slash is looked up in PATH, and a relative path is one in
/// `working_directory`, if that is given. Empty if there is none.
std::filesystem::path executable_file(const std::filesystem::path& executable,
                                      const std::filesystem::path& working_directory);

}  // namespace belfry::detail::posix

#endif
