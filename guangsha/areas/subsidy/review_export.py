"""A review as a file: JSON for machines, CSV and a workbook for desks. Payees are masked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from guangsha.areas.subsidy.models_review import (
    DIFFERENCE_KINDS,
    DIFFERENCE_STATES,
    REVIEW_KINDS,
    ReviewDifference,
    ReviewRun,
)
from guangsha.areas.subsidy.review_rules import CONFIRMABLE
from guangsha.documents.writing.xlsx import Workbook
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.programme import NO_TYPE_BIT
from guangsha.policy.programmes import RENTAL_SUBSIDY
from guangsha.privacy.masks import mask_name

HEADINGS = ("协议号", "收款人", "社区", "差异", "现月补贴额", "建议月补贴额", "变化日期", "理由", "处理")
FORMATS = ("json", "csv", "xlsx")


def type_name(code: str) -> str:
    """A household type as people call it; empty for none."""
    return TYPE_BY_CODE[code].name if code in TYPE_BY_CODE else ""


def why(one: ReviewDifference) -> str:
    """Why a difference was found, in a sentence or two."""
    if one.kind not in CONFIRMABLE:
        return "".join(one.missing)
    words = [condition.failed for condition in RENTAL_SUBSIDY.conditions_in(one.failed)]
    if one.failed & NO_TYPE_BIT:
        words.insert(0, "不再属于任何一个保障类别")
    told = "；".join(words) + "。" if words else ""
    if told or one.missing:
        return told + "".join(one.missing)
    before, after = type_name(one.before_type), type_name(one.proposed_type)
    if before != after and before and after:
        return f"保障类别由{before}变为{after}。"
    return "家庭资料或补贴标准有变化，按现行政策计算的金额不同。"


def run_data(run: ReviewRun) -> dict[str, Any]:
    """A review as data."""
    return {
        "run": run.pk, "agency": run.agency.name, "kind": run.kind, "kind_name": REVIEW_KINDS[run.kind], "on": run.on.isoformat(),
        "digest": run.digest, "facts_digest": run.facts_digest, "counts": run.counts, "parameters": run.parameters,
    }  # fmt: skip


def difference_data(one: ReviewDifference) -> dict[str, Any]:
    """A difference as data; amounts in whole fen."""
    return {
        "agreement": one.agreement.number, "kind": one.kind, "kind_name": DIFFERENCE_KINDS[one.kind],
        "before_fen": one.before_fen, "proposed_fen": one.proposed_fen, "before_type": one.before_type,
        "proposed_type": one.proposed_type, "happened_on": one.happened_on.isoformat(),
        "failed": [c.code for c in RENTAL_SUBSIDY.conditions_in(one.failed)],
        "unknown": [c.code for c in RENTAL_SUBSIDY.conditions_in(one.unknown)],
        "missing": one.missing, "why": why(one), "digest": one.digest, "state": one.state,
    }  # fmt: skip


def _row(one: ReviewDifference) -> list[str]:
    return [
        one.agreement.number, mask_name(one.agreement.payee.name), one.agreement.household.community.name,
        DIFFERENCE_KINDS[one.kind], yuan_text(one.before_fen), "" if one.proposed_fen is None else yuan_text(one.proposed_fen),
        one.happened_on.isoformat(), why(one), DIFFERENCE_STATES[one.state],
    ]  # fmt: skip


def exported(run: ReviewRun, differences: Iterable[ReviewDifference], form: str) -> bytes:
    """The review in one of ``FORMATS``; the same review gives the same bytes.

    Raises:
        InputError: no such format.
    """
    if form == "json":
        data = {**run_data(run), "differences": [difference_data(one) for one in differences]}
        return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
    if form == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        # a cell that begins like a formula is text with a mark in front of it (spreadsheets would run it)
        writer.writerows([f"'{c}" if c[:1] in "=+-@" else c for c in _row(one)] for one in differences)
        return text.getvalue().encode("utf-8-sig")
    if form == "xlsx":
        book = Workbook(title=f"复核差异 {run}")
        sheet = book.sheet(
            "复核差异", widths=[20, 10, 18, 10, 14, 14, 12, 60, 10], freeze=(1, 0), protect=False
        )
        sheet.write_rows(0, 0, [HEADINGS])
        sheet.write_rows(1, 0, [_row(one) for one in differences])
        return book.to_bytes()
    raise InputError("输出文件应以 .json、.csv 或 .xlsx 结尾", where="--out", advice="请更正文件名。")


def form_of(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        InputError: none of them.
    """
    form = path.suffix.lower().lstrip(".")
    if form not in FORMATS:
        raise InputError("输出文件应以 .json、.csv 或 .xlsx 结尾", where="--out", advice="请更正文件名。")
    return form
