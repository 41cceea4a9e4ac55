// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "processes.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

struct closer {
  void operator()(DIR* d) const noexcept { ::closedir(d); }
};
using directory = std::unique_ptr<DIR, closer>;

directory open_directory(int at, const char* name) {
  unique_descriptor fd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return nullptr;
  directory result(::fdopendir(fd.get()));
  if (result) fd.release();
  return result;
}

std::optional<int> number(const char* text) {
  int value = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, ec] = std::from_chars(text, end, value);
  if (ec != std::errc() || rest != end) return std::nullopt;
  return value;
}

bool is_ours(int proc, const char* process) {
  struct stat status{};
  return ::fstatat(proc, process, &status, 0) == 0 && status.st_uid == ::geteuid();
}

bool is_memory_of_belfry(int files, const char* name) {
  constexpr std::string_view wanted = "/memfd:belfry (deleted)";
  std::array<char, 64> target{};
  const auto size = ::readlinkat(files, name, target.data(), target.size());
  return size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == wanted;
}

std::string contents(int pid, const char* file) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", pid, file);
  std::ifstream in(path.data());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void for_each_memory_file(const std::function<void(const memory_file&)>& found, error_code& ec) {
  ec.clear();
  const auto proc = open_directory(AT_FDCWD, "/proc");
  if (!proc) {
    ec.assign(errno, boost::system::system_category());
    return;
  }
  const int root = ::dirfd(proc.get());
  while (const dirent* const process = ::readdir(proc.get())) {
    const auto pid = number(process->d_name);
    if (!pid || !is_ours(root, process->d_name)) continue;
    const auto files = open_directory(root, (std::string(process->d_name) + "/fd").c_str());
    if (!files) continue;
    const int fds = ::dirfd(files.get());
    while (const dirent* const file = ::readdir(files.get())) {
      struct stat status{};
      if (!is_memory_of_belfry(fds, file->d_name) || ::fstatat(fds, file->d_name, &status, 0) != 0) continue;
      // Not to be trusted to be memory yet, so opening it must neither wait nor do anything.
      const auto open = [&] {
        return unique_descriptor(::openat(fds, file->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
      };
      if (S_ISREG(status.st_mode)) found({*pid, status.st_ino, open});
    }
  }
}

std::string program_of(int pid) {
  auto name = contents(pid, "comm");
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

char state_of(int pid) {
  // Behind the program's name, which may have anything in it.
  const auto text = contents(pid, "stat");
  const auto at = text.rfind(") ");
  return at == std::string::npos || at + 2 >= text.size() ? '?' : text[at + 2];
}

}  // namespace belfry::detail::posix
