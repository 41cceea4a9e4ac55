// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_SUPERVISED_HPP
#define BELFRY_SRC_HOST_SUPERVISED_HPP

#include "health_monitor.hpp"
#include "outbox.hpp"

#include <belfry/detail/segment_layout.hpp>
#include <belfry/error.hpp>
#include <belfry/message_view.hpp>
#include <belfry/plugin.hpp>
#include <belfry/supervisor_options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace belfry::detail {

// What a supervisor has in its hands: what the user sends, who wants to receive, and the plugin that is there.

/// What the user sends, or what a dead plugin had not released of it.
struct user_message : outgoing {
  using outgoing::outgoing;

  std::vector<boost::asio::const_buffer> buffers;  // the user's, until completion
  std::vector<std::byte> taken;                    // or its own, where buffers refer to them
  boost::asio::any_completion_handler<void(error_code)> on_sent;
  boost::asio::any_completion_handler<void(error_code, std::size_t)> on_answer;
  std::function<std::size_t(const message_view&, error_code&)> take_answer;
  boost::asio::any_io_executor work;  // keeps the executor busy until completion
  request_id number{};                // of a request: by which the plugin knows it; of a reply: what it answers
  std::uint64_t incarnation = 0;      // for which plugin a reply is
  bool given = false;                 // a plugin was given it
  bool again = false;                 // one that is gone

  std::size_t overhead() const noexcept { return what == form::message ? 0 : message_header::number_size; }
  std::size_t size() const { return overhead() + boost::asio::buffer_size(buffers); }
  std::uint64_t flags() const noexcept {
    return what == form::request ? message_header::request : what == form::reply ? message_header::reply : 0;
  }
};

/// A message that its plugin has not lived to see received.
struct left_message {
  std::vector<std::byte> bytes;
  std::uint16_t kind;
  request_id request;
  std::uint64_t incarnation;

  message_view view() const noexcept {
    // An empty message is one, too, and a view of it must not be null.
    static constexpr std::byte nothing{};
    return {bytes.empty() ? &nothing : bytes.data(), bytes.size(), kind, request, false};
  }
};

/// Somebody who waits for a message.
struct receiving {
  virtual ~receiving() = default;
  /// Copies the message, and completes. Returns whether the message is used up.
  virtual bool give(const message_view&, std::uint64_t incarnation) = 0;
  virtual void fail(const error_code&) = 0;

  boost::asio::any_io_executor work;
};

/// A plugin of those that follow each other.
struct incarnation {
  incarnation(const boost::asio::any_io_executor& strand, plugin&& launched, std::uint64_t n,
              std::chrono::milliseconds unresponsive_after)
      : number(n), p(std::move(launched)), health(unresponsive_after), tick(strand), limit(strand), line(strand) {}

  channel_state& state() { return *p.channel().state(); }

  std::uint64_t number;
  plugin p;
  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now();
  health_monitor health;
  boost::asio::steady_timer tick;              // looks after its health
  boost::asio::steady_timer limit;             // for being ready, or for ending
  boost::asio::posix::stream_descriptor line;  // a copy of the lifeline, to be told of its end
  boost::asio::cancellation_signal waiting_for_end;
  int pending = 0;  // operations that are under way for it
  bool ready = false;
  bool over = false;      // its channel has ended
  bool must_end = false;  // within its time
  bool told_to_end = false;
  bool unresponsive = false;
  bool late = false;  // was not ready in time
  bool killed = false;
  bool left_running = false;  // it cannot be killed
  bool peeking = false, reserving = false, draining = false;
  bool silent = false;                // it sends no more
  std::optional<exit_status> status;  // once it is gone
  std::uint64_t first_end = 0;        // where its first message ends
  bool answered = false;
};

}  // namespace belfry::detail

#endif
