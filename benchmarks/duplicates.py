"""Linking a million applicants: ours, Splink in the same run, and what joining one column costs.

    python -m benchmarks.duplicates [--count 1000000] [--rounds 5] [--peer-python /path/to/venv/bin/python]

Both link the same invented records (guangsha/testing/applicants.py) with the same nine blocking keys. Splink is not a
dependency: it runs in its own process, in the Python that has it (``--peer-python``), on two threads like ours, and its time is
that of estimating, predicting and clustering: the records are in its database when the clock starts, as they are in ours. Where it is not installed, the table says so.
``limit``: a hash join of the records with themselves on one 64-bit key, which any method that compares everybody pays.
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
from pathlib import Path

import duckdb
import numpy as np

from guangsha.areas.registry.linking import link_loaded, load, memory_database
from guangsha.testing.applicants import WORLDS, Applicants, applicants

#: Runs in the peer's Python: reads the records, prints seconds, and writes the pairs.
_PEER = """
import json, logging, sys, time, warnings
import duckdb
warnings.filterwarnings("ignore"); logging.disable(logging.WARNING)
import splink
from splink import Linker, SettingsCreator, block_on
from splink.internals.duckdb.database_api import DuckDBAPI
import splink.comparison_library as cl
source, target = sys.argv[1:3]
con = duckdb.connect(); con.execute("SET threads=2").fetchall()
con.execute(f"CREATE TABLE p AS SELECT *, name[1:1] AS sn, id_no[1:14] AS i14, id_no[7:18] AS i12, id_no[13:18] AS i6 FROM '{source}'").fetchall()
start = time.perf_counter()
settings = SettingsCreator(link_type="dedupe_only", unique_id_column_name="unique_id", retain_matching_columns=False,
    comparisons=[cl.DamerauLevenshteinAtThresholds("id_no", [1, 2]), cl.LevenshteinAtThresholds("name", [1]),
        cl.DamerauLevenshteinAtThresholds("dob", [1]), cl.DamerauLevenshteinAtThresholds("phone", [1]), cl.ExactMatch("addr")],
    blocking_rules_to_generate_predictions=[block_on("id_no"), block_on("sound", "dob"), block_on("sound", "phone"),
        block_on("dob", "phone"), block_on("i14", "sn"), block_on("name", "i12"), block_on("dob", "addr"),
        block_on("sound", "addr"), block_on("dob", "i6")])
linker = Linker(DuckDBAPI(con).register("p"), settings, log_level=None)
linker.training.estimate_probability_two_random_records_match([block_on("id_no"), block_on("name", "dob")], recall=.9)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "dob"))
linker.training.estimate_parameters_using_expectation_maximisation(block_on("id_no"))
predicted = linker.inference.predict(threshold_match_probability=.5)
linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, .95)
seconds = time.perf_counter() - start
con.execute(f"COPY (SELECT unique_id_l AS l, unique_id_r AS r, match_probability AS p FROM {predicted.physical_name}) TO '{target}' (FORMAT parquet)")
print(json.dumps({"seconds": seconds, "version": splink.__version__}))
"""


def quality(made: Applicants, left: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Recall and precision of the pairs."""
    same = made.persons[left.astype(np.int64)] == made.persons[right.astype(np.int64)]
    return int(same.sum()) / made.true_pairs, float(same.mean()) if len(same) else 0.0


def write_records(made: Applicants, target: Path) -> None:
    """The invented records as parquet for the peer."""
    r = made.records
    given = {
        "unique_id": np.arange(len(made.persons)),
        "id_no": np.array([number or None for number in r.identities], dtype=object),
        "name": np.asarray(r.names), "sound": np.asarray(r.sounds), "dob": np.asarray(r.births),
        "phone": np.asarray(r.phones), "addr": np.asarray(r.addresses),
    }  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("given", given)
        connection.execute(f"COPY given TO '{target}' (FORMAT parquet)")


def run_peer(python: str, source: Path, target: Path) -> tuple[float, str]:
    """Seconds of one run of the peer, and its version."""
    done = subprocess.run(
        [python, "-c", _PEER, str(source), str(target)], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return told["seconds"], told["version"]


def self_join(made: Applicants) -> float:
    """Seconds of joining the records with themselves on one 64-bit key."""
    numbers = np.asarray(made.records.identities, dtype=object)
    with duckdb.connect() as connection:
        connection.register("given", {"row": np.arange(len(numbers)), "identity": numbers})
        connection.execute(
            "CREATE TABLE k AS SELECT row, hash(identity) AS h FROM given WHERE identity <> ''"
        )
        start = time.perf_counter()
        connection.execute("SELECT count(*) FROM k a JOIN k b USING (h) WHERE a.row < b.row").fetchall()
        return time.perf_counter() - start


def compare(world: str, count: int, rounds: int, peer: str | None, peer_rounds: int) -> None:
    """One world: times by turns, recall and precision of both."""
    made = applicants(count, world)
    ours: list[float] = []
    loads: list[float] = []
    limits: list[float] = []
    peers: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "records.parquet"), Path(folder, "pairs.parquet")
        if peer:
            write_records(made, source)
        linked, version = None, ""
        for number in range(rounds):
            limits.append(self_join(made))
            with memory_database() as connection:
                start = time.perf_counter()
                load(connection, made.records)
                loads.append(time.perf_counter() - start)
                start = time.perf_counter()
                linked = link_loaded(connection)
                ours.append(time.perf_counter() - start)
            if peer and number < peer_rounds:
                seconds, version = run_peer(peer, source, target)
                peers.append(seconds)
        assert linked is not None
        recall, precision = quality(made, linked.left, linked.right)
        print(
            f"## {world}: {count:,} records, {made.true_pairs:,} true pairs, {linked.looked_at:,} pairs looked at"
        )
        limit, own = statistics.median(limits), statistics.median(ours)
        print(f"limit   {limit:8.2f} s   one self-join, median of {rounds}")
        print(
            f"ours    {own:8.2f} s   {own / limit:5.1f} x limit   recall {recall:.4f}   precision {precision:.4f}   "
            f"(fastest {min(ours):.2f}, slowest {max(ours):.2f})"
        )
        print(
            f"        and {statistics.median(loads):.2f} s before it to hand the columns over from Python (median)"
        )
        certain = linked.bands == 2
        recall, precision = quality(made, linked.left[certain], linked.right[certain])
        print(
            f"        of these certain: {int(certain.sum()):,} pairs, recall {recall:.4f}, precision {precision:.4f}"
        )
        if not peers:
            print("peer    Splink is not installed here: no comparison (pip install splink, --peer-python)")
            return
        slow = statistics.median(peers)
        with duckdb.connect() as connection:
            for least in (0.5, 0.95, 0.99):
                pairs = connection.execute(f"SELECT l, r FROM '{target}' WHERE p >= {least}").fetchnumpy()
                recall, precision = quality(made, pairs["l"], pairs["r"])
                print(f"splink  {version} at {least}: recall {recall:.4f}   precision {precision:.4f}")
        whole = own + statistics.median(loads)
        print(
            f"splink  {slow:8.2f} s   {slow / limit:5.1f} x limit   (runs: {len(peers)})   ours is {slow / own:.1f} times "
            f"as fast; {slow / whole:.1f} times with our handing over and without its own"
        )


def main() -> None:
    """Both worlds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-rounds", type=int, default=1)
    parser.add_argument(
        "--peer-python", default=sys.executable if importlib.util.find_spec("splink") else None
    )
    given = parser.parse_args()
    for world in WORLDS:
        compare(world, given.count, given.rounds, given.peer_python, given.peer_rounds)


if __name__ == "__main__":
    main()
