// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_OBITUARY_HPP
#define BELFRY_SRC_HOST_OBITUARY_HPP

#include "coroner.hpp"
#include "plugin_output.hpp"
#include "posix/child.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/diagnostics.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace belfry::detail {

/// Sees to it that a plugin's end is recorded once, with all that is known, whoever notices it first: an operation of
/// the channel, or somebody who waits for the process.
///
/// Thread safety: all.
class obituary : public std::enable_shared_from_this<obituary> {
 public:
  obituary(std::string name, std::shared_ptr<posix::child> child, std::weak_ptr<channel_state> channel,
           std::shared_ptr<coroner> c, std::shared_ptr<plugin_output> output)
      : name_(std::move(name)),
        child_(std::move(child)),
        channel_(std::move(channel)),
        coroner_(std::move(c)),
        output_(std::move(output)) {}

  /// One for a plugin that has just become one. From here on its end is noticed, and recorded.
  static std::shared_ptr<obituary> begin(const std::string& name, const std::shared_ptr<posix::child>&,
                                         const std::shared_ptr<channel_state>&, const std::shared_ptr<coroner>&,
                                         std::shared_ptr<plugin_output>);

  /// The host itself ends the plugin; its death is no mishap.
  void expected() noexcept { expected_.store(true); }

  /// For the channel's link: its state has left `open`.
  void channel_ended(const channel_state&, link_state, const char* what) noexcept;

  /// The process has ended and `status` is known.
  void process_ended(channel_state&, const exit_status& status) noexcept;

  /// Nobody will ask any more how the process ended. Records its death, if the channel has told of one, and that waits
  /// for the process to end.
  void left(const channel_state&) noexcept;

  /// The process should have ended, and cannot be killed.
  void left_running(const channel_state&, const error_code& why) noexcept;

 private:
  void channel_died(const channel_state&);
  void await_status(const channel_state&);
  void death_once(const channel_state&, const std::optional<exit_status>&);
  void death_without_status(const channel_state&);
  void death(const channel_state&, const exit_status&);
  std::optional<exit_status> known(const exit_status&) const;
  std::string how(const exit_status&) const;
  void record(const channel_state&, event_kind, severity, const std::optional<exit_status>&, const std::string& what);

  const std::string name_;
  const std::shared_ptr<posix::child> child_;
  const std::weak_ptr<channel_state> channel_;
  const std::shared_ptr<coroner> coroner_;
  const std::shared_ptr<plugin_output> output_;  // none where it is not logged
  std::atomic<bool> expected_{false};
  std::atomic<bool> channel_died_{false};
  enum class recorded { nothing, death_without_status, status };
  std::atomic<recorded> recorded_{recorded::nothing};
};

}  // namespace belfry::detail

#endif
