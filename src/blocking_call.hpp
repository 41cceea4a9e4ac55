// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_BLOCKING_CALL_HPP
#define BELFRY_SRC_BLOCKING_CALL_HPP

namespace belfry::detail {

/// While one of these lives, its thread is in a call of the library that blocks. Who learns of something on such a thread
/// may wait a little to learn more; on a thread that runs somebody's event loop nobody may.
class blocking_call {
 public:
  blocking_call() noexcept { ++depth(); }
  ~blocking_call() { --depth(); }
  blocking_call(const blocking_call&) = delete;
  blocking_call& operator=(const blocking_call&) = delete;

  static bool active() noexcept { return depth() != 0; }

 private:
  static int& depth() noexcept {
    static thread_local int count = 0;
    return count;
  }
};

}  // namespace belfry::detail

#endif
