"""The dunning letter on paper (催缴通知书, 催告书): its form, what is open, by when, how to pay, what to do, how it was handed over.

What is printed was kept with the letter when it was written; only the record of its delivery grows. Nothing is threatened that a person
has not decided, and a debt never shuts a door (operations.md W18).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from guangsha.areas.rent.facts import ITEMS, LETTERS
from guangsha.areas.rent.models_after import Dunning, DunningDelivery
from guangsha.areas.rent.receipts import plain_yuan
from guangsha.areas.rent.rules import month_text
from guangsha.documents.writing.tree import (
    Block,
    Cell,
    Document,
    PageBreak,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)
from guangsha.ledger.rules import yuan_text

#: Letters of one file.
LETTERS_MAX = 200
#: Lines of the delivery record: what was tried, and one empty line to fill in by hand.
_DELIVERIES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Form:
    """The words of a letter; ``{…}`` are filled in. ``opens`` says what is the matter, ``asks`` what to do by when."""

    opens: str
    asks: str
    help: str
    follows: str


_PAY = (
    "在“我的租金”或窗口取得缴款识别码，凭码通过银行柜台、手机银行或政务服务终端缴入国库；工作人员不收现金。"
)
_HELP = "有困难的，请在期限内申请减免或分期；对账单有不同意见的，可以申请核对。"
FORMS: dict[str, Form] = {
    "dunning2": Form(
        "您承租的{home}（合同{lease}），截至{day}有下列租金未缴，合计{owed}。",
        "请{limit}缴清。",
        _HELP,
        "逾期不缴也不申请的，我们会上门了解情况；累计拖欠达到合同约定月数的，按合同办理，作出决定前先听取您的意见。"
        "不会因欠租停水、停电、停气或者停用门禁。",
    ),
    "legal": Form(
        "您承租的{home}（合同{lease}），截至{day}有下列租金未缴，合计{owed}，累计拖欠已达到合同约定的月数。",
        "现催告您：请{limit}缴清，或者在同一期限内书面陈述意见、申请分期缴纳。",
        _HELP,
        "逾期的，依照合同和《公共租赁住房管理办法》第二十九条进入解除合同、收回住房的程序，您有权陈述、申辩；对结果不服的，可以向"
        "人民法院起诉。不会因欠租停水、停电、停气或者停用门禁。",
    ),
}  # fmt: skip


def letter(found: Dunning) -> Document:
    """One letter as a page for the writers of the documents room."""
    title = f"{LETTERS[found.step]} {found.number}"
    return Document(title, [Section(_blocks(found), numbered=False)])


def letters(found: Sequence[Dunning], title: str) -> Document:
    """Many letters one after the other, each on pages of its own."""
    blocks: list[Block] = []
    for one in found:
        blocks += [*([PageBreak()] if blocks else []), *_blocks(one)]
    return Document(title, [Section(blocks, numbered=False)])


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _line(text: str) -> Paragraph:
    return Paragraph([Run(text)])


def _blocks(found: Dunning) -> list[Block]:
    lease, form = found.account.lease, FORMS[found.step]
    written = timezone.localdate(found.made_at)
    limit = f"在{_day(found.answer_by)}前" if found.answer_by else "尽快"
    words = {
        "home": str(lease.dwelling), "lease": lease.number, "day": _day(written), "owed": yuan_text(found.owed_fen), "limit": limit,
    }  # fmt: skip
    return [
        Title(LETTERS[found.step]),
        Paragraph([Run(found.number)], align="center", indent=False),
        Paragraph([Run(f"{lease.tenant.name}：")], indent=False),
        _line(form.opens.format(**words)),
        _owed(found),
        _line(form.asks.format(**words) + _PAY),
        _line(form.help),
        _line(form.follows),
        Signature([found.account.agency.name, _day(written)]),
        _record(list(found.deliveries.all())),
    ]


def _owed(found: Dunning) -> Table:
    """What is open, bill by bill; what does not fit is one line, so that the sum is always that of the letter."""
    head = [Cell(text, header=True) for text in ("账期", "项目", "缴费期限", "未缴（元）")]
    rows: list[list[Cell]] = [head]
    listed = 0
    for item in found.items:
        fen = int(str(item["fen"]))
        listed += fen
        rows.append([
            Cell(month_text(int(str(item["period"])))), Cell(ITEMS[str(item["item"])]), Cell(_day(date.fromisoformat(str(item["due_on"])))),
            Cell(plain_yuan(fen), align="right"),
        ])  # fmt: skip
    if listed != found.owed_fen:
        rest = "其余账单" if listed else f"自{_day(found.oldest_due_on)}起"
        rows.append([Cell(rest, cols=3), Cell(plain_yuan(found.owed_fen - listed), align="right")])
    rows.append([Cell("合计", cols=3, header=True), Cell(plain_yuan(found.owed_fen), align="right")])
    return Table("未缴明细", (40, 40, 45, 35), rows)


def _record(deliveries: Sequence[DunningDelivery]) -> Table:
    heads = ("送达方式", "送达日期、地点", "签收人或见证人", "送达人")
    rows = [[Cell(text, header=True) for text in heads]]
    for one in deliveries[:_DELIVERIES_SHOWN]:
        rows.append([
            Cell(one.get_way_display()), Cell(f"{_day(one.on)}\n{one.place}".strip()), Cell(signed_by(one)), Cell(one.made_by.name),
        ])  # fmt: skip
    if not any(one.way != "failed" for one in deliveries):
        rows.append([Cell("\u3000\n\u3000"), Cell(""), Cell(""), Cell("")])  # room to write by hand
    return Table("送达记录", (30, 50, 50, 30), rows)


def signed_by(one: DunningDelivery) -> str:
    """Who signed, who saw it, or how it can be traced."""
    parts = [
        one.received_by,
        f"见证：{one.witness}" if one.witness else "",
        f"邮件号：{one.tracking}" if one.tracking else "",
        one.note,
    ]
    return "\n".join(part for part in parts if part) or "—"
