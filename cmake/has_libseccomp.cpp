// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// b2 builds this to learn whether libseccomp is there, and wanted.

#ifdef BELFRY_LIBSECCOMP_OFF
#error "libseccomp=off was asked for"
#endif

#include <seccomp.h>

int main() { return seccomp_version() == nullptr; }
