"""Pages on which people decide what the machine found: pairs side by side, merges and splits to approve."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.registry import actions
from guangsha.areas.registry.access import READERS, households_of
from guangsha.areas.registry.models import DuplicatePair, Membership, MergeRequest, Person
from guangsha.areas.registry.office import page_of, show
from guangsha.areas.registry.rules import age_on
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.prepared import Asked, Prepared
from guangsha.privacy import masks
from guangsha.web import navigation
from guangsha.web.act_forms import acting

DECIDERS = ("district_reviewer", "supervisor")


def _within(actor: Actor, left: str, right: str) -> Exists:
    """Whether one of the two persons lives in a file of the actor. Both are looked for at once: the database then goes by the pair,
    of which few are open, and does not gather everybody in reach."""
    either = Q(person=OuterRef(left)) | Q(person=OuterRef(right))
    return Exists(Membership.objects.filter(either, household__in=households_of(actor)))


def pairs_of(actor: Actor) -> QuerySet[DuplicatePair]:
    """Pairs of which at least one lives in a file of the actor."""
    return DuplicatePair.objects.filter(_within(actor, "left_id", "right_id"))


def merges_of(actor: Actor) -> QuerySet[MergeRequest]:
    """Merges of which at least one lives in a file of the actor."""
    return MergeRequest.objects.filter(_within(actor, "keep_id", "drop_id"))


def _open_pairs(reach: frozenset[int]) -> QuerySet[DuplicatePair, Any]:
    somebody = Actor("staff", 0, "", scope=reach, roles=READERS)  # of whose files only the reach is asked
    return pairs_of(somebody).filter(state="open").order_by().values_list("id")[:100]


_WAITING = Prepared(_open_pairs)


@navigation.counts("duplicates")
def waiting(actor: Actor) -> int | Asked:
    """How many pairs wait, up to a hundred."""
    if actor.kind != "staff" or not actor.has(*READERS):
        return 0
    return _WAITING.asks(actor.reach(READERS))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def facts_of(person: Person) -> list[tuple[str, str]]:
    """A person as one column of the comparison."""
    places = person.memberships.select_related("household", "household__agency").order_by(
        "-started_on", "-id"
    )[:3]
    today = timezone.localdate()
    born = person.birth_date
    addresses = [
        address.text
        for place in places
        for address in place.household.addresses.all()
        if address.kind == "residence" and address.ended_on is None
    ]
    return [
        ("姓名", person.name),
        ("证件类型", person.get_identity_kind_display()),
        ("证件号码", masks.mask_identity(person.identity)),
        ("出生日期", f"{_day(born)}（{age_on(born, today)} 岁）" if born else ""),
        ("性别", person.get_sex_display()),
        ("婚姻状况", person.get_marital_display()),
        ("手机号", masks.mask_phone(person.phone)),
        ("工作单位", person.employer),
        ("现住地址", "；".join(dict.fromkeys(addresses))),
        (
            "家庭档案",
            "；".join(
                f"{p.household.number}（{p.household.agency.name}，{p.household.programme or '未填类别'}，"
                f"{p.get_relation_display()}{'，已减员' if p.ended_on else ''}）"
                for p in places
            ),
        ),
        ("办件", f"{person.cases.count()} 件"),
        ("建档", _day(timezone.localtime(person.created_at).date())),
    ]


def side_by_side(left: Person, right: Person) -> list[tuple[str, str, str, bool]]:
    """Rows of the comparison: label, both values, whether they differ."""
    return [
        (label, one, other, one != other)
        for (label, one), (_, other) in zip(facts_of(left), facts_of(right), strict=True)
    ]


@staff(*DECIDERS)
@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs that wait, the likeliest first; or those decided."""
    actor = acting(request)
    which = "done" if request.GET.get("which") == "done" else "open"
    found = pairs_of(actor).select_related("left", "right")
    found = (
        found.filter(state="open").order_by("-score", "id")
        if which == "open"
        else found.exclude(state="open").order_by("-decided_at", "id")
    )
    page = page_of(request, found)
    rows = [
        (pair.pk, masks.mask_name(pair.left.name), masks.mask_name(pair.right.name), pair.score, pair.reasons,
         pair.get_state_display(), pair.found_at)
        for pair in page.object_list
    ]  # fmt: skip
    return show(request, "duplicates", {"page": page, "rows": rows, "which": which})


@staff(*DECIDERS)
@require_http_methods(["GET", "POST"])
def pair(request: HttpRequest, key: int) -> HttpResponse:
    """One pair side by side: the same person (asks for a merge), or two people."""
    actor = acting(request)
    found = pairs_of(actor).select_related("left", "right").filter(pk=key).first()
    if found is None:
        raise NotThere
    context: dict[str, Any] = {"pair": found, "faults": [], "reason": "", "keep": ""}
    status = 200
    if request.method == "POST":
        context["reason"], context["keep"] = request.POST.get("reason", ""), request.POST.get("keep", "")
        try:
            said = _decide(actor, found, request.POST.get("act", ""), context["keep"], context["reason"])
        except GuangshaError as error:
            context["faults"], status = [("", str(error))], 400
        else:
            messages.success(request, said)
            return redirect("office-duplicates")
    merge = MergeRequest.objects.filter(
        Q(keep=found.left, drop=found.right) | Q(keep=found.right, drop=found.left)
    ).order_by("-id").first()  # fmt: skip
    context |= {"rows": side_by_side(found.left, found.right), "merge": merge}
    return show(request, "pair", context, status=status)


def _decide(actor: Actor, pair: DuplicatePair, act: str, keep: str, reason: str) -> str:
    if act == "apart":
        actions.keep_apart(actor, pair.pk, reason=reason)
        return "已认定为不同的人，以后不再提示。"
    if keep not in (str(pair.left_id), str(pair.right_id)):
        raise InputError("没有选择保留哪一份记录", where="保留", advice="请选择左边或右边。")
    kept = int(keep)
    other = pair.right_id if kept == pair.left_id else pair.left_id
    actions.propose_merge(actor, kept, other, reason=reason)
    return "已申请合并，待另一位同事复核。"


@staff(*DECIDERS)
@require_GET
def merges(request: HttpRequest) -> HttpResponse:
    """Merges and splits: those that wait for a second person first."""
    actor = acting(request)
    which = "done" if request.GET.get("which") == "done" else "open"
    waiting_states = ("asked", "undo")
    found = merges_of(actor).select_related("keep", "drop", "asked_by", "decided_by")
    found = (
        found.filter(state__in=waiting_states) if which == "open" else found.exclude(state__in=waiting_states)
    )
    page = page_of(request, found.order_by("-asked_at", "-id"))
    rows = [
        (one.pk, masks.mask_name(one.keep.name), masks.mask_name(one.drop.name), one.get_state_display(), one.state,
         str(one.asked_by), one.asked_at, one.reason)
        for one in page.object_list
    ]  # fmt: skip
    return show(request, "merges", {"page": page, "rows": rows, "which": which})


_ACTS = {
    "approve": ("asked", "已合并。"), "refuse": ("asked", "已退回，不合并。"), "undo": ("done", "已申请拆回，待另一位同事复核。"),
    "split": ("undo", "已拆回。"), "stay": ("undo", "已退回，保持合并。"),
}  # fmt: skip


@staff(*DECIDERS)
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, key: int) -> HttpResponse:
    """One merge: both records, what moved, and the act that its state allows."""
    actor = acting(request)
    found = (
        merges_of(actor)
        .select_related("keep", "drop", "asked_by", "decided_by", "split_asked_by")
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise NotThere
    context: dict[str, Any] = {"merge": found, "faults": [], "reason": ""}
    status = 200
    if request.method == "POST":
        act, context["reason"] = request.POST.get("act", ""), request.POST.get("reason", "")
        if act not in _ACTS:
            raise NotThere
        try:
            _act(actor, found.pk, act, context["reason"])
        except GuangshaError as error:
            context["faults"], status = [("", str(error))], 400
        else:
            messages.success(request, _ACTS[act][1])
            return redirect("office-merge", found.pk)
    moved = [(_kind(label), len(keys)) for label, keys in found.moved.get("rows", {}).items()]
    context |= {"rows": side_by_side(found.keep, found.drop), "moved": moved, "mine": _mine(actor, found)}
    return show(request, "merge", context, status=status)


def _mine(actor: Actor, merge: MergeRequest) -> bool:
    asked = merge.asked_by_id if merge.state == "asked" else merge.split_asked_by_id
    return merge.state in ("asked", "undo") and asked == actor.account_id


def _kind(label: str) -> str:
    from django.apps import apps

    app, model, _ = label.split(".")
    return str(apps.get_model(app, model)._meta.verbose_name)


def _act(actor: Actor, key: int, act: str, reason: str) -> None:
    if act == "approve":
        actions.approve_merge(actor, key)
    elif act == "refuse":
        actions.refuse_merge(actor, key, reason=reason)
    elif act == "undo":
        actions.propose_split(actor, key, reason=reason)
    elif act == "split":
        actions.split(actor, key)
    else:
        actions.refuse_split(actor, key, reason=reason)
