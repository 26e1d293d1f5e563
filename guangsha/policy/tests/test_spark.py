"""A real Spark cluster of two workers gives the same rows as DuckDB, unknown facts and ties included."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from guangsha.policy.batch import KEY, RESULT_COLUMNS, columns_of, compile_batch
from guangsha.policy.dialects import DUCKDB, SPARK
from guangsha.policy.programmes import PROGRAMMES
from guangsha.testing import spark
from guangsha.testing.policies import DAY, LONG_RATES, REGION, literal, random_book, random_facts

#: (seed of the policy, programme, how often a fact is unknown).
WORLDS = [
    (seed, code, unknown)
    for seed in range(1, 9)
    for code in PROGRAMMES
    for unknown in ((0.0, 0.1)[seed % 2],)
]
HOUSEHOLDS = 300


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_spark_cluster_of_two_workers_gives_the_rows_of_duckdb(tmp_path: Path) -> None:
    if spark.why_not():
        pytest.skip(spark.why_not())
    jobs = []
    with duckdb.connect() as connection:
        for place, (seed, code, unknown) in enumerate(WORLDS):
            rng = random.Random(seed)
            book = random_book(rng, LONG_RATES if seed % 3 == 0 else None)
            nullable = () if unknown == 0 else None
            here, there = (
                compile_batch(PROGRAMMES[code], REGION, DAY, book=book, dialect=dialect, nullable=nullable)
                for dialect in (DUCKDB, SPARK)
            )
            connection.execute(f"CREATE OR REPLACE TABLE households ({columns_of(here.facts)})")
            rows = []
            for number in range(HOUSEHOLDS):
                facts = random_facts(rng, book, unknown=unknown)
                rows.append(f"({', '.join([str(number), *(literal(n, facts[n]) for n in here.facts)])})")
            connection.execute(f"INSERT INTO households VALUES {', '.join(rows)}")
            source, target = tmp_path / f"{place}.parquet", tmp_path / f"spark{place}"
            connection.execute(f"COPY households TO '{source}' (FORMAT parquet)")
            connection.execute(f"CREATE TABLE duck{place} AS {here.select}")
            jobs.append(spark.SparkJob(source, there.select, target))
        assert any(SPARK.widths[128] in job.select for job in jobs)  # amounts that need more than 64 bits
        with spark.spark_cluster(tmp_path) as master:
            told = spark.run_jobs(master, jobs)
        assert told["executors"] == spark.WORKERS
        columns = ", ".join(f"CAST({name} AS BIGINT)" for name in RESULT_COLUMNS)
        outcomes: set[int] = set()
        for place, job in enumerate(jobs):
            ours = connection.execute(f"SELECT {columns} FROM duck{place} ORDER BY {KEY}").fetchall()
            theirs = connection.execute(
                f"SELECT {columns} FROM read_parquet('{job.target}/*.parquet') ORDER BY {KEY}"
            ).fetchall()
            assert len(ours) == HOUSEHOLDS and theirs == ours, WORLDS[place]
            outcomes |= {row[1] for row in ours}
        assert outcomes == {0, 1, 2}
