// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "decode.hpp"

#include "shrink.hpp"

#define BOOST_GIL_IO_ENABLE_GRAY_ALPHA
#include <boost/gil/extension/io/jpeg.hpp>
#include <boost/gil/extension/io/png.hpp>
#include <boost/gil/extension/toolbox/color_spaces/gray_alpha.hpp>

#include <algorithm>
#include <initializer_list>
#include <istream>
#include <new>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>

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

/// What is transparent becomes white.
struct onto_white {
  template <class Source, class Target>
  void operator()(const Source& from, Target& to) const {
    for (std::size_t c = 0; c != 3; ++c) to[c] = static_cast<unsigned char>(255 + (from[c] - 255) * from[3] / 255);
  }
};

/// From CMYK; as Adobe's programs write it, 0 is all of the ink.
struct from_ink {
  bool inverted = false;

  template <class Source, class Target>
  void operator()(const Source& from, Target& to) const {
    gil::cmyk8_pixel_t ink = from;
    if (inverted) gil::static_transform(ink, ink, [](auto c) { return static_cast<unsigned char>(255 - c); });
    gil::default_color_converter()(ink, to);
  }
};

bool begins_with(std::span<const std::byte> file, std::initializer_list<int> signature) {
  return file.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), file.begin(),
                    [](int wanted, std::byte found) { return std::byte(wanted) == found; });
}

/// Whether there is Adobe's own segment. In compressed data these bytes cannot stand.
bool is_of_adobe(std::span<const std::byte> file) {
  constexpr int segment[] = {0xff, 0xee, 0x00, 0x0e, 'A', 'd', 'o', 'b', 'e'};
  return !std::ranges::search(file, segment, [](std::byte found, int wanted) {
            return std::byte(wanted) == found;
          }).empty();
}

template <class Tag>
auto info_of(std::span<const std::byte> file, const Tag& tag) {
  memory_buffer buffer(file);
  std::istream stream(&buffer);
  return gil::read_image_info(stream, tag)._info;
}

template <class Image, class Tag>
Image read(std::span<const std::byte> file, const Tag& tag) {
  memory_buffer buffer(file);
  std::istream stream(&buffer);
  Image picture;
  try {
    gil::read_and_convert_image(stream, picture, tag);
  } catch (const std::bad_alloc&) {
    const auto info = info_of(file, tag);
    std::ostringstream text;
    text << "claims to have " << info._width << " x " << info._height << " pixels, for which there is no memory";
    throw std::runtime_error(text.str());
  }
  return picture;
}

/// Converts while it is looked at; a second picture of the full size would take much memory.
template <class View, class Converter>
auto as_rgb(const View& picture, const Converter& how) {
  return gil::color_converted_view<gil::rgb8_pixel_t>(picture, how);
}

gil::rgb8_image_t from_png(std::span<const std::byte> file, std::ptrdiff_t longest_side) {
  const auto picture = read<gil::rgba8_image_t>(file, gil::png_tag());
  return shrink(as_rgb(gil::const_view(picture), onto_white()), longest_side);
}

gil::rgb8_image_t from_jpeg(std::span<const std::byte> file, std::ptrdiff_t longest_side) {
  const auto colours = info_of(file, gil::jpeg_tag())._color_space;
  if (colours == JCS_CMYK || colours == JCS_YCCK) {
    const auto picture = read<gil::cmyk8_image_t>(file, gil::jpeg_tag());
    return shrink(as_rgb(gil::const_view(picture), from_ink{is_of_adobe(file)}), longest_side);
  }
  const auto picture = read<gil::rgb8_image_t>(file, gil::jpeg_tag());
  return shrink(gil::const_view(picture), longest_side);
}

}  // namespace

gil::rgb8_image_t thumbnail_of(std::span<const std::byte> file, std::ptrdiff_t longest_side) {
  try {
    if (begins_with(file, {0x89, 'P', 'N', 'G'})) return from_png(file, longest_side);
    if (begins_with(file, {0xff, 0xd8})) return from_jpeg(file, longest_side);
  } catch (const std::ios_base::failure& e) {
    std::string what = e.what();
    what.resize(std::min(what.size(), what.find(": iostream error")));
    if (what.ends_with('.')) what.pop_back();
    throw std::runtime_error("cannot be decoded: " + what);
  }
  throw std::runtime_error("is neither a PNG nor a JPEG file");
}

}  // namespace thumbnails
