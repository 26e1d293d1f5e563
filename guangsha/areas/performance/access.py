"""The only way to a unit's year, a version and a figure of it for somebody who asks.

Source: operations.md §2.1: accountant and head work on the self-evaluation, the auditor reads.
"""

from __future__ import annotations

from django.db.models import QuerySet

from guangsha.areas.performance.models import ReportVersion, UnitYear
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.models import Agency

READERS = frozenset({"accountant", "supervisor", "auditor"})
WRITERS = frozenset({"accountant", "supervisor"})
#: Who makes a report final.
CLOSERS = frozenset({"supervisor"})


def unit_years_of(actor: Actor) -> QuerySet[UnitYear]:
    """Every unit's year that the actor may read."""
    if actor.kind == "system":
        return UnitYear.objects.all()
    if actor.kind != "staff":
        return UnitYear.objects.none()
    return UnitYear.objects.filter(agency__in=actor.reach(READERS))


def access_unit_year(actor: Actor, key: int) -> UnitYear:
    """A unit's year.

    Raises:
        NotThere: no such year, or not this actor's to see.
    """
    found = unit_years_of(actor).select_related("agency").filter(pk=key).first()
    if found is None:
        raise NotThere
    return found


def access_version(actor: Actor, key: int, number: int) -> ReportVersion:
    """A version of the report of a unit's year.

    Raises:
        NotThere: no such version, or not this actor's to see.
    """
    year = access_unit_year(actor, key)
    found: ReportVersion | None = ReportVersion.objects.filter(unit_year=year, number=number).first()
    if found is None:
        raise NotThere
    found.unit_year = year
    return found


def may(actor: Actor, agency_id: int, roles: frozenset[str]) -> bool:
    """Whether the actor holds one of ``roles`` over the agency."""
    return actor.kind == "system" or (
        actor.kind == "staff" and not actor.roles_at(agency_id).isdisjoint(roles)
    )


def agencies_below(agency: Agency) -> frozenset[int]:
    """The agency and everything below it: whose records its figures count."""
    return frozenset(Agency.objects.filter(path__startswith=agency.path).values_list("pk", flat=True))
