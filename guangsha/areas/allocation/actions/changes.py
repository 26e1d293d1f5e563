"""Changes against a household on the list: propose, tell and ask, decide by a second person, with a letter that names the remedies.

Source: 社会救助法 §48; operations.md §2.0 (remedies), §4.1 (refusals).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from guangsha.areas.allocation.access import access_change
from guangsha.areas.allocation.actions.base import (
    NotAllowed,
    locked_entry,
    need,
    need_distance,
    said,
    tell_entry,
    today,
    touched,
    whole,
)
from guangsha.areas.allocation.facts import CHANGE_KINDS, ENTRY_STATES, HEARING_OUTCOMES
from guangsha.areas.allocation.models import EntryChange, WaitlistEntry
from guangsha.areas.allocation.rules import APPROVERS, MAKERS
from guangsha.areas.intake.actions.numbers import document_number
from guangsha.areas.intake.letters import remedies_text
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError

#: In which states of the entry what may be proposed.
PROPOSED_IN: Mapping[str, frozenset[str]] = {
    "suspend": frozenset({"waiting", "registered"}),
    "remove": frozenset({"waiting", "registered", "suspended"}),
    "lower": frozenset({"waiting", "registered", "suspended"}),
}
REMEDIES = ("reexamination", "reconsideration", "litigation")


@transaction.atomic
def propose_change(
    actor: Actor,
    number: str,
    version: int | None = None,
    *,
    kind: str,
    reason: str,
    basis: str = "",
    until: date | None = None,
    barred_until: date | None = None,
) -> EntryChange:
    """Propose to suspend or remove an entry or to take it out of the first tier: the household is told and asked first; nothing
    changes before a second person has decided.

    Args:
        until: of a suspension, the day it ends by itself; of a removal, the day before which the household is not listed again.

    Raises:
        NotAllowed: not in this state, one is open already, or not this person.
        InputError: no such change, a day in the past.
    """
    entry = locked_entry(actor, number, version)
    need(actor, entry.agency_id, MAKERS, "提出轮候变更")
    need_distance(actor, [entry.household_id])
    words = said(reason, "理由")
    end = until or barred_until
    if (
        kind not in PROPOSED_IN
        or entry.state not in PROPOSED_IN[kind]
        or (kind == "lower" and entry.tier == 2)
    ):
        raise NotAllowed(
            f"现为“{ENTRY_STATES[entry.state]}”，不能这样办理", where=number, advice="请刷新页面。"
        )
    if end is not None and end <= today():
        raise InputError("期限应在今天以后", where="期限", advice="请核对日期。")
    if entry.changes.filter(state__in=("hearing", "proposed")).exists():
        raise NotAllowed("这项登记已有一项变更在办", where=number, advice="请先办结那一项。")
    due = today() + timedelta(days=whole("allocation_hearing_days", entry.agency.region_code, today()))
    change = EntryChange.objects.create(
        entry=entry, number=int(entry.changes.aggregate(last=Max("number"))["last"] or 0) + 1, kind=kind, reason=words,
        basis=said(basis, "依据", needed=False, most=120), until=end, state="hearing", told_at=timezone.now(), due_on=due,
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    touched(entry)
    record(
        actor, f"allocation.change.{kind}", change, reason=words,
        after={"entry": number, "due_on": due, "until": end}, agency_id=entry.agency_id,
    )  # fmt: skip
    tell_entry(
        entry, f"change:{change.number}", f"轮候登记拟办理“{CHANGE_KINDS[kind]}”，请您说明",
        f"因“{words}”，拟对您家的轮候登记办理“{CHANGE_KINDS[kind]}”。有不同意见的，请在 {due:%Y年%-m月%-d日}前说明，可以在网上填写，"
        "也可以到窗口。作出决定前不会变动。",
    )  # fmt: skip
    return change


@transaction.atomic
def hear_change(actor: Actor, key: int, *, outcome: str, text: str = "") -> EntryChange:
    """What the household says: written by itself on the portal, or noted by staff who heard it.

    Raises:
        NotAllowed: nothing is asked (any more).
        InputError: no answer.
    """
    entry, change = _open(actor, key, None, ("hearing",))
    if outcome not in HEARING_OUTCOMES or outcome == "silent":
        raise InputError("请选择有没有不同意见", where="陈述意见", advice="请选择后提交。")
    words = said(text, "陈述意见", needed=outcome == "objected")
    if actor.kind == "staff":
        need(actor, entry.agency_id, MAKERS | APPROVERS, "记录陈述意见")
        need_distance(actor, [entry.household_id])
    elif actor.kind != "citizen":
        raise NotAllowed("请由家庭成员本人说明", where=entry.number)
    _heard(change, outcome, words)
    record(
        actor, "allocation.change.hear", change, after={"entry": entry.number, "outcome": outcome},
        agency_id=entry.agency_id,
    )  # fmt: skip
    return change


def _heard(change: EntryChange, outcome: str, words: str) -> None:
    change.outcome, change.said, change.heard_at, change.state = outcome, words, timezone.now(), "proposed"
    change.save(update_fields=["outcome", "said", "heard_at", "state"])


def _open(
    actor: Actor, key: int, version: int | None, states: tuple[str, ...]
) -> tuple[WaitlistEntry, EntryChange]:
    seen = access_change(actor, key)
    entry = locked_entry(actor, seen.entry.number, version)
    change = EntryChange.objects.select_for_update().get(pk=key)
    if change.state not in states:
        raise NotAllowed("这项变更已经办过了", where=entry.number, advice="请刷新页面。")
    return entry, change


def close_hearings(now: datetime) -> int:
    """Households that were asked and let the time pass count as heard; a person still decides."""
    late = EntryChange.objects.filter(state="hearing", due_on__lt=timezone.localdate(now)).values_list(
        "pk", flat=True
    )
    done = 0
    for key in list(late[:500]):
        with transaction.atomic():
            entry, change = _open(CLOCK, key, None, ("hearing",))
            _heard(change, "silent", "")
            record(
                CLOCK, "allocation.change.silent", change, after={"entry": entry.number}, agency_id=entry.agency_id
            )  # fmt: skip
            done += 1
    return done


@transaction.atomic
def confirm_change(actor: Actor, key: int, version: int, *, note: str = "") -> EntryChange:
    """A second person decides; the household gets a letter with the reasons and its remedies.

    Raises:
        NotAllowed: the same person who proposed it, or the household is still being heard.
    """
    entry, change = _open(actor, key, version, ("proposed",))
    need(actor, entry.agency_id, APPROVERS, "决定轮候变更")
    need_distance(actor, [entry.household_id])
    if actor.kind != "staff":
        raise NotAllowed("不利于家庭的决定必须由人作出", where=entry.number)
    if change.made_by_id == actor.account_id:
        raise NotAllowed("提出和决定不能是同一人", where=entry.number, advice="请由另一位同事决定。")
    change.state, change.note = "confirmed", said(note, "决定意见", needed=False)
    change.confirmed_by_id, change.confirmed_at = actor.account_id, timezone.now()
    change.document_number = document_number(entry.agency.name, today())
    change.save(update_fields=["state", "note", "confirmed_by", "confirmed_at", "document_number"])
    before = {"state": entry.state, "tier": entry.tier}
    _carry_out(entry, change)
    record(
        actor, "allocation.change.confirm", change, reason=change.note, before=before,
        after={"entry": entry.number, "state": entry.state, "tier": entry.tier, "document": change.document_number},
        agency_id=entry.agency_id,
    )  # fmt: skip
    tell_entry(
        entry, f"changed:{change.number}", f"轮候登记已办理“{CHANGE_KINDS[change.kind]}”（{change.document_number}）",
        f"因“{change.reason}”，决定对您家的轮候登记办理“{CHANGE_KINDS[change.kind]}”"
        + (f"，至 {change.until:%Y年%-m月%-d日}" if change.until and change.kind != "lower" else "")
        + f"。{remedies_text(REMEDIES)}",
    )  # fmt: skip
    return change


def _carry_out(entry: WaitlistEntry, change: EntryChange) -> None:
    if change.kind == "lower":
        entry.tier, entry.grounds = 2, []
        touched(entry, "tier", "grounds")
        return
    entry.state = "suspended" if change.kind == "suspend" else "removed"
    entry.state_since, entry.state_reason = today(), change.reason
    if change.kind == "suspend":
        entry.suspended_until = change.until
    else:
        entry.barred_until = change.until
    touched(entry, "state", "state_since", "state_reason", "suspended_until", "barred_until")
    _leave_plans(entry)


def _leave_plans(entry: WaitlistEntry) -> None:
    """Registrations that are not in a frozen roster are withdrawn with the entry."""
    entry.registrations.filter(state__in=("registered", "qualified", "disqualified")).update(
        state="withdrawn"
    )


@transaction.atomic
def drop_change(actor: Actor, key: int, version: int, *, reason: str) -> EntryChange:
    """Not adopted: the entry stays as it is, and the household is told.

    Raises:
        NotAllowed: decided already, or not this person.
    """
    entry, change = _open(actor, key, version, ("hearing", "proposed"))
    need(actor, entry.agency_id, MAKERS | APPROVERS, "撤销轮候变更")
    need_distance(actor, [entry.household_id])
    change.state, change.note = "dropped", said(reason, "理由")
    change.save(update_fields=["state", "note"])
    touched(entry)
    record(
        actor, "allocation.change.drop", change, reason=change.note, after={"entry": entry.number},
        agency_id=entry.agency_id,
    )  # fmt: skip
    tell_entry(
        entry,
        f"dropped:{change.number}",
        "轮候登记不作变更",
        f"经核实，您家的轮候登记不因“{change.reason}”变更。",
    )
    return change


@transaction.atomic
def resume_entry(actor: Actor, number: str, version: int | None = None, *, reason: str) -> WaitlistEntry:
    """A suspended entry waits again in its old place.

    Raises:
        NotAllowed: it is not suspended, or not this person.
    """
    entry = locked_entry(actor, number, version)
    need(actor, entry.agency_id, MAKERS | APPROVERS, "恢复轮候")
    need_distance(actor, [entry.household_id])
    if entry.state != "suspended":
        raise NotAllowed("不是暂停轮候的登记", where=number, advice="请刷新页面。")
    entry.state, entry.state_since, entry.state_reason = "waiting", today(), said(reason, "理由")
    entry.suspended_until = None
    touched(entry, "state", "state_since", "state_reason", "suspended_until")
    record(
        actor, "allocation.entry.resume", entry, reason=entry.state_reason, before={"state": "suspended"},
        after={"state": "waiting"}, agency_id=entry.agency_id,
    )  # fmt: skip
    tell_entry(entry, f"resumed:{entry.version}", "已恢复轮候", "您家的轮候登记已恢复，原轮候起始日不变。")
    return entry


def end_suspensions(now: datetime) -> int:
    """Suspensions whose last day is over end by themselves."""
    over = WaitlistEntry.objects.filter(state="suspended", suspended_until__lt=timezone.localdate(now))
    numbers = list(over.values_list("number", flat=True)[:500])
    for number in numbers:
        resume_entry(CLOCK, number, reason="暂停期满")
    return len(numbers)


def propose_after_refusals(actor: Actor, entry: WaitlistEntry) -> EntryChange | None:
    """Where a household has refused as often as the place allows, propose that it leaves the list for a while; a person decides.
    The entry is locked, and the caller records its own act before."""
    region, day = entry.agency.region_code, today()
    if entry.refusals < whole("refusals_max", region, day) or entry.state not in PROPOSED_IN["remove"]:
        return None
    if entry.changes.filter(state__in=("hearing", "proposed")).exists():
        return None
    months = whole("refusal_leave_years", region, day)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return propose_change(
        actor, entry.number, kind="remove", reason=f"累计弃选 {entry.refusals} 次", basis="配租规则关于弃选的规定",
        until=date(year, month + 1, min(day.day, 28)),
    )  # fmt: skip
