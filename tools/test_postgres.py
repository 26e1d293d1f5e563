"""Run the tests that use a database on PostgreSQL as well, where one answers; say clearly when none does.

On every change: the acts of every room, and everything about transactions, locks, triggers and queries. A test that asks pages
or the API (it has a ``Client`` or a ``Caller``) asks what acts and queries do anyway: it runs here under ``make wide``, or on
every change where it is marked ``both_databases``. Nobody has to mark anything else (``guangsha/testing/plugin.py``).

``GUANGSHA_TEST_POSTGRES`` names another server than the one on this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

HERE = "postgresql://postgres@127.0.0.1:5432/postgres"
EVERYDAY = "database and not slow and not pages and (not (browser or looks) or both_databases)"


def main() -> int:
    url = os.environ.get("GUANGSHA_TEST_POSTGRES", HERE)
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error as error:
        if "GUANGSHA_TEST_POSTGRES" in os.environ:
            print(f"GUANGSHA_TEST_POSTGRES 指定的数据库连接不上：{error}")
            return 1
        print("本机没有可用的 PostgreSQL，数据库测试只在 SQLite 上运行。")
        return 0
    wide = os.environ.get("GUANGSHA_WIDE", "") not in ("", "0")
    which = "database" if wide else EVERYDAY
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "auto",
        "--dist",
        "worksteal",
        "-m",
        which,
        *sys.argv[1:],
    ]
    return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    raise SystemExit(main())
