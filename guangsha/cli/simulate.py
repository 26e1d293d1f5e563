"""``guangsha simulate``: what a change of policy would do; nothing is written."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from guangsha.cli.console import emit, json_text, say
from guangsha.cli.review import agency_of, write
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--agency", required=True, metavar="机构", help="机构编号或名称")
    parser.add_argument(
        "--set", action="append", default=[], dest="settings", metavar="参数=值",
        help="假设的参数，如 base_rent_m2=18 或 coef[low_income]=0.75；可以写多次",
    )  # fmt: skip
    parser.add_argument("--from", dest="first", metavar="月份", help="从哪个月起，如 2027-01；默认下个月")
    parser.add_argument(
        "--target", action="append", default=[], metavar="目标", help="年度目标，如 households=3000 或 amount=9000000（元）"
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="文件", help="结果（JSON）同时写到文件")


def run(arguments: argparse.Namespace) -> int:
    """Run the simulation; the result goes to standard output as JSON."""
    first = month_of(arguments.first) if arguments.first else None
    start_django()
    from guangsha.areas.subsidy.rules import month_text
    from guangsha.areas.subsidy.simulate import simulate
    from guangsha.audit.actor import CLOCK
    from guangsha.ledger.rules import yuan_text

    found = simulate(
        CLOCK, agency_of(arguments.agency), arguments.settings, first=first, targets=arguments.target
    )
    if arguments.out:
        write(arguments.out, json_text(found.as_data()).encode())
    one, two = found.month_fen
    say(
        f"{found.agency}，自{month_text(found.first)}起：增加 {found.paid['more']} 户，减少 {found.paid['less']} 户，不再符合 {found.paid['lost']} 户，"
        f"新符合 {found.paid['gained'] + found.others['gained']} 户；月补贴 {yuan_text(one)} 变为 {yuan_text(two)}。"
    )
    for name, label in (("base", "现行"), ("tried", "测算")):
        money = found.money[name]
        if money.appropriated_fen is not None:
            short = f"{month_text(money.short_in)}起预算不足" if money.short_in else "预算够用"
            say(
                f"{label}全年 {yuan_text(money.year_fen)}，预算 {yuan_text(money.appropriated_fen)}，{short}。"
            )
    say("没有写入任何内容。")
    emit(found.as_data())
    return 0


def month_of(text: str) -> int:
    """A month that was typed as 2027-01.

    Raises:
        InputError: it is none.
    """
    match = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text)
    if match is None:
        raise InputError("不是一个月份", where="--from", advice="请写成 2027-01 的样子。")
    return int(match.group(1)) * 100 + int(match.group(2))
