"""A ban on applying anew is lifted: a court or a remedy said so, or it was entered by mistake. One proposes, another decides.

Source: 公共租赁住房管理办法 §36 (five years); 行政复议法, 行政诉讼法 (a decision that is set aside binds nobody).
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from guangsha.areas.tenancy.access import access_ban
from guangsha.areas.tenancy.actions.base import (
    NotAllowed,
    another,
    keep_act,
    locked,
    need,
    said,
    tell_household,
    today,
)
from guangsha.areas.tenancy.facts import LIFT_GROUNDS
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_ban import BanLift
from guangsha.areas.tenancy.models_exit import Ban
from guangsha.areas.tenancy.rules import DECIDERS, HANDLERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError


def _locked(actor: Actor, key: int, version: int | None) -> tuple[Lease, Ban]:
    """The lease of a ban and the ban, both locked."""
    lease = locked(actor, access_ban(actor, key).lease.number, version)
    return lease, Ban.objects.select_for_update().get(pk=key)


@transaction.atomic
def propose_lift(
    actor: Actor, key: int, version: int | None = None, *, ground: str, document: str, reason: str
) -> BanLift:
    """Propose to lift a ban, with the document that says so. Until another person has decided, the ban stands.

    Raises:
        NotThere: not this actor's to see.
        NotAllowed: it is lifted, one is proposed already, or not this person.
        InputError: no such ground, no document, no reason.
    """
    lease, ban = _locked(actor, key, version)
    need(actor, lease, HANDLERS, "提请解除")
    if ground not in LIFT_GROUNDS:
        raise InputError("请选择解除依据", where="解除依据", advice="请从列表中选择。")
    if ban.state != "standing":
        raise NotAllowed("已经解除，或已有人提请解除", where=lease.number, advice="请刷新页面。")
    lift = BanLift.objects.create(
        ban=ban, ground=ground, document=said(document, "文号", most=80), reason=said(reason, "理由"),
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    keep_act(
        actor, lease, "ban.propose_lift", lift, reason=lift.reason,
        after={"ban": ban.pk, "ground": ground, "document": lift.document, "until": ban.until},
    )  # fmt: skip
    return lift


@transaction.atomic
def decide_lift(actor: Actor, key: int, version: int | None = None, *, lifts: bool, reason: str) -> BanLift:
    """Decide on a proposal: lifted from today, the person may apply anew, and the row stays with its end; or not, and the ban stands.

    Raises:
        NotThere: not this actor's to see.
        NotAllowed: nothing is proposed, or not this person, or who proposed it.
        InputError: no reason.
    """
    lease, ban = _locked(actor, key, version)
    need(actor, lease, DECIDERS, "决定解除")
    lift = BanLift.objects.select_for_update().filter(ban=ban, state="proposed").first()
    if lift is None:
        raise NotAllowed("没有待决定的提请", where=lease.number, advice="请刷新页面。")
    another(actor, lift.made_by_id, lease.number)
    lift.state, lift.decided_reason = ("lifted" if lifts else "refused"), said(reason, "决定理由")
    lift.decided_by_id, lift.decided_at = actor.account_id or None, timezone.now()
    lift.save(update_fields=["state", "decided_reason", "decided_by", "decided_at"])
    if lifts:
        ban.lifted_on = today()
        ban.lift_reason = f"{LIFT_GROUNDS[lift.ground]}（{lift.document}）：{lift.reason}"[:300]
        ban.save(update_fields=["lifted_on", "lift_reason"])
    keep_act(
        actor, lease, "ban.lift" if lifts else "ban.keep", ban, reason=lift.decided_reason,
        before={"lifted_on": None, "until": ban.until}, after={"lifted_on": ban.lifted_on, "document": lift.document},
    )  # fmt: skip
    if lifts:
        tell_household(
            lease, f"ban:{ban.pk}:lifted", "不得再次申请已解除",
            f"依据{LIFT_GROUNDS[lift.ground]}（{lift.document}），{ban.starts_on:%Y年%-m月%-d日}起不得再次申请公租房的决定自今日解除，可以再次申请。",
        )  # fmt: skip
    return lift
