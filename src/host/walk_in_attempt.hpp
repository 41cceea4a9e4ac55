// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_WALK_IN_ATTEMPT_HPP
#define BELFRY_SRC_HOST_WALK_IN_ATTEMPT_HPP

#include "../handshake.hpp"
#include "posix/child.hpp"

#include <belfry/acceptor.hpp>
#include <belfry/detail/make_channel.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/posix/unique_descriptor.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace belfry::detail {

/// From the connection of a plugin that walks in to the end of the handshake. Never blocks: who drives it waits with
/// `waiter` and then calls `advance`.
class walk_in_attempt {
 public:
  /// `path`: where it came in, for the story. Both must outlive this.
  walk_in_attempt(boost::asio::any_io_executor, const acceptor_options&, const std::string& path);

  /// Looks who it is, and gives it its ends. Errors, which end the accepting: those of making a channel. Who is not let in
  /// is a failure of the attempt only.
  void start(posix::unique_descriptor connection, error_code& ec);
  /// Looks at what the plugin has said so far. Returns whether the attempt is over.
  bool advance();
  /// The time is up, or waiting failed.
  void give_up(error_code why);

  /// Waits for the plugin's words.
  posix::bell_waiter& waiter() noexcept { return *waiter_; }
  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }
  bool failed() const noexcept { return failed_; }

  /// The plugin, after `advance` returned true without a failure. Afterwards the attempt is spent.
  plugin result();

 private:
  void identify(int connection);
  void refuse(int connection, const std::string& why);
  autopsy walked_in() const;
  void fail(error_code, const std::string& what);

  boost::asio::any_io_executor executor_;
  const acceptor_options& options_;
  const std::string& path_;
  channel_parts parts_;
  segment_handle own_file_, peer_file_;  // for those who look on
  int pid_ = 0;
  std::shared_ptr<posix::child> child_;
  peer_info peer_;
  std::chrono::steady_clock::time_point deadline_;
  std::unique_ptr<posix::bell_waiter> waiter_;
  bool failed_ = false;
};

}  // namespace belfry::detail

#endif
