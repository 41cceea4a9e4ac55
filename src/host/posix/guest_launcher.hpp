// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_GUEST_LAUNCHER_HPP
#define BELFRY_SRC_HOST_POSIX_GUEST_LAUNCHER_HPP

#include "vfork_child.hpp"

#include <belfry/error.hpp>

#include <boost/process/v2/default_launcher.hpp>

#include <cerrno>
#include <tuple>

#include <unistd.h>

namespace belfry::detail::posix {

/// A launcher in the form of Boost.Process v2, with which v2's initializers compose (their hooks take its default
/// launcher). Unlike that of Boost 1.81 it starts the program vfork-style, reports the exact error of a failed exec,
/// never runs exit handlers in the child, never touches the executor's context, and leaves it to `place_descriptors`
/// which descriptors the program gets. It also calls the hooks for errors, which 1.81 asks for with one argument too
/// many, and so never finds.
///
/// A hook that runs in the child (on_exec_setup, on_exec_error) must not allocate. It runs in the parent's memory, so
/// what it writes stays written.
class guest_launcher : public boost::process::v2::posix::default_launcher {
 public:
  using path = boost::process::v2::filesystem::path;

  template <class Args, class... Initializers>
  started_process operator()(const path& executable, const Args& args, error_code& ec, Initializers&&... inits) {
    namespace hooks = boost::process::v2::posix::detail;
    const char* const* argv = build_argv_(executable, args);
    const auto tell = [&](auto hook) { (hook(inits), ...); };
    ec = hooks::on_setup(*this, executable, argv, inits...);
    started_process result;
    if (!ec) {
      // The child runs in this memory, so it may refer to all of it.
      auto exec = [&]() noexcept -> int {
        error_code refused = hooks::on_exec_setup(*this, executable, argv, inits...);
        if (!refused) {
          ::execve(executable.c_str(), const_cast<char* const*>(argv), const_cast<char* const*>(env));
          refused.assign(errno, boost::system::system_category());
        }
        tell([&](auto& init) {
          if constexpr (requires { init.on_exec_error(*this, executable, argv, refused); })
            init.on_exec_error(*this, executable, argv, refused);
        });
        return refused.value();
      };
      result = start_vfork_style([](void* f) noexcept { return (*static_cast<decltype(exec)*>(f))(); }, &exec, ec);
      pid = result.pid;
      if (result.never_made) {
        tell([&](auto& init) {
          if constexpr (requires { init.on_fork_error(*this, executable, argv, ec); })
            init.on_fork_error(*this, executable, argv, ec);
        });
      }
    }
    if (!ec) {
      hooks::on_success(*this, executable, argv, inits...);
      return result;
    }
    tell([&](auto& init) {
      if constexpr (requires { init.on_error(*this, executable, argv, ec); })
        init.on_error(*this, executable, argv, ec);
    });
    return result;
  }
};

}  // namespace belfry::detail::posix

#endif
