#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# The pictures of the example: which of them have a thumbnail, of which size, and what is said of the others.

source "$(dirname "$0")/support.bash"

make "$samples" "$work/output"
expect_status 0
{
  # By which signal a decoder dies is the compiler's choice, and how it can be confined the machine's.
  grep -v '^  not here: ' "$work/err" |
    sed -E 's/(cost a decoder), which (was killed by SIG[A-Z]+|used up its processor time)/\1/' | sort
  grep -v '^Decoders are confined' "$work/out" | sed "s|$work/||"
  for file in "$work/output"/*; do
    # Width and height stand at the beginning of a PNG file.
    read -r width height < <(od --address-radix=n --format=u4 --endian=big --skip-bytes=16 --read-bytes=8 "$file")
    echo "$(basename "$file"): $width x $height"
  done
} >"$work/all"
expect_same "$work/all" "$samples/../expected.txt" "what it said and made"
finish
