// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_PROCESSORS_HPP
#define BELFRY_DETAIL_PROCESSORS_HPP

#include <cstdint>

namespace belfry::detail {

/// Whether the machine has more than one processor. On one, spinning keeps the peer from running.
bool several_processors() noexcept;

/// The number of the processor, counted from 1, if this thread may run on one only; else, or where the system does not
/// tell, 0.
std::uint64_t only_processor() noexcept;

/// Lets others run, if any wait for this processor.
void yield_processor() noexcept;

}  // namespace belfry::detail

#endif
