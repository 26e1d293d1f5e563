"""What the household's page of its wishes and the desk's have in common: the list in order, what may be added, one press."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.choices import low_floor_of
from guangsha.areas.allocation.actions.registrations import WISHES_MAX
from guangsha.areas.allocation.actions.wishes import may_wish
from guangsha.areas.allocation.facts import QUEUES
from guangsha.areas.allocation.models import PlanDwelling, Registration
from guangsha.areas.allocation.rules import wishes_after
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.web.act_forms import version_of

#: Dwellings of one page.
DOORS = 30
_SAID = {"add": "已加入志愿。", "up": "已上移。", "down": "已下移。", "off": "已去掉。"}


def press(request: HttpRequest, actor: Actor, found: Registration) -> str:
    """Carry out one press (``press=up:1-1-0101``) and say what was done.

    Raises:
        InputError: no such press, or the act says no.
    """
    what, _, unit_no = request.POST.get("press", "")[:60].partition(":")
    if what not in _SAID:
        raise InputError("请按页面上的按钮办理", where="志愿", advice="请刷新页面。")
    wishes = wishes_after([str(one) for one in found.wishes], what, unit_no)
    actions.set_wishes(actor, found.pk, version_of(request), wishes)
    return _SAID[what]


def context_of(request: HttpRequest, found: Registration) -> dict[str, Any]:
    """The wishes in order with what is known of each, and a page of the dwellings that may be added: all, or (``low=1``) those that
    a session keeps for families with elderly or disabled members. Nothing is kept here: the frozen wishes are published, and a rule
    that treated such families otherwise would show to everybody who they are.
    """
    plan, wanted = found.plan, request.GET.get("q", "").strip()[:40]
    offered = plan.dwellings.filter(layout=found.layout)
    mine = [str(one) for one in found.wishes]
    known: dict[str, PlanDwelling] = {
        one.unit_no: one for one in offered.filter(unit_no__in=mine).select_related("dwelling__estate")
    }
    rest = offered.filter(state="open").exclude(unit_no__in=mine)
    if wanted:
        rest = rest.filter(unit_no__icontains=wanted)
    low, only_low = low_floor_of(plan), request.GET.get("low") == "1"
    if only_low:
        rest = rest.filter(Q(accessible=True) | Q(floor__gte=1, floor__lte=low))
    asked = request.GET.get("page", "1")
    page = Paginator(rest.select_related("dwelling__estate").order_by("unit_no"), DOORS).get_page(
        int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    )
    return {
        "one": found, "plan": plan, "queue": QUEUES[found.layout], "open": may_wish(plan, found), "most": WISHES_MAX, "q": wanted,
        "low": low, "only_low": only_low, "wishes": [(unit_no, known.get(unit_no)) for unit_no in mine], "page": page,
    }  # fmt: skip
