// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "decoder.hpp"

#include "picture.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <sstream>
#include <utility>

namespace asio = boost::asio;
namespace gil = boost::gil;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

namespace thumbnails {
namespace {

/// How long a file may take. A broken one can keep a decoder busy for ever.
constexpr auto longest_time = 20s;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// A picture out of a reply. The decoder may be in an attacker's hands by now, so nothing in it is taken for granted.
std::optional<thumbnail> checked(const std::string& reply) {
  picture_header header;
  if (reply.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, reply.data(), sizeof header);
  const std::size_t width = header.width;
  const std::size_t height = header.height;
  const auto fits = [](std::size_t side) { return side >= 1 && side <= thumbnail_side; };
  if (!fits(width) || !fits(height)) return std::nullopt;
  if (reply.size() != sizeof header + width * height * bytes_per_pixel) return std::nullopt;
  const auto pixels = reinterpret_cast<const gil::rgb8_pixel_t*>(reply.data() + sizeof header);
  const auto row_bytes = static_cast<std::ptrdiff_t>(width * bytes_per_pixel);
  const auto view = gil::interleaved_view(width, height, pixels, row_bytes);
  thumbnail result{gil::rgb8_image_t(view.dimensions()), header.original_width, header.original_height};
  gil::copy_pixels(view, gil::view(result.image));
  return result;
}

/// The text of a reply, for a terminal: in one line, and with nothing that a terminal would obey.
std::string text_of(std::string reply) {
  reply.resize(std::min<std::size_t>(reply.size(), 100));
  std::replace_if(reply.begin(), reply.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return reply;
}

}  // namespace

belfry::launch_options decoder_options(std::filesystem::path program, bool confined) {
  belfry::launch_options options;
  options.executable = std::move(program);
  options.name = "decoder";
  options.err = belfry::stdio_target::null();  // libjpeg says there what it thinks of a file
  options.out = belfry::stdio_target::null();
  options.channel.outgoing_large.bytes = largest_file_bytes;
  options.channel.incoming_large.bytes = 1 << 20;  // the largest thumbnail takes a tenth of this
  options.stop_grace = 0ms;
  if (!confined) return options;
  options.confinement = belfry::confinement_options::pure_compute();
  options.confinement.limits.memory_bytes = 512 << 20;  // a file may claim that its picture takes terabytes
  options.confinement.limits.descriptors = 64;
  options.confinement.nice = 5;
  // Where belfry is built as a shared library, the decoder must be able to load it, from the folder of the build.
  options.confinement.files->read_only.push_back(options.executable.parent_path() / "../..");
  return options;
}

asio::awaitable<outcome> decoder::decode(std::string file) {
  if (file.size() > largest_file_bytes) co_return outcome{std::nullopt, "the file is too large", false};
  if (!plugin_) plugin_ = co_await launcher_.async_launch(options_, asio::use_awaitable);
  std::string reply;
  asio::steady_timer limit(launcher_.get_executor(), longest_time);
  auto& channel = plugin_.channel();
  const auto result =
      co_await (channel.async_request(asio::buffer(file), thumbnail_side, asio::dynamic_buffer(reply), as_result) ||
                limit.async_wait(as_result));
  if (result.index() == 1) {
    plugin_.kill();
    co_return co_await lost("the decoder hung, and");
  }
  const belfry::error_code ec = std::get<0>(std::get<0>(result));
  if (ec) co_return co_await lost("the decoder");
  if (auto picture = checked(reply)) co_return outcome{std::move(picture), {}, false};
  // Either it has told why not, and ends; or it talks nonsense, and is ended.
  plugin_.kill();
  auto failure = co_await lost("");
  failure.problem = text_of(std::move(reply));
  co_return failure;
}

asio::awaitable<outcome> decoder::lost(std::string why) {
  std::ostringstream text;
  text << why << " was " << co_await plugin_.async_wait_exit(asio::use_awaitable);
  plugin_ = {};
  co_return outcome{std::nullopt, text.str(), true};
}

asio::awaitable<void> decoder::stop() {
  if (!plugin_) co_return;
  plugin_.kill();  // it has nothing to lose, and might not listen
  co_await plugin_.async_wait_exit(asio::use_awaitable);
}

}  // namespace thumbnails
