// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "confine.hpp"

#include "../../posix/filter_program.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

// On 32 bit machines the calls of these names take identities of 16 bits.
#ifdef SYS_setresuid32
constexpr long set_groups_call = SYS_setgroups32;
constexpr long set_group_call = SYS_setresgid32;
constexpr long set_user_call = SYS_setresuid32;
#else
constexpr long set_groups_call = SYS_setgroups;
constexpr long set_group_call = SYS_setresgid;
constexpr long set_user_call = SYS_setresuid;
#endif

int number_of(long result) noexcept { return result < 0 ? errno : 0; }

}  // namespace

confine::confine(const confinement_options& options, const std::filesystem::path& program, error_code& ec)
    : confine(options, program, landlock_version(), ec) {}

confine::confine(const confinement_options& options, const std::filesystem::path& program, int version, error_code& ec)
    : nice_(options.nice),
      user_(options.user),
      no_new_privileges_(options.no_new_privileges || options.files || options.no_network || options.filter ||
                         options.attached_filter),
      hidden_(options.user.has_value()) {
  ec.clear();
  // The kernel would take the nearest that there is.
  if (nice_ && (*nice_ < -20 || *nice_ > 19)) fail(EINVAL, "nice is from -20 to 19", ec);
  if (!ec) prepare_limits(options.limits, ec);
  if (!ec) prepare_processors(options.processors, ec);
  if (!ec && options.files) files_ = landlock_rules(*options.files, program, options.no_network, version, ec, story_);
  if (!ec) prepare_filters(options, version, ec);
  if (!ec) prepare_attached_filter(options, ec);
}

confine::~confine() {
  if (processors_ != nullptr) CPU_FREE(processors_);
}

void confine::fail(int number, std::string story, error_code& ec) {
  ec.assign(number, boost::system::system_category());
  story_ = std::move(story);
}

void confine::prepare_limits(const resource_limits& limits, error_code& ec) {
  const auto add = [this](int resource, const std::optional<std::uint64_t>& value, std::uint64_t more,
                          const char* step) {
    if (value) limits_.push_back({resource, {*value, *value + more}, step});
  };
  add(RLIMIT_AS, limits.memory_bytes, 0, "limiting its memory");
  add(RLIMIT_FSIZE, limits.file_size_bytes, 0, "limiting the size of files");
  add(RLIMIT_NOFILE, limits.descriptors, 0, "limiting its descriptors");
  if (!limits.cpu_time) return;
  const auto seconds = limits.cpu_time->count();
  if (seconds < 1) return fail(EINVAL, "the limit of time on a processor is at least a second", ec);
  // At the upper limit comes SIGKILL, and the signal that says why only below it.
  add(RLIMIT_CPU, static_cast<std::uint64_t>(seconds), 1, "limiting its time on a processor");
}

void confine::prepare_processors(const std::vector<unsigned>& numbers, error_code& ec) {
  if (numbers.empty()) return;
  const unsigned highest = *std::max_element(numbers.begin(), numbers.end());
  constexpr unsigned most = 1 << 16;
  if (highest >= most) return fail(EINVAL, "there is no processor " + std::to_string(highest), ec);
  // At least as large as the kernel's own sets, so that they can be read back.
  const std::size_t count = std::max<std::size_t>(highest + 1, 8192);
  processors_ = CPU_ALLOC(2 * count);
  if (processors_ == nullptr) return fail(ENOMEM, "no memory for the numbers of processors", ec);
  processors_size_ = CPU_ALLOC_SIZE(count);
  std::memset(processors_, 0, 2 * processors_size_);
  for (const unsigned n : numbers) CPU_SET_S(n, processors_size_, processors_);
}

void confine::prepare_filters(const confinement_options& options, int version, error_code& ec) {
  using verdict = system_call_filter::verdict;
  system_call_filter gaps(verdict::allow);
  if (options.no_network) gaps.set("socket", verdict::refuse).set("io_uring_setup", verdict::missing);
  if (options.files && version < landlock_version_that_keeps_length) refuse_cutting_off(gaps);
  if (!gaps.rules().empty()) {
    add_filter(gaps, ec);
    if (ec == error::cannot_confine) {
      story_ =
          (options.no_network ? "to take the network away takes a filter of system calls: "
                              : "in this kernel (before Linux 6.2) Landlock does not keep files from being cut off, so "
                                "that restricting files takes a filter of system calls besides: ") +
          story_;
    }
  }
  // The last one, since it may refuse what installing the others takes.
  if (!ec && options.filter) add_filter(*options.filter, ec);
}

void confine::add_filter(const system_call_filter& filter, error_code& ec) {
  auto program = compile_filter(filter, ec, story_);
  if (!ec) filters_.push_back(std::move(program));
}

void confine::prepare_attached_filter(const confinement_options& options, error_code& ec) {
  if (!options.attached_filter) return;
  attached_filter_ = compile_filter(*options.attached_filter, ec, story_);
  if (ec || attached_filter_.size() * sizeof(sock_filter) <= longest_filter_program) return;
  ec = error::message_too_large;
  story_ = "the filter for when it is attached has " + std::to_string(attached_filter_.size()) +
           " instructions, and 512 are the most";
}

void confine::hangs_by(int descriptor) noexcept {
  for (auto& program : filters_) set_leash(program, descriptor);
  set_leash(attached_filter_, descriptor);
}

void confine::tell_failed_step() {
  if (step_ != nullptr) story_ = step_;
}

error_code confine::on_exec_setup(boost::process::v2::posix::default_launcher&, const path&,
                                  const char* const*) noexcept {
  // What needs the host's rights first, then what takes them away.
  for (const auto do_next : {&confine::stand_back, &confine::limit, &confine::become_user, &confine::renounce}) {
    if (const int number = (this->*do_next)()) return {number, boost::system::system_category()};
  }
  step_ = nullptr;
  return {};
}

int confine::stand_back() noexcept {
  step_ = "setting how much it stands back for others (nice)";
  if (nice_ && ::setpriority(PRIO_PROCESS, 0, *nice_) != 0) return errno;
  if (processors_ == nullptr) return 0;
  step_ = "choosing its processors";
  if (::sched_setaffinity(0, processors_size_, processors_) != 0) return errno;
  // The kernel leaves out those that are not there, if only one is.
  auto* const taken = reinterpret_cast<cpu_set_t*>(reinterpret_cast<char*>(processors_) + processors_size_);
  if (::sched_getaffinity(0, processors_size_, taken) != 0) return errno;
  return std::memcmp(taken, processors_, processors_size_) == 0 ? 0 : EINVAL;
}

int confine::limit() noexcept {
  for (const auto& l : limits_) {
    step_ = l.step;
    if (::setrlimit(static_cast<__rlimit_resource_t>(l.resource), &l.value) != 0) return errno;
  }
  return 0;
}

int confine::become_user() noexcept {
  if (!user_) return 0;
  const auto& groups = user_->supplementary_groups;
  step_ = "setting its supplementary groups";
  if (const int number = number_of(::syscall(set_groups_call, groups.size(), groups.data()))) return number;
  step_ = "becoming another group";
  const gid_t group = user_->group;
  if (const int number = number_of(::syscall(set_group_call, group, group, group))) return number;
  step_ = "becoming another user";
  const uid_t user = user_->user;
  return number_of(::syscall(set_user_call, user, user, user));
}

int confine::renounce() noexcept {
  if (no_new_privileges_) {
    step_ = "renouncing new privileges";
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  }
  if (files_) {
    step_ = "restricting the files that it may use";
    if (const int number = files_.restrict_self()) return number;
  }
  step_ = "installing the filter of system calls";
  for (auto& program : filters_) {
    set_own_process(program, static_cast<int>(::syscall(SYS_getpid)));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0) return errno;
  }
  return 0;
}

}  // namespace belfry::detail::posix
