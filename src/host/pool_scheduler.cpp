// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "pool_scheduler.hpp"

#include <algorithm>

namespace belfry::detail {

pool_scheduler::pool_scheduler(const pool_options& o)
    : minimum_(o.minimum),
      maximum_(std::max({o.maximum, o.minimum, std::size_t{1}})),
      at_once_(std::max(o.requests_at_once, std::size_t{1})),
      idle_after_(o.idle_after) {}

pool_scheduler::number pool_scheduler::add() {
  one p;
  p.generation = generation_;
  plugins_.emplace(++last_, p);
  return last_;
}

std::size_t pool_scheduler::staying() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(plugins_.begin(), plugins_.end(), [](auto& p) { return p.second.now != one::state::leaving; }));
}

std::size_t pool_scheduler::ready_ones() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(plugins_.begin(), plugins_.end(), [](auto& p) { return p.second.now == one::state::ready; }));
}

std::optional<pool_scheduler::number> pool_scheduler::oldest_of_old() const {
  for (const auto& [n, p] : plugins_)
    if (p.generation != generation_ && p.now != one::state::leaving) return n;
  return std::nullopt;
}

bool pool_scheduler::has_room(const one& p) const noexcept {
  return p.now == one::state::ready && !p.alone && p.busy < at_once_;
}

pool_scheduler::change pool_scheduler::next(std::size_t waiting, clock::time_point now) {
  if (const auto old = oldest_of_old()) {
    // One more than usual, so that there are never fewer.
    if (!successor_) {
      successor_ = add();
      return {step::add, *successor_};
    }
    if (plugins_.at(*successor_).now == one::state::ready) {
      successor_.reset();
      plugins_.at(*old).now = one::state::leaving;
      return {step::remove, *old};
    }
  } else {
    successor_.reset();
  }

  const std::size_t extra = successor_ ? 1 : 0;
  const std::size_t count = staying();
  if (count < minimum_ + extra) return {step::add, add()};
  const auto starting = static_cast<std::size_t>(
      std::count_if(plugins_.begin(), plugins_.end(), [](auto& p) { return p.second.now == one::state::starting; }));
  // Those that are being started will take some of what waits.
  if (waiting > starting * at_once_ && count < maximum_ + extra) return {step::add, add()};

  if (waiting != 0 || count <= minimum_ + extra) return {};
  auto idle = plugins_.end();
  for (auto p = plugins_.begin(); p != plugins_.end(); ++p) {
    const bool bored = p->second.now == one::state::ready && p->second.busy == 0 && p->first != successor_ &&
                       now - p->second.idle_since >= idle_after_;
    if (bored && (idle == plugins_.end() || p->second.idle_since <= idle->second.idle_since)) idle = p;
  }
  if (idle == plugins_.end()) return {};
  idle->second.now = one::state::leaving;
  return {step::remove, idle->first};
}

void pool_scheduler::ready(number n, clock::time_point now) {
  auto& p = plugins_.at(n);
  if (p.now == one::state::leaving) return;
  p.now = one::state::ready;
  p.idle_since = now;
}

void pool_scheduler::not_ready(number n) {
  auto& p = plugins_.at(n);
  if (p.now == one::state::ready) p.now = one::state::starting;
}

void pool_scheduler::gone(number n) {
  if (successor_ == n) {
    // The new ones do not come up: the old ones stay until somebody wants them to be replaced again.
    successor_.reset();
    for (auto& p : plugins_) p.second.generation = generation_;
  }
  plugins_.erase(n);
}

std::optional<pool_scheduler::number> pool_scheduler::place(bool alone) {
  auto best = plugins_.end();
  for (auto p = plugins_.begin(); p != plugins_.end(); ++p) {
    if (!has_room(p->second) || (alone && p->second.busy != 0)) continue;
    if (best == plugins_.end() || p->second.busy < best->second.busy) best = p;
  }
  if (best == plugins_.end()) return std::nullopt;
  ++best->second.busy;
  best->second.alone = alone;
  return best->first;
}

void pool_scheduler::finished(number n, clock::time_point now) {
  const auto p = plugins_.find(n);
  if (p == plugins_.end()) return;
  --p->second.busy;
  p->second.alone = false;
  p->second.idle_since = now;
}

void pool_scheduler::renew() {
  ++generation_;
  successor_.reset();
}

}  // namespace belfry::detail
