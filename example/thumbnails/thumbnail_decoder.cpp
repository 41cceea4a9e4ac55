// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The plugin: decodes pictures and makes them small. It is launched confined, and needs no more than its channel.

#include "decode.hpp"
#include "picture.hpp"

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <array>
#include <cstring>
#include <exception>
#include <string>

namespace asio = boost::asio;
namespace gil = boost::gil;

namespace {

/// Returns whether it can go on.
bool answer(belfry::channel& host, const belfry::message_view& message, belfry::error_code& ec) {
  const auto request = message.request();
  try {
    const auto picture = thumbnails::decode(message.bytes());
    const auto small = thumbnails::shrink(gil::const_view(picture), message.kind());
    host.receiver().release();
    const auto view = gil::const_view(small);
    const auto size = [](std::ptrdiff_t n) { return static_cast<std::uint32_t>(n); };
    const thumbnails::picture_header header{size(picture.width()), size(picture.height()), size(view.width()),
                                            size(view.height())};
    // Rows of an image of GIL's stand one behind the other, without gaps.
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(&header, sizeof header),
        asio::buffer(gil::interleaved_view_get_raw_data(view), view.size() * thumbnails::bytes_per_pixel)};
    host.reply(request, parts, thumbnails::decoded, ec);
    return !ec;
  } catch (const std::exception& e) {
    host.reply(request, asio::buffer(std::string(e.what())), thumbnails::failed, ec);
    return false;
  }
}

}  // namespace

int main() {
  auto host = belfry::guest::attach_or_exit(asio::system_executor());
  belfry::error_code ec;
  while (const auto message = host.receiver().peek(ec)) {
    if (!answer(host, message, ec)) break;
  }
}
