"""The only writer of entries. Each act is one transaction with its line in the log, which holds the chain of the books.

In one transaction call one of these once: ``post_many`` takes the months, accounts and budget lines of all its entries in one
order, two calls for different months do not. The log is written last, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.access import access_entry, need_keeper, need_poster
from guangsha.ledger.facts import Draft, Line, Written
from guangsha.ledger.models import Entry, Posting
from guangsha.ledger.rules import (
    BATCH_LINES_MAX,
    BATCH_MAX,
    LedgerRefused,
    check_draft,
    mirror,
)
from guangsha.ledger.store import write

#: Acts whose log entries name entries of the books: their object is the first entry, and these hold the last one as well.
POSTED, POSTED_MANY, REVERSED = "ledger.entry.post", "ledger.entry.post_many", "ledger.entry.reverse"


def post(actor: Actor, draft: Draft) -> Written:
    """Post one entry.

    Posting the same content again under the same key gives the entry that stands (``replayed``), and leaves no second act.

    Raises:
        LedgerRefused: what the books do not take and why: unbalanced, closed month, beyond the budget, other content under the
            key, a person who may not.
    """
    if draft.kind in ("reversal", "correction"):
        raise LedgerRefused("kind", "冲销凭证由冲销功能生成", advice="请选择原凭证办理冲销。")
    return _post(actor, draft, POSTED)


def _post(actor: Actor, draft: Draft, action: str) -> Written:
    check_draft(draft)
    need_poster(actor, draft.agency_id, draft.source_type)
    with transaction.atomic():
        written = write([draft], actor.account_id)[0]
        if not written.replayed:
            record(
                actor,
                action,
                Entry(pk=written.entry_id),
                reason=draft.reason,
                after={
                    "number": written.number, "link": written.link, "date": draft.day, "kind": draft.kind, "key": draft.key,
                    "debit_fen": sum(line.amount_fen for line in draft.lines if line.amount_fen > 0),
                    **({"reversal_of": draft.reversal_of} if draft.reversal_of else {}),
                },
                agency_id=draft.agency_id,
            )  # fmt: skip
    return written


def post_many(actor: Actor, drafts: Sequence[Draft]) -> list[Written]:
    """Post a batch: all entries or none, in their order; those that stand already are skipped (``replayed``).

    One act in the log for each agency and month, with how many entries, the last number and its link.

    Raises:
        LedgerRefused: see :func:`post`; also more than ``BATCH_MAX`` entries, or the same key twice.
    """
    _check_batch(actor, drafts)
    if not drafts:
        return []
    with transaction.atomic():
        written = write(drafts, actor.account_id)
        groups: dict[tuple[int, int], list[tuple[Draft, Written]]] = {}
        for draft, result in zip(drafts, written, strict=True):
            if not result.replayed:
                groups.setdefault((draft.agency_id, draft.day.year * 100 + draft.day.month), []).append(
                    (draft, result)
                )
        # into several chains of the log in the order of their names (docs/adr/0010)
        for (agency, month), group in sorted(
            groups.items(), key=lambda item: (f"agency:{item[0][0]}", item[0][1])
        ):
            (first_draft, first), (_, last) = group[0], group[-1]
            record(
                actor,
                POSTED_MANY,
                Entry(pk=first.entry_id),
                reason=first_draft.reason,
                after={
                    "month": month, "count": len(group), "first": first.number, "number": last.number, "link": last.link,
                    "last_entry": last.entry_id,
                    "debit_fen": sum(line.amount_fen for d, _ in group for line in d.lines if line.amount_fen > 0),
                },
                agency_id=agency,
            )  # fmt: skip
    return written


def _check_batch(actor: Actor, drafts: Sequence[Draft]) -> None:
    if len(drafts) > BATCH_MAX or sum(len(draft.lines) for draft in drafts) > BATCH_LINES_MAX:
        raise LedgerRefused(
            "batch", f"一批最多 {BATCH_MAX} 张凭证、{BATCH_LINES_MAX} 条分录", advice="请分成几批。"
        )
    seen: set[tuple[int, str]] = set()
    allowed: set[tuple[int, bool]] = set()
    for draft in drafts:
        check_draft(draft)
        if draft.kind in ("reversal", "correction"):
            raise LedgerRefused("kind", "冲销凭证由冲销功能生成", advice="请选择原凭证办理冲销。")
        if (draft.agency_id, draft.key) in seen:
            raise LedgerRefused(
                "key", "同一批里有两张凭证用同一编号", where=f"凭证 {draft.key}", advice="请去掉重复的一张。"
            )
        seen.add((draft.agency_id, draft.key))
        if (draft.agency_id, bool(draft.source_type)) not in allowed:
            need_poster(actor, draft.agency_id, draft.source_type)
            allowed.add((draft.agency_id, bool(draft.source_type)))


def draft_of(entry: Entry) -> Draft:
    """The draft from which an entry was posted."""
    return Draft(
        agency_id=entry.agency_id,
        day=entry.date,
        kind=entry.kind,
        key=entry.key,
        reason=entry.reason,
        lines=tuple(
            Line(account, amount, budget)
            for account, amount, budget in Posting.objects.filter(entry=entry)
            .order_by("line")
            .values_list("account_id", "amount_fen", "budget_line_id")
        ),
        source_type=entry.source_type,
        source_id=entry.source_id,
        voucher_number=entry.voucher_number,
        attachments=entry.attachments,
        reversal_of=entry.reversal_of_id,
    )


def reverse(actor: Actor, entry_id: int, reason: str, *, day: date | None = None) -> Written:
    """Take an entry back by a new one (冲销); what stands is never edited. Asking again gives the reversal that stands.

    Within its year by a red voucher, later by a blue correction (``rules.mirror``). An entry is reversed once, and a reversal is not
    itself reversed: post the right entry instead.

    Args:
        day: the date of the reversal, in an open month; today when not given.

    Raises:
        LedgerRefused: no reason, a closed month, itself a reversal, not an accountant of the agency.
        NotThere: no such entry, or not this actor's to see.
    """
    entry = access_entry(actor, entry_id)
    need_keeper(actor, entry.agency_id)
    return _reverse(actor, entry, reason, day)


def reverse_for(actor: Actor, entry_id: int, reason: str, *, day: date | None = None) -> Written:
    """As :func:`reverse`, for an area that takes back what it posted itself; it has decided who may.

    Raises:
        LedgerRefused: as :func:`reverse`; also a voucher written by hand, or an entry of another agency.
    """
    entry: Entry | None = Entry.objects.filter(pk=entry_id).exclude(source_type="").first()
    if entry is None:
        raise LedgerRefused("source", "没有这张业务凭证", advice="手工凭证请由会计冲销。")
    return _reverse(actor, entry, reason, day)


def _reverse(actor: Actor, entry: Entry, reason: str, day: date | None) -> Written:
    if entry.kind in ("reversal", "correction"):
        raise LedgerRefused("mirror", "冲销凭证不能再冲销", advice="请重新填制正确的凭证。")
    if not reason.strip():
        raise LedgerRefused("no-reason", "冲销须写明理由", advice="请填写理由。")
    when = timezone.localdate() if day is None else day
    if when < entry.date:
        raise LedgerRefused("date", "冲销日期早于原凭证日期", advice="请更正日期。")
    standing = Entry.objects.filter(reversal_of=entry).first()
    if standing is not None:
        return Written(standing.pk, standing.number, standing.link, replayed=True)
    draft = mirror(draft_of(entry), entry_id=entry.pk, day=when, key=f"reverse:{entry.pk}", reason=reason)
    return _post(actor, draft, REVERSED)
