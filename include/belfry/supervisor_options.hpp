// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SUPERVISOR_OPTIONS_HPP
#define BELFRY_SUPERVISOR_OPTIONS_HPP

#include <belfry/autopsy.hpp>
#include <belfry/error.hpp>
#include <belfry/exit_status.hpp>
#include <belfry/message_view.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry {

/// Whether a plugin that has ended is started again. It has *failed* unless it said goodbye and then exited with 0.
enum class restart {
  never,
  on_failure,  ///< Also where it cannot be started, or does not greet.
  always,
};

/// What becomes of messages that a plugin had not done with when it died.
enum class redelivery {
  /// Messages that it had not released, and requests that it had not answered, are given to its successor, in order and
  /// before all others. A message that it handled and did not come to release is handled twice.
  at_least_once,
  /// They are reported instead; the requests fail with `error::peer_dead`.
  at_most_once,
};

/// When a plugin is started again.
struct restart_options {
  /// In which cases.
  restart policy = restart::on_failure;
  /// How long the first restart waits.
  std::chrono::milliseconds first_delay{100};
  /// Each failure in a row makes the wait that many times longer. A plugin that lived for `stable_after`, or that got
  /// something done (it released, answered or sent a message), ends the row.
  double growth = 2;
  /// But not longer than this.
  std::chrono::milliseconds longest_delay{30'000};
  /// Each wait is made longer or shorter, at random, by up to this part of it, so that many plugins which fall together do
  /// not rise together. From 0 to 1.
  double jitter = 0.2;
  /// See `growth`.
  std::chrono::milliseconds stable_after{10'000};
  /// So many restarts within `within` are allowed; when one more is due the supervisor gives up. 0: no limit.
  unsigned limit = 10;
  /// See `limit`.
  std::chrono::milliseconds within{60'000};
  /// So many failures in a row (see `growth`) are borne; at the next one the supervisor gives up. 0: no limit.
  unsigned limit_in_a_row = 0;
};

/// What a supervisor tells about its plugin.
struct supervisor_event {
  /// What happened.
  enum class type {
    started,       ///< A plugin runs, and has greeted.
    ready,         ///< It takes messages.
    unresponsive,  ///< It shows no sign of life, and is killed.
    ended,         ///< It is gone; `status` tells how. Or it could not be started; `ec` tells why.
    restarting,    ///< Another will be started after `delay`.
    set_aside,     ///< A message killed too many of its receivers, and is given to no other.
    undelivered,   ///< A message, or a request, will not reach a plugin.
    gave_up,       ///< No other will be started.
    stopped,       ///< As asked.
  };

  type what = type::started;      ///< What happened.
  std::string plugin;             ///< What the host calls it.
  std::uint64_t incarnation = 0;  ///< Which of the plugins that were started, beginning with 1.
  int pid = 0;                    ///< Its process; 0 if there is none.

  /// With `ended`: how, if it was started. With `set_aside`: how the last of those ended that died over the message.
  std::optional<exit_status> status;
  bool unresponsive = false;  ///< Likewise: whether it was killed, since it gave no sign of life or was not ready.
  bool failed = false;        ///< With `ended`: whether this counts as a failure.

  /// With `ended`, where it was started: what was said last and what it was doing. Made before what it had left to be
  /// received is taken out of its ring.
  std::shared_ptr<const belfry::autopsy> autopsy;
  std::filesystem::path autopsy_file;  ///< Likewise: the file of it, if one was written (`autopsy_options::folder`).
  error_code ec;                       ///< With `ended` and `undelivered`: why, where that is an error.
  std::chrono::milliseconds delay{0};  ///< With `restarting`.
  std::vector<std::byte> bytes;        ///< With `set_aside` and `undelivered`: the message.
  std::uint16_t kind = 0;              ///< Likewise.
  bool request = false;                ///< Likewise: whether it was a request, which has failed.
  unsigned deaths = 0;                 ///< Likewise: how many receivers died over it.
  std::string message;                 ///< The whole in one line for people.
};

/// "started", "ready", ...
const char* to_string(supervisor_event::type) noexcept;

/// How a plugin is kept alive.
struct supervisor_options {
  /// When it is started again.
  restart_options restarts;

  /// What becomes of messages that it had not done with.
  belfry::redelivery redelivery = belfry::redelivery::at_least_once;
  /// A message over which so many receivers have died is set aside; 0: none ever is. To die over a message is to die,
  /// or to be killed as unresponsive, while it was the oldest that was not released, or while it was a request that was
  /// released and not answered. Where several are under suspicion, each is tried alone before it is set aside, so the last
  /// death at least is no other message's doing.
  unsigned most_deaths = 3;

  /// A plugin that shows no sign of life for so long is killed, and that counts as a failure; 0: never. A sign of life is to
  /// release or to send a message. An idle plugin is asked for one now and then, and gives it unknowingly whenever it looks
  /// at its channel: while it waits to receive, or for a reply, or tries to. So a plugin may work on one message, or do
  /// something else altogether, for this long at most. Waiting for the host to make room is no fault of the plugin's. It
  /// is noticed a quarter of this later at most.
  std::chrono::milliseconds unresponsive_after{30'000};

  /// A plugin is ready when it has greeted, or, if this is given, when it has sent a message of this kind, which is not
  /// delivered. Before it is ready it is sent nothing.
  std::optional<std::uint16_t> ready_kind;
  /// How long it may take from the greeting until it is ready, before it is killed.
  std::chrono::milliseconds ready_timeout{30'000};

  /// Called with each event, in order and one at a time, by a thread that runs the supervisor's executor. It may start
  /// operations of the supervisor; it must not block, and must not throw.
  std::function<void(const supervisor_event&)> on_event;
};

/// What a supervisor has seen so far.
struct supervisor_stats {
  /// What it is about.
  enum class state { idle, starting, running, ending, waiting, finished };
  state now = state::idle;         ///< `waiting`: until the next restart is due.
  bool ready = false;              ///< Whether a plugin takes messages now.
  int pid = 0;                     ///< Of the plugin that runs; 0 if none does.
  std::uint64_t incarnation = 0;   ///< Which of those that were started it is; 0 before the first.
  std::uint64_t restarts = 0;      ///< Started, or tried to start, after the first.
  std::uint64_t failures = 0;      ///< Of plugins: ended as they should not, or never began.
  std::uint64_t unresponsive = 0;  ///< Of these: killed for want of a sign of life.
  std::uint64_t sent = 0;          ///< Messages and requests, each counted once.
  std::uint64_t received = 0;      ///< Messages that were given to the user.
  std::uint64_t redelivered = 0;   ///< Messages and requests that were given to another plugin after a death.
  std::uint64_t set_aside = 0;     ///< Messages and requests that killed too many.
  std::uint64_t undelivered = 0;   ///< Messages and requests that reached no plugin to its end.
};

/// A message from a plugin, with what belongs to it.
struct supervised_message {
  std::vector<std::byte> bytes;           ///< What it says.
  std::uint16_t kind = 0;                 ///< What the plugin gave with it.
  request_id request = request_id::none;  ///< If it is a request: what `supervisor::async_reply` needs.
  std::uint64_t incarnation = 0;          ///< Which plugin sent it.

  /// As text.
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

}  // namespace belfry

#endif
