// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "compile_filter.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <cerrno>
#include <memory>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#if BELFRY_HAS_LIBSECCOMP
#include <seccomp.h>
#endif

namespace belfry::detail::posix {
namespace {

#if BELFRY_HAS_LIBSECCOMP

std::uint32_t action_of(system_call_filter::verdict v) noexcept {
  switch (v) {
    case system_call_filter::verdict::allow: return SCMP_ACT_ALLOW;
    case system_call_filter::verdict::refuse: return SCMP_ACT_ERRNO(EPERM);
    case system_call_filter::verdict::missing: return SCMP_ACT_ERRNO(ENOSYS);
    case system_call_filter::verdict::kill: break;
  }
  return SCMP_ACT_KILL_PROCESS;
}

class compiler {
 public:
  compiler(error_code& ec, std::string& story) : ec_(ec), story_(story) {}

  filter_program compile(const system_call_filter& filter) {
    using verdict = system_call_filter::verdict;
    auto first = program_of(filter, true, verdict::allow);
    if (ec_) return {};
    auto then = program_of(filter, false, filter.otherwise());
    if (ec_) return {};
    go_on_instead_of_allowing(first);
    first.insert(first.end(), then.begin(), then.end());
    if (first.size() > BPF_MAXINSNS) return fail(EINVAL, "the filter is too long");
    return first;
  }

 private:
  struct release {
    void operator()(void* context) const noexcept { ::seccomp_release(context); }
  };

  filter_program fail(int number, std::string what) {
    ec_.assign(number, boost::system::system_category());
    story_ = std::move(what);
    return {};
  }

  /// libseccomp knows no order of rules, and so no exceptions: rules that count first are a program of their own.
  filter_program program_of(const system_call_filter& filter, bool first, system_call_filter::verdict otherwise) {
    context_.reset(::seccomp_init(action_of(otherwise)));
    if (!context_) return fail(ENOMEM, "libseccomp could not begin");
    const int result = ::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result != 0) return fail(-result, "libseccomp refused a setting");
    bool any = false;
    for (const auto& rule : filter.rules()) {
      if (rule.first != first) continue;
      any = true;
      if (first && rule.what == otherwise) return fail(EINVAL, "to forbid " + rule.call + " is not to allow it");
      // What would happen anyway libseccomp takes for a mistake.
      if (rule.what != otherwise) add(rule);
      if (ec_) return {};
    }
    return first && !any ? filter_program() : exported();
  }

  /// Where the program would allow a call, it comes to its end.
  static void go_on_instead_of_allowing(filter_program& program) noexcept {
    for (std::size_t i = 0; i != program.size(); ++i) {
      auto& instruction = program[i];
      if (instruction.code != (BPF_RET | BPF_K) || instruction.k != SECCOMP_RET_ALLOW) continue;
      instruction = {BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(program.size() - i - 1)};
    }
  }

  void add(const system_call_filter::rule& rule) {
    const int call = ::seccomp_syscall_resolve_name(rule.call.c_str());
    if (call == __NR_SCMP_ERROR) {
      fail(EINVAL, "libseccomp knows no system call " + rule.call);
      return;
    }
    std::vector<scmp_arg_cmp> tests;
    for (const auto& t : rule.where) tests.push_back({t.index, SCMP_CMP_MASKED_EQ, t.mask, t.value});
    const int result = ::seccomp_rule_add_array(context_.get(), action_of(rule.what), call,
                                                static_cast<unsigned>(tests.size()), tests.data());
    if (result != 0 && result != -EEXIST) fail(-result, "libseccomp refused a rule for " + rule.call);
  }

  filter_program exported() {
    const unique_descriptor file(::memfd_create("belfry-filter", MFD_CLOEXEC));
    if (!file) return fail(errno, "there is no memory for the filter");
    const int result = ::seccomp_export_bpf(context_.get(), file.get());
    if (result != 0) return fail(-result, "libseccomp could not make a program of the filter");
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    filter_program program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
      return fail(EIO, "the filter could not be read");
    return program;
  }

  error_code& ec_;
  std::string& story_;
  std::unique_ptr<void, release> context_;
};

#endif

/// Puts a number where the program compares with that one.
void replace(filter_program& program, std::uint64_t stands_for, int number) noexcept {
  for (auto& instruction : program) {
    const bool compares = instruction.code == (BPF_JMP | BPF_JEQ | BPF_K);
    if (compares && instruction.k == stands_for) instruction.k = static_cast<std::uint32_t>(number);
  }
}

}  // namespace

bool filters_are_supported() noexcept {
#if BELFRY_HAS_LIBSECCOMP
  return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
#else
  return false;
#endif
}

filter_program compile_filter([[maybe_unused]] const system_call_filter& filter, error_code& ec, std::string& story) {
  ec.clear();
#if BELFRY_HAS_LIBSECCOMP
  if (filters_are_supported()) return compiler(ec, story).compile(filter);
  story = "this kernel has no filters of system calls (CONFIG_SECCOMP_FILTER)";
#else
  story = "this belfry_host was built without libseccomp, which filters of system calls need";
#endif
  ec = error::cannot_confine;
  return {};
}

void set_own_process(filter_program& program, int pid) noexcept {
  replace(program, system_call_filter::argument_test::own_process, pid);
}

void set_leash(filter_program& program, int descriptor) noexcept {
  replace(program, system_call_filter::argument_test::leash, descriptor);
}

}  // namespace belfry::detail::posix
