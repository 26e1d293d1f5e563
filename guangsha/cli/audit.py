"""``guangsha audit verify|anchor``: prove the log, and print the page of a day to be signed."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import date, timedelta
from pathlib import Path

from guangsha.cli.console import emit, say
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError

SOUND, WRONG = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", metavar="任务", required=True)
    verify = tasks.add_parser("verify", help="核对全部行为记录：摘要、链接、编号、链头和每日锚")
    verify.add_argument("--json", action="store_true", help="结果以 JSON 写到标准输出")
    verify.add_argument("--chain", default="", metavar="链", help="只核对一条链，如 agency:3")
    verify.add_argument(
        "--paper",
        action="append",
        default=[],
        metavar="日期=摘要",
        help="签字纸面上的摘要（前 16 位以上），可多次",
    )
    anchor = tasks.add_parser("anchor", help="生成一日的审计锚，写出供签字的 pdf")
    anchor.add_argument("--day", metavar="日期", help="如 2026-11-20，默认昨天")
    anchor.add_argument(
        "--out", type=Path, default=Path(), metavar="文件夹", help="pdf 写到哪里，默认当前文件夹"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run one task; exit code 1 when the log is not as it was written."""
    start_django()
    return _verify(arguments) if arguments.task == "verify" else _anchor(arguments)


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"“{text}”不是日期", where=where, advice="请写成 2026-11-20。") from error


def _papers(given: list[str]) -> dict[date, str]:
    papers: dict[date, str] = {}
    for text in given:
        day, _, digest = text.partition("=")
        digest = re.sub(r"\s", "", digest).lower()
        if not re.fullmatch(r"[0-9a-f]{16,64}", digest):
            raise InputError(
                f"“{text}”不是日期和摘要", where="--paper", advice="请写成 2026-11-20=摘要前16位。"
            )
        papers[_day(day, "--paper")] = digest
    return papers


def _verify(arguments: argparse.Namespace) -> int:
    from guangsha.audit.verify import verify_chains

    papers = _papers(arguments.paper)
    live = sys.stderr.isatty()

    def progress(acts: int) -> None:
        if live:
            sys.stderr.write(f"\r已核对 {acts} 条")
            sys.stderr.flush()

    found = verify_chains(only=arguments.chain, papers=papers, progress=progress)
    if live:
        sys.stderr.write("\r")
    if arguments.json:
        emit(found.as_json())
    for fault in found.faults:
        say(f"{fault.chain}：{fault.text}")
    if found.untold:
        say(f"另有 {found.untold} 处未逐一列出。")
    say(
        f"{'完好' if found.sound else '有改动'}：{found.chains} 条链、{found.acts} 条记录、{found.anchors} 个审计锚。"
    )
    return SOUND if found.sound else WRONG


def _anchor(arguments: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from guangsha.audit.actions import anchor_day
    from guangsha.audit.page import anchor_pdf
    from guangsha.people.models import Agency

    day = _day(arguments.day, "--day") if arguments.day else timezone.localdate() - timedelta(days=1)
    anchor = anchor_day(day)
    names = dict(Agency.objects.values_list("id", "name"))
    target = arguments.out / f"审计锚-{day.isoformat()}.pdf"
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        target.write_bytes(anchor_pdf(anchor, settings.GUANGSHA_SITE_NAME, names))
    except OSError as error:
        raise InputError(f"无法写入（{error.strerror or error}）", where=str(target)) from error
    say(f"{day} 的审计锚：{anchor.acts} 条记录，摘要 {anchor.digest}")
    say(f"请打印并签字：{target}")
    return SOUND
