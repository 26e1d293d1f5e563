"""A process that is killed while it makes the tables leaves a database from which the next one goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from guangsha.testing.databases import database_of_its_own

#: Makes the tables and is gone at the n-th time that a step is written down, before or after that.
BREAK = """
import os, sys
from guangsha.cli.setup import load_django
load_django()
from django.db.migrations.recorder import MigrationRecorder
left, real = [int(sys.argv[1])], MigrationRecorder.record_applied
def record(self, app, name):
    left[0] -= 1
    if left[0] == 0 and sys.argv[2] == "before":
        os._exit(9)
    real(self, app, name)
    if left[0] == 0:
        os._exit(9)
MigrationRecorder.record_applied = record
from guangsha.cli.main import main
sys.exit(main(["migrate"]))
"""
LATE = """
import os, sys
from guangsha.cli.setup import load_django
load_django()
from guangsha.cli import upgrading
upgrading.emit_post_migrate_signal = lambda **_: os._exit(9)
from guangsha.cli.main import main
sys.exit(main(["migrate"]))
"""
SHAPE = """
from guangsha.cli.setup import load_django
load_django()
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
with connection.cursor() as cursor:
    for table in sorted(connection.introspection.table_names(cursor)):
        columns = [(c.name, c.type_code, c.null_ok) for c in connection.introspection.get_table_description(cursor, table)]
        rules = connection.introspection.get_constraints(cursor, table).values()
        kinds = [(r["columns"], r["unique"], r["primary_key"], r["foreign_key"], r["index"], r["check"]) for r in rules]
        print(table, columns, sorted(map(str, kinds)))
print(ContentType.objects.count(), Permission.objects.count())
"""


def run(address: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "DATABASE_URL": address,
        "GUANGSHA_DATA": str(data), "GUANGSHA_KEYS": str(data / "keys.json"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=200, check=False
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_a_killed_upgrade_is_gone_on_with_and_ends_in_the_same_tables(tmp_path: Path) -> None:
    with database_of_its_own(tmp_path, "whole") as whole:
        assert run(whole, tmp_path, "-m", "guangsha", "migrate").returncode == 0
        expected = run(whole, tmp_path, "-c", SHAPE).stdout
    with database_of_its_own(tmp_path, "broken") as broken:
        # a step of several kinds each time: new tables, deferred foreign keys, data moved
        for step, moment in (
            (1, "before"),
            (3, "after"),
            (9, "before"),
            (12, "before"),
            (5, "after"),
            (9, "before"),
        ):
            ended = run(broken, tmp_path, "-c", BREAK, str(step), moment)
            assert ended.returncode == 9, ended.stderr[-2000:]
        assert run(broken, tmp_path, "-c", LATE).returncode == 9
        again = run(broken, tmp_path, "-m", "guangsha", "migrate")
        assert again.returncode == 0 and "已是最新" in again.stderr, again.stderr
        assert run(broken, tmp_path, "-m", "guangsha", "migrate", "--check").returncode == 0
        assert run(broken, tmp_path, "-c", SHAPE).stdout == expected
    assert "intake_case" in expected and connection.vendor in ("sqlite", "postgresql")


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_two_upgrades_at_once_wait_for_one_another(tmp_path: Path) -> None:
    with database_of_its_own(tmp_path, "twice") as address:
        environment = {
            **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "DATABASE_URL": address,
            "GUANGSHA_DATA": str(tmp_path), "GUANGSHA_KEYS": str(tmp_path / "keys.json"),
        }  # fmt: skip
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "guangsha", "migrate"], env=environment, stderr=subprocess.PIPE
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=280)[1].decode() for process in both]
        assert [process.returncode for process in both] == [0, 0], said


def test_no_migration_is_missing(tmp_path: Path) -> None:
    """In a process of its own: another test may have read the migrations while it held the clock, and a default of "now" is then
    another function."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "guangsha.config.settings",
        "GUANGSHA_DATA": str(tmp_path),
        "GUANGSHA_KEYS": str(tmp_path / "keys.json"),
        "DATABASE_URL": "",
    }
    told = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
        env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
