// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "place_descriptors.hpp"

#include "../../posix/above_streams.hpp"
#include "../../posix/socket_pair.hpp"
#include "child_calls.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

int open_for(const stdio_target& target, int number) noexcept {
  const bool reading = number == STDIN_FILENO;
  if (target.what() == stdio_target::kind::null)
    return ::open("/dev/null", (reading ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
  if (reading) return ::open(target.path().c_str(), O_RDONLY | O_CLOEXEC);
  return ::open(target.path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/// Whether the host has a standard stream there. Where it was started without one, the number went to the next thing
/// that it opened, perhaps its own end of this very channel, with which the plugin would never hear of its death. What
/// is close-on-exec was not meant for other programs.
bool has_stream(int number) noexcept {
  const int flags = ::fcntl(number, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

/// Has all descriptors from `first` on closed where the program is executed. Until then other initializers use theirs.
void close_on_exec_from(int first) noexcept {
  constexpr unsigned close_on_exec = 4;  // CLOSE_RANGE_CLOEXEC, which older headers lack
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, close_on_exec) == 0) return;
  // Before Linux 5.11, or behind a filter that does not know the call. What lies above a lowered limit is missed.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (rlim_t fd = static_cast<rlim_t>(first); fd < limit.rlim_cur; ++fd) {
    ::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
  }
}

}  // namespace

void place_descriptors::check(const launch_options& options, error_code& ec) noexcept {
  ec.clear();
  for (const auto* target : {&options.in, &options.out, &options.err}) {
    if (target->what() == stdio_target::kind::descriptor && ::fcntl(target->fd(), F_GETFD) < 0) {
      ec = error::handle_not_open;
    }
  }
  for (const auto& named : options.descriptors) {
    if (!is_open(named.fd)) ec = error::handle_not_open;
  }
}

place_descriptors::place_descriptors(const launch_options& options, const std::array<int, end_count>& ends,
                                     error_code& ec)
    : beyond_(first_named + static_cast<int>(options.descriptors.size())) {
  ec.clear();
  placements_.reserve(static_cast<std::size_t>(beyond_));
  add(options.in, STDIN_FILENO, ec);
  if (!ec) add(options.out, STDOUT_FILENO, ec);
  if (!ec) add(options.err, STDERR_FILENO, ec);
  for (int i = 0; i != end_count; ++i) placements_.push_back({ends[static_cast<std::size_t>(i)], first_end + i});
  int number = first_named;
  for (const auto& named : options.descriptors) placements_.push_back({named.fd, number++});
}

void place_descriptors::add(const stdio_target& target, int number, error_code& ec) {
  switch (target.what()) {
    case stdio_target::kind::inherit: placements_.push_back({number, number, true}); return;
    case stdio_target::kind::descriptor: placements_.push_back({target.fd(), number}); return;
    case stdio_target::kind::null:
    case stdio_target::kind::file:
    case stdio_target::kind::log: break;
  }
  auto& opened = opened_[static_cast<std::size_t>(number)];
  if (target.what() == stdio_target::kind::log) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) == 0) ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    logged_[static_cast<std::size_t>(number)] = above_streams(unique_descriptor(ends[0]));
    opened.reset(ends[1]);
  } else {
    opened.reset(open_for(target, number));
  }
  if (!opened) ec = last_error();
  else placements_.push_back({opened.get(), number});
}

int place_descriptors::add_last(int source) {
  placements_.push_back({source, beyond_});
  return beyond_++;
}

error_code place_descriptors::on_exec_setup(boost::process::v2::posix::default_launcher&, const path&,
                                            const char* const*) noexcept {
  // First all of them out of the way, so that none is overwritten before it was placed.
  for (auto& p : placements_) {
    // A standard stream that the host itself lacks leads nowhere in the plugin; the number must not be taken by something
    // else, though.
    const bool lacking = p.inherited && !has_stream(p.source);
    const int source = lacking ? child_open_null() : p.source;
    // What was just opened may stand at one of the targets itself, so it is moved as the others are.
    p.source = source < 0 ? -1 : ::fcntl(source, F_DUPFD_CLOEXEC, beyond_);
    if (p.source < 0) return last_error();
  }
  for (const auto& p : placements_) {
    // The targets are never among the sources now.
    if (!child_place(p.source, p.target)) return last_error();
  }
  close_on_exec_from(beyond_);
  return {};
}

}  // namespace belfry::detail::posix
