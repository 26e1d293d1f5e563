"""Pages of the register for staff: search, the household file on one screen, a person, and the acts on them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.registry import actions
from guangsha.areas.registry.access import READERS, access_household, access_person, households_of
from guangsha.areas.registry.history import history_of
from guangsha.areas.registry.models import Household, Membership, Person, SpecialStatus
from guangsha.areas.registry.names import service_name
from guangsha.areas.registry.office_forms import HOUSEHOLD_FORMS, PERSON_FORMS, open_fields, open_file
from guangsha.areas.registry.queries import find_persons, household_file
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy import masks
from guangsha.privacy.actions import RevealRefused, reveal
from guangsha.web.act_forms import (
    Answers,
    Form,
    act_page,
    acting,
    day_of,
    reason,
    text,
)
from guangsha.web.forms import page_number

#: Who changes files; the others of READERS look.
WRITERS = ("street_clerk", "district_reviewer", "archivist")
PAGE = 30

#: Sealed columns of a person: label and mask.
SENSITIVE: dict[str, tuple[str, Any]] = {
    "identity": ("证件号码", masks.mask_identity),
    "phone": ("手机号", masks.mask_phone),
    "bank_account": ("银行账号", masks.mask_bank_account),
    "illness": ("病残情况", lambda said: "已登记（不显示）" if said else ""),
}


def show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """One page; what it shows of people is not kept by the browser."""
    response = render(request, f"registry/{page}.html", context, status=status, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


def page_of(request: HttpRequest, found: Any) -> Any:
    """One page of a list, ``?page=`` from 1."""
    return Paginator(found, PAGE).get_page(page_number(request))


@staff(*READERS)
@require_GET
def households(request: HttpRequest) -> HttpResponse:
    """Search by number of the paper, phone, name or sound; without a search the latest files."""
    actor, wanted = acting(request), request.GET.get("q", "").strip()[:60]
    context: dict[str, Any] = {"q": wanted, "persons": [], "page": None, "may_write": actor.has(*WRITERS)}
    if wanted.upper().startswith("H") and wanted[1:].isdecimal():
        found = households_of(actor).filter(number__startswith=wanted.upper())
        context["page"] = page_of(request, found.select_related("head", "community").order_by("number"))
    elif wanted:
        persons = list(find_persons(actor, wanted))
        homes: dict[int, str] = {}
        for key, number in Membership.objects.filter(
            person__in=persons, ended_on=None, household__closed_on=None, household__in=households_of(actor)
        ).values_list("person_id", "household__number"):
            homes.setdefault(key, number)
        context["persons"] = [
            (
                one.pk,
                masks.mask_name(one.name),
                one.birth_date.year if one.birth_date else None,
                masks.mask_identity(one.identity),
                masks.mask_phone(one.phone),
                homes.get(one.pk, ""),
            )
            for one in persons
        ]
    else:
        context["page"] = page_of(
            request, households_of(actor).select_related("head", "community").order_by("-id")
        )
    if context["page"] is not None:
        context["rows"] = [
            (
                one.number,
                masks.mask_name(one.head.name),
                one.community.name,
                one.programme,
                one.opened_on,
                one.closed_on,
            )
            for one in context["page"].object_list
        ]
    return show(request, "households", context)


@staff(*WRITERS)
@require_http_methods(["GET", "POST"])
def new_household(request: HttpRequest) -> HttpResponse:
    """Open a file with its applicant."""
    made: list[Household] = []

    def run(actor: Actor, _found: Any, _version: int, answers: Answers) -> None:
        made.append(open_file(actor, answers))

    form = Form(
        "新建家庭档案", lambda _, actor: open_fields(actor, timezone.localdate()), run, "已建立家庭档案。"
    )
    answer = _act(request, form, None, [("家庭档案", "office-households", ())], 0, ("office-households",))
    return redirect("office-household", made[0].number) if made else answer


@staff(*READERS)
@require_GET
def household(request: HttpRequest, number: str) -> HttpResponse:
    """Everything of a household on one screen."""
    actor = acting(request)
    found = access_household(actor, number)
    file = household_file(found)
    members = [
        (
            member,
            masks.mask_identity(member.person.identity),
            masks.mask_phone(member.person.phone),
            member.person_id if hasattr(member, "person_id") else member.person.pk,
        )
        for member in file.members
    ]
    living = {m.person_id: m.pk for m in found.memberships.filter(ended_on=None)}
    return show(
        request, "household",
        {
            "household": found, "file": file, "members": members, "living": living,
            "cases": [(case.number, service_name(case.service), case.get_state_display(), case.submitted_at) for case in file.cases],
            "history": history_of(found, [member.person.pk for member in file.members]),
            "may_write": actor.has(*WRITERS) and found.closed_on is None, "forms": HOUSEHOLD_FORMS,
        },
    )  # fmt: skip


@staff(*WRITERS)
@require_http_methods(["GET", "POST"])
def household_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a household: a form, then the act."""
    actor = acting(request)
    found = access_household(actor, number)
    form = HOUSEHOLD_FORMS.get(code)
    if form is None:
        raise NotThere
    crumbs = [("家庭档案", "office-households", ()), (found.number, "office-household", (found.number,))]
    return _act(request, form, found, crumbs, found.version, ("office-household", found.number))


def _act(
    request: HttpRequest, form: Form, found: Any, crumbs: list[Any], version: int, back: tuple[Any, ...]
) -> HttpResponse:
    return act_page(request, form, found, here="households", crumbs=crumbs, version=version, back=back)


@staff(*WRITERS)
@require_http_methods(["GET", "POST"])
def member_end(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """A member leaves."""
    found = access_household(acting(request), number)
    membership = found.memberships.select_related("person").filter(pk=key, ended_on=None).first()
    if membership is None:
        raise NotThere
    fields = [
        text("ended_on", "减员日期", kind="date"),
        text("end_reason", "减员原因", max=60, help="例如：分户、去世。"),
    ]

    def end(actor: Actor, household: Any, version: int, answers: Any) -> None:
        actions.end_membership(
            actor,
            key,
            version,
            ended_on=day_of(answers["ended_on"], "减员日期"),
            end_reason=answers["end_reason"][:60],
        )

    form = Form(f"减员：{membership.person.name}", lambda *_: fields, end, "已办理减员。", danger=True)
    crumbs = [("家庭档案", "office-households", ()), (found.number, "office-household", (found.number,))]
    return _act(request, form, found, crumbs, found.version, ("office-household", found.number))


@staff(*READERS)
@require_GET
def person(request: HttpRequest, key: int) -> HttpResponse:
    """A person: what is known, masked; statuses with their dates; the households they were in."""
    actor = acting(request)
    found = access_person(actor, key)
    memberships = found.memberships.filter(household__in=households_of(actor)).select_related("household")
    return show(
        request, "person",
        {
            "person": found,
            "sensitive": [
                (field, label, mask(getattr(found, field))) for field, (label, mask) in SENSITIVE.items()
            ],
            "statuses": list(found.statuses.order_by("-started_on", "-id")),
            "memberships": list(memberships.order_by("-started_on", "-id")[:50]),
            "history": history_of(None, [found.pk]),
            "may_write": actor.has(*WRITERS) and found.merged_into_id is None,
        },
    )  # fmt: skip


def _person_crumbs(found: Person) -> list[Any]:
    return [
        ("家庭档案", "office-households", ()),
        (masks.mask_name(found.name), "office-person", (found.pk,)),
    ]


@staff(*WRITERS)
@require_http_methods(["GET", "POST"])
def person_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a person."""
    found = access_person(acting(request), key)
    form = PERSON_FORMS.get(code)
    if form is None or found.merged_into_id is not None:
        raise NotThere
    return _act(request, form, found, _person_crumbs(found), found.version, ("office-person", found.pk))


@staff(*WRITERS)
@require_http_methods(["GET", "POST"])
def status_end(request: HttpRequest, key: int, status: int) -> HttpResponse:
    """A status ends; it stays in the history."""
    found = access_person(acting(request), key)
    held = SpecialStatus.objects.filter(pk=status, person=found).first()
    if held is None:
        raise NotThere
    fields = [text("ended_on", "截止日期", kind="date"), reason()]

    def end(actor: Actor, person: Person, version: int, answers: Any) -> None:
        actions.end_status(
            actor, held.pk, ended_on=day_of(answers["ended_on"], "截止日期"), reason=answers["reason"]
        )

    form = Form(f"终止：{held.get_kind_display()}", lambda *_: fields, end, "已终止。", danger=True)
    return _act(request, form, found, _person_crumbs(found), found.version, ("office-person", found.pk))


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def reveal_value(request: HttpRequest, key: int, field: str) -> HttpResponse:
    """The plain value of a sealed column, for a reason that is kept."""
    actor = acting(request)
    found = access_person(actor, key)
    if field not in SENSITIVE:
        raise NotThere
    label, mask = SENSITIVE[field]
    context: dict[str, Any] = {
        "person": found, "name": masks.mask_name(found.name), "label": label,
        "masked": mask(getattr(found, field)), "value": "", "fault": "", "reason": "",
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
        try:
            context["value"] = reveal(actor, found, field, context["reason"])
        except RevealRefused as error:
            context["fault"], status = str(error), 400
    return show(request, "reveal", context, status=status)
