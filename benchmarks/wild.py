"""What ``guangsha check`` makes of published documents of invented agencies, whose figures all agree, and of changed copies.

    python -m benchmarks.wild [--document NAME …] [--mutants N] [--seed N] [--every-relation] [--misses N] [--processes N]

For each document: errors on it (every one is false), its warnings, copies with one digit changed that were found and
pointed at, and how many of the relations broken by some copy the checker has. docs/algorithms/checking-measured.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
from functools import partial

from guangsha.testing.wild import PAPERS
from guangsha.testing.wild.measure import WildMeasured, measure
from guangsha.testing.wild.printing import Printed


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({100 * part / whole:.0f} %)" if whole else "–"


def show(result: WildMeasured, misses: int) -> None:
    print(
        f"{result.name}: {result.figures} figures, {result.relations} relations; "
        f"false errors {len(result.false_errors)}, warnings {len(result.warnings)}; "
        f"found {_share(result.found, result.tried)}, pointing {_share(result.pointed, result.tried)}; "
        f"known {_share(result.known, result.breakable)}",
        flush=True,
    )
    for title, rows in (
        ("false error", result.false_errors),
        ("warning", result.warnings),
        ("missed", result.missed),
        ("not pointed at", result.unpointed),
        ("not known", result.unknown),
    ):
        for row in rows[:misses]:
            print(f"    {title}: {row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--document", action="append", choices=sorted(PAPERS), help="only this document")
    parser.add_argument(
        "--mutants", type=int, default=60, help="changed copies of each document (default 60)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other copies (default 1)")
    parser.add_argument("--every-relation", action="store_true", help="also break every relation once")
    parser.add_argument("--misses", type=int, default=0, help="rows of each list to print (default 0)")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    total = WildMeasured("all")
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        for name in arguments.document or PAPERS:
            result = measure(
                Printed(PAPERS[name]()), arguments.mutants, arguments.seed, partial(pool.map, chunksize=4),
                every_relation=arguments.every_relation,
            )  # fmt: skip
            show(result, arguments.misses)
            total.figures += result.figures
            total.relations += result.relations
            total.false_errors += result.false_errors
            total.warnings += result.warnings
            total.tried += result.tried
            total.found += result.found
            total.pointed += result.pointed
            total.known += result.known
            total.breakable += result.breakable
    show(total, 0)


if __name__ == "__main__":
    main()
