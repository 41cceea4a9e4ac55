// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/recycling_allocator.hpp>

#include <array>
#include <new>

namespace belfry::detail {
namespace {

constexpr std::size_t step = 128;      // bytes; pieces come in multiples of it
constexpr std::size_t classes = 8;     // up to so many steps are kept
constexpr std::size_t of_a_class = 8;  // pieces that a thread keeps, at most

// Stands alone: the thread's other objects may still give memory back when the store is gone.
thread_local bool closed = false;

/// What a thread keeps. A few kilobytes.
class store {
 public:
  ~store() {
    for (auto& c : classes_) {
      while (c.count != 0) ::operator delete(c.pieces[--c.count]);
    }
    closed = true;
  }

  void* take(std::size_t index) noexcept {
    if (closed) return nullptr;
    auto& c = classes_[index];
    return c.count != 0 ? c.pieces[--c.count] : nullptr;
  }
  bool keep(std::size_t index, void* place) noexcept {
    auto& c = classes_[index];
    if (closed || c.count == of_a_class) return false;
    c.pieces[c.count++] = place;
    return true;
  }

 private:
  struct pieces_of_one_size {
    std::array<void*, of_a_class> pieces;
    std::size_t count = 0;
  };
  std::array<pieces_of_one_size, classes> classes_{};
};

thread_local store kept;

std::size_t index_of(std::size_t bytes) noexcept { return bytes == 0 ? 0 : (bytes - 1) / step; }

}  // namespace

void* take_recycled(std::size_t bytes) {
  const std::size_t index = index_of(bytes);
  if (index >= classes) return ::operator new(bytes);
  if (void* const place = kept.take(index)) return place;
  return ::operator new((index + 1) * step);
}

void give_recycled(void* place, std::size_t bytes) noexcept {
  const std::size_t index = index_of(bytes);
  if (index >= classes || !kept.keep(index, place)) ::operator delete(place);
}

}  // namespace belfry::detail
