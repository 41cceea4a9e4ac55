#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# Many lines, small rings, slow readers: nothing is lost, nothing is out of order, nothing waits for ever.

source "$(dirname "$0")/support.bash"

lines=100000
for ((i = 0; i < lines; i++)); do echo "$i $((i % 7)) word"; done >"$work/in"
yes 3 | head -n $lines >"$work/counted"
read -r words bytes < <(wc -w -c <"$work/in")
echo "total: $lines lines, $words words, $bytes bytes" >>"$work/counted"
tr a-z A-Z <"$work/in" >"$work/shouted"

for ring in 4096 65536; do
  run "$work/in" --ring-size $ring "$bin/word_count"
  expect_status 0 "word_count, ring of $ring"
  expect_silence "word_count, ring of $ring"
  expect_same "$work/out" "$work/counted" "word_count, ring of $ring"

  run "$work/in" --ring-size $ring "$bin/readme_plugin"
  expect_status 0 "readme_plugin, ring of $ring"
  expect_same "$work/out" "$work/shouted" "readme_plugin, ring of $ring"
done

# A reader that is late: the output fills, then the rings, then the input waits.
"$belfry" run --ring-size 4096 "$bin/readme_plugin" <"$work/in" | { sleep 1 && cat; } >"$work/out" || fail 'slow reader'
expect_same "$work/out" "$work/shouted" 'slow reader'

# Two of them in a row.
"$belfry" run "$bin/readme_plugin" <"$work/in" | "$belfry" run "$bin/word_count" >"$work/out" || fail 'two in a row'
expect_same "$work/out" "$work/counted" 'two in a row'

# One processor for all.
if command -v taskset >/dev/null; then
  taskset -c 0 "$belfry" run --ring-size 4096 "$bin/word_count" <"$work/in" >"$work/out" || fail 'one processor'
  expect_same "$work/out" "$work/counted" 'one processor'
fi

# The totals are those of wc on a text that nobody here wrote.
for text in /usr/share/common-licenses/GPL-3 /usr/share/common-licenses/Apache-2.0 /etc/services; do
  [[ -r $text ]] || continue
  run "$text" "$bin/word_count"
  expect_status 0 "$text"
  read -r lines words bytes < <(wc -l -w -c <"$text")
  [[ $(tail -n 1 "$work/out") == "total: $lines lines, $words words, $bytes bytes" ]] ||
    fail "$text: $(tail -n 1 "$work/out") instead of $lines, $words, $bytes"
done

finish
