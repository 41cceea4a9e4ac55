#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# `belfry top` shows a running channel, as a table, as JSON, and on a terminal.

source "$(dirname "$0")/support.bash"

top() {
  "$belfry" top "$@" </dev/null >"$work/out" 2>"$work/err"
  status=$?
}

mkfifo "$work/input"
exec {input}<>"$work/input"
name=topped$$
"$belfry" run --name $name "$bin/word_count" <"$work/input" >"$work/replies" 2>&1 &
host=$!
for i in 1 2 3; do echo "one two" >&"$input"; done
replied() { [[ $(wc -l <"$work/replies") -eq 3 ]]; }
wait_until replied || fail 'no replies'

top --once --interval 100
expect_status 0 'table'
grep -qE "^$name +[0-9]+ +belfry:$host +(idle|busy) " "$work/out" || fail "table: $(cat "$work/out")"
head -1 "$work/out" | grep -q '^PLUGIN .* RESTART ' || fail "headings: $(head -1 "$work/out")"

top --once --json --interval 100
expect_status 0 'JSON'
[[ $(wc -l <"$work/out") -eq 1 ]] || fail 'one look should be one line'
grep -qE "\"host_pid\":$host,\"host\":\"belfry\",\"pid\":[0-9]+,\"name\":\"$name\",\"condition\":\"open\"" "$work/out" ||
  fail "JSON: $(cat "$work/out")"
grep -oE "\"name\":\"$name\".*" "$work/out" | grep -qE '"to_plugin":\{"writer":\{"messages":3,"bytes":21,' ||
  fail "JSON: $(cat "$work/out")"

# Whoever reads the lines may have enough of them.
"$belfry" top --json --interval 50 2>/dev/null | head -2 >"$work/two"
[[ $(wc -l <"$work/two") -eq 2 ]] || fail 'there should be a line for each look'

top
expect_status 1 'no terminal'
expect_said 'no terminal\|without ncurses'

# util-linux's script gives it a terminal.
if ! grep -q 'without ncurses' "$work/err" && type script >/dev/null 2>&1; then
  mkfifo "$work/keys"
  exec {keys}<>"$work/keys"
  TERM=xterm COLUMNS=200 LINES=50 script -qfec "stty cols 200 rows 50; '$belfry' top --interval 50" "$work/screen" \
    <"$work/keys" >/dev/null &
  drawing=$!
  wait_until grep -qa $name "$work/screen" || fail "nothing was drawn: $(cat "$work/screen")"
  printf q >&"$keys"
  wait $drawing || fail "q should end it with status 0"
  TERM=none script -qfec "'$belfry' top" "$work/screen" </dev/null >/dev/null && fail 'an unknown terminal should be an error'
  grep -qa "of the kind 'none'" "$work/screen" || fail "unknown terminal: $(cat "$work/screen")"
fi

for wrong in '--interval 0' '--interval -5' '--interval x' '--nonsense' 'word'; do
  top $wrong
  expect_status 1 "$wrong"
done
top --help
expect_status 0 'help'

kill $host
wait $host
finish
