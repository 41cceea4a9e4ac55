// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_CONFINE_HPP
#define BELFRY_SRC_HOST_POSIX_CONFINE_HPP

#include "compile_filter.hpp"
#include "hidden_memory.hpp"
#include "landlock.hpp"

#include <belfry/confinement.hpp>
#include <belfry/error.hpp>

#include <boost/process/v2/default_launcher.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/resource.h>

namespace belfry::detail::posix {

/// An initializer in the form of Boost.Process v2: confines the program. It must be the last one, since afterwards the child
/// can do little else but execute the program; and the descriptors that are to be closed must still be open, though
/// close-on-exec.
///
/// Everything is prepared in the parent. In the child there are only system calls, and these are made raw where the C
/// library would do more: its setresuid, for example, changes all threads, which in a vfork-style child are the parent's.
class confine {
 public:
  /// `program` is the file that will be executed. On error, `story` says what could not be prepared.
  confine(const confinement_options&, const std::filesystem::path& program, error_code& ec);
  /// For tests: as on a kernel with an older Landlock.
  confine(const confinement_options&, const std::filesystem::path& program, int landlock_version, error_code& ec);
  ~confine();
  confine(const confine&) = delete;
  confine& operator=(const confine&) = delete;

  /// What failed here, for people; empty if it was something else, as the execution of the program.
  const std::string& story() const noexcept { return story_; }
  /// Tells what failed in the child, if it was this.
  void tell_failed_step();

  /// The program hangs on this process by that descriptor of its own; -1: by none. To be called before the launch.
  void hangs_by(int descriptor) noexcept;

  /// What the plugin's own library shall install; empty if nothing.
  const filter_program& attached_filter() const noexcept { return attached_filter_; }

  using path = boost::process::v2::filesystem::path;
  error_code on_exec_setup(boost::process::v2::posix::default_launcher&, const path&, const char* const*) noexcept;

 private:
  void prepare_limits(const resource_limits&, error_code& ec);
  void prepare_processors(const std::vector<unsigned>&, error_code& ec);
  void prepare_filters(const confinement_options&, int landlock_version, error_code& ec);
  void prepare_attached_filter(const confinement_options&, error_code& ec);
  void add_filter(const system_call_filter&, error_code& ec);
  void fail(int number, std::string story, error_code& ec);

  // In the child. Each returns an error number, and leaves in `step_` what it was about.
  int stand_back() noexcept;
  int limit() noexcept;
  int become_user() noexcept;
  int renounce() noexcept;

  struct limit_to_set {
    int resource;
    rlimit value;
    const char* step;
  };

  std::optional<int> nice_;
  cpu_set_t* processors_ = nullptr;
  std::size_t processors_size_ = 0;
  std::vector<limit_to_set> limits_;
  std::optional<user_identity> user_;
  bool no_new_privileges_ = false;
  landlock_rules files_;
  std::vector<filter_program> filters_;
  filter_program attached_filter_;
  hidden_memory hidden_;

  const char* step_ = nullptr;
  std::string story_;
};

}  // namespace belfry::detail::posix

#endif
