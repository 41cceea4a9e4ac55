// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_CONFINEMENT_HPP
#define BELFRY_CONFINEMENT_HPP

#include <belfry/system_call_filter.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace belfry {

/// How much a plugin may use. What is absent stays as it is for the host.
///
/// Sources: setrlimit(2).
struct resource_limits {
  /// Address space: program, libraries, heap, stacks, and the channel, whose rings are mapped twice. What goes beyond it
  /// gets no memory (`std::bad_alloc`).
  std::optional<std::uint64_t> memory_bytes;
  /// Time on a processor, all threads together, at least 1 s. Afterwards comes SIGXCPU, which ends a program that does not
  /// handle it, and SIGKILL a second later.
  std::optional<std::chrono::seconds> cpu_time;
  /// The largest file that it can write; also its own memory for large messages. What goes beyond it ends by SIGXFSZ.
  std::optional<std::uint64_t> file_size_bytes;
  /// Open descriptors, counted from 0; it begins with those from 0 to 7.
  std::optional<std::uint64_t> descriptors;
};

/// As whom a plugin runs.
struct user_identity {
  std::uint32_t user = 0;   ///< Its user id.
  std::uint32_t group = 0;  ///< Its group id.
  /// Its further groups; it has no others, whichever the host has.
  std::vector<std::uint32_t> supplementary_groups;
};

/// The part of the file system that a plugin can use. The program itself can always be read and executed; what it needs
/// besides, its libraries for example, must be below one of the roots. A root can also be a single file.
///
/// What is promised is that nothing else can be opened, listed, executed, made, renamed, removed or cut off. Other things
/// that go by names are left to the system's permissions: to look whether there is a file and what its attributes are, to
/// change these (chmod, utime), to enter a directory, and to connect to a socket that has a name in the file system. A
/// filter closes these, too (`system_call_filter`).
///
/// Sources: landlock(7).
struct file_access {
  /// What is below them can be read, listed and executed.
  std::vector<std::filesystem::path> read_only;
  /// What is below them can also be written, made and removed.
  std::vector<std::filesystem::path> read_write;

  /// Those that there are of the folders and files out of which the dynamic loader takes libraries, as read-only roots.
  static file_access system_libraries();
};

/// What a plugin is kept from. Nothing by default.
///
/// All of it is laid upon the plugin between its start and the execution of its program, so that it holds for whatever
/// the program is; with one exception, `attached_filter`. Where something cannot be done, the launch fails, and nothing
/// runs: with the error of the system, or `error::cannot_confine` where the kernel or this build of belfry lacks what it
/// takes. The story (what the throwing form of `launch` says, and the diagnostic) names the step.
///
/// doc/confinement.md tells what each needs, and what it does not protect from.
struct confinement_options {
  /// How much it may use.
  resource_limits limits;

  /// Another user. Needs root, or CAP_SETUID and CAP_SETGID. The program must be one that this user can execute.
  std::optional<user_identity> user;

  /// Of the variables of `launch_options::environment`, or of the host's, the plugin gets only those with these names.
  /// Those of `extra_environment`, and the one that names the channel's descriptors, come in addition.
  std::optional<std::vector<std::string>> keep_variables;

  /// How much the plugin stands back for others, from -20 to 19. Less than what the host has needs root, or CAP_SYS_NICE.
  std::optional<int> nice;
  /// The processors on which it may run, by number; empty: where the host may. The launch fails if any of them is not there,
  /// or not for the host.
  std::vector<unsigned> processors;

  /// No program that the plugin executes gains rights by it (set-user-id, file capabilities). Implied by `files`,
  /// `no_network` and the filters.
  bool no_new_privileges = false;

  /// The only files that it can use. Needs Linux 5.13 with Landlock switched on; before 6.2, also libseccomp. From 6.12 on
  /// it can also not send signals to processes outside, nor connect to abstract sockets.
  std::optional<file_access> files;

  /// It can make no socket, of whichever family. Needs libseccomp. Those that it has, its ends of the channel, remain.
  bool no_network = false;

  /// A filter of system calls that holds from before the program starts, so it must allow execve and what the dynamic loader
  /// does. Needs libseccomp.
  std::optional<system_call_filter> filter;

  /// A further filter that belfry's own library lays upon the plugin, all of its threads, just before `guest::attach` returns.
  /// It can take away what was needed for loading. A program that does not do so, be it that its library is too old, does
  /// not get to talk to the host; but a program that is hostile from the start can pretend, so for such only what holds before
  /// counts. At most 512 instructions, else the error is `error::message_too_large`. Needs libseccomp.
  std::optional<system_call_filter> attached_filter;

  /// For a plugin that only computes: `system_call_filter::loading` and then `pure_compute`, no socket, no variable of the
  /// environment, no new privileges, and no file but its own program and the system's libraries; and those, once attached, not
  /// either. No limits are set, and no user: these you know best.
  static confinement_options pure_compute();
};

/// What this kernel and this build of belfry_host can do.
struct confinement_support {
  /// The version of Landlock; 0: none. 1: Linux 5.13, 2: 5.19, 3: 6.2, 4: 6.7, 5: 6.10, 6: 6.12.
  int landlock_version = 0;
  /// Whether there can be filters of system calls.
  bool filters = false;

  /// Asks the kernel.
  static confinement_support here() noexcept;
};

}  // namespace belfry

#endif
