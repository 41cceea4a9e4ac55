// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The plugin: decodes pictures and makes them small. It is launched confined, and needs no more than its channel.

#include "decode.hpp"
#include "messages.hpp"

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <array>
#include <cstring>
#include <ctime>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace asio = boost::asio;
namespace gil = boost::gil;
using namespace thumbnails;

namespace {

/// Returns whether it can go on.
bool answer(belfry::channel& host, belfry::request_id request, std::span<const std::byte> message,
            belfry::error_code& ec) {
  job what;
  std::memcpy(&what, message.data(), sizeof what);
  try {
    const auto picture = thumbnail_of(message.subspan(sizeof what), what.longest_side);
    const auto view = gil::const_view(picture);
    const result r{1, static_cast<std::uint32_t>(view.width()), static_cast<std::uint32_t>(view.height())};
    // Rows of an image of GIL's stand one behind the other, without gaps.
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(&r, sizeof r),
        asio::buffer(gil::interleaved_view_get_raw_data(view), view.size() * bytes_per_pixel)};
    host.reply(request, parts, ec);
    return !ec;
  } catch (const std::exception& e) {
    const result none;
    const std::string why = e.what();
    host.reply(request, std::array{asio::buffer(&none, sizeof none), asio::buffer(why)}, ec);
    return false;
  }
}

/// Whether half of the processor time is used up that it was given. The limit is for the whole process and ends it in the
/// middle of a file, so it leaves before: then each file may use the other half at least, and no file pays for others.
bool is_tired() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  return static_cast<rlim_t>(std::clock() / CLOCKS_PER_SEC) >= limit.rlim_cur / 2;
}

}  // namespace

int main() {
  auto host = belfry::guest::attach_or_exit(asio::system_executor());
  belfry::error_code ec;
  while (const auto message = host.receiver().peek(ec)) {
    // Copied and released before anybody looks into it: so the pool knows that this process works, even if it is going to
    // die over this file; else it would, after some such files in a row, take the program for the one that is broken.
    const auto request = message.request();
    const std::vector<std::byte> copy(message.bytes().begin(), message.bytes().end());
    host.receiver().release();
    if (!answer(host, request, copy, ec) || is_tired()) break;
  }
  // To return is to say goodbye. If there is more to do, the pool starts another.
}
