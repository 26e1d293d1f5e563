"""Pages of the draw for staff: the calendar of draws, one draw with its steps, the acts on it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.allocation import draw_queries as queries
from guangsha.areas.allocation.access import access_plan, plans_of
from guangsha.areas.allocation.actions import open_matters
from guangsha.areas.allocation.draw_access import access_draw
from guangsha.areas.allocation.draw_acts import OPERATORS, PARTAKERS
from guangsha.areas.allocation.draw_forms import FREEZE, offered
from guangsha.areas.allocation.draw_public import TONES, page_of, values_of, zipped
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.rules import READERS
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.web.act_forms import act_page, acting

PAGE = 30


def _show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, f"allocation/{page}.html", context, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*READERS)
@require_GET
def draws(request: HttpRequest) -> HttpResponse:
    """Draws of the actor's agencies; plans whose roster can be frozen stand above them."""
    actor = acting(request)
    page = Paginator(queries.listed(actor), PAGE).get_page(page_of(request))
    plans = [(plan, open_matters(plan) if plan.state == "publicity" else "") for plan in queries.plans_to_freeze(plans_of(actor))]  # fmt: skip
    return _show(
        request, "draws",
        {"page": page, "tones": TONES, "plans": plans, "may": actor.has(*OPERATORS)},
    )  # fmt: skip


#: What happens next, for whoever opens the page.
_NEXT = {
    "frozen": "请操作员和公证员分别登录，各自作出承诺；两份齐全后自动公布。",
    "committed": "等候公布的那一期开奖，开奖后录入结果，由另一人核对。",
    "random": "摇号当天由申请人代表摇出数字，录入后由另一人核对。",
    "live": "请两位持有人各自打开承诺；有一方不打开的，使用托管件。",
    "opened": "可以计算结果。请申请人代表按下按钮。",
    "drawn": "结果已公布，可以开始选房。",
    "aborted": "本次摇号已中止，下一次用新的编号。",
}


@staff(*READERS)
@require_GET
def draw(request: HttpRequest, draw_id: str) -> HttpResponse:
    """Everything of a draw on one screen."""
    actor = acting(request)
    found = access_draw(actor, draw_id)
    return _show(
        request, "draw",
        {
            "draw": found, "tone": TONES[found.state], "stations": queries.stations_of(found), "steps": queries.steps_of(found),
            "values": values_of(found), "digests": queries.digests_of(found), "next": _NEXT[found.state],
            "acts": [(code, form.title, form.danger) for code, form in offered(found, actor)],
        },
    )  # fmt: skip


def _crumbs(found: Draw) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [("公开摇号", "office-draws", ()), (found.draw_id, "office-draw", (found.draw_id,))]


@staff(*OPERATORS)
@require_http_methods(["GET", "POST"])
def draw_new(request: HttpRequest, number: str) -> HttpResponse:
    """Freeze the roster of a plan for a draw."""
    plan = access_plan(acting(request), number)
    if plan.method != "draw" or plan.state not in ("publicity", "frozen"):
        raise NotThere
    return act_page(
        request, FREEZE, plan, here="draws", crumbs=[("公开摇号", "office-draws", ())], version=plan.version,
        back=("office-draws",),
    )  # fmt: skip


@staff(*PARTAKERS)
@require_http_methods(["GET", "POST"])
def draw_act(request: HttpRequest, draw_id: str, code: str) -> HttpResponse:
    """One act on a draw."""
    actor = acting(request)
    found = access_draw(actor, draw_id)
    form = dict(offered(found, actor)).get(code)
    if form is None:
        raise NotThere
    return act_page(
        request, form, found, here="draws", crumbs=_crumbs(found), version=found.version, back=("office-draw", draw_id)
    )  # fmt: skip


@staff(*READERS)
@require_GET
def draw_escrow(request: HttpRequest, draw_id: str, holder: str) -> HttpResponse:
    """The sealed copy of a holder's secret, which only the third party can open."""
    found = access_draw(acting(request), draw_id)
    sealed = {"op": found.op_escrow, "nt": found.nt_escrow}.get(holder, "")
    if not sealed:
        raise NotThere
    return zipped(sealed.encode(), f"{draw_id}-{holder}.escrow", "application/json")
