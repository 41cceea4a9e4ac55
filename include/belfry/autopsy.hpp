// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_AUTOPSY_HPP
#define BELFRY_AUTOPSY_HPP

#include <belfry/error.hpp>
#include <belfry/exit_status.hpp>
#include <belfry/resource_usage.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry {

/// What an autopsy records, and where it is written. The limits keep a file below 6 MiB.
struct autopsy_options {
  /// Where a file is written for each plugin that does not end as it should: by a signal, with another exit code than 0,
  /// without a goodbye, or by breaking the protocol. None if empty. It must be a folder that is there and can be written
  /// to. Where it cannot, at the launch already or later, that is a diagnostic (`event_kind::autopsy_failed`) and no error:
  /// a plugin does not stay down for want of a place for its autopsy.
  std::filesystem::path folder;
  /// So many of such files are kept in the folder; where there are more, the oldest are removed. Counted are regular files of
  /// this user, of all plugins and all hosts, that still have the names under which they were written. 0: no limit.
  std::size_t most_files = 100;
  /// So many of the last messages each way, at most 256.
  std::size_t messages = 16;
  /// So many of the first bytes of each, at most 1024. 0 where nothing that was said may be written down.
  std::size_t bytes_per_message = 64;
  /// Keeps when each message was sent or released, and where it began. Without it the messages that were read already are
  /// found by what stands in the ring, which a message that contains belfry's own headers can mislead. It costs a look at
  /// the clock for each message that is sent or released.
  bool keep_times = false;
};

/// A message that still lay in a ring.
struct recorded_message {
  /// What it was.
  enum class type { plain, request, reply };

  std::uint64_t position = 0;  ///< Where it began, in bytes of ring since the channel was made.
  /// When it was sent, if by the host, or released, if by the plugin. Only with `autopsy_options::keep_times`.
  std::optional<std::chrono::system_clock::time_point> time;
  type what = type::plain;   ///< Whether it was a request or a reply,
  std::uint64_t number = 0;  ///< and by which number those belong together.
  std::uint16_t kind = 0;    ///< As its sender gave it.
  std::uint64_t size = 0;    ///< Bytes of payload.
  bool large = false;        ///< It lay beside the ring; then there are no bytes of it here.
  bool released = false;     ///< Whether its receiver was through with it.
  std::string first_bytes;   ///< As they were.
};

/// One direction of the channel.
struct autopsy_direction {
  std::uint64_t capacity = 0;  ///< Bytes of the ring.
  std::uint64_t written = 0;   ///< Where the next message would begin.
  /// Up to where its receiver had released; there, it was reading. As the plugin told, if it is the plugin's: it may have
  /// told nonsense.
  std::uint64_t released = 0;
  bool writer_waits = false;           ///< Whether its sender waited for room.
  bool reader_waits = false;           ///< Whether its receiver waited for a message.
  std::uint64_t messages = 0;          ///< All that the host ever sent or released here.
  std::uint64_t bytes = 0;             ///< Of payload in them.
  std::uint64_t rings = 0;             ///< Times the host rang the plugin.
  std::uint64_t sleeps = 0;            ///< Times the host waited.
  std::vector<recorded_message> last;  ///< The last messages, the oldest first.
};

/// What is known of a plugin's end: how it ended, and what was said last.
struct autopsy {
  std::chrono::system_clock::time_point time;  ///< When it was made.
  std::string belfry;                          ///< The version of belfry.
  std::string host;                            ///< The host's program.
  int host_pid = 0;                            ///< Its process.
  std::string name;                            ///< What the host calls the plugin.
  int pid = 0;                                 ///< Its process.
  /// "running", "closed by the plugin", "closed by the host", "died", or "broke the protocol" with what was wrong.
  std::string reason;
  std::optional<exit_status> status;   ///< How its process ended, if it had.
  std::chrono::nanoseconds uptime{0};  ///< From the launch on.

  std::string executable;                      ///< What was launched.
  std::vector<std::string> arguments;          ///< With what.
  std::vector<std::string> environment;        ///< The names of its variables. Their values are not recorded.
  std::map<std::string, std::string> options;  ///< The other launch options, in words, by their names.
  std::optional<resource_usage> usage;         ///< What it had used of the machine.
  /// The last lines of its standard error, where that is logged (`stdio_target::log`), up to `output_options::last_lines`.
  std::vector<std::string> last_errors;

  autopsy_direction to_plugin;    ///< What the host sent.
  autopsy_direction from_plugin;  ///< What the plugin sent.
};

/// The version of the form in which autopsies are written.
inline constexpr int autopsy_version = 1;

/// As JSON, in one line: what a file of an autopsy holds. Bytes are in hexadecimal digits; text that is no UTF-8 has U+FFFD
/// in the place of what is not.
std::string to_json(const autopsy&);

/// For people, in several lines. Nothing of it can control a terminal.
std::string describe(const autopsy&);

/// Reads what `to_json` wrote. The text is not trusted.
///
/// Errors: `error::not_an_autopsy`, also where it is cut off or damaged; `error::newer_autopsy`.
autopsy parse_autopsy(std::string_view text, error_code& ec);
/// The same; throws `system_error`, which tells what is wrong and where.
autopsy parse_autopsy(std::string_view text);

/// Reads a file. Errors: as `parse_autopsy`, and what the system says.
autopsy read_autopsy(const std::filesystem::path&, error_code& ec);
/// The same; throws `system_error`, which tells what is wrong and where.
autopsy read_autopsy(const std::filesystem::path&);

}  // namespace belfry

#endif
