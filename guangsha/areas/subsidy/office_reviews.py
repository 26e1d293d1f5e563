"""Pages of the reviews: runs, what one found, settling it one by one or many at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.subsidy.models import Agreement
from guangsha.areas.subsidy.models_review import (
    DIFFERENCE_KINDS,
    DIFFERENCE_STATES,
    REVIEW_KINDS,
    ReviewDifference,
)
from guangsha.areas.subsidy.queries import COUNT_MAX
from guangsha.areas.subsidy.review import REVIEWERS, run_review
from guangsha.areas.subsidy.review_acts import (
    VIEWERS,
    access_difference,
    access_run,
    confirm_difference,
    differences_of,
    dismiss_difference,
    runs_of,
    settle_many,
)
from guangsha.areas.subsidy.review_export import exported, type_name, why
from guangsha.areas.subsidy.review_rules import CONFIRMABLE, REDUCTIONS
from guangsha.areas.subsidy.rules import READERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.models import Agency
from guangsha.people.prepared import Asked, Prepared
from guangsha.privacy.masks import mask_name
from guangsha.web import navigation
from guangsha.web.act_forms import Form, act_page, acting, day_of, reason

PAGE = 30
TONES = {
    "more": "good", "less": "ask", "ends": "bad", "incomplete": "wait", "declare": "wait", "lapsed": "quiet",
    "open": "ask", "confirmed": "good", "dismissed": "quiet", "superseded": "quiet",
}  # fmt: skip
#: What a letter to a difference says when nothing better is written.
FORMS = {
    "confirm": Form(
        "确认差异", lambda one, actor: [reason()], lambda actor, one, version, answers: confirm_difference(actor, one.pk, reason=answers["reason"]),
        "已确认，已提出核定；减少或停发的，先听取家庭意见。",
        note="理由会写进核定和给家庭的通知。确认之后还要由另一位同事复核。",
    ),
    "dismiss": Form(
        "不采纳差异", lambda one, actor: [reason()], lambda actor, one, version, answers: dismiss_difference(actor, one.pk, reason=answers["reason"]),
        "已记录不采纳，补贴不变。", note="档案有误的，请同时更正档案，否则下次复核还会列出。",
    ),
}  # fmt: skip


def show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """One page; what it shows of people is not kept by the browser."""
    answer = render(request, f"subsidy/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def agencies_of(actor: Actor, roles: frozenset[str]) -> list[Agency]:
    """The agencies that pay under agreements and over which one of ``roles`` is held."""
    reach = actor.reach(roles)
    paying = Agreement.objects.filter(agency_id__in=reach).values("agency_id").distinct()
    return list(Agency.objects.filter(pk__in=paying).order_by("pk"))


def chosen_agency(actor: Actor, roles: frozenset[str], given: str) -> Agency | None:
    """The agency that was asked for, else the first one; None where there is none.

    Raises:
        NotThere: asked for one out of reach.
    """
    found = agencies_of(actor, roles)
    if not given:
        return found[0] if found else None
    for agency in found:
        if str(agency.pk) == given:
            return agency
    raise NotThere


def number(text: str) -> int:
    """A page number from an address; 1 where there is none."""
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def _open_rows(reach: frozenset[int]) -> QuerySet[ReviewDifference, Any]:
    somebody = Actor("staff", 0, "", scope=reach, roles=VIEWERS & READERS)  # of whom only the reach is asked
    return (
        ReviewDifference.objects.filter(run__in=runs_of(somebody), state="open")
        .order_by()
        .values_list("id")[:COUNT_MAX]
    )


_OPEN = Prepared(_open_rows)


@navigation.counts("reviews")
def _open(actor: Actor) -> int | Asked:
    if actor.kind != "staff" or not actor.has(*REVIEWERS):
        return 0
    return _OPEN.asks(actor.reach(VIEWERS & READERS))


@staff(*VIEWERS)
@require_http_methods(["GET", "POST"])
def reviews(request: HttpRequest) -> HttpResponse:
    """The runs, newest first, and beginning one."""
    actor = acting(request)
    may = actor.has(*REVIEWERS)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        if not may:
            raise NotThere
        try:
            agency = chosen_agency(actor, REVIEWERS, request.POST.get("agency", ""))
            if agency is None:
                raise NotThere
            run = run_review(
                actor, agency, request.POST.get("kind", ""), day_of(request.POST.get("on", ""), "复核日")
            )
        except GuangshaError as error:
            faults.append(("", str(error)))
        else:
            return redirect("office-review", run.pk)
    found = (
        runs_of(actor)
        .select_related("agency")
        .annotate(left=Count("differences", filter=_still_open()))
        .order_by("-made_at", "-pk")
    )
    page = Paginator(found, PAGE).get_page(number(request.GET.get("page", "1")))
    return show(
        request, "reviews",
        {
            "page": page, "runs": page.object_list, "kinds": REVIEW_KINDS, "may": may, "faults": faults,
            "agencies": agencies_of(actor, REVIEWERS) if may else [], "today": timezone.localdate(),
        },
        status=400 if faults else 200,
    )  # fmt: skip


def _still_open() -> Any:
    from django.db.models import Q

    return Q(differences__state="open")


@staff(*VIEWERS)
@require_GET
def review(request: HttpRequest, key: int) -> HttpResponse:
    """What one review found, by kind and state."""
    actor = acting(request)
    run = access_run(actor, key)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "open")
    kind = kind if kind in DIFFERENCE_KINDS else ""
    state = state if state in DIFFERENCE_STATES or state == "all" else "open"
    found = differences_of(actor, run)
    by_kind = dict(found.filter(state="open").values_list("kind").annotate(n=Count("pk")).order_by())
    shown = found if state == "all" else found.filter(state=state)
    shown = (shown.filter(kind=kind) if kind else shown).order_by("kind", "pk")
    page = Paginator(shown, PAGE).get_page(number(request.GET.get("page", "1")))
    may = bool(actor.roles_at(run.agency_id) & REVIEWERS)
    rows = [
        (
            one, mask_name(one.agreement.payee.name), DIFFERENCE_KINDS[one.kind], TONES[one.kind], why(one),
            type_name(one.proposed_type or one.before_type), DIFFERENCE_STATES[one.state], TONES[one.state],
            may and one.state == "open", one.kind in CONFIRMABLE,
        )
        for one in page.object_list
    ]  # fmt: skip
    many = [
        (code, DIFFERENCE_KINDS[code], by_kind[code], code in CONFIRMABLE)
        for code in DIFFERENCE_KINDS if by_kind.get(code) and code not in REDUCTIONS
    ]  # fmt: skip
    return show(
        request, "review",
        {
            "run": run, "kind_name": REVIEW_KINDS[run.kind], "page": page, "rows": rows, "kind": kind, "state": state,
            "kinds": DIFFERENCE_KINDS, "states": {"open": DIFFERENCE_STATES["open"], "all": "全部"}, "by_kind": by_kind,
            "many": many if may else [],
        },
    )  # fmt: skip


@staff(*VIEWERS)
@require_GET
def review_file(request: HttpRequest, key: int) -> HttpResponse:
    """The differences of a review as a workbook."""
    actor = acting(request)
    run = access_run(actor, key)
    answer = HttpResponse(
        exported(run, differences_of(actor, run).order_by("kind", "pk"), "xlsx"),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    answer["Content-Disposition"] = f'attachment; filename="review-{run.pk}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*REVIEWERS)
@require_POST
def review_many(request: HttpRequest, key: int) -> HttpResponse:
    """Settle all open differences of one kind; reductions are not among them."""
    actor = acting(request)
    run = access_run(actor, key)
    try:
        done = settle_many(
            actor, run.pk, request.POST.get("kind", ""), request.POST.get("act", ""), reason=request.POST.get("reason", "")
        )  # fmt: skip
    except GuangshaError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"已处理 {done['done']} 户。")
        for sentence in done["refused"][:10]:
            messages.error(request, sentence)
    return redirect("office-review", run.pk)


@staff(*REVIEWERS)
@require_http_methods(["GET", "POST"])
def difference_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """Confirm or dismiss one difference."""
    found = access_difference(acting(request), key)
    form = FORMS.get(code)
    if form is None or found.state != "open" or (code == "confirm" and found.kind not in CONFIRMABLE):
        raise NotThere
    return act_page(
        request, form, found, here="reviews", version=0, back=("office-review", found.run_id),
        crumbs=[("批量复核", "office-reviews", ()), (str(found.run), "office-review", (found.run_id,))],
    )  # fmt: skip
