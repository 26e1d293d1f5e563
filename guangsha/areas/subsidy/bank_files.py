"""What goes to the bank and what comes back (代发文件、回盘文件), whatever the layout. Pure; amounts are whole fen.

A layout (``bank_layouts``) turns a :class:`PaymentFile` into bytes and bytes into a :class:`ReturnFile`; a cover
(``bank_cover``) encrypts and signs the bytes. Nothing of a file that cannot be used as a whole is used at all: every fault is
one :class:`BankFileRefused` with one Chinese sentence. The order of rows means nothing; a row is found by its ``seq``.

Source: operations.md §5.2 (header, details, trailer with SM3, the same keys in the return file, codes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

from guangsha.kernel.errors import InputError

#: A file of so many rows has about 10 MB; a city pays more in several batches.
ROWS_MAX = 50_000
#: What is not even looked at: uploads stop at 20 MB (web/uploads.py), a sealed file is a little larger than the plain one.
BYTES_MAX = 20 * 1024 * 1024
#: 10 million yuan: no household is paid that; a mistyped amount is.
AMOUNT_FEN_MAX = 10**9
NAME_MAX, MEMO_MAX, MESSAGE_MAX, SERIAL_MAX = 60, 30, 60, 32
#: How many days the bank's clock and ours may differ before a date is refused.
CLOCK_DAYS = 1
BEIJING = timezone(timedelta(hours=8))
BATCH_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{0,31}")
ACCOUNT = re.compile(r"[0-9]{6,32}")
SERIAL = re.compile(r"[0-9A-Za-z-]{1,32}")

PAID = "paid"
#: What came of one payment: our word → what a clerk reads.
RETURN_CODES: dict[str, str] = {
    PAID: "已入账",
    "name_mismatch": "户名与账号不符",
    "closed": "账户已销户",
    "frozen": "账户已冻结",
    "class_ii_limit": "二类户超限额",
    "wrong_number": "账号不存在",
    "dormant": "账户长期不动户或社保卡未激活",
    "over_limit": "超过单笔或日累计限额",
    "other": "其他原因",
}
#: What the clerk does about it.
RETURN_ADVICE: dict[str, str] = {
    "name_mismatch": "请与领款人核对户名，更正后重新发放。",
    "closed": "请领款人提供新的本人账户。",
    "frozen": "请领款人到开户行解除冻结，或提供新的本人账户。",
    "class_ii_limit": "请领款人提供一类账户。",
    "wrong_number": "请与领款人核对账号。",
    "dormant": "请领款人到银行激活社会保障卡。",
    "over_limit": "请领款人到开户行调整限额，或提供新的本人账户。",
    "other": "请向银行问明原因。",
}


class BankFileRefused(InputError):
    """A file that is not used. ``reason_code`` is stable: ``cut``, ``digest``, ``foreign``, ``altered``, ``repeated`` …"""

    code = "bank-file"

    def __init__(self, reason_code: str, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message, where=where, advice=advice)
        self.reason_code = reason_code


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment. ``seq`` numbers it in its batch, from 1."""

    seq: int
    account: str
    name: str
    amount_fen: int
    memo: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """The payments of one batch, in the order of ``seq``."""

    batch: str
    day: date
    rows: tuple[PaymentRow, ...]

    @property
    def total_fen(self) -> int:
        """What the bank is to pay, all rows together."""
        return sum(row.amount_fen for row in self.rows)


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """What came of one payment: the row as it was sent, a key of ``RETURN_CODES``, the bank's words, when, and its number."""

    seq: int
    account: str
    name: str
    amount_fen: int
    memo: str
    code: str
    message: str
    paid_at: datetime
    serial: str

    @property
    def sent(self) -> PaymentRow:
        """The row as it was sent."""
        return PaymentRow(self.seq, self.account, self.name, self.amount_fen, self.memo)


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """What the bank says of some or all payments of one batch, in the order of ``seq``. A bank may answer in several files."""

    batch: str
    day: date
    rows: tuple[ReturnRow, ...]

    @property
    def total_fen(self) -> int:
        """The amounts of all rows, paid or not."""
        return sum(row.amount_fen for row in self.rows)


class Layout(Protocol):
    """How the files of one bank look. ``read_*`` raise :class:`BankFileRefused` for anything else than such a file."""

    name: str
    title: str
    suffix: str

    def write_payments(self, file: PaymentFile) -> bytes:
        """The payment file."""

    def read_payments(self, data: bytes) -> PaymentFile:
        """A payment file read back, as the bank reads it."""

    def write_returns(self, file: ReturnFile) -> bytes:
        """A return file, as the bank writes it."""

    def read_returns(self, data: bytes) -> ReturnFile:
        """What the bank answered."""


def yuan_of(fen: int) -> str:
    """An amount as files print it.

    >>> yuan_of(38416), yuan_of(5)
    ('384.16', '0.05')
    """
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str) -> int:
    """The amount of ``384.16``; exactly two decimals, no sign, no thousands mark.

    Raises:
        ValueError: anything else.
    """
    found = re.fullmatch(r"(0|[1-9][0-9]{0,12})\.([0-9]{2})", text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 100 + int(found[2])


def bounded(data: bytes) -> bytes:
    """``data``, where it is neither empty nor larger than anything we send.

    Raises:
        BankFileRefused
    """
    if not data:
        raise BankFileRefused("empty", "文件是空的", advice="请向银行重新取得文件。")
    if len(data) > BYTES_MAX:
        raise BankFileRefused(
            "huge", f"文件超过 {BYTES_MAX // 1024 // 1024} MB", advice="请核对是否选错了文件。"
        )
    return data


def check_text(text: str, name: str, longest: int, *, required: bool, where: str) -> None:
    """A name or memo that every layout can carry: no separator, no control character, no space at its ends.

    Nothing is ever replaced on the way: a name that differs by one character comes back as "name and account differ".

    Raises:
        BankFileRefused
    """
    if required and not text:
        raise BankFileRefused("empty-field", f"{name}没有填写", where=where, advice=f"请补填{name}。")
    if len(text) > longest:
        raise BankFileRefused("long", f"{name}超过 {longest} 个字", where=where, advice="请缩短。")
    if text and (not text.isprintable() or "|" in text or text != text.strip()):
        raise BankFileRefused(
            "text", f"{name}含有银行文件不能有的字符（竖线、换行或首尾空格）", where=where, advice="请更正。"
        )


def _check_row(row: PaymentRow | ReturnRow, where: str) -> None:
    if row.seq < 1:
        raise BankFileRefused("seq", "序号不是从 1 起的整数", where=where, advice="请核对文件。")
    if not ACCOUNT.fullmatch(row.account):
        raise BankFileRefused(
            "account", "账号不是 6 至 32 位数字", where=where, advice="请与领款人核对账号。"
        )
    if not 0 < row.amount_fen <= AMOUNT_FEN_MAX:
        raise BankFileRefused("amount", "金额不在允许范围内", where=where, advice="请核对金额。")
    check_text(row.name, "户名", NAME_MAX, required=True, where=where)
    check_text(row.memo, "附言", MEMO_MAX, required=False, where=where)


def _check_frame(batch: str, rows: Sequence[PaymentRow | ReturnRow]) -> None:
    if not BATCH_NUMBER.fullmatch(batch):
        raise BankFileRefused("batch", "批次号不是大写字母、数字和短横线", advice="请核对文件。")
    if not rows:
        raise BankFileRefused("no-rows", "文件里没有明细", advice="请核对文件。")
    if len(rows) > ROWS_MAX:
        raise BankFileRefused("rows", f"明细超过 {ROWS_MAX} 笔", advice="请分成几批。")
    twice = [seq for seq, count in Counter(row.seq for row in rows).items() if count > 1]
    if twice:
        raise BankFileRefused(
            "repeated", f"第 {min(twice)} 笔在文件里出现了两次", advice="请向银行重新取得文件。"
        )


def payment_file(batch: str, day: date, rows: Iterable[PaymentRow]) -> PaymentFile:
    """A payment file whose rows every layout can carry, in the order of ``seq``; a payment that was taken out leaves a gap.

    Raises:
        BankFileRefused: the first row that cannot be sent and why.
    """
    ordered = tuple(sorted(rows, key=lambda row: row.seq))
    _check_frame(batch, ordered)
    for row in ordered:
        _check_row(row, f"第 {row.seq} 笔")
    return PaymentFile(batch, day, ordered)


def return_file(batch: str, day: date, rows: Iterable[ReturnRow]) -> ReturnFile:
    """A return file; it may speak of a part of the batch.

    Raises:
        BankFileRefused: the first row that cannot be used and why.
    """
    ordered = tuple(sorted(rows, key=lambda row: row.seq))
    _check_frame(batch, ordered)
    for row in ordered:
        where = f"第 {row.seq} 笔"
        _check_row(row, where)
        if row.code not in RETURN_CODES:
            raise BankFileRefused(
                "code", "没有这种结果代码", where=where, advice="请向银行问明代码含义后再登记。"
            )
        if not SERIAL.fullmatch(row.serial):
            raise BankFileRefused("serial", "没有银行流水号", where=where, advice="请向银行重新取得文件。")
        check_text(row.message, "银行说明", MESSAGE_MAX, required=False, where=where)
    serials = Counter(row.serial for row in ordered if row.code == PAID)
    again = [serial for serial, count in serials.items() if count > 1]
    if again:
        raise BankFileRefused(
            "serial-twice", f"流水号 {min(again)} 对应两笔付款", advice="请向银行核实是否重复付款。"
        )
    return ReturnFile(batch, day, ordered)


def check_totals(rows: Sequence[PaymentRow | ReturnRow], count: int, total_fen: int) -> None:
    """That the head of a file and its details agree.

    Raises:
        BankFileRefused
    """
    if len(rows) != count:
        raise BankFileRefused(
            "cut", f"文件头写明 {count} 笔，实有 {len(rows)} 笔", advice="文件不完整，请向银行重新取得。"
        )
    found = sum(row.amount_fen for row in rows)
    if found != total_fen:
        raise BankFileRefused(
            "total",
            f"文件头合计 {yuan_of(total_fen)} 元，明细合计 {yuan_of(found)} 元",
            advice="请向银行重新取得文件。",
        )


def match_returns(
    sent: PaymentFile, returned: ReturnFile, *, known: dict[int, str] | None = None, today: date | None = None
) -> tuple[ReturnRow, ...]:
    """The rows of ``returned`` that say something new about ``sent``; all of them fit, or none is used.

    Args:
        sent: the payment file as it went out.
        known: what earlier files said, by ``seq`` (a key of ``RETURN_CODES``); saying the same again changes nothing.
        today: nothing the bank says may lie after it, or before the day of the payment file, by more than ``CLOCK_DAYS``.

    Raises:
        BankFileRefused: a foreign batch, a row that was never sent, one that differs from what was sent, one that contradicts
            what the bank said before, a date that cannot be.
    """
    if returned.batch != sent.batch:
        raise BankFileRefused(
            "foreign", f"这是批次 {returned.batch} 的回盘，不是本批次的", advice="请在对应的批次上传。"
        )
    rows = {row.seq: row for row in sent.rows}
    fresh = []
    for row in returned.rows:
        where = f"第 {row.seq} 笔"
        asked = rows.get(row.seq)
        if asked is None:
            raise BankFileRefused(
                "unknown", "本批次没有这一笔", where=where, advice="请向银行核实，整份文件没有登记。"
            )
        if asked != row.sent:
            raise BankFileRefused(
                "altered",
                f"{_differing(asked, row)}与送出的不一致",
                where=where,
                advice="请向银行核实，整份文件没有登记。",
            )
        _check_day(row, sent.day, today, where)
        before = (known or {}).get(row.seq)
        if before is None:
            fresh.append(row)
        elif before != row.code:
            raise BankFileRefused(
                "contradiction",
                f"此前登记为“{RETURN_CODES[before]}”，这份文件写的是“{RETURN_CODES[row.code]}”",
                where=where,
                advice="请向银行核实；确属入账后退回的，由会计按“入账后退回”办理。",
            )
    return tuple(fresh)


def _differing(asked: PaymentRow, row: ReturnRow) -> str:
    for name, left, right in (
        ("账号", asked.account, row.account),
        ("户名", asked.name, row.name),
        ("金额", asked.amount_fen, row.amount_fen),
    ):
        if left != right:
            return name
    return "附言"


def _check_day(row: ReturnRow, sent_on: date, today: date | None, where: str) -> None:
    day = row.paid_at.astimezone(BEIJING).date()
    slack = timedelta(days=CLOCK_DAYS)
    if day < sent_on - slack:
        raise BankFileRefused(
            "early", f"处理日期 {day} 早于送出日期 {sent_on}", where=where, advice="请向银行核实。"
        )
    if today is not None and day > today + slack:
        raise BankFileRefused("late", f"处理日期 {day} 还没有到", where=where, advice="请向银行核实。")


def moment_of(text: str) -> datetime:
    """``20261120093000`` as a moment, Beijing time.

    Raises:
        ValueError
    """
    if not re.fullmatch(r"[0-9]{14}", text):
        raise ValueError(text)
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)


def moment_text(moment: datetime) -> str:
    """A moment as files print it, Beijing time, whole seconds.

    >>> moment_text(datetime(2026, 11, 20, 9, 30, tzinfo=BEIJING))
    '20261120093000'
    """
    return moment.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def day_of(text: str) -> date:
    """``20261120`` as a day.

    Raises:
        ValueError
    """
    if not re.fullmatch(r"[0-9]{8}", text):
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
