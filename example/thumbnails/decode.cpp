// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "decode.hpp"

#include <boost/gil/extension/io/jpeg.hpp>
#include <boost/gil/extension/io/png.hpp>

#include <algorithm>
#include <array>
#include <istream>
#include <stdexcept>
#include <streambuf>

namespace gil = boost::gil;

namespace thumbnails {
namespace {

/// Reads bytes where they are.
class memory_buffer : public std::streambuf {
 public:
  explicit memory_buffer(std::span<const std::byte> bytes) {
    auto* const begin = reinterpret_cast<char*>(const_cast<std::byte*>(bytes.data()));
    setg(begin, begin, begin + bytes.size());
  }

 private:
  pos_type seekoff(off_type offset, std::ios_base::seekdir way, std::ios_base::openmode) override {
    char* const from = way == std::ios_base::beg ? eback() : way == std::ios_base::cur ? gptr() : egptr();
    if (offset < eback() - from || offset > egptr() - from) return pos_type(off_type(-1));
    setg(eback(), from + offset, egptr());
    return gptr() - eback();
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode mode) override {
    return seekoff(position, std::ios_base::beg, mode);
  }
};

bool begins_with(std::span<const std::byte> file, std::initializer_list<int> signature) {
  return file.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), file.begin(),
                    [](int wanted, std::byte found) { return std::byte(wanted) == found; });
}

}  // namespace

gil::rgb8_image_t decode(std::span<const std::byte> file) {
  memory_buffer buffer(file);
  std::istream stream(&buffer);
  gil::rgb8_image_t picture;
  if (begins_with(file, {0x89, 'P', 'N', 'G'})) gil::read_and_convert_image(stream, picture, gil::png_tag());
  else if (begins_with(file, {0xff, 0xd8})) gil::read_and_convert_image(stream, picture, gil::jpeg_tag());
  else throw std::runtime_error("it is neither a PNG nor a JPEG file");
  return picture;
}

gil::rgb8_image_t shrink(const gil::rgb8c_view_t& picture, std::ptrdiff_t longest_side) {
  const auto longest = std::max({picture.width(), picture.height(), longest_side});
  const auto shrunk = [&](std::ptrdiff_t side) {
    return std::max(side * longest_side / std::max(longest, std::ptrdiff_t{1}), std::ptrdiff_t{1});
  };
  gil::rgb8_image_t result(shrunk(picture.width()), shrunk(picture.height()));
  const auto target = gil::view(result);
  for (std::ptrdiff_t y = 0; y != target.height(); ++y) {
    const auto top = y * picture.height() / target.height();
    const auto bottom = std::max((y + 1) * picture.height() / target.height(), top + 1);
    for (std::ptrdiff_t x = 0; x != target.width(); ++x) {
      const auto left = x * picture.width() / target.width();
      const auto right = std::max((x + 1) * picture.width() / target.width(), left + 1);
      std::array<std::ptrdiff_t, 3> sums{};
      for (auto v = top; v != bottom; ++v) {
        for (auto u = left; u != right; ++u) {
          for (std::size_t c = 0; c != 3; ++c) sums[c] += picture(u, v)[c];
        }
      }
      const auto count = (bottom - top) * (right - left);
      for (std::size_t c = 0; c != 3; ++c) target(x, y)[c] = static_cast<unsigned char>(sums[c] / count);
    }
  }
  return result;
}

}  // namespace thumbnails
