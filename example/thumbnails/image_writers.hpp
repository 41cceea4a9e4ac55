// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_IMAGE_WRITERS_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_IMAGE_WRITERS_HPP

// Files of many kinds, also of those that Boost.GIL does not write. For make_pictures only: what these libraries cannot do
// ends the program.

#include "paint.hpp"

#include <string>

namespace thumbnails {

enum class png_kind { rgb, rgb16, rgba, palette, grey, grey1, grey_alpha, interlaced };
enum class jpeg_kind { baseline, progressive, grey, cmyk };

std::string png_of(const painting&, png_kind);
std::string jpeg_of(const painting&, jpeg_kind, int quality);

}  // namespace thumbnails

#endif
