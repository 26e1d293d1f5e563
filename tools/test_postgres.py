"""Run the tests that use a database on PostgreSQL as well, where one answers; say clearly when none does.

``GUANGSHA_TEST_POSTGRES`` names another server than the one on this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

HERE = "postgresql://postgres@127.0.0.1:5432/postgres"


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
    # browser journeys take the longest: on every change those marked for both databases, all of them under GUANGSHA_WIDE
    wide = os.environ.get("GUANGSHA_WIDE", "") not in ("", "0")
    which = (
        "django_db" if wide else "django_db and not slow and not looks and (not browser or both_databases)"
    )
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
