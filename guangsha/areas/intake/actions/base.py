"""What every act shares: lock the case, ask the rules, write the edge, tell those concerned, record.

Order of locks in every act: the case, then a counter, then the chain of the log (``audit.actions.record`` comes last).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.catalogue import Service, service
from guangsha.areas.intake.models import (
    Case,
    Concerned,
    Decision,
    Edge,
    Notice,
    Objection,
    Opinion,
    ProxyAuthorization,
)
from guangsha.areas.intake.rules import EDGES, GivenOpinion, Move, Standing, Who, roles_for, why_not
from guangsha.areas.registry.models import Membership
from guangsha.areas.verification.models import Verification
from guangsha.audit.actions import record, sm3, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import canonical_json
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.actions import tell
from guangsha.people.models import Account, Appointment, Delegation
from guangsha.people.prepared import Asked, Prepared
from guangsha.people.recusal import recused_indexes
from guangsha.privacy.fields import index_of

#: What the log keeps of a case before and after each act.
KEPT = ("state", "step", "round", "version", "assignee", "step_due_on", "outcome")
TEXT_MAX = 4000
logger = logging.getLogger("guangsha.intake")


class CaseMoved(InputError):
    """Somebody else has moved the case since the page was opened."""

    code = "case-moved"


class NotAllowed(InputError):
    """The rules do not let this actor do this now."""

    code = "not-allowed"


class Failures:
    """Keeps one broken case from stopping a job for all the others: noted and logged, raised together at the end, so that the
    schedule shows the job as failed."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._first: Exception | None = None
        self._which: list[str] = []

    @contextmanager
    def noted(self, which: object) -> Iterator[None]:
        """Around the work on one case (outside its transaction)."""
        try:
            yield
        except Exception as error:  # whatever is wrong with this case, the next one has its limits too
            logger.exception("%s failed for %s", self._job, which)
            self._first = self._first or error
            self._which.append(str(which))

    def raise_any(self) -> None:
        """Raises:
        InputError: something failed.
        """
        if self._first is not None:
            raise InputError(
                f"{len(self._which)} 件没有处理成功（{'、'.join(self._which[:20])}）：{self._first}",
                where=self._job,
            ) from self._first


def today() -> date:
    """The day in Beijing."""
    return timezone.localdate()


def locked(case_id: int, version: int | None = None) -> Case:
    """The case, locked until the end of the transaction.

    Raises:
        CaseMoved: its version is not ``version``.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise InputError("没有这个办件", advice="请从办件列表打开。")
    if version is not None and case.version != version:
        raise CaseMoved(
            f"办件 {case.number} 刚被别人办理过",
            advice="您填写的内容没有保存，请刷新页面，看过最新情况后再办。",
        )
    return case


def plan_of(case: Case) -> Service:
    """The service of a case."""
    return service(case.service)


def standing_of(case: Case) -> Standing:
    """Where a case stands, as the rules see it."""
    trace = trace_of(case.pk)
    opinions = tuple(GivenOpinion(*row) for row in _OPINIONS(case.pk))
    aside = {"supplement": "request_supplement", "reconsidering": "ask_remedy", "objection": "make_objection"}
    back = next((move for move in reversed(trace) if move.act == aside.get(case.state)), None)
    return Standing(
        service=plan_of(case),
        state=case.state,
        step=case.step,
        round=case.round,
        opinions=opinions,
        back_to=(back.before, back.step) if back else ("", ""),
        deciders=frozenset(account for (account,) in _DECIDERS(case.pk)),
        noticed=bool(_ENDED_NOTICES(case.pk, _began(case, trace))),
        told=any(move.act == "request_supplement" and move.before == "submitted" for move in trace),
        unheard=tuple(unheard(case)),
        holds_open=open_objections(case).count(),
        paused=case.paused_at is not None,
    )


def bare_standing_of(case: Case) -> Standing:
    """Where a case stands, as far as its own row says: enough for every act outside ``rules.ASKS_MORE``."""
    return Standing(plan_of(case), case.state, case.step, case.round, paused=case.paused_at is not None)


class Trace(NamedTuple):
    """One move of a case as lists of moves are read: in a row, without an object."""

    act: str
    before: str
    after: str
    step: str
    at: datetime
    account_name: str
    message: str
    note: str


_TRACE = Prepared(
    lambda case: Edge.objects.filter(case_id=case).order_by("number").values_list(*Trace._fields)
)
_OPINIONS = Prepared(
    lambda case: (
        Opinion.objects.filter(case_id=case)
        .order_by("id")
        .values_list("account_id", "step", "round", "verdict")
    )
)
_DECIDERS = Prepared(lambda case: Decision.objects.filter(case_id=case).values_list("decided_by_id"))
_ENDED_NOTICES = Prepared(
    lambda case, since: Notice.objects.filter(cases=case, state="ended", published_at__gte=since).values_list(
        "id"
    )[:1]
)


def trace_of(case_id: int) -> list[Trace]:
    """Every move of a case, the first one first."""
    return [Trace._make(row) for row in _TRACE(case_id)]


def wants_trace(case_id: int) -> Asked:
    """The rows of :func:`trace_of`, to be fetched together with others; each makes a :class:`Trace`."""
    return _TRACE.wants(case_id)


def round_began(case: Case) -> datetime:
    """When the current round of reviews began: a notice of an earlier round does not count."""
    return _began(case, trace_of(case.pk))


def _began(case: Case, trace: Sequence[Trace]) -> datetime:
    turns = ("return_to", "settle_objection", "reopen")
    found = (move.at for move in reversed(trace) if move.act in turns and move.after.endswith("_review"))
    return next(found, case.submitted_at)


def open_objections(case: Case, *states: str) -> QuerySet[Objection]:
    """Objections that are not settled (or in ``states``): on this case, or on the whole of a notice that lists it."""
    return Objection.objects.filter(
        Q(case=case) | Q(case=None, notice__in=case.notices.exclude(state="withdrawn").values("pk")),
        state__in=states or ("open", "examining"),
    )


def unheard(case: Case) -> list[str]:
    """Names of materials with a mismatch that nobody was heard on."""
    chosen = plan_of(case)
    codes = Verification.objects.filter(
        case_number=case.number, outcome="mismatch", heard_at=None
    ).values_list("material", flat=True)
    found = [chosen.material(code) for code in dict.fromkeys(codes)]
    return [material.name if material else "数据核验" for material in found]


def who_of(actor: Actor, case: Case) -> Who:
    """The actor as the rules see them for this case."""
    roles = actor.roles_at(case.agency_id) if actor.kind == "staff" else frozenset()
    kin = bool(roles) and must_stay_away(actor.account_id, case)
    return Who(actor.kind, actor.account_id, roles, owns(actor, case), kin)


def owns(actor: Actor, case: Case) -> bool:
    """Whether the actor is proved to be the applicant, applied where no proof is asked, or still holds the applicant's
    authorization."""
    mine = bool(actor.account_id) and case.account_id == actor.account_id
    if actor.kind == "enterprise":
        return mine
    if actor.kind == "citizen":
        if actor.person_id and case.applicant_id == actor.person_id:
            return True
        return mine and plan_of(case).proof.submit == "phone"
    if actor.kind == "api":
        return case.account_id == actor.account_id and case.agency_id in actor.scope
    if actor.kind != "staff" or case.authorization_id is None or case.account_id != actor.account_id:
        return False
    return ProxyAuthorization.objects.filter(
        pk=case.authorization_id, helper_id=actor.account_id, revoked_at=None, until__gte=today()
    ).exists()


def must_stay_away(account_id: int, case: Case) -> bool:
    """Whether anybody concerned is declared as kin of this member of staff (回避): the applicant, the household on file, and
    every person entered in the form, who may belong to no file yet."""
    kin = recused_indexes(account_id)
    if not kin:
        return False
    indexes = {case.applicant.identity_index, *indexes_in(case)}
    if case.household_id is not None:
        living = Membership.objects.filter(household_id=case.household_id, ended_on=None)
        indexes |= set(living.values_list("person__identity_index", flat=True))
    indexes.discard("")
    return not indexes.isdisjoint(kin)


def indexes_in(case: Case) -> set[str]:
    """The blind indexes of every identity number in the answers."""
    found = set()
    answers = cast(dict[str, Any], case.answers)
    for group, item in plan_of(case).fields():
        if item.kind != "identity":
            continue
        given = answers.get(group.code)
        for row in given if isinstance(given, list) else [given or {}]:
            if row.get(item.name):
                found.add(index_of("identity", str(row[item.name])))
    return found


def note_concerned(case: Case) -> None:
    """Write down who is entered in the form, after its answers were set or changed."""
    present = indexes_in(case)
    Concerned.objects.filter(case=case).exclude(identity_index__in=present).delete()
    Concerned.objects.bulk_create(
        [Concerned(case=case, identity_index=index) for index in sorted(present)], ignore_conflicts=True
    )


def require(act: str, case: Case, actor: Actor) -> Standing:
    """The standing of the case, when the actor may do ``act``.

    Raises:
        NotAllowed: why not, in one sentence.
    """
    standing = standing_of(case)
    refusal = why_not(act, standing, who_of(actor, case))
    if refusal:
        raise NotAllowed(refusal, where=f"办件 {case.number}")
    return standing


def said(text: str, *, where: str, needed: bool = False, most: int = TEXT_MAX) -> str:
    """Free text of an act, trimmed and bounded."""
    text = text.strip()
    if needed and not text:
        raise InputError("请写明理由", where=where)
    if len(text) > most:
        raise InputError(f"最多 {most} 个字，现在是 {len(text)} 个", where=where)
    return text


def facts_of(case: Case) -> dict[str, Any]:
    """Everything a decision stands on, as it stands now."""
    checks = Verification.objects.filter(case_number=case.number).order_by("id")
    opinions = case.opinions.order_by("id")
    return {
        "answers": case.answers,
        "verifications": [
            {"number": row.number, "source": row.source, "material": row.material, "outcome": row.outcome,
             "as_of": row.data_as_of.isoformat() if row.data_as_of else "", "heard": row.heard_at is not None}
            for row in checks
        ],
        "opinions": [
            {"step": row.step, "round": row.round, "account": row.account_id, "verdict": row.verdict, "reasons": row.reasons, "text": row.text}
            for row in opinions
        ],
        "materials": [list(row) for row in case.materials.order_by("id").values_list("code", "state", "digest")],
        "service": {"code": case.service, "version": plan_of(case).version},
    }  # fmt: skip


def digest_of(facts: Mapping[str, Any]) -> str:
    """SM3 of the canonical JSON of facts."""
    return sm3(canonical_json(facts).decode())


def step_workdays(chosen: Service, state: str, step: str) -> int | None:
    """Within how many working days what comes next in ``state`` has to happen; None where nothing has to."""
    plan = chosen.step(step)
    return {
        "submitted": clock.ACCEPT_WORKDAYS,
        "supplement": clock.SUPPLEMENT_WORKDAYS,
        "accepted": 1,
        "verifying": 2,
        "publicity": clock.PUBLISH_WORKDAYS,
        "objection": clock.OBJECTION_WORKDAYS,
        "reconsidering": clock.REMEDY_WORKDAYS,
        "deciding": chosen.decision.workdays if chosen.decision else 0,
        "approved": 3,
    }.get(state, plan.workdays if plan is not None and plan.state == state else None)


def step_due(case: Case, state: str, step: str) -> date | None:
    """The last day of what has to happen next in ``state``."""
    workdays = step_workdays(plan_of(case), state, step)
    return None if workdays is None else national_calendar().add_workdays(today(), workdays)


def write_edge(
    case: Case,
    actor: Actor,
    act: str,
    move: Move,
    *,
    reason_code: str = "",
    message: str = "",
    note: str = "",
    keep_due: bool = False,
) -> Edge:
    """Move the case along one edge and write it down. The case is locked; the caller records the act afterwards."""
    before, at = (case.state, case.step), timezone.now()
    number = (case.edges.aggregate(last=Max("number"))["last"] or 0) + 1
    changed = (move.state, move.step) != before
    case.state, case.step, case.round = move.state, move.step, move.round
    case.version += 1
    if changed:
        case.assignee = None
        if case.pause_reason in ("appraisal", "hearing"):
            start_clock(case)  # what was waited for belonged to the step that is over
    if changed or not keep_due:
        case.step_due_on = step_due(case, move.state, move.step)
    case.save()
    roles = sorted(actor.roles)
    return Edge.objects.create(
        case=case,
        number=number,
        act=act,
        before=before[0],
        after=move.state,
        # the step that the act was done at: a case taken aside comes back to it
        step=before[1] or move.step,
        at=at,
        account_id=actor.account_id,
        account_name=actor.name,
        role=roles[0] if len(roles) == 1 else _role_used(actor, act, case, before[1]),
        reason_code=reason_code,
        message=message,
        note=note,
        facts_digest=digest_of(facts_of(case)),
        policy_version=plan_of(case).version,
    )


def _role_used(actor: Actor, act: str, case: Case, step: str) -> str:
    """Which of several roles an act was done in."""
    chosen = plan_of(case)
    plan = chosen.step(step)
    named = set(EDGES[act].who) if act in EDGES else set()
    if "step" in named and plan is not None:
        named.add(plan.role)
    if "decision" in named and chosen.decision is not None:
        named.add(chosen.decision.role)
    return next(iter(sorted(named & actor.roles)), "")


def stay(case: Case) -> Move:
    """A move that moves nothing: an act at the place."""
    return Move(case.state, case.step, case.round)


def stop_clock(case: Case, reason: str) -> None:
    """The clock stands still from now (nothing before acceptance, nothing twice). The caller saves."""
    if case.accepted_at is not None and case.paused_at is None:
        case.paused_at, case.pause_reason = timezone.now(), reason


def start_clock(case: Case) -> None:
    """The clock runs again: every limit moves by the working days it stood still. The caller saves."""
    if case.paused_at is None:
        return
    calendar = national_calendar()
    stood = clock.paused_for(calendar, timezone.localdate(case.paused_at), today())
    case.paused_workdays += stood
    case.promised_on = clock.moved(calendar, case.promised_on, stood)
    case.legal_on = clock.moved(calendar, case.legal_on, stood)
    case.step_due_on = clock.moved(calendar, case.step_due_on, stood)
    case.paused_at, case.pause_reason = None, ""


def clock_of(case: Case) -> clock.Clock:
    """The facts that the limits of a case are computed from."""
    chosen = plan_of(case)

    def day(moment: datetime | None) -> date | None:
        return None if moment is None else timezone.localdate(moment)

    return clock.Clock(
        submitted_on=timezone.localdate(case.submitted_at),
        accepted_on=day(case.accepted_at),
        promised_workdays=chosen.promised_workdays,
        legal_workdays=chosen.legal_workdays,
        extended_workdays=case.extended_workdays,
        paused_workdays=case.paused_workdays,
        paused_on=day(case.paused_at),
        ended_on=day(case.decided_at or case.closed_at),
    )


def tell_applicant(case: Case, key: str, subject: str, body: str) -> bool:
    """A message to who applied and, where that is somebody else, to the applicant's own account; without an account a text to
    the applicant's mobile. Where nobody can be reached the staff are asked to tell the person: no limit may run against somebody
    who was never told.

    Returns:
        Whether the person was reached.
    """
    accounts = list(Account.objects.filter(kind="citizen", person_id=case.applicant_id, is_active=True))
    sender = case.account
    if sender is not None and sender not in accounts and _may_be_told(sender, case):
        accounts.append(sender)
    for account in accounts:
        # nobody who is not proved to be the applicant learns a result from a message
        known = account.kind != "citizen" or account.person_id == case.applicant_id
        tell(
            account,
            subject=subject if known else "办件有新的进展",
            body=body if known else f"您提交的办件 {case.number} 有新的进展，请登录查看。",
            key=f"{case.number}:{key}:{account.pk}",
            # a helper looks at the case from the desk: the citizen's page is not theirs
            link=f"{'/my/cases/' if account.kind == 'citizen' else '/office/proxy/cases/'}{case.number}/",
            about=case.number,
        )
    if accounts:
        return True
    phone = case.applicant.phone
    if len(phone) == 11 and phone.startswith("1"):
        tell(
            None, subject=subject, body=body, key=f"{case.number}:{key}:phone", about=case.number, phone=phone
        )
        return True
    tell_staff(
        case,
        holders(case, sorted(roles_for(EDGES["accept"], Standing(plan_of(case), "submitted")))),
        f"{key}:by-hand",
        f"请当面或书面告知申请人：{subject}",
        f"申请人没有账号和手机号，系统无法告知。请当面或书面告知并留存记录：{body}",
    )
    return False


def _may_be_told(account: Account, case: Case) -> bool:
    """Whether who sent the case still hears of it: not an account that turned out not to be the applicant's."""
    if not account.is_active and account.kind != "machine":
        return False
    return account.kind != "citizen" or plan_of(case).proof.submit == "phone"


def tell_staff(case: Case, accounts: Iterable[Account], key: str, subject: str, body: str) -> list[int]:
    """An inbox message to members of staff; the ids of those told."""
    told = []
    for account in accounts:
        tell(
            account,
            subject=subject,
            body=body,
            key=f"{case.number}:{key}:{account.pk}",
            link=f"/office/cases/{case.number}/",
            about=case.number,
            channels=("inbox",),
        )
        told.append(account.pk)
    return told


def holders(case: Case, roles: Sequence[str]) -> list[Account]:
    """Who holds one of ``roles`` today, or stands in for a holder, in the agency of the case or above it."""
    day = today()
    above = [int(part) for part in case.agency.path.split("/") if part]
    # one condition per row: an exclude() would leave out whoever ever held another post that ended
    own = Appointment.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=day), role__in=roles, agency_id__in=above, started_on__lte=day, agency__active=True,
    )  # fmt: skip
    taken = Delegation.objects.filter(
        role__in=roles, agency_id__in=above, started_on__lte=day, ended_on__gte=day, revoked_at=None, agency__active=True,
    )  # fmt: skip
    found = Account.objects.filter(
        Q(pk__in=own.values("account_id")) | Q(pk__in=taken.values("deputy_id")), is_active=True
    )
    return list(found.order_by("id"))


def before_act(case: Case) -> dict[str, Any]:
    """What the log keeps of the case before an act."""
    return snapshot(case, *KEPT)


def done(
    actor: Actor, case: Case, act: str, before: Mapping[str, Any], *, reason: str = "", **more: Any
) -> None:
    """Record an act on a case: the last thing of its transaction. Where the act was a duty taken over, its holder is named."""
    then = Standing(plan_of(case), str(before.get("state") or ""), str(before.get("step") or ""))
    roles = roles_for(EDGES[act], then) if act in EDGES else frozenset[str]()
    record(
        replace(actor, on_behalf_of=actor.acting_for(case.agency_id, roles)), f"intake.case.{act}", case, reason=reason[:500], before=before,
        after={**snapshot(case, *KEPT), **more}, agency_id=case.agency_id,
    )  # fmt: skip
