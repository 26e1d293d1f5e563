"""The rules of the books that need no database: what a draft must be, digests, the chain, mirrors, reconciliation.

Sources: 政府会计制度 (财会〔2017〕25号): double entry by debit and credit, a financial and a budget accounting side by side;
会计基础工作规范 article 51 (numbers without gaps, a wrong voucher is taken back by a red one); 预算法 articles 13 and 57
(nothing is paid without appropriation); operations.md §5. The articles are quoted from knowledge, not checked against the text.
"""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from guangsha.kernel.errors import InputError
from guangsha.ledger.facts import (
    Difference,
    Draft,
    Line,
    Proposal,
    Reconciliation,
    StatementItem,
)

LINES_MIN = 2
#: A voucher with more lines is several vouchers; the bound keeps one entry readable and its checks cheap.
LINES_MAX = 1000
#: 10 trillion yuan: far above any agency's money, far below what 64 bits hold when ten thousand of them are added.
AMOUNT_FEN_MAX = 10**15
BALANCE_FEN_MAX = 9 * 10**18
#: Entries of one batch: a district pays some ten thousand households, a city some hundred thousand in several batches.
BATCH_MAX = 100_000
#: Postings of one batch, all entries together.
BATCH_LINES_MAX = 400_000
YEAR_MIN, YEAR_MAX = 2000, 2100
KEY_MAX, REASON_MAX, SOURCE_TYPE_MAX, SOURCE_ID_MAX, VOUCHER_MAX, ATTACHMENTS_MAX = 100, 200, 60, 40, 60, 9999

#: code → (Chinese name, which of the two accountings). Each accounting balances by itself (政府会计制度 part 1).
ACCOUNT_KINDS: dict[str, tuple[str, str]] = {
    "asset": ("资产", "financial"),
    "liability": ("负债", "financial"),
    "net_assets": ("净资产", "financial"),
    "income": ("收入", "financial"),
    "expense": ("费用", "financial"),
    "budget_income": ("预算收入", "budget"),
    "budget_expenditure": ("预算支出", "budget"),
    "budget_balance": ("预算结余", "budget"),
}
ENTRY_KINDS: dict[str, str] = {
    "opening": "期初",
    "receipt": "收款",
    "payment": "付款",
    "transfer": "转账",
    "closing": "结转",
    "reversal": "红字冲销",
    "correction": "蓝字更正",
}
#: Where the money comes from (performance.md §2.1 FundSource; the last two are kept for others and are no budget).
FUND_SOURCES: dict[str, str] = {
    "general": "一般公共预算",
    "government_fund": "政府性基金",
    "state_capital": "国有资本经营预算",
    "social_insurance": "社会保险基金预算",
    "special_account": "财政专户管理资金",
    "superior": "上级补助",
    "operating": "事业和经营收入",
    "other": "其他资金",
    "maintenance": "住宅专项维修资金",
    "custody": "代管资金",
}
NATURES: dict[str, str] = {"basic": "基本支出", "project": "项目支出"}
VINTAGES: dict[str, str] = {"current": "当年", "carried": "上年结转"}
#: code → (Chinese name, column that it moves, sign: 1, -1 or 0 for either)
BUDGET_MOVE_KINDS: dict[str, tuple[str, str, int]] = {
    "supplement": ("追加", "adjusted", 1),
    "reduction": ("调减", "adjusted", -1),
    "transfer": ("调剂", "adjusted", 0),
    "carry_over": ("结转使用", "adjusted", 1),
    "commitment": ("承诺", "committed", 1),
    "release": ("解除承诺", "committed", -1),
}


class LedgerRefused(InputError):
    """The books do not take this. ``reason_code`` is stable: ``unbalanced``, ``closed``, ``key``, ``ceiling`` …"""

    code = "ledger"

    def __init__(self, reason_code: str, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message, where=where, advice=advice)
        self.reason_code = reason_code


def month_of(day: date) -> int:
    """The month of a day as the books name it.

    >>> month_of(date(2026, 11, 21))
    202611
    """
    return day.year * 100 + day.month


def days_of_month(month: int) -> tuple[date, date]:
    """First and last day of a month."""
    year, number = divmod(month, 100)
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def yuan_text(fen: int) -> str:
    """An amount as messages print it.

    >>> yuan_text(-123456705)
    '-1,234,567.05元'
    """
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{cents:02d}元"


def _told(text: str, name: str, longest: int, *, required: bool, where: str) -> None:
    if required and not text.strip():
        raise LedgerRefused("empty", f"{name}没有填写", where=where, advice=f"请填写{name}。")
    if len(text) > longest:
        raise LedgerRefused(
            "long", f"{name}有 {len(text)} 个字，最多 {longest} 个", where=where, advice="请缩短。"
        )
    if (
        not text.isprintable()
    ):  # control characters, NUL, halves of surrogate pairs: no database keeps them alike
        raise LedgerRefused("text", f"{name}含有无法保存的字符", where=where, advice="请删去换行和控制字符。")


def _whole(value: object, name: str, low: int, high: int, where: str) -> None:
    if type(value) is not int:  # a bool or a float is no amount
        raise LedgerRefused("whole", f"{name}不是整数", where=where, advice="金额以分为单位填写整数。")
    if not low <= value <= high:
        raise LedgerRefused("range", f"{name}超出范围", where=where, advice="请检查位数和单位（分）。")


def check_draft(draft: Draft) -> None:
    """Everything about a draft that can be seen without the database.

    That it balances is seen here over all lines; the database sees it in each fund and each accounting.

    Raises:
        LedgerRefused: what is wrong, in one sentence.
    """
    where = f"凭证 {draft.key[:40]}" if draft.key.isprintable() and draft.key else "凭证"
    if draft.kind not in ENTRY_KINDS:
        raise LedgerRefused(
            "kind", "没有这种凭证类别", where=where, advice=f"可用：{'、'.join(ENTRY_KINDS)}。"
        )
    if draft.kind in ("reversal", "correction") and draft.reversal_of is None:
        raise LedgerRefused("names-none", "没有指明冲销哪一张凭证", where=where, advice="请用冲销功能办理。")
    if not YEAR_MIN <= draft.day.year <= YEAR_MAX:
        raise LedgerRefused(
            "year", f"日期 {draft.day} 不在可记账的年份内", where=where, advice="请更正日期。"
        )
    for text, name, longest, required in (
        (draft.key, "幂等键", KEY_MAX, True),
        (draft.reason, "摘要", REASON_MAX, True),
        (draft.source_type, "来源", SOURCE_TYPE_MAX, bool(draft.source_id)),
        (draft.source_id, "来源编号", SOURCE_ID_MAX, bool(draft.source_type)),
        (draft.voucher_number, "原始凭证号", VOUCHER_MAX, False),
    ):
        _told(text, name, longest, required=required, where=where)
    _whole(draft.attachments, "附件张数", 0, ATTACHMENTS_MAX, where)
    if not LINES_MIN <= len(draft.lines) <= LINES_MAX:
        raise LedgerRefused(
            "lines", f"有 {len(draft.lines)} 条分录，应为 {LINES_MIN} 至 {LINES_MAX} 条", where=where
        )
    for number, line in enumerate(draft.lines, start=1):
        _whole(line.amount_fen, "金额", -AMOUNT_FEN_MAX, AMOUNT_FEN_MAX, f"{where} 第 {number} 行")
        if line.amount_fen == 0:
            raise LedgerRefused("zero", "金额为零", where=f"{where} 第 {number} 行", advice="请删去这一行。")
    off = sum(line.amount_fen for line in draft.lines)
    if off:
        more = "借方" if off > 0 else "贷方"
        raise LedgerRefused(
            "unbalanced", f"借贷不平，{more}多 {yuan_text(abs(off))}", where=where, advice="请核对各行金额。"
        )


def content_digest(draft: Draft) -> str:
    """SHA-256 over what was asked for: under one key, the same digest is the same request. Who asked and when is not in it.

    SHA-256 and not SM3, because PostgreSQL computes the chain itself and knows no SM3; the log, which is SM3, holds every link.
    """
    body = [
        "guangsha-ledger", draft.agency_id, draft.day.isoformat(), draft.kind, draft.key, draft.reason, draft.source_type,
        draft.source_id, draft.voucher_number, draft.attachments, draft.reversal_of,
        [[line.account_id, line.amount_fen, line.budget_line_id] for line in draft.lines],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def move_digest(
    line_id: int, kind: str, amount_fen: int, day: date, document_number: str, key: str, reason: str
) -> str:
    """SHA-256 over a change of a budget line, as :func:`content_digest` is over an entry."""
    body = ["guangsha-budget", line_id, kind, amount_fen, day.isoformat(), document_number, key, reason]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def genesis(agency_id: int, month: int) -> str:
    """What the first entry of a month links to."""
    return hashlib.sha256(f"guangsha-ledger|{agency_id}|{month}".encode()).hexdigest()


def link_of(previous: str, number: int, digest: str, actor_id: int, posted_at: datetime) -> str:
    """The link of an entry: SHA-256 over the link before it and what only the posting knows.

    ``ledger_link`` in ``migrations/sql/`` computes the same in the database.
    """
    stamp = posted_at.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")
    return hashlib.sha256(f"{previous}|{number}|{digest}|{actor_id}|{stamp}".encode()).hexdigest()


def mirror(draft: Draft, *, entry_id: int, day: date, key: str, reason: str) -> Draft:
    """The entry that takes ``draft`` (posted as ``entry_id``) back on ``day``.

    Within the year it is a red voucher (红字冲销): turnovers shrink, and what was spent returns to its budget line. In a later
    year it is a blue correction (蓝字更正): turnovers of both years stay what they were, and no budget line of a past year moves.
    """
    same_year = draft.day.year == day.year
    return replace(
        draft,
        day=day,
        kind="reversal" if same_year else "correction",
        key=key,
        reason=reason,
        lines=tuple(
            Line(line.account_id, -line.amount_fen, line.budget_line_id if same_year else None)
            for line in draft.lines
        ),
        attachments=0,
        reversal_of=entry_id,
    )


def reconcile(parties: Mapping[str, Iterable[StatementItem]], *, days_apart: int = 3) -> Reconciliation:
    """Compare what several parties say about the same items: books, batch and bank (三方对账).

    Items with a key are compared by it and by nothing else. Items without one are never matched by themselves: where exactly
    one of them and exactly one missing key have the same amount within ``days_apart`` days, a proposal is made.

    Args:
        parties: name → items, the party that leads (whose keys are expected) first.
        days_apart: how many days a bank may book later or earlier, for proposals.

    Raises:
        LedgerRefused: fewer than two parties.
    """
    if len(parties) < 2:
        raise LedgerRefused(
            "parties", "对账至少需要两方", advice="请同时提供账、批次和银行回单中的两方以上。"
        )
    items = {name: list(given) for name, given in parties.items()}
    named: dict[str, dict[str, list[StatementItem]]] = defaultdict(lambda: defaultdict(list))
    unnamed: list[tuple[str, StatementItem]] = []
    for party, given in items.items():
        for item in given:
            if item.key:
                named[item.key][party].append(item)
            else:
                unnamed.append((party, item))
    agreed: list[str] = []
    differences: list[Difference] = []
    for key in sorted(named):
        found = _differences(key, named[key], list(items))
        differences.extend(found)
        if not found:
            agreed.append(key)
    return Reconciliation(
        agreed=tuple(agreed),
        differences=tuple(differences),
        unnamed=tuple(unnamed),
        proposals=tuple(_proposals(differences, named, unnamed, days_apart)),
        totals={party: sum(item.amount_fen for item in given) for party, given in items.items()},
    )


def _differences(
    key: str, by_party: Mapping[str, Sequence[StatementItem]], parties: Sequence[str]
) -> list[Difference]:
    amounts = {
        party: sum(item.amount_fen for item in by_party[party]) for party in parties if party in by_party
    }
    found = [Difference(key, "missing", party, amounts) for party in parties if party not in by_party]
    found.extend(
        Difference(key, "repeated", party, amounts) for party in parties if len(by_party.get(party, ())) > 1
    )
    if len(set(amounts.values())) > 1:
        found.append(Difference(key, "amount", "/".join(amounts), amounts))
    return found


def _proposals(
    differences: Iterable[Difference],
    named: Mapping[str, Mapping[str, Sequence[StatementItem]]],
    unnamed: Sequence[tuple[str, StatementItem]],
    days_apart: int,
) -> Iterable[Proposal]:
    waiting: list[
        tuple[str, str, StatementItem]
    ] = []  # key, the party that misses it, an item that states it
    for difference in differences:
        if difference.kind == "missing" and len(set(difference.amounts.values())) == 1:
            known = next(iter(named[difference.key].values()))
            if len(known) == 1:
                waiting.append((difference.key, difference.party, known[0]))

    def fits(party: str, item: StatementItem, asked: tuple[str, str, StatementItem]) -> bool:
        _, missing, known = asked
        near = abs((item.day - known.day).days) <= days_apart
        return missing == party and item.amount_fen == known.amount_fen and near

    for party, item in unnamed:
        candidates = [asked for asked in waiting if fits(party, item, asked)]
        if len(candidates) != 1:
            continue
        rivals = [other for other_party, other in unnamed if fits(other_party, other, candidates[0])]
        if len(rivals) == 1:
            yield Proposal(candidates[0][0], party, item.amount_fen, item.reference)
