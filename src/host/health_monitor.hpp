// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_HEALTH_MONITOR_HPP
#define BELFRY_SRC_HOST_HEALTH_MONITOR_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace belfry::detail {

/// Decides whether a plugin still lives, from what is seen of it now and then. Knows no clock and no channel.
///
/// What tells is only whether messages that the plugin has been sent are released. So one that has nothing to release is
/// sent something: a reply that it never asked for (`message_header::sign_of_life`), which it drops as soon as it looks.
class health_monitor {
 public:
  using clock = std::chrono::steady_clock;

  /// 0: no plugin is ever found dead.
  explicit health_monitor(std::chrono::milliseconds limit) : limit_(limit) {}

  /// What is to be seen of the plugin.
  struct sight {
    std::uint64_t sent = 0;      ///< Up to which position messages were sent.
    std::uint64_t released = 0;  ///< Up to which position it has released them.
    std::uint64_t received = 0;  ///< Messages that it has sent, as far as they were received.
    bool waits_for_us = false;   ///< It can do nothing before it is given room.
  };

  enum class verdict {
    lives,
    ask,  ///< It has nothing to release: send it something that it will.
    dead,
  };

  verdict look(const sight& s, clock::time_point now) {
    if (limit_.count() == 0) return verdict::lives;
    // If nobody has looked for long then this process, or the whole machine, may have slept, and the plugin with it.
    const bool slept = last_look_ && now - *last_look_ > 2 * interval() + std::chrono::seconds(1);
    last_look_ = now;
    const bool sign = s.released != last_.released || s.received != last_.received;
    last_ = s;
    if (s.released == s.sent) {
      owes_since_ = now;  // from when it is asked
      return verdict::ask;
    }
    if (sign || slept || s.waits_for_us || !owes_since_) owes_since_ = now;
    return now - *owes_since_ >= limit_ ? verdict::dead : verdict::lives;
  }

  /// How often to look; 0: not at all.
  std::chrono::milliseconds interval() const noexcept {
    if (limit_.count() == 0) return limit_;
    return std::max(limit_ / 4, std::chrono::milliseconds(1));
  }

 private:
  std::chrono::milliseconds limit_;
  std::optional<clock::time_point> last_look_;
  std::optional<clock::time_point> owes_since_;
  sight last_;
};

}  // namespace belfry::detail

#endif
