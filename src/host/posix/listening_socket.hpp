// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_LISTENING_SOCKET_HPP
#define BELFRY_SRC_HOST_POSIX_LISTENING_SOCKET_HPP

#include "../../posix/process.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <string>

#include <sys/types.h>

namespace belfry::detail::posix {

/// A socket with a name in the file system, at which others can connect. The name is gone with this object.
///
/// Sources: unix(7), flock(2).
class listening_socket {
 public:
  listening_socket() noexcept = default;
  listening_socket(listening_socket&&) noexcept = default;
  listening_socket& operator=(listening_socket&&) = delete;
  ~listening_socket() { remove(); }

  /// Listens at `path`, in a folder that only this user can write to, and, unless `for_others`, look into; one that is not
  /// there is made so. A socket that a dead process has left there is replaced.
  ///
  /// Errors: `error::folder_not_private`; `address_in_use` (somebody listens there, or it is no socket, or not ours);
  /// `filename_too_long`; what the system reports. On error nothing is left behind.
  static listening_socket open(const std::string& path, bool for_others, error_code& ec);

  /// Takes the next connection; none, without an error, if there is none now.
  unique_descriptor accept(error_code& ec) noexcept;

  /// Refuses connections from here on, and removes the name.
  void close() noexcept;

  int native_handle() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  void enter_folder(const std::string& path, bool for_others, error_code& ec);
  void lock_folder(error_code& ec) noexcept;
  void bind(const std::string& path, bool for_others, error_code& ec) noexcept;
  bool is_stale(const std::string& path) const noexcept;
  void remove() noexcept;

  unique_descriptor fd_;
  unique_descriptor folder_;
  std::string folder_name_;  // where it was made here, and goes with the name; else empty
  std::string name_;         // in the folder; empty once it is removed
  dev_t device_ = 0;
  ino_t inode_ = 0;
  int process_ = process_id();
};

/// The process on the other side of a connection: readable when it has ended. Where the kernel cannot tell by the
/// connection (before Linux 6.5), the process of that number, which the caller must hear from afterwards.
unique_descriptor peer_process(int connection, int pid, error_code& ec) noexcept;

}  // namespace belfry::detail::posix

#endif
