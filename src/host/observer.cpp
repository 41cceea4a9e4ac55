// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../posix/memfd.hpp"
#include "posix/processes.hpp"
#include "ring_chain.hpp"

#include <belfry/detail/link.hpp>
#include <belfry/observer.hpp>
#include <belfry/segment.hpp>
#include <belfry/segment_handle.hpp>

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace belfry {
namespace {

using detail::channel_card;
using detail::control_block;
using detail::link_state;
using detail::traffic;
using std::chrono::nanoseconds;

/// Messages of a ring that are counted one by one: looking at each fetches its line from the writer's processor.
constexpr std::uint64_t most_counted = 4096;

std::uint64_t get(const detail::shared_word& word) noexcept { return word.load(std::memory_order_relaxed); }

bool lies_ahead(std::uint64_t wanted, std::uint64_t position) noexcept {
  return static_cast<std::int64_t>(wanted - position) > 0;
}

/// Of the number that a host published, which may be any.
observed_condition condition_of(std::uint64_t end) noexcept {
  switch (end) {
    case static_cast<std::uint64_t>(link_state::open): return observed_condition::open;
    case static_cast<std::uint64_t>(link_state::peer_closed): return observed_condition::plugin_closed;
    case static_cast<std::uint64_t>(link_state::peer_dead): return observed_condition::plugin_died;
    case static_cast<std::uint64_t>(link_state::violated): return observed_condition::violated;
    default: return observed_condition::host_closed;
  }
}

observed_end end_of(const traffic& t) noexcept {
  return {t.messages.get(), t.bytes.get(), t.rings.get(), t.sleeps.get(), false};
}

/// One direction, of which the writer's segment has the ring. `position` is where the next message will begin.
observed_direction direction(const segment& from, const segment& to, std::uint64_t position) noexcept {
  const control_block& writer = *from.control();
  const control_block& reader = *to.control();
  const std::uint64_t released = get(reader.released);
  observed_direction d;
  d.writer = end_of(writer.sent);
  d.reader = end_of(reader.received);
  d.writer.waits = lies_ahead(get(writer.space_wake_at), released);
  d.reader.waits = lies_ahead(get(reader.data_wake_at), position);
  d.capacity = from.capacity();
  // The reader may have gone on since the position was looked at.
  const std::uint64_t unread = lies_ahead(position, released) ? position - released : 0;
  d.unread_bytes = std::min(unread, d.capacity);
  if (d.unread_bytes != 0) d.unread_messages = follow(detail::ring_bytes(from), released, most_counted).messages;
  return d;
}

/// What must be known of the last look to tell how much a second.
struct moment {
  std::chrono::steady_clock::time_point when;
  std::uint64_t released = 0;  // position
  observed_direction seen{};
};

double per_second(std::uint64_t now, std::uint64_t before, nanoseconds time) noexcept {
  const auto seconds = std::chrono::duration<double>(time).count();
  return now > before ? static_cast<double>(now - before) / seconds : 0;
}

void add_rates(observed_direction& d, std::uint64_t released, const moment& before, nanoseconds time) noexcept {
  const auto& was = before.seen;
  // What was released is counted by the reader; a plugin that counts nothing is taken at its host's word.
  const auto& counts = d.reader.messages != 0 ? d.reader : d.writer;
  const auto& counted = d.reader.messages != 0 ? was.reader : was.writer;
  d.messages_per_second = per_second(counts.messages, counted.messages, time);
  d.bytes_per_second = per_second(counts.bytes, counted.bytes, time);
  d.rings_per_second = per_second(d.writer.rings + d.reader.rings, was.writer.rings + was.reader.rings, time);
  d.sleeps_per_second = per_second(d.writer.sleeps + d.reader.sleeps, was.writer.sleeps + was.reader.sleeps, time);
  const double ring_bytes_per_second = per_second(released, before.released, time);
  if (ring_bytes_per_second <= 0) return;
  // Little's law: what is in the queue, by what goes through it in a unit of time.
  const double queued = static_cast<double>(d.unread_bytes + was.unread_bytes) / 2;
  d.delay = nanoseconds(static_cast<std::int64_t>(queued / ring_bytes_per_second * 1e9));
}

/// A file that was found, which may be no segment, or not yet sealed by the plugin.
struct found_file {
  int pid = 0;
  segment memory;
  bool seen = false;
  moment to_plugin{};
  moment from_plugin{};
};

segment map(const detail::posix::memory_file& file) {
  error_code ec;
  auto fd = file.open();
  if (!fd || detail::posix::file_number(fd.get()) != file.number) return {};
  // Only what can neither shrink nor have holes: looking at it must never raise a signal.
  if (!detail::posix::is_sealed_memory(fd.get())) return {};
  auto handle = segment_handle::from_native_handle(fd.get(), ec);
  if (ec) return {};
  fd.release();
  return segment::map_peer(handle, ec);
}

}  // namespace

struct observer::impl {
  std::map<std::uint64_t, found_file> files;

  void find(error_code& ec) {
    for (auto& [number, file] : files) file.seen = false;
    detail::posix::for_each_memory_file(
        [&](const detail::posix::memory_file& file) {
          auto& entry = files[file.number];
          if (!entry.memory) entry.memory = map(file);
          // A fork of a host has its files, too, until it executes something.
          if (!entry.seen || is_makers(entry, file.pid)) entry.pid = file.pid;
          entry.seen = true;
        },
        ec);
    std::erase_if(files, [](const auto& one) { return !one.second.seen; });
  }

  static bool is_makers(const found_file& file, int pid) noexcept {
    return file.memory && file.memory.control()->card.maker_pid == static_cast<std::uint32_t>(pid);
  }

  observed_channel describe(std::uint64_t number, found_file& own, const segment& peer) {
    const channel_card& card = own.memory.control()->card;
    observed_channel c;
    c.id = number;
    c.host_pid = own.pid;
    c.host = detail::posix::program_of(own.pid);
    c.pid = static_cast<int>(card.peer_pid & 0x7fff'ffff);
    c.process_state = detail::posix::state_of(c.pid);
    const auto name = card.name;  // a copy, of which the end is looked for
    c.name.assign(name.begin(), std::find(name.begin(), name.end(), '\0'));
    c.condition = condition_of(get(card.end));
    c.restarts = get(card.restarts);
    const auto now = std::chrono::steady_clock::now();
    const auto age = static_cast<std::int64_t>(static_cast<std::uint64_t>(nanoseconds(now.time_since_epoch()).count()) -
                                               card.born_ns);
    c.uptime = nanoseconds(std::max<std::int64_t>(0, age));

    c.to_plugin = direction(own.memory, peer, get(own.memory.control()->sent.position));
    const auto unread = follow(detail::ring_bytes(peer), get(own.memory.control()->released), most_counted);
    const auto end = unread.complete ? unread.end : get(peer.control()->sent.position);
    c.from_plugin = direction(peer, own.memory, end);

    if (own.to_plugin.when != std::chrono::steady_clock::time_point()) c.interval = now - own.to_plugin.when;
    rate(c.to_plugin, own.to_plugin, get(peer.control()->released), c.interval, now);
    rate(c.from_plugin, own.from_plugin, get(own.memory.control()->released), c.interval, now);
    return c;
  }

  static void rate(observed_direction& d, moment& last, std::uint64_t released, nanoseconds interval,
                   std::chrono::steady_clock::time_point now) {
    if (interval.count() > 0) add_rates(d, released, last, interval);
    last = {now, released, d};
  }
};

observer::observer() : impl_(std::make_unique<impl>()) {}
observer::observer(observer&&) noexcept = default;
observer& observer::operator=(observer&&) noexcept = default;
observer::~observer() = default;

std::vector<observed_channel> observer::look(error_code& ec) {
  impl_->find(ec);
  if (ec) return {};
  std::vector<observed_channel> all;
  for (auto& [number, file] : impl_->files) {
    if (!file.memory) continue;
    const channel_card& card = file.memory.control()->card;
    if (card.version.load(std::memory_order_acquire) != detail::channel_card_version) continue;
    const auto peer = impl_->files.find(card.peer_segment);
    if (peer == impl_->files.end() || !peer->second.memory || peer->first == number) continue;
    all.push_back(impl_->describe(number, file, peer->second.memory));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.host_pid, -a.uptime, a.id) < std::tuple(b.host_pid, -b.uptime, b.id);
  });
  return all;
}

std::vector<observed_channel> observer::look() {
  error_code ec;
  auto all = look(ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: observer::look"));
  return all;
}

const char* to_string(observed_condition c) noexcept {
  switch (c) {
    case observed_condition::open: return "open";
    case observed_condition::plugin_closed: return "plugin_closed";
    case observed_condition::plugin_died: return "plugin_died";
    case observed_condition::violated: return "violated";
    case observed_condition::host_closed: return "host_closed";
  }
  return "unknown";
}

}  // namespace belfry
