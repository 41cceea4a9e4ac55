#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# Decoders that are killed, that are none, and that talk nonsense.

source "$(dirname "$0")/support.bash"

# copies FILE DOUBLINGS FOLDER: 2 to the power of DOUBLINGS of them, without as many processes.
copies() {
  mkdir "$3"
  cp "$1" "$work/all"
  for ((i = 0; i != $2; ++i)); do
    cat "$work/all" "$work/all" >"$work/twice"
    mv "$work/twice" "$work/all"
  done
  split --bytes="$(stat --format=%s "$1")" --suffix-length=4 --additional-suffix=.jpg "$work/all" "$3/"
}
copies "$samples/noon.jpg" 6 "$work/some"
copies "$samples/cut-off.jpg" 12 "$work/many"  # it takes long enough to be interrupted

has_made_some() { [[ -n $(find "$1" -name '*.png' -print -quit 2>/dev/null) ]]; }

# One that is killed by hand half-way: its file is given to another, and nothing is lost.
"$bin/thumbnails" --decoders=2 --tries=2 --confine="$confine" "$work/some" "$work/killed" >"$work/out" 2>"$work/err" &
pid=$!
wait_until has_made_some "$work/killed" || fail "it makes no thumbnails"
kill -KILL $(children_of $pid | cut -d ' ' -f 1)
wait $pid
status=$?
expect_status 0 "a killed decoder"
expect_printed "64 thumbnails of 64 files; 0 cost a decoder, 0 were left out" "a killed decoder"
expect_lines 0 "a killed decoder"

# Ctrl-C: it ends, and its decoders, too.
env --default-signal=INT "$bin/thumbnails" --decoders=2 --confine="$confine" "$work/many" "$work/interrupted" >"$work/out" 2>"$work/err" &
pid=$!
wait_until has_made_some "$work/interrupted" || fail "it makes no thumbnails"
decoders=$(children_of $pid)
kill -INT $pid
wait $pid
status=$?
expect_status 130 "Ctrl-C"
expect_printed "Interrupted before all was done" "Ctrl-C"
for decoder in $decoders; do is_gone "$decoder" || fail "a decoder is left"; done
[[ ! -e $work/interrupted/contact-sheet.png ]] || fail "there is a contact sheet of half of the pictures"
[[ -z $(find "$work/interrupted" -name '*.part') ]] || fail "half a file is left"

# It looks for its decoder beside itself. These are not what it needs.
mkdir -p "$work/build/x/bin"
cp "$bin/thumbnails" "$work/build/x/bin"
bin=$work/build/x/bin
make "$samples" "$work/output"
expect_status 1 "no decoder"
expect_said "no decoder can be started: launching .*: No such file or directory" "no decoder"
[[ ! -e $work/output/contact-sheet.png ]] || fail "there is a contact sheet without a decoder"

cp /bin/true "$bin/thumbnail_decoder"
make "$samples" "$work/output"
expect_status 1 "a decoder that is no plugin"
expect_said "no decoder can be started" "a decoder that is no plugin"

cp "$1/patient" "$bin/thumbnail_decoder"  # a plugin that answers with what it is asked
make "$work/some" "$work/nonsense"
expect_status 0 "decoders that talk nonsense"
expect_printed "0 thumbnails of 64 files; 64 cost a decoder, 0 were left out" "decoders that talk nonsense"
expect_said "aaab.jpg: cost all decoders, one of which talked nonsense" "decoders that talk nonsense"

finish
