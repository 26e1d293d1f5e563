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
from guangsha.people.prepared import Prepared, fetch_together
from guangsha.people.recusal import wants_recused
from guangsha.people.roles import ROLES

_KEPT = "_guangsha_actor"


@dataclass(frozen=True, slots=True)
class Post:
    """Where somebody works and as what, in words, for the head of a page."""

    agency: str = ""
    roles: tuple[str, ...] = ()


def actor_of(request: HttpRequest) -> Actor | None:
    """The signed-in actor, or None for a stranger. Asked once per request; kept on it."""
    return _coming_of(request)[0]


def _coming_of(request: HttpRequest) -> tuple[Actor | None, str]:
    """The actor and the name of their agency."""
    if not hasattr(request, _KEPT):
        account: Any = getattr(request, "user", None)
        signed_in = account is not None and account.is_authenticated and account.is_active
        setattr(request, _KEPT, _coming(account) if signed_in else (None, ""))
    kept: tuple[Actor | None, str] = getattr(request, _KEPT)
    return kept


def _coming(account: Account) -> tuple[Actor, str]:
    request_id = secrets.token_hex(8)
    if account.kind == "staff":
        # every page of the office asks from whom its reader keeps away; one page asks once, together with the posts
        duties, kin = fetch_together(
            [_POSTS.wants(account.pk, timezone.localdate()), wants_recused(account.pk)]
        )
        actor = replace(_in_post(account, duties, request_id), kin=frozenset(index for (index,) in kin))
        return actor, next((name for _, agency, *_, name in duties if agency == actor.agency_id), "")
    actor = build_actor(account, request_id)
    return replace(actor, proved_by=account.proved_by) if actor.kind == "citizen" else actor, ""


def post_of(request: HttpRequest) -> Post:
    """The post of the signed-in actor; empty for strangers and citizens."""
    actor, name = _coming_of(request)
    if actor is None or not actor.agency_id:
        return Post()
    return Post(name, tuple(label for code, label in ROLES.items() if code in actor.roles))


def build_actor(account: Account, request_id: str = "") -> Actor:
    """The actor of an account today: own appointments, and duties taken over by delegation. A post in an agency that was closed
    is none; what lies below an open one stays within reach, open or closed: its old files need somebody."""
    if account.kind != "staff":
        return Actor(
            account.kind, account.pk, str(account), person_id=account.person_id or 0, request_id=request_id
        )
    return _in_post(account, _POSTS(account.pk, timezone.localdate()), request_id)


def _in_post(account: Account, duties: Iterable[Any], request_id: str) -> Actor:
    """The actor of a member of staff with these duties (:func:`_posts`)."""
    posts = [row[:5] for row in sorted(duties, key=lambda row: (row[4] != 0, row[3]))]
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
    """Role, agency, its path, id, holder (0: one's own) and the agency's name, of every duty of today; one's own come first."""
    held = (
        Appointment.objects.filter(account_id=account, started_on__lte=today, agency__active=True)
        .filter(Q(ended_on=None) | Q(ended_on__gte=today))
        .values_list("role", "agency_id", "agency__path", "id", Value(0, BigIntegerField()), "agency__name")
    )
    taken = Delegation.objects.filter(
        deputy_id=account, started_on__lte=today, ended_on__gte=today, revoked_at=None, agency__active=True
    ).values_list("role", "agency_id", "agency__path", "id", "holder_id", "agency__name")
    return held.union(taken, all=True)


def _below(*paths: str) -> QuerySet[Any, Any]:
    wanted = Q()
    for path in paths:
        wanted |= Q(path__startswith=path)
    return Agency.objects.filter(wanted).values_list("id", "path")


_POSTS, _BELOW = Prepared(_posts), Prepared(_below)


def below(paths: Iterable[str]) -> list[tuple[int, str]]:
    """The ids and paths of the agencies at these paths and of every agency below them, in one query."""
    wanted = sorted(set(paths))
    return _BELOW(*wanted) if wanted else []


def agencies_below(agencies: Any) -> frozenset[int]:
    """The ids of these agencies and of every agency below them."""
    return frozenset(pk for pk, _ in below(agency.path for agency in agencies))
