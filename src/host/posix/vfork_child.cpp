// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "vfork_child.hpp"

#include "child_calls.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define BELFRY_DETAIL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BELFRY_DETAIL_ASAN 1
#endif
#endif
#if defined(BELFRY_DETAIL_ASAN)
#include <sanitizer/asan_interface.h>
#endif

// glibc's other name for clone, where it is one. ThreadSanitizer has put a function of its own in the place of `clone`, which
// takes each child for a forked one and makes its thread deaf to locks from then on; but this child shares its memory, and so
// the deaf one would be the thread that launched it, for ever, with false reports of races wherever others talk to it.
extern "C" [[gnu::weak]] int __clone(int (*)(void*), void*, int, void*, ...) noexcept;

namespace belfry::detail::posix {
namespace {

struct request {
  int (*body)(void*);
  void* argument;
  int failure;
  std::uint64_t peak_memory_bytes;
};

std::uint64_t peak_memory() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// The child leaves its frames by execve, never by returning, so AddressSanitizer would hold them for alive, and complain
/// about whatever is mapped at their addresses next.
void forget_frames([[maybe_unused]] void* stack, [[maybe_unused]] std::size_t size) noexcept {
#if defined(BELFRY_DETAIL_ASAN)
  __asan_unpoison_memory_region(stack, size);
#endif
}

// AddressSanitizer does not know this stack, which it would say at each function that does not return.
#if defined(BELFRY_DETAIL_ASAN)
__attribute__((no_sanitize_address))
#endif
int child_main(void* p) noexcept {
  auto* const r = static_cast<request*>(p);
  // It must not run the caller's signal handlers, in the caller's memory; nor shall the program start with what the host
  // happens to ignore or block.
  child_reset_signals();
  // Here and not in the parent, which may have had more before it executed the program that it is.
  r->peak_memory_bytes = peak_memory();
  r->failure = r->body(r->argument);
  // Not exit: that would run this process's atexit handlers and flush its streams a second time.
  ::_exit(127);
}

/// Holds off all signals, and cancellation, of this thread.
class undisturbed {
 public:
  undisturbed() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &mask_);
    ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_);
  }
  ~undisturbed() {
    ::pthread_setcancelstate(cancel_state_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  undisturbed(const undisturbed&) = delete;
  undisturbed& operator=(const undisturbed&) = delete;

 private:
  sigset_t mask_;
  int cancel_state_ = 0;
};

/// Waits for the end of a child that could not start its program.
void reap(int pidfd) noexcept {
  constexpr auto by_pidfd = static_cast<idtype_t>(3);  // P_PIDFD, which older headers lack
  siginfo_t info{};
  while (::waitid(by_pidfd, static_cast<id_t>(pidfd), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

}  // namespace

started_process start_vfork_style(int (*body)(void*), void* argument, error_code& ec) noexcept {
  ec.clear();
  // The child needs a stack of its own: on the caller's it would overwrite what the caller returns to.
  constexpr std::size_t stack_size = 256 * 1024;
  void* const stack =
      ::mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    ec.assign(errno, boost::system::system_category());
    started_process none;
    none.never_made = true;
    return none;
  }
  request r{body, argument, 0, 0};
  started_process result;
  int pidfd = -1;
  int failure = 0;
  {
    const undisturbed guard;
    const auto clone = &::__clone != nullptr ? &::__clone : &::clone;
    result.pid = clone(&child_main, static_cast<char*>(stack) + stack_size,
                       CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &r, &pidfd);
    result.never_made = result.pid < 0;
    failure = result.never_made ? errno : r.failure;
  }
  forget_frames(stack, stack_size);
  ::munmap(stack, stack_size);
  result.pidfd.reset(pidfd);
  if (failure != 0) {
    // Not by its number: where SIGCHLD is ignored, that may be another process's by now.
    if (result.pid > 0) reap(result.pidfd.get());
    ec.assign(failure, boost::system::system_category());
    started_process none;
    none.never_made = result.never_made;
    return none;
  }
  result.peak_memory_before_bytes = r.peak_memory_bytes;
  return result;
}

}  // namespace belfry::detail::posix
