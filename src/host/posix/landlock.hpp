// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_LANDLOCK_HPP
#define BELFRY_SRC_HOST_POSIX_LANDLOCK_HPP

#include <belfry/confinement.hpp>
#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <filesystem>
#include <string>

namespace belfry::detail::posix {

/// The version of Landlock that this kernel has; 0: none, or switched off.
int landlock_version() noexcept;

/// From this version on a file's length is under its care.
inline constexpr int landlock_version_that_keeps_length = 3;

/// A set of rules of Landlock, made in the parent and laid upon the child.
///
/// Its calls are made raw, since the C library has no functions for them, and its numbers stand in the source, since the
/// headers of a distribution are older than the kernels that run on it.
class landlock_rules {
 public:
  landlock_rules() noexcept = default;

  /// `program` can be read and executed, whatever `files` says. `version` is what the kernel has, or an older one. On error
  /// `story` says at which root.
  landlock_rules(const file_access& files, const std::filesystem::path& program, bool no_network, int version,
                 error_code& ec, std::string& story);

  explicit operator bool() const noexcept { return static_cast<bool>(ruleset_); }

  /// Lays them upon the calling thread. It must have no_new_privs set. Async-signal-safe. Returns an error number.
  int restrict_self() const noexcept;

 private:
  void allow(const std::filesystem::path& root, std::uint64_t rights, error_code& ec, std::string& story);

  unique_descriptor ruleset_;
};

/// For kernels before `landlock_version_that_keeps_length`: refuses what would cut off a file that may only be read.
system_call_filter& refuse_cutting_off(system_call_filter&);

}  // namespace belfry::detail::posix

#endif
