// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_SANITIZER_HPP
#define BELFRY_TEST_SUPPORT_SANITIZER_HPP

#include <boost/test/unit_test.hpp>

namespace belfry::test {

/// Whether a test is left out that takes something away from its process: UndefinedBehaviorSanitizer needs a descriptor,
/// and system calls, to look at a virtual table, and ThreadSanitizer has a thread of its own.
inline bool left_out() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  BOOST_TEST_MESSAGE("left out: the sanitizer needs what this takes away");
  return true;
#else
  return false;
#endif
}

}  // namespace belfry::test

#endif
