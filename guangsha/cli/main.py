"""``guangsha``: finds the verb, runs it, turns every error we foresaw into one clear sentence and exit code 2."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from guangsha.cli.console import say
from guangsha.kernel.errors import GuangshaError

#: verb → module; each module has ``HELP``, ``add_arguments(parser)`` and ``run(arguments) -> int``.
VERBS = ("evaluate", "workbook", "demo", "serve")

DONE, FINDINGS, UNUSABLE = 0, 1, 2


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f"guangsha.cli.{verb}")


class _Parser(argparse.ArgumentParser):
    """argparse that complains in Chinese first."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        say(f"命令行参数有误：{message}。运行 {self.prog} --help 查看用法。")
        raise SystemExit(UNUSABLE)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; every verb's module is imported for its arguments only."""
    parser = _Parser(prog="guangsha", description="广厦：住房保障机构的年度数据、绩效自评与决算公开。")
    verbs = parser.add_subparsers(dest="verb", metavar="命令", required=True)
    for verb in VERBS:
        module = _module(verb)
        child = verbs.add_parser(verb, help=module.HELP, description=module.HELP)
        module.add_arguments(child)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = build_parser().parse_args(arguments)
    try:
        return int(_module(parsed.verb).run(parsed))
    except GuangshaError as error:
        say(str(error))
        return UNUSABLE
    except KeyboardInterrupt:
        say("已中断，没有写入任何内容。")
        return UNUSABLE
    except BrokenPipeError:
        # The reader of our output went away (``| head``); nothing is wrong, and there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


if __name__ == "__main__":
    raise SystemExit(main())
