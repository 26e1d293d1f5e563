"""``guangsha review``: recompute everybody with an active agreement and keep what differs; nothing changes by itself."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from guangsha.cli.console import emit, say
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kind", choices=("annual", "quarterly", "monthly"), required=True, help="annual 年度，quarterly 季度，monthly 月度"
    )  # fmt: skip
    parser.add_argument("--agency", required=True, metavar="机构", help="机构编号或名称")
    parser.add_argument("--on", metavar="日期", help="复核日，如 2026-11-20；默认今天")
    parser.add_argument("--out", type=Path, metavar="文件", help="差异写到 .xlsx、.csv 或 .json 文件")


def run(arguments: argparse.Namespace) -> int:
    """Run the review; its summary goes to standard output as JSON."""
    start_django()
    from django.utils import timezone

    from guangsha.areas.subsidy.review import run_review
    from guangsha.areas.subsidy.review_acts import differences_of
    from guangsha.areas.subsidy.review_export import exported, form_of, run_data
    from guangsha.audit.actor import CLOCK

    form = form_of(arguments.out) if arguments.out else ""
    on = day_of(arguments.on, "--on") if arguments.on else timezone.localdate()
    made = run_review(CLOCK, agency_of(arguments.agency), arguments.kind, on)
    if form:
        write(arguments.out, exported(made, differences_of(CLOCK, made).order_by("pk"), form))
        say(f"差异明细：{arguments.out}")
    counts = made.counts
    say(
        f"{made.agency.name} {made}：{counts['agreements']} 户，不变 {counts['unchanged']}，应增加 {counts['more']}，应减少 {counts['less']}，"
        f"不再符合 {counts['ends']}，资料不全 {counts['incomplete']}，应申报年审 {counts['declare']}，逾期 {counts['lapsed']}。"
        "金额没有改变，请在“批量复核”中逐户处理。"
    )
    emit(run_data(made))
    return 0


def day_of(text: str, where: str) -> date:
    """A date that was typed.

    Raises:
        InputError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("不是一个存在的日期", where=where, advice="请写成 2026-11-20 的样子。") from None


def agency_of(text: str) -> Any:  # models may only be named after Django has started
    """The agency with this number or name.

    Raises:
        InputError: there is none, or several are called so.
    """
    from guangsha.people.models import Agency

    found = list(
        Agency.objects.filter(pk=int(text))
        if text.isdecimal() and len(text) < 10
        else Agency.objects.filter(name=text)
    )
    if len(found) != 1:
        raise InputError(
            f"没有机构“{text[:40]}”" if not found else f"有 {len(found)} 个机构叫“{text[:40]}”",
            where="--agency",
            advice="请写机构编号，编号见系统配置中的机构列表。",
        )
    return found[0]


def write(path: Path, data: bytes) -> None:
    """A file, whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise InputError(
            "文件不能写入", where=str(path), advice="请检查文件夹是否存在、是否可写。"
        ) from error
