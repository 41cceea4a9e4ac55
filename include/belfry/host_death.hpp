// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_HOST_DEATH_HPP
#define BELFRY_HOST_DEATH_HPP

namespace belfry {

/// What becomes of a plugin, and of all in its group, when its host dies, however that may happen.
enum class host_death {
  /// It may finish. One that waits in its channel gets `error::peer_dead` as ever; `launch_options::orphan_grace` later it
  /// is killed, whatever it does. One that has not attached yet is killed at once. What it has started is killed when it
  /// has ended.
  ///
  /// While it attaches, the plugin finds a real-time signal that it does not use, the last first, lets that interrupt the
  /// process, and arms a timer of the kernel's in the handler. A plugin that blocks all signals in all of its threads, and
  /// does not look at its channel, is not reached by that. Nor has one any time that is kept from it by a filter of system
  /// calls from its start on (`confinement_options::filter`), such as `system_call_filter::loading`: it is killed at once.
  finish,
  /// The kernel kills all of the group at once. Nothing in a plugin's power prevents that, but to close the descriptor
  /// by which it hangs on its host, to change its flags, to wait for data from it, or to leave its group; against a plugin
  /// that is hostile, keep it from these by a filter of system calls (`system_call_filter::keep_on_leash`, which is in the
  /// presets).
  kill,
  /// It is for the plugin to end when its channel tells it that the host is dead.
  survive,
};

}  // namespace belfry

#endif
