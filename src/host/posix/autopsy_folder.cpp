// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "autopsy_folder.hpp"

#include "private_file.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

/// To write an autopsy takes milliseconds.
constexpr std::time_t leftover_after_seconds = 3600;

/// What a time looks like in a name; 0 stands for a digit.
constexpr std::string_view stamp_pattern = "00000000T000000.000000Z";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool fits(std::string_view text, std::string_view pattern) noexcept {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(),
                    [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

/// The stamp in a name of an autopsy.
std::string_view stamp_of(std::string_view name) noexcept {
  name.remove_suffix(autopsy_suffix.size());
  return name.substr(name.size() - stamp_pattern.size());
}

struct close_directory {
  void operator()(DIR* d) const noexcept { ::closedir(d); }
};

/// Whether it is a regular file of this user; what else there is, is nobody's to remove but the user's.
bool is_ours(int folder, const char* name, struct stat& status) noexcept {
  return ::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
         status.st_uid == ::geteuid();
}

}  // namespace

std::string time_stamp() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(now - seconds).count();
  std::tm parts{};
  char text[64];
  char fraction[16];
  ::gmtime_r(&whole, &parts);
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%S", &parts);
  std::snprintf(fraction, sizeof fraction, ".%06dZ", static_cast<int>(rest));
  return std::string(text) + fraction;
}

bool is_autopsy_name(std::string_view name) noexcept {
  if (!name.ends_with(autopsy_suffix)) return false;
  name.remove_suffix(autopsy_suffix.size());
  if (name.size() < stamp_pattern.size() || !fits(name.substr(name.size() - stamp_pattern.size()), stamp_pattern))
    return false;
  name.remove_suffix(stamp_pattern.size());
  // "-PID-" before that.
  if (!name.ends_with('-')) return false;
  name.remove_suffix(1);
  const auto before_digits = name.find_last_not_of("0123456789");
  return before_digits != name.npos && before_digits + 1 != name.size() && name[before_digits] == '-';
}

void check_folder(const std::filesystem::path& folder, error_code& ec) noexcept {
  ec.clear();
  const unique_descriptor where(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!where || ::faccessat(where.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    ec.assign(errno, boost::system::system_category());
}

void keep_newest_files(const std::filesystem::path& folder, std::size_t most, const std::string& newest) {
  const std::unique_ptr<DIR, close_directory> listing(::opendir(folder.c_str()));
  if (!listing) return;
  const int where = ::dirfd(listing.get());
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    struct stat status;
    if (is_temporary_name(name)) {
      const bool left =
          is_ours(where, entry->d_name, status) && status.st_mtime + leftover_after_seconds < std::time(nullptr);
      if (left) ::unlinkat(where, entry->d_name, 0);
    } else if (is_autopsy_name(name) && name != newest && is_ours(where, entry->d_name, status)) {
      names.emplace_back(name);
    }
  }
  const std::size_t others = most - 1;
  if (names.size() <= others) return;
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return std::pair(stamp_of(a), a) < std::pair(stamp_of(b), b); });
  names.resize(names.size() - others);
  for (const auto& name : names) ::unlinkat(where, name.c_str(), 0);
}

}  // namespace belfry::detail::posix
