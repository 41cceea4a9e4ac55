#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# The figures of `belfry bench` are written as JSON, compared with those of an earlier run, and drawn.

source "$(dirname "$0")/support.bash"

[[ -x $bin/belfry_bench ]] || finish # it was not built

bench() {
  "$belfry" bench "$@" </dev/null >"$work/out" 2>"$work/err"
  status=$?
}

bench ping-pong check --quick --only 'belfry' --sizes 64 --json "$work/run.json"
expect_status 0 'a run'
tail -1 "$work/out" | grep -qE '^[0-9]+ of [0-9]+ met, [0-9]+ not met, [0-9]+ not measured$' ||
  fail "the last line should count the goals: $(tail -1 "$work/out")"
for name in processor cores kernel compiler belfry boost; do
  grep -qE "^    \"$name\": " "$work/run.json" || fail "the machine has no $name: $(head -20 "$work/run.json")"
done
number='[0-9.e+-]+'
grep -qE "^    \{\"subject\": \"belfry\", \"measure\": \"round trip\", \"size\": 64, \"cores\": 1, \"policy\": \"block\", \"p50\": $number, \"p99\": $number, .*\"unit\": \"us\", .*\"rounds\": \[$number\]\},?$" \
  "$work/run.json" || fail "there is no such row in $(cat "$work/run.json")"

bench ping-pong --quick --only 'belfry' --sizes 64 --compare "$work/run.json"
expect_status 0 'a comparison'
grep -qE '^round trip +belfry +block +64 +1 +[0-9.]+ +[0-9.]+ +[0-9.]+$' "$work/out" ||
  fail "there should be ratios: $(cat "$work/out")"
bench ping-pong --quick --only 'no such subject' --compare "$work/none.json"
expect_status 1 'a comparison with a file that does not exist'

report=$(dirname "$0")/../../script/bench-report
if command -v python3 gnuplot >/dev/null; then
  "$report" --plots "$work/plots" "$work/run.json" 2>"$work/err" || fail "no plots: $(cat "$work/err")"
  grep -q '</svg>' "$work/plots/round-trip-one-core.svg" || fail "plots: $(ls "$work/plots")"
  sed 's/"kernel": "[^"]*"/"kernel": "another"/' "$work/run.json" >"$work/other.json"
  "$report" --plots "$work/plots" "$work/run.json" "$work/other.json" 2>"$work/err" &&
    fail 'figures of two machines were put together'
  expect_said 'its kernel differs' 'figures of two machines'
fi

finish
