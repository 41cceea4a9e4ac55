// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "run.hpp"

#include "decoders.hpp"
#include "files.hpp"
#include "messages.hpp"
#include "png_file.hpp"
#include "reply.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace gil = boost::gil;

namespace thumbnails {
namespace {

/// The pool was stopped before the file was decoded.
struct stopped {};

std::string cause_of_death(const belfry::supervisor_event& e) {
  if (e.unresponsive) return "cost a decoder, which gave no sign of life any more";
  if (!e.status) return "cost a decoder";
  if (e.status->signal == SIGXCPU) return "cost a decoder, which used up its processor time";
  return "cost a decoder, which " + std::string(e.status->signal != 0 ? "was " : "") + to_string(*e.status);
}

}  // namespace

run::run(std::vector<fs::path> files, fs::path output, contact_sheet& sheet, belfry::launch_options decoder,
         belfry::pool_options pool)
    : files_(std::move(files)),
      output_(std::move(output)),
      sheet_(sheet),
      workers_(2 * pool.maximum),
      progress_(files_.size()),
      pool_(context_.get_executor(), std::move(decoder), heard(std::move(pool))) {
  // What becomes of decoders is told here, and not in a log. Only why none can be started nobody else tells so well.
  belfry::set_diagnostics_sink([this](const belfry::diagnostic& d) {
    if (d.kind == belfry::event_kind::handshake_failed) launch_problem_ = d.message;
  });
}

run::~run() { belfry::set_diagnostics_sink({}); }

belfry::pool_options run::heard(belfry::pool_options pool) {
  pool.on_event = [this](const belfry::supervisor_event& e) { hear(e); };
  return pool;
}

outcome run::operator()() {
  stop_at_a_signal();
  // Twice as many as there are decoders, so that the next file is read already when a decoder is free. Not more, since
  // each holds a file in memory.
  auto left = workers_;
  for (std::size_t i = 0; i != workers_; ++i) {
    asio::co_spawn(context_, work(), [&](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
      if (--left == 0) stop();
    });
  }
  context_.run();
  progress_.clear();
  return outcome_;
}

asio::awaitable<void> run::work() {
  while (outcome_.signal == 0 && next_ != files_.size()) {
    try {
      co_await make(next_++);
    } catch (const stopped&) {
      co_return;
    }
    progress_.advance(pool_.stats().ready);
  }
}

asio::awaitable<void> run::make(std::uint32_t number) {
  const auto& path = files_[number];
  const auto say = [&](const char* what) {
    progress_.say("  " + printable(path.filename().native()) + ": " + what);
    sheet_.cross_out(number);
  };
  auto* count = &outcome_.left_out;
  try {
    const auto file = read_file(path, largest_file_bytes);
    count = &outcome_.broken;
    const auto picture = co_await decode(number, file);
    count = &outcome_.left_out;
    write_png(output_ / (path.filename() += ".png"), gil::const_view(picture));
    sheet_.put(number, gil::const_view(picture));
    count = &outcome_.thumbnails;
  } catch (const file_problem& e) {
    say(e.what());
  } catch (const std::system_error& e) {
    say(("has no thumbnail, which cannot be written: " + e.code().message()).c_str());
  }
  ++*count;
}

/// One request to whichever decoder is free.
asio::awaitable<gil::rgb8_image_t> run::decode(std::uint32_t number, const std::string& file) {
  const job what{number, thumbnail_side};
  const std::array<asio::const_buffer, 2> request{asio::buffer(&what, sizeof what), asio::buffer(file)};
  std::string reply;
  const auto [ec, size] = co_await pool_.async_request(request, 0, asio::dynamic_buffer(reply, largest_reply_bytes),
                                                       asio::as_tuple(asio::use_awaitable));
  if (ec == belfry::error::set_aside) throw file_problem(std::exchange(causes_[number], {}));
  if (ec == belfry::error::closed) throw stopped();
  if (ec == belfry::error::gave_up) throw std::runtime_error("no decoder can be started: " + launch_problem_);
  if (ec && ec != belfry::error::buffer_too_small) throw file_problem("cannot be given to a decoder: " + ec.message());
  try {
    if (ec) throw nonsense("the reply is too large");
    co_return picture_in(reply);
  } catch (const nonsense& e) {
    // A decoder that was taken over. Which of them it was the pool does not tell, so all of them go.
    pool_.replace();
    throw file_problem(std::string("cost all decoders, one of which talked nonsense: ") + e.what());
  }
}

/// What happens to the decoders. A request that killed its decoder is told here, with how the decoder ended, before the
/// request itself completes.
void run::hear(const belfry::supervisor_event& e) {
  if (e.what != belfry::supervisor_event::type::set_aside) return;
  job what;
  std::memcpy(&what, e.bytes.data(), sizeof what);
  causes_[what.number] = cause_of_death(e);
}

void run::stop_at_a_signal() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](boost::system::error_code ec, int signal) {
    if (ec) return;
    outcome_.signal = signal;
    signals_.clear();  // the next one has its usual effect
    stop();
  });
}

void run::stop() {
  signals_.cancel();
  pool_.async_stop(asio::detached);
}

}  // namespace thumbnails
