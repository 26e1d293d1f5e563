"""How long an answer takes when fifty clerks and a thousand families choose at once, on SQLite and on PostgreSQL.

    python -m benchmarks.selection [--clerks 50] [--families 1000] [--processes 2]

Each clerk takes the next family, presses the dwellings that everybody wants, and signs for the first it gets, without a pause: no room of
people is as fast. The database ``selection_bench`` is made on the server that ``GUANGSHA_TEST_POSTGRES`` names (or on the one of this
machine) and dropped at the end. The load of the machine is printed beside: other work on it makes every answer slower.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

SERVER = os.environ.get("GUANGSHA_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = "selection_bench"


def measure(address: str, folder: str, asked: list[str]) -> dict[str, object]:
    """One session on an empty database."""
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": folder,
        "GUANGSHA_KEYS": str(Path(folder) / "keys.json"), "DATABASE_URL": address,
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-m", "guangsha.testing.choosing", *asked],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode:
        raise SystemExit(ended.stderr[-3000:])
    told: dict[str, object] = json.loads(ended.stdout)
    return told


def on_the_server(*statements: str) -> None:
    """Run statements outside a transaction."""
    with psycopg.connect(SERVER, autocommit=True) as server:
        for statement in statements:
            server.execute(statement.encode())


def main() -> None:
    """Both databases, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clerks", type=int, default=50)
    parser.add_argument("--families", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    asked = [
        "--clerks",
        str(given.clerks),
        "--families",
        str(given.families),
        "--processes",
        str(given.processes),
    ]
    drop = f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"
    with tempfile.TemporaryDirectory() as folder:
        on_the_server(drop, f"CREATE DATABASE {NAME}")
        try:
            addresses = {
                "SQLite": f"sqlite:///{folder}/{NAME}.sqlite3",
                "PostgreSQL": urlsplit(SERVER)._replace(path=f"/{NAME}").geturl(),
            }
            for kind, address in addresses.items():
                before = os.getloadavg()[0]
                told = measure(address, folder, asked)
                sys.stdout.write(f"{kind}: load {before:.1f}, {json.dumps(told, ensure_ascii=False)}\n")
                sys.stdout.flush()
        finally:
            on_the_server(drop)


if __name__ == "__main__":
    main()
