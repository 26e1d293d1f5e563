"""One way to time for every benchmark: peer, ours and limit by turns in one process, medians, ratios.

The machine wobbles by a factor of 2.5 within minutes, so that a number measured alone says little. Here every
round runs each contender once; drift falls on all of them alike, and only the ratios are worth quoting.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["peer", "ours", "limit"]

#: A sample shorter than this is repeated, or the clock and the caches are what is measured.
SAMPLE_SECONDS_MIN = 0.02


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to time: ``run`` does the whole job once; ``items`` pieces of work come out of it."""

    name: str
    role: Role
    run: Callable[[], object]
    items: int = 1


@dataclass(frozen=True, slots=True)
class Timed:
    """What one contender took, in seconds for one run."""

    name: str
    role: Role
    median: float
    fastest: float
    slowest: float
    rounds: int
    items: int

    @property
    def items_per_second(self) -> float:
        return self.items / self.median


@dataclass(frozen=True, slots=True)
class Comparison:
    """All contenders of one run; ``unit`` names the items."""

    title: str
    unit: str
    rows: tuple[Timed, ...]

    def row(self, name: str) -> Timed:
        return next(r for r in self.rows if r.name == name)

    def times_as_fast(self, name: str, other: str) -> float:
        """How many times as many items a second ``name`` makes as ``other``."""
        return self.row(name).items_per_second / self.row(other).items_per_second


def _repeats(run: Callable[[], object]) -> int:
    start = time.perf_counter()
    run()
    taken = time.perf_counter() - start
    return max(1, int(SAMPLE_SECONDS_MIN / max(taken, 1e-7)))


def compare(
    title: str, contenders: Sequence[Contender], *, rounds: int = 11, unit: str = "documents"
) -> Comparison:
    """Time ``contenders`` by turns, ``rounds`` times each, after one run that warms them up."""
    for contender in contenders:
        contender.run()
    repeats = [_repeats(contender.run) for contender in contenders]
    samples: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for contender, count, taken in zip(contenders, repeats, samples, strict=True):
            gc.collect()  # nobody pays for the rubbish of the one before
            start = time.perf_counter()
            for _ in range(count):
                contender.run()
            taken.append((time.perf_counter() - start) / count)
    rows = tuple(
        Timed(c.name, c.role, statistics.median(s), min(s), max(s), rounds, c.items)
        for c, s in zip(contenders, samples, strict=True)
    )
    return Comparison(title, unit, rows)


def _padded(text: str, width: int) -> str:
    """``text`` filled up to ``width`` columns of a terminal, where a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(0, width - taken)


def _ratio(row: Timed, others: Sequence[Timed]) -> str:
    best = max((o.items_per_second for o in others), default=0.0)
    return f"{row.items_per_second / best:9.2f}" if best else f"{'':9}"


def table_of(comparison: Comparison) -> str:
    """The rows with their ratios to the best peer and to the limit (its best row), as text."""
    peers = [r for r in comparison.rows if r.role == "peer"]
    limits = [r for r in comparison.rows if r.role == "limit"]
    width = max(len(r.name) for r in comparison.rows) + 2
    lines = [
        f"## {comparison.title}",
        f"{_padded('', width)}{'role':6}{'median ms':>11}{'min':>9}{'max':>9}{comparison.unit + '/s':>16}"
        f"{'x peer':>9}{'x limit':>9}",
    ]
    lines.extend(
        f"{_padded(r.name, width)}{r.role:6}{r.median * 1e3:11.3f}{r.fastest * 1e3:9.2f}{r.slowest * 1e3:9.2f}"
        f"{r.items_per_second:16,.1f}{_ratio(r, peers)}{_ratio(r, limits)}"
        for r in comparison.rows
    )
    lines.append(
        "x peer, x limit: items a second as a multiple of the best peer's and of the limit's in this same run"
    )
    return "\n".join(lines)


def json_of(comparison: Comparison) -> str:
    """The same as one line of JSON, for keeping."""
    return json.dumps(
        {
            "title": comparison.title,
            "unit": comparison.unit,
            "rows": [
                {
                    "name": r.name,
                    "role": r.role,
                    "median_seconds": r.median,
                    "items": r.items,
                    "items_per_second": r.items_per_second,
                    "rounds": r.rounds,
                }
                for r in comparison.rows
            ],
        },
        ensure_ascii=False,
    )


def show(comparison: Comparison, *, as_json: bool = False) -> None:
    """Print the comparison to standard output."""
    sys.stdout.write((json_of(comparison) if as_json else table_of(comparison)) + "\n")


def read_arguments(description: str) -> argparse.Namespace:
    """``--rounds N`` and ``--json``, which every benchmark takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=11, help="samples of each contender (default 11)")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each comparison")
    return parser.parse_args()
