"""Ten million indicator rows scored and rolled up: DuckDB SQL over integers, ours, and one pass over memory.

    python -m benchmarks.scoring [--rows N] [--rounds N] [--json]

Every contender scores the same rows by the same ten rules (nine methods and given scores), rounds each score half up
to two decimals, and adds it to one of 20,000 units. Before anything is timed, unit totals are compared: ours with the
integer SQL on all rows, with the exact decimal evaluator on a sample, and with the same SQL over floats, to show how
many totals floats get wrong. The limit reads every input byte once.
"""

from __future__ import annotations

import argparse
from fractions import Fraction

import duckdb
import numpy as np

from benchmarks.timing import Contender, compare, show
from guangsha.scoring.batch import GIVEN, Rows, total_by_unit
from guangsha.scoring.profile import Rounding
from guangsha.scoring.rules import METHOD_CODES, Method, QuantityParams, score_quantity

UNITS = 20_000
SAMPLE = 100_000

#: The integer SQL: half up is (2n + d) // (2d), and every branch is the one of guangsha/scoring/rules.py.
INTEGER_SQL = """
WITH parts AS (
  SELECT unit, weight w, CASE method
    WHEN 1 THEN weight * greatest(0, least(actual, target))
    WHEN 2 THEN weight * greatest(0, least(100 * actual, 100 * target) - 60 * target)
    WHEN 3 THEN weight * least(target, greatest(actual, 1))
    WHEN 4 THEN weight * greatest(0, least(target, 2 * target - actual))
    WHEN 5 THEN CASE WHEN actual <= target THEN weight ELSE 0 END
    WHEN 6 THEN weight * greatest(0, least(actual, target))
    WHEN 7 THEN CASE WHEN actual = target THEN weight ELSE 0 END
    WHEN 8 THEN greatest(0, weight - (greatest(0, target - actual) + step - 1) // step * deduct)
    WHEN 9 THEN greatest(0, weight - (greatest(0, actual - target) + step - 1) // step * deduct)
    ELSE least(greatest(actual, 0), weight) END n,
    CASE method WHEN 1 THEN target WHEN 2 THEN 40 * target
                WHEN 3 THEN CASE WHEN actual <= target THEN least(target, greatest(actual, 1)) ELSE actual END
                WHEN 4 THEN target WHEN 6 THEN target ELSE 1 END d
  FROM indicator)
SELECT unit, sum((2 * n + d) // (2 * d)) score, sum(w) weight FROM parts GROUP BY unit ORDER BY unit
"""

FLOAT_SQL = """
WITH parts AS (
  SELECT unit, weight / 100.0::DOUBLE w, target::DOUBLE t, actual::DOUBLE a, step::DOUBLE s, deduct / 100.0::DOUBLE k, method
  FROM indicator)
SELECT unit, sum(floor(100 * CASE method
    WHEN 1 THEN w * greatest(0, least(1, a / t))
    WHEN 2 THEN w * greatest(0, (least(1, a / t) - 0.6::DOUBLE) / 0.4::DOUBLE)
    WHEN 3 THEN w * least(1, t / greatest(a, 1))
    WHEN 4 THEN w * greatest(0, least(1, 1 - (a - t) / t))
    WHEN 5 THEN CASE WHEN a <= t THEN w ELSE 0 END
    WHEN 6 THEN w * greatest(0, least(1, a / t))
    WHEN 7 THEN CASE WHEN a = t THEN w ELSE 0 END
    WHEN 8 THEN greatest(0, w - ceil(greatest(0, t - a) / s) * k)
    WHEN 9 THEN greatest(0, w - ceil(greatest(0, a - t) / s) * k)
    ELSE least(greatest(a / 100, 0), w) END + 0.5::DOUBLE) / 100) score
FROM parts GROUP BY unit ORDER BY unit
"""


def make_rows(count: int) -> Rows:
    """Random sheets: weights 1.00 to 10.00, targets and actuals with two decimals, actual 0.4 to 1.4 of the target.

    Positive rows have a target of 100 % and a whole percentage as their actual, as most rows of real sheets do; there a
    score like 1.10 × 85 % = 0.935 falls on the tie that floats round the wrong way.
    """
    random = np.random.default_rng(7)
    method = random.integers(0, 10, count).astype(np.int8)
    weight = random.integers(100, 1001, count, dtype=np.int64)
    target = random.integers(1000, 100_000, count, dtype=np.int64)
    actual = target * random.integers(400, 1400, count, dtype=np.int64) // 1000
    actual = np.where(method == GIVEN, random.integers(0, 1001, count), actual)
    actual = np.where(
        (method == METHOD_CODES[Method.EQUAL_EXACT]) & (random.integers(0, 2, count) == 0), target, actual
    )
    percent = method == METHOD_CODES[Method.POSITIVE]
    target = np.where(percent, 100, target)
    actual = np.where(percent, random.integers(40, 140, count), actual)
    return Rows(
        random.integers(0, UNITS, count, dtype=np.int32), method, weight, target, actual,
        random.integers(500, 5000, count, dtype=np.int64), random.integers(10, 200, count, dtype=np.int64),
    )  # fmt: skip


def unit_totals_by_decimals(rows: Rows, count: int) -> np.ndarray:
    """Unit totals × 100 of the first ``count`` rows by the exact evaluator."""
    methods = {code: method for method, code in METHOD_CODES.items()}
    totals = [0] * UNITS
    for u, m, w, t, a, s, d in zip(*(column[:count].tolist() for column in rows.columns), strict=True):
        weight = Fraction(w, 100)
        if m == GIVEN:
            score = score_quantity(Method.POSITIVE, min(max(Fraction(a, 100), Fraction(0)), weight), 1, 1)
        else:
            params = QuantityParams(Fraction(s), Fraction(d, 100))
            score = score_quantity(methods[m], weight, t, a, params, Rounding(2))
        totals[u] += int(score * 100)
    return np.array(totals)


def head(rows: Rows, count: int) -> Rows:
    return Rows(*(column[:count] for column in rows.columns))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = make_rows(arguments.rows)
    names = ("unit", "method", "weight", "target", "actual", "step", "deduct")
    base = duckdb.connect()
    base.execute("SET threads = 2").fetchall()
    columns = dict(zip(names, rows.columns, strict=True))
    base.register("columns", columns)
    base.execute("CREATE TABLE indicator AS SELECT * FROM columns").fetchall()

    def sql(text: str) -> np.ndarray:
        return base.execute(text).fetchnumpy()["score"]

    ours = total_by_unit(rows, UNITS).score
    integers, floats = sql(INTEGER_SQL), np.rint(sql(FLOAT_SQL).astype(np.float64) * 100).astype(np.int64)
    sample = min(SAMPLE, arguments.rows)
    by_decimals = unit_totals_by_decimals(rows, sample)
    print(f"{arguments.rows:,} rows, {UNITS:,} units, {sum(c.nbytes for c in rows.columns) / 1e6:.0f} MB")
    print(
        f"units that differ: ours from integer SQL {int((ours != integers.astype(np.int64)).sum())}, ", end=""
    )
    print(f"ours from exact decimals ({sample:,} rows) ", end="")
    print(f"{int((total_by_unit(head(rows, sample), UNITS).score != by_decimals).sum())}, ", end="")
    print(f"float SQL from exact {int((floats != ours).sum())}")
    contenders = [
        Contender("duckdb, integers, 2 threads", "peer", lambda: sql(INTEGER_SQL), arguments.rows),
        Contender(
            "guangsha, 2 threads", "ours", lambda: total_by_unit(rows, UNITS, threads=2), arguments.rows
        ),
        Contender(
            "guangsha, 1 thread", "ours", lambda: total_by_unit(rows, UNITS, threads=1), arguments.rows
        ),
        Contender("read every byte once", "limit", lambda: [c.max() for c in rows.columns], arguments.rows),
    ]
    show(
        compare("Scoring and roll-up", contenders, rounds=arguments.rounds, unit="rows"),
        as_json=arguments.json,
    )


if __name__ == "__main__":
    main()
