"""A citizen behind a machine: a platform that has made sure who somebody is asks for what is theirs, and for nothing else.

The same functions that let a citizen into their own pages decide what is theirs; of that, a key reaches what lies within its
agencies. The person is looked up by number and name together: a key cannot try names, or numbers, one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from django.core import signing
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

from guangsha.api import limits
from guangsha.api.actions import note_identified
from guangsha.api.guard import machine_of_request, request_id
from guangsha.api.problems import Problem
from guangsha.areas.registry.access import households_of
from guangsha.areas.registry.models import Person
from guangsha.audit.actor import Actor
from guangsha.people.models import Account
from guangsha.people.tokens import Machine
from guangsha.privacy.fields import index_of
from guangsha.privacy.masks import mask_name

SALT = "guangsha.api.citizen"
#: As long as a session of staff (``api.staff``).
LIFE_SECONDS = 30 * 60
Row = TypeVar("Row", bound=models.Model)


def open_session(machine: Machine, name: str, identity: str, proof: Mapping[str, Any]) -> tuple[str, Actor]:
    """A session of this person for this key, and the actor in it; how they were identified is in the log before anything is told.

    Raises:
        Problem: nobody of this number and name has a household file or a case within the key's agencies.
    """
    limits.WINDOW.take(f"persons:{machine.token_id}", limits.PERSONS_PER_MINUTE)
    within = Q(memberships__household__in=households_of(machine.actor)) | Q(
        cases__agency_id__in=machine.actor.scope
    )
    found = Person.objects.filter(
        within, identity_index=index_of("identity", identity), merged_into=None
    ).first()
    if found is None or found.name != name.strip():
        raise Problem("invalid", "没有查到这个人，或姓名与证件号码不一致；请核对，或先办理一个事项。")
    note_identified(machine.actor, found, proof)
    session = signing.dumps([machine.token_id, found.pk], salt=SALT, compress=True)
    return session, _actor(machine, found)


def citizen_of(request: HttpRequest, session: str) -> Actor:
    """The person whose things this request asks for.

    Raises:
        Problem: no session, one that is over, or one of another key.
    """
    machine = machine_of_request(request)
    try:
        token_id, person_id = signing.loads(session, salt=SALT, max_age=LIFE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise _over() from None
    found = Person.objects.filter(pk=person_id, merged_into=None).first()
    if found is None or token_id != machine.token_id:
        raise _over()
    return replace(_actor(machine, found), request_id=request_id(request))


def within(actor: Actor, rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Of somebody's own rows those of the key's agencies."""
    return rows.filter(agency_id__in=actor.scope)


def _actor(machine: Machine, person: Person) -> Actor:
    own = Account.objects.filter(kind="citizen", person_id=person.pk, is_active=True).order_by("pk").first()
    name = f"{mask_name(person.name)}（经{machine.actor.name}）"
    return Actor("citizen", own.pk if own else 0, name, scope=machine.actor.scope, person_id=person.pk)


def _over() -> Problem:
    return Problem(
        "no-scope",
        "查询本人的事项要有本人的凭据（X-Citizen-Session）；没有、已过期或不是这把密钥的，请重新换取。",
    )
