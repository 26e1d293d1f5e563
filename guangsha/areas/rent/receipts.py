"""The confirmation of a payment on paper, and its check by anybody who holds the paper.

It is our confirmation (缴款确认单), not the fiscal receipt: the number of the electronic payment voucher (电子缴款书) of finance stands on
it where finance gave one. Whoever types its number and check code sees the amount, the day, the payer masked, and what was given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import segno
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from guangsha.areas.rent.facts import ORDER_PURPOSES
from guangsha.areas.rent.models import PROOF_LENGTH, Receipt
from guangsha.areas.rent.models_after import DepositUse, Refund
from guangsha.areas.rent.rules import month_text, receipt_key, receipt_number
from guangsha.documents.writing.tree import (
    Block,
    Cell,
    Chart,
    Document,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import capital_yuan
from guangsha.ledger.rules import yuan_text
from guangsha.people.tries import Tries, wait_words
from guangsha.privacy.masks import mask_name

#: Wrong tries within the window: of one number, and of one network address for all numbers (a street office checks many papers).
TRIES = Tries("receipt", number_max=10, address_max=60)
ROWS_MAX = 60
_QR_MM = 30.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What a stranger with the paper in hand is told.

    Attributes:
        back: (what, fen, day) of money that finance gave back to this payer afterwards; a refund is not split by payments.
    """

    number: str
    payer: str
    amount_fen: int
    day: date
    purpose: str
    agency: str
    voucher: str
    back: tuple[tuple[str, int, date], ...]


def check_receipt(number: str, proof: str, *, address: str = "") -> Checked:
    """What is known of the confirmation with this number, for whoever has its check code.

    Raises:
        InputError: unknown, wrong (the same sentence), or tried too often.
    """
    wanted, given = "".join(number.split()).upper()[:20], "".join(proof.split()).upper()[:20]
    if TRIES.spent(wanted, address):
        raise InputError("查验次数过多", advice=f"{wait_words()}，或拿单据到窗口查验。")
    key = receipt_key(wanted)
    rows = Receipt.objects.select_related("order__account__lease__tenant", "order__account__agency")
    found = rows.filter(pk=key).first() if key is not None else None
    # a number that is not there is compared as well
    right = constant_time_compare(given, found.proof if found else "-" * PROOF_LENGTH)
    if found is None or not right:
        TRIES.note(wanted, address)
        raise InputError("没有查到这张确认单", advice="请核对单号和查验码；仍查不到的，请向窗口核实。")
    account = found.order.account
    return Checked(
        wanted, mask_name(account.lease.tenant.name), found.amount_fen, found.day, ORDER_PURPOSES[found.order.purpose],
        account.agency.name, found.voucher, tuple(_given_back(found)),
    )  # fmt: skip


def _given_back(receipt: Receipt) -> list[tuple[str, int, date]]:
    source = "deposit" if receipt.order.purpose == "deposit" else "advance"
    rows = Refund.objects.filter(
        account=receipt.order.account_id, source=source, state="paid", paid_on__gte=receipt.day
    ).order_by("paid_on", "pk")[:12]
    return [(f"{one.get_source_display()}退付", one.amount_fen, one.paid_on) for one in rows if one.paid_on]


def rows_of(receipt: Receipt) -> list[tuple[str, int]]:
    """What the payment was for, with fen: bills by month, the deposit, what is kept for bills to come."""
    paid = [
        (f"{month_text(one.bill.period)}{one.bill.get_item_display()}", one.fen)
        for one in receipt.allocations.select_related("bill").order_by("pk")
    ]
    rows, rest = paid[:ROWS_MAX], paid[ROWS_MAX:]
    if rest:  # the lines of a paper add up to its sum
        rows.append((f"其余 {len(rest)} 笔租金账单", sum(fen for _, fen in rest)))
    rows += [("租房押金（代管）", one.fen) for one in DepositUse.objects.filter(receipt=receipt)]
    if (left := receipt.amount_fen - sum(fen for _, fen in rows)) > 0:
        rows.append(("预缴租金", left))
    return rows


def plain_yuan(fen: int) -> str:
    """An amount under a heading that says the unit."""
    return yuan_text(fen).removesuffix("元")


def qr_svg(address: str) -> str:
    """A web address as a QR code."""
    made: str = segno.make(address, error="m").svg_inline(border=2, light="#fff", scale=4)
    return made


def qr_picture(address: str) -> str:
    """The same as a data address for a page: no script, no other host."""
    made: str = segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="#fff")
    return made


def confirmation(receipt: Receipt, check_address: str) -> Document:
    """The confirmation of a payment as a page for the writers of the documents room.

    Args:
        check_address: where it can be checked, with its number and code: goes into the QR code.
    """
    lease, order = receipt.order.account.lease, receipt.order
    number = receipt_number(receipt.pk)
    facts = [
        ("缴款人", lease.tenant.name), ("合同编号", lease.number), ("房屋坐落", str(lease.dwelling)),
        ("执收单位", order.account.agency.name), ("收款", "国库（非税收入）"), ("缴款识别码", order.number),
        ("电子缴款书号", receipt.voucher or "财政尚未开具"), ("缴款时间", f"{timezone.localtime(receipt.paid_at):%Y年%-m月%-d日 %H:%M}"),
        ("渠道和流水号", f"{receipt.get_channel_display()} {receipt.serial}"),
    ]  # fmt: skip
    lines: Sequence[tuple[str, int]] = rows_of(receipt)
    blocks: list[Block] = [
        Title("公共租赁住房缴款确认单"),
        Paragraph([Run(f"单号：{number}　　查验码：{receipt.proof}")], align="center", indent=False),
        Table("缴款信息", (45, 115), [[Cell(label, header=True), Cell(value, align="left")] for label, value in facts], header_rows=0),
        Table(
            "缴款明细", (110, 50),
            [[Cell("项目", header=True), Cell("金额（元）", header=True)],
             *([Cell(what, align="left"), Cell(plain_yuan(fen), align="right")] for what, fen in lines),
             [Cell(f"合计（大写）{capital_yuan(receipt.amount_fen)}", align="left"),
              Cell(plain_yuan(receipt.amount_fen), align="right")]],
        ),
        Paragraph([Run("本单确认国库已收到上列款项，不是财政票据；需要财政票据的，凭电子缴款书号向财政部门查取。")], indent=False, small=True),
        Chart(qr_svg(check_address), "扫码查验真伪", f"查验地址的二维码：{check_address}", _QR_MM),
        Signature([order.account.agency.name, f"{timezone.localdate():%Y年%-m月%-d日}打印"]),
    ]  # fmt: skip
    return Document(f"缴款确认单 {number}", [Section(blocks, numbered=False)])
