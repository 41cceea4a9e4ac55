// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_PROCESS_GROUP_HPP
#define BELFRY_PROCESS_GROUP_HPP

namespace belfry {

/// Which group of processes a plugin belongs to.
///
/// A group is what a terminal's Ctrl-C goes to, and what is killed as a whole, so that nothing is left of a plugin that
/// has started programs itself. Who leaves the group (setpgid, setsid), as a daemon does, escapes that.
enum class process_group {
  /// A group of its own in the host's session. Ctrl-C goes to the host alone, which ends its plugins as it sees fit.
  own,
  /// A session of its own, and a group of its own in that: the plugin has no controlling terminal.
  session,
  /// The host's. The plugin gets the terminal's signals with the host; and only the plugin itself is killed, never what
  /// it has started.
  inherited,
};

}  // namespace belfry

#endif
