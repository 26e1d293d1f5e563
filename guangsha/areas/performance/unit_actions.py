"""Acts on what the unit itself keeps: its posts and who holds them, and surveys of those it serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction

from guangsha.areas.performance.access import WRITERS, may
from guangsha.areas.performance.models import PostHolding, StaffPost, Survey, SurveyAnswer
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency

#: Sheets of one survey: a city asks some thousands.
ANSWERS_MAX = 100_000


def _need(actor: Actor, agency_id: int) -> None:
    if not may(actor, agency_id, WRITERS):
        raise InputError("只有本单位的会计或负责人可以办理", advice="请由会计或负责人办理。")


def _told(text: str, name: str, longest: int) -> str:
    text = text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise InputError(f"{name}没有填写或超过 {longest} 个字", where=name, advice=f"请填写{name}。")
    return text


def open_post(
    actor: Actor, agency: Agency, number: str, title: str, document_number: str, day: date
) -> StaffPost:
    """Enter an established post (编制岗位) as the establishment office approved it.

    Raises:
        InputError: not an accountant or head, a text that is missing, a number that is taken.
    """
    _need(actor, agency.pk)
    post = StaffPost(
        agency=agency, number=_told(number, "编号", 20), title=_told(title, "岗位", 60),
        document_number=_told(document_number, "核定文号", 60), started_on=day,
    )  # fmt: skip
    try:
        with transaction.atomic():
            post.save(force_insert=True)
            record(actor, "performance.post.open", post, after=snapshot(post), agency_id=agency.pk)
    except IntegrityError as error:
        raise InputError(f"编号“{number}”已有", where="编号", advice="请换一个编号。") from error
    return post


def hold_post(actor: Actor, post: StaffPost, name: str, day: date) -> PostHolding:
    """Somebody takes a post.

    Raises:
        InputError: not an accountant or head; the post is held or was withdrawn; a day before the post.
    """
    _need(actor, post.agency_id)
    if day < post.started_on or post.ended_on is not None:
        raise InputError("这一天没有这个岗位", where="到岗日期", advice="请核对岗位和日期。")
    holding = PostHolding(post=post, name=_told(name, "姓名", 60), started_on=day)
    try:
        with transaction.atomic():
            holding.save(force_insert=True)
            record(actor, "performance.post.hold", holding, after=snapshot(holding), agency_id=post.agency_id)
    except IntegrityError as error:
        raise InputError("岗位上已有人", where="岗位", advice="请先登记离岗。") from error
    return holding


def leave_post(actor: Actor, holding: PostHolding, day: date, reason: str) -> PostHolding:
    """Somebody leaves a post; counted until the day before the end of a year, not on it.

    Raises:
        InputError: not an accountant or head; left already; a day before they came.
    """
    _need(actor, holding.post.agency_id)
    with transaction.atomic():
        held = PostHolding.objects.select_for_update().select_related("post").get(pk=holding.pk)
        if held.ended_on is not None or day < held.started_on:
            raise InputError("离岗日期不对，或已经离岗", where="离岗日期", advice="请核对日期。")
        before = snapshot(held, "ended_on")
        held.ended_on = day
        held.save(update_fields=["ended_on"])
        record(
            actor, "performance.post.leave", held, reason=_told(reason, "原因", 200), before=before,
            after=snapshot(held, "ended_on"), agency_id=held.post.agency_id,
        )  # fmt: skip
    return held


def withdraw_post(actor: Actor, post: StaffPost, day: date, reason: str) -> StaffPost:
    """A post is taken back (核减); nobody may hold it.

    Raises:
        InputError: not an accountant or head; somebody holds it; withdrawn already; a day before it began.
    """
    _need(actor, post.agency_id)
    with transaction.atomic():
        found = StaffPost.objects.select_for_update().get(pk=post.pk)
        if found.ended_on is not None or day < found.started_on:
            raise InputError("核减日期不对，或已经核减", where="核减日期", advice="请核对日期。")
        if found.holdings.filter(ended_on=None).exists():
            raise InputError("岗位上还有人", where="岗位", advice="请先登记离岗。")
        before = snapshot(found, "ended_on")
        found.ended_on = day
        found.save(update_fields=["ended_on"])
        record(
            actor, "performance.post.withdraw", found, reason=_told(reason, "原因", 200), before=before,
            after=snapshot(found, "ended_on"), agency_id=found.agency_id,
        )  # fmt: skip
    return found


def record_survey(
    actor: Actor, agency: Agency, code: str, title: str, began_on: date, ended_on: date, sent: int, evidence: str,
    grades: Sequence[int],
) -> Survey:  # fmt: skip
    """Enter a survey with the grades of the sheets that came back, in the order of their numbers.

    Args:
        sent: how many sheets were handed out; evidence: where the papers are kept.

    Raises:
        InputError: not an accountant or head; a grade that is none; more came back than were sent; the code is taken.
    """
    _need(actor, agency.pk)
    if not grades or len(grades) > min(sent, ANSWERS_MAX):
        raise InputError("收回的份数应大于零，且不多于发出的份数", where="问卷", advice="请核对份数。")
    if any(type(grade) is not int or not 1 <= grade <= 5 for grade in grades):
        raise InputError("评价应是 1 至 5", where="问卷", advice="5 为非常满意，1 为非常不满意。")
    if ended_on < began_on:
        raise InputError("结束日期早于开始日期", where="结束日期", advice="请更正日期。")
    survey = Survey(
        agency=agency, code=_told(code, "代码", 40), title=_told(title, "名称", 120), began_on=began_on,
        ended_on=ended_on, sent=sent, evidence=_told(evidence, "原始问卷存放", 200),
    )  # fmt: skip
    try:
        with transaction.atomic():
            survey.save(force_insert=True)
            SurveyAnswer.objects.bulk_create(
                [
                    SurveyAnswer(survey=survey, number=number, grade=grade)
                    for number, grade in enumerate(grades, 1)
                ],
                batch_size=1000,
            )
            record(
                actor, "performance.survey.record", survey, agency_id=agency.pk,
                after={**snapshot(survey), "returned": len(grades), "satisfied": sum(1 for grade in grades if grade >= 4)},
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError(f"代码“{code}”已有", where="代码", advice="请换一个代码。") from error
    return survey
