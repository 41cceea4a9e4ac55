// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "obituary.hpp"

#include "../blocking_call.hpp"
#include "posix/async_exit.hpp"

#include <belfry/detail/deadline.hpp>

#include <chrono>
#include <cstdio>
#include <new>
#include <utility>

namespace belfry::detail {
namespace {

/// A dying process closes its descriptors a moment before its status is to be had, and the record should have both. Only
/// a plugin that closed its end and lives on makes us wait for so long.
constexpr std::chrono::milliseconds longest_wait_for_status{200};

std::string seconds(std::chrono::nanoseconds t) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(t).count());
  return text;
}

}  // namespace

std::shared_ptr<obituary> obituary::begin(const std::string& name, const std::shared_ptr<posix::child>& child,
                                          const std::shared_ptr<channel_state>& state,
                                          const std::shared_ptr<coroner>& examiner,
                                          std::shared_ptr<plugin_output> output) {
  state->line.watch_process(child->pidfd());
  error_code ec;
  examiner->check_folder(ec);
  if (ec) examiner->report_failure(ec);
  auto made = std::make_shared<obituary>(name, child, state, examiner, std::move(output));
  state->line.on_end([made, channel = state.get()](link_state end, const char* what) {
    channel->show_end(end);
    made->channel_ended(*channel, end, what);
  });
  return made;
}

void obituary::channel_ended(const channel_state& channel, link_state end, const char* what) noexcept {
  if (end == link_state::closed_here) return;
  try {
    if (end == link_state::peer_closed) {
      return record(channel, event_kind::peer_closed, severity::debug, std::nullopt, "said goodbye");
    }
    if (end == link_state::violated) {
      coroner_->violated(what);
      // A debugger may look at one that somebody else has started, and would like to find it alive.
      if (!child_->started_here()) {
        return record(channel, event_kind::protocol_violation, severity::error, std::nullopt,
                      std::string("broke the protocol; what was wrong: ") + what);
      }
      // Whatever it is now, it is not what was launched.
      expected();
      error_code ignored;
      child_->kill(ignored);
      // In an event loop, which must not be held up, the file is written again when the process has ended.
      if (coroner_->writes() && blocking_call::active()) {
        child_->wait(std::chrono::steady_clock::now() + longest_wait_for_status);
      }
      return record(channel, event_kind::protocol_violation, severity::error, std::nullopt,
                    std::string("broke the protocol, and was killed; what was wrong: ") + what);
    }
    channel_died(channel);
  } catch (const std::bad_alloc&) {
    // Without memory there is no record; the operations still report the end.
  }
}

void obituary::channel_died(const channel_state& channel) {
  channel_died_.store(true);
  auto status = child_->status();
  // Who blocks can have the record before the error. An event loop must not be held up; there the record comes later.
  if (!status && !blocking_call::active()) return await_status(channel);
  if (!status) status = child_->wait(std::chrono::steady_clock::now() + longest_wait_for_status);
  death_once(channel, status);
}

void obituary::await_status(const channel_state& channel) {
  posix::async_exit(channel.out.executor(), child_, deadline_after(longest_wait_for_status),
                    [self = shared_from_this(), open = channel_.lock()](const error_code&) {
                      // Without the channel there is no plugin any more, whose end has recorded it.
                      if (!open) return;
                      try {
                        self->death_once(*open, self->child_->status());
                      } catch (const std::bad_alloc&) {
                        // As above.
                      }
                    });
}

void obituary::death_once(const channel_state& channel, const std::optional<exit_status>& status) {
  if (!status) return death_without_status(channel);
  if (recorded_.exchange(recorded::status) != recorded::status) death(channel, *status);
}

void obituary::death_without_status(const channel_state& channel) {
  auto before = recorded::nothing;
  if (!recorded_.compare_exchange_strong(before, recorded::death_without_status)) return;
  record(channel, event_kind::peer_died, severity::error, std::nullopt,
         "has closed its end of the channel, though its process still runs,");
}

void obituary::left(const channel_state& channel) noexcept {
  if (!channel_died_.load()) return;
  try {
    death_once(channel, child_->wait(std::chrono::steady_clock::now() + longest_wait_for_status));
  } catch (const std::bad_alloc&) {
    // As above.
  }
}

void obituary::left_running(const channel_state& channel, const error_code& why) noexcept {
  try {
    record(channel, event_kind::plugin_left_running, severity::error, std::nullopt,
           "cannot be killed and is left running (" + why.message() + ")");
  } catch (const std::bad_alloc&) {
    // As above.
  }
}

void obituary::process_ended(channel_state& channel, const exit_status& status) noexcept {
  // If the channel is open still, this ends it, and the record is written there.
  channel.line.peer_is_gone();
  const auto before = recorded_.exchange(recorded::status);
  if (before == recorded::status) return;
  try {
    // Another thread may have found the channel dead, and wait for the status that we have. It is the same death, whoever
    // comes to record it.
    const bool died = channel_died_.load() || channel.line.state() == link_state::peer_dead;
    if (died && before == recorded::nothing) return death(channel, status);
    const bool as_it_should = status.success() || expected_.load() || !child_->started_here();
    record(channel, event_kind::plugin_exited, as_it_should ? severity::info : severity::warning, known(status),
           how(status));
  } catch (const std::bad_alloc&) {
  }
}

void obituary::death(const channel_state& channel, const exit_status& status) {
  const auto level = expected_.load() ? severity::info : status.success() ? severity::warning : severity::error;
  const bool surprising = status.success() || !child_->started_here();
  record(channel, event_kind::peer_died, level, known(status), how(status) + (surprising ? " without a goodbye" : ""));
}

std::optional<exit_status> obituary::known(const exit_status& status) const {
  return child_->started_here() ? std::optional(status) : std::nullopt;
}

std::string obituary::how(const exit_status& status) const {
  return child_->started_here() ? to_string(status) : "ended";
}

void obituary::record(const channel_state& channel, event_kind kind, severity level,
                      const std::optional<exit_status>& status, const std::string& what) {
  // What it said before comes before.
  if (output_ && status) output_->drain_last();
  else if (output_) output_->drain();
  diagnostic d = channel.describe(kind, level);
  d.peer = name_;
  d.pid = child_->pid();
  d.status = status;
  if (status) d.usage = child_->usage();
  d.source = kind == event_kind::plugin_exited || kind == event_kind::plugin_left_running ? subsystem::launcher
                                                                                          : subsystem::channel;
  d.message = "plugin " + name_ + " (pid " + std::to_string(d.pid) + ") " + what + " after " + seconds(d.uptime) +
              "; " + std::to_string(d.messages_sent) + " messages sent, " + std::to_string(d.messages_received) +
              " received, " + std::to_string(d.unread_bytes) + " bytes unread";
  const bool as_it_should_end = kind == event_kind::peer_closed || kind == event_kind::plugin_left_running ||
                                (kind == event_kind::plugin_exited && (!status || status->success()));
  error_code ec;
  if (!as_it_should_end) coroner_->write(channel, ec);
  if (!as_it_should_end && !ec) d.autopsy = coroner_->file().native();
  if (!d.autopsy.empty()) d.message += "; autopsy in " + d.autopsy;
  report(d);
  if (ec) coroner_->report_failure(ec);
}

}  // namespace belfry::detail
