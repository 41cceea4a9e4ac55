// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_DECODERS_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_DECODERS_HPP

#include <belfry/launch_options.hpp>
#include <belfry/pool_options.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace thumbnails {

/// The largest file that is looked at.
inline constexpr std::size_t largest_file_bytes = 64 << 20;

/// How decoders are launched, as far as it is not about confining them.
belfry::launch_options decoder_options(const std::filesystem::path& program);

/// Takes from a decoder whatever it does not need: it can compute, for a while, in a limited memory. What this machine
/// cannot take away is left out, and returned in words.
std::vector<std::string> confine(belfry::launch_options& decoder);

/// How many decoders there are, and how often a file is tried that kills them.
belfry::pool_options pool_of(std::size_t decoders, unsigned tries);

}  // namespace thumbnails

#endif
