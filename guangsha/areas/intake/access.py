"""The only way to a draft, a case and what belongs to it, for somebody who asks.

Unknown and forbidden look the same. A member of staff who must stay away from a person (回避) does not even see the case.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from guangsha.areas.intake.catalogue import service, services
from guangsha.areas.intake.models import (
    Alarm,
    Case,
    Concerned,
    Decision,
    Draft,
    Material,
    Notice,
    Objection,
    Rating,
    Remedy,
    SpotCheck,
)
from guangsha.areas.intake.rules import CLOSED, sight_of
from guangsha.areas.verification.models import Consent
from guangsha.areas.verification.proofing import LEVELS, proof_level
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.prepared import Asked, Prepared
from guangsha.people.recusal import kin_of
from guangsha.people.roles import BUSINESS

#: Whoever works on cases, and the auditor, who only reads.
READERS = BUSINESS | {"auditor"}


def cases_of(actor: Actor) -> QuerySet[Case]:
    """Every case that the actor may open."""
    if actor.kind == "enterprise":
        return Case.objects.filter(account_id=actor.account_id)
    if actor.kind == "citizen":
        return Case.objects.filter(own_cases(actor))
    if actor.kind == "api":  # a key's agency and those below it; what it may do there is its scopes
        return Case.objects.filter(agency_id__in=actor.scope)
    if actor.kind != "staff":
        return Case.objects.none()
    today = timezone.localdate()
    entrusted = Q(
        account_id=actor.account_id, authorization__helper_id=actor.account_id, authorization__revoked_at=None,
        authorization__until__gte=today,
    )  # fmt: skip
    if not actor.has(*READERS):
        return Case.objects.none()
    if actor.has("community_helper") and not actor.has(*(READERS - {"community_helper"})):
        return Case.objects.filter(entrusted)
    kin = kin_of(actor)
    reach = Case.objects.filter(Q(agency_id__in=actor.reach(READERS - {"community_helper"})) | entrusted)
    if not kin:
        return reach
    near = Case.objects.filter(
        Q(applicant__identity_index__in=kin)
        | Q(household__memberships__person__identity_index__in=kin, household__memberships__ended_on=None)
        # members entered in the form who belong to no file yet, also without a consent
        | Q(pk__in=Concerned.objects.filter(identity_index__in=kin).values("case_id"))
        | Q(number__in=Consent.objects.filter(person__identity_index__in=kin).values("case_number"))
    )
    return reach.exclude(pk__in=near.values("pk"))


class PreparedCases:
    """A query over :func:`cases_of`, compiled once for everybody of the same roles (``people.prepared``).

    ``build(rows, actor, *values, *shape)`` narrows the rows that an actor may open; it may ask the actor for the account and the
    roles only. Today belongs to the shape: what is compiled is good for a day.
    """

    def __init__(self, build: Callable[..., QuerySet[Case, Any]]) -> None:
        self._build = build
        self._query = Prepared(self._of_stand_in)

    def __call__(self, actor: Actor, *values: Any, shape: tuple[Hashable, ...] = ()) -> list[Any]:
        """The rows."""
        given = self._given(actor, values, shape)
        return (
            self._query(*given[0], shape=given[1])
            if given
            else list(self._build(cases_of(actor), actor, *values, *shape))
        )

    def count(self, actor: Actor, *values: Any, shape: tuple[Hashable, ...] = ()) -> int:
        """How many there are; sliced, no further than the slice."""
        given = self._given(actor, values, shape)
        if given:
            return self._query.count(*given[0], shape=given[1])
        return int(self._build(cases_of(actor), actor, *values, *shape).count())

    def asks(self, actor: Actor, *values: Any, shape: tuple[Hashable, ...] = ()) -> int | Asked:
        """How many there are, to be asked together with other numbers; the number itself where it is asked for plainly."""
        given = self._given(actor, values, shape)
        return (
            self._query.asks(*given[0], shape=given[1]) if given else self.count(actor, *values, shape=shape)
        )

    def wants(
        self, actor: Actor, *values: Any, shape: tuple[Hashable, ...] = (), number: bool = False
    ) -> Asked | None:
        """The rows, or only their number, to be fetched together with others; None for kinds of actors that are asked for plainly."""
        given = self._given(actor, values, shape)
        return Asked(self._query, *given, number=number) if given else None

    @staticmethod
    def _given(
        actor: Actor, values: tuple[Any, ...], shape: tuple[Hashable, ...]
    ) -> tuple[tuple[Any, ...], tuple[Hashable, ...]] | None:
        """Values and shape of the compiled query; None for kinds of actors that are rare enough to be asked for plainly."""
        key = (actor.kind, actor.roles, timezone.localdate(), shape)
        if actor.kind == "citizen" and actor.account_id:
            own = (actor.account_id, actor.person_id) if actor.person_id else (actor.account_id,)
            return (frozenset(), frozenset(), *values, *own), (len(own), *key)
        if actor.kind != "staff" or not actor.has(*(READERS - {"community_helper"})):
            return None
        reach = actor.reach(READERS - {"community_helper"})
        return (reach, kin_of(actor), *values, actor.account_id), (1, *key)

    def _of_stand_in(self, reach: frozenset[int], kin: frozenset[str], *given: Any) -> QuerySet[Case, Any]:
        *values, own, kind, roles, _, shape = given
        person = 0
        if own == 2:
            person = values.pop()
        account = values.pop()
        actor = Actor(kind, account, "", scope=reach, roles=roles, person_id=person, kin=kin)
        return self._build(cases_of(actor), actor, *values, *shape)


def own_cases(actor: Actor) -> Q:
    """Which cases are a citizen's: those about the person that the account is proved to be, and what it sent itself where the
    service asks for no proof. What somebody sent in a stranger's name is the stranger's."""
    about = Q(applicant_id=actor.person_id) if actor.person_id else Q(pk=None)
    free = [code for code, chosen in services().items() if chosen.proof.submit == "phone"]
    # the account is always asked for: a prepared query may not lose a value
    return about | Q(account_id=actor.account_id, service__in=free or [""])


def may_read_result(actor: Actor, case: Case) -> bool:
    """Whether letters and results of a case may be shown: to a citizen when they are proved to be the applicant as far as the
    service asks; others by their gate and reach."""
    if actor.kind != "citizen":
        return True
    wanted = LEVELS[service(case.service).proof.read]
    if wanted == LEVELS["phone"]:
        return True
    return case.applicant_id == actor.person_id and proof_level(actor) >= wanted


def sight(actor: Actor, case: Case) -> str:
    """How much of income and health in a case the actor sees: ``full``, ``asked`` or ``masked`` (:func:`rules.sight_of`)."""
    if actor.kind != "staff":
        return "full"
    if case.authorization_id is not None and case.account_id == actor.account_id:
        return "full"  # the helper who filled it in with the person
    return sight_of(service(case.service), actor.roles_at(case.agency_id))


def access_case(actor: Actor, number: str) -> Case:
    """The case with this number.

    Raises:
        NotThere: no such case, or not this actor's to see.
    """
    case = (
        cases_of(actor)
        .select_related("agency", "community", "applicant", "household", "assignee")
        .filter(number=number)
        .first()
    )
    if case is None:
        raise NotThere
    return case


_OWN_CASE = PreparedCases(
    lambda rows, actor, number: rows.filter(number=number).select_related("agency", "rating")
)


def access_own_case(actor: Actor, number: str) -> Case:
    """The same for the page of whoever applied, which shows nothing of the person and the household on file: only the agency
    and the rating are read with it.

    Raises:
        NotThere: no such case, or not this actor's to see.
    """
    found = _OWN_CASE(actor, number)
    if not found:
        raise NotThere
    case: Case = found[0]
    return case


def access_draft(actor: Actor, draft_id: int) -> Draft:
    """One's own draft."""
    draft = Draft.objects.filter(pk=draft_id, account_id=actor.account_id).first()
    if draft is None:
        raise NotThere
    if not actor.account_id:
        raise NotThere
    return draft


def access_notice(number: str) -> Notice:
    """A notice that is in public sight now; anybody may read it."""
    notice = (
        Notice.objects.select_related("agency")
        .filter(number=number, hidden_at=None)
        .exclude(state="withdrawn")
        .first()
    )
    if notice is None:
        raise NotThere
    return notice


def access_objection(receipt: str) -> Objection:
    """An objection by its receipt: whoever holds the receipt may ask what became of it."""
    objection = (
        Objection.objects.select_related("notice").filter(receipt=receipt).first() if receipt else None
    )
    if objection is None:
        raise NotThere
    return objection


def access_decision(actor: Actor, number: str) -> Decision:
    """A decision of a case that the actor may open."""
    decision = Decision.objects.select_related("case").filter(number=number).first()
    if decision is None:
        raise NotThere
    access_case(actor, decision.case.number)
    if not may_read_result(actor, decision.case):
        raise NotThere
    return decision


def access_material(actor: Actor, material_id: int) -> Material:
    """A material of one's own draft, or of a case that the actor may open."""
    material = Material.objects.select_related("case", "draft").filter(pk=material_id).first()
    if material is None:
        raise NotThere
    if material.case is not None:
        case = access_case(actor, material.case.number)
        # papers hold what the form holds; who archives a closed case takes it whole
        archives = actor.has("archivist") and case.state in CLOSED
        if sight(actor, case) == "masked" and not archives:
            raise NotThere
    elif material.draft is None or material.draft.account_id != actor.account_id:
        raise NotThere
    return material


def access_remedy(actor: Actor, remedy_id: int) -> Remedy:
    """A request for re-examination of a case that the actor may open."""
    remedy = Remedy.objects.select_related("case", "decision").filter(pk=remedy_id).first()
    if remedy is None:
        raise NotThere
    access_case(actor, remedy.case.number)
    return remedy


def access_rating(actor: Actor, rating_id: int) -> Rating:
    """A rating: the head of the agency and who calls back, not the case worker before the end (which every rated case is at)."""
    rating = Rating.objects.select_related("case").filter(pk=rating_id).first()
    if rating is None:
        raise NotThere
    access_case(actor, rating.case.number)
    return rating


def access_spot_check(actor: Actor, check_id: int) -> SpotCheck:
    """A drawn case, for staff within reach."""
    check = SpotCheck.objects.select_related("case").filter(pk=check_id).first()
    if check is None or actor.kind != "staff":
        raise NotThere
    access_case(actor, check.case.number)
    return check


def access_alarm(actor: Actor, alarm_id: int) -> Alarm:
    """An alarm of a case within reach, for staff."""
    alarm = Alarm.objects.select_related("case").filter(pk=alarm_id).first()
    if alarm is None or actor.kind != "staff":
        raise NotThere
    access_case(actor, alarm.case.number)
    return alarm
