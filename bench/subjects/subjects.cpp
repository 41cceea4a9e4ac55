// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "subjects.hpp"

#include <stdexcept>

namespace belfry::bench {

subjects all_subjects() {
  subjects s;
  add_cache_line(s);
  add_memcpy(s);
  add_turns(s);
  add_futex(s);
  add_eventfd(s);
  add_datagram(s);

  add_belfry_blocking(s);
  add_belfry_in_place(s);
  add_belfry_batches(s);
  add_belfry_async(s);
  add_belfry_requests(s);
  add_belfry_doorbell(s);

  add_asio_stream(s);
  add_interprocess_queue(s);
  add_interprocess_condition(s);
  add_lockfree(s);
#if BELFRY_BENCH_ZEROMQ
  add_zeromq(s);
#else
  s.missing.push_back("ZeroMQ (libzmq3-dev)");
#endif
#if BELFRY_BENCH_NNG
  add_nng(s);
#else
  s.missing.push_back("nng (libnng-dev)");
#endif
#if BELFRY_BENCH_SD_BUS
  add_sd_bus(s);
#else
  s.missing.push_back("D-Bus (libsystemd-dev)");
#endif
#if BELFRY_BENCH_GRPC
  add_grpc(s);
#else
  s.missing.push_back("gRPC (libgrpc++-dev)");
#endif
  return s;
}

const subject& find(const subjects& s, const std::string& name, const std::string& policy) {
  for (const auto& candidate : s.all) {
    if (candidate.name == name && candidate.policy == policy) return candidate;
  }
  throw std::out_of_range("there is no subject " + name + ", " + policy);
}

}  // namespace belfry::bench
