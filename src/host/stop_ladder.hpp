// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_STOP_LADDER_HPP
#define BELFRY_SRC_HOST_STOP_LADDER_HPP

#include "plugin_impl.hpp"

#include <belfry/detail/deadline.hpp>
#include <belfry/stop_options.hpp>

#include <memory>

namespace belfry::detail {

/// The steps by which a plugin is stopped. Who drives it waits, in whatever way, between them:
///
///     while (ladder.step() && !(the process ends before ladder.deadline())) {}
///     status = ladder.finish(ec);
class stop_ladder {
 public:
  stop_ladder(std::shared_ptr<plugin::impl> subject, const stop_options& options)
      : subject_(std::move(subject)), options_(options) {}

  /// Takes the next step that is worth a wait. False: there is none, or the process has ended.
  bool step();
  /// Until when to wait for the end of the process.
  const steady_deadline& deadline() const noexcept { return deadline_; }
  /// How it ended, or why it could not be ended.
  exit_status finish(error_code& ec);

  plugin::impl& subject() const noexcept { return *subject_; }

 private:
  bool wait_for(std::chrono::milliseconds limit);
  void give_up(error_code why);

  std::shared_ptr<plugin::impl> subject_;
  stop_options options_;
  enum { on_the_ground, said_goodbye, terminated, killed, gave_up } step_ = on_the_ground;
  steady_deadline deadline_;
  error_code failure_;
};

}  // namespace belfry::detail

#endif
