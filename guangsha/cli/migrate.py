"""``guangsha migrate``: makes the tables of a new database, or brings those of an older version up to date."""

from __future__ import annotations

import argparse

from guangsha.cli.console import say
from guangsha.cli.setup import pending_migrations
from guangsha.kernel.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="只列出还没有执行的步骤（有则退出码为 1）")


def run(arguments: argparse.Namespace) -> int:
    missing = pending_migrations()
    if arguments.check:
        for step in missing:
            say(f"  未执行：{step}")
        say(f"还有 {len(missing)} 个升级步骤没有执行。" if missing else "数据库已是最新。")
        return 1 if missing else 0
    if not missing:
        apply_all(0)  # what comes after the last step may have been broken off
        say("数据库已是最新，没有需要执行的步骤。")
        return 0
    say(f"数据库升级：共 {len(missing)} 步。升级前请确认已有备份。")
    apply_all(len(missing))
    say("数据库升级完成。")
    return 0


def apply_all(steps: int) -> None:
    """Apply every pending step, one line each. A step that fails leaves what came before in place; running again goes on
    from there.

    Raises:
        InputError: a step failed.
    """
    from django.db import DatabaseError

    from guangsha.cli.upgrading import upgrade

    reached = 0

    def progress(number: int, name: str) -> None:
        nonlocal reached
        reached = number
        say(f"  {number}/{steps} {name}")

    try:
        upgrade(progress)
    except DatabaseError as error:
        raise InputError(
            f"第 {reached} 步没有执行成功：{error}".splitlines()[0],
            where="数据库升级",
            advice="前面的步骤已保留；排除原因后重新运行 guangsha migrate 会从这里继续。",
        ) from error
