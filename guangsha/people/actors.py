"""From a request to the actor behind it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone

from guangsha.audit.actor import Actor
from guangsha.people.models import Account, Agency, Appointment, Delegation
from guangsha.people.prepared import Prepared
from guangsha.people.recusal import recused_indexes
from guangsha.people.roles import ROLES

_KEPT = "_guangsha_actor"


@dataclass(frozen=True, slots=True)
class Post:
    """Where somebody works and as what, in words, for the head of a page."""

    agency: str = ""
    roles: tuple[str, ...] = ()


def actor_of(request: HttpRequest) -> Actor | None:
    """The signed-in actor, or None for a stranger. Asked once per request; kept on it."""
    if not hasattr(request, _KEPT):
        account: Any = getattr(request, "user", None)
        signed_in = account is not None and account.is_authenticated and account.is_active
        setattr(request, _KEPT, _coming(account) if signed_in else None)
    actor: Actor | None = getattr(request, _KEPT)
    return actor


def _coming(account: Account) -> Actor:
    actor = build_actor(account, secrets.token_hex(8))
    # every page of the office asks from whom its reader keeps away; one page asks once
    return replace(actor, kin=recused_indexes(account.pk)) if actor.kind == "staff" else actor


def post_of(request: HttpRequest) -> Post:
    """The post of the signed-in actor; empty for strangers and citizens."""
    actor = actor_of(request)
    if actor is None or not actor.agency_id:
        return Post()
    (name,) = _NAME.first(actor.agency_id)
    return Post(name, tuple(label for code, label in ROLES.items() if code in actor.roles))


def build_actor(account: Account, request_id: str = "") -> Actor:
    """The actor of an account today: own appointments, and duties taken over by delegation. A post in an agency that was closed
    is none; what lies below an open one stays within reach, open or closed: its old files need somebody."""
    if account.kind != "staff":
        return Actor(
            account.kind, account.pk, str(account), person_id=account.person_id or 0, request_id=request_id
        )
    posts = sorted(_POSTS(account.pk, timezone.localdate()), key=lambda row: (row[4] != 0, row[3]))
    reached = below({path for _, _, path, *_ in posts})
    reach = {
        path: frozenset(pk for pk, under in reached if under.startswith(path)) for _, _, path, *_ in posts
    }
    own = not posts or not posts[0][4]
    return Actor(
        "staff",
        account.pk,
        str(account),
        agency_id=posts[0][1] if posts else 0,
        scope=frozenset(pk for pk, _ in reached),
        roles=frozenset(role for role, *_ in posts),
        on_behalf_of=0 if own else posts[0][4],
        request_id=request_id,
        posts=tuple((role, reach[path], holder) for role, _, path, _, holder in posts),
    )


def _posts(account: int, today: date) -> QuerySet[Any, Any]:
    """Role, agency, its path, id and holder (0: one's own) of every duty of today; one's own come first."""
    held = (
        Appointment.objects.filter(account_id=account, started_on__lte=today, agency__active=True)
        .filter(Q(ended_on=None) | Q(ended_on__gte=today))
        .values_list("role", "agency_id", "agency__path", "id", Value(0, BigIntegerField()))
    )
    taken = Delegation.objects.filter(
        deputy_id=account, started_on__lte=today, ended_on__gte=today, revoked_at=None, agency__active=True
    ).values_list("role", "agency_id", "agency__path", "id", "holder_id")
    return held.union(taken, all=True)


def _below(*paths: str) -> QuerySet[Any, Any]:
    wanted = Q()
    for path in paths:
        wanted |= Q(path__startswith=path)
    return Agency.objects.filter(wanted).values_list("id", "path")


_POSTS, _BELOW = Prepared(_posts), Prepared(_below)
_NAME = Prepared(lambda agency: Agency.objects.filter(pk=agency).values_list("name"))


def below(paths: Iterable[str]) -> list[tuple[int, str]]:
    """The ids and paths of the agencies at these paths and of every agency below them, in one query."""
    wanted = sorted(set(paths))
    return _BELOW(*wanted) if wanted else []


def agencies_below(agencies: Any) -> frozenset[int]:
    """The ids of these agencies and of every agency below them."""
    return frozenset(pk for pk, _ in below(agency.path for agency in agencies))
