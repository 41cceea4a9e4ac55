// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_POOL_OPTIONS_HPP
#define BELFRY_POOL_OPTIONS_HPP

#include <belfry/supervisor_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace belfry {

/// How a pool of plugins is kept.
struct pool_options {
  /// So many plugins are there even if there is nothing to do.
  std::size_t minimum = 1;
  /// And so many at most, whatever there is to do; one more while plugins are replaced. At least `minimum`, and 1.
  std::size_t maximum = 4;
  /// So many requests one plugin is given at a time. More than 1 keeps a plugin busy that answers at once, and lets more
  /// requests suffer where it dies.
  std::size_t requests_at_once = 1;
  /// A request over which so many plugins have died fails with `error::set_aside`, and is given to no other; at least 1.
  /// Where plugins are given several at a time, it is tried alone before that.
  unsigned most_deaths = 3;
  /// A plugin above the minimum that has had nothing to do for so long is ended.
  std::chrono::milliseconds idle_after{10'000};
  /// How often to look whether the program has changed; then the plugins are replaced, as with `plugin_pool::replace`. 0:
  /// never.
  std::chrono::milliseconds check_program_every{1000};

  /// When a plugin that died is started again. A pool has no limit but that of failures in a row.
  restart_options restarts = pool_restarts();
  /// As in `supervisor_options`.
  std::chrono::milliseconds unresponsive_after{30'000};
  /// As in `supervisor_options`.
  std::optional<std::uint16_t> ready_kind;
  /// As in `supervisor_options`.
  std::chrono::milliseconds ready_timeout{30'000};

  /// As in `supervisor_options`; the event's `plugin` tells which of them it is about. `undelivered` is not told, since a
  /// request that its plugin had not answered is given to another.
  std::function<void(const supervisor_event&)> on_event;

  /// What `restarts` are unless you say otherwise.
  static restart_options pool_restarts() {
    restart_options r;
    r.policy = restart::always;
    r.first_delay = std::chrono::milliseconds(10);
    r.limit = 0;
    r.limit_in_a_row = 5;
    return r;
  }
};

/// What a pool has seen so far.
struct pool_stats {
  std::size_t plugins = 0;      ///< That are there now, or being started.
  std::size_t ready = 0;        ///< Of these: take requests.
  std::size_t under_way = 0;    ///< Requests that a plugin has been given.
  std::size_t waiting = 0;      ///< Requests that none has been given.
  std::uint64_t answered = 0;   ///< Requests.
  std::uint64_t again = 0;      ///< Requests that were given to another plugin after a death, each time.
  std::uint64_t set_aside = 0;  ///< Requests that killed too many.
  std::uint64_t started = 0;    ///< Plugins, the first ones and those that followed a death.
  std::uint64_t failures = 0;   ///< Plugins that ended as they should not, or never began.
  std::uint64_t replaced = 0;   ///< Plugins that gave way to a newer one.
};

}  // namespace belfry

#endif
