"""Pages of swaps for staff: the list, one swap with both its ends on one screen, the acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.stock.access import dwellings_of
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.access import access_swap, swaps_of
from guangsha.areas.tenancy.facts import SWAP_OPEN
from guangsha.areas.tenancy.models_swap import Swap, SwapLeg
from guangsha.areas.tenancy.office import PAGE, act_on, offered, show
from guangsha.areas.tenancy.office_forms import Offer, dwelling_fields, found_of, today_text
from guangsha.areas.tenancy.rules import ACTORS, DECIDERS, HANDLERS, INSPECTORS, LEASERS, READERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_name
from guangsha.web.act_forms import Answers, Field, Form, acting, day_of, reason, text
from guangsha.web.forms import page_number

TONES = {"asked": "wait", "proposed": "wait", "agreed": "ask", "decided": "ask", "done": "good"}
SWAPPERS = LEASERS | HANDLERS


def legs_of(swap: Swap) -> list[SwapLeg]:
    """Both ends, with everything a page shows of them."""
    rows = swap.legs.select_related(
        "lease__tenant", "lease__dwelling__estate", "dwelling__estate", "follower", "agreed_by"
    )
    return list(rows.order_by("number"))


def _choose(actor: Actor, swap: Swap, version: int, answers: Answers) -> None:
    dwelling = None
    if answers["dwelling"]:
        dwelling = dwellings_of(actor).select_related("estate").filter(code=answers["dwelling"]).first()
        if dwelling is None:
            raise InputError("没有这套房", where="房屋编号", advice="请在房源中核对编号。")
    actions.choose_swap(actor, swap.number, version, dwelling=dwelling, partner=answers["partner"])


def _agree_fields(swap: Swap, _actor: Actor) -> list[Field]:
    waiting = {
        leg.lease.number: f"{mask_name(leg.lease.tenant.name)}，换到 {leg.dwelling}"
        for leg in legs_of(swap)
        if leg.agreed_on is None
    }
    return [
        text("lease", "哪一户", kind="choice", choices=waiting),
        text("agrees", "家庭意见", kind="choice", choices={"yes": "同意", "no": "不同意"}),
        text("way", "同意方式", kind="choice", choices={"window": "承租人到窗口签字"}, value="window"),
    ]


def _lists(swap: Swap) -> list[tuple[str, str, Any]]:
    """Every dwelling of the swap once: prefix of its fields, of its labels, the dwelling."""
    legs = legs_of(swap)
    found = {one.pk: one for leg in legs for one in (leg.lease.dwelling, leg.dwelling) if one is not None}
    return [(f"d{place}-", f"{one}：", one) for place, one in enumerate(found.values())]


def _carry_out_fields(swap: Swap, _actor: Actor) -> list[Field]:
    fields: list[Field] = []
    for prefix, of, _ in _lists(swap):
        fields += dwelling_fields("钥匙数", prefix=prefix, of=of)
        fields += [
            text(f"{prefix}goods_left", f"{of}遗留物品", required=False, max=300, help="有遗留物品的，由见证人签字。"),
            text(f"{prefix}witness", f"{of}见证人", required=False, max=60),
        ]  # fmt: skip
    return fields


def _carry_out(actor: Actor, swap: Swap, version: int, answers: Answers) -> None:
    founds = {
        one.pk: found_of(answers, prefix=prefix, of=of, on=swap.swap_on) for prefix, of, one in _lists(swap)
    }
    actions.carry_out_swap(actor, swap.number, version, founds)


SWAP_OFFERS: Mapping[str, Offer] = {
    "choose": Offer(frozenset({"asked"}), SWAPPERS, Form(
        "配房或选择互换的另一户", lambda *_: [
            text("dwelling", "房屋编号", required=False, max=32, help="换到空置房的填写；在房源页面查看编号。"),
            text("partner", "互换合同编号", required=False, max=32, help="两户互换的填写另一户的合同编号。")],
        _choose, "已通知家庭确认。", note="两项只填一项。空置房选定后就留给这户；按新房面积核定的租金会一并告诉家庭。")),
    "agree": Offer(frozenset({"proposed"}), SWAPPERS, Form(
        "登记家庭意见", _agree_fields, lambda actor, found, _version, answers: actions.agree_swap(
            actor, found.number, answers["lease"], agrees=answers["agrees"] == "yes", way=answers["way"]),
        "已登记家庭意见。", note="承租人也可以自己在网上确认。不同意的，这件调换结束，家庭照常居住。")),
    "decide": Offer(frozenset({"agreed"}), DECIDERS, Form(
        "决定是否调换", lambda *_: [
            text("approve", "决定", kind="choice", choices={"yes": "同意调换", "no": "不予调换"}),
            text("reasons", "理由", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.decide_swap(
            actor, found.number, version, approve=answers["approve"] == "yes", reasons=answers["reasons"]),
        "已作出决定。")),
    "draft": Offer(frozenset({"decided"}), LEASERS, Form(
        "拟订新合同", lambda found, _: [
            text("swap_on", "调换日期", kind="date", value=found.swap_on.isoformat() if found.swap_on else today_text())],
        lambda actor, found, version, answers: actions.draft_swap(
            actor, found.number, version, swap_on=day_of(answers["swap_on"], "调换日期")),
        "新合同已拟订，请打印。", note="新合同从调换日期起，到原合同期满为止；改日期的再办一次，合同重新打印。")),
    "carry-out": Offer(frozenset({"decided"}), LEASERS | INSPECTORS, Form(
        "办理调换交接", _carry_out_fields, _carry_out, "调换已办结：原合同结清终止，新合同开始履行，旧门禁凭证已停用。",
        note="双方到场，在新合同上签字，当面抄表、交接钥匙。有一项不符合的，整件都不办理。"),
        lambda swap: swap.swap_on is not None),
    "withdraw": Offer(frozenset(SWAP_OPEN), SWAPPERS | DECIDERS, Form(
        "撤回调换", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.withdraw_swap(actor, found.number, version, reason=answers["reason"]),
        "已撤回，家庭照常居住。", danger=True)),
}  # fmt: skip


@staff(*READERS)
@require_GET
def swaps(request: HttpRequest) -> HttpResponse:
    """Swaps that are open, or all of them."""
    actor = acting(request)
    scope = "all" if request.GET.get("scope") == "all" else "open"
    rows = swaps_of(actor).prefetch_related(
        "legs__lease__tenant", "legs__lease__dwelling__estate", "legs__dwelling__estate"
    )
    rows = rows.filter(state__in=SWAP_OPEN).order_by("pk") if scope == "open" else rows.order_by("-pk")
    page = Paginator(rows, PAGE).get_page(page_number(request))
    lines = [
        (
            one.number, one.get_kind_display(),
            "；".join(f"{mask_name(leg.lease.tenant.name)} {leg.lease.dwelling}" for leg in one.legs.all()),
            one.swap_on, one.get_state_display(), TONES.get(one.state, "quiet"),
        )
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request, "swaps", {"page": page, "rows": lines, "scope": scope, "scopes": {"open": "在办", "all": "全部"}}
    )  # fmt: skip


@staff(*READERS)
@require_GET
def swap(request: HttpRequest, number: str) -> HttpResponse:
    """One swap with both its ends."""
    actor = acting(request)
    found = access_swap(actor, number)
    roles = actor.roles_at(found.agency_id)
    acts = [
        act
        for act in offered(SWAP_OFFERS, found, roles)
        if act[0] != "decide" or found.made_by_id != actor.account_id
    ]
    return show(
        request, "swap", {"found": found, "tone": TONES.get(found.state, "quiet"), "legs": legs_of(found), "acts": acts}
    )  # fmt: skip


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def swap_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a swap."""
    found = access_swap(acting(request), number)
    crumbs: list[tuple[str, str, tuple[Any, ...]]] = [
        ("租约", "office-leases", ()), ("调换住房", "office-swaps", ()), (number, "office-swap", (number,)),
    ]  # fmt: skip
    return act_on(request, SWAP_OFFERS, code, found, found.version, crumbs, ("office-swap", number))
