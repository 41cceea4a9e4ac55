// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_OBSERVER_HPP
#define BELFRY_OBSERVER_HPP

#include <belfry/error.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace belfry {

/// How a channel stands, as its host has seen it.
enum class observed_condition {
  open,           ///< It is in use.
  plugin_closed,  ///< The plugin said goodbye.
  plugin_died,    ///< It ended, or hung up, without one.
  violated,       ///< It broke the protocol.
  host_closed,    ///< The host closed the channel.
};

/// "open", "plugin_closed", ...
const char* to_string(observed_condition) noexcept;

/// What one side has done in one direction.
struct observed_end {
  std::uint64_t messages = 0;  ///< Committed, or released.
  std::uint64_t bytes = 0;     ///< Of payload.
  std::uint64_t rings = 0;     ///< Times it rang the other side's bell.
  std::uint64_t sleeps = 0;    ///< Times it waited for the other side.
  bool waits = false;          ///< Whether it waits now: the reader for a message, the writer for room.
};

/// One direction of a channel, at one moment.
struct observed_direction {
  observed_end writer;                ///< The one who sends.
  observed_end reader;                ///< The one who receives.
  std::uint64_t capacity = 0;         ///< Bytes of the ring.
  std::uint64_t unread_bytes = 0;     ///< Bytes of it, headers included, that the reader has not released.
  std::uint64_t unread_messages = 0;  ///< Messages in them: these, or, in a large ring, at least these.

  double messages_per_second = 0;  ///< Released, since the last look.
  double bytes_per_second = 0;     ///< Of payload.
  double rings_per_second = 0;     ///< Of both sides.
  double sleeps_per_second = 0;    ///< Of both sides.
  /// How long a message lies in the ring until it is released: on the average, by Little's law, of what lay there at this
  /// look and the last and of what was released between them. Absent where nothing was.
  std::optional<std::chrono::nanoseconds> delay;
};

/// A channel from a host to a plugin, at one moment.
struct observed_channel {
  std::uint64_t id = 0;  ///< The same in each look, and of no other channel that is there.
  int host_pid = 0;      ///< The host's process.
  std::string host;      ///< The host's program, as the system calls it (at most 15 bytes).
  int pid = 0;           ///< The plugin's process, as its host knows it.
  std::string name;      ///< What the host calls the plugin.
  /// Whether the channel is in use, and if not, how it ended.
  observed_condition condition = observed_condition::open;
  /// The plugin's process: 'R' runs, 'S' sleeps, 'T' was stopped, 'Z' has ended; see proc(5).
  char process_state = '?';
  std::uint64_t restarts = 0;            ///< Times that a supervisor started it again.
  std::chrono::nanoseconds uptime{0};    ///< Since the channel was made.
  std::chrono::nanoseconds interval{0};  ///< Since the last look; 0 if this is the first one, which has no rates.
  observed_direction to_plugin;          ///< What the host sends.
  observed_direction from_plugin;        ///< What the plugin sends.
};

/// The same as an object of JSON, in one line. Times are in seconds; what is absent is null.
std::string to_json(const observed_channel&);

/// Looks at the channels of the plugins that this user's hosts have launched (`launch_options::observable`).
///
/// It finds them among the open files of the user's processes, in /proc, and maps them for reading only. So it asks nobody,
/// nobody notices, and there is nothing registered that could go stale. A host pays one fetched cache line or two a look.
/// What stands there is taken for what it is, the word of another process: a wrong figure is possible, a crash is not.
/// A host that keeps others out of its memory (PR_SET_DUMPABLE) cannot be seen.
///
/// Thread safety: one thread at a time. Object lifetime: it keeps mapped what it found, until the next look does not find
/// it any more.
class observer {
 public:
  observer();
  /// What is left behind can only be destroyed or assigned to.
  observer(observer&&) noexcept;
  /// What was here before is given up first.
  observer& operator=(observer&&) noexcept;
  ~observer();

  /// All that there is now, by host and by age. A process that ends meanwhile, or may not be looked at, is left out.
  ///
  /// Errors: what open(2) says of /proc.
  std::vector<observed_channel> look(error_code& ec);
  /// The same; throws `system_error`.
  std::vector<observed_channel> look();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace belfry

#endif
