#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# Every line becomes a message, every reply a line, whatever bytes they hold.

source "$(dirname "$0")/support.bash"

# echoed WHAT: the upper-casing plugin changes no byte of $work/in but its letters, and none are lost.
echoed() {
  run "$work/in" "${options[@]}" "$bin/readme_plugin"
  expect_status 0 "$1"
  expect_silence "$1"
  tr a-z A-Z <"$work/in" >"$work/expected"
  # A last line that lacks its newline gets one.
  [[ -s $work/in && -n $(tail -c 1 "$work/in") ]] && echo >>"$work/expected"
  expect_same "$work/out" "$work/expected" "$1"
}

options=()
: >"$work/in"
echoed 'empty input'
printf 'one line\n' >"$work/in"
echoed 'one line'
printf 'no newline' >"$work/in"
echoed 'no newline at the end'
printf '\n\n\n' >"$work/in"
echoed 'empty lines'
printf 'a\0b\n\0\n\r\n\t \x01\x7f\x80\xff\n' >"$work/in"
echoed 'bytes that are no text'
head -c 300000 /dev/urandom | tr a-z A-Z >"$work/in"
options=(--ring-size 1048576)
echoed 'random bytes'

# So do lines that are larger than the ring.
for n in 5000 100000 3000000 7; do head -c $n /dev/zero | tr '\0' X && echo; done >"$work/in"
options=(--ring-size 4096 --large-memory 4000000)
echoed 'lines that are larger than the ring'

# The longest line fits; one byte more is an error, and what came before it is answered.
options=(--ring-size 4096)
size=$(getconf PAGESIZE)
longest=$((size - 16))
for n in 0 1 7 8 9 $((longest - 1)) $longest; do
  head -c $n /dev/zero | tr '\0' x >"$work/in"
  echo >>"$work/in"
  echoed "a line of $n bytes"
done
for newline in '' '\n' '\nthe end\n'; do
  { printf 'first\nsecond\n' && head -c $((longest + 1)) /dev/zero | tr '\0' x && printf "$newline"; } >"$work/in"
  run "$work/in" --ring-size 4096 "$bin/readme_plugin"
  expect_status 1 'a line that is too long'
  expect_output $'FIRST\nSECOND\n' 'before a line that is too long'
  expect_said "line 3 is longer than the largest message, $longest bytes" 'a line that is too long'
done
# An endless one is noticed without reading all of it.
run /dev/zero "$bin/readme_plugin"
expect_status 1 'an endless line'
expect_said 'line 1 is longer'

# Input of every kind: a file and /dev/null (above), a pipe, and a pipe that gives it in pieces.
options=()
seq 1000 | "$belfry" run "$bin/readme_plugin" >"$work/out" || fail 'from a pipe'
seq 1000 >"$work/expected"
expect_same "$work/out" "$work/expected" 'from a pipe'
{ printf 'he' && sleep 0.1 && printf 'llo\nwor' && sleep 0.1 && printf 'ld'; } |
  "$belfry" run "$bin/readme_plugin" >"$work/out" || fail 'in pieces'
expect_output $'HELLO\nWORLD\n' 'in pieces'

# A person sees the answer before typing the next line.
coproc talk { "$belfry" run "$bin/readme_plugin"; }
pid=$talk_PID
for word in one two three; do
  echo $word >&"${talk[1]}"
  read -r -t 60 answer <&"${talk[0]}" || fail "no answer to $word"
  [[ $answer == "${word^^}" ]] || fail "the answer to $word is $answer"
done
exec {talk[1]}>&-
wait $pid || fail "status $? of an interactive run"

# Standard input that cannot be read.
"$belfry" run "$bin/readme_plugin" <&- >"$work/out" 2>"$work/err"
status=$?
expect_status 1 'closed standard input'
expect_said 'cannot read standard input' 'closed standard input'
run / "$bin/readme_plugin"
expect_status 1 'a folder as standard input'
expect_said 'cannot read standard input' 'a folder as standard input'

finish
