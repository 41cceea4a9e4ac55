// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE copying messages
#include "support/pattern.hpp"

#include <belfry/detail/copy.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace asio = boost::asio;
using namespace belfry;

namespace {
constexpr std::size_t most = 200;
}

BOOST_AUTO_TEST_CASE(a_copy_has_all_bytes_and_touches_no_others) {
  for (std::size_t size = 0; size <= most; ++size) {
    const auto source = test::pattern_text(size);
    std::string target(size + 32, '.');
    detail::short_copy(target.data() + 16, source.data(), size);
    BOOST_TEST(target == std::string(16, '.') + source + std::string(16, '.'));
  }
}

BOOST_AUTO_TEST_CASE(buffers_are_gathered_and_scattered_one_or_many) {
  for (std::size_t size = 2; size <= most; ++size) {
    const auto source = test::pattern_text(size);
    const auto view = std::string_view(source);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(view.substr(0, size / 2)),
                                                  asio::buffer(view.substr(size / 2))};
    std::string one(size, '.');
    std::string two(size, '.');
    detail::gather(std::as_writable_bytes(std::span(one)), asio::buffer(source));
    detail::gather(std::as_writable_bytes(std::span(two)), parts);
    BOOST_TEST(one == source);
    BOOST_TEST(two == source);

    one.assign(size, '.');
    two.assign(size, '.');
    detail::scatter(asio::buffer(one), asio::buffer(source));
    detail::scatter(std::array<asio::mutable_buffer, 2>{asio::buffer(two.data(), 1), asio::buffer(&two[1], size - 1)},
                    asio::buffer(source));
    BOOST_TEST(one == source);
    BOOST_TEST(two == source);
  }
}
