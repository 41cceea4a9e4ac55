// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_RECYCLING_ALLOCATOR_HPP
#define BELFRY_DETAIL_RECYCLING_ALLOCATOR_HPP

#include <cstddef>
#include <new>

namespace belfry::detail {

/// Memory for an operation, preferably what an earlier one of this thread has given back. Throws std::bad_alloc.
void* take_recycled(std::size_t bytes);
/// Gives it back, on whatever thread. `bytes` is what was asked for.
void give_recycled(void* place, std::size_t bytes) noexcept;

/// Keeps what operations give back for those that follow, so that one after the other costs no allocation. Asio has one of
/// this name that keeps two pieces a thread; an operation of ours consists of more.
template <class T>
class recycling_allocator {
 public:
  using value_type = T;

  recycling_allocator() noexcept = default;
  template <class U>
  recycling_allocator(const recycling_allocator<U>&) noexcept {}

  T* allocate(std::size_t n) const {
    if constexpr (over_aligned) return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(alignof(T))));
    else return static_cast<T*>(take_recycled(n * sizeof(T)));
  }
  void deallocate(T* place, std::size_t n) const noexcept {
    if constexpr (over_aligned) ::operator delete(place, std::align_val_t(alignof(T)));
    else give_recycled(place, n * sizeof(T));
  }

  template <class U>
  bool operator==(const recycling_allocator<U>&) const noexcept {
    return true;
  }

 private:
  // What an operation with such a handler needs is rare, and not kept.
  static constexpr bool over_aligned = alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;
};

/// Of no type in particular, to be rebound.
template <>
class recycling_allocator<void> {
 public:
  using value_type = void;

  recycling_allocator() noexcept = default;
  template <class U>
  recycling_allocator(const recycling_allocator<U>&) noexcept {}

  template <class U>
  struct rebind {
    using other = recycling_allocator<U>;
  };
  template <class U>
  bool operator==(const recycling_allocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace belfry::detail

#endif
