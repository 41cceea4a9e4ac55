// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_CORONER_HPP
#define BELFRY_SRC_HOST_CORONER_HPP

#include "posix/child.hpp"

#include <belfry/autopsy.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/error.hpp>
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
  /// `known` is what is known of it from the beginning, as `launched` tells it.
  coroner(autopsy_options, autopsy known, const std::string& name, std::shared_ptr<posix::child>);

  /// What it was launched with.
  static autopsy launched(const launch_options&);

  /// Whether so much can be recorded.
  static void check(const autopsy_options&, error_code& ec) noexcept;
  /// What keeps files from being written, as far as that is to be seen beforehand.
  void check_folder(error_code& ec) const noexcept;

  /// What was wrong, where the plugin broke the protocol.
  void violated(const char* what) noexcept { violation_.store(what); }

  /// Where the last lines of its standard error are to be had, the oldest first. Before anything is examined.
  void errors_from(std::function<std::vector<std::string>()> lines) { last_errors_ = std::move(lines); }

  autopsy examine(const channel_state&) const;

  /// Writes the file, if there shall be one. Once more for the same plugin, it replaces the first. What keeps it from that,
  /// lack of memory too, is in `ec`.
  void write(const channel_state&, error_code& ec) noexcept;
  bool writes() const noexcept { return !what_.folder.empty(); }
  /// Tells that it was not written, or cannot be.
  void report_failure(const error_code&) const;
  /// What was written; empty if nothing was.
  std::filesystem::path file() const;

 private:
  std::string reason(const channel_state&) const;

  autopsy_options what_;
  autopsy known_;  // from the beginning
  const std::shared_ptr<posix::child> child_;
  std::function<std::vector<std::string>()> last_errors_;
  std::atomic<const char*> violation_{""};
  mutable std::mutex mutex_;
  std::string file_name_;  // made when it is first needed
  bool written_ = false;
};

}  // namespace belfry::detail

#endif
