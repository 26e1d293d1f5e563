"""Pages of payments for staff: batches, one batch on one screen, its acts, the file for the bank, its answers, the reconciliation."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.registry.models import Household
from guangsha.areas.subsidy import payment_actions as acts
from guangsha.areas.subsidy.bank_files import BYTES_MAX, RETURN_ADVICE, RETURN_CODES
from guangsha.areas.subsidy.models import Batch, Item, SampleCheck
from guangsha.areas.subsidy.office_batch_forms import (
    BATCH_FORMS,
    ITEM_FORMS,
    SAMPLE_FORM,
    acts_of,
    chosen,
    lines_of,
)
from guangsha.areas.subsidy.payment_access import access_batch, access_sample, batches_of
from guangsha.areas.subsidy.payment_actions.base import states_of
from guangsha.areas.subsidy.payment_actions.closing import reconcile
from guangsha.areas.subsidy.payment_actions.restoring import forgotten_of
from guangsha.areas.subsidy.payment_queries import PARTIES, Reconciled, difference, entries_of
from guangsha.areas.subsidy.payment_rules import (
    BANKERS,
    BATCH_EDGES,
    MAKERS,
    READERS,
    SAMPLERS,
    Change,
    month_before,
)
from guangsha.areas.subsidy.queries import COUNT_MAX
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.ledger.models import Fund
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.prepared import Asked, Prepared
from guangsha.privacy.masks import mask_bank_account, mask_name
from guangsha.web import navigation
from guangsha.web.act_forms import (
    Answers,
    Field,
    Form,
    act_page,
    acting,
    faults_of,
    keep,
    read_answers,
    text,
)
from guangsha.web.uploads import TOO_LARGE

PAGE = 30
#: Rows of the difference report on the screen; its sums are over all.
DIFFERENCES = 20
SCOPES = {"mine": "待我办理", "open": "在办", "closed": "已办结", "all": "全部"}
TONES = {
    "draft": "wait", "checked": "wait", "approved": "wait", "sent": "ask", "accepted": "ask", "partly_paid": "ask",
    "paid": "good", "closed": "done", "cancelled": "quiet",
}  # fmt: skip
ITEM_TONES = {
    "ready": "wait", "sent": "wait", "paid": "good", "returned": "bad", "reissued": "quiet", "cancelled": "quiet",
}  # fmt: skip
SEVERITIES = {"block": ("不能通过", "bad"), "explain": ("须写明核实结果", "ask"), "note": ("说明", "quiet")}
NEXT = {
    "draft": "等待复核：由制单人以外的同事核对名单、金额和控制检查。",
    "checked": "等待审批：由制单人、复核人以外的负责人审批。",
    "approved": "等待会计生成银行文件并交给银行。",
    "sent": "已交给银行。银行回盘后请会计上传回盘文件。",
    "accepted": "银行已受理。回盘后请会计上传回盘文件。",
    "partly_paid": "有的还没有银行结果，或被退回。退回的请更正账户后重发。",
    "paid": "全部到账。请抽查并对账后办结。",
    "closed": "已办结。",
    "cancelled": "已作废，其中的月份可以重新制单。",
}
#: What waits for whom.
_WAITS: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = tuple(
    (BATCH_EDGES[act].roles, tuple(sorted(BATCH_EDGES[act].before))) for act in ("check", "approve", "send", "receive", "close")
)  # fmt: skip


def _show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"subsidy/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, found: Any) -> Any:
    asked = request.GET.get("page", "1")
    return Paginator(found, PAGE).get_page(int(asked) if asked.isdecimal() and len(asked) < 6 else 1)


def _mine(actor: Actor) -> QuerySet[Batch]:
    states = {state for roles, before in _WAITS if actor.has(*roles) for state in before}
    found = batches_of(actor).filter(state__in=states)
    if not actor.has(*BANKERS):
        found = found.exclude(made_by=actor.account_id).exclude(state="checked", checked_by=actor.account_id)
    return found


def _waiting_rows(reach: frozenset[int], account: int, roles: frozenset[str]) -> QuerySet[Batch, Any]:
    somebody = Actor("staff", account, "", scope=reach, roles=roles)
    return _mine(somebody).order_by().values_list("id")[:COUNT_MAX]


_WAITING = Prepared(_waiting_rows)
_BANKERS_WAITING = Prepared(lambda reach, roles: _waiting_rows(reach, 0, roles))


@navigation.counts("batches")
def _waiting(actor: Actor) -> int | Asked:
    if actor.kind != "staff" or not actor.has(*READERS):
        return 0
    if actor.has(*BANKERS):  # nothing is left out for who made or checked it
        return _BANKERS_WAITING.asks(actor.reach(READERS), shape=(actor.roles,))
    return _WAITING.asks(actor.reach(READERS), actor.account_id, shape=(actor.roles,))


@staff(*READERS)
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Batches, those first that wait for whoever looks."""
    actor = acting(request)
    scope = request.GET.get("scope", "mine")
    scope = scope if scope in SCOPES else "mine"
    found = _mine(actor) if scope == "mine" else batches_of(actor)
    if scope == "open":
        found = found.exclude(state__in=("closed", "cancelled"))
    elif scope == "closed":
        found = found.filter(state__in=("closed", "cancelled"))
    page = _page(request, found.select_related("agency", "made_by").order_by("-month", "-pk"))
    forgotten = len(forgotten_of(actor)) if actor.has(*BANKERS) else 0
    waits = Item.objects.filter(batch__in=batches_of(actor), state="returned").count()
    return _show(
        request, "batches",
        {
            "page": page, "scope": scope, "scopes": SCOPES, "tones": TONES, "waits": waits, "forgotten": forgotten,
            "may_make": actor.has(*MAKERS), "may_set_up": actor.has(*BANKERS),
        },
    )  # fmt: skip


def _new_fields(actor: Actor) -> list[Field]:
    today = timezone.localdate()
    return [
        text("kind", "批次类别", kind="choice", value="regular",
             choices={"regular": "按月发放", "reissue": "退回重发（全部退回款）"}),
        text("month", "发放月份", kind="month", value=f"{today:%Y-%m}"),
        text("since", "起始月份", kind="month", required=False, help="按季发放或补发以前月份时填写；只发一个月的留空。"),
        text("line", "预算指标", kind="choice", choices=lines_of(actor.agency_id, today.year)),
    ]  # fmt: skip


def _month(given: str, label: str) -> int:
    year, _, number = given.partition("-")
    if not (year.isdecimal() and number.isdecimal() and len(year) == 4 and 1 <= int(number) <= 12):
        raise InputError("不是一个月份", where=label, advice="请按年、月填写。")
    return int(year) * 100 + int(number)


def _make(actor: Actor, given: Answers) -> Batch:
    line = chosen(given, "line", "预算指标")
    month = _month(given["month"], "发放月份")
    if given["kind"] == "reissue":
        return acts.make_reissue(actor, actor.agency_id, line, month=month)
    since = _month(given["since"], "起始月份") if given["since"] else None
    return acts.make_batch(actor, actor.agency_id, month, line, since=since)


@staff(*MAKERS)
@require_http_methods(["GET", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """Make a batch of a month, or of what came back."""
    actor = acting(request)
    fields = _new_fields(actor)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            made = _make(actor, answers)
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, f"已制单 {made.number}，请核对后交复核。")
            return redirect("office-batch", made.number)
    context = {
        "title": "制单", "fields": fields, "faults": faults, "version": 0, "danger": False, "here": "batches",
        "crumbs": [("补贴发放", "office-batches", ())],
        "note": "列入应发未发的月份，每份协议一笔；您应当回避的家庭不会列入，由其他同事制单。",
    }  # fmt: skip
    answer = render(request, "web/act_form.html", context, status=400 if faults else 200, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*BANKERS)
@require_http_methods(["GET", "POST"])
def payment_accounts(request: HttpRequest) -> HttpResponse:
    """Open the accounts of the programme in a fund."""
    actor = acting(request)
    funds = {
        str(f.pk): f"{f.code} {f.name}" for f in Fund.objects.filter(agency=actor.agency_id).order_by("code")
    }
    form = Form(
        "开立补贴科目",
        lambda f, a: [text("fund", "资金", kind="choice", choices=funds)],
        lambda a, f, v, g: acts.set_up_payments(a, chosen(g, "fund", "资金")),
        "科目已开立。",
        note="在所选资金下开立租赁补贴的银行存款、应付、退回待付、费用和预算会计科目；已有的保持不变。",
    )
    return act_page(
        request, form, None, here="batches", crumbs=[("补贴发放", "office-batches", ())], version=0,
        back=("office-batches",),
    )  # fmt: skip


@staff(*BANKERS)
@require_http_methods(["GET", "POST"])
def batch_restore(request: HttpRequest) -> HttpResponse:
    """Write a batch down again that went to the bank and that the database has forgotten."""
    actor = acting(request)
    numbers = {number: number for number in forgotten_of(actor)}
    form = Form(
        "补录已报送的批次",
        lambda f, a: [text("number", "批次号", kind="choice", choices=numbers)],
        lambda a, f, v, g: acts.restore_batch(a, g["number"]),
        "已补录，请登记银行回盘。",
        note="数据库恢复到较早的备份后，已交给银行的批次在系统里没有记录。补录按报送登记簿写回，不会再次发放；请按先后顺序补录。",
    )
    return act_page(
        request, form, None, here="batches", crumbs=[("补贴发放", "office-batches", ())], version=0,
        back=("office-batches",),
    )  # fmt: skip


def _rows(batch: Batch, page: Any, roles: frozenset[str]) -> list[dict[str, Any]]:
    return [
        {
            "item": one, "name": mask_name(one.payee_name), "account": mask_bank_account(one.account),
            "tone": ITEM_TONES[one.state], "why": RETURN_CODES.get(one.return_code, ""),
            "advice": RETURN_ADVICE.get(one.return_code, "") if one.state == "returned" else "",
            "replaced": getattr(one, "replaced_by", None),
            "acts": [
                (code, form.title)
                for code, (state, states, who, form) in ITEM_FORMS.items()
                if one.state == state and batch.state in states and roles & who
            ],
        }
        for one in page.object_list
    ]  # fmt: skip


def _differences(found: Change) -> dict[str, Any]:
    rows = [*found.gone, *found.less, *found.more, *found.new]
    shown = sorted(rows, key=lambda row: -abs(row[2] - row[1]))[:DIFFERENCES]
    numbers = dict(Household.objects.filter(pk__in=[row[0] for row in shown]).values_list("pk", "number"))
    return {
        "found": found,
        "rows": [(numbers[home], before, now) for home, before, now in shown],
        "more": len(rows) - len(shown),
    }


@staff(*READERS)
@require_GET
def batch(request: HttpRequest, number: str) -> HttpResponse:
    """Everything of a batch on one screen."""
    actor = acting(request)
    found = access_batch(actor, number)
    roles = actor.roles_at(found.agency_id)
    which = request.GET.get("which", "")
    items = (
        Item.objects.filter(batch=found)
        .select_related("replaced_by__batch", "replaces__batch")
        .order_by("seq")
    )
    if which == "controls":
        items = items.filter(seq__in={seq for one in found.controls for seq in one.get("items", ())})
    elif which in ITEM_TONES:
        items = items.filter(state=which)
    page = _page(request, items)
    samples = (
        SampleCheck.objects.filter(item__batch=found).select_related("item", "account").order_by("item__seq")
    )
    return _show(
        request, "batch",
        {
            "batch": found, "tone": TONES[found.state], "next": NEXT[found.state], "acts": acts_of(found, roles, actor.account_id),
            "controls": [(SEVERITIES[one["severity"]], one) for one in found.controls],
            "differences": _differences(difference(found)) if found.kind != "reissue" else None,
            "before": month_before(found.month), "page": page, "rows": _rows(found, page, roles), "which": which,
            "tally": states_of(found), "states": dict(Item._meta.get_field("state").choices or ()),
            "may_take": bool(roles & BANKERS) and bool(found.file_stored),
            "may_receive": bool(roles & BANKERS) and found.state in BATCH_EDGES["receive"].before - {"paid"},
            "returns": found.returns.select_related("received_by").order_by("pk"), "entries": entries_of(found),
            "samples": [(one, mask_name(one.item.payee_name)) for one in samples], "may_sample": bool(roles & SAMPLERS),
            "megabytes": BYTES_MAX // 1024 // 1024,
        },
    )  # fmt: skip


def _crumbs(number: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [("补贴发放", "office-batches", ()), (number, "office-batch", (number,))]


@staff(*(READERS - {"auditor"}))
@require_http_methods(["GET", "POST"])
def batch_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a batch."""
    actor = acting(request)
    found = access_batch(actor, number)
    open_to = {one for one, _, _ in acts_of(found, actor.roles_at(found.agency_id), actor.account_id)}
    if code not in open_to:
        raise NotThere
    return act_page(
        request, BATCH_FORMS[code], found, here="batches", crumbs=_crumbs(number), version=found.version,
        back=("office-batch", number),
    )  # fmt: skip


@staff(*(MAKERS | BANKERS))
@require_http_methods(["GET", "POST"])
def item_act(request: HttpRequest, number: str, seq: int, code: str) -> HttpResponse:
    """One act on a payment."""
    actor = acting(request)
    found = access_batch(actor, number)
    state, states, who, form = ITEM_FORMS.get(code, ("", frozenset[str](), frozenset[str](), None))
    item = Item.objects.select_related("batch__budget_line").filter(batch=found, seq=seq, state=state).first()
    if form is None or item is None or found.state not in states or not actor.roles_at(found.agency_id) & who:
        raise NotThere
    shown = Form(
        f"{form.title}：第 {seq} 笔 {mask_name(item.payee_name)}",
        form.fields,
        form.run,
        form.done,
        form.danger,
        form.note,
    )
    return act_page(
        request, shown, item, here="batches", crumbs=_crumbs(number), version=found.version, back=("office-batch", number),
    )  # fmt: skip


@staff(*BANKERS)
@require_GET
def batch_file(request: HttpRequest, number: str) -> HttpResponse:
    """The file for the bank; that it was taken is in the log."""
    actor = acting(request)
    try:
        name, data = acts.take_file(actor, number)
    except InputError as error:
        messages.error(request, str(error))
        return redirect("office-batch", number)
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Content-Disposition"] = f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*BANKERS)
@require_POST
def batch_returns(request: HttpRequest, number: str) -> HttpResponse:
    """Take in what the bank answered."""
    actor = acting(request)
    access_batch(actor, number)
    given = request.FILES.get("file")
    try:
        if getattr(request, TOO_LARGE, False):
            raise InputError(f"文件超过 {BYTES_MAX // 1024 // 1024} MB", advice="请核对是否选错了文件。")
        if given is None:
            raise InputError("没有选择文件", where="回盘文件", advice="请选择银行传来的回盘文件。")
        found = acts.receive_file(actor, number, given.read(BYTES_MAX + 1))
    except GuangshaError as error:
        messages.error(request, f"{error}（没有登记任何结果）")
    else:
        messages.success(request, f"已登记回盘：到账 {found.paid} 笔，退回 {found.returned} 笔。")
    return redirect("office-batch", number)


@staff(*READERS)
@require_GET
def batch_reconciliation(request: HttpRequest, number: str) -> HttpResponse:
    """Payments, the bank and the books beside one another; ``?format=json`` gives it as data."""
    actor = acting(request)
    found = access_batch(actor, number)
    result = reconcile(actor, number)
    if request.GET.get("format") == "json":
        return JsonResponse({"batch": number, **result.as_json()}, json_dumps_params={"ensure_ascii": False})
    return _show(request, "batch_reconciliation", {"batch": found, **_reconciled(result)})


_KINDS = {"missing": "没有这一笔", "amount": "金额不同", "repeated": "重复出现"}


def _reconciled(result: Reconciled) -> dict[str, Any]:
    sides = []
    for title, side in (("到账", result.paid), ("退回", result.returned)):
        rows = [
            (
                one.key,
                _KINDS[one.kind],
                "、".join(PARTIES[party] for party in one.party.split("/")),
                {PARTIES[party]: fen for party, fen in one.amounts.items()},
            )
            for one in sorted(side.differences, key=lambda one: int(one.key))[:200]
        ]
        totals = [(PARTIES[party], side.totals[party]) for party in PARTIES]
        sides.append((title, len(side.agreed), totals, rows))
    return {"clean": result.clean, "sides": sides}


@staff(*SAMPLERS)
@require_http_methods(["GET", "POST"])
def sample(request: HttpRequest, key: int) -> HttpResponse:
    """What came of looking into one payment."""
    found = access_sample(acting(request), key)
    number = found.item.batch.number
    return act_page(
        request,
        SAMPLE_FORM,
        found,
        here="batches",
        crumbs=_crumbs(number),
        version=0,
        back=("office-batch", number),
    )
