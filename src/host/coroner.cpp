// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "coroner.hpp"

#include "../posix/environment.hpp"
#include "../posix/process.hpp"
#include "last_messages.hpp"
#include "posix/private_file.hpp"
#include "program_environment.hpp"

#include <belfry/version.hpp>

#include <algorithm>
#include <ctime>
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

std::string text_of(const stdio_target& t) {
  switch (t.what()) {
    case stdio_target::kind::inherit: return "inherited";
    case stdio_target::kind::null: return "nowhere";
    case stdio_target::kind::descriptor: return "descriptor " + std::to_string(t.fd());
    case stdio_target::kind::file: return "file " + cut(t.path().native());
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

/// What the plugin was launched with.
void add_launch(autopsy& a, const launch_options& o) {
  a.executable = cut(o.executable.native());
  for (const auto& text : o.arguments) {
    if (a.arguments.size() < most_texts) a.arguments.push_back(cut(text));
  }
  const program_environment environment(o, {}, {});
  for (const auto& variable : environment.variables()) {
    if (a.environment.size() < most_texts) a.environment.push_back(cut(variable.substr(0, variable.find('='))));
  }
  std::sort(a.environment.begin(), a.environment.end());
  a.options = {
      {"standard input", text_of(o.in)},
      {"standard output", text_of(o.out)},
      {"standard error", text_of(o.err)},
      {"working directory", o.working_directory.empty() ? "the host's" : cut(o.working_directory.native())},
      {"named descriptors", std::to_string(o.descriptors.size())},
      {"process group", text_of(o.group)},
      {"handshake timeout", std::to_string(o.handshake_timeout.count()) + " ms"},
      {"stop grace", std::to_string(o.stop_grace.count()) + " ms"},
      {"memory for large messages to the plugin", std::to_string(o.channel.outgoing_large.bytes) + " bytes"},
      {"memory for large messages from the plugin", std::to_string(o.channel.incoming_large.bytes) + " bytes"}};
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
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char stamp[32] = "";
  if (::gmtime_r(&now, &parts) != nullptr) std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
  return name + "-" + std::to_string(pid) + "-" + stamp + ".autopsy";
}

}  // namespace

coroner::coroner(const launch_options& options, std::string name, std::shared_ptr<posix::child> child)
    : what_(options.autopsy), child_(std::move(child)) {
  known_.belfry = BELFRY_VERSION_STRING;
  known_.host = posix::program_name();
  known_.host_pid = posix::process_id();
  known_.name = cut(name);
  known_.pid = child_->pid();
  add_launch(known_, options);
}

void coroner::check(const launch_options& options, error_code& ec) {
  ec.clear();
  const auto& a = options.autopsy;
  if (a.messages > most_messages || a.bytes_per_message > most_bytes_of_a_message) {
    ec = make_error_code(boost::system::errc::invalid_argument);
    return;
  }
  if (a.folder.empty()) return;
  std::error_code problem;
  const bool is_folder = std::filesystem::is_directory(a.folder, problem);
  if (problem) ec.assign(problem.value(), boost::system::system_category());
  else if (!is_folder) ec = make_error_code(boost::system::errc::not_a_directory);
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
  a.usage = child_->usage();
  if (last_errors_) {
    for (const auto& line : last_errors_()) a.last_errors.push_back(cut(line));
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

std::filesystem::path coroner::write(const channel_state& channel, error_code& ec) {
  ec.clear();
  if (!writes()) return {};
  const auto text = to_json(examine(channel));
  const std::lock_guard lock(mutex_);
  if (file_name_.empty()) file_name_ = file_name(known_.name, known_.pid);
  posix::write_private_file(what_.folder, file_name_, text, ec);
  return what_.folder / file_name_;
}

}  // namespace belfry::detail
