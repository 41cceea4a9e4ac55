// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DOORBELL_HANDLE_HPP
#define BELFRY_DOORBELL_HANDLE_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <string>
#include <string_view>

namespace belfry {

/// Owns the end of a doorbell that is meant for the peer, until it is handed over. Dropping it closes the end, which
/// the other side will see as its peer's death.
///
/// The descriptor is close-on-exec: it reaches a launched program only if the launcher passes it on.
class doorbell_handle {
 public:
  /// A file descriptor.
  using native_handle_type = int;

  /// The command-line option under which `to_arg` is usually passed on.
  static constexpr std::string_view arg_name = "--doorbell-fd";

  doorbell_handle() noexcept = default;

  /// Takes ownership of a descriptor, unlooked at. `doorbell::from_handle` looks.
  explicit doorbell_handle(native_handle_type fd) noexcept : fd_(fd) {}

  /// The number as text, for a command line or an environment variable.
  std::string to_arg() const;

  /// The end whose number `text` is, as `to_arg` wrote it; ownership of the descriptor is taken.
  ///
  /// Errors: `error::bad_handle_text` (empty, not a number, out of range, something behind the number),
  /// `error::handle_not_open`.
  static doorbell_handle from_arg(std::string_view text, error_code& ec);
  /// The same; throws `system_error`.
  static doorbell_handle from_arg(std::string_view text);

  /// The descriptor; it stays this object's.
  native_handle_type native_handle() const noexcept { return fd_.get(); }
  /// Gives the descriptor away; the caller closes it.
  native_handle_type release() noexcept { return fd_.release(); }
  /// Whether there is one.
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  detail::posix::unique_descriptor fd_;
};

}  // namespace belfry

#endif
