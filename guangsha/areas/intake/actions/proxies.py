"""The signed paper by which somebody lets a community helper apply for them (代办授权), and its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.base import NotAllowed, today
from guangsha.areas.intake.catalogue import services as all_services
from guangsha.areas.intake.files import sniff
from guangsha.areas.intake.models import ProxyAuthorization
from guangsha.areas.registry.models import Person
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.privacy import files

CONTEXT = "intake.authorization"
#: A paper holds for a year at most: people change their minds and their helpers.
DAYS_MAX = 366


def authorize_helper(
    actor: Actor, person: Person, services: Sequence[str], data: bytes, *, signed_on: date, until: date
) -> ProxyAuthorization:
    """Keep the signed paper by which ``person`` lets this helper apply for them; no services named means all of them.

    Raises:
        NotAllowed: not a helper.
        InputError: no file of a kind that is taken, an unknown service, or days that cannot be.
    """
    if actor.kind != "staff" or not actor.has("community_helper"):
        raise NotAllowed("只有社区代办员可以登记委托书")
    if set(services) - set(all_services()):
        raise InputError("没有这个事项", where="委托事项", advice="请从列表中选择。")
    if not today() - timedelta(days=DAYS_MAX) <= signed_on <= today():
        raise InputError("签署日期应在一年以内，不能晚于今天", where="签署日期")
    if not today() <= until <= signed_on + timedelta(days=DAYS_MAX):
        raise InputError("有效期应在今天以后、签署后一年以内", where="有效期至")
    sniff(data)
    stored = files.store(data, context=CONTEXT)
    try:
        with transaction.atomic():
            paper = ProxyAuthorization.objects.create(
                person=person, helper_id=actor.account_id, services=list(dict.fromkeys(services)),
                file_digest=stored.digest, stored=stored.stored, signed_on=signed_on, until=until,
            )  # fmt: skip
            record(
                actor,
                "intake.proxy.authorize",
                paper,
                after={
                    "person": person.pk,
                    "services": paper.services,
                    "until": until,
                    "digest": stored.digest,
                },
                agency_id=actor.agency_id,
            )
    except BaseException:
        files.remove(stored.stored)
        raise
    return paper


@transaction.atomic
def end_authorization(actor: Actor, paper_id: int) -> ProxyAuthorization:
    """The helper gives the paper back, or the person takes it back: nothing more is done under it.

    Raises:
        NotThere: neither the helper's nor the person's.
    """
    paper = ProxyAuthorization.objects.select_for_update(of=("self",)).filter(pk=paper_id).first()
    if paper is None:
        raise NotThere
    own = actor.kind == "citizen" and actor.person_id == paper.person_id
    if not own and (actor.kind != "staff" or actor.account_id != paper.helper_id):
        raise NotThere
    if paper.revoked_at is None:
        paper.revoked_at = timezone.now()
        paper.save(update_fields=["revoked_at"])
        record(actor, "intake.proxy.end", paper, agency_id=actor.agency_id or None)
    return paper
