"""Write a decision with the facts it stands on. Used by every act that ends or takes away something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.utils import timezone

from guangsha.areas.intake.actions.base import digest_of, facts_of, plan_of
from guangsha.areas.intake.actions.numbers import document_number
from guangsha.areas.intake.letters import Ground, chinese_day, letter_text
from guangsha.areas.intake.models import Case, Decision
from guangsha.audit.actor import Actor
from guangsha.people.models import Agency


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"no day {months} months after {day}")


def write_decision(
    actor: Actor, case: Case, outcome: str, reasons: Sequence[Mapping[str, str]], text: str
) -> Decision:
    """The decision, numbered, with its letter and the facts as they stand, each under its digest."""
    chosen, now = plan_of(case), timezone.now()
    agency = Agency.objects.get(pk=actor.agency_id) if actor.agency_id else case.agency
    answers = cast(dict[str, Any], case.answers)
    grounds = [Ground(reason["text"], reason.get("article", "")) for reason in reasons]
    day = timezone.localdate(now)
    months = chosen.result.validity_months if chosen.result else None
    rows = answers.get("members")
    words = {
        "name": case.applicant.name,
        "number": case.number,
        "service": chosen.name,
        "submitted": chinese_day(timezone.localdate(case.submitted_at)),
        "accepted": chinese_day(timezone.localdate(case.accepted_at) if case.accepted_at else None),
        "decided": chinese_day(day),
        "agency": agency.name,
        "result": chosen.result.name if chosen.result else "",
        "until": chinese_day(months_later(day, months)) if months else "",
        "members": str(1 + (len(rows) if isinstance(rows, list) else 0)),
        "text": text,
    }
    body = letter_text(chosen, outcome, words, grounds)
    facts = facts_of(case)
    facts_digest = digest_of(facts)
    number = document_number(agency.name, day)
    articles = list(dict.fromkeys(ground.article for ground in grounds if ground.article))
    articles += [
        f"{basis.title}{article}"
        for basis in chosen.basis
        for article in basis.articles
        if f"{basis.title}{article}" not in articles
    ]
    return Decision.objects.create(
        case=case,
        number=number,
        outcome=outcome,
        reasons=[dict(reason) for reason in reasons],
        articles=articles,
        text=body,
        snapshot=cast(Any, facts),
        snapshot_digest=facts_digest,
        policy_version=chosen.version,
        digest=digest_of(
            {
                "number": number,
                "outcome": outcome,
                "text": body,
                "facts": facts_digest,
                "policy": chosen.version,
            }
        ),
        decided_by_id=actor.account_id,
        decided_at=now,
    )
