# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

"""Tables of them, in Markdown, by the names that they have on the page."""

import re

from figures import RATES, STAGES, Rows, cannot_keep_up, fail


def number(value):
    if value is None:
        return "not measured"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.6f}".rstrip("0") if "e" in text else text


def size_name(size):
    return f"{size} B" if size < 1024 else f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"


def table(head, lines):
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    rows += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(rows)


def machine_table(data):
    return table(("", ""), [(name, str(value)) for name, value in data["machine"].items()] +
                 [("missing", ", ".join(data["missing"]) or "nothing")])


def by_size(measure, cores):
    def make(data):
        rows = Rows(data)
        some = rows.of(measure, cores)
        sizes = sorted({r["size"] for r in some})
        lines = []
        for who in rows.subjects(some):
            cells = [rows.one(measure, who, cores, size) for size in sizes]
            lines.append((who[0], who[1], *(number(c["p50"]) if c else "" for c in cells)))
        return table(("", "waits", *map(size_name, sizes)), lines)
    return make


def tails(measure, cores):
    """p50, p99 and p99.9 of messages of 64 bytes."""
    def make(data):
        rows = Rows(data)
        lines = [(r["subject"], r["policy"], number(r["p50"]), number(r["p99"]), number(r["p999"]))
                 for r in rows.of(measure, cores) if r["size"] == 64]
        return table(("", "waits", "median", "p99", "p99.9"), lines)
    return make


def wake_up_table(data):
    rows = Rows(data)
    lines = []
    for who in rows.subjects(rows.of("wake-up")):
        cells = [rows.one("wake-up", who, cores) for cores in (2, 1)]
        lines.append((*who, *(number(c[q]) if c else "" for c in cells for q in ("p50", "p99"))))
    return table(("", "waits", "two cores: median", "p99", "one core: median", "p99"), lines)


def offered_table(data):
    rows = Rows(data)
    lines = []
    for who in rows.subjects(rows.of("latency at 1 k/s")):
        cells = []
        for rate in RATES:
            r = rows.one("latency at " + rate, who)
            cpu = rows.one("receiver's processor at " + rate, who)
            late = cannot_keep_up(r)
            cells.append("cannot keep up" if late else
                         f"{number(r['p50'])} / {number(r['p99'])}, {number(cpu['p50'])} %")
        lines.append((*who, *cells))
    return table(("", "waits", *RATES), lines)


def cost_table(how):
    def make(data):
        rows = Rows(data)
        measures = [kind + ", " + how for kind in ("processor time", "switches", "system calls")]
        lines = []
        for who in rows.subjects(rows.of(measures[0])):
            cells = [rows.one(m, who) for m in measures]
            lines.append((*who, *(number(c["p50"]) if c else "" for c in cells)))
        return table(("", "waits", "processor time, us", "switches", "system calls"), lines)
    return make


def launch_table(data):
    rows = Rows(data)
    lines = []
    for who in rows.subjects(rows.of(STAGES[-1])):
        cells = [rows.one(stage, who) for stage in STAGES]
        lines.append((who[0], *(number(c["p50"]) if c else "" for c in cells), number(cells[-1]["p99"])))
    return table(("median, in us", "executed", "to main", "to the handshake", "to the first reply", "whole",
                  "whole, p99"), lines)


def guests_table(data):
    rows = Rows(data)
    who = [s for s in rows.subjects(rows.rows) if re.fullmatch(r"belfry, \d+ guests?", s[0])]
    measures = list(dict.fromkeys(r["measure"] for r in rows.rows if (r["subject"], r["policy"]) in who))
    lines = [(f"{m}, {rows.of(m)[0]['unit']}", *(number(rows.one(m, w)["p50"]) for w in who)) for m in measures]
    return table(("", *(w[0].removeprefix("belfry, ") for w in who)), lines)


def observed_table(data):
    return table(("", "million messages/s", "least and most of the rounds"),
                 [(r["subject"], number(r["p50"]), f"{number(min(r['rounds']))} to {number(max(r['rounds']))}")
                  for r in Rows(data).of("observed")])


def goals_table(data):
    lines = []
    for g in data["goals"]:
        if "missing" in g:
            lines.append((g["what"], "", "not measured: " + g["missing"], "", "", ""))
        else:
            lines.append((g["what"], g["goal"], number(g["measured"]), f"{number(g['least'])} to {number(g['most'])}",
                          g["figures"], "yes" if g["met"] else "**no**"))
    met = sum(1 for g in data["goals"] if g.get("met"))
    return table(("what", "goal", "measured", "spread", "figures", "met"), lines) + \
        f"\n\n{met} of {len(data['goals'])} met."


TABLES = {
    "machine": machine_table,
    "goals": goals_table,
    "round trip, two cores": by_size("round trip", 2),
    "round trip, one core": by_size("round trip", 1),
    "round trip, tails": tails("round trip", 2),
    "throughput, two cores": by_size("throughput", 2),
    "throughput, one core": by_size("throughput", 1),
    "wake-up": wake_up_table,
    "offered rate": offered_table,
    "cost, round trips": cost_table("round trips"),
    "cost, at full rate": cost_table("at full rate"),
    "launch": launch_table,
    "guests": guests_table,
    "observed": observed_table,
}


def write_tables(data, page):
    """Puts each table into the page, between its marks."""
    text = page.read_text()
    for name, make in TABLES.items():
        mark = re.escape(f"<!-- table: {name} -->")
        pattern = re.compile(f"({mark}\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            fail(f"{page.name} has no place for the table '{name}'")
        made = make(data)
        text = pattern.sub(lambda m: m[1] + "\n" + made + "\n\n" + m[2], text)
    page.write_text(text)
