#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# Folders and files as one would rather not meet them. None of them ends the run, but for a folder that is not there.

source "$(dirname "$0")/support.bash"

make "$work/missing" "$work/output"
expect_status 1 "a folder that is not there"
expect_said "missing: No such file or directory"

mkdir "$work/empty"
make "$work/empty" "$work/output"
expect_status 0 "an empty folder"
expect_printed "There are no pictures in $work/empty" "an empty folder"

make "$samples/noon.jpg" "$work/output"
expect_status 1 "a file in the place of the folder"
expect_said "Not a directory"

touch "$work/file"
make "$samples" "$work/file"
expect_status 1 "a file in the place of the output"
make "$samples" "$work/file/output"
expect_status 1 "an output below a file"
expect_said "Not a directory"
make "$samples" /proc/output
expect_status 1 "an output where nothing can be made"
make "$samples" /proc
expect_status 1 "an output in which nothing can be written"
mkdir "$work/pictures"
make "$work/pictures" "$work/pictures/../pictures"
expect_status 1 "thumbnails among the pictures"

for arguments in "" "$samples" "--decoders=0 a b" "--decoders=x a b" "--confine=a b c" "--confine a b" "-x a b" "a b c"; do
  # shellcheck disable=SC2086
  "$bin/thumbnails" $arguments >"$work/out" 2>"$work/err"
  status=$?
  expect_status 2 "with '$arguments'"
  expect_said "^usage: "
done

in=$work/pictures
cp "$samples/a-pixel.png" "$in/UPPER.PNG"
cp "$samples/a-pixel.png" "$in/"$'two\nlines.png'
cp "$samples/a-pixel.png" "$in/-x %s \$(id) 'quoted' \"twice\".png"
cp "$samples/a-pixel.png" "$in/"$'not utf-8 \xff.png'
cp "$samples/a-pixel.png" "$in/wrongly-called.jpg"
ln -s UPPER.PNG "$in/link.png"
touch "$in/no-picture.txt"
good=6

ln -s loop.png "$in/loop.png"
ln -s nowhere "$in/dangling.png"
ln -s /dev/zero "$in/endless.png"
mkdir "$in/folder.png"
mkfifo "$in/pipe.png"
touch "$in/"$'\e[31mred\n.png'
truncate --size=65M "$in/large.jpg"
cp "$samples/a-pixel.png" "$in/$(printf '%0251d' 0).png"  # with a further ".png" it is longer than a name may be
left_out=7
if [[ $EUID -ne 0 ]]; then
  cp "$samples/a-pixel.png" "$in/secret.png"
  chmod 0 "$in/secret.png"
  left_out=8
fi

make "$in" "$work/output"
expect_status 0 "odd files"
expect_printed "$good thumbnails of $((good + left_out + 1)) files; 1 cost a decoder, $left_out were left out" "odd files"
expect_printed "$work/output/contact-sheet.png" "odd files"
expect_lines $((left_out + 1)) "odd files"
for said in "loop.png: cannot be read: Too many levels of symbolic links" "dangling.png: cannot be read: No such file" \
  "endless.png: is no regular file" "folder.png: is no regular file" "pipe.png: is no regular file" \
  '\\x1b\[31mred\\x0a.png: is neither a PNG nor a JPEG file' "large.jpg: is too large" \
  "0000.png: has no thumbnail, which cannot be written: File name too long"; do
  expect_said "$said"
done
[[ $(find "$work/output" -type f -printf x | wc -c) -eq $((good + 1)) ]] || fail "odd files: $(ls "$work/output")"
[[ -s "$work/output/"$'two\nlines.png.png' ]] || fail "no thumbnail of a file whose name has two lines"

# A second run replaces what the first has made.
echo old >"$work/output/contact-sheet.png"
make "$in" "$work/output"
expect_status 0 "a second run"
[[ $(head -c 4 "$work/output/contact-sheet.png" | tail -c 3) == PNG ]] || fail "the old sheet stands"

finish
