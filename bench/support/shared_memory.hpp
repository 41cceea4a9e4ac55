// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_SHARED_MEMORY_HPP
#define BELFRY_BENCH_SUPPORT_SHARED_MEMORY_HPP

#include <new>
#include <stdexcept>

#include <sys/mman.h>

namespace belfry::bench {

/// An object in memory that a forked process shares.
template <class T>
class shared {
 public:
  shared() {
    void* const place =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (place == MAP_FAILED) throw std::runtime_error("mmap failed");
    object_ = new (place) T;
  }
  ~shared() { ::munmap(static_cast<void*>(object_), sizeof(T)); }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;

  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  T* object_;
};

}  // namespace belfry::bench

#endif
