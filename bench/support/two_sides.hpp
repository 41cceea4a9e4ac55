// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_TWO_SIDES_HPP
#define BELFRY_BENCH_SUPPORT_TWO_SIDES_HPP

#include "shared_memory.hpp"
#include "task.hpp"

#include <functional>

namespace belfry::bench {

/// Runs `f` in a process of its own, and waits for it. Throws if it fails, or takes longer than a minute and a half.
void in_a_process(const std::function<void()>& f);

/// Starts the other side, from within such a process: if it fails, this process fails, too, whatever it waits for.
void start_other_side(const std::function<void()>& f);
/// Waits until the other side has ended well, if that was not done yet.
void join_other_side();

/// Throws if not: a message is not the one that was due.
void expect(bool as_it_should_be);

/// Lets two processes talk, each pinned to its processor: `first(side)` and `second(side)`, with the two sides of a Link.
///
/// A link is made anew for each measurement, in a new process and before the second is forked off it: so a library that
/// starts threads, or forbids the use of its objects after a fork, meets neither threads nor objects of an earlier one.
template <class Link, class First, class Second, class... Arguments>
void on_two_sides(const task& t, First first, Second second, const Arguments&... arguments) {
  in_a_process([&] {
    Link link(t, arguments...);
    start_other_side([&] {
      pin_to(t.where.second);
      auto side = link.second();
      second(side);
    });
    pin_to(t.where.first);
    {
      auto side = link.first();
      first(side);
    }
    join_other_side();
  });
}

}  // namespace belfry::bench

#endif
