# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

"""Plots of them, drawn by gnuplot."""

import re
import shutil
import subprocess

from figures import RATES, RATE_VALUES, STAGES, Rows, cannot_keep_up, fail

STYLE = """
set terminal svg size 920,520 dynamic font "sans-serif,13" background "#ffffff"
set key outside right center noenhanced
set grid lc rgb "#dddddd"
set border lc rgb "#666666"
"""
COLOURS = ("#d55e00", "#e69f00", "#a6361b", "#cc79a7", "#f0c000", "#000000", "#0072b2", "#56b4e9", "#009e73", "#999999",
           "#7f5f3f", "#6a3d9a", "#8fbf5f")
# Whose lines are drawn, each in its colour of those above: warm ones are belfry's.
SHOWN = (("belfry", "spin"), ("belfry", "adaptive"), ("belfry", "block"), ("belfry, coroutines", "adaptive"),
         ("belfry, in place", "adaptive"), ("Boost.Lockfree spsc_queue", "spin"), ("SOCK_DGRAM", "block"),
         ("Boost.Asio stream, coroutines", "block"), ("Boost.Interprocess message_queue", "block"),
         ("ZeroMQ PAIR, ipc", "block"), ("nng pair, ipc", "block"), ("D-Bus (sd-bus)", "block"),
         ("gRPC stream, Unix socket", "block"))


def quoted(text):
    return text.replace("'", "''")


def gnuplot(path, commands, series, using="1:2"):
    """Draws lines: `series` are a name and points each."""
    blocks, plots = [], []
    names = [name_of(who) for who in SHOWN]
    for i, (name, points) in enumerate(series):
        colour = COLOURS[names.index(name) if name in names else i]
        blocks.append(f"$d{i} << END\n" + "\n".join(" ".join(map(str, p)) for p in points) + "\nEND")
        width = 3 if name.startswith("belfry") else 1.5
        plots.append(f"$d{i} using {using} with linespoints lw {width} lc rgb '{colour}' "
                     f"pt {5 if name.startswith('belfry') else 6} ps 0.6 title '{quoted(name)}'")
    program = STYLE + f"set output '{path}'\n" + "\n".join(blocks) + "\n" + commands + \
        "\nplot " + ", \\\n     ".join(plots) + "\n"
    run_gnuplot(program)


def run_gnuplot(program):
    done = subprocess.run(["gnuplot"], input=program, text=True, capture_output=True)
    if done.returncode != 0 or "error" in done.stderr.lower():
        fail("gnuplot: " + done.stderr.strip())


def name_of(who):
    return f"{who[0]} ({who[1]})" if who[0].startswith("belfry") else who[0]


SIZE_AXIS = "set logscale x 2\nset xlabel 'bytes of a message'\n" \
    "set xtics ('8' 8, '64' 64, '1 Ki' 1024, '4 Ki' 4096, '64 Ki' 65536, '1 Mi' 1048576)\n"


def draw_by_size(data, folder, measure, cores, file, title, unit, scale):
    rows = Rows(data)
    series = []
    for who in SHOWN:
        points = sorted((r["size"], scale(r)) for r in rows.of(measure, cores)
                        if (r["subject"], r["policy"]) == who and r["p50"] is not None)
        if points:
            series.append((name_of(who), points))
    if series:
        gnuplot(folder / file, SIZE_AXIS + f"set logscale y 10\nset ylabel '{unit}'\nset title '{title}'", series)


def draw_offered(data, folder):
    rows = Rows(data)
    shown = [who for who in SHOWN if who[0] != "belfry, in place"]
    for file, title, unit, value, log in (
            ("offered-rate-median.svg", "latency at a fixed rate, median, 64 B", "us", ("latency at ", "p50"), True),
            ("offered-rate-p99.svg", "latency at a fixed rate, p99, 64 B", "us", ("latency at ", "p99"), True),
            ("offered-rate-processor.svg", "processor time of the receiver at that rate", "% of a processor",
             ("receiver's processor at ", "p50"), False)):
        series = []
        for who in shown:
            points = []
            for rate, name in zip(RATE_VALUES, RATES):
                latency = rows.one("latency at " + name, who)
                r = rows.one(value[0] + name, who)
                if r and not cannot_keep_up(latency):
                    points.append((rate, r[value[1]]))
            if points:
                series.append((name_of(who), points))
        if series:
            y_axis = "set logscale y 10" if log else "set yrange [0:105]"
            gnuplot(folder / file, "set logscale x 10\nset xlabel 'messages a second'\nset format x '10^{%L}'\n"
                    f"{y_axis}\nset ylabel '{unit}'\nset title '{title}'", series)


def draw_launch(data, folder):
    rows = Rows(data)
    who = rows.subjects(rows.of(STAGES[-1]))
    if not who:
        return
    lines, wholes = [], []
    for w in who:
        cells = [rows.one(stage, w) for stage in STAGES[:-1]]
        times = [c["p50"] / 1000 if c else 0 for c in cells]
        label = w[0].replace(", host", "\\nhost")
        lines.append(f'"{label}" ' + " ".join(map(str, times)))
        wholes.append(sum(times))
    # One that is far higher than the others is cut off, and its height told.
    top = 1.2 * max(h for h in wholes if h <= 5 * min(wholes))
    cut_off = "".join(f"set label {i + 1} '{h:.0f} ms' at {i},{top} center offset 0,0.6\n"
                      for i, h in enumerate(wholes) if h > top)
    names = ("until it is executed", "to its main", "to the handshake", "to the first reply")
    colours = ("#0072b2", "#56b4e9", "#f0c000", "#d55e00")
    plots = ", ".join(f"$d using {i + 2}{':xtic(1)' if i == 0 else ''} title '{name}' lc rgb '{colours[i]}'"
                      for i, name in enumerate(names))
    run_gnuplot(STYLE + f"set output '{folder / 'launch.svg'}'\n$d << END\n" + "\n".join(lines) + "\nEND\n" + cut_off +
                "set style data histograms\nset style histogram rowstacked\nset style fill solid border -1\n"
                f"set boxwidth 0.6\nset yrange [0:{top}]\nset ylabel 'ms'\nset xtics noenhanced font ',10'\n"
                "set title 'from launch to first reply, medians' offset 0,0.6\nplot " + plots + "\n")


def draw_guests(data, folder):
    rows = Rows(data)
    series = []
    for measure, name in (("wake-up of one of many guests, there and back", "wake-up, there and back"),
                          ("host's processor time with many guests", "host's processor time for a message")):
        points = []
        for r in rows.of(measure):
            if r["p50"] is not None:
                points.append((int(re.search(r"\d+", r["subject"])[0]), r["p50"]))
        if points:
            series.append((name, sorted(points)))
    if series:
        gnuplot(folder / "guests.svg", "set logscale x 10\nset xlabel 'guests of one host'\nset yrange [0:*]\n"
                "set ylabel 'us'\nset title 'what each of many guests costs, 64 B'", series)


def draw(data, folder):
    if not shutil.which("gnuplot"):
        fail("there is no gnuplot (Debian: gnuplot-nox; script/install-dependencies --bench)")
    folder.mkdir(parents=True, exist_ok=True)
    for cores, place in ((2, "two cores"), (1, "one core")):
        file = place.replace(" ", "-")
        draw_by_size(data, folder, "round trip", cores, f"round-trip-{file}.svg", f"there and back, median, {place}",
                     "us", lambda r: r["p50"])
        draw_by_size(data, folder, "throughput", cores, f"throughput-{file}.svg", f"one way, {place}", "MB/s",
                     lambda r: r["p50"] * r["size"])
    draw_offered(data, folder)
    draw_launch(data, folder)
    draw_guests(data, folder)
