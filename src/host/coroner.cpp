// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "coroner.hpp"

#include "../posix/environment.hpp"
#include "../posix/process.hpp"
#include "last_messages.hpp"
#include "posix/autopsy_folder.hpp"
#include "posix/private_file.hpp"
#include "program_environment.hpp"

#include <belfry/diagnostics.hpp>
#include <belfry/version.hpp>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

namespace belfry::detail {
namespace {

constexpr std::size_t most_messages = 256;
constexpr std::size_t most_bytes_of_a_message = 1024;
// Of arguments, variables and the like. They may be megabytes.
constexpr std::size_t most_texts = 256;
constexpr std::size_t longest_text = 1024;

std::string cut(std::string_view text) {
  return text.size() <= longest_text ? std::string(text) : std::string(text.substr(0, longest_text)) + "...";
}

/// The first of them.
std::vector<std::string> cut(const std::vector<std::string>& texts) {
  std::vector<std::string> result;
  for (const auto& text : texts) {
    if (result.size() + 1 == most_texts && texts.size() > most_texts) {
      result.push_back("... and " + std::to_string(texts.size() - result.size()) + " more");
      break;
    }
    result.push_back(cut(text));
  }
  return result;
}

std::string text_of(const stdio_target& t) {
  switch (t.what()) {
    case stdio_target::kind::inherit: return "inherited";
    case stdio_target::kind::null: return "nowhere";
    case stdio_target::kind::descriptor: return "descriptor " + std::to_string(t.fd());
    case stdio_target::kind::file: return "file " + cut(t.path().native());
    case stdio_target::kind::log: return "the log";
  }
  return "?";
}

std::string text_of(process_group g) {
  switch (g) {
    case process_group::own: return "its own";
    case process_group::session: return "its own, in a session of its own";
    case process_group::inherited: return "the host's";
  }
  return "?";
}

std::string text_of(std::chrono::milliseconds t) {
  return t == std::chrono::milliseconds::max() ? "no limit" : std::to_string(t.count()) + " ms";
}

std::string text_of(host_death what, std::chrono::milliseconds grace) {
  switch (what) {
    case host_death::finish: return "it may finish within " + text_of(grace);
    case host_death::kill: return "it is killed";
    case host_death::survive: return "it may survive";
  }
  return "?";
}

std::string text_of(const std::vector<named_descriptor>& descriptors) {
  std::string names;
  for (const auto& d : descriptors) names += (names.empty() ? "" : " ") + d.name;
  return names.empty() ? "none" : cut(names);
}

/// What it was kept from, as far as it was.
void add_confinement(std::map<std::string, std::string>& to, const confinement_options& c) {
  const auto add = [&](const char* name, std::string what) { to.emplace(name, std::move(what)); };
  const auto add_limit = [&](const char* name, const std::optional<std::uint64_t>& limit, const char* unit) {
    if (limit) add(name, std::to_string(*limit) + unit);
  };
  add_limit("limit of memory", c.limits.memory_bytes, " bytes");
  if (c.limits.cpu_time) add("limit of processor time", std::to_string(c.limits.cpu_time->count()) + " s");
  add_limit("limit of the size of files", c.limits.file_size_bytes, " bytes");
  add_limit("limit of descriptors", c.limits.descriptors, "");
  if (c.user) add("user", std::to_string(c.user->user) + ", group " + std::to_string(c.user->group));
  if (c.nice) add("niceness", std::to_string(*c.nice));
  if (!c.processors.empty()) {
    std::string numbers;
    for (const auto n : c.processors) numbers += (numbers.empty() ? "" : " ") + std::to_string(n);
    add("processors", cut(numbers));
  }
  if (c.no_new_privileges) add("new privileges", "none");
  if (c.files) {
    add("files", std::to_string(c.files->read_only.size()) + " roots to read, " +
                     std::to_string(c.files->read_write.size()) + " to write");
  }
  if (c.no_network) add("network", "none");
  const auto add_filter = [&](const char* name, const std::optional<system_call_filter>& filter) {
    if (filter) add(name, std::to_string(filter->rules().size()) + " rules");
  };
  add_filter("filter of system calls", c.filter);
  add_filter("filter of system calls once attached", c.attached_filter);
}

std::uint64_t get(const shared_word& word) noexcept { return word.load(std::memory_order_relaxed); }

bool lies_ahead(std::uint64_t wanted, std::uint64_t position) noexcept {
  return static_cast<std::int64_t>(wanted - position) > 0;
}

/// One direction. `from` has the ring, `counted` is what this side did in it.
autopsy_direction direction(const segment& from, const segment& to, ring_extent extent, const traffic& counted,
                            const autopsy_options& options) {
  autopsy_direction d;
  d.capacity = from.capacity();
  d.written = extent.written;
  d.released = extent.released;
  d.writer_waits = lies_ahead(get(from.control()->space_wake_at), extent.released);
  d.reader_waits = lies_ahead(get(to.control()->data_wake_at), extent.written);
  d.messages = counted.messages.get();
  d.bytes = counted.bytes.get();
  d.rings = counted.rings.get();
  d.sleeps = counted.sleeps.get();
  d.last = last_messages(ring_bytes(from), extent, options);
  return d;
}

std::string file_name(const std::string& plugin, int pid) {
  constexpr std::size_t longest_name = 64;
  std::string name;
  for (const char c : plugin.substr(0, longest_name)) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    name += plain ? c : '_';
  }
  return name + "-" + std::to_string(pid) + "-" + posix::time_stamp() + std::string(posix::autopsy_suffix);
}

}  // namespace

autopsy coroner::launched(const launch_options& o) {
  autopsy a;
  a.executable = cut(o.executable.native());
  a.arguments = cut(o.arguments);
  std::vector<std::string> names;
  const program_environment environment(o, {}, {}, {});
  for (const auto& variable : environment.variables()) names.push_back(variable.substr(0, variable.find('=')));
  std::sort(names.begin(), names.end());
  a.environment = cut(names);
  a.options = {
      {"standard input", text_of(o.in)},
      {"standard output", text_of(o.out)},
      {"standard error", text_of(o.err)},
      {"working directory", o.working_directory.empty() ? "the host's" : cut(o.working_directory.native())},
      {"named descriptors", text_of(o.descriptors)},
      {"process group", text_of(o.group)},
      {"when its host dies", text_of(posix::what_happens(o), o.orphan_grace)},
      {"handshake timeout", text_of(o.handshake_timeout)},
      {"after the goodbye", text_of(o.stop.goodbye)},
      {"after SIGTERM", text_of(o.stop.terminate)},
      {"memory for large messages to the plugin", std::to_string(o.channel.outgoing_large.bytes) + " bytes"},
      {"memory for large messages from the plugin", std::to_string(o.channel.incoming_large.bytes) + " bytes"}};
  add_confinement(a.options, o.confinement);
  return a;
}

coroner::coroner(autopsy_options what, autopsy known, const std::string& name, std::shared_ptr<posix::child> child)
    : what_(std::move(what)), known_(std::move(known)), child_(std::move(child)) {
  known_.belfry = BELFRY_VERSION_STRING;
  known_.host = posix::program_name();
  known_.host_pid = posix::process_id();
  known_.name = cut(name);
  known_.pid = child_->pid();
  // This process may be somewhere else by then.
  std::error_code ignored;
  if (const auto whole = std::filesystem::absolute(what_.folder, ignored); writes() && !ignored) what_.folder = whole;
}

void coroner::check(const autopsy_options& options, error_code& ec) noexcept {
  const bool possible = options.messages <= most_messages && options.bytes_per_message <= most_bytes_of_a_message;
  ec = possible ? error_code() : make_error_code(boost::system::errc::invalid_argument);
}

void coroner::check_folder(error_code& ec) const noexcept {
  ec.clear();
  if (writes()) posix::check_folder(what_.folder, ec);
}

std::string coroner::reason(const channel_state& channel) const {
  const std::string violation = violation_.load();
  if (!violation.empty()) return "broke the protocol: " + violation;
  switch (channel.line.state()) {
    case link_state::open: return child_->status() ? "died" : "running";
    case link_state::peer_closed: return "closed by the plugin";
    case link_state::peer_dead: return "died";
    case link_state::violated: return "broke the protocol";
    case link_state::closed_here: return "closed by the host";
  }
  return "?";
}

autopsy coroner::examine(const channel_state& channel) const {
  autopsy a = known_;
  a.time = std::chrono::system_clock::now();
  a.reason = reason(channel);
  a.status = child_->status();
  if (child_->started_here()) a.usage = child_->usage();
  if (last_errors_) {
    const auto lines = last_errors_();
    const std::size_t first = lines.size() - std::min(lines.size(), most_texts);
    for (std::size_t i = first; i != lines.size(); ++i) a.last_errors.push_back(cut(lines[i]));
  }
  a.uptime = std::chrono::steady_clock::now() - channel.born;

  const control_block& own = *channel.own->control();
  const control_block& peer = *channel.peer->control();
  ring_extent to{get(peer.released), get(own.sent.position), channel.out.times(), false};
  a.to_plugin = direction(*channel.own, *channel.peer, std::move(to), own.sent, what_);
  ring_extent from{get(own.released), 0, channel.in.times(), true};
  constexpr std::uint64_t all = ~std::uint64_t{0};
  from.written = follow(ring_bytes(*channel.peer), from.released, all).end;
  a.from_plugin = direction(*channel.peer, *channel.own, std::move(from), own.received, what_);
  return a;
}

void coroner::write(const channel_state& channel, error_code& ec) noexcept {
  ec.clear();
  if (!writes()) return;
  try {
    const auto text = to_json(examine(channel));
    const std::lock_guard lock(mutex_);
    if (file_name_.empty()) file_name_ = file_name(known_.name, known_.pid);
    posix::write_private_file(what_.folder, file_name_, text, ec);
    if (ec) return;
    written_ = true;
    if (what_.most_files != 0) posix::keep_newest_files(what_.folder, what_.most_files, file_name_);
  } catch (const std::bad_alloc&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
  }
}

void coroner::report_failure(const error_code& why) const {
  diagnostic d;
  d.level = severity::error;
  d.source = subsystem::launcher;
  d.kind = event_kind::autopsy_failed;
  d.peer = known_.name;
  d.pid = known_.pid;
  d.message = "the autopsy of plugin " + known_.name + " (pid " + std::to_string(known_.pid) +
              ") cannot be written to the folder " + what_.folder.native() + ": " + why.message();
  report(d);
}

std::filesystem::path coroner::file() const {
  const std::lock_guard lock(mutex_);
  return written_ ? what_.folder / file_name_ : std::filesystem::path();
}

}  // namespace belfry::detail
