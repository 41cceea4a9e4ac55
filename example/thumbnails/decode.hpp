// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_DECODE_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_DECODE_HPP

#include <boost/gil.hpp>

#include <cstddef>
#include <span>

namespace thumbnails {

/// The picture in a PNG or JPEG file. Throws if it is none, or a broken one; and, as Boost.GIL's reader of JPEG files
/// is, may also crash, or do as if all was well.
boost::gil::rgb8_image_t decode(std::span<const std::byte> file);

/// Scales a picture so that it fits into a square, by the mean of the pixels that fall together. A smaller one stays as it
/// is.
boost::gil::rgb8_image_t shrink(const boost::gil::rgb8c_view_t& picture, std::ptrdiff_t longest_side);

}  // namespace thumbnails

#endif
