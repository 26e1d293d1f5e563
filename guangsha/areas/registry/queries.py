"""Reads of the register: search, and a household file on one page with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from guangsha.areas.registry.access import households_of
from guangsha.areas.registry.models import Household, Person
from guangsha.areas.registry.rules import age_on, name_key
from guangsha.audit.actor import Actor
from guangsha.privacy.fields import canonical, index_of

SEARCH_MAX = 50


@dataclass(frozen=True, slots=True)
class FileMember:
    """One line of the member table; identity and phone are masked."""

    person: Person
    relation: str
    age: int | None
    started_on: date
    ended_on: date | None
    counted: bool
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HouseholdFile:
    """Everything of a household on one page."""

    household: Household
    members: tuple[FileMember, ...]
    addresses: tuple[Any, ...]
    homes: tuple[Any, ...]
    declarations: tuple[Any, ...]
    cases: tuple[Any, ...]


def find_persons(actor: Actor, text: str) -> QuerySet[Person]:
    """Persons within reach by identity number, phone, name, or the sound of a name (at most 50)."""
    wanted = canonical(text)
    within = Person.objects.filter(
        Q(memberships__household__in=households_of(actor)) | Q(cases__agency_id__in=actor.scope),
        merged_into=None,
    )
    if not wanted:
        return Person.objects.none()
    if len(wanted) == 18 and wanted[:17].isdigit():
        match = Q(identity_index=index_of("identity", wanted))
    elif wanted.isdigit() and len(wanted) == 11:
        match = Q(phone_index=index_of("phone", wanted))
    elif wanted.isascii() and wanted.isalpha():
        match = Q(name_key__startswith=wanted.lower())
    else:
        name = text.strip()
        match = Q(name__startswith=name) | Q(name_key=name_key(name))
    return within.filter(match).distinct().order_by("name_key", "id")[:SEARCH_MAX]


def household_file(household: Household) -> HouseholdFile:
    """The file with members now and before, homes, declarations, statuses and cases."""
    today = timezone.localdate()
    members = tuple(
        FileMember(
            membership.person,
            membership.get_relation_display(),
            age_on(membership.person.birth_date, membership.person.died_on or today)
            if membership.person.birth_date
            else None,
            membership.started_on,
            membership.ended_on,
            membership.counted,
            tuple(
                status.get_kind_display() + (f"（{status.grade}）" if status.grade else "")
                for status in membership.person.statuses.all()
                if status.started_on <= today and (status.ended_on is None or status.ended_on >= today)
            ),
        )
        for membership in household.memberships.select_related("person")
        .prefetch_related("person__statuses")
        .order_by("ended_on", "id")
    )
    return HouseholdFile(
        household,
        members,
        tuple(household.addresses.order_by("kind", "-started_on")),
        tuple(household.homes.select_related("owner").order_by("id")),
        tuple(household.declarations.order_by("-period", "-id")[:12]),
        tuple(household.cases.order_by("-submitted_at")[:50]),
    )
