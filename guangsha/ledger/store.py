"""How entries are written: one call of a function on PostgreSQL, one transaction of its only writer on SQLite.

Nothing is decided here. The month is locked first, then accounts and budget lines by their ids, for everybody alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from django.db import connection
from django.utils import timezone

from guangsha.ledger.facts import Draft, Written
from guangsha.ledger.models import Entry, Period
from guangsha.ledger.refusals import told
from guangsha.ledger.rules import LedgerRefused, content_digest, link_of, month_of

#: Entries sent to PostgreSQL in one call: arrays of a few hundred kilobytes.
CHUNK = 2000
#: Keys asked for at a time on SQLite, which bounds the variables of a statement.
_ASKED = 500

_POST = """
SELECT entry_id, entry_number, entry_link, replayed FROM ledger_post(
  %s::bigint, %s::integer, %s::date, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::integer, %s::bigint,
  %s::bigint, %s::bigint[], %s::bigint[], %s::bigint[])
"""
_POST_MANY = """
SELECT entry_id, entry_number, entry_link, replayed FROM ledger_post_many(
  %s::bigint[], %s::integer[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::integer[], %s::bigint[], %s::integer[], %s::bigint, %s::integer[], %s::integer[], %s::bigint[], %s::bigint[], %s::bigint[])
ORDER BY place
"""
_LOCK = "SELECT ledger_lock(%s::bigint[], %s::integer[], %s::bigint[], %s::bigint[])"


def post_arguments(draft: Draft, actor_id: int) -> tuple[Any, ...]:
    """The arguments of ``ledger_post`` in their order."""
    return (
        draft.agency_id, month_of(draft.day), draft.day, draft.kind, draft.key, content_digest(draft), draft.reason,
        draft.source_type, draft.source_id, draft.voucher_number, draft.attachments, draft.reversal_of, actor_id,
        [line.account_id for line in draft.lines], [line.amount_fen for line in draft.lines],
        [line.budget_line_id for line in draft.lines],
    )  # fmt: skip


def post_many_arguments(drafts: Sequence[Draft], actor_id: int) -> tuple[Any, ...]:
    """The arguments of ``ledger_post_many`` in their order."""
    of = [place for place, draft in enumerate(drafts, start=1) for _ in draft.lines]
    lines = [line for draft in drafts for line in draft.lines]
    return (
        [d.agency_id for d in drafts], [month_of(d.day) for d in drafts], [d.day for d in drafts], [d.kind for d in drafts],
        [d.key for d in drafts], [content_digest(d) for d in drafts], [d.reason for d in drafts],
        [d.source_type for d in drafts], [d.source_id for d in drafts], [d.voucher_number for d in drafts],
        [d.attachments for d in drafts], [d.reversal_of for d in drafts], [len(d.lines) for d in drafts], actor_id,
        of, [number for d in drafts for number in range(1, len(d.lines) + 1)],
        [line.account_id for line in lines], [line.amount_fen for line in lines], [line.budget_line_id for line in lines],
    )  # fmt: skip


def write(drafts: Sequence[Draft], actor_id: int) -> list[Written]:
    """Write checked drafts in their order, all or none; inside a transaction.

    Raises:
        LedgerRefused: the books do not take one of them.
    """
    if connection.vendor == "postgresql":
        return list(_write_postgresql(drafts, actor_id))
    return _write_sqlite(drafts, actor_id)


def _write_postgresql(drafts: Sequence[Draft], actor_id: int) -> Iterator[Written]:
    with told(), connection.cursor() as cursor:
        if len(drafts) == 1:
            cursor.execute(_POST, post_arguments(drafts[0], actor_id))
            yield Written(*cursor.fetchone())
            return
        if len(drafts) > CHUNK:  # locks of all parts before the first of them
            months = sorted({(draft.agency_id, month_of(draft.day)) for draft in drafts})
            accounts = sorted({line.account_id for draft in drafts for line in draft.lines})
            budget = {line.budget_line_id for draft in drafts for line in draft.lines} - {None}
            agencies, numbers = [agency for agency, _ in months], [month for _, month in months]
            cursor.execute(_LOCK, (agencies, numbers, accounts, sorted(b for b in budget if b is not None)))
        for start in range(0, len(drafts), CHUNK):
            cursor.execute(_POST_MANY, post_many_arguments(drafts[start : start + CHUNK], actor_id))
            for row in cursor.fetchall():
                yield Written(*row)


def _write_sqlite(drafts: Sequence[Draft], actor_id: int) -> list[Written]:
    periods = {
        (period.agency_id, period.month): period
        for period in Period.objects.filter(
            agency__in={draft.agency_id for draft in drafts},
            month__in={month_of(draft.day) for draft in drafts},
        )
    }
    standing = _standing(drafts)
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    now = timezone.now()
    stamp = str(now.astimezone(UTC).replace(tzinfo=None))
    postings: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    written: list[Written] = []
    for draft in drafts:
        digest = content_digest(draft)
        if found := standing.get((draft.agency_id, draft.key)):
            if found[3] != digest:
                raise LedgerRefused(
                    "key", "同一业务编号已用不同内容记过账", where=f"凭证 {draft.key}",
                    advice="请核对是否重复提交；需要更正时请先冲销。",
                )  # fmt: skip
            written.append(Written(found[0], found[1], found[2], replayed=True))
            continue
        period = periods.get((draft.agency_id, month_of(draft.day)))
        if period is None:
            raise LedgerRefused(
                "no-period", "该月还没有建账", where=f"凭证 {draft.key}", advice="请先开立该年度的会计期间。"
            )
        last += 1
        period.length += 1
        period.head = link_of(period.head, period.length, digest, actor_id, now)
        size = len(draft.lines)
        postings.extend(
            (last, number, size, line.account_id, line.amount_fen, line.budget_line_id)
            for number, line in enumerate(draft.lines, start=1)
        )
        entries.append(
            (
                last, draft.agency_id, period.pk, period.length, draft.day.isoformat(), draft.kind, size, draft.key, digest,
                draft.source_type, draft.source_id, draft.voucher_number, draft.attachments, draft.reason,
                draft.reversal_of, actor_id, stamp, period.head,
            )
        )  # fmt: skip
        written.append(Written(last, period.length, period.head, replayed=False))
    with told(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen, budget_line_id)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            postings,
        )
        cursor.executemany(
            "INSERT INTO ledger_entry (id, agency_id, period_id, number, date, kind, lines, key, digest, source_type, source_id,"
            " voucher_number, attachments, reason, reversal_of_id, actor_id, posted_at, link)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            entries,
        )
    return written


def _standing(drafts: Sequence[Draft]) -> dict[tuple[int, str], tuple[int, int, str, str]]:
    found: dict[tuple[int, str], tuple[int, int, str, str]] = {}
    for agency in {draft.agency_id for draft in drafts}:
        keys = [draft.key for draft in drafts if draft.agency_id == agency]
        for start in range(0, len(keys), _ASKED):
            rows = Entry.objects.filter(agency=agency, key__in=keys[start : start + _ASKED])
            for pk, number, link, digest, key in rows.values_list("pk", "number", "link", "digest", "key"):
                found[agency, key] = (pk, number, link, digest)
    return found
