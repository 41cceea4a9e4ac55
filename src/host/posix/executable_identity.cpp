// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "executable_identity.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace belfry::detail::posix {

std::optional<executable_identity> executable_identity::of(const std::filesystem::path& path) noexcept {
  struct stat s{};
  if (path.empty() || ::stat(path.c_str(), &s) != 0) return std::nullopt;
  return executable_identity{s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size), s.st_mtim.tv_sec,
                             s.st_mtim.tv_nsec};
}

std::filesystem::path executable_file(const std::filesystem::path& executable,
                                      const std::filesystem::path& working_directory) {
  if (executable.native().find('/') != std::string::npos)
    return executable.is_absolute() ? executable : working_directory / executable;
  const char* const path = std::getenv("PATH");
  if (path == nullptr || executable.empty()) return {};
  for (std::string_view rest = path;;) {
    const auto end = rest.find(':');
    const auto candidate = std::filesystem::path(rest.substr(0, end)) / executable;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
}

}  // namespace belfry::detail::posix
