"""A real Spark cluster on this machine for a test: one master, two workers, and a driver, each a process of its own.

Spark is not a dependency. It runs in the Python that has ``pyspark`` (``GUANGSHA_SPARK_PYTHON``, or this one) with the Java on the
path; where either is missing, :func:`why_not` says so in one sentence.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guangsha.policy.dialects import SPARK

#: A cold start of master and workers took 15 to 60 s on two busy cores.
START_SECONDS = 180
WORKERS = 2

#: Runs in the Python that has pyspark: reads each job's Parquet, runs its SELECT, writes the result, tells the seconds.
_DRIVER = """
import json, sys, time
from pyspark.sql import SparkSession
given = json.loads(sys.stdin.read())
spark = (SparkSession.builder.master(given["master"]).appName("guangsha")
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.executor.extraJavaOptions", "-XX:-DontCompileHugeMethods").config("spark.executor.memory", "800m").config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "4").config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
for statement in given["settings"]:
    spark.sql(statement)
executors = lambda: spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos().__len__() - 1
deadline = time.time() + 60
while executors() < given["workers"] and time.time() < deadline:
    time.sleep(0.5)
told = []
for job in given["jobs"]:
    spark.read.parquet(job["source"]).repartition(4).createOrReplaceTempView("households")
    seconds = []
    for _ in range(job["rounds"]):
        start = time.perf_counter()
        spark.sql(job["select"]).write.mode("overwrite").parquet(job["target"])
        seconds.append(time.perf_counter() - start)
    told.append({"seconds": seconds})
print(json.dumps({"version": spark.version, "executors": executors(), "jobs": told}))
spark.stop()
"""


@dataclass(frozen=True, slots=True)
class SparkJob:
    """One SELECT over the table ``households`` of a Parquet file, its result written to a folder ``rounds`` times."""

    source: Path
    select: str
    target: Path
    rounds: int = 1


def spark_python() -> str:
    """The Python that has pyspark."""
    return os.environ.get("GUANGSHA_SPARK_PYTHON") or sys.executable


def why_not() -> str:
    """Why there can be no cluster here; empty when there can."""
    if shutil.which("java") is None:
        return "这台机器没有 Java，未与 Spark 集群比对"
    if spark_python() == sys.executable and importlib.util.find_spec("pyspark") is None:
        return "没有安装 pyspark（可用 GUANGSHA_SPARK_PYTHON 指定），未与 Spark 集群比对"
    return ""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(log: Path, words: str, count: int, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while log.read_text(encoding="utf-8", errors="replace").count(words) < count:
        if time.monotonic() > deadline or any(p.poll() is not None for p in processes):
            raise RuntimeError(f"the cluster did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.3)


@contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """A master and two workers on loopback; gives the address of the master and stops all three at the end."""
    home = subprocess.run(
        [spark_python(), "-c", "import pyspark; print(pyspark.__path__[0])"], check=True, capture_output=True, text=True
    ).stdout.strip()  # fmt: skip
    environment = {
        **os.environ, "SPARK_HOME": home, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work"),
        "PYSPARK_PYTHON": spark_python(), "SPARK_DAEMON_MEMORY": "256m",
    }  # fmt: skip
    port = _free_port()
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> Path:
        log = folder / f"{name}.log"
        with log.open("wb") as target:
            command = [f"{home}/bin/spark-class", *arguments]
            processes.append(
                subprocess.Popen(command, stdout=target, stderr=subprocess.STDOUT, env=environment)
            )
        return log

    try:
        master = start(
            "master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port),
            "--webui-port", str(_free_port()),
        )  # fmt: skip
        _wait(master, "Starting Spark master", 1, processes)
        for number in range(WORKERS):
            start(
                f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port",
                str(_free_port()), "-c", "1", "-m", "1G", f"spark://127.0.0.1:{port}",
            )  # fmt: skip
        _wait(master, "Registering worker", WORKERS, processes)
        yield f"spark://127.0.0.1:{port}"
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run_jobs(master: str, jobs: Sequence[SparkJob]) -> dict[str, Any]:
    """Runs the jobs on the cluster: ``{"version", "executors", "jobs": [{"seconds": [...]}]}``."""
    given = {
        "master": master, "workers": WORKERS, "settings": SPARK.settings,
        "jobs": [
            {"source": str(job.source), "select": job.select, "target": str(job.target), "rounds": job.rounds}
            for job in jobs
        ],
    }  # fmt: skip
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": spark_python()}
    done = subprocess.run(
        [spark_python(), "-c", _DRIVER], input=json.dumps(given), capture_output=True, text=True, env=environment, check=False
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-4000:])
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told
