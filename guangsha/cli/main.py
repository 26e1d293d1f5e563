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

#: verb → what it does. Each is a module here with ``add_arguments(parser)`` and ``run(arguments) -> int``; only the
#: one that is asked for is imported, so that ``--help`` answers at once.
VERBS = {
    "evaluate": "由一年的数据（工作簿、YAML/JSON 数据文件或文件夹）生成评分、核对并可公开的成果包",
    "check": "核对已公开的绩效自评报告、部门决算（docx、pdf、xlsx、html、txt），找出互相矛盾的数字",
    "workbook": "生成空白（或按数据文件预填）的年度数据工作簿",
    "demo": "生成示例成果包和演示辖区（虚构的家庭、办件、工作人员），并可启动网页浏览",
    "migrate": "建立或升级数据库",
    "open": "首次启用：写入第一个机构、系统管理员和安全管理员",
    "exchange": "启动模拟的数据共享平台（开发和培训用）",
    "work": "运行后台任务：发送消息、数据核验、时限提醒",
    "audit": "核对行为记录是否被改动，生成每日审计锚",
    "ledger": "核对账簿：借贷平衡、余额、凭证号、结账、预算执行",
    "draw": "可公开核验的摇号：冻结、摇号、核验公布包（规范 HLD1）",
    "review": "批量复核：重新计算全部履行中的补贴协议，列出差异，不改变金额",
    "simulate": "政策测算：改变补贴标准或条件，谁增谁减、每月花多少、预算够不够；不写入任何内容",
    "keys": "查看、轮换密钥，重新密封数据，重算索引",
    "serve": "启动网页（默认 http://127.0.0.1:8000）",
}

DONE, FINDINGS, UNUSABLE = 0, 1, 2


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f"guangsha.cli.{verb}")


class _Parser(argparse.ArgumentParser):
    """argparse that complains in Chinese first."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        say(f"命令行参数有误：{message}。运行 {self.prog} --help 查看用法。")
        raise SystemExit(UNUSABLE)


def build_parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """The whole command line, with the arguments of the ``chosen`` verb (None: of every verb)."""
    parser = _Parser(prog="guangsha", description="广厦：住房保障机构的年度数据、绩效自评与决算公开。")
    verbs = parser.add_subparsers(dest="verb", metavar="命令", required=True)
    for verb, purpose in VERBS.items():
        child = verbs.add_parser(verb, help=purpose, description=purpose)
        if chosen in (None, verb):
            _module(verb).add_arguments(child)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    chosen = next((word for word in given if not word.startswith("-")), "")
    parsed = build_parser(chosen).parse_args(given)
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
