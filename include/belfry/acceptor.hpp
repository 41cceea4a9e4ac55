// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_ACCEPTOR_HPP
#define BELFRY_ACCEPTOR_HPP

#include <belfry/autopsy.hpp>
#include <belfry/channel.hpp>
#include <belfry/detail/initiation.hpp>
#include <belfry/error.hpp>
#include <belfry/named_descriptor.hpp>
#include <belfry/plugin.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace belfry {

/// Whom to accept, and how.
struct acceptor_options {
  /// What the host calls each plugin, in diagnostics and towards it; what it calls itself if empty.
  std::string name;
  /// The sizes of the rings of each. "Outgoing" is from host to plugin.
  channel_options channel;
  /// Whether this user's processes may look on; see `launch_options::observable`.
  bool observable = true;
  /// Descriptors of the host's that each plugin gets besides; see `launch_options::descriptors`. They stay the host's, and
  /// must be open whenever a plugin is accepted.
  std::vector<named_descriptor> descriptors;
  /// What is recorded of a plugin that died, and where; see `launch_options::autopsy`.
  autopsy_options autopsy{};
  /// How long a plugin that has connected may take until it has shaken hands.
  std::chrono::milliseconds handshake_timeout{5000};
  /// Ids of other users whose processes may walk in, beside those of this process's own user.
  std::vector<unsigned> users;
};

/// Listens for plugins that this host does not launch: those that a person has started, by hand or under a debugger, and
/// that *walk in*.
///
/// Such a program finds the host by the environment variable `BELFRY_HOST`, which holds the socket's path, and attaches as
/// ever (`guest::attach`). What comes of it is a `plugin` as if it had been launched, except that
/// * its process is no child: how it ends stays unknown (`exit_status::unknown`), and its death is a death all the same;
/// * nobody kills it unasked: a `plugin` that is destroyed says goodbye and leaves it to itself, and one that breaks the
///   protocol only loses its channel. `stop` and `kill` do kill it.
///
/// Who may come in: the socket stands in a folder that nobody else can enter, has the mode 0600 whatever the umask, and
/// whoever connects is asked for its user by way of the kernel. Others are refused, and told why; so are programs that do
/// not come to terms. That is reported (`handshake_failed`), and the wait goes on. While one shakes hands others wait, at
/// most for `handshake_timeout`.
///
/// Thread safety: `cancel` and `close` from any thread; the rest needs the object to itself. One wait at a time.
///
/// Fork: it belongs to the process that made it; a forked child's copy can only be destroyed.
///
/// Sources: unix(7) (SO_PEERCRED, SO_PEERPIDFD), pidfd_open(2).
class acceptor {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  /// Listens nowhere; only assignment, destruction and `is_open` make sense.
  acceptor() noexcept;
  /// Listens at `path`; see `open`. Throws `system_error`, whose `what()` tells the whole story.
  acceptor(executor_type, std::filesystem::path path, acceptor_options options = {});
  /// What is left behind is as default-constructed.
  acceptor(acceptor&&) noexcept;
  /// What was here before is closed first.
  acceptor& operator=(acceptor&&) noexcept;
  /// Closes. Operations that wait end with `operation_aborted`.
  ~acceptor();

  /// Listens at `path`. The folder must belong to this process's user, and be closed to others (where `users` are named: not
  /// be writable by others); one that does not exist is made so, and removed with the socket. A socket that a dead host has
  /// left there is replaced. Plugins complete their asynchronous operations on the executor.
  ///
  /// Errors: `error::folder_not_private`; `address_in_use` (another host listens there, or there is something else);
  /// `filename_too_long` (more than 107 bytes); `invalid_argument` (the path ends in no name; `descriptors`, `autopsy`);
  /// `error::timed_out` (somebody keeps the folder locked); what the system reports.
  static acceptor open(executor_type, std::filesystem::path path, acceptor_options options, error_code& ec);

  /// Blocks until a plugin has walked in and shaken hands.
  ///
  /// Errors: `operation_aborted` (`cancel`, `close`); `bad_descriptor` (closed before); `already_started` (another wait);
  /// what accept reports, such as EMFILE; those of making a channel.
  plugin accept(error_code& ec);
  /// The same; throws `system_error`.
  plugin accept();
  /// As `accept`, but gives up where nobody has come for `limit`, with `error::timed_out`. Who is shaking hands by then is
  /// still waited for.
  plugin accept_for(std::chrono::nanoseconds limit, error_code& ec);
  /// The same; throws `system_error`.
  plugin accept_for(std::chrono::nanoseconds limit);

  /// As `accept`, without blocking.
  ///
  /// Completion signature: `void(error_code, plugin)`. Per-operation cancellation: terminal, partial and total; one that is
  /// shaking hands is refused then.
  template <boost::asio::completion_token_for<void(error_code, plugin)> Token>
  auto async_accept(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, plugin)>(
        detail::initiation<acceptor, &acceptor::start_accept>{this}, token);
  }

  /// Ends the wait that is under way with `operation_aborted`.
  void cancel() noexcept;
  /// Refuses whoever comes from here on, ends the wait, and removes the socket's file. Plugins stay.
  void close() noexcept;
  /// Whether it listens.
  bool is_open() const noexcept;

  /// Where it listens.
  const std::filesystem::path& path() const noexcept;
  /// The executor that was given.
  executor_type get_executor() const;

  struct impl;

 private:
  template <class, auto>
  friend struct detail::initiation;

  void start_accept(boost::asio::any_completion_handler<void(error_code, plugin)>);

  std::shared_ptr<impl> impl_;
};

}  // namespace belfry

#endif
