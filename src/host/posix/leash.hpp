// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_LEASH_HPP
#define BELFRY_SRC_HOST_POSIX_LEASH_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>
#include <belfry/launch_options.hpp>

#include <boost/process/v2/default_launcher.hpp>

#include <array>
#include <chrono>
#include <string>

namespace belfry::detail::posix {

class place_descriptors;

/// What is to become of the plugin, whether the options say so or leave it to us.
host_death what_happens(const launch_options&) noexcept;

/// An initializer in the form of Boost.Process v2: has the kernel end the program, and its group, when this process is
/// gone. It needs nobody who watches.
///
/// This process alone holds the one end of a pipe, close-on-exec; the program inherits the other, which asks for SIGKILL
/// for the whole group as soon as nobody holds the first (fcntl(2): F_SETOWN, F_SETSIG, O_ASYNC). In the child, the first
/// is closed by the exec; so a host that died before that is noticed, too. Where the plugin may finish, a second pipe tells
/// it of the death; the first it can hold itself then, so that its group is killed when both are gone (see
/// posix/orphan_timer.hpp).
///
/// Why not PR_SET_PDEATHSIG: it signals when the *thread* ends that launched the program, and reaches only the program.
///
/// It must come after `enter_group` and before `place_descriptors`.
class leash {
 public:
  /// What this process must keep open as long as the program may live.
  using held_type = std::array<unique_descriptor, 2>;

  leash(const launch_options&, error_code& ec) noexcept;

  /// Has the program's ends placed. What the program must be told about them; empty: nothing.
  std::string place(place_descriptors&);
  /// Where the program has the end by which it is killed; -1: nowhere.
  int number() const noexcept { return number_; }

  using path = boost::process::v2::filesystem::path;
  error_code on_exec_setup(boost::process::v2::posix::default_launcher&, const path&,
                           const char* const*) const noexcept;

  held_type release() noexcept { return std::move(held_); }

 private:
  enum { killed, told };  // by which of them

  bool signal_at_end(int end, int number) const noexcept;

  bool leads_group_;
  host_death what_;
  int number_ = -1;
  std::chrono::milliseconds grace_;
  held_type held_;
  std::array<unique_descriptor, 2> passed_;
};

}  // namespace belfry::detail::posix

#endif
