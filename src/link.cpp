// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/line.hpp"
#include "posix/process.hpp"

#include <belfry/detail/descriptor_queue.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/region_table.hpp>

#include <boost/asio/error.hpp>

#include <array>
#include <chrono>

namespace belfry::detail {
namespace {

/// So few that a flooding peer cannot keep us here.
constexpr int frames_at_once = 8;

}  // namespace

link::link(lifeline line) : line_(std::move(line)), process_(posix::process_id()) {
  frame_.payload.reserve(lifeline::max_payload);  // so that listening takes no memory
}

link::~link() {
  if (state() == link_state::open && !copied()) say_goodbye();
}

bool link::copied() const noexcept { return process_ != posix::process_id(); }

error_code link::error() const noexcept {
  switch (state()) {
    case link_state::open: return {};
    case link_state::peer_closed: return belfry::error::closed;
    case link_state::peer_dead: return belfry::error::peer_dead;
    case link_state::violated: return belfry::error::protocol_violation;
    case link_state::closed_here: return boost::asio::error::bad_descriptor;
  }
  return {};
}

bool link::listen() noexcept {
  if (listen_to_line()) return true;
  if (state() == link_state::open && process_has_ended()) peer_is_gone();
  return false;
}

bool link::process_has_ended() noexcept {
  error_code ec;
  return peer_process_ >= 0 && posix::wait_readable(peer_process_, std::chrono::steady_clock::time_point(), ec);
}

bool link::listen_to_line() noexcept {
  bool more = true;
  bool finished = false;
  const ending end = hear(more, finished);
  if (finished) wake(posix::wake_reason::line);  // the wait for a message may be another thread's
  if (end.state != link_state::open) leave(end.state, end.what);
  return more && end.state == link_state::open;
}

/// Two threads may listen, one for each direction; what one of them takes is for both. So it is remembered before the
/// lock is given up: who comes next would find nothing but the end of the lifeline behind a goodbye.
link::ending link::hear(bool& more, bool& finished) noexcept {
  const std::lock_guard lock(line_mutex_);
  for (int i = 0; i != frames_at_once && heard_.state == link_state::open; ++i) {
    error_code ec;
    const auto status = line_.try_receive(frame_, ec);
    const bool short_of_memory =
        ec == boost::system::errc::not_enough_memory || ec == boost::system::errc::no_buffer_space;
    if (status == lifeline::status::nothing && (!ec || short_of_memory)) {
      more = false;
      break;
    }
    if (ec) {
      heard_ = {link_state::violated, "a frame on the lifeline"};
    } else if (status == lifeline::status::ended) {
      heard_ = {link_state::peer_dead, ""};
    } else if (frame_.type == frame_type::goodbye) {
      heard_ = {link_state::peer_closed, ""};
    } else if (frame_.type == frame_type::finished && !peer_finished_.exchange(true)) {
      finished = true;
    } else if (regions_ && (frame_.type == frame_type::region || frame_.type == frame_type::region_gone)) {
      if (const char* const wrong = regions_->take(frame_)) heard_ = {link_state::violated, wrong};
    } else if (frame_.type == frame_type::descriptor && descriptors_ && !peer_finished()) {
      if (const char* const wrong = descriptors_->add(frame_)) heard_ = {link_state::violated, wrong};
    } else {
      heard_ = {link_state::violated, "an unexpected frame on the lifeline"};
    }
  }
  return heard_;
}

void link::peer_is_gone() noexcept {
  for (int i = 0; i != most_listening && listen_to_line(); ++i) {
  }
  leave(link_state::peer_dead, "");
}

void link::violated(const char* what) noexcept { leave(link_state::violated, what); }

void link::finish(belfry::error_code& ec) noexcept {
  say(frame_type::finished, {}, -1, ec);
  if (!ec) may_send_.store(false, std::memory_order_release);
}

void link::pass_region(std::uint64_t id, std::size_t size, int descriptor, belfry::error_code& ec) noexcept {
  const std::array<std::uint64_t, 2> payload{id, size};
  say(frame_type::region, {reinterpret_cast<const char*>(payload.data()), sizeof payload}, descriptor, ec);
}

void link::give_up_region(std::uint64_t id, belfry::error_code& ec) noexcept {
  say(frame_type::region_gone, {reinterpret_cast<const char*>(&id), sizeof id}, -1, ec);
}

void link::say(frame_type type, std::string_view payload, int descriptor, belfry::error_code& ec) noexcept {
  line_.send(type, payload, descriptor, ec);
  if (ec != belfry::error::peer_dead) return;
  peer_is_gone();
  ec = error();
}

void link::keep_regions(region_table& table) noexcept {
  regions_ = &table;
  line_.accept_memory();
}

void link::pass_descriptor(std::string_view name, int descriptor, belfry::error_code& ec) noexcept {
  say(frame_type::descriptor, name, descriptor, ec);
}

void link::keep_descriptors(descriptor_queue& queue) noexcept { descriptors_ = &queue; }

void link::let_descriptors_come() noexcept {
  const std::lock_guard lock(line_mutex_);
  line_.accept_descriptors();
}

void link::close() noexcept {
  if (copied()) {
    // In a forked child: whose channel this is has not closed it, and the child has no part in it.
    end_in(link_state::closed_here);
    return;
  }
  if (leave(link_state::closed_here, "")) return say_goodbye();
  // The peer was first. What is reported from here on is that we have closed all the same.
  end_in(link_state::closed_here);
}

void link::watch_process(int pidfd) {
  const std::lock_guard lock(mutex_);
  peer_process_ = pidfd;
  for (auto* waiter : waiters_) waiter->also_watch(pidfd);
}

void link::on_end(end_handler handler) {
  {
    const std::lock_guard lock(mutex_);
    if (state() == link_state::open) {
      on_end_ = std::move(handler);
      return;
    }
  }
  handler(state(), what_);
}

void link::watch(posix::bell_waiter& waiter) {
  const std::lock_guard lock(mutex_);
  waiters_.push_back(&waiter);
}

bool link::leave(link_state to, const char* what) noexcept {
  end_handler handler;
  {
    const std::lock_guard lock(mutex_);
    if (state() != link_state::open) return false;
    what_ = what;
    handler = std::move(on_end_);
    end_in(to);
  }
  // Before the others are woken, so that the record of the end is written when they report it.
  if (handler) handler(to, what);
  wake(to == link_state::closed_here ? posix::wake_reason::interrupted : posix::wake_reason::line);
  return true;
}

void link::end_in(link_state end) noexcept {
  state_.store(end, std::memory_order_release);
  // Second: who may not do it asks the state why.
  may_send_.store(false, std::memory_order_release);
  const bool over = end == link_state::closed_here || end == link_state::violated;
  if (over) may_receive_.store(false, std::memory_order_release);
}

void link::wake(posix::wake_reason why) noexcept {
  const std::lock_guard lock(mutex_);
  for (auto* waiter : waiters_) waiter->interrupt(why);
}

void link::say_goodbye() noexcept { line_.send_last(frame_type::goodbye); }

}  // namespace belfry::detail
