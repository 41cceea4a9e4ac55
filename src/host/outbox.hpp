// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_OUTBOX_HPP
#define BELFRY_SRC_HOST_OUTBOX_HPP

#include <belfry/supervisor_options.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace belfry::detail {

/// A message on its way to a plugin, as far as its fate depends on it.
struct outgoing {
  enum class form { message, request, reply };

  outgoing(form f, std::uint16_t k) noexcept : what(f), kind(k) {}
  outgoing(const outgoing&) = delete;
  outgoing& operator=(const outgoing&) = delete;
  virtual ~outgoing() = default;

  form what;
  std::uint16_t kind;
  unsigned deaths = 0;      ///< Of plugins that had it in their hands.
  bool withdrawn = false;   ///< Whoever sent it does not want it to be sent any more.
  std::uint64_t begin = 0;  ///< Where it was committed last.
};

/// Decides which message a plugin is given next, and, when the plugin dies, which its successor is given again. Knows no
/// channel: a position is one in the ring of the plugin that lives.
class outbox {
 public:
  using item = std::shared_ptr<outgoing>;

  /// `most_deaths`: see `supervisor_options`.
  outbox(redelivery how, unsigned most_deaths) noexcept : how_(how), most_deaths_(most_deaths) {}

  /// One more, behind all others.
  void add(item i) { waiting_.push_back(std::move(i)); }

  /// What may be given to the plugin now; null if there is nothing, or it must first be done with what it has.
  item next();
  /// What `next` shows was committed from `begin` to `end`.
  void committed(std::uint64_t begin, std::uint64_t end);
  /// Something else was, which is no message.
  void committed_other(std::uint64_t begin, std::uint64_t end) { sent_.push_back({begin, end, nullptr, true}); }
  /// What `next` shows cannot be sent.
  void drop_next() { waiting_.pop_front(); }

  /// The plugin has released all before `position`.
  void released(std::uint64_t position);
  /// A request was answered, or has failed for good.
  void answered(const item&);
  /// A message, or a request, that is not to be sent any more, or not again.
  void withdraw(const item&);

  /// Whether the next one waits until the plugin has released, or answered, all that it was sent.
  bool holds_back();
  /// Whether nothing waits.
  bool empty() const noexcept { return waiting_.empty(); }

  /// What a death costs.
  struct toll {
    std::vector<item> again;      ///< To be given to the successor.
    std::vector<item> set_aside;  ///< Killed too many.
    std::vector<item> lost;       ///< Not to be given to another.
  };
  /// The plugin is gone, having released all before `position`. `fetch(begin)` makes an item of a message that was
  /// committed there. `blame`: it died over what it had in its hands.
  toll died(std::uint64_t position, bool blame, const std::function<item(std::uint64_t)>& fetch);

  /// All that still waits; it is forgotten.
  std::vector<item> take_all();

 private:
  struct record {
    std::uint64_t begin;
    std::uint64_t end;
    item what;   // null for a message that is nowhere but in the ring
    bool other;  // no message at all
  };

  bool on_last_trial(const item& i) const noexcept { return i && i->deaths != 0 && i->deaths + 1 == most_deaths_; }
  bool last_trial_under_way() const noexcept;
  void settle(toll&, item, bool suspect, bool blame);
  bool nothing_under_way() const noexcept { return sent_.empty() && asked_.empty(); }

  redelivery how_;
  unsigned most_deaths_;
  std::deque<item> waiting_;
  std::deque<record> sent_;              // and not released
  std::map<std::uint64_t, item> asked_;  // requests that were sent and not answered, by where they begin
};

}  // namespace belfry::detail

#endif
