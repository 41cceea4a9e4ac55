// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_SHARED_MEMORY_HPP
#define BELFRY_BENCH_SUPPORT_SHARED_MEMORY_HPP

#include <cstddef>
#include <new>
#include <span>
#include <stdexcept>

#include <sys/mman.h>

namespace belfry::bench {

/// Memory that forked processes share, and that is there already.
class shared_bytes {
 public:
  explicit shared_bytes(std::size_t size)
      : size_(size),
        place_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {
    if (place_ == MAP_FAILED) throw std::runtime_error("mmap failed");
  }
  ~shared_bytes() { ::munmap(place_, size_); }
  shared_bytes(const shared_bytes&) = delete;
  shared_bytes& operator=(const shared_bytes&) = delete;

  std::byte* data() const { return static_cast<std::byte*>(place_); }

 private:
  std::size_t size_;
  void* place_;
};

/// An object in such memory.
template <class T>
class shared {
 public:
  shared() : bytes_(sizeof(T)), object_(new(bytes_.data()) T) {}

  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  shared_bytes bytes_;
  T* object_;
};

}  // namespace belfry::bench

#endif
