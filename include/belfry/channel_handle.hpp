// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_CHANNEL_HANDLE_HPP
#define BELFRY_CHANNEL_HANDLE_HPP

#include <belfry/doorbell_handle.hpp>
#include <belfry/error.hpp>
#include <belfry/lifeline.hpp>
#include <belfry/segment_handle.hpp>

#include <array>
#include <string>
#include <string_view>

namespace belfry {

/// Owns one side's ends of a channel that is not attached to yet: a lifeline, two doorbells, two segments.
///
/// Whoever keeps a copy of these descriptors hides the death of the process that uses them. So a parent drops its
/// handle as soon as the child has its own.
struct channel_handle {
  /// The connection that tells when the other side is gone.
  belfry::lifeline lifeline;
  doorbell_handle outgoing_bell;  ///< Of the ring that this side writes.
  doorbell_handle incoming_bell;  ///< Of the ring that the peer writes.
  segment_handle own_segment;     ///< The memory that this side writes.
  segment_handle peer_segment;    ///< The memory that the peer writes.

  /// The environment variable in which a launched program finds its ends.
  static constexpr const char* variable = "BELFRY_CHANNEL";

  /// The ends as text, each by its descriptor number, in the form that `from_text` reads:
  /// "1,lifeline=3,out=4,in=5,own=6,peer=7". The first number is the version of this form.
  std::string to_text() const { return text_for(native_handles()); }

  /// Lifeline, outgoing bell, incoming bell, own segment, peer segment.
  using native_handles_type = std::array<int, 5>;
  /// The descriptors in the order of the members; they stay this object's.
  native_handles_type native_handles() const noexcept;
  /// For those who pass the ends on under other numbers: the text for these.
  static std::string text_for(const native_handles_type&);

  /// Takes ownership of the descriptors that `text` names, after a look at each, and makes them close-on-exec.
  ///
  /// Errors: `error::bad_channel_variable`; those of `doorbell::from_handle`, `lifeline::from_native_handle` and
  /// `segment_handle::from_native_handle`. On error no descriptor is closed.
  static channel_handle from_text(std::string_view text, error_code& ec);
  /// The same; throws `system_error`.
  static channel_handle from_text(std::string_view text);
};

}  // namespace belfry

#endif
