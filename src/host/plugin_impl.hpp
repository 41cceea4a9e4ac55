// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_PLUGIN_IMPL_HPP
#define BELFRY_SRC_HOST_PLUGIN_IMPL_HPP

#include "coroner.hpp"
#include "obituary.hpp"
#include "posix/child.hpp"
#include "posix/output_reader.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/plugin.hpp>
#include <belfry/stop_options.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace belfry {

/// Shared with pending waits. The child and the obituary are shared with the channel, which may outlive this.
struct plugin::impl {
  std::string name;
  stop_options stop;
  std::shared_ptr<detail::posix::child> child;
  std::shared_ptr<detail::posix::output_reading> output;  // none where it is not logged
  std::shared_ptr<detail::coroner> coroner;
  std::shared_ptr<detail::obituary> obituary;
  std::shared_ptr<detail::channel_state> state;
  belfry::channel channel;  // the user may move it away

  /// Whoever learns the status tells it here; the rest follows once.
  void ended(const exit_status& status) { obituary->process_ended(*state, status); }
};

}  // namespace belfry

#endif
