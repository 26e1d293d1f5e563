"""A household file as the policy sees it, and what the policy proposes for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from guangsha.areas.eligibility.reading import files_of
from guangsha.areas.eligibility.rules import Known, Norms, assemble
from guangsha.areas.registry.access import households_of
from guangsha.areas.registry.models import Household
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.policy.decision import Decision, decide
from guangsha.policy.household import Family, Lease, facts_of
from guangsha.policy.parameter_files import book_of
from guangsha.policy.parameters import ParameterBook, ParameterValue
from guangsha.policy.programme import Programme
from guangsha.policy.programmes import RENTAL_SUBSIDY


def region_of(household: Household) -> str:
    """The district whose rules apply: of the agency that keeps the file (GB/T 2260, six digits)."""
    return household.agency.region_code[:6]


def known_families(
    households: Collection[int],
    on: date,
    *,
    leases: Mapping[int, Lease] | None = None,
    book: ParameterBook | None = None,
    explain: bool = True,
) -> Iterator[tuple[int, Known]]:
    """These households with what is known of each on a day and what is missing, in the order of their keys.

    A fixed number of queries for every 5000. A household that is not there is left out.

    Args:
        leases: the lease to count with, by household, where somebody has it in hand (an agreement, an application).
        explain: False leaves out what is missing, where nobody reads it.

    Raises:
        RuleMissing: the region does not say how old a declaration may be, or who is of working age.
    """
    norms: dict[str, Norms] = {}
    for record in files_of(households, on):
        if record.region not in norms:
            norms[record.region] = norms_of(record.region, on, book)
        lease = (leases or {}).get(record.household_id)
        yield record.household_id, assemble(record, norms[record.region], on, lease, explain=explain)


def families_of(
    households: Collection[int], on: date, *, leases: Mapping[int, Lease] | None = None
) -> dict[int, Family]:
    """What is known of many households, as :func:`family_of` gives it of one."""
    return {key: known.family for key, known in known_families(households, on, leases=leases)}


def known_of(household: Household, on: date, *, lease: Lease | None = None) -> Known:
    """What is known of one household on a day and what is missing, in sentences."""
    leases = None if lease is None else {household.pk: lease}
    return next(known for _, known in known_families([household.pk], on, leases=leases))


def family_of(household: Household, on: date, *, lease: Lease | None = None) -> Family:
    """What is known of a household on a day: members who count, statuses valid on the day, homes with their shares, the last
    declaration, fresh answers of the sources. Nothing is guessed: what is not known stays unknown.

    Args:
        lease: the lease to count with; without one the rented home of the file, whose filing is then not known.
    """
    return known_of(household, on, lease=lease).family


def decide_for(
    household: Household,
    on: date,
    region: str,
    *,
    programme: Programme = RENTAL_SUBSIDY,
    lease: Lease | None = None,
    overrides: Mapping[str, ParameterValue] | None = None,
) -> Decision:
    """The proposal of the policy for a household, with its trace. The caller has checked that it may be read.

    Raises:
        InputError: nobody is left in the household, or more persons without proof of income than the rules hold.
        RuleMissing: a parameter that is needed is not in force.
    """
    family = family_of(household, on, lease=lease)
    return decide(facts_of(family, on), region, on, programme=programme, overrides=overrides)


def decide_household(
    actor: Actor, household: Household, on: date, programme: Programme = RENTAL_SUBSIDY
) -> Decision:
    """The proposal for a household that somebody asks about.

    Raises:
        NotThere: not this actor's to see.
    """
    return decide_for(_seen(actor, household), on, region_of(household), programme=programme)


def missing_of(actor: Actor, household: Household, decision: Decision) -> tuple[str, ...]:
    """What is missing for ``decision``, in sentences a clerk can act on.

    Raises:
        NotThere: not this actor's to see.
    """
    return known_of(_seen(actor, household), decision.on).missing_for(decision.missing_facts)


def norms_of(region: str, on: date, book: ParameterBook | None = None) -> Norms:
    """What a region sets about reading files.

    Raises:
        RuleMissing: it does not say.
    """
    book = book or book_of()
    years, below, months = (
        book.get(key, region, on).at(None)
        for key in ("work_age_from", "work_age_below", "declaration_months")
    )
    return Norms(_whole(years), _whole(below), _whole(months))


def _whole(value: object) -> int:
    return int(str(value))


def _seen(actor: Actor, household: Household) -> Household:
    if actor.kind == "system":
        return household
    if not households_of(actor).filter(pk=household.pk).exists():
        raise NotThere
    return household
