"""The day's reconciliation (三方对账): what the bills were paid, what the non-tax system has, what the bank has. Two people close a day.

Source: operations.md §5.1 ("bill ledger = non-tax system = bank").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.rent.access import access_day
from guangsha.areas.rent.actions.base import CHUNK, RentRefused, need_role, said, today
from guangsha.areas.rent.actions.paying import NOTICES_MAX
from guangsha.areas.rent.facts import PARTIES
from guangsha.areas.rent.models import Receipt
from guangsha.areas.rent.models_after import CollectionDay, StatementLine
from guangsha.areas.rent.rules import ACCOUNTANTS, DAY_CLOSERS, FEN_MAX
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.facts import Reconciliation, StatementItem
from guangsha.ledger.rules import reconcile
from guangsha.people.models import Agency

#: Differences that a day shows; more are one difference: the wrong file.
SHOWN_MAX = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: the channel's serial, the identification code, the amount, the day it was paid."""

    serial: str
    order_number: str
    amount_fen: int
    day: date


@transaction.atomic
def take_statement(actor: Actor, agency: Agency, party: str, lines: Sequence[Line]) -> tuple[int, int]:
    """Keep what the non-tax system or the bank says; lines that are there already stay. How many are new, how many were known.

    Raises:
        RentRefused: a line that contradicts one that is there, no such party, too many lines.
    """
    need_role(actor, agency.pk, ACCOUNTANTS, "导入对账单")
    if party not in PARTIES or party == "bills":
        raise RentRefused("party", "没有这种对账单", advice="请选择非税系统或银行。")
    if not 0 < len(lines) <= NOTICES_MAX:
        raise RentRefused("many", f"应有 1 至 {NOTICES_MAX} 行", where="对账单", advice="请检查文件。")
    known: dict[str, tuple[int, date]] = {}
    serials = sorted({one.serial for one in lines})
    for start in range(0, len(serials), CHUNK):
        rows = StatementLine.objects.filter(
            agency=agency, party=party, serial__in=serials[start : start + CHUNK]
        )
        known |= {serial: (fen, day) for serial, fen, day in rows.values_list("serial", "amount_fen", "day")}
    now, fresh = timezone.now(), []
    for one in lines:
        if one.serial in known:
            if known[one.serial] != (one.amount_fen, one.day):
                raise RentRefused(
                    "contradiction", "与已导入的同一流水号不符", where=f"流水号 {one.serial}", advice="请核对对账单。"
                )  # fmt: skip
            continue
        if not (0 < len(one.serial) <= 40 and 0 < one.amount_fen <= FEN_MAX and one.day <= today()):
            raise RentRefused("line", "流水号、金额或日期无效", where=f"流水号 {one.serial[:40]}", advice="请更正。")  # fmt: skip
        known[one.serial] = (one.amount_fen, one.day)
        fresh.append(
            StatementLine(
                agency=agency, day=one.day, party=party, serial=one.serial, order_number=one.order_number[:20],
                amount_fen=one.amount_fen, made_at=now,
            )
        )  # fmt: skip
    closed = CollectionDay.objects.filter(
        agency=agency, day__in={row.day for row in fresh}, state="closed"
    ).first()
    if closed is not None:
        raise RentRefused("closed", "这一天已经办结", where=closed.day.isoformat(), advice="请由主管查明。")
    StatementLine.objects.bulk_create(fresh, batch_size=CHUNK)
    if fresh:
        record(
            actor, "rent.statement.take", agency,
            after={"party": party, "count": len(fresh), "amount_fen": sum(row.amount_fen for row in fresh)}, agency_id=agency.pk,
        )  # fmt: skip
    return len(fresh), len(lines) - len(fresh)


def compare(agency_id: int, day: date) -> Reconciliation:
    """The three parties on a day; nothing is written. The key is the channel's serial."""
    parties: dict[str, list[StatementItem]] = {party: [] for party in PARTIES}
    for serial, fen, number in Receipt.objects.filter(day=day, order__account__agency=agency_id).values_list(
        "serial", "amount_fen", "order__number"
    ):
        parties["bills"].append(StatementItem(serial, fen, day, number))
    for party, serial, fen, number in StatementLine.objects.filter(agency=agency_id, day=day).values_list(
        "party", "serial", "amount_fen", "order_number"
    ):
        parties[party].append(StatementItem(serial, fen, day, number))
    return reconcile(parties)


@transaction.atomic
def check_day(actor: Actor, agency: Agency, day: date) -> CollectionDay:
    """Compare the three on a day and write down where they differ. What was found out about a difference that is still there stays.

    Raises:
        RentRefused: a day to come, closed already, not an accountant.
    """
    need_role(actor, agency.pk, ACCOUNTANTS, "对账")
    if day > today():
        raise RentRefused("day", "这一天还没有到", where=day.isoformat(), advice="请更正日期。")
    CollectionDay.objects.bulk_create([CollectionDay(agency=agency, day=day)], ignore_conflicts=True)
    row = CollectionDay.objects.select_for_update().get(agency=agency, day=day)
    if row.state == "closed":
        raise RentRefused("closed", "这一天已经办结", where=day.isoformat(), advice="请查看结果。")
    found = compare(agency.pk, day)
    settled = {(str(one["key"]), str(one["kind"])): str(one["settled"]) for one in row.differences}
    row.differences = [
        {**cast(dict[str, object], asdict(one)), "settled": settled.get((one.key, one.kind), "")}
        for one in found.differences[:SHOWN_MAX]
    ]
    row.bills_fen, row.nontax_fen, row.bank_fen = (found.totals.get(party, 0) for party in PARTIES)
    row.state, row.checked_by_id, row.checked_at = "checked", actor.account_id, timezone.now()
    row.version += 1
    row.save()
    record(
        actor, "rent.day.check", row,
        after={"day": day, "agreed": len(found.agreed), "differences": len(found.differences), "totals": found.totals},
        agency_id=agency.pk,
    )  # fmt: skip
    return row


@transaction.atomic
def settle_difference(actor: Actor, key: int, version: int, item: str, *, text: str) -> CollectionDay:
    """Write down what was found out about a difference.

    Raises:
        RentRefused: no such difference, closed, somebody else was faster, no words.
    """
    row = _locked_day(actor, key, version, ACCOUNTANTS, "处理差异")
    words = said(text, "查明情况", most=200)
    if not any(str(one["key"]) == item for one in row.differences):
        raise RentRefused("item", "没有这项差异", where=item[:40], advice="请刷新页面。")
    row.differences = [
        {**one, "settled": words} if str(one["key"]) == item else one for one in row.differences
    ]
    row.version += 1
    row.save(update_fields=["differences", "version"])
    record(actor, "rent.day.settle", row, reason=words, after={"key": item}, agency_id=row.agency_id)
    return row


@transaction.atomic
def close_day(actor: Actor, key: int, version: int) -> CollectionDay:
    """Close a reconciled day: somebody else than who compared it, once every difference is explained and nothing changed since.

    Raises:
        RentRefused: differences without an explanation, new payments since it was compared, the same person.
    """
    row = _locked_day(actor, key, version, DAY_CLOSERS, "办结对账")
    if row.state != "checked":
        raise RentRefused("state", "这一天还没有对账", where=row.day.isoformat(), advice="请会计先对账。")
    if row.checked_by_id == actor.account_id:
        raise RentRefused("four-eyes", "对账人不能办结同一天", where=row.day.isoformat(), advice="请由其他同事办结。")  # fmt: skip
    if any(not one["settled"] for one in row.differences):
        raise RentRefused("differences", "还有差异没有查明", where=row.day.isoformat(), advice="请会计逐项查明。")  # fmt: skip
    found = compare(row.agency_id, row.day)
    now = {(one.key, one.kind) for one in found.differences[:SHOWN_MAX]}
    if now != {(str(one["key"]), str(one["kind"])) for one in row.differences} or tuple(
        found.totals.get(party, 0) for party in PARTIES
    ) != (row.bills_fen, row.nontax_fen, row.bank_fen):
        raise RentRefused("moved", "对账后又有新的收款或对账单", where=row.day.isoformat(), advice="请会计重新对账。")  # fmt: skip
    row.state, row.closed_by_id, row.closed_at = "closed", actor.account_id, timezone.now()
    row.version += 1
    row.save(update_fields=["state", "closed_by", "closed_at", "version"])
    record(
        actor, "rent.day.close", row, after={"day": row.day, "totals": found.totals}, agency_id=row.agency_id
    )
    return row


def _locked_day(actor: Actor, key: int, version: int, roles: frozenset[str], what: str) -> CollectionDay:
    seen = access_day(actor, key)
    need_role(actor, seen.agency_id, roles, what)
    row = CollectionDay.objects.select_for_update(of=("self",)).get(pk=key)
    if row.version != version:
        raise RentRefused("moved", "这一天刚被别人办理过", where=row.day.isoformat(), advice="请刷新页面后再办。")  # fmt: skip
    if row.state == "closed":
        raise RentRefused("closed", "这一天已经办结", where=row.day.isoformat(), advice="请查看结果。")
    return row
