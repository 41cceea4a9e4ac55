// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_DECODE_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_DECODE_HPP

#include <boost/gil.hpp>

#include <cstddef>
#include <span>

namespace thumbnails {

/// The picture in a PNG or JPEG file, no larger than a square with such sides. Throws if there is none, or a broken one; and,
/// as Boost.GIL's reader of JPEG files is, may also crash, or run for ever, or do as if all was well.
boost::gil::rgb8_image_t thumbnail_of(std::span<const std::byte> file, std::ptrdiff_t longest_side);

}  // namespace thumbnails

#endif
