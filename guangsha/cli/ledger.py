"""``guangsha ledger verify``: prove the books."""

from __future__ import annotations

import argparse
import sys

from guangsha.cli.console import emit, say
from guangsha.cli.setup import start_django

SOUND, WRONG = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", metavar="任务", required=True)
    verify = tasks.add_parser(
        "verify", help="核对全部账簿：借贷、余额、凭证号、结账、预算、摘要与链接、行为记录"
    )
    verify.add_argument("--json", action="store_true", help="结果以 JSON 写到标准输出")
    verify.add_argument("--agency", type=int, default=0, metavar="机构编号", help="只核对一个机构的账")


def run(arguments: argparse.Namespace) -> int:
    """Run the task; exit code 1 when the books do not prove."""
    start_django()
    from guangsha.ledger.verify import verify_books

    live = sys.stderr.isatty()

    def progress(entries: int) -> None:
        if live:
            sys.stderr.write(f"\r已核对 {entries} 张凭证")
            sys.stderr.flush()

    found = verify_books(only=arguments.agency, progress=progress)
    if live:
        sys.stderr.write("\r")
    if arguments.json:
        emit(found.as_json())
    for fault in found.faults:
        say(f"{fault.where}：{fault.text}" if fault.where else fault.text)
    if found.untold:
        say(f"另有 {found.untold} 处未逐一列出。")
    say(
        f"{'账实相符' if found.sound else '账簿有问题'}：{found.agencies} 个机构、{found.periods} 个月、{found.entries} 张凭证、"
        f"{found.postings} 条分录、{found.accounts} 个科目、{found.budget_lines} 条预算指标。"
    )
    return SOUND if found.sound else WRONG
