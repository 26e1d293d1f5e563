"""A million households, who qualifies and for how much: ours, OpenFisca, and the same rules written by hand in SQL.

    python -m benchmarks.policy [--count 1000000] [--rounds 5] [--peer-python /path/to/venv/bin/python] [--spark]

All three decide the same invented households by the demo city's rental subsidy and must agree on every one: outcome, types, every
reason, every fen. OpenFisca is not a dependency: it runs in its own process in the Python that has it, all households as arrays of
its household entity, its formulas in whole numbers like ours; its time is that of building the simulation, handing over the
arrays and calculating; once with households as arrays, once with persons whose incomes the household sums (then ours sums them
too). ``hand``: the SELECT that somebody who knows these parameters by heart would write; ``limit``: reading
every column once. Then one household with its whole trace.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.policy_by_hand import BY_HAND
from guangsha.policy.batch import KEY, RESULT_COLUMNS, Compiled, columns_of, compile_batch
from guangsha.policy.decision import decide
from guangsha.policy.dialects import SPARK
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.programmes import RENTAL_SUBSIDY
from guangsha.testing import spark

REGION = "430699"
DAY = date(2026, 11, 20)
PEER = Path(__file__).with_name("policy_in_openfisca.py")

#: How the invented households are drawn; ``r`` is uniform in 0 to 1, another one at each place. About a third qualify.
_DRAWN: dict[str, str] = {
    "members": "1 + floor(pow(r, 1.8) * 6)",
    "applicant_age": "20 + floor(r * 65)",
    "income_12m_fen": "floor(exp(10.2 + 1.1 * (r + r + r - 1.5)) * 100)",
    "deemed_persons": "CASE WHEN r < 0.15 THEN 1 WHEN r < 0.05 THEN 2 ELSE 0 END",
    "assets_fen": "floor(exp(9.6 + 2.2 * (r + r + r - 1.5)) * 100)",
    "vehicles": "CASE WHEN r < 0.2 THEN 1 WHEN r < 0.03 THEN 2 ELSE 0 END",
    "vehicle_value_fen": "floor(r * 12000000)",
    "business_capital_fen": "CASE WHEN r < 0.06 THEN floor(r * 10000000) ELSE 0 END",
    "legal_person_posts": "CASE WHEN r < 0.03 THEN 1 ELSE 0 END",
    "own_area_hundredth_m2": "CASE WHEN r < 0.45 THEN 0 ELSE floor(r * 9000) END",
    "public_rented_area_hundredth_m2": "CASE WHEN r < 0.05 THEN 4000 ELSE 0 END",
    "hukou_months": "floor(r * 480)", "insured_months": "floor(r * 120)", "months_since_graduation": "floor(r * 120)",
    "degree": "floor(r * 4)", "actual_rent_fen": "30000 + floor(r * 120000)", "subsidised_months": "floor(r * 70)",
    "waiting_months": "floor(r * 40)", "unit_area_hundredth_m2": "3000 + floor(r * 4000)",
}  # fmt: skip
_SHARES: dict[str, float] = {
    "local_hukou": 0.8, "has_residence_permit": 0.5, "has_labour_contract": 0.45, "graduated": 0.2, "is_extreme_poverty": 0.02,
    "is_minimum_living": 0.2, "is_minimum_living_edge": 0.08, "is_rigid_expenditure": 0.02, "is_talent": 0.01,
    "is_public_post": 0.02, "is_veteran": 0.03, "is_dangerous_home": 0.01, "is_renting": 0.9, "lease_filed": 0.85,
    "is_waiting": 0.1, "vehicles_for_disabled": 0.02,
}  # fmt: skip
_USUAL_SHARE = 0.05


def _drawn(name: str) -> str:
    kind = FACT_KINDS[name]
    if kind.flag:
        return f"random() < {_SHARES.get(name, _USUAL_SHARE)}"
    if name.startswith("declared_income"):
        return "CAST(floor(random() * 300000) AS BIGINT)"
    if name.startswith("disposed_area"):
        return "CASE WHEN random() < 0.01 THEN 6000 ELSE 0 END"
    width = "BIGINT" if kind.wide else "INTEGER"
    return f"CAST({_DRAWN[name].replace('r ', 'random() ').replace('r,', 'random(),').replace('(r)', '(random())').replace(' r)', ' random())')} AS {width})"


def make_households(connection: duckdb.DuckDBPyConnection, facts: tuple[str, ...], count: int) -> None:
    """``count`` invented households as a table."""
    columns = ", ".join(f"{_drawn(name)} AS {name}" for name in facts)
    connection.execute("SELECT setseed(0.42)")
    connection.execute("SET threads=1")  # the same households for the same seed
    connection.execute(f"CREATE TABLE households ({columns_of(facts)})")
    connection.execute(f"INSERT INTO households SELECT range AS {KEY}, {columns} FROM range({count})")
    connection.execute("SET threads=2")


def timed(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    """Seconds of materialising ``statement``."""
    start = time.perf_counter()
    connection.execute(f"CREATE OR REPLACE TABLE result AS {statement}")
    return time.perf_counter() - start


def differences(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """Households on which two results differ in any column."""
    columns = [name for name in RESULT_COLUMNS if name != KEY]
    unlike = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in columns)
    found = connection.execute(
        f"SELECT count(*) FILTER (b.{KEY} IS NULL OR a.{KEY} IS NULL OR {unlike}) FROM {one} a FULL JOIN {other} b USING ({KEY})"
    ).fetchall()
    return int(found[0][0])


#: One row for each person: the household's verified income in equal parts, the rest of the division with the first.
_PERSONS = """CREATE TABLE persons AS SELECT household, CAST(income_12m_fen // members
    + CASE WHEN place = 1 THEN income_12m_fen % members ELSE 0 END AS INTEGER) AS income_fen
    FROM (SELECT household, income_12m_fen, members, unnest(range(1, members + 1)) AS place FROM households)"""
#: The table of households with the incomes summed from the persons.
_SUMMED = """(SELECT h.* REPLACE (p.income AS income_12m_fen) FROM households h
    JOIN (SELECT household, CAST(sum(income_fen) AS BIGINT) AS income FROM persons GROUP BY household) p USING (household))"""


def run_peer(python: str, target: Path, *given: Path) -> tuple[float, str]:
    """Seconds of one run of OpenFisca, and its version."""
    source, policy, *persons = given
    done = subprocess.run(
        [python, str(PEER), *map(str, (source, target, policy, *persons))],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return told["seconds"], told["version"]


def policy_as_json(compiled: Compiled) -> dict[str, Any]:
    """The parameters in force, for the peer: base units as strings."""
    found: dict[str, Any] = {}
    for value in compiled.parameters:
        amount = value.amount
        if isinstance(amount, dict):
            found[value.key] = {line: str(scalar) for line, scalar in amount.items()}
        else:
            found[value.key] = list(amount) if isinstance(amount, tuple) else str(amount)
    return found


def one_household(connection: duckdb.DuckDBPyConnection, facts: tuple[str, ...], count: int) -> list[float]:
    """Seconds of each of the first ``count`` households decided alone, trace and data included."""
    rows = connection.execute(
        f"SELECT {', '.join(facts)} FROM households ORDER BY {KEY} LIMIT {count}"
    ).fetchall()
    taken = []
    for row in rows:
        given = {name: int(value) for name, value in zip(facts, row, strict=True)}
        start = time.perf_counter()
        decide(given, REGION, DAY, programme=RENTAL_SUBSIDY).as_data()
        taken.append(time.perf_counter() - start)
    return taken


def on_spark(
    connection: duckdb.DuckDBPyConnection, source: Path, folder: Path, count: int, rounds: int
) -> None:
    """The same households on a cluster of two workers of one core: equal rows, and how long it takes once it runs."""
    if spark.why_not():
        print(spark.why_not())
        return
    compiled = compile_batch(RENTAL_SUBSIDY, REGION, DAY, nullable=(), dialect=SPARK)
    target = folder / "spark"
    start = time.perf_counter()
    with spark.spark_cluster(folder) as master:
        told = spark.run_jobs(master, [spark.SparkJob(source, compiled.select, target, rounds)])
    whole = time.perf_counter() - start
    connection.execute(f"CREATE TABLE spark AS FROM read_parquet('{target}/*.parquet')")
    seconds = told["jobs"][0]["seconds"]
    print(
        f"Spark {told['version']}, {told['executors']} executors: differs on {differences(connection, 'ours', 'spark'):,} of "
        f"{count:,} households; first run {seconds[0]:.1f} s, median of the others {statistics.median(seconds[1:] or seconds):.1f} s "
        f"(Parquet to Parquet), {whole:.0f} s from nothing to the end"
    )


def main() -> None:
    """Everything, by turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--peer-python", default=sys.executable if importlib.util.find_spec("openfisca_core") else None
    )
    parser.add_argument("--spark", action="store_true", help="a local Spark cluster of two workers as well")
    given = parser.parse_args()
    start = time.perf_counter()
    compiled = compile_batch(RENTAL_SUBSIDY, REGION, DAY, nullable=())
    compiling = time.perf_counter() - start
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        make_households(connection, compiled.facts, given.count)
        assert set(connection.execute(compiled.check).fetchall()[0]) == {0}
        touch = "SELECT " + ", ".join(
            f"max({n})" if not FACT_KINDS[n].flag else f"bool_or({n})" for n in compiled.facts
        )
        times: dict[str, list[float]] = {
            name: [] for name in ("limit", "hand", "ours", "openfisca", "ours, persons", "openfisca, persons")
        }
        version = ""
        source, persons, target, grouped, policy = (
            Path(folder, n) for n in ("h.parquet", "p.parquet", "r.parquet", "g.parquet", "policy.json")
        )
        connection.execute(_PERSONS)
        connection.execute(f"COPY persons TO '{persons}' (FORMAT parquet)")
        summed = compile_batch(RENTAL_SUBSIDY, REGION, DAY, nullable=(), table=_SUMMED)
        policy.write_text(json.dumps(policy_as_json(compiled)), encoding="utf-8")
        connection.execute(f"COPY households TO '{source}' (FORMAT parquet)")
        timed(connection, compiled.select)
        connection.execute("CREATE TABLE ours AS FROM result")
        timed(connection, BY_HAND)
        connection.execute("CREATE TABLE hand AS FROM result")
        timed(connection, summed.select)
        assert differences(connection, "ours", "result") == 0
        for _ in range(given.rounds):
            times["limit"].append(timed(connection, f"{touch} FROM households"))
            times["hand"].append(timed(connection, BY_HAND))
            times["ours"].append(timed(connection, compiled.select))
            times["ours, persons"].append(timed(connection, summed.select))
            if given.peer_python:
                seconds, version = run_peer(given.peer_python, target, source, policy)
                times["openfisca"].append(seconds)
                seconds, version = run_peer(given.peer_python, grouped, source, policy, persons)
                times["openfisca, persons"].append(seconds)
        report(connection, times, version, (target, grouped), given.count, compiling)
        if given.spark:
            on_spark(connection, source, Path(folder), given.count, given.rounds)
        alone = sorted(one_household(connection, compiled.facts, 300))
        print(
            f"one household with its whole trace: median {statistics.median(alone) * 1e3:.2f} ms, slowest {alone[-1] * 1e3:.2f} ms"
        )


def report(
    connection: duckdb.DuckDBPyConnection,
    times: dict[str, list[float]],
    version: str,
    targets: tuple[Path, ...],
    count: int,
    compiling: float,
) -> None:
    """The table, and whether all agree."""
    counted = connection.execute(
        "SELECT count(*) FILTER (outcome = 1), sum(amount_fen), count(DISTINCT failed) FROM ours"
    ).fetchall()[0]
    print(
        f"## {count:,} households; {counted[0]:,} to be granted, {counted[1]:,} fen a month, {counted[2]:,} sets of reasons"
    )
    print(f"ours and hand differ on {differences(connection, 'ours', 'hand'):,} households")
    if times["openfisca"]:
        for target, how in zip(targets, ("households as arrays", "persons summed by household"), strict=True):
            connection.execute(f"CREATE OR REPLACE TABLE peer AS FROM '{target}'")
            unlike = differences(connection, "ours", "peer")
            print(f"ours and OpenFisca {version} ({how}) differ on {unlike:,} households")
    else:
        print("OpenFisca is not installed here: no comparison (pip install openfisca-core, --peer-python)")
    ours = statistics.median(times["ours"])
    for name, taken in times.items():
        if taken:
            middle = statistics.median(taken)
            print(
                f"{name:19} {middle * 1e3:9.1f} ms  {count / middle / 1e6:7.2f} M households/s   {middle / ours:6.2f} x ours"
                f"   (fastest {min(taken) * 1e3:.1f}, slowest {max(taken) * 1e3:.1f}, {len(taken)} runs)"
            )
    print(f"compiling the declaration: {compiling * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
