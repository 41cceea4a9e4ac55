// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_DESCRIPTOR_LIMIT_HPP
#define BELFRY_TEST_SUPPORT_DESCRIPTOR_LIMIT_HPP

#include <sys/resource.h>
#include <unistd.h>

namespace belfry::test {

/// The number that the next descriptor would get.
inline int next_descriptor() {
  const int next = ::dup(0);
  ::close(next);
  return next;
}

/// As long as it lives, this process can have no descriptor whose number is `count` or above.
class descriptor_limit {
 public:
  explicit descriptor_limit(int count) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{static_cast<rlim_t>(count), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  descriptor_limit(const descriptor_limit&) = delete;
  descriptor_limit& operator=(const descriptor_limit&) = delete;
  ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace belfry::test

#endif
