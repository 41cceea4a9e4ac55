// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_PLACE_DESCRIPTORS_HPP
#define BELFRY_SRC_HOST_POSIX_PLACE_DESCRIPTORS_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>
#include <belfry/launch_options.hpp>

#include <boost/process/v2/default_launcher.hpp>

#include <array>
#include <vector>

namespace belfry::detail::posix {

/// An initializer in the form of Boost.Process v2: gives the program its standard streams, its ends of the channel and
/// the descriptors that are named for it, and closes all else.
///
/// Boost 1.81's own do not do: its process_stdio opens files that other launches inherit, its bind_fd has no return
/// statement and passes nothing where a descriptor is to keep its number, and its default launcher leaves descriptors
/// open between those that are named.
class place_descriptors {
 public:
  /// The program finds its ends from this number on, and behind them what `launch_options::descriptors` names.
  static constexpr int first_end = 3;
  static constexpr int end_count = 5;
  static constexpr int first_named = first_end + end_count;

  /// Whether the descriptors that `options` names are open. To be asked before anything new is opened, which could take
  /// their numbers.
  static void check(const launch_options& options, error_code& ec) noexcept;

  /// `ends` in the order in which they are numbered. Opens what `options` names.
  place_descriptors(const launch_options& options, const std::array<int, end_count>& ends, error_code& ec);

  /// Where what the program writes to that stream can be read, if it is to be logged. It does not block.
  unique_descriptor take_reading_end(int number) noexcept {
    return std::move(logged_[static_cast<std::size_t>(number)]);
  }

  /// One more, which the program gets behind all others. Returns its number there.
  int add_last(int source);

  using path = boost::process::v2::filesystem::path;
  error_code on_exec_setup(boost::process::v2::posix::default_launcher&, const path&, const char* const*) noexcept;

 private:
  void add(const stdio_target&, int number, error_code& ec);

  struct placement {
    int source;
    int target;
    bool inherited = false;  // as it is in the host, if there is one
  };
  std::vector<placement> placements_;
  int beyond_;  // what the program gets ends before this number
  std::array<unique_descriptor, 3> opened_;
  std::array<unique_descriptor, 3> logged_;
};

}  // namespace belfry::detail::posix

#endif
