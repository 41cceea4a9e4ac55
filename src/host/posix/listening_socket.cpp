// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "listening_socket.hpp"

#include "../../posix/host_socket.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5
#endif

namespace belfry::detail::posix {
namespace {

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

sockaddr_un address_of(const std::string& path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

/// How many may wait to be accepted; the kernel allows fewer where it likes.
constexpr int backlog = 64;

}  // namespace

listening_socket listening_socket::open(const std::string& path, bool for_others, error_code& ec) {
  ec.clear();
  listening_socket made;
  if (path.size() > longest_socket_path()) ec = make_error_code(boost::system::errc::filename_too_long);
  if (!ec) made.enter_folder(path, for_others, ec);
  if (!ec) made.lock_folder(ec);
  if (!ec) made.bind(path, for_others, ec);
  // Others may come to the folder from here on. What was locked is the opened folder.
  if (made.folder_) ::flock(made.folder_.get(), LOCK_UN);
  if (ec) made.remove();
  return made;
}

void listening_socket::enter_folder(const std::string& path, bool for_others, error_code& ec) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    ec = make_error_code(boost::system::errc::invalid_argument);
    return;
  }
  const bool made = ::mkdir(folder.c_str(), 0700) == 0;
  folder_.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_) {
    ec = last_error();
    if (made) ::rmdir(folder.c_str());
    return;
  }
  struct stat status{};
  if (::fstat(folder_.get(), &status) != 0) ec = last_error();
  else if (status.st_uid != own_user()) ec = error::folder_not_private;
  if (ec) {
    if (made) ::rmdir(folder.c_str());
    return;
  }
  if (made) {
    folder_name_ = folder;
    // Whatever the umask took away or left.
    if (::fchmod(folder_.get(), for_others ? 0711 : 0700) != 0) ec = last_error();
    return;
  }
  const mode_t not_for_others = for_others ? S_IWGRP | S_IWOTH : S_IRWXG | S_IRWXO;
  if ((status.st_mode & not_for_others) != 0) ec = error::folder_not_private;
}

/// Two hosts must not clear the same path away from under each other.
void listening_socket::lock_folder(error_code& ec) noexcept {
  constexpr std::chrono::seconds patience{5};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) ec = last_error();
    else if (std::chrono::steady_clock::now() >= deadline) ec = error::timed_out;
    if (ec) return;
    ::poll(nullptr, 0, 1);
  }
}

bool listening_socket::is_stale(const std::string& path) const noexcept {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode) || status.st_uid != own_user()) return false;
  const unique_descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = address_of(path);
  // A host that lives may have a full queue; only one that is gone refuses.
  return probe && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

void listening_socket::bind(const std::string& path, bool for_others, error_code& ec) noexcept {
  fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) {
    ec = last_error();
    return;
  }
  const sockaddr_un address = address_of(path);
  const auto try_bind = [&] {
    return ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  };
  const std::string name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  bool bound = try_bind();
  if (!bound && errno == EADDRINUSE) {
    if (!is_stale(path) || ::unlinkat(folder_.get(), name.c_str(), 0) != 0) {
      ec = make_error_code(boost::system::errc::address_in_use);
      return;
    }
    bound = try_bind();
  }
  if (!bound) {
    ec = last_error();
    return;
  }
  name_ = name;
  // In the folder that was looked at, not in one that has taken its place; and nobody can connect before `listen`, so that
  // the mode is what it should be from the first moment on.
  struct stat status{};
  if (::fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    name_.clear();
    ec = error::folder_not_private;
    return;
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (::fchmodat(folder_.get(), name_.c_str(), for_others ? 0666 : 0600, 0) != 0 || ::listen(fd_.get(), backlog) != 0) {
    ec = last_error();
  }
}

unique_descriptor listening_socket::accept(error_code& ec) noexcept {
  ec.clear();
  for (;;) {
    unique_descriptor arrived(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (arrived || errno == EAGAIN) return arrived;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    ec = last_error();
    return {};
  }
}

void listening_socket::close() noexcept {
  if (!fd_ || process_ != process_id()) return;
  ::shutdown(fd_.get(), SHUT_RDWR);
  remove();
}

void listening_socket::remove() noexcept {
  // A forked child's copy: it is the parent who listens. And what somebody else has put there is not ours to remove.
  if (process_ != process_id() || !folder_) return;
  struct stat status{};
  if (!name_.empty() && ::fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      status.st_dev == device_ && status.st_ino == inode_) {
    ::unlinkat(folder_.get(), name_.c_str(), 0);
  }
  name_.clear();
  if (!folder_name_.empty()) ::rmdir(folder_name_.c_str());  // if others have put something there, it stays
  folder_name_.clear();
}

unique_descriptor peer_process(int connection, int pid, error_code& ec) noexcept {
  ec.clear();
  int fd = -1;
  socklen_t size = sizeof fd;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERPIDFD, &fd, &size) == 0) return unique_descriptor(fd);
  const bool unknown = errno == ENOPROTOOPT || errno == EOPNOTSUPP;
  unique_descriptor opened(unknown ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)) : -1);
  if (!opened) ec = last_error();
  return opened;
}

}  // namespace belfry::detail::posix
