// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_HANDLER_MEMORY_HPP
#define BELFRY_DETAIL_HANDLER_MEMORY_HPP

#include <cstddef>
#include <new>

namespace belfry::detail {

/// Memory for one asynchronous operation at a time, of those that its owner starts one after the other, so that starting
/// one does not depend on there being any. What is larger, or a second one, comes from the heap.
///
/// Thread safety: one thread at a time. Must outlive the operation.
class handler_memory {
 public:
  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;

  /// As Asio wants it, for bind_allocator.
  template <class T>
  class allocator_type {
   public:
    using value_type = T;

    explicit allocator_type(handler_memory& memory) noexcept : memory_(&memory) {}
    template <class U>
    allocator_type(const allocator_type<U>& other) noexcept : memory_(other.memory_) {}

    T* allocate(std::size_t n) const { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
    void deallocate(T* p, std::size_t) const noexcept { memory_->deallocate(p); }

    template <class U>
    bool operator==(const allocator_type<U>& other) const noexcept {
      return memory_ == other.memory_;
    }

   private:
    template <class>
    friend class allocator_type;

    handler_memory* memory_;
  };

  template <class T>
  allocator_type<T> allocator() noexcept {
    return allocator_type<T>(*this);
  }

 private:
  void* allocate(std::size_t bytes) {
    if (used_ || bytes > sizeof bytes_) return ::operator new(bytes);
    used_ = true;
    return bytes_;
  }
  void deallocate(void* p) noexcept {
    if (p == bytes_) used_ = false;
    else ::operator delete(p);
  }

  bool used_ = false;
  alignas(std::max_align_t) std::byte bytes_[512];
};

}  // namespace belfry::detail

#endif
