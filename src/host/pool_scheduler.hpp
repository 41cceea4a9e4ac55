// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POOL_SCHEDULER_HPP
#define BELFRY_SRC_HOST_POOL_SCHEDULER_HPP

#include <belfry/pool_options.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>

namespace belfry::detail {

/// Decides which plugin of a pool is given a request, and how many plugins there are. Knows no process and no clock.
class pool_scheduler {
 public:
  using clock = std::chrono::steady_clock;
  using number = unsigned;

  explicit pool_scheduler(const pool_options&);

  enum class step { nothing, add, remove };
  /// What to do next about the plugins.
  struct change {
    step what = step::nothing;
    number which = 0;
  };
  /// `waiting`: requests that no plugin has been given. What it tells to do counts as done: a plugin to be added is being
  /// started, one to be removed is given nothing more and ends when it is `idle`. To be asked until there is nothing.
  change next(std::size_t waiting, clock::time_point now);

  /// It takes requests now.
  void ready(number, clock::time_point now);
  /// It died, and will be started again.
  void not_ready(number);
  /// It is gone for good.
  void gone(number);

  /// Which plugin is given a request, if one has room. `alone`: it must have nothing else, and gets nothing else.
  std::optional<number> place(bool alone);
  /// It is through with one.
  void finished(number, clock::time_point now);
  bool idle(number n) const { return plugins_.at(n).busy == 0; }
  /// Whether it is to be removed, and whether that is because it is replaced.
  bool leaving(number n) const { return plugins_.at(n).now == one::state::leaving; }
  bool replaced(number n) const { return leaving(n) && plugins_.at(n).generation != generation_; }

  /// All that are there are to be replaced.
  void renew();

  std::size_t size() const noexcept { return plugins_.size(); }
  std::size_t ready_ones() const noexcept;

 private:
  struct one {
    enum class state { starting, ready, leaving } now = state::starting;
    unsigned generation = 0;
    std::size_t busy = 0;
    bool alone = false;
    clock::time_point idle_since{};
  };

  number add();
  std::size_t staying() const noexcept;
  std::optional<number> oldest_of_old() const;
  bool has_room(const one& p) const noexcept;

  std::size_t minimum_, maximum_, at_once_;
  std::chrono::milliseconds idle_after_;
  std::map<number, one> plugins_;
  number last_ = 0;
  unsigned generation_ = 0;
  std::optional<number> successor_;  // of an old one, and not ready yet
};

}  // namespace belfry::detail

#endif
