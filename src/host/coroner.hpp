// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_CORONER_HPP
#define BELFRY_SRC_HOST_CORONER_HPP

#include "posix/child.hpp"

#include <belfry/autopsy.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/launch_options.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace belfry::detail {

/// Examines a plugin: dead, or alive.
///
/// Thread safety: all.
class coroner {
 public:
  coroner(const launch_options&, std::string name, std::shared_ptr<posix::child>);

  /// Whether what is asked for can be done.
  static void check(const launch_options&, error_code& ec);

  /// What was wrong, where the plugin broke the protocol.
  void violated(const char* what) noexcept { violation_.store(what); }

  /// Where the last lines of its standard error are to be had. Before anything is examined.
  void errors_from(std::function<std::vector<std::string>()> lines) { last_errors_ = std::move(lines); }

  autopsy examine(const channel_state&) const;

  /// Writes the file, if there shall be one. Returns its path, or an empty one. Once more for the same plugin, it replaces
  /// the first.
  std::filesystem::path write(const channel_state&, error_code& ec);
  bool writes() const noexcept { return !what_.folder.empty(); }

 private:
  std::string reason(const channel_state&) const;

  const autopsy_options what_;
  autopsy known_;  // from the launch on
  const std::shared_ptr<posix::child> child_;
  std::function<std::vector<std::string>()> last_errors_;
  std::atomic<const char*> violation_{""};
  std::mutex mutex_;
  std::string file_name_;  // made when it is first needed
};

}  // namespace belfry::detail

#endif
