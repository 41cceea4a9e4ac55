// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_GUEST_HPP
#define BELFRY_GUEST_HPP

#include <belfry/channel.hpp>
#include <belfry/error.hpp>
#include <belfry/passed_descriptor.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// For plugins: finding the channel to the host that launched this program.
///
/// A plugin's conversation ends well with the error `closed`: the host has said goodbye. It comes as any other error
/// does, so a plugin that uses the forms that throw must catch it, or it ends in std::terminate, and its host takes the
/// good end for a crash. A plugin's main loop is best written with an error_code.
namespace belfry::guest {

/// How to attach.
struct attach_options {
  /// What this plugin calls itself; the program's file name if empty. At most 255 bytes count.
  std::string name;
  /// How long the host may take to answer.
  std::chrono::milliseconds timeout{5000};
  /// Users, beside this process's own and root, at whose sockets this plugin may walk in.
  std::vector<unsigned> host_users{};
  /// So many descriptors that the host hands over later may wait until somebody receives them; see
  /// `channel::receive_descriptor`. The host may count on it as soon as it has launched the plugin. At most 64; else the
  /// error is `invalid_argument`.
  std::size_t descriptors = 0;
};

/// Attaches to the host: takes up the descriptors that the launcher left, and shakes hands over the lifeline.
///
/// A program that nobody launched as a plugin *walks in* where the environment variable `BELFRY_HOST` holds the path at
/// which a host listens (see <belfry/acceptor.hpp>). Then `timeout` holds for each of the two parts: until the host has
/// accepted, and until it has answered.
///
/// The descriptors are made close-on-exec and the environment variable that named them is removed, so that programs
/// which this plugin starts inherit neither. Call it early, before other threads use the environment. Blocks until the
/// host has answered.
///
/// Errors: `error::no_host` (nobody launched this program as a plugin, or nobody listens at
/// `BELFRY_HOST`); `error::bad_channel_variable` and the errors of
/// `channel_handle::from_text` (the descriptors are not what they should be); `error::already_attached`;
/// `error::version_mismatch`, `error::refused`, `error::handshake_timeout`, `error::peer_dead` (the host ended),
/// `error::protocol_violation`; those of mapping the memory. The throwing form's `what()` tells the whole story.
channel attach(boost::asio::any_io_executor, const attach_options&, error_code& ec);
/// The same with the default options.
channel attach(boost::asio::any_io_executor, error_code& ec);
/// The same; throws `system_error`.
channel attach(boost::asio::any_io_executor, const attach_options& = {});

/// The same for a plugin that also accepts its descriptors as an argument, `--belfry-channel=...`, as hosts pass it
/// that set `launch_options::ends_in_arguments`.
channel attach(boost::asio::any_io_executor, int argc, const char* const* argv, const attach_options&, error_code& ec);
/// The same; throws `system_error`.
channel attach(boost::asio::any_io_executor, int argc, const char* const* argv, const attach_options& = {});

/// As `attach`; where that fails, says on standard error what is wrong and what to do, and ends the process with the
/// status 69 (EX_UNAVAILABLE).
channel attach_or_exit(boost::asio::any_io_executor, const attach_options& = {});
/// The same for a plugin that also accepts its descriptors as an argument.
channel attach_or_exit(boost::asio::any_io_executor, int argc, const char* const* argv, const attach_options& = {});

/// Takes a descriptor that the host has handed over under that name (`launch_options::descriptors`). After attaching.
///
/// Each is given once. Those that nobody takes stay open, close-on-exec, until the process ends.
///
/// Errors: `error::no_such_descriptor`. Thread safety: any thread.
passed_descriptor descriptor(std::string_view name, error_code& ec);
/// The same; throws `system_error`.
passed_descriptor descriptor(std::string_view name);

/// The names of those that nobody has taken yet, in the host's order. Any thread.
std::vector<std::string> descriptor_names();

}  // namespace belfry::guest

#endif
