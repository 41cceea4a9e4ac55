// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUBJECTS_BELFRY_LINK_HPP
#define BELFRY_BENCH_SUBJECTS_BELFRY_LINK_HPP

#include "../support/style.hpp"
#include "../support/task.hpp"

#include <belfry/channel.hpp>
#include <belfry/wait_policy.hpp>

#include <boost/asio/io_context.hpp>

#include <utility>

namespace belfry::bench {

/// A channel of belfry; `Side` is made of one end of it, and of the context that it lives in.
template <class Side, style How>
class belfry_link {
 public:
  static constexpr auto how = How;

  belfry_link(const task& t, wait_policy policy) : policy_(policy) {
    std::tie(mine_, theirs_) =
        channel::create_pair(context_.get_executor(), {buffer_bytes(t.size), buffer_bytes(t.size)});
  }
  Side first() {
    theirs_ = {};
    mine_.set_wait_policy(policy_);
    return Side(context_, std::move(mine_));
  }
  Side second() {
    mine_ = {};
    auto c = channel::from_handle(context_of_second_.get_executor(), std::move(theirs_));
    c.set_wait_policy(policy_);
    return Side(context_of_second_, std::move(c));
  }

 private:
  wait_policy policy_;
  boost::asio::io_context context_{1};
  boost::asio::io_context context_of_second_{1};
  channel mine_;
  channel_handle theirs_;
};

}  // namespace belfry::bench

#endif
