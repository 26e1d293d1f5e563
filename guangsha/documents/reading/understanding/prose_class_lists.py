"""Rows of completions that make up a whole: functional classes of expenditure, the three items of “三公”经费."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Reading, one_digit_off
from guangsha.documents.reading.understanding.prose_labels import likeness
from guangsha.documents.reading.understanding.prose_match import SAME
from guangsha.documents.reading.understanding.prose_split import Split
from guangsha.documents.reading.understanding.prose_sums import sum_claim


def read_class_lists(reading: Reading, completions: Sequence[Claim], names: Sequence[str]) -> list[Claim]:
    """Sums of a row of completions by functional class: their budgets and their results make up the whole's.

    ``names`` are the functional classes; they partition expenditure, so a list of them leaves nothing out.
    """
    made: list[Claim] = []
    row: list[Claim] = []
    whole: Claim | None = None
    for claim in [*completions, None]:
        named = claim is not None and any(likeness(_bare(claim.subject), name) >= SAME for name in names)
        if claim is not None and named:
            row.append(claim)
            continue
        if whole is not None and len(row) > 1:
            made.extend(_class_sums(reading, whole, row))
        row, whole = [], claim if claim is not None and "支出" in claim.subject else None
    return made


_THREE_PUBLIC = ("因公出国（境）费", "公务用车购置及运行维护费", "公务接待费")


def read_three_public_lists(reading: Reading, completions: Sequence[Claim]) -> list[Claim]:
    """Sums of “三公”经费: its three items make it up, each with a budget and a result of its own."""
    made: list[Claim] = []
    for place, whole in enumerate(completions):
        if not re.search(r"三公", whole.subject):
            continue
        row: list[Claim] = []
        for claim in completions[place + 1 : place + 6]:
            if any(likeness(_bare(claim.subject), name) >= SAME for name in _THREE_PUBLIC):
                row.append(claim)
        if len(row) == len(_THREE_PUBLIC):
            for role, about in (("budget", "“三公”经费预算各项"), ("executed", "“三公”经费决算各项")):
                total = whole.roles.get(role)
                parts = [claim.roles[role] for claim in row if role in claim.roles]
                if total is not None and len(parts) == len(row):
                    roles = {"total": total} | {f"part.{n}": part for n, part in enumerate(parts, 1)}
                    labels = {f"part.{n}": _bare(claim.subject) for n, claim in enumerate(row, 1)}
                    cells = {"total": whole.cells[role]} if role in whole.cells else {}
                    made.append(Claim("sum", about, roles, labels, cells, paragraph=whole.paragraph))
    return made


def _bare(subject: str) -> str:
    return re.sub(r"完成.*$", "", subject)


def _class_sums(reading: Reading, whole: Claim, row: Sequence[Claim]) -> Iterator[Claim]:
    for role, about in (("budget", "年初预算按功能分类"), ("executed", "支出决算按功能分类")):
        total = whole.roles.get(role)
        parts = [(claim.roles[role], _bare(claim.subject)) for claim in row if role in claim.roles]
        if total is None or len(parts) != len(row):
            continue
        levels = [Level(mention, label, role, 0) for mention, label in parts if mention.value != 0]
        if len(levels) < 2:
            continue
        split = Split(Level(total, about, role, 0), tuple(levels), False)
        over = split.gap < -split.tail
        if split.holds or over or one_digit_off(split.gap, split.tail, total):
            claim = sum_claim("sum", split, reading.paragraphs[whole.paragraph], about)
            yield Claim("sum", about, claim.roles, claim.labels, paragraph=whole.paragraph)
