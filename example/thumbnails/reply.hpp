// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_REPLY_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_REPLY_HPP

#include <boost/gil.hpp>

#include <stdexcept>
#include <string_view>

namespace thumbnails {

/// A reply as no decoder of ours would send it.
struct nonsense : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The picture in a decoder's reply. The decoder may be in an attacker's hands by now, so nothing in it is taken for
/// granted. Throws `file_problem` if there is none, and `nonsense`.
boost::gil::rgb8_image_t picture_in(std::string_view reply);

}  // namespace thumbnails

#endif
