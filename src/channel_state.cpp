// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/memfd.hpp"
#include "posix/process.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/detail/recycle.hpp>

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <string>

namespace belfry::detail {

channel_state::channel_state(lifeline l, doorbell outgoing, doorbell incoming,
                             std::shared_ptr<const segment> own_segment, std::shared_ptr<const segment> peer_segment)
    : own(std::move(own_segment)),
      peer(std::move(peer_segment)),
      line(std::move(l)),
      out(std::move(outgoing), *own, *peer, line),
      in(std::move(incoming), *own, *peer, line),
      descriptors(in.executor(), *own, *peer, line) {
  own->control()->only_processor.store(only_processor(), std::memory_order_relaxed);
  own->control()->takes_part.store(take_part_in_barriers() ? 1 : 0, std::memory_order_release);
  out.on_stall([this](sender_state::stall what) {
    if (what == sender_state::stall::tried) in.nudge_waiting_writer();
    else in.stands_still(receiver_state::for_room, what == sender_state::stall::begins);
  });
  line.on_end([this](link_state end, const char* what) { report_end(end, what); });
}

channel_stats channel_state::stats() const noexcept {
  channel_stats s;
  s.sent = {out.messages(), out.bytes(), out.rings(), out.sleeps(), out.spins_won(), out.spins_lost(), out.barriers()};
  s.received = {in.messages(),  in.bytes(),      in.rings(),   in.sleeps() + descriptors.sleeps(),
                in.spins_won(), in.spins_lost(), in.barriers()};
  s.rings_suppressed = out.rings_suppressed();
  s.high_water_bytes = out.high_water();
  s.unread_bytes = out.unread_bytes();
  s.regions = out.regions();
  s.region_bytes = out.region_bytes();
  s.uptime = std::chrono::steady_clock::now() - born;
  return s;
}

namespace {

struct close_op {
  std::shared_ptr<channel_state> state;

  template <class Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    std::shared_ptr<sender_state> out(state, &state->out);
    sender_state::async_wait_drained(std::move(out), recycle(std::move(self)));
  }

  template <class Self>
  void operator()(Self& self, error_code ec) {
    if (ec != boost::asio::error::operation_aborted) state->line.close();
    state.reset();
    self.complete(ec);
  }
};

}  // namespace

void channel_state::async_close(std::shared_ptr<channel_state> self,
                                boost::asio::any_completion_handler<void(error_code)> handler) {
  const auto executor = self->out.executor();
  boost::asio::async_compose<boost::asio::any_completion_handler<void(error_code)>, void(error_code)>(
      close_op{std::move(self)}, handler, executor);
}

void channel_state::show(segment_handle own_segment, segment_handle peer_segment, std::string_view name,
                         int pid) noexcept {
  own_file = std::move(own_segment);
  peer_file = std::move(peer_segment);
  channel_card& card = own->control()->card;
  card.born_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(born.time_since_epoch()).count());
  card.peer_segment = posix::file_number(peer_file.native_handle());
  card.maker_pid = static_cast<std::uint32_t>(posix::process_id());
  card.peer_pid = static_cast<std::uint32_t>(pid);
  std::copy_n(name.begin(), std::min(name.size(), card.name.size()), card.name.begin());
  card.version.store(channel_card_version, std::memory_order_release);
}

void channel_state::keep_times(std::size_t most) {
  if (most == 0) return;
  out.keep_times(most);
  in.keep_times(most);
}

void channel_state::show_end(link_state end) noexcept {
  own->control()->card.end.store(static_cast<std::uint64_t>(end), std::memory_order_relaxed);
}

void channel_state::show_restarts(std::uint64_t count) noexcept {
  own->control()->card.restarts.store(count, std::memory_order_relaxed);
}

diagnostic channel_state::describe(event_kind kind, severity level) const {
  const channel_stats s = stats();
  diagnostic d;
  d.level = level;
  d.kind = kind;
  d.peer = info.name;
  d.pid = info.pid;
  d.uptime = s.uptime;
  d.messages_sent = s.sent.messages;
  d.messages_received = s.received.messages;
  d.bytes_sent = s.sent.bytes;
  d.bytes_received = s.received.bytes;
  d.unread_bytes = s.unread_bytes;
  return d;
}

void channel_state::report_end(link_state end, const char* what) const noexcept {
  if (end == link_state::closed_here) return;
  try {
    std::string who = "the peer";
    if (!info.name.empty()) who += " " + info.name;
    if (info.pid != 0) who += " (pid " + std::to_string(info.pid) + ")";
    diagnostic d;
    switch (end) {
      case link_state::peer_closed:
        d = describe(event_kind::peer_closed, severity::debug);
        d.message = who + " said goodbye";
        break;
      case link_state::violated:
        d = describe(event_kind::protocol_violation, severity::error);
        d.message = who + " broke the protocol: " + what;
        break;
      default:
        d = describe(event_kind::peer_died, severity::error);
        d.message = who + " ended without a goodbye";
        break;
    }
    d.message += "; " + std::to_string(d.messages_sent) + " messages sent, " + std::to_string(d.messages_received) +
                 " received, " + std::to_string(d.unread_bytes) + " bytes unread";
    report(d);
  } catch (const std::bad_alloc&) {
    // Without memory there is no record; the operations still report the end.
  }
}

}  // namespace belfry::detail
