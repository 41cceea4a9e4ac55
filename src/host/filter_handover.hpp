// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_FILTER_HANDOVER_HPP
#define BELFRY_SRC_HOST_FILTER_HANDOVER_HPP

#include "../handshake.hpp"

#include <belfry/lifeline.hpp>

#include <optional>
#include <utility>

namespace belfry::detail {

/// The part of a handshake in which the plugin is given a filter of system calls to install, if there is one for it: it
/// stands between the plugin's hello and the host's answer. No I/O.
///
///   guest                         host
///     hello   ------------------->
///             <-------------------  filter    install this
///     filter  ------------------->            it is installed
///             <-------------------  welcome
class filter_handover {
 public:
  explicit filter_handover(bool wanted) noexcept : state_(wanted ? state::to_be_sent : state::done) {}

  struct decision {
    bool send_filter = false;  ///< Else, without a failure: go on with `frame` as if there had been no filter.
    belfry::frame frame{};
    std::optional<handshake_failure> failure{};
  };

  decision on_frame(frame f) {
    decision d;
    if (state_ == state::to_be_sent) {
      const auto h = f.type == frame_type::hello ? decode_hello(f.payload) : std::nullopt;
      if (h && (h->features & feature_filter) == 0) {
        d.failure = handshake_failure{error::cannot_confine,
                                      "its library is too old to install the filter that it is to have once attached"};
        return d;
      }
      if (h) {
        state_ = state::sent;
        hello_ = std::move(f);
        d.send_filter = true;
        return d;
      }
    } else if (state_ == state::sent && f.type == frame_type::filter) {
      state_ = state::done;
      d.frame = std::move(hello_);
      return d;
    } else if (state_ == state::sent && f.type != frame_type::refusal) {
      d.failure = handshake_failure{error::not_a_plugin, "it did not say that it has installed the filter"};
      return d;
    }
    d.frame = std::move(f);
    return d;
  }

 private:
  enum class state { to_be_sent, sent, done } state_;
  frame hello_;
};

}  // namespace belfry::detail

#endif
