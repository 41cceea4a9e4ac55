// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "private_file.hpp"

#include "../../posix/above_streams.hpp"
#include "../../posix/process.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

/// A write beyond the limit to the size of files raises SIGXFSZ, which would end this process. Here it does not.
class without_size_signal {
 public:
  without_size_signal() noexcept {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGXFSZ);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGXFSZ) == 1;
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  without_size_signal(const without_size_signal&) = delete;
  without_size_signal& operator=(const without_size_signal&) = delete;
  ~without_size_signal() {
    const timespec at_once{};
    // Ours, if it came meanwhile: it is raised for the thread that wrote.
    while (!was_pending_ && ::sigtimedwait(&set_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

constexpr std::string_view temporary_prefix = ".belfry-";
constexpr std::string_view temporary_suffix = ".tmp";

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written >= 0) text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR) return false;
  }
  return true;
}

/// Some file systems tell only here that the disk is full.
bool close_well(unique_descriptor fd) noexcept { return ::close(fd.release()) == 0 || errno == EINTR; }

/// A new file under a name that nobody else uses.
unique_descriptor make_temporary(int folder, char (&name)[64]) noexcept {
  static std::atomic<unsigned> number{0};
  constexpr int most_attempts = 16;
  unique_descriptor fd;
  for (int i = 0; i != most_attempts; ++i) {
    std::snprintf(name, sizeof name, "%s%d-%u%s", temporary_prefix.data(), process_id(), number.fetch_add(1),
                  temporary_suffix.data());
    fd.reset(::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd || errno != EEXIST) break;
  }
  return fd;
}

}  // namespace

bool is_temporary_name(std::string_view name) noexcept {
  return name.starts_with(temporary_prefix) && name.ends_with(temporary_suffix);
}

void write_private_file(const std::filesystem::path& folder, const std::string& name, std::string_view text,
                        error_code& ec) noexcept {
  ec.clear();
  const without_size_signal no_signal;
  const auto fail = [&] { ec.assign(errno, boost::system::system_category()); };
  const unique_descriptor where(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!where) return fail();
  char temporary[64];
  auto fd = above_streams(make_temporary(where.get(), temporary));
  if (!fd) return fail();
  // The umask may have taken something away.
  const bool done = ::fchmod(fd.get(), 0600) == 0 && write_all(fd.get(), text) && close_well(std::move(fd)) &&
                    ::renameat(where.get(), temporary, where.get(), name.c_str()) == 0;
  if (done) return;
  fail();
  ::unlinkat(where.get(), temporary, 0);
}

}  // namespace belfry::detail::posix
