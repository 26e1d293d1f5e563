"""Ask other departments instead of the applicant: consent first, bounded retries, a circuit per source, six outcomes.

The question is written in the transaction of the case and asked by a job afterwards (``run_due``): a slow source never
keeps an applicant waiting, and a killed worker asks again. A row is claimed before it is asked, so that two workers do
not ask the same question.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from guangsha.areas.registry.models import Person
from guangsha.areas.verification.adapters import (
    Adapter,
    Answer,
    NotAuthorized,
    Question,
    SourceFault,
    current_adapter,
)
from guangsha.areas.verification.comparison import compare
from guangsha.areas.verification.models import SOURCES, Circuit, Consent, Correction, Verification
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.access import NotThere

#: Waits before the second, third … attempt. After the last the outcome is "source unavailable" and the person is asked
#: to hand the material in.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
#: A worker that claimed a question and died is followed by another after this time.
CLAIM = timedelta(minutes=3)
#: So many faults in a row open the circuit of a source, for so long.
FAULTS_MAX = 5
OPEN_FOR = timedelta(minutes=10)
#: 政务数据共享条例: a request to mend data is answered within 10 working days.
CORRECTION_WORKDAYS = 10
BATCH = 200
logger = logging.getLogger("guangsha.verification")

#: Called inside the transaction that writes an outcome; the room above (intake) adds itself.
LISTENERS: list[Callable[[Verification], None]] = []


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to verify: about whom, from which source, in place of which material, against which claims."""

    person: Person
    source: str
    purpose: str
    material: str
    claimed: Mapping[str, Any]


@transaction.atomic
def give_consent(
    actor: Actor, person: Person, *, purpose: str, sources: Iterable[str], case_number: str, way: str,
    until: date | None = None,
) -> Consent:  # fmt: skip
    """Keep what a person agreed to (个人信息保护法 §29; 社会救助法 §40).

    Raises:
        InputError: an unknown source, or no purpose.
    """
    wanted = list(dict.fromkeys(sources))
    if set(wanted) - {code for code, _ in SOURCES} or not purpose.strip():
        raise InputError("授权中的数据来源或目的不完整", where="核查授权", advice="请重新勾选授权内容。")
    consent = Consent.objects.create(
        person=person, purpose=purpose, sources=wanted, case_number=case_number, way=way,
        given_at=timezone.now(), until=until,
    )  # fmt: skip
    record(actor, "verification.consent.give", consent, after={"sources": wanted, "purpose": purpose})
    return consent


@transaction.atomic
def revoke_consent(actor: Actor, consent_id: int) -> Consent:
    """From now on nothing more is asked under this consent; what is being asked ends without an answer.

    Raises:
        InputError: no such consent, or not the actor's own.
    """
    consent = Consent.objects.select_for_update().filter(pk=consent_id).first()
    if consent is None or (actor.kind == "citizen" and consent.person_id != actor.person_id):
        raise InputError("没有这项授权", where="核查授权", advice="请刷新页面。")
    _end_consent(actor, consent)
    return consent


def _end_consent(actor: Actor, consent: Consent) -> None:
    if consent.revoked_at is None:
        consent.revoked_at = timezone.now()
        consent.save(update_fields=["revoked_at"])
        record(actor, "verification.consent.revoke", consent)


@transaction.atomic
def end_questions(actor: Actor, case_number: str) -> int:
    """The case is over before its time: every consent given for it ends, and no source is asked about these people any more.

    Returns:
        How many questions were still open.
    """
    # whoever ends the case ends what was agreed to for it, by every member
    for consent in (
        Consent.objects.select_for_update().filter(case_number=case_number, revoked_at=None).order_by("pk")
    ):
        _end_consent(actor, consent)
    rows = Verification.objects.filter(case_number=case_number, outcome="").values_list("pk", flat=True)
    for pk in list(rows):
        _settle(pk, timezone.now(), "no_authorization", fault="办件已终结，不再查询")
    return len(rows)


@transaction.atomic
def verify_case(actor: Actor, case_number: str, requests: Sequence[Request]) -> list[Verification]:
    """Write down the questions of a case; ``run_due`` asks them.

    A question without a valid consent is answered "no authorization" at once and never leaves the house.
    """
    now = timezone.now()
    rows = []
    for request in requests:
        consent = _consent_for(request.person, case_number, request.source, now)
        row = Verification(
            number=f"V{now:%Y%m%d}{secrets.token_hex(8)}",
            case_number=case_number,
            person=request.person,
            consent=consent,
            source=request.source,
            purpose=request.purpose,
            material=request.material,
            payload=cast(Any, {"claimed": _jsonable(request.claimed)}),
            asked_at=now,
            next_try_at=now if consent else None,
        )
        if consent is None:
            row.outcome, row.answered_at = "no_authorization", now
        row.save(force_insert=True)
        record(
            actor, "verification.ask", row,
            after={"case": case_number, "source": request.source, "outcome": row.outcome},
        )  # fmt: skip
        rows.append(row)
    for row in rows:
        if row.outcome:
            _tell(row)
    return rows


def _jsonable(claimed: Mapping[str, Any]) -> dict[str, Any]:
    from guangsha.audit.actions import plain

    return cast(dict[str, Any], plain(claimed))


def _consent_for(person: Person, case_number: str, source: str, now: datetime) -> Consent | None:
    today = timezone.localdate(now)
    for consent in Consent.objects.filter(person=person, case_number=case_number, revoked_at=None).order_by(
        "-id"
    ):
        if source in consent.sources and (consent.until is None or consent.until >= today):
            return consent
    return None


def pending(case_number: str) -> bool:
    """Whether any question of this case is still open."""
    return Verification.objects.filter(case_number=case_number, outcome="").exists()


def run_due(now: datetime | None = None, adapter: Adapter | None = None, limit: int = BATCH) -> int:
    """Ask the questions that are due; return how many were asked."""
    moment = now or timezone.now()
    asked = 0
    due = Verification.objects.filter(outcome="", next_try_at__lte=moment).order_by("next_try_at", "id")
    for pk, seen in list(due.values_list("pk", "next_try_at")[:limit]):
        claimed = Verification.objects.filter(pk=pk, outcome="", next_try_at=seen).update(
            next_try_at=moment + CLAIM, attempts=F("attempts") + 1
        )
        if claimed:
            row = Verification.objects.select_related("person", "consent").get(pk=pk)
            try:
                _ask(row, moment, adapter or current_adapter())
            except (
                Exception
            ) as error:  # an answer that nobody foresaw must not keep the other questions waiting
                logger.exception("verification %s failed", row.number)
                _retry(row, moment, f"回答无法处理：{type(error).__name__}")
            asked += 1
    return asked


def _ask(row: Verification, now: datetime, adapter: Adapter) -> None:
    consent = row.consent
    if consent is None or consent.revoked_at is not None:
        _settle(row.pk, now, "no_authorization", fault="授权已撤回")
        return
    if not _may_pass(row.source, now):
        _retry(row, now, "来源暂停，等待恢复")
        return
    question = Question(
        row.number, row.source, row.person.identity, row.person.name, row.purpose, str(consent.pk)
    )
    try:
        answer = adapter.ask(question)
    except NotAuthorized as refusal:
        _circuit_ok(row.source)
        _settle(row.pk, now, "no_authorization", fault=str(refusal))
    except SourceFault as fault:
        _circuit_fault(row.source, now)
        _retry(row, now, str(fault))
    else:
        _circuit_ok(row.source)
        _answered(row, now, answer)


def ask_population(question: Question, now: datetime, adapter: Adapter | None = None) -> Answer:
    """Ask the population register who somebody is, behind the same circuit as every other question.

    Raises:
        SourceFault: no usable answer now.
        NotAuthorized: the source says that we may not ask this.
    """
    if not _may_pass(question.source, now):
        raise SourceFault("来源暂停，等待恢复")
    try:
        answer = (adapter or current_adapter()).ask(question)
    except NotAuthorized:
        _circuit_ok(question.source)
        raise
    except SourceFault:
        _circuit_fault(question.source, now)
        raise
    _circuit_ok(question.source)
    return answer


def receive(actor: Actor, number: str, answer: Answer, case_numbers: QuerySet[Any]) -> Verification:
    """A source that answers later hands its answer in. The first answer stands; a second is taken without effect.

    Args:
        case_numbers: the cases within the caller's reach.

    Raises:
        NotThere: no such question, not asked yet, or of a case out of reach.
    """
    row = (
        Verification.objects.select_related("person", "consent")
        .filter(number=number, case_number__in=case_numbers, attempts__gt=0)
        .first()
    )
    if row is None:
        raise NotThere
    if not row.outcome:
        now = timezone.now()
        if row.consent is None or row.consent.revoked_at is not None:
            _settle(row.pk, now, "no_authorization", fault="授权已撤回")
        else:
            _answered(row, now, answer)
        row.refresh_from_db()
    return row


def _retry(row: Verification, now: datetime, fault: str) -> None:
    if row.attempts > len(RETRY_AFTER):
        _settle(row.pk, now, "source_unavailable", fault=fault)
        return
    wait = RETRY_AFTER[max(row.attempts, 1) - 1]
    Verification.objects.filter(pk=row.pk, outcome="").update(next_try_at=now + wait, fault=fault[:200])


def _answered(row: Verification, now: datetime, answer: Answer) -> None:
    claimed = cast(Any, row.payload).get("claimed", {})
    result = compare(
        row.source, claimed, answer.payload, data_as_of=answer.data_as_of, today=timezone.localdate(now)
    )
    _settle(
        row.pk, now, result.outcome, payload={"claimed": claimed, "answer": dict(answer.payload)},
        differences={"items": [item.as_json() for item in result.differences]} if result.differences else None,
        data_as_of=answer.data_as_of,
    )  # fmt: skip


@transaction.atomic
def _settle(
    pk: int, now: datetime, outcome: str, *, fault: str = "", payload: Any = None, differences: Any = None,
    data_as_of: date | None = None,
) -> None:  # fmt: skip
    row = Verification.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.outcome:
        return  # another worker was faster: the first answer stands
    row.outcome, row.answered_at, row.next_try_at, row.fault = outcome, now, None, fault[:200]
    row.data_as_of = data_as_of
    if payload is not None:
        row.payload = payload
    if differences is not None:
        row.differences = differences
    row.save()
    _tell(row)
    record(
        CLOCK, "verification.answer", row, agency_id=0,
        after={"case": row.case_number, "source": row.source, "outcome": outcome, "attempts": row.attempts},
    )  # fmt: skip


def _tell(row: Verification) -> None:
    for listener in LISTENERS:
        listener(row)


def _may_pass(source: str, now: datetime) -> bool:
    circuit = Circuit.objects.filter(pk=source).first()
    if circuit is None or circuit.state == "closed":
        return True
    if circuit.state == "open" and circuit.until is not None and circuit.until <= now:
        # exactly one worker becomes the trial
        return bool(
            Circuit.objects.filter(pk=source, state="open").update(state="half_open", until=now + CLAIM)
        )
    if circuit.state == "half_open" and circuit.until is not None and circuit.until <= now:
        return bool(
            Circuit.objects.filter(pk=source, state="half_open", until=circuit.until).update(
                until=now + CLAIM
            )
        )
    return False


def _circuit_fault(source: str, now: datetime) -> None:
    with transaction.atomic():
        circuit, _ = Circuit.objects.select_for_update().get_or_create(pk=source)
        circuit.faults = min(circuit.faults + 1, 1000)
        if circuit.faults >= FAULTS_MAX or circuit.state == "half_open":
            circuit.state, circuit.until = "open", now + OPEN_FOR
        circuit.save()


def _circuit_ok(source: str) -> None:
    Circuit.objects.filter(pk=source).exclude(state="closed", faults=0).update(
        state="closed", faults=0, until=None
    )


@transaction.atomic
def record_hearing(actor: Actor, verification_id: int, explanation: str) -> Verification:
    """The person was told of the difference and answered (社会救助法 §48; operations.md §2.0). The same words sent twice are said
    once.

    Raises:
        InputError: there is no difference to hear the person on, or nothing was said.
    """
    row = Verification.objects.select_for_update(of=("self",)).get(pk=verification_id)
    if row.outcome != "mismatch":
        raise InputError("这项核验没有不一致之处，不需要说明", where="情况说明", advice="请刷新页面。")
    text = explanation.strip()
    if not 1 <= len(text) <= 2000:
        raise InputError("说明应为 1 至 2000 字", where="情况说明", advice="请写清楚不一致的原因。")
    if text == row.explanation or row.explanation.endswith(f"\n{text}"):
        return row
    if row.explanation:  # said before: nothing that was said is lost
        text = f"{row.explanation}\n{text}"
        if len(text) > 10_000:
            raise InputError("说明合计最多 10000 字", where="情况说明", advice="请删减，或到窗口当面说明。")
    row.explanation, row.heard_at = text, timezone.now()
    row.save(update_fields=["explanation", "heard_at"])
    record(actor, "verification.hear", row, after={"case": row.case_number})
    return row


@transaction.atomic
def close_hearing(verification_id: int, now: datetime) -> Verification:
    """The person was told and let the time for an answer pass: that counts as heard, and says so."""
    row = Verification.objects.select_for_update(of=("self",)).get(pk=verification_id)
    if row.outcome == "mismatch" and row.heard_at is None:
        row.heard_at, row.explanation = now, ""
        row.save(update_fields=["heard_at", "explanation"])
        record(CLOCK, "verification.hearing.close", row, agency_id=0, after={"case": row.case_number})
    return row


def may_reject(row: Verification) -> bool:
    """Only a difference on which the person was heard may carry a refusal."""
    return row.outcome == "mismatch" and row.heard_at is not None


@transaction.atomic
def ask_correction(actor: Actor, verification_id: int, text: str) -> Correction:
    """Ask the source to mend data that the person shows to be wrong."""
    row = Verification.objects.get(pk=verification_id)
    if not text.strip():
        raise InputError("请写明哪里不对", where="数据更正", advice="写清楚登记内容和实际情况。")
    due = national_calendar().add_workdays(timezone.localdate(), CORRECTION_WORKDAYS)
    correction = Correction.objects.create(verification=row, text=text.strip()[:2000], due_on=due)
    record(actor, "verification.correction.ask", correction, after={"source": row.source, "due_on": due})
    return correction
