// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "reply.hpp"

#include "files.hpp"
#include "messages.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace gil = boost::gil;

namespace thumbnails {

gil::rgb8_image_t picture_in(std::string_view reply) {
  result r;
  if (reply.size() < sizeof r) throw nonsense("the reply is too short");
  std::memcpy(&r, reply.data(), sizeof r);
  reply.remove_prefix(sizeof r);
  constexpr std::size_t longest_text = 200;
  if (r.decoded == 0) throw file_problem(printable(reply.substr(0, longest_text)));

  const auto fits = [](std::uint32_t side) { return side >= 1 && side <= thumbnail_side; };
  if (!fits(r.width) || !fits(r.height)) throw nonsense("the picture in the reply is too large, or empty");
  const std::size_t row_bytes = r.width * bytes_per_pixel;
  if (reply.size() != row_bytes * r.height)
    throw nonsense("the picture in the reply has not as many pixels as it says");
  const auto view = gil::interleaved_view(r.width, r.height, reinterpret_cast<const gil::rgb8_pixel_t*>(reply.data()),
                                          static_cast<std::ptrdiff_t>(row_bytes));
  gil::rgb8_image_t picture(view.dimensions());
  gil::copy_pixels(view, gil::view(picture));
  return picture;
}

}  // namespace thumbnails
