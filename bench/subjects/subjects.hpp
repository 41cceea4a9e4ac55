// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUBJECTS_SUBJECTS_HPP
#define BELFRY_BENCH_SUBJECTS_SUBJECTS_HPP

#include "../support/subject.hpp"

// What each file here adds.

namespace belfry::bench {

void add_cache_line(subjects&);
void add_memcpy(subjects&);
void add_turns(subjects&);
void add_futex(subjects&);
void add_eventfd(subjects&);
void add_datagram(subjects&);

void add_belfry_blocking(subjects&);
void add_belfry_in_place(subjects&);
void add_belfry_batches(subjects&);
void add_belfry_async(subjects&);
void add_belfry_requests(subjects&);
void add_belfry_doorbell(subjects&);

void add_asio_stream(subjects&);
void add_interprocess_queue(subjects&);
void add_interprocess_condition(subjects&);
void add_lockfree(subjects&);

// These need libraries that may not be there.
void add_zeromq(subjects&);
void add_nng(subjects&);
void add_sd_bus(subjects&);
void add_grpc(subjects&);

}  // namespace belfry::bench

#endif
