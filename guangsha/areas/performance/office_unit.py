"""Pages of what the unit itself keeps: its posts and who holds them, surveys of those it serves, and the acts on them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.performance.access import READERS, WRITERS, may
from guangsha.areas.performance.metrics import SATISFIED
from guangsha.areas.performance.models import PostHolding, StaffPost, Survey
from guangsha.areas.performance.office import ROLES, page_of, show
from guangsha.areas.performance.unit_actions import (
    hold_post,
    leave_post,
    open_post,
    record_survey,
    withdraw_post,
)
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.people.models import Agency
from guangsha.web.act_forms import Answers, Field, Form, act_page, acting, day_of, reason, text

#: Posts and surveys that one page names; an agency of this kind has some dozens.
LISTED_MAX = 200
_GRADES = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}


def _agency(actor: Actor) -> Agency:
    """The agency for which the actor acts.

    Raises:
        NotThere: they hold none of the roles there.
    """
    agency = access_agency(actor, actor.agency_id)
    if not may(actor, agency.pk, READERS):
        raise NotThere
    return agency


def _today() -> str:
    return timezone.localdate().isoformat()


def _whole(given: str, label: str) -> int:
    if not given.strip():
        return 0
    if not given.strip().isdecimal() or len(given) > 6:
        raise InputError("应是整数", where=label, advice="请填写份数。")
    return int(given)


def _free_posts(agency: Agency) -> dict[str, str]:
    held = PostHolding.objects.filter(ended_on=None).values("post_id")
    found = StaffPost.objects.filter(agency=agency, ended_on=None).exclude(pk__in=held).order_by("number")
    return {str(post.pk): f"{post.number} {post.title}" for post in found[:LISTED_MAX]}


def _holdings(agency: Agency) -> dict[str, str]:
    found = PostHolding.objects.filter(post__agency=agency, ended_on=None).select_related("post")
    return {str(one.pk): f"{one.post.number} {one.name}" for one in found.order_by("post__number")[:LISTED_MAX]}  # fmt: skip


def _post_fields(_agency: Agency, _actor: Actor) -> list[Field]:
    return [
        text("number", "编号", max=20), text("title", "岗位", max=60), text("document", "核定文号", max=60),
        text("day", "核定日期", kind="date", value=_today()),
    ]  # fmt: skip


def _open_post(actor: Actor, agency: Agency, _version: int, said: Answers) -> object:
    return open_post(
        actor, agency, said["number"], said["title"], said["document"], day_of(said["day"], "核定日期")
    )


def _hold_fields(agency: Agency, _actor: Actor) -> list[Field]:
    return [
        text("post", "岗位", kind="choice", choices=_free_posts(agency)), text("name", "姓名", max=60),
        text("day", "到岗日期", kind="date", value=_today()),
    ]  # fmt: skip


def _hold(actor: Actor, agency: Agency, _version: int, said: Answers) -> object:
    if said["post"] not in _free_posts(agency):
        raise InputError("请选择空缺的岗位", where="岗位")
    return hold_post(
        actor, StaffPost.objects.get(pk=int(said["post"])), said["name"], day_of(said["day"], "到岗日期")
    )


def _leave_fields(agency: Agency, _actor: Actor) -> list[Field]:
    return [
        text("holding", "在岗人员", kind="choice", choices=_holdings(agency)),
        text("day", "离岗日期", kind="date", value=_today()), reason(),
    ]  # fmt: skip


def _leave(actor: Actor, agency: Agency, _version: int, said: Answers) -> object:
    if said["holding"] not in _holdings(agency):
        raise InputError("请选择在岗人员", where="在岗人员")
    held = PostHolding.objects.select_related("post").get(pk=int(said["holding"]))
    return leave_post(actor, held, day_of(said["day"], "离岗日期"), said["reason"])


def _withdraw_fields(agency: Agency, _actor: Actor) -> list[Field]:
    return [
        text("post", "岗位", kind="choice", choices=_free_posts(agency)),
        text("day", "核减日期", kind="date", value=_today()), reason(),
    ]  # fmt: skip


def _withdraw(actor: Actor, agency: Agency, _version: int, said: Answers) -> object:
    if said["post"] not in _free_posts(agency):
        raise InputError("请选择空缺的岗位", where="岗位")
    post = StaffPost.objects.get(pk=int(said["post"]))
    return withdraw_post(actor, post, day_of(said["day"], "核减日期"), said["reason"])


def _survey_fields(_agency: Agency, _actor: Actor) -> list[Field]:
    return [
        text("code", "代码", max=40, help="取数表用它指明是哪一次调查，如 2026-subsidy。"), text("title", "名称", max=120),
        text("began", "开始日期", kind="date"), text("ended", "结束日期", kind="date"),
        text("sent", "发出份数", kind="number"), text("evidence", "原始问卷存放", max=200),
        *(text(f"grade{grade}", f"评为{word}的份数", kind="number", required=False) for grade, word in _GRADES.items()),
    ]  # fmt: skip


def _survey(actor: Actor, agency: Agency, _version: int, said: Answers) -> object:
    grades = [
        grade
        for grade, word in _GRADES.items()
        for _ in range(_whole(said[f"grade{grade}"], f"评为{word}的份数"))
    ]
    return record_survey(
        actor, agency, said["code"], said["title"], day_of(said["began"], "开始日期"), day_of(said["ended"], "结束日期"),
        _whole(said["sent"], "发出份数"), said["evidence"], grades,
    )  # fmt: skip


FORMS: dict[str, Form] = {
    "post": Form("登记编制岗位", _post_fields, _open_post, "已登记岗位。"),
    "hold": Form("登记到岗", _hold_fields, _hold, "已登记到岗。"),
    "leave": Form("登记离岗", _leave_fields, _leave, "已登记离岗。"),
    "withdraw": Form("核减岗位", _withdraw_fields, _withdraw, "已核减岗位。"),
    "survey": Form(
        "登记满意度调查", _survey_fields, _survey, "已登记调查。", note="登记后不能修改，请对照原始问卷填写。"
    ),
}


@staff(*ROLES)
@require_GET
def unit(request: HttpRequest) -> HttpResponse:
    """Posts, who holds them, and surveys."""
    actor = acting(request)
    agency = _agency(actor)
    posts = StaffPost.objects.filter(agency=agency).order_by("number")[:LISTED_MAX]
    holders = {one.post_id: one for one in PostHolding.objects.filter(post__agency=agency, ended_on=None)}
    page = page_of(request, Survey.objects.filter(agency=agency).order_by("-ended_on", "-pk"), 20)
    answers: dict[int, list[int]] = {}
    for survey, grade in Survey.objects.filter(pk__in=[one.pk for one in page.object_list]).values_list("pk", "answers__grade"):  # fmt: skip
        answers.setdefault(survey, []).append(grade)
    surveys = [
        (one, len(answers.get(one.pk, ())), sum(1 for grade in answers.get(one.pk, ()) if grade >= SATISFIED))
        for one in page.object_list
    ]
    context: dict[str, Any] = {
        "agency": agency, "posts": [(post, holders.get(post.pk)) for post in posts], "held": len(holders), "page": page,
        "surveys": surveys, "forms": {code: form.title for code, form in FORMS.items()} if may(actor, agency.pk, WRITERS) else {},
    }  # fmt: skip
    return show(request, "unit", context)


@staff(*sorted(WRITERS))
@require_http_methods(["GET", "POST"])
def unit_act(request: HttpRequest, code: str) -> HttpResponse:
    """One act on posts or surveys."""
    agency, form = _agency(acting(request)), FORMS.get(code)
    if form is None:
        raise NotThere
    return act_page(
        request, form, agency, here="performance", version=0, back=("office-performance-unit",),
        crumbs=[("绩效自评", "office-performance", ()), ("编制与调查", "office-performance-unit", ())],
    )  # fmt: skip
