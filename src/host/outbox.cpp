// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "outbox.hpp"

#include <algorithm>
#include <utility>

namespace belfry::detail {

outbox::item outbox::next() {
  if (waiting_.empty() || last_trial_under_way()) return nullptr;
  const auto& first = waiting_.front();
  return on_last_trial(first) && !nothing_under_way() ? nullptr : first;
}

bool outbox::last_trial_under_way() const noexcept {
  // There is nothing beside it.
  return (!sent_.empty() && on_last_trial(sent_.front().what)) ||
         (!asked_.empty() && on_last_trial(asked_.begin()->second));
}

bool outbox::holds_back() { return !waiting_.empty() && !next(); }

void outbox::committed(std::uint64_t begin, std::uint64_t end) {
  auto i = std::move(waiting_.front());
  waiting_.pop_front();
  i->begin = begin;
  if (i->what == outgoing::form::reply) return committed_other(begin, end);
  if (i->what == outgoing::form::request) asked_.emplace(begin, i);
  // One that was never in a dead plugin's hands has no past to be remembered: its bytes are in the ring.
  else if (i->deaths == 0) i = nullptr;
  sent_.push_back({begin, end, std::move(i), false});
}

void outbox::released(std::uint64_t position) {
  while (!sent_.empty() && sent_.front().end <= position) sent_.pop_front();
}

void outbox::answered(const item& i) {
  const auto found = asked_.find(i->begin);
  if (found != asked_.end() && found->second == i) asked_.erase(found);
}

void outbox::withdraw(const item& i) {
  i->withdrawn = true;
  std::erase(waiting_, i);
  answered(i);
}

outbox::toll outbox::died(std::uint64_t position, bool blame, const std::function<item(std::uint64_t)>& fetch) {
  released(position);
  toll t;
  // Requests that were released came before all that was not. Each may be what it died of.
  for (auto& [begin, request] : asked_) {
    if (!sent_.empty() && begin >= sent_.front().begin) break;
    settle(t, request, true, blame);
  }
  // Of what was not released it had only the first in its hands, unless it reads several at a time.
  bool first = true;
  for (auto& one : sent_) {
    const bool suspect = std::exchange(first, false);
    if (one.other) continue;
    auto what = one.what ? std::move(one.what) : fetch(one.begin);
    const bool answered_early = what->what == outgoing::form::request && !asked_.contains(one.begin);
    if (!answered_early) settle(t, std::move(what), suspect, blame);
  }
  sent_.clear();
  asked_.clear();
  // What it had asked concerns nobody else.
  std::erase_if(waiting_, [&](const item& i) {
    if (i->what != outgoing::form::reply) return false;
    t.lost.push_back(i);
    return true;
  });
  waiting_.insert(waiting_.begin(), t.again.begin(), t.again.end());
  return t;
}

void outbox::settle(toll& t, item i, bool suspect, bool blame) {
  if (suspect && blame) ++i->deaths;
  if (how_ == redelivery::at_most_once) t.lost.push_back(std::move(i));
  else if (most_deaths_ != 0 && i->deaths >= most_deaths_) t.set_aside.push_back(std::move(i));
  else t.again.push_back(std::move(i));
}

std::vector<outbox::item> outbox::take_all() {
  std::vector<item> all(waiting_.begin(), waiting_.end());
  waiting_.clear();
  return all;
}

}  // namespace belfry::detail
