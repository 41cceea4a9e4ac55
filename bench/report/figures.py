# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

"""The figures that belfry_bench has written."""

import json
import pathlib
import sys

# What is measured anew in each run may differ; what names the machine may not.
SAME = ("processor", "cores", "kernel", "compiler", "build", "belfry", "boost")

# What the measures call their parts.
RATES = ("1 k/s", "10 k/s", "100 k/s", "300 k/s", "1 M/s")
RATE_VALUES = (1e3, 1e4, 1e5, 3e5, 1e6)
STAGES = ("launch: until it is executed", "launch: from there to its main", "launch: from there to the handshake",
          "launch: from there to the first reply", "launch to first reply")


def fail(why):
    sys.exit("script/bench-report: " + why)


def key(row):
    return tuple(row[name] for name in ("subject", "measure", "size", "cores", "policy", "unit"))


def update(old, new):
    """The old figures, but the new ones where there are such."""
    fresh = {key(row): row for row in new["rows"]}
    old["rows"] = [fresh.pop(key(row), row) for row in old["rows"]] + list(fresh.values())
    goals = {goal["what"]: goal for goal in new["goals"]}
    old["goals"] = [goals.pop(goal["what"], goal) for goal in old["goals"]] + list(goals.values())
    there = {row["subject"] for row in new["rows"] if row["p50"] is not None}
    old["missing"] = [name for name in old["missing"] if name.split(" (")[0] not in there]
    old["missing"] += [name for name in new["missing"] if name not in old["missing"]]
    return old


def of_one_machine(first, other, path):
    for name in SAME:
        if first["machine"].get(name) != other["machine"].get(name):
            fail(f"{path} is of another machine or program than the first file: its {name} differs")


def load(paths):
    whole = None
    for path in paths:
        part = json.loads(pathlib.Path(path).read_text())
        if whole is None:
            whole = part
            whole.setdefault("goals", [])
            continue
        of_one_machine(whole, part, path)
        whole["rows"] += part["rows"]
        whole["goals"] += part.get("goals", [])
        whole["missing"] += [name for name in part["missing"] if name not in whole["missing"]]
    return whole


def save(data, path):
    def lines(rows):
        return ",\n    ".join(json.dumps(row) for row in rows)
    path.write_text("{\n  \"machine\": " + json.dumps(data["machine"], indent=2).replace("\n", "\n  ") +
                    ",\n  \"missing\": " + json.dumps(data["missing"]) +
                    ",\n  \"rows\": [\n    " + lines(data["rows"]) + "\n  ],\n  \"goals\": [\n    " +
                    lines(data["goals"]) + "\n  ]\n}\n")


class Rows:
    """The rows of a run, by what they say."""

    def __init__(self, data):
        self.rows = data["rows"]

    def of(self, measure, cores=None):
        return [r for r in self.rows if r["measure"] == measure and cores in (None, r["cores"])]

    def subjects(self, rows):
        """Names and policies, in their order."""
        return list(dict.fromkeys((r["subject"], r["policy"]) for r in rows))

    def one(self, measure, who, cores=None, size=None):
        for r in self.rows:
            if (r["measure"] == measure and (r["subject"], r["policy"]) == who and cores in (None, r["cores"]) and
                    size in (None, r["size"])):
                return r
        return None


def cannot_keep_up(row):
    return row["p50"] is None or "cannot keep up" in row["note"]
