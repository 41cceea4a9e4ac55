// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_TSAN_HPP
#define BELFRY_DETAIL_TSAN_HPP

/// BELFRY_DETAIL_TSAN: this is compiled for ThreadSanitizer, which understands neither fences nor assembler.
#if defined(__SANITIZE_THREAD__)
#define BELFRY_DETAIL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BELFRY_DETAIL_TSAN 1
#endif
#endif

#endif
