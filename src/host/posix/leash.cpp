// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "leash.hpp"

#include "../../posix/above_streams.hpp"
#include "place_descriptors.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

}  // namespace

host_death what_happens(const launch_options& options) noexcept {
  const auto& confinement = options.confinement;
  // Whatever gives a plugin time after its host's death, one that is hostile can use to outlive it.
  const bool trusted = !confinement.filter && !confinement.attached_filter;
  const auto what = options.when_host_dies.value_or(trusted ? host_death::finish : host_death::kill);
  return what == host_death::finish && options.orphan_grace.count() <= 0 ? host_death::kill : what;
}

leash::leash(const launch_options& options, error_code& ec) noexcept
    : leads_group_(options.group != process_group::inherited),
      what_(what_happens(options)),
      grace_(options.orphan_grace) {
  ec.clear();
  if (what_ == host_death::survive) return;
  for (const auto which : {killed, told}) {
    int ends[2] = {-1, -1};
    // Who is to be killed at once must not be able to hold the other end itself. A pipe can be opened anew in /proc, a
    // socket cannot.
    const int result = what_ == host_death::kill ? ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)
                                                 : ::pipe2(ends, O_CLOEXEC);
    if (result != 0) {
      ec = last_error();
      return;
    }
    passed_[which].reset(ends[0]);
    held_[which] = above_streams(unique_descriptor(ends[1]));
    if (what_ == host_death::kill) return;
  }
}

std::string leash::place(place_descriptors& descriptors) {
  if (what_ == host_death::survive) return {};
  number_ = descriptors.add_last(passed_[killed].get());
  if (what_ == host_death::kill) return {};
  const int second = descriptors.add_last(passed_[told].get());
  return std::to_string(number_) + "," + std::to_string(second) + "," + std::to_string(grace_.count());
}

error_code leash::on_exec_setup(boost::process::v2::posix::default_launcher&, const path&,
                                const char* const*) const noexcept {
  if (what_ == host_death::survive) return {};
  if (!signal_at_end(passed_[killed].get(), SIGKILL)) return last_error();
  // Who was stopped must go on, to be told that its host is dead; the others do not notice.
  if (what_ == host_death::finish && !signal_at_end(passed_[told].get(), SIGCONT)) return last_error();
  return {};
}

bool leash::signal_at_end(int end, int number) const noexcept {
  return ::fcntl(end, F_SETOWN, leads_group_ ? -::getpid() : ::getpid()) == 0 && ::fcntl(end, F_SETSIG, number) == 0 &&
         ::fcntl(end, F_SETFL, O_ASYNC) == 0;
}

}  // namespace belfry::detail::posix
