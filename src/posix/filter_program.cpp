// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "filter_program.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace belfry::detail::posix {

void install_filter(std::string_view program, error_code& ec) noexcept {
  ec.clear();
  const auto& category = boost::system::system_category();
  std::array<sock_filter, longest_filter_program / sizeof(sock_filter)> instructions;
  if (program.empty() || program.size() % sizeof(sock_filter) != 0 || program.size() > sizeof instructions) {
    ec.assign(EINVAL, category);
    return;
  }
  std::memcpy(instructions.data(), program.data(), program.size());
  const sock_fprog filter{static_cast<unsigned short>(program.size() / sizeof(sock_filter)), instructions.data()};
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  // A positive result is the thread that could not be brought along.
  if (result != 0) ec.assign(result < 0 ? errno : ESRCH, category);
}

}  // namespace belfry::detail::posix
