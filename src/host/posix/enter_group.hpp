// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_ENTER_GROUP_HPP
#define BELFRY_SRC_HOST_POSIX_ENTER_GROUP_HPP

#include <belfry/error.hpp>
#include <belfry/process_group.hpp>

#include <boost/process/v2/default_launcher.hpp>

#include <cerrno>

#include <unistd.h>

namespace belfry::detail::posix {

/// An initializer in the form of Boost.Process v2: puts the program into its group of processes. As the parent goes on
/// only when the program runs, there is no moment at which it could find the group missing.
class enter_group {
 public:
  explicit enter_group(process_group which) noexcept : which_(which) {}

  using path = boost::process::v2::filesystem::path;
  error_code on_exec_setup(boost::process::v2::posix::default_launcher&, const path&,
                           const char* const*) const noexcept {
    const bool entered =
        which_ == process_group::inherited || (which_ == process_group::own ? ::setpgid(0, 0) == 0 : ::setsid() >= 0);
    return entered ? error_code() : error_code(errno, boost::system::system_category());
  }

 private:
  process_group which_;
};

}  // namespace belfry::detail::posix

#endif
