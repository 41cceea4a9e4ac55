// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SYSTEM_CALL_FILTER_HPP
#define BELFRY_SYSTEM_CALL_FILTER_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry {

/// Which system calls a process may make, as its kernel checks them (seccomp).
///
/// A filter sees the numbers that a call is given, and never what a pointer leads to; so it can tell one kind of socket
/// from another, and not one file from another. A call by the conventions of another architecture (32 bit programs, x32)
/// kills the process. Several filters of a process all hold: the strictest answer counts.
///
/// This is only a description. It becomes a program where a plugin is launched with it (`confinement_options`), which
/// needs a belfry_host that was built with libseccomp.
///
/// Sources: seccomp(2), seccomp_rule_add(3).
class system_call_filter {
 public:
  /// What becomes of a call.
  enum class verdict {
    allow,    ///< It is made.
    refuse,   ///< It fails with EPERM.
    missing,  ///< It fails with ENOSYS, as if this kernel did not have it: callers that know an older way take that.
    kill,     ///< The process ends by SIGSYS.
  };

  /// That one of the call's numbers, which has `mask` laid over it, is `value`.
  struct argument_test {
    unsigned index = 0;                      ///< Which of them; 0 to 5.
    std::uint64_t value = 0;                 ///< What is left of it under the mask.
    std::uint64_t mask = ~std::uint64_t{0};  ///< The bits that count.

    /// As a `value`, with a mask of 32 bits: the plugin's own process id.
    static constexpr std::uint64_t own_process = 0x7fff'fff1;
    /// As a `value`, with a mask of 32 bits: the descriptor by which the plugin hangs on its host (`host_death`).
    static constexpr std::uint64_t leash = 0x7fff'fff2;
  };

  /// What becomes of one call, if all the tests hold; always, if there are none.
  struct rule {
    std::string call;                  ///< Its name, such as "openat".
    verdict what = verdict::allow;     ///< What becomes of it.
    std::vector<argument_test> where;  ///< The tests.
    bool first = false;                ///< Whether it counts before those that are not.
  };

  /// Without rules: this becomes of all calls.
  explicit system_call_filter(verdict otherwise = verdict::refuse) noexcept : otherwise_(otherwise) {}

  /// For a plugin that only computes, from the moment at which it is attached: it can wait, take memory, start threads,
  /// write to what was open when it started, and use its channel with all that belfry does. It can open nothing, make no
  /// socket, reach no other process, start none, execute nothing, make no memory executable, and not take itself off the
  /// leash that ends it with its host (`keep_on_leash`).
  ///
  /// `otherwise`: what becomes of all other calls.
  static system_call_filter pure_compute(verdict otherwise = verdict::refuse);

  /// For the same plugin from its start until it is attached: it can also open, look at and list what its user and
  /// Landlock leave it, as the dynamic loader does, execute it, and take a further filter.
  static system_call_filter loading(verdict otherwise = verdict::refuse);

  /// This becomes of that call, whatever was said of it by `set` before.
  system_call_filter& set(std::string_view call, verdict);
  /// The same for several.
  system_call_filter& set(std::initializer_list<std::string_view> calls, verdict);
  /// This becomes of that call where all the tests hold, in addition to what was said of it before. Where two rules of one
  /// call hold, and differ, it is not said which counts.
  system_call_filter& set(std::string_view call, verdict, std::vector<argument_test> where);

  /// That becomes of that call where all the tests hold, whatever `set` says of it. The verdict may not be `allow`; a launch
  /// with such a filter fails with EINVAL.
  system_call_filter& forbid(std::string_view call, verdict, std::vector<argument_test> where = {});

  /// Forbids whatever would take the plugin off the leash by which its kernel ends it with its host (`host_death::kill`):
  /// to close that descriptor, to copy it or another one to its place, to change its flags, its owner or its signal, and to
  /// read from it, since the kernel sends no signal to who waits there for data.
  ///
  /// It is in both presets. In a filter that allows what it does not name, forbid close_range, setsid and setpgid besides,
  /// and sendmsg, by which a descriptor can be sent to oneself.
  system_call_filter& keep_on_leash(verdict = verdict::refuse);

  /// What becomes of calls for which there is no rule, and of those whose tests do not hold.
  verdict otherwise() const noexcept { return otherwise_; }
  /// What was said of single calls.
  const std::vector<rule>& rules() const noexcept { return rules_; }

 private:
  verdict otherwise_;
  std::vector<rule> rules_;
};

}  // namespace belfry

#endif
