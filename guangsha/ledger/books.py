"""Acts on what the entries stand in: funds, accounts, months and the budget. One function per act, each with its line in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.ledger.access import (
    KEEPERS,
    REOPENERS,
    access_account,
    access_budget_line,
    access_period,
    need_keeper,
)
from guangsha.ledger.models import Account, BudgetLine, BudgetMove, Fund, Period, PeriodAct
from guangsha.ledger.refusals import told
from guangsha.ledger.rules import (
    ACCOUNT_KINDS,
    AMOUNT_FEN_MAX,
    BALANCE_FEN_MAX,
    BUDGET_MOVE_KINDS,
    FUND_SOURCES,
    KEY_MAX,
    NATURES,
    REASON_MAX,
    VINTAGES,
    YEAR_MAX,
    YEAR_MIN,
    LedgerRefused,
    days_of_month,
    genesis,
    move_digest,
    yuan_text,
)

_FUNCTIONAL = re.compile(r"\d{3}(\d{2}(\d{2})?)?")
_ECONOMIC = re.compile(r"(\d{3}(\d{2})?)?")


def _fits(row: models.Model) -> None:
    """Texts that are filled in, printable and no longer than their column; before the database is asked."""
    for column in row._meta.concrete_fields:
        if not isinstance(column, models.CharField):
            continue
        value = getattr(row, column.attname)
        name = str(column.verbose_name)
        if not value.strip() and not column.blank and column.editable:
            raise LedgerRefused("empty", f"{name}没有填写", advice=f"请填写{name}。")
        if not value.isprintable():
            raise LedgerRefused("text", f"{name}含有无法保存的字符", advice="请删去换行和控制字符。")
        if column.max_length is not None and len(value) > column.max_length:
            raise LedgerRefused("long", f"{name}超过 {column.max_length} 个字", advice="请缩短。")


def _one_of(value: str, allowed: Mapping[str, object], name: str) -> None:
    if value not in allowed:
        raise LedgerRefused("kind", f"没有这种{name}“{value[:20]}”", advice=f"可用：{'、'.join(allowed)}。")


def _amount(value: int, name: str, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise LedgerRefused("range", f"{name}不是允许范围内的整数（分）", advice="请检查金额和单位。")


def open_fund(
    actor: Actor,
    agency_id: int,
    code: str,
    name: str,
    source: str,
    *,
    document_number: str = "",
    purpose: str = "",
) -> Fund:
    """Begin to keep money of one origin apart (专款专用).

    Raises:
        LedgerRefused: not an accountant of the agency, an unknown source, the code is taken.
    """
    need_keeper(actor, agency_id)
    _one_of(source, FUND_SOURCES, "资金来源")
    fund = Fund(
        agency_id=agency_id,
        code=code,
        name=name,
        source=source,
        document_number=document_number,
        purpose=purpose,
    )
    _fits(fund)
    with transaction.atomic(), told():
        fund.save(force_insert=True)
        record(actor, "ledger.fund.open", fund, after=snapshot(fund), agency_id=agency_id)
    return fund


def open_account(
    actor: Actor,
    fund: Fund,
    code: str,
    name: str,
    kind: str,
    *,
    least_fen: int = -BALANCE_FEN_MAX,
    most_fen: int = BALANCE_FEN_MAX,
) -> Account:
    """Open an account in a fund.

    Args:
        kind: one of ``rules.ACCOUNT_KINDS``; it decides in which of the two accountings the account balances.
        least_fen, most_fen: between which the balance must stay after every entry (a debit balance is more than 0).

    Raises:
        LedgerRefused: not an accountant of the agency, an unknown kind, the code is taken in this fund.
    """
    need_keeper(actor, fund.agency_id)
    return open_account_for(actor, fund, code, name, kind, least_fen=least_fen, most_fen=most_fen)


def open_account_for(
    actor: Actor,
    fund: Fund,
    code: str,
    name: str,
    kind: str,
    *,
    least_fen: int = -BALANCE_FEN_MAX,
    most_fen: int = BALANCE_FEN_MAX,
) -> Account:
    """As :func:`open_account`, for an area whose act opens accounts (a door number's sub-account); it has decided who may.

    Raises:
        LedgerRefused: an unknown kind, the code is taken in this fund.
    """
    _one_of(kind, ACCOUNT_KINDS, "科目类别")
    _amount(least_fen, "余额下限", -BALANCE_FEN_MAX, 0)
    _amount(most_fen, "余额上限", 0, BALANCE_FEN_MAX)
    account = Account(
        agency_id=fund.agency_id, fund=fund, code=code, name=name, kind=kind, book=ACCOUNT_KINDS[kind][1],
        least_fen=least_fen, most_fen=most_fen,
    )  # fmt: skip
    _fits(account)
    with transaction.atomic(), told():
        account.save(force_insert=True)
        after = snapshot(account, "code", "name", "kind", "fund", "least_fen", "most_fen")
        record(actor, "ledger.account.open", account, after=after, agency_id=fund.agency_id)
    return account


def close_account(actor: Actor, account_id: int, on: date, reason: str) -> Account:
    """Take an account out of use: no entry dated after ``on`` may name it. Its balance must be 0.

    Raises:
        LedgerRefused: not an accountant of the agency, no reason, the balance is not 0.
        NotThere: no such account, or not this actor's to see.
    """
    account = access_account(actor, account_id)
    need_keeper(actor, account.agency_id)
    if not reason.strip():
        raise LedgerRefused("no-reason", "停用科目须写明理由", advice="请填写理由。")
    with transaction.atomic(), told():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if account.balance_fen:
            raise LedgerRefused(
                "balance",
                f"科目还有余额 {yuan_text(account.balance_fen)}",
                where=str(account),
                advice="请先结转余额。",
            )
        before = snapshot(account, "closed_on")
        account.closed_on = on
        account.save(update_fields=["closed_on"])
        record(
            actor, "ledger.account.close", account, reason=reason, before=before,
            after=snapshot(account, "closed_on"), agency_id=account.agency_id,
        )  # fmt: skip
    return account


def open_year(actor: Actor, agency_id: int, year: int, *, first_month: int = 1) -> list[Period]:
    """Begin the books of a year: its months from ``first_month`` on; those that are there already stay as they are.

    Raises:
        LedgerRefused: not an accountant of the agency, not a year, a later month is closed already.
    """
    need_keeper(actor, agency_id)
    if not YEAR_MIN <= year <= YEAR_MAX or not 1 <= first_month <= 12:
        raise LedgerRefused("year", f"{year}年{first_month}月不能建账", advice="请更正年度和月份。")
    with transaction.atomic(), told():
        months = [year * 100 + number for number in range(first_month, 13)]
        there = set(Period.objects.filter(agency=agency_id, month__in=months).values_list("month", flat=True))
        for month in months:
            if month not in there:
                first, last = days_of_month(month)
                Period(
                    agency_id=agency_id,
                    month=month,
                    starts_on=first,
                    ends_on=last,
                    head=genesis(agency_id, month),
                ).save(force_insert=True)
        periods = list(Period.objects.filter(agency=agency_id, month__in=months).order_by("month"))
        if len(there) < len(months):
            record(
                actor, "ledger.year.open", periods[0], after={"year": year, "months": sorted(set(months) - there)},
                agency_id=agency_id,
            )  # fmt: skip
    return periods


def close_period(actor: Actor, agency_id: int, month: int) -> Period:
    """Close a month (结账): nothing is posted into it any more. Months close in their order.

    Raises:
        LedgerRefused: not an accountant of the agency, closed already, an earlier month is open.
        NotThere: no such month, or not this actor's to see.
    """
    return _turn(actor, agency_id, month, "close", "", KEEPERS)


def reopen_period(actor: Actor, agency_id: int, month: int, reason: str) -> Period:
    """Open a closed month again (反结账), with a reason, by another person than the one who closed it; the last month first.

    Raises:
        LedgerRefused: the person who closed it, no reason, not closed, a later month is closed.
        NotThere: no such month, or not this actor's to see.
    """
    return _turn(actor, agency_id, month, "reopen", reason, REOPENERS)


def _turn(actor: Actor, agency_id: int, month: int, kind: str, reason: str, roles: frozenset[str]) -> Period:
    period = access_period(actor, agency_id, month)
    need_keeper(actor, agency_id, roles)
    if len(reason) > REASON_MAX or not reason.isprintable():
        raise LedgerRefused("long", f"理由最多 {REASON_MAX} 个字，不含换行", advice="请缩短。")
    with transaction.atomic(), told():
        # the row that posting takes first: whoever is posting is waited for, and what they posted is in the month that closes
        period = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
        act = PeriodAct(
            period=period, kind=kind, actor_id=actor.account_id, reason=reason, at=timezone.now(), length=period.length,
            head=period.head,
        )  # fmt: skip
        act.save()
        record(
            actor, f"ledger.period.{kind}", period, reason=reason,
            after={"month": month, "length": period.length, "head": period.head}, agency_id=agency_id,
        )  # fmt: skip
        period.refresh_from_db()
    return period


def open_budget_line(
    actor: Actor,
    fund: Fund,
    year: int,
    name: str,
    functional_code: str,
    initial_fen: int,
    document_number: str,
    *,
    nature: str = "project",
    vintage: str = "current",
    economic_code: str = "",
    project_code: str = "",
) -> BudgetLine:
    """Enter an appropriation (年初预算数) as it was approved.

    Args:
        functional_code: 类, 款 or 项: 3, 5 or 7 digits; economic_code: none, 类 or 款: 3 or 5 digits.
        document_number: of the approval (批复文号).

    Raises:
        LedgerRefused: not an accountant of the agency, a code or amount that is none, the line is there already.
    """
    need_keeper(actor, fund.agency_id)
    _one_of(nature, NATURES, "支出性质")
    _one_of(vintage, VINTAGES, "指标来源")
    _amount(initial_fen, "年初预算数", 0, AMOUNT_FEN_MAX)
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise LedgerRefused("year", f"没有{year}年度", advice="请更正年度。")
    if not _FUNCTIONAL.fullmatch(functional_code):
        raise LedgerRefused("code", "功能分类编码不是 3、5 或 7 位数字", advice="请按政府收支分类科目填写。")
    if not _ECONOMIC.fullmatch(economic_code):
        raise LedgerRefused("code", "经济分类编码不是 3 或 5 位数字", advice="请按政府收支分类科目填写。")
    line = BudgetLine(
        agency_id=fund.agency_id, year=year, fund=fund, nature=nature, vintage=vintage, functional_code=functional_code,
        economic_code=economic_code, project_code=project_code, name=name, document_number=document_number,
        initial_fen=initial_fen,
    )  # fmt: skip
    _fits(line)
    with transaction.atomic(), told():
        line.save(force_insert=True)
        record(actor, "ledger.budget.open", line, after=snapshot(line), agency_id=fund.agency_id)
    return line


def adjust_budget(
    actor: Actor,
    line_id: int,
    kind: str,
    amount_fen: int,
    day: date,
    document_number: str,
    *,
    key: str,
    reason: str,
) -> BudgetMove:
    """Adjust a budget line by a dated document: 追加 and 结转使用 (+), 调减 (-).

    Raises:
        LedgerRefused: not an accountant of the agency; the line would hold less than is spent and committed.
        NotThere: no such line, or not this actor's to see.
    """
    line = access_budget_line(actor, line_id)
    need_keeper(actor, line.agency_id)
    if kind not in ("supplement", "reduction", "carry_over"):
        raise LedgerRefused("kind", "没有这种预算调整", advice="可用：supplement、reduction、carry_over。")
    return _move(actor, [(line, kind, amount_fen)], day, document_number, key, reason)[0]


def transfer_budget(
    actor: Actor,
    from_id: int,
    to_id: int,
    amount_fen: int,
    day: date,
    document_number: str,
    *,
    key: str,
    reason: str,
) -> list[BudgetMove]:
    """Move an appropriation from one line to another of the same agency, year and fund (调剂).

    Raises:
        LedgerRefused: not an accountant of the agency, unlike lines, more than is left on the first.
        NotThere: no such line, or not this actor's to see.
    """
    source, target = access_budget_line(actor, from_id), access_budget_line(actor, to_id)
    need_keeper(actor, source.agency_id)
    _amount(amount_fen, "调剂金额", 1, AMOUNT_FEN_MAX)
    if from_id == to_id or (source.agency_id, source.year, source.fund_id) != (
        target.agency_id, target.year, target.fund_id,
    ):  # fmt: skip
        raise LedgerRefused(
            "budget-line", "只能在同一机构、年度、资金的两条指标之间调剂", advice="请核对指标。"
        )
    return _move(
        actor,
        [(source, "transfer", -amount_fen), (target, "transfer", amount_fen)],
        day,
        document_number,
        key,
        reason,
    )


def commit_budget(
    actor: Actor, line_id: int, amount_fen: int, day: date, *, key: str, reason: str
) -> BudgetMove:
    """Keep part of a line for a contract or a batch (承诺); nobody else can spend it. For an area, which has decided who may.

    Raises:
        LedgerRefused: more than is left on the line, another content under the key.
    """
    line = _line_of(actor, line_id)
    return _move(actor, [(line, "commitment", amount_fen)], day, "", key, reason)[0]


def release_budget(
    actor: Actor, line_id: int, amount_fen: int, day: date, *, key: str, reason: str
) -> BudgetMove:
    """Give a commitment, or a part of it, back to its line; ``amount_fen`` is more than 0.

    To pay from a commitment release it and post, in one transaction, both dated in the same month.

    Raises:
        LedgerRefused: more than is committed, another content under the key.
    """
    line = _line_of(actor, line_id)
    return _move(actor, [(line, "release", -amount_fen)], day, "", key, reason)[0]


def _line_of(actor: Actor, line_id: int) -> BudgetLine:
    line = BudgetLine.objects.filter(pk=line_id).first()
    if line is None or not (
        actor.kind == "system" or (actor.kind == "staff" and actor.roles_at(line.agency_id))
    ):
        raise LedgerRefused("budget-line", "没有这条预算指标", advice="请核对指标。")
    return line


def _move(
    actor: Actor,
    moves: list[tuple[BudgetLine, str, int]],
    day: date,
    document_number: str,
    key: str,
    reason: str,
) -> list[BudgetMove]:
    made: list[BudgetMove] = []
    agency = moves[0][0].agency_id
    for name, text, longest in (("幂等键", key, KEY_MAX), ("摘要", reason, REASON_MAX)):
        if not text.strip() or len(text) > longest or not text.isprintable():
            raise LedgerRefused(
                "text", f"{name}没有填写、过长或含有控制字符", advice=f"请填写，最多 {longest} 个字。"
            )
    with transaction.atomic(), told():
        # the same row first as posting does: two acts in one transaction then never wait for each other in a circle
        list(
            Period.objects.select_for_update(no_key=True).filter(
                agency=agency, month=day.year * 100 + day.month
            )
        )
        for line, kind, amount in sorted(moves, key=lambda move: move[0].pk):
            _, _, sign = BUDGET_MOVE_KINDS[kind]
            _amount(amount, "金额", 1 if sign > 0 else -AMOUNT_FEN_MAX, -1 if sign < 0 else AMOUNT_FEN_MAX)
            digest = move_digest(line.pk, kind, amount, day, document_number, key, reason)
            standing = BudgetMove.objects.filter(line=line, key=key).first()
            if standing is not None:
                if standing.digest != digest:
                    raise LedgerRefused(
                        "key", "同一业务编号已用不同内容登记过", advice="请核对是否重复提交。"
                    )
                made.append(standing)
                continue
            move = BudgetMove(
                line=line, kind=kind, amount_fen=amount, date=day, document_number=document_number, key=key,
                digest=digest, reason=reason, actor_id=actor.account_id, at=timezone.now(),
            )  # fmt: skip
            _fits(move)
            if kind not in ("commitment", "release") and not document_number.strip():
                raise LedgerRefused("empty", "预算调整没有写明文号", advice="请填写调整文件的文号。")
            move.save()
            after: dict[str, Any] = snapshot(move, "kind", "amount_fen", "date", "document_number", "key")
            record(actor, f"ledger.budget.{kind}", line, reason=reason, after=after, agency_id=agency)
            made.append(move)
    return made
