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
    context_.reset(::seccomp_init(action_of(filter.otherwise())));
    if (!context_) return fail(ENOMEM, "libseccomp could not begin");
    const int result = ::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result != 0) return fail(-result, "libseccomp refused a setting");
    for (const auto& rule : filter.rules()) {
      // What would happen anyway libseccomp takes for a mistake.
      if (rule.what != filter.otherwise()) add(rule);
      if (ec_) return {};
    }
    return exported();
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
    if (::pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size || program.size() > BPF_MAXINSNS)
      return fail(EINVAL, "the filter is too long");
    return program;
  }

  error_code& ec_;
  std::string& story_;
  std::unique_ptr<void, release> context_;
};

#endif

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
  for (auto& instruction : program) {
    const bool compares = instruction.code == (BPF_JMP | BPF_JEQ | BPF_K);
    if (compares && instruction.k == system_call_filter::argument_test::own_process)
      instruction.k = static_cast<std::uint32_t>(pid);
  }
}

}  // namespace belfry::detail::posix
