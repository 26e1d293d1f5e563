"""Recomputes everybody with an agreement at once and keeps what differs from what stands; nothing changes by itself.

Computing reads only; writing takes the agency's row first, so that two runs at once make one list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.eligibility.families import families_of, known_families
from guangsha.areas.eligibility.rules import Known
from guangsha.areas.eligibility.table import FactsTable, Proposal, facts_table
from guangsha.areas.registry.models import Declaration, Home, Membership, SpecialStatus
from guangsha.areas.subsidy.actions.base import NotAllowed, whole
from guangsha.areas.subsidy.facts import PROGRAMME
from guangsha.areas.subsidy.models import Agreement, Calculation
from guangsha.areas.subsidy.models_review import DIFFERENCE_KINDS, REVIEW_KINDS, ReviewDifference, ReviewRun
from guangsha.areas.subsidy.review_rules import difference_kind, facts_to_judge, happened, what_changed
from guangsha.areas.subsidy.rules import CONFIRMERS, renewal_opens
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import digest
from guangsha.people.models import Agency
from guangsha.policy.batch import compile_batch
from guangsha.policy.decision import decide
from guangsha.policy.expressions import FactFlag, FactNumber, walk
from guangsha.policy.household import Lease
from guangsha.policy.household_types import TYPE_BY_NUMBER
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes import RENTAL_SUBSIDY

#: Who begins a review and settles what it found.
REVIEWERS = CONFIRMERS - {"district_approver"}
#: Agreements that ended so long ago without a follower are still listed.
LAPSED_DAYS = 62
ROUND = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement as it stands when a review begins."""

    pk: int
    household_id: int
    region: str
    rent_fen: int
    filing: str
    amount_fen: int
    household_type: str
    version: int
    starts_on: date
    ends_on: date


@dataclass
class Found:
    """What a review found, before it is written."""

    table_digest: str
    parameters: list[dict[str, str]]
    standing: dict[int, Standing]
    differences: list[ReviewDifference] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, agreement: Standing, kind: str, **more: Any) -> None:
        self.counts[kind] += 1
        self.differences.append(
            ReviewDifference(
                agreement_id=agreement.pk, kind=kind, before_fen=agreement.amount_fen, before_type=agreement.household_type, **more
            )
        )  # fmt: skip


def run_review(actor: Actor, agency: Agency, kind: str, on: date) -> ReviewRun:
    """Review every active agreement of an agency and those below it.

    The same facts, parameters and agreements give the run that is there already. What an earlier run left open is superseded.

    Raises:
        NotAllowed: neither the clock nor a reviewer of this agency.
        InputError: no such kind, or a day in the future.
        RuleMissing: a parameter that is needed is not in force.
    """
    if actor.kind != "system" and not (actor.kind == "staff" and actor.roles_at(agency.pk) & REVIEWERS):
        raise NotAllowed("您的岗位不能发起批量复核", where=agency.name, advice="请由有权限的同事办理。")
    if kind not in REVIEW_KINDS:
        raise InputError("没有这种复核", where="类别", advice=f"可以是：{'、'.join(REVIEW_KINDS)}。")
    if on > timezone.localdate():
        raise InputError("复核日不能晚于今天", where="复核日", advice="请更正日期。")
    found = find_differences(agency, kind, on)
    return _write(actor, agency, kind, on, found)


def standing_of(agency: Agency, states: Collection[str] = ("active",)) -> dict[int, Standing]:
    """The agreements of an agency and those below it, by household."""
    rows: QuerySet[Any, Any] = Agreement.objects.filter(
        agency__path__startswith=agency.path, state__in=states, programme=PROGRAMME
    )
    names = (
        "pk", "household_id", "region", "rent_fen", "lease_filing", "amount_fen", "household_type", "version", "starts_on",
        "ends_on",
    )  # fmt: skip
    return {row[1]: Standing(*row) for row in rows.order_by("pk").values_list(*names)}


def leases_of(standing: Mapping[int, Standing]) -> dict[int, Lease]:
    """The leases of agreements, by household."""
    return {key: Lease(one.rent_fen, bool(one.filing)) for key, one in standing.items()}


def find_differences(agency: Agency, kind: str, on: date) -> Found:
    """What a review finds; reads only."""
    standing = standing_of(agency)
    table = facts_table(standing, on, leases=leases_of(standing))
    found = Found(table.digest, [], standing)
    found.counts["agreements"] = len(standing)
    for region in sorted({one.region for one in standing.values()}):
        mine = {key for key, one in standing.items() if one.region == region}
        _judge(found, table, mine, region, kind, on)
    empty = families_of(table.unusable, on)
    for key, sentence in sorted(table.unusable.items()):
        gone = not empty[key].persons
        found.add(
            standing[key], "ends" if gone else "incomplete", proposed_fen=0 if gone else None, happened_on=on,
            missing=[sentence],
        )  # fmt: skip
    if kind == "annual":
        _declarations(found, agency, on)
    _dates(found, on)
    return found


def _judge(
    found: Found,
    table: FactsTable,
    mine: set[int],
    region: str,
    kind: str,
    on: date,
) -> None:
    proposals = table.propose(RENTAL_SUBSIDY, region)
    compiled = compile_batch(RENTAL_SUBSIDY, region, on)
    found.parameters += [
        {"region": region, "key": value.key, "title": value.declared.title, "version": value.version}
        for value in sorted(compiled.parameters, key=lambda value: value.key)
    ]
    differing = {
        key: proposal for key, proposal in proposals.items()
        if key in mine and difference_kind(found.standing[key].amount_fen, proposal.outcome, proposal.amount_fen)
    }  # fmt: skip
    same = [proposals[key] for key in mine - set(differing) if key in proposals]
    found.counts["unchanged"] += len(same)
    open_ones = [key for key, proposal in differing.items() if proposal.outcome is Outcome.INCOMPLETE]
    leases = leases_of({key: found.standing[key] for key in open_ones})
    known = dict(known_families(open_ones, on, leases=leases))
    basis = _basis([found.standing[key].pk for key in differing])
    for key, facts in table.rows_of(sorted(differing)):
        agreement = found.standing[key]
        standing_facts, stated = basis.get(agreement.pk, ({}, {}))
        judged = facts_to_judge(facts, standing_facts, stated, kind)
        proposal = differing[key] if judged == facts else _decide(judged, region, on)
        what = difference_kind(agreement.amount_fen, proposal.outcome, proposal.amount_fen)
        if not what:
            found.counts["unchanged"] += 1
            continue
        unknown = [name for name, value in judged.items() if value is None]
        found.add(
            agreement, what, happened_on=on, failed=proposal.failed, unknown=proposal.unknown, stated=stated,
            proposed_fen=None if what == "incomplete" else proposal.amount_fen,
            proposed_type=TYPE_BY_NUMBER[proposal.chosen].code if proposal.chosen else "",
            missing=_sentences(what, known.get(key), proposal, unknown, standing_facts, judged),
            digest=digest([region, on.isoformat(), judged, list(_plain(proposal))]),
        )  # fmt: skip


def _sentences(
    what: str, known: Known | None, proposal: Proposal, unknown: Sequence[str], before: Mapping[str, int | None],
    judged: Mapping[str, int | None],
) -> list[str]:  # fmt: skip
    if what == "incomplete":
        return list(_needed(known, proposal, unknown)) if known else []
    return what_changed(before, judged)


def _needed(known: Known, proposal: Proposal, unknown: Sequence[str]) -> tuple[str, ...]:
    """The sentences on facts that the open conditions ask for."""
    asked = {
        fact
        for condition in RENTAL_SUBSIDY.conditions_in(proposal.unknown)
        for fact in _facts_in(condition.code)
    }
    return known.missing_for([name for name in unknown if name in asked] or list(unknown)[:5])


@cache
def _facts_in(code: str) -> frozenset[str]:
    condition = next(c for c in RENTAL_SUBSIDY.conditions if c.code == code)
    return frozenset(e.name for e in walk(condition.test) if isinstance(e, FactFlag | FactNumber))


def _decide(facts: Mapping[str, int | None], region: str, on: date) -> Proposal:
    one = decide(facts, region, on, programme=RENTAL_SUBSIDY)
    return Proposal(
        one.outcome, sum(kind.bit for kind in one.matched), one.chosen.number if one.chosen else 0, one.failed_mask,
        one.unknown_mask, int(one.amount_fen or 0),
    )  # fmt: skip


def _plain(proposal: Proposal) -> tuple[int, ...]:
    return (
        int(proposal.outcome),
        proposal.matched,
        proposal.chosen,
        proposal.failed,
        proposal.unknown,
        proposal.amount_fen,
    )


def _basis(agreements: Sequence[int]) -> dict[int, tuple[dict[str, int | None], dict[str, int]]]:
    """The facts behind the amount that stands, and which of them staff stated from papers, by agreement."""
    found: dict[int, tuple[dict[str, int | None], dict[str, int]]] = {}
    for start in range(0, len(agreements), ROUND):
        latest = dict(
            Calculation.objects.filter(agreement_id__in=agreements[start : start + ROUND], state="confirmed")
            .exclude(digest="")
            .order_by("number")
            .values_list("agreement_id", "pk")
        )
        for one in Calculation.objects.filter(pk__in=latest.values()).only("agreement_id", "decision"):
            facts = {row["name"]: row["value"] for row in one.kept.get("facts", ())}
            stated = {name: facts[name] for name in one.kept.get("stated", ()) if facts.get(name) is not None}
            found[one.agreement_id] = (facts, stated)
    return found


# Who has to declare ----------------------------------------------------------------------------------------------------


def _declarations(found: Found, agency: Agency, on: date) -> None:
    """Households in the last days of their agreement that have not declared, and those that let it pass (operations.md W2)."""
    lapsed = {
        key: one for key, one in standing_of(agency, ("active", "expired")).items()
        if on - timedelta(days=LAPSED_DAYS) <= one.ends_on < on
    }  # fmt: skip
    ending = {key: one for key, one in found.standing.items() if one.ends_on >= on and _opens(one, on) <= on}
    followed = set(
        Agreement.objects.filter(
            follows__in=[one.pk for one in (*lapsed.values(), *ending.values())]
        ).values_list("follows_id", flat=True)
    )
    declared = Declaration.objects.filter(household_id__in={**lapsed, **ending}, declared_on__lte=on)
    last: dict[int, date] = dict(declared.order_by("declared_on").values_list("household_id", "declared_on"))
    taken = {one.agreement_id for one in found.differences}
    for kind, agreements in (("declare", ending), ("lapsed", lapsed)):
        for key, one in agreements.items():
            if one.pk in followed or last.get(key, date.min) >= _opens(one, on):
                continue
            if one.pk in taken:
                found.counts[kind] += 1  # listed already, with what else differs
                continue
            found.add(
                one, kind, happened_on=min(one.ends_on, on), proposed_fen=one.amount_fen if kind == "declare" else 0,
                missing=[f"协议到{one.ends_on:%Y年%m月%d日}为止，还没有申报年审。"],
            )  # fmt: skip


def _opens(one: Standing, on: date) -> date:
    return renewal_opens(one.ends_on, whole("renewal_window_days", one.region, on))


# When it happened ------------------------------------------------------------------------------------------------------


def _dates(found: Found, on: date) -> None:
    """Dates each difference by what the file says happened since the amount was found."""
    by_agreement = {one.pk: one for one in found.standing.values()}
    wanted = [one for one in found.differences if one.kind in ("more", "less", "ends")]
    for start in range(0, len(wanted), ROUND):
        some = wanted[start : start + ROUND]
        households = {by_agreement[one.agreement_id].household_id for one in some}
        days = _days(households)
        since = dict(
            Calculation.objects.filter(agreement_id__in=[one.agreement_id for one in some], state="confirmed")
            .order_by("number")
            .values_list("agreement_id", "known_on")
        )
        for one in some:
            agreement = by_agreement[one.agreement_id]
            one.happened_on = happened(
                days[agreement.household_id], since.get(agreement.pk, agreement.starts_on), on
            )


def _days(households: Collection[int]) -> dict[int, list[date]]:
    """The days on which something of these households changed, as their files say."""
    found: dict[int, list[date]] = defaultdict(list)
    day = timedelta(days=1)
    persons: dict[int, set[int]] = defaultdict(set)
    members = Membership.objects.filter(household_id__in=households)
    for household, person, start, end, died in members.values_list(
        "household_id", "person_id", "started_on", "ended_on", "person__died_on"
    ):
        persons[person].add(household)
        found[household] += [one for one in (start, end + day if end else None, died) if one]
    homes = Home.objects.filter(household_id__in=households)
    for household, *dates in homes.values_list("household_id", "acquired_on", "disposed_on"):
        found[household] += [one for one in dates if one]
    for person, start, end in SpecialStatus.objects.filter(person_id__in=list(persons)).values_list(
        "person_id", "started_on", "ended_on"
    ):
        for household in persons[person]:
            found[household] += [start, *([end + day] if end else [])]
    for household, declared in Declaration.objects.filter(household_id__in=households).values_list(
        "household_id", "declared_on"
    ):
        found[household].append(declared)
    return found


# Writing ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def _write(actor: Actor, agency: Agency, kind: str, on: date, found: Found) -> ReviewRun:
    # everything below too: a review of the city and one of its district list the same agreements
    list(
        Agency.objects.select_for_update()
        .filter(path__startswith=agency.path)
        .order_by("pk")
        .values_list("pk")
    )
    stood = sorted((one.pk, one.amount_fen, one.household_type) for one in found.standing.values())
    content = [
        [one.agreement_id, one.kind, one.digest, one.proposed_fen]
        for one in sorted(found.differences, key=lambda one: one.agreement_id)
    ]
    mark = digest([found.table_digest, found.parameters, [list(row) for row in stood], content])
    before = ReviewRun.objects.filter(agency=agency, kind=kind, on=on, digest=mark).first()
    if before is not None:
        return before
    # an agreement that moved while we computed is left to the next run: what we found may be about another amount
    now_at = dict(Agreement.objects.filter(pk__in=[row[0] for row in content]).values_list("pk", "version"))
    versions = {one.pk: one.version for one in found.standing.values()}
    kept = [
        one
        for one in found.differences
        if now_at.get(one.agreement_id) == versions.get(one.agreement_id, now_at.get(one.agreement_id))
    ]
    counts = {name: found.counts.get(name, 0) for name in ("agreements", "unchanged", *DIFFERENCE_KINDS)}
    counts["moved"] = len(found.differences) - len(kept)
    for name, kinds in (("more_fen", ("more",)), ("less_fen", ("less", "ends"))):
        counts[name] = sum(abs((one.proposed_fen or 0) - one.before_fen) for one in kept if one.kind in kinds)
    run = ReviewRun.objects.create(
        agency=agency, programme=PROGRAMME, kind=kind, on=on, digest=mark, facts_digest=found.table_digest,
        parameters=found.parameters, counts=counts, made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    old = ReviewDifference.objects.filter(agreement__agency__path__startswith=agency.path, state="open")
    superseded = old.update(state="superseded", settled_at=run.made_at)
    for one in kept:
        one.run = run
    ReviewDifference.objects.bulk_create(kept, batch_size=ROUND)
    record(
        actor, "subsidy.review.run", run, agency_id=agency.pk,
        after={"kind": kind, "on": on, "digest": mark, "superseded": superseded, **counts},
    )  # fmt: skip
    return run


def progress_of(run: ReviewRun) -> dict[str, int]:
    """How many differences of a run are in each state."""
    states = cast("list[str]", list(run.differences.values_list("state", flat=True)))
    return dict(Counter(states))
