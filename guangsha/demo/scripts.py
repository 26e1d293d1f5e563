"""How cases go: one script for every state in which a case can rest, each a sequence of acts with the time between them.

``accepted`` is not among them: the engine passes through it within the act of accepting. ``city_review`` is not either
while no service has a step there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from guangsha.areas.intake.catalogue import Service
from guangsha.demo.late import Late
from guangsha.demo.tale import ImpossibleStory, TooLate, office_moment


@dataclass(frozen=True, slots=True)
class Script:
    """``run`` tells the story; it began ``least`` to ``most`` working days ago. ``weight`` per thousand cases; ``fits``:
    which services it can happen to; ``online``: only to somebody with an account."""

    run: Callable[[Late, NoticeDays], None]
    weight: int
    least: int
    most: int
    fits: Callable[[Service], bool] = lambda service: True
    online: bool = False


@dataclass(slots=True)
class NoticeDays:
    """The days on which lists are published: one a week. ``book`` gives the notice of a service that began on a day."""

    days: list[date]
    book: Callable[[Service, date], object]

    def publish(self, tale: Late) -> None:
        """Put the case on the next list.

        Raises:
            TooLate: the next list has not been published yet.
        """
        for day in self.days:
            moment = timezone.make_aware(datetime.combine(day, time(16, 30))) + timedelta(
                seconds=tale.rng.randint(0, 5)
            )
            if moment > tale.when:
                tale.go_to(moment)
                tale.publish(self.book(tale.service, day))
                return
        raise TooLate


def _public(service: Service) -> bool:
    return service.publicity is not None


def _steps(state: str) -> Callable[[Service], bool]:
    return lambda service: any(step.state == state for step in service.steps)


def _verifies(service: Service) -> bool:
    return any(item.way == "verified" and item.required and item.when is None for item in service.materials)


def _benefit(service: Service) -> bool:
    return service.code in ("elig_apply", "subsidy_apply", "talent_apply")


# the way to each station


def accepted(tale: Late, *, unlucky: str = "", asked: bool = False) -> None:
    """Submitted, completed where something was unfit, accepted, verified."""
    tale.submit()
    codes = tale.uploadable()
    if codes and (asked or tale.rng.random() < 0.15):
        tale.workdays(1, 3)
        tale.supplement(codes[:1], "照片模糊，看不清日期，请重新拍照上传")
        tale.workdays(1, 4)
        tale.supply()
    tale.workdays(0, 2)
    tale.accept()
    if tale.case.state == "verifying":
        tale.answered(unlucky=unlucky)
        if tale.case.state == "supplement":
            tale.workdays(1, 5)
            tale.supply()
        if (
            tale.plot.account is not None
            and tale.rng.random() < 0.8
            and any(row.outcome == "mismatch" for row in tale.verifications)
        ):
            tale.workdays(0, 1)
            tale.hear()


def reviewed(tale: Late, until: str = "") -> None:
    """Every review passed, up to the state ``until``."""
    for _ in range(24):
        if not tale.case.state.endswith("_review") or tale.case.state == until:
            return
        tale.workdays(0, 2)
        if tale.rng.random() < 0.35:
            tale.assign()
            tale.minutes(5, 60)
        tale.opinion()
    raise ImpossibleStory("the reviews do not end")


def announced(tale: Late, days: NoticeDays) -> None:
    """The notice is over, where there is one."""
    if tale.case.state == "publicity":
        days.publish(tale)
        tale.notice_over()


def deciding(tale: Late, days: NoticeDays) -> None:
    """Up to the decision."""
    accepted(tale)
    reviewed(tale)
    announced(tale, days)


def effective(tale: Late, days: NoticeDays) -> None:
    """Approved and served."""
    deciding(tale, days)
    tale.workdays(0, 2)
    tale.decide("approved")
    tale.workdays(0, 3)
    tale.serve()


def rejected(tale: Late, days: NoticeDays) -> None:
    """A review did not pass; the person was heard first; refused by somebody else."""
    accepted(tale)
    tale.workdays(1, 3)
    tale.hear()
    plan = tale.service.decision
    reasons = [tale.rng.choice(plan.reasons).code] if plan and plan.reasons else []
    last = tale.service.steps[-1]
    while tale.case.state.endswith("_review"):
        tale.workdays(0, 2)
        tale.opinion(
            "fail" if tale.case.step == last.code else "pass", reasons if tale.case.step == last.code else ()
        )
    tale.workdays(1, 2)
    tale.decide("rejected", reasons)


# where they rest


def _submitted(tale: Late, days: NoticeDays) -> None:
    tale.submit()


def _supplement(tale: Late, days: NoticeDays) -> None:
    tale.submit()
    codes = tale.uploadable()
    if not codes:
        raise ImpossibleStory("nothing was uploaded")
    tale.workdays(1, 2)
    tale.supplement(
        codes[:1], tale.rng.choice(("缺少最后一页签字页", "照片模糊，看不清日期，请重新拍照上传"))
    )


def _unanswered(outcome: str) -> Callable[[Late, NoticeDays], None]:
    """A source did not help: the paper is asked for instead."""

    def run(tale: Late, days: NoticeDays) -> None:
        tale.submit()
        tale.workdays(0, 2)
        tale.accept()
        tale.answered(unlucky=outcome)

    return run


def _verifying(tale: Late, days: NoticeDays) -> None:
    tale.submit()
    tale.workdays(0, 1)
    tale.accept()


def _review(state: str) -> Callable[[Late, NoticeDays], None]:
    def run(tale: Late, days: NoticeDays) -> None:
        silent = tale.rng.random() < 0.04
        if silent:
            tale.submit()
            day = tale.case.step_due_on
            if day is None:
                raise ImpossibleStory("no limit to accept")
            tale.go_to(timezone.make_aware(datetime.combine(day + timedelta(days=1), time(0, 20))))
            tale.deem_accepted()
            if tale.case.state == "verifying":
                tale.answered()
        else:
            accepted(tale, unlucky="stale" if tale.rng.random() < 0.06 else "")
        reviewed(tale, until=state)
        if tale.case.state != state:
            raise ImpossibleStory(f"does not come to {state}")
        plan = tale.service.step(tale.case.step)
        draw = tale.rng.random()
        if draw < 0.3:
            tale.minutes(10, 90)
            tale.assign()
        if plan and plan.people > 1 and tale.rng.random() < 0.45:
            tale.workdays(0, 1)
            tale.opinion()
        elif draw > 0.94:
            tale.workdays(0, 1)
            tale.extend()
        elif draw > 0.9:
            tale.workdays(0, 1)
            tale.pause()

    return run


def _sent_back(tale: Late, days: NoticeDays) -> None:
    accepted(tale)
    reviewed(tale, until=tale.service.steps[-1].state)
    tale.workdays(0, 1)
    tale.send_back()


def _publicity_waiting(tale: Late, days: NoticeDays) -> None:
    accepted(tale)
    reviewed(tale)


def _publicity(tale: Late, days: NoticeDays) -> None:
    accepted(tale)
    reviewed(tale)
    days.publish(tale)
    if tale.notice.ends_on < timezone.localdate(tale.setting.now):
        raise TooEarly


def _objection(tale: Late, days: NoticeDays) -> None:
    _publicity(tale, days)
    _object(tale)


def _object(tale: Late) -> None:
    tale.go_to(office_moment(tale.rng, tale.today + timedelta(days=tale.rng.randint(1, 3))))
    text = tale.rng.choice(
        (
            "该户在别处还有一套住房在出租。",
            "这家儿子有小汽车，收入不止填报的数。",
            "公示的人数与实际居住人数不符。",
        )
    )
    tale.object(text, "")


def _objection_settled(tale: Late, days: NoticeDays) -> None:
    accepted(tale)
    reviewed(tale)
    days.publish(tale)
    _object(tale)
    tale.workdays(1, 4)
    tale.settle(upheld=tale.rng.random() < 0.3)
    if tale.case.state == "publicity":
        tale.notice_over()
    else:
        reviewed(tale)
        announced(tale, days)
    tale.workdays(0, 2)
    tale.decide("approved")
    tale.workdays(0, 3)
    tale.serve()


def _approved(tale: Late, days: NoticeDays) -> None:
    deciding(tale, days)
    tale.workdays(0, 2)
    tale.decide("approved")


def _rejected_served(tale: Late, days: NoticeDays) -> None:
    rejected(tale, days)
    tale.workdays(0, 3)
    tale.serve()


def _then(*acts: str) -> Callable[[Late, NoticeDays], None]:
    """Effective, and what became of the benefit later."""

    def run(tale: Late, days: NoticeDays) -> None:
        effective(tale, days)
        for act in acts:
            tale.workdays(8, 30)
            if act in ("revoke", "terminate"):
                tale.ending(act)
            else:
                tale.change(act)

    return run


def _archived(tale: Late, days: NoticeDays) -> None:
    effective(tale, days)
    tale.workdays(0, 2)
    if tale.rng.random() < 0.5:
        tale.rate()
    tale.workdays(20, 40)
    tale.archive()


def _effective_rated(tale: Late, days: NoticeDays) -> None:
    effective(tale, days)
    tale.workdays(0, 3)
    if tale.rng.random() < 0.62:
        tale.rate()


def _withdrawn(tale: Late, days: NoticeDays) -> None:
    tale.submit()
    if tale.rng.random() < 0.5:
        tale.workdays(0, 2)
        tale.accept()
        if tale.case.state == "verifying":
            tale.answered()
    tale.workdays(0, 2)
    tale.withdraw()


def _refused(tale: Late, days: NoticeDays) -> None:
    tale.submit()
    tale.workdays(1, 3)
    tale.refuse_acceptance()


def _reconsidering(tale: Late, days: NoticeDays) -> None:
    _rejected_served(tale, days)
    tale.workdays(1, 15)
    tale.ask_remedy()


def _upheld(tale: Late, days: NoticeDays) -> None:
    _reconsidering(tale, days)
    tale.workdays(4, 12)
    tale.answer_remedy(upheld=True)


def _changed(tale: Late, days: NoticeDays) -> None:
    _reconsidering(tale, days)
    tale.workdays(4, 12)
    tale.answer_remedy(upheld=False)


def _reopened(tale: Late, days: NoticeDays) -> None:
    effective(tale, days)
    tale.workdays(10, 30)
    tale.reopen()


class TooEarly(Exception):
    """The story has to begin so many working days later."""

    def __init__(self, workdays: int = 4) -> None:
        self.workdays = workdays


SCRIPTS: Mapping[str, Script] = {
    "submitted": Script(_submitted, 34, 0, 4),
    "supplement": Script(
        _supplement,
        14,
        2,
        9,
        lambda service: any(item.way == "upload" and item.required for item in service.materials),
    ),
    "not_found": Script(_unanswered("not_found"), 3, 2, 6, _verifies),
    "source_unavailable": Script(_unanswered("source_unavailable"), 3, 2, 6, _verifies),
    "stale": Script(_unanswered("stale"), 3, 2, 6, _verifies),
    "no_authorization": Script(_unanswered("no_authorization"), 3, 2, 6, _verifies),
    "verifying": Script(_verifying, 6, 0, 1, _verifies),
    "street_review": Script(_review("street_review"), 40, 1, 8, _steps("street_review")),
    "civil_review": Script(_review("civil_review"), 20, 3, 9, _steps("civil_review")),
    "district_review": Script(_review("district_review"), 50, 2, 12, _steps("district_review")),
    "sent_back": Script(_sent_back, 6, 4, 12, _steps("street_review")),
    "publicity_waiting": Script(_publicity_waiting, 10, 5, 14, _public),
    "publicity": Script(_publicity, 36, 8, 18, _public),
    "objection": Script(_objection, 6, 9, 18, _public),
    "objection_settled": Script(_objection_settled, 8, 60, 220, _public),
    "deciding": Script(deciding, 22, 5, 26),
    "approved": Script(_approved, 18, 6, 28),
    "effective": Script(_effective_rated, 420, 30, 230),
    "archived": Script(_archived, 90, 90, 240),
    "rejected": Script(rejected, 14, 10, 26, online=True),
    "rejected_served": Script(_rejected_served, 46, 26, 220, online=True),
    "review_due": Script(_then("mark_review_due"), 16, 70, 240, _benefit),
    "suspended": Script(_then("mark_review_due", "suspend"), 8, 90, 240, _benefit),
    "adjusted": Script(_then("adjust"), 10, 70, 240, _benefit),
    "resumed": Script(_then("suspend", "resume"), 6, 120, 240, _benefit),
    "terminated": Script(_then("mark_review_due", "terminate"), 12, 110, 240, _benefit),
    "revoked": Script(_then("revoke"), 8, 70, 240, _benefit),
    "withdrawn": Script(_withdrawn, 24, 10, 220, online=True),
    "refused_acceptance": Script(_refused, 12, 8, 200),
    "reconsidering": Script(_reconsidering, 8, 26, 46, _verifies, online=True),
    "upheld": Script(_upheld, 10, 60, 220, online=True),
    "changed": Script(
        _changed,
        4,
        46,
        60,
        lambda service: service.decision is not None and service.decision.role == "district_approver",
        online=True,
    ),
    "reopened": Script(
        _reopened,
        5,
        50,
        70,
        lambda service: service.decision is not None and service.decision.role == "district_approver",
    ),
}
