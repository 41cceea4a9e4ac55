// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_HIDDEN_MEMORY_HPP
#define BELFRY_SRC_HOST_POSIX_HIDDEN_MEMORY_HPP

namespace belfry::detail::posix {

/// While one of these lives, other processes of whichever user cannot look into this one's memory, unless they are root's.
///
/// A vfork-style child that becomes another user has this process's memory until it executes its program, and must not
/// be opened to that user's other processes meanwhile. The kernel sees to it by itself, in its usual setting, and by the
/// same stroke hides this process for good; so this also puts it back as it was. One at a time, others wait: two could
/// put back what the other had made of it.
///
/// Sources: PR_SET_DUMPABLE(2const), ptrace(2).
class hidden_memory {
 public:
  /// Does nothing if not `wanted`.
  explicit hidden_memory(bool wanted) noexcept;
  ~hidden_memory();
  hidden_memory(const hidden_memory&) = delete;
  hidden_memory& operator=(const hidden_memory&) = delete;

 private:
  bool wanted_;
  int before_ = 0;
};

}  // namespace belfry::detail::posix

#endif
