// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "hidden_memory.hpp"

#include <mutex>

#include <sys/prctl.h>

namespace belfry::detail::posix {
namespace {

std::mutex one_at_a_time;

}  // namespace

hidden_memory::hidden_memory(bool wanted) noexcept : wanted_(wanted) {
  if (!wanted_) return;
  one_at_a_time.lock();
  before_ = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

hidden_memory::~hidden_memory() {
  if (!wanted_) return;
  // Of other values none can be set, and they hide it, too.
  if (before_ == 1) ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  one_at_a_time.unlock();
}

}  // namespace belfry::detail::posix
