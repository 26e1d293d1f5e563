"""A person settles what a review found: confirms it, which proposes a calculation, or dismisses it with a reason.

A reduction becomes a proposal on which the household is heard first (社会救助法 §48); a second person confirms every calculation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.subsidy.access import agreements_of
from guangsha.areas.subsidy.actions.base import NotAllowed, need, said
from guangsha.areas.subsidy.actions.changes import propose_change
from guangsha.areas.subsidy.models_review import DIFFERENCE_KINDS, ReviewDifference, ReviewRun
from guangsha.areas.subsidy.review import REVIEWERS
from guangsha.areas.subsidy.review_rules import CONFIRMABLE, REDUCTIONS
from guangsha.areas.subsidy.rules import READERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere

#: Who reads reviews; only ``REVIEWERS`` settle.
VIEWERS = REVIEWERS | {"auditor", "district_approver"}


def runs_of(actor: Actor) -> QuerySet[ReviewRun]:
    """The reviews that the actor may read."""
    if actor.kind == "system":
        return ReviewRun.objects.all()
    if actor.kind == "staff" and actor.has(*VIEWERS):
        return ReviewRun.objects.filter(agency_id__in=actor.reach(VIEWERS & READERS))
    return ReviewRun.objects.none()


def access_run(actor: Actor, key: int) -> ReviewRun:
    """A review.

    Raises:
        NotThere: no such review, or not this actor's to see.
    """
    found = runs_of(actor).select_related("agency", "made_by").filter(pk=key).first()
    if found is None:
        raise NotThere
    return found


def differences_of(actor: Actor, run: ReviewRun) -> QuerySet[ReviewDifference]:
    """The differences of a review whose agreements the actor may open; relatives are left out (回避)."""
    return ReviewDifference.objects.filter(run=run, agreement__in=agreements_of(actor)).select_related(
        "agreement", "agreement__payee", "agreement__household__community"
    )


def access_difference(actor: Actor, key: int) -> ReviewDifference:
    """A difference.

    Raises:
        NotThere: no such difference, or not this actor's to see.
    """
    found = ReviewDifference.objects.filter(
        pk=key, run__in=runs_of(actor), agreement__in=agreements_of(actor)
    ).first()
    if found is None:
        raise NotThere
    return found


def _locked(actor: Actor, key: int) -> ReviewDifference:
    seen = access_difference(actor, key)
    need(actor, seen.agreement, REVIEWERS, "处理复核差异")
    found = (
        ReviewDifference.objects.select_for_update(of=("self",))
        .select_related("agreement", "run")
        .get(pk=seen.pk)
    )
    if found.state != "open":
        raise NotAllowed("这条差异已经处理过了", where=found.agreement.number, advice="请刷新页面。")
    return found


def _settle(actor: Actor, one: ReviewDifference, state: str, reason: str) -> None:
    one.state, one.reason = state, reason
    one.settled_by_id, one.settled_at = actor.account_id or None, timezone.now()
    one.save(update_fields=["state", "reason", "settled_by", "settled_at", "calculation"])
    record(
        actor, f"subsidy.review.{'confirm' if state == 'confirmed' else 'dismiss'}", one, reason=reason,
        after={
            "agreement": one.agreement.number, "kind": one.kind, "before_fen": one.before_fen, "proposed_fen": one.proposed_fen,
            "digest": one.digest,
        },
        agency_id=one.agreement.agency_id,
    )  # fmt: skip


@transaction.atomic
def confirm_difference(actor: Actor, key: int, *, reason: str) -> ReviewDifference:
    """Take a difference over: the agreement gets a proposed calculation, on which the household is heard where it loses.

    Raises:
        NotAllowed: settled already, nothing to confirm in it, or not this person.
        InputError: no reason; the file says something else by now: review again.
    """
    one = _locked(actor, key)
    words = said(reason, "理由")
    if one.kind not in CONFIRMABLE:
        raise NotAllowed(
            f"“{DIFFERENCE_KINDS[one.kind]}”没有可以确认的金额",
            where=one.agreement.number,
            advice="请通知家庭补全资料或申报年审，之后重新复核。",
        )
    nobody = one.kind == "ends" and not one.digest  # nobody is left to compute anything for
    calculation = propose_change(
        actor, one.agreement.number, kind="end" if nobody else "review", happened_on=one.happened_on,
        known_on=one.run.on, declared=False, reason=words,
        stated=None if nobody else cast("Mapping[str, int]", one.stated),
    )  # fmt: skip
    if calculation.amount_fen != one.proposed_fen:
        raise InputError(
            "复核之后家庭资料或政策参数又有变化，算出的金额不同",
            where=one.agreement.number,
            advice="请重新发起复核，按新的结果处理。",
        )
    one.calculation = calculation
    _settle(actor, one, "confirmed", words)
    return one


@transaction.atomic
def dismiss_difference(actor: Actor, key: int, *, reason: str) -> ReviewDifference:
    """Leave the agreement as it is.

    Raises:
        NotAllowed: settled already, or not this person.
        InputError: no reason.
    """
    one = _locked(actor, key)
    _settle(actor, one, "dismissed", said(reason, "理由"))
    return one


def settle_many(actor: Actor, run_key: int, kind: str, act: str, *, reason: str) -> dict[str, Any]:
    """Confirm or dismiss all open differences of one kind, each in a transaction of its own. Reductions are settled one by one.

    Returns:
        ``{"done": how many, "refused": [sentences]}``

    Raises:
        NotAllowed: a reduction, or an act that the kind does not know.
    """
    run = access_run(actor, run_key)
    if kind in REDUCTIONS or kind not in DIFFERENCE_KINDS or act not in ("confirm", "dismiss"):
        raise NotAllowed("减少或停发的应逐户处理", where=str(run), advice="请打开每一户，看过理由再处理。")
    if act == "confirm" and kind not in CONFIRMABLE:
        raise NotAllowed(f"“{DIFFERENCE_KINDS[kind]}”没有可以确认的金额", where=str(run))
    said(reason, "理由")
    done, refused = 0, []
    for key in list(differences_of(actor, run).filter(kind=kind, state="open").values_list("pk", flat=True)):
        try:
            (confirm_difference if act == "confirm" else dismiss_difference)(actor, key, reason=reason)
        except (GuangshaError, NotThere) as error:
            refused.append(str(error))
        else:
            done += 1
    return {"done": done, "refused": refused}
