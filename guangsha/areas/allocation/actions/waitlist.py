"""The waiting list: a household is listed, moves in, is reminded that it waits long.

Source: 公共租赁住房管理办法（住房和城乡建设部令第11号）§10 (轮候期一般不超过 5 年); 社会救助法 §26; operations.md W1, W3.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.actions.base import (
    NotAllowed,
    locked_entry,
    need,
    need_distance,
    new_number,
    tell_entry,
    tell_staff,
    today,
    touched,
    whole,
)
from guangsha.areas.allocation.actions.parameters import layout_steps, priority_kinds
from guangsha.areas.allocation.facts import ENTRY_STATES, LIVING, QUEUES, TIERS
from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.allocation.rules import MAKERS, Relative, is_mixed, layout_of, months_between, tier_of
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Household, Membership, Person, SpecialStatus
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency

#: Of whom a home without steps is needed: the register's code for a disability.
_DISABILITY = "disability"
#: Reminders of one run of the clock.
BATCH = 500
#: Households of one round of questions.
ROUND = 5000


@dataclass(frozen=True, slots=True)
class Standing:
    """Members, layout, tier and its grounds as a household's file says on a day."""

    members: int
    layout: str
    tier: int
    grounds: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """For a trace; without the grounds, which say what is wrong with whom."""
        return {"members": self.members, "layout": self.layout, "tier": self.tier}


def standings_of(households: Collection[int], region: str, on: date) -> dict[int, Standing]:
    """The standing of many households in two questions for every 5000; a household in which nobody counts is left out.

    Raises:
        RuleMissing: the region has not set a parameter.
    """
    steps, priority = layout_steps(region, on), priority_kinds(region, on)
    keys, found = sorted(set(households)), dict[int, Standing]()
    for start in range(0, len(keys), ROUND):
        people: dict[int, list[Relative]] = {}
        persons: dict[int, int] = {}
        rows = Membership.objects.filter(
            household_id__in=keys[start : start + ROUND], ended_on=None, counted=True
        ).order_by("id")
        for household, person, relation, sex, born in rows.values_list(
            "household_id", "person_id", "relation", "person__sex", "person__birth_date"
        ):
            people.setdefault(household, []).append(Relative(relation, sex, born))
            persons[person] = household
        kinds: dict[int, set[str]] = {}
        walks: set[int] = set()
        living = Membership.objects.filter(
            household_id__in=keys[start : start + ROUND], ended_on=None, counted=True
        )
        statuses = SpecialStatus.objects.filter(
            person_id__in=living.values("person_id"), started_on__lte=on, ended_on=None
        )
        for person, kind, grade in statuses.values_list("person_id", "kind", "grade"):
            household = persons[person]
            kinds.setdefault(household, set()).add(kind)
            if kind == _DISABILITY and "肢体" in grade:
                walks.add(household)
        for household, relatives in people.items():
            layout = layout_of(
                len(relatives), steps, mixed=is_mixed(relatives, on), accessible=household in walks
            )
            tier, grounds = tier_of(kinds.get(household, ()), priority)
            found[household] = Standing(len(relatives), layout, tier, tuple(grounds))
    return found


def standing_of(household: Household, region: str, on: date) -> Standing:
    """The standing of one household.

    Raises:
        InputError: nobody counts in it.
        RuleMissing: the region has not set a parameter.
    """
    found = standings_of([household.pk], region, on).get(household.pk)
    if found is None:
        raise InputError(
            "家庭档案里没有计入保障人口的成员", where=household.number, advice="请先补全家庭档案。"
        )
    return found


@transaction.atomic
def list_household(
    actor: Actor,
    household: Household,
    *,
    agency: Agency,
    applicant: Person,
    listed_on: date,
    case: Case | None = None,
    certificate_number: str = "",
    certificate_until: date | None = None,
) -> WaitlistEntry:
    """Put a household on the waiting list; its file says its layout and tier.

    Args:
        listed_on: from when it waits: the day of the decision, for a household that comes back the first one (never a later day).

    Raises:
        NotAllowed: it is listed already, housed, or barred for having refused.
        InputError: nobody counts in its file.
    """
    need(actor, agency.pk, MAKERS, "办理轮候登记")
    need_distance(actor, [household.pk])
    household = Household.objects.select_for_update().get(pk=household.pk)
    others = WaitlistEntry.objects.filter(household=household)
    living = others.filter(state__in=LIVING).first()
    if living is not None:
        raise NotAllowed(
            "该家庭已在轮候名册中", where=living.number, advice="资格续期的请在原轮候登记上办理。"
        )
    barred = others.filter(barred_until__gt=listed_on).order_by("-barred_until").first()
    if barred is not None and barred.barred_until is not None:
        raise NotAllowed(
            f"该家庭因多次弃选，{barred.barred_until:%Y年%-m月%-d日}前不能再次轮候", where=barred.number, advice="请在期满后办理。"
        )  # fmt: skip
    region, on = agency.region_code, today()
    stands = standing_of(household, region, on)
    entry = WaitlistEntry.objects.create(
        number=new_number("LH", region, listed_on), agency=agency, household=household, applicant=applicant, case=case,
        certificate_number=certificate_number, certificate_until=certificate_until, listed_on=listed_on, tier=stands.tier,
        grounds=list(stands.grounds), layout=stands.layout, members=stands.members, state="waiting", state_since=listed_on,
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    record(
        actor, "allocation.entry.list", entry,
        after={"number": entry.number, "listed_on": listed_on, "tier": stands.tier, "layout": stands.layout, "members": stands.members},
        agency_id=agency.pk,
    )  # fmt: skip
    tell_entry(
        entry, "listed", "您家已进入公租房轮候",
        f"自 {listed_on:%Y年%-m月%-d日}起轮候，轮候号 {entry.number}，{TIERS[stands.tier]}，户型组别：{QUEUES[stands.layout]}。可在“我的轮候”查看位次。",
    )  # fmt: skip
    return entry


@transaction.atomic
def refresh_entry(actor: Actor, number: str, version: int | None = None, *, reason: str) -> WaitlistEntry:
    """Take over what the household's file says now: members and layout, and a better tier. A worse tier is a change against the
    household and goes the way of :mod:`.changes`.

    Raises:
        NotAllowed: it is registered for a plan whose roster is frozen, or not this person.
    """
    entry = locked_entry(actor, number, version)
    need(actor, entry.agency_id, MAKERS, "更新轮候登记")
    need_distance(actor, [entry.household_id])
    if entry.state not in ("waiting", "registered", "suspended"):
        raise NotAllowed(f"现为“{ENTRY_STATES[entry.state]}”，不能更新", where=number)
    stands = standing_of(entry.household, entry.agency.region_code, today())
    before = {"members": entry.members, "layout": entry.layout, "tier": entry.tier}
    entry.members, entry.layout = stands.members, stands.layout
    if stands.tier <= entry.tier:
        entry.tier, entry.grounds = stands.tier, list(stands.grounds)
    touched(entry, "members", "layout", "tier", "grounds")
    record(
        actor, "allocation.entry.refresh", entry, reason=reason, before=before,
        after={"members": stands.members, "layout": stands.layout, "tier": entry.tier}, agency_id=entry.agency_id,
    )  # fmt: skip
    return entry


@transaction.atomic
def renew_certificate(
    actor: Actor, entry: WaitlistEntry, *, certificate_number: str, until: date | None, case: Case
) -> WaitlistEntry:
    """A renewed qualification keeps the household's place: only the certificate changes."""
    entry = locked_entry(actor, entry.number)
    entry.certificate_number, entry.certificate_until, entry.case = certificate_number, until, case
    touched(entry, "certificate_number", "certificate_until", "case")
    record(
        actor, "allocation.entry.renew", entry, after={"certificate_until": until, "case": case.number},
        agency_id=entry.agency_id,
    )  # fmt: skip
    return entry


@transaction.atomic
def housed(
    actor: Actor, waitlist_entry_id: int, lease_number: str, *, on: date | None = None
) -> WaitlistEntry:
    """The household has its dwelling: it leaves the list. Asked again for the same lease it is nothing new.

    Raises:
        NotAllowed: the entry is not one that has chosen, or was housed under another lease.
    """
    entry = WaitlistEntry.objects.select_for_update().get(pk=waitlist_entry_id)
    if entry.state == "housed" and entry.lease_number == lease_number:
        return entry
    if entry.state not in ("chosen", "waiting", "registered"):
        raise NotAllowed(f"轮候登记现为“{ENTRY_STATES[entry.state]}”，不能登记入住", where=entry.number)
    before, day = entry.state, on or today()
    entry.state, entry.state_since, entry.housed_on, entry.lease_number = "housed", day, day, lease_number
    entry.state_reason = f"租约 {lease_number}"
    touched(entry, "state", "state_since", "housed_on", "lease_number", "state_reason")
    record(
        actor, "allocation.entry.house", entry, before={"state": before},
        after={"state": "housed", "lease": lease_number, "on": day}, agency_id=entry.agency_id,
    )  # fmt: skip
    return entry


@transaction.atomic
def back_in_line(actor: Actor, waitlist_entry_id: int, *, reason: str) -> WaitlistEntry:
    """A chosen dwelling came to nothing without the household's fault (the lease was not signed for a fault of the dwelling):
    it waits again in its old place.

    Raises:
        NotAllowed: the entry has not chosen.
    """
    entry = WaitlistEntry.objects.select_for_update().get(pk=waitlist_entry_id)
    if entry.state != "chosen":
        raise NotAllowed(f"轮候登记现为“{ENTRY_STATES[entry.state]}”，不能恢复轮候", where=entry.number)
    set_state([entry], "waiting", reason)
    record(
        actor, "allocation.entry.back", entry, reason=reason, before={"state": "chosen"}, after={"state": "waiting"},
        agency_id=entry.agency_id,
    )  # fmt: skip
    return entry


def set_state(entries: Collection[WaitlistEntry], state: str, reason: str = "") -> None:
    """Bring locked entries into a state; the caller records the act."""
    day = today()
    for entry in entries:
        entry.state, entry.state_since, entry.state_reason = state, day, reason[:300]
        entry.version += 1
    WaitlistEntry.objects.bulk_update(
        entries, ["state", "state_since", "state_reason", "version"], batch_size=500
    )


def warn_long_waits(now: datetime) -> int:
    """Households that wait longer than the period promised (§10: five years as a rule) are told to the officers once a year."""
    day, warned = timezone.localdate(now), 0
    rows = (
        WaitlistEntry.objects.filter(state__in=("waiting", "registered"))
        .exclude(warned_on__gt=date(day.year - 1, day.month, min(day.day, 28)))
        .select_related("agency")
        .order_by("listed_on")[:BATCH]
    )
    late: dict[int, list[WaitlistEntry]] = {}
    for entry in rows:
        if months_between(entry.listed_on, day) >= whole("waiting_years_max", entry.agency.region_code, day):
            late.setdefault(entry.agency_id, []).append(entry)
    for agency_id, entries in late.items():
        with transaction.atomic():
            for entry in entries:
                entry.warned_on = day
            WaitlistEntry.objects.bulk_update(entries, ["warned_on"], batch_size=500)
            tell_staff(agency_id, MAKERS, f"allocation-long:{day}", f"{len(entries)} 户轮候超过规定年限",
                     "请在“轮候名册”按轮候时间查看，优先列入配租方案或研究其他保障方式。", "/office/waitlist/?scope=long")  # fmt: skip
            record(
                CLOCK,
                "allocation.entry.warn",
                entries[0],
                after={"entries": len(entries)},
                agency_id=agency_id,
            )
        warned += len(entries)
    return warned
