"""The printed page of an anchor: what a person signs, so that the log can be held against paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils import timezone

from guangsha.audit.models import Anchor
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import (
    Block,
    Cell,
    Document,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def grouped(digest: str) -> str:
    """A digest in groups of four, as people read it aloud and compare it."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def anchor_document(anchor: Anchor, site: str, names: Mapping[int, str] | None = None) -> Document:
    """The page of one day: each chain with its length and head, the digest over them, and room for a signature.

    Args:
        names: agency id → name, as people know it; an agency without one is printed by its number.
    """
    made = timezone.localtime(anchor.made_at)
    rows = [[Cell(text, header=True) for text in ("链", "记录数", "链头摘要（SM3，前 32 位）")]]
    for name, head in sorted(anchor.heads.items()):
        rows.append(
            [
                Cell(_named(name, names or {}), align="left"),
                Cell(str(head["length"]), align="right"),
                Cell(grouped(head["head"][:32]), align="left"),
            ]
        )
    blocks: list[Block] = [
        Title("审计锚"),
        Paragraph(
            [
                Run(
                    f"{site}的行为记录，截至{_day(anchor.day)}24时共 {anchor.acts} 条，分 {len(anchor.heads)} 条链。"
                )
            ]
        ),
        Table(
            "摘要（SM3）",
            (2, 13),
            [
                [Cell("本日", header=True), Cell(grouped(anchor.digest), align="left")],
                [Cell("前一锚", header=True), Cell(grouped(anchor.previous), align="left")],
            ],
            header_rows=0,
        ),
        Table("各链链头", (6, 2, 8), rows, dense=True),
        Paragraph(
            [Run(f"本页生成于{_day(made.date())}{made:%H:%M}。核对本页时在服务器上运行：")], small=True
        ),
        Paragraph(
            [Run(f"guangsha audit verify --paper {anchor.day.isoformat()}={anchor.digest[:16]}")], small=True
        ),
        Signature(("签字：____________________", "日期：　　　年　　月　　日")),
    ]
    return Document(f"审计锚 {anchor.day.isoformat()}", [Section(blocks)], subject="行为记录的每日锚")


def _named(chain: str, names: Mapping[int, str]) -> str:
    if chain == "system":
        return "系统与群众"
    agency = chain.removeprefix("agency:")
    known = names.get(int(agency)) if agency.isdigit() else None
    return f"{known}（{agency}）" if known else f"机构 {agency}"


def anchor_pdf(anchor: Anchor, site: str, names: Mapping[int, str] | None = None) -> bytes:
    """The page as pdf, the same bytes every time."""
    return write_pdf(anchor_document(anchor, site, names))
