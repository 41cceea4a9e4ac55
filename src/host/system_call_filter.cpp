// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/system_call_filter.hpp>

#include <utility>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83  // Linux 6.16
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41  // Linux 5.17
#endif

namespace belfry {
namespace {

using verdict = system_call_filter::verdict;
using argument_test = system_call_filter::argument_test;

constexpr std::uint64_t low_half = 0xffff'ffff;

/// Where a launched plugin has its lifeline.
constexpr std::uint64_t lifeline_descriptor = 3;

/// An argument of 32 bits; the kernel does not look at the other half, which may hold anything.
argument_test is(unsigned index, std::uint64_t value) { return {index, value & low_half, low_half}; }
argument_test is_null(unsigned index) { return {index, 0}; }
argument_test lacks(unsigned index, std::uint64_t bits) { return {index, 0, bits}; }
argument_test has(unsigned index, std::uint64_t bits) { return {index, bits, bits}; }

/// What needs no look at its arguments: time, waiting, threads' own affairs, and descriptors that are open already.
void allow_the_harmless(system_call_filter& f) {
  f.set({"brk", "munmap", "mremap", "madvise", "memfd_create", "fallocate", "ftruncate", "membarrier", "msync"},
        verdict::allow);
  f.set({"clock_gettime", "clock_getres", "clock_nanosleep", "gettimeofday", "nanosleep", "time", "timerfd_create",
         "timerfd_settime", "timerfd_gettime", "timer_settime"},
        verdict::allow);
  f.set({"futex", "sched_yield", "set_robust_list", "get_robust_list", "rseq", "gettid", "getpid", "getppid", "getcpu",
         "exit", "exit_group", "restart_syscall"},
        verdict::allow);
  f.set({"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "pause"},
        verdict::allow);
  f.set({"getuid", "geteuid", "getgid", "getegid", "getrusage", "times", "sysinfo", "uname", "getrandom"},
        verdict::allow);
  f.set({"read", "readv", "pread64", "write", "writev", "lseek", "close", "pipe2", "eventfd2", "fstat", "fstatfs"},
        verdict::allow);
  f.set({"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select",
         "pselect6"},
        verdict::allow);
  f.set({"recvfrom", "recvmsg", "recvmmsg", "shutdown", "getsockopt", "getpeername", "getsockname"}, verdict::allow);
}

/// The channel's own sockets must not be turned into others. A datagram socket, as the doorbell is, can send to any
/// address, so it may not be given one; as to sendmsg, an address lies behind a pointer, so only the lifeline may do it,
/// to which an address is an error; and no descriptor may be copied to its number.
void allow_the_channel(system_call_filter& f) {
  f.set("sendto", verdict::allow, {is_null(4)});
  f.set("sendmsg", verdict::allow, {is(0, lifeline_descriptor)});
  for (const int option : {SO_PASSCRED, SO_SNDBUF, SO_PASSRIGHTS}) {
    f.set("setsockopt", verdict::allow, {is(1, SOL_SOCKET), is(2, static_cast<std::uint64_t>(option))});
  }
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_ADD_SEALS, F_GET_SEALS}) {
    f.set("fcntl", verdict::allow, {is(1, static_cast<std::uint64_t>(command))});
  }
  for (const int request : {FIONREAD, FIONBIO, TCGETS}) {
    f.set("ioctl", verdict::allow, {is(1, static_cast<std::uint64_t>(request))});
  }
}

void allow_own_process(system_call_filter& f) {
  // Threads, and no processes. The flags of clone3 lie behind a pointer, so the C library is made to use clone.
  f.set("clone", verdict::allow, {has(0, CLONE_THREAD)});
  f.set("clone3", verdict::missing);
  f.set("tgkill", verdict::allow, {is(0, argument_test::own_process)});
  f.set("kill", verdict::allow, {is(0, argument_test::own_process)});
  f.set("sched_getaffinity", verdict::allow, {is(0, 0)});
  f.set("prlimit64", verdict::allow, {is(0, 0), is_null(2)});
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA}) {
    f.set("prctl", verdict::allow, {is(0, static_cast<std::uint64_t>(option))});
  }
}

}  // namespace

system_call_filter system_call_filter::pure_compute(verdict otherwise) {
  system_call_filter f(otherwise);
  allow_the_harmless(f);
  allow_the_channel(f);
  allow_own_process(f);
  f.set("mmap", verdict::allow, {lacks(2, PROT_EXEC)});
  f.set("mprotect", verdict::allow, {lacks(2, PROT_EXEC)});
  f.keep_on_leash(otherwise == verdict::allow ? verdict::refuse : otherwise);
  return f;
}

system_call_filter system_call_filter::loading(verdict otherwise) {
  auto f = pure_compute(otherwise);
  f.set({"execve", "arch_prctl", "set_tid_address", "mmap", "mprotect"}, verdict::allow);
  f.set({"open", "openat", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "getdents64"},
        verdict::allow);
  f.set({"stat", "lstat", "newfstatat", "statx", "statfs"}, verdict::allow);
  f.set("seccomp", verdict::allow, {is(0, SECCOMP_SET_MODE_FILTER)});
  f.set("prctl", verdict::allow, {is(0, PR_SET_NO_NEW_PRIVS)});
  return f;
}

system_call_filter& system_call_filter::set(std::string_view call, verdict what) {
  std::erase_if(rules_, [&](const rule& r) { return r.call == call && !r.first; });
  rules_.push_back({std::string(call), what, {}});
  return *this;
}

system_call_filter& system_call_filter::set(std::initializer_list<std::string_view> calls, verdict what) {
  for (const auto call : calls) set(call, what);
  return *this;
}

system_call_filter& system_call_filter::set(std::string_view call, verdict what, std::vector<argument_test> where) {
  rules_.push_back({std::string(call), what, std::move(where)});
  return *this;
}

system_call_filter& system_call_filter::forbid(std::string_view call, verdict what, std::vector<argument_test> where) {
  rules_.push_back({std::string(call), what, std::move(where), true});
  return *this;
}

system_call_filter& system_call_filter::keep_on_leash(verdict what) {
  for (const auto call : {"close", "fcntl", "ioctl", "dup", "dup2", "dup3"})
    forbid(call, what, {is(0, argument_test::leash)});
  for (const auto call : {"dup2", "dup3"}) forbid(call, what, {is(1, argument_test::leash)});
  for (const auto call : {"read", "readv", "recvfrom", "recvmsg", "recvmmsg"})
    forbid(call, what, {is(0, argument_test::leash)});
  return *this;
}

}  // namespace belfry
