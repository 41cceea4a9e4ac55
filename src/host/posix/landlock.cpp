// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "landlock.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

namespace belfry::detail::posix {
namespace {

constexpr unsigned ask_version = 1;  // LANDLOCK_CREATE_RULESET_VERSION
constexpr int path_beneath = 1;      // LANDLOCK_RULE_PATH_BENEATH

/// landlock_ruleset_attr, which has grown.
struct ruleset_attributes {
  std::uint64_t handled_files;
  std::uint64_t handled_network;  // from version 4 on
  std::uint64_t scoped;           // from version 6 on
};

struct __attribute__((packed)) path_beneath_attributes {
  std::uint64_t allowed;
  std::int32_t parent;
};

// LANDLOCK_ACCESS_FS_*
constexpr std::uint64_t execute = 1 << 0;
constexpr std::uint64_t write_file = 1 << 1;
constexpr std::uint64_t read_file = 1 << 2;
constexpr std::uint64_t read_directory = 1 << 3;
constexpr std::uint64_t all_of_version_1 = (1 << 13) - 1;
constexpr std::uint64_t refer = 1 << 13;             // version 2
constexpr std::uint64_t truncate = 1 << 14;          // version 3
constexpr std::uint64_t ioctl_on_devices = 1 << 15;  // version 5
constexpr std::uint64_t of_single_files = execute | write_file | read_file | truncate | ioctl_on_devices;
constexpr std::uint64_t reading = execute | read_file | read_directory;

constexpr std::uint64_t bind_and_connect_tcp = 3;          // LANDLOCK_ACCESS_NET_*, version 4
constexpr std::uint64_t abstract_sockets_and_signals = 3;  // LANDLOCK_SCOPE_*, version 6

std::uint64_t all_rights(int version) noexcept {
  return all_of_version_1 | (version >= 2 ? refer : 0) | (version >= 3 ? truncate : 0) |
         (version >= 5 ? ioctl_on_devices : 0);
}

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

}  // namespace

int landlock_version() noexcept {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, ask_version);
  return version > 0 ? static_cast<int>(version) : 0;
}

landlock_rules::landlock_rules(const file_access& files, const std::filesystem::path& program, bool no_network,
                               int version, error_code& ec, std::string& story) {
  ec.clear();
  if (version < 1) {
    ec = error::cannot_confine;
    story =
        "this kernel has no Landlock, which restricting files needs (Linux 5.13, and `landlock` among those that "
        "/sys/kernel/security/lsm names)";
    return;
  }
  ruleset_attributes attributes{all_rights(version), no_network && version >= 4 ? bind_and_connect_tcp : 0,
                                version >= 6 ? abstract_sockets_and_signals : 0};
  const std::size_t size = version >= 6   ? sizeof attributes
                           : version >= 4 ? offsetof(ruleset_attributes, scoped)
                                          : offsetof(ruleset_attributes, handled_network);
  // Close-on-exec by itself.
  ruleset_.reset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0U)));
  if (!ruleset_) {
    ec = last_error();
    story = "Landlock's rules could not be made";
    return;
  }
  allow(program, execute | read_file, ec, story);
  for (const auto& root : files.read_only) {
    if (!ec) allow(root, reading, ec, story);
  }
  for (const auto& root : files.read_write) {
    if (!ec) allow(root, attributes.handled_files, ec, story);
  }
}

void landlock_rules::allow(const std::filesystem::path& root, std::uint64_t rights, error_code& ec,
                           std::string& story) {
  const unique_descriptor opened(::open(root.c_str(), O_PATH | O_CLOEXEC));
  struct stat status{};
  if (!opened || ::fstat(opened.get(), &status) != 0) {
    ec = last_error();
    story = "the root " + root.native() + " of the files that it may use";
    return;
  }
  if (!S_ISDIR(status.st_mode)) rights &= of_single_files;
  const path_beneath_attributes rule{rights, opened.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset_.get(), path_beneath, &rule, 0U) == 0) return;
  ec = last_error();
  story = "Landlock's rule for the root " + root.native();
}

int landlock_rules::restrict_self() const noexcept {
  return ::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0U) == 0 ? 0 : errno;
}

system_call_filter& refuse_cutting_off(system_call_filter& filter) {
  using verdict = system_call_filter::verdict;
  filter.set({"truncate", "truncate64"}, verdict::refuse);
  // To cut a file off while opening it for reading works, however odd; for writing, Landlock refuses that itself.
  constexpr std::uint64_t bits = O_ACCMODE | O_TRUNC;
  filter.set("open", verdict::refuse, {{1, O_RDONLY | O_TRUNC, bits}});
  filter.set("openat", verdict::refuse, {{2, O_RDONLY | O_TRUNC, bits}});
  // The flags of these lie behind pointers.
  filter.set({"openat2", "io_uring_setup"}, verdict::missing);
  return filter;
}

}  // namespace belfry::detail::posix
