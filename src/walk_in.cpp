// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "walk_in.hpp"

#include "posix/above_streams.hpp"
#include "posix/host_socket.hpp"

#include <belfry/detail/deadline.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

namespace belfry::detail {
namespace {

/// In the order of `channel_handle::native_handles`.
constexpr std::array<std::string_view, 5> end_names{"lifeline", "out", "in", "own", "peer"};

/// Gathers what the host sends, until the last of the ends has come.
class gathering {
 public:
  /// True: this is all, or `failure` says why there will be no more.
  bool add(frame& f);

  walked_in result();
  std::optional<handshake_failure> failure;

 private:
  void fail(error_code ec, std::string story) { failure = handshake_failure{ec, std::move(story)}; }

  std::array<posix::foreign_descriptor, end_names.size()> ends_;
  std::vector<std::pair<std::string, posix::foreign_descriptor>> named_;
};

bool gathering::add(frame& f) {
  if (f.type == frame_type::refusal) {
    const auto r = decode_refusal(f.payload);
    fail(r ? r->reason : error::protocol_violation, "the host refused: " + (r ? r->text : std::string("?")));
  } else if (f.descriptor_lost) {
    fail(make_error_code(boost::system::errc::too_many_files_open), "this process has too many descriptors open");
  } else if (f.type == frame_type::descriptor && f.descriptor && named_.size() != most_descriptors &&
             is_descriptor_name(f.payload)) {
    named_.emplace_back(f.payload, std::move(f.descriptor));
  } else if (f.type == frame_type::end && f.descriptor) {
    const auto which = std::find(end_names.begin(), end_names.end(), f.payload) - end_names.begin();
    if (static_cast<std::size_t>(which) == end_names.size())
      return fail(error::protocol_violation, "no end is called so"), true;
    ends_[static_cast<std::size_t>(which)] = std::move(f.descriptor);
    return std::all_of(ends_.begin(), ends_.end(), [](const auto& end) { return static_cast<bool>(end); });
  } else {
    fail(error::protocol_violation, "what the host sent is no channel");
  }
  return static_cast<bool>(failure);
}

walked_in gathering::result() {
  walked_in w;
  w.failure = std::move(failure);
  if (w.failure) return w;
  // The system gives what arrives the lowest numbers that are free.
  const auto move_up = [](posix::foreign_descriptor& fd) {
    fd = posix::foreign_descriptor(posix::above_streams(posix::unique_descriptor(fd.release())).release());
  };
  for (auto& end : ends_) move_up(end);
  for (auto& [name, fd] : named_) move_up(fd);
  channel_handle::native_handles_type fds;
  std::transform(ends_.begin(), ends_.end(), fds.begin(), [](const auto& end) { return end.get(); });
  error_code ec;
  w.handle = channel_handle::from_text(channel_handle::text_for(fds), ec);
  if (ec) {
    w.failure = handshake_failure{ec, "the ends of the channel that the host sent are unfit: " + ec.message()};
    return w;
  }
  for (auto& end : ends_) end.release();
  for (auto& [name, fd] : named_) w.descriptors.push_back({name, fd.release()});
  return w;
}

walked_in failed(error_code ec, std::string story) {
  walked_in w;
  w.failure = handshake_failure{ec, std::move(story)};
  return w;
}

/// Why nothing answers at `path`.
walked_in not_there(const std::string& path, const error_code& ec) {
  namespace errc = boost::system::errc;
  const std::string variable = std::string(host_variable) + "=" + path;
  if (ec == errc::no_such_file_or_directory)
    return failed(error::no_host,
                  variable + ": no host listens there; start it first (belfry run --listen " + path + ")");
  std::error_code unknown;
  if (ec == errc::connection_refused && !std::filesystem::is_socket(path, unknown))
    return failed(error::no_host, variable + ": that is no socket; name the one at which a host listens");
  if (ec == errc::connection_refused)
    return failed(error::no_host, variable + ": the host that listened there has ended; start it again");
  if (ec == error::timed_out) return failed(error::handshake_timeout, variable + ": the host accepts nobody");
  return failed(ec, variable + ": " + ec.message());
}

}  // namespace

void send_ends(lifeline& connection, const channel_handle& handle, const std::vector<named_descriptor>& named,
               error_code& ec) {
  ec.clear();
  for (const auto& one : named) {
    connection.send(frame_type::descriptor, one.name, one.fd, ec);
    if (ec) return;
  }
  const auto fds = handle.native_handles();
  for (std::size_t i = 0; i != fds.size() && !ec; ++i) connection.send(frame_type::end, end_names[i], fds[i], ec);
}

walked_in walk_in(const std::string& path, const std::vector<unsigned>& trusted, std::chrono::milliseconds limit) {
  const auto deadline = time_after(limit);
  error_code ec;
  auto socket = posix::connect_to(path, limit, ec);
  if (ec) return not_there(path, ec);
  const auto host = posix::peer_credentials(socket.get(), ec);
  if (ec) return failed(ec, path + ": who listens there is not to be known: " + ec.message());
  const bool known = host.user == posix::own_user() || host.user == 0 ||
                     std::find(trusted.begin(), trusted.end(), host.user) != trusted.end();
  if (!known) {
    return failed(error::refused, path + ": who listens there is another user (uid " + std::to_string(host.user) +
                                      "), whom attach_options::host_users does not name");
  }
  auto connection = lifeline::from_native_handle(socket.get(), ec);
  if (ec) return failed(ec, path + ": " + ec.message());
  socket.release();
  connection.accept_descriptors();

  gathering got;
  for (;;) {
    frame f;
    const auto status = connection.try_receive(f, ec);
    if (ec) return failed(ec, path + ": what listens there is no belfry host");
    if (status == lifeline::status::ended)
      return failed(error::peer_dead, path + ": the host ended, or refuses to talk");
    if (status == lifeline::status::frame) {
      if (got.add(f)) return got.result();
      continue;
    }
    if (connection.wait_until(deadline, ec)) continue;
    if (ec) return failed(ec, path + ": waiting for the host failed: " + ec.message());
    return failed(error::handshake_timeout, path + ": the host did not accept this plugin within " +
                                                std::to_string(limit.count()) + " ms; is it busy with another one?");
  }
}

}  // namespace belfry::detail
