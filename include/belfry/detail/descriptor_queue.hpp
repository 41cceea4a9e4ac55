// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_DESCRIPTOR_QUEUE_HPP
#define BELFRY_DETAIL_DESCRIPTOR_QUEUE_HPP

#include <belfry/detail/posix/foreign_descriptor.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/error.hpp>
#include <belfry/lifeline.hpp>
#include <belfry/named_descriptor.hpp>
#include <belfry/passed_descriptor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace belfry::detail {

namespace posix {
class bell_waiter;
}

/// The descriptors that the peer has handed over and nobody has taken yet.
///
/// How many the peer may have handed over in all stands in this side's segment (`descriptor_credit`): those that were
/// taken, and as many more as may wait.
///
/// Thread safety: all.
class descriptor_queue {
 public:
  /// Who takes them waits with `waiter`, which must live as long as this.
  descriptor_queue(control_block& own, posix::bell_waiter& waiter) noexcept : own_(own), waiter_(waiter) {}

  /// From now on so many may wait, unless there may be more already.
  void accept(std::size_t limit);

  /// What came over the lifeline. Returns what is wrong with it, or null.
  const char* add(frame&) noexcept;

  bool empty() noexcept;
  /// Takes the oldest, if there is one. Errors: EMFILE if this process had no descriptor left when it came.
  passed_descriptor take(error_code& ec);

 private:
  struct entry {
    std::array<char, longest_descriptor_name> name{};  // not a string: adding must not allocate
    std::size_t name_size = 0;
    posix::foreign_descriptor fd;
  };

  void publish_credit() noexcept;

  control_block& own_;
  posix::bell_waiter& waiter_;
  std::mutex mutex_;
  std::vector<entry> waiting_;
  std::size_t limit_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace belfry::detail

#endif
