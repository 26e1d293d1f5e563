"""Pages of the treasury's side: payments taken in, the day's reconciliation, the accounts in the books."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.rent import actions
from guangsha.areas.rent.access import access_day, days_of
from guangsha.areas.rent.actions.collecting import Line
from guangsha.areas.rent.actions.paying import NOTICES_MAX, Notice
from guangsha.areas.rent.facts import PARTIES
from guangsha.areas.rent.models import RentBook
from guangsha.areas.rent.rules import ACCOUNTANTS, COLLECTION_READERS, DAY_CLOSERS
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.ledger.models import Fund
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.models import Agency
from guangsha.web.act_forms import Form, act_page, acting, day_of, faults_of, fen_of, keep, read_answers, text

PAGE = 30
TONES = {"open": "wait", "checked": "ask", "closed": "done"}
KINDS = {"missing": "一方没有", "amount": "金额不同", "repeated": "重复"}
BEIJING = ZoneInfo("Asia/Shanghai")
_STATEMENTS = {
    "payments": "收款确认（非税系统已收、本系统未登记的）",
    "nontax": "非税系统对账单",
    "bank": "银行对账单",
}


def _show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"rent/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def _agency(request: HttpRequest) -> Agency:
    """The agency of the books that the actor keeps or reads: the first within reach that bills rent, else their own."""
    actor = acting(request)
    found = Agency.objects.filter(pk__in=actor.reach(COLLECTION_READERS))
    billing = found.filter(pk__in=RentBook.objects.values("agency")).order_by("pk").first()
    agency = billing or found.filter(pk=actor.agency_id).first()
    if agency is None:
        raise NotThere
    return agency


@staff(*COLLECTION_READERS)
@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """Reconciled days; POST compares a day."""
    actor, agency = acting(request), _agency(request)
    fields = [text("day", "对账日期", kind="date", value=timezone.localdate().isoformat())]
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            made = actions.check_day(actor, agency, day_of(answers["day"], "对账日期"))
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            return redirect("office-rent-collection-day", made.pk)
    asked = request.GET.get("page", "1")
    days = days_of(actor).filter(agency=agency).order_by("-day")
    page = Paginator(days, PAGE).get_page(int(asked) if asked.isdecimal() and len(asked) < 6 else 1)
    rows = [
        (one.pk, one.day, one.bills_fen, one.nontax_fen, one.bank_fen, len(one.differences), one.get_state_display(), TONES[one.state])
        for one in page.object_list
    ]  # fmt: skip
    ready = RentBook.objects.filter(agency=agency).exists()
    return _show(
        request, "collection",
        {"page": page, "rows": rows, "fields": fields, "faults": faults, "agency": agency, "ready": ready,
         "keeps": bool(actor.roles_at(agency.pk) & ACCOUNTANTS)},
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*COLLECTION_READERS)
@require_GET
def collection_day(request: HttpRequest, key: int) -> HttpResponse:
    """One reconciled day with its differences."""
    actor = acting(request)
    found = access_day(actor, key)
    roles = actor.roles_at(found.agency_id)
    rows = [
        (one["key"], KINDS.get(str(one["kind"]), one["kind"]), _party(str(one["party"])), _amounts(one["amounts"]), one["settled"])
        for one in found.differences
    ]  # fmt: skip
    unsettled = any(not one["settled"] for one in found.differences)
    closes = (
        bool(roles & DAY_CLOSERS)
        and found.state == "checked"
        and not unsettled
        and found.checked_by_id != actor.account_id
    )
    return _show(
        request, "collection_day",
        {"day": found, "tone": TONES[found.state], "rows": rows, "closes": closes,
         "settles": bool(roles & ACCOUNTANTS) and found.state == "checked"},
    )  # fmt: skip


def _party(name: str) -> str:
    return "、".join(PARTIES.get(one, one) for one in name.split("/"))


def _amounts(given: object) -> list[tuple[str, int]]:
    pairs = given.items() if isinstance(given, dict) else ()
    return [(PARTIES.get(str(party), str(party)), int(str(fen))) for party, fen in pairs]


_SETTLE = Form(
    "查明差异", lambda found, _: [
        text("key", "流水号", kind="choice", choices={str(one["key"]): str(one["key"]) for one in found.differences[:50]}),
        text("text", "查明情况", kind="long_text", max=200)],
    lambda actor, found, version, answers: actions.settle_difference(actor, found.pk, version, answers["key"], text=answers["text"]),
    "已登记查明情况。")  # fmt: skip
_CLOSE = Form(
    "办结对账", lambda *_: [], lambda actor, found, version, _: actions.close_day(actor, found.pk, version), "这一天已办结。",
    note="办结后不再接收这一天的对账单。")  # fmt: skip


@staff(*(ACCOUNTANTS | DAY_CLOSERS))
@require_http_methods(["GET", "POST"])
def collection_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """Explain a difference, or close the day."""
    actor = acting(request)
    found = access_day(actor, key)
    who, form = {"settle": (ACCOUNTANTS, _SETTLE), "close": (DAY_CLOSERS, _CLOSE)}.get(
        code, (frozenset[str](), None)
    )
    if form is None or not actor.has(*who):
        raise NotThere
    crumbs: list[tuple[str, str, tuple[Any, ...]]] = [
        ("非税对账", "office-rent-collection", ()), (f"{found.day:%Y年%-m月%-d日}", "office-rent-collection-day", (key,)),
    ]  # fmt: skip
    return act_page(
        request, form, found, here="collection", crumbs=crumbs, version=found.version, back=("office-rent-collection-day", key),
    )  # fmt: skip


@staff(*ACCOUNTANTS)
@require_http_methods(["GET", "POST"])
def collection_import(request: HttpRequest) -> HttpResponse:
    """Take in what the non-tax system or the bank says: pasted lines of serial, code, yuan, day (and voucher)."""
    actor, agency = acting(request), _agency(request)
    fields = [
        text("kind", "是什么", kind="choice", choices=_STATEMENTS, value="nontax"),
        text("lines", "明细", kind="long_text", max=200_000, rows=10,
             help="从导出的表格复制，每行：流水号,缴款识别码,金额（元）,日期；收款确认再加：,电子缴款书号。第一行可以是表头。"),
    ]  # fmt: skip
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            told = _take(actor, agency, answers["kind"], _rows(answers["lines"]))
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, told)
            return redirect("office-rent-collection")
    return _show(
        request, "collection_import", {"fields": fields, "faults": faults, "agency": agency}, status=400 if faults else 200
    )  # fmt: skip


def _rows(words: str) -> list[list[str]]:
    text_ = words.replace("\t", ",").replace("，", ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text_)) if any(row)]
    if rows and rows[0][0] in ("流水号", "serial"):
        rows = rows[1:]
    if not 0 < len(rows) <= NOTICES_MAX:
        raise InputError(f"应有 1 至 {NOTICES_MAX} 行", where="明细", advice="请检查复制的内容。")
    return rows


def _take(actor: Any, agency: Agency, kind: str, rows: list[list[str]]) -> str:
    if kind not in _STATEMENTS:
        raise InputError("没有选择是什么", where="是什么", advice="请选择。")
    lines, notices = [], []
    for number, row in enumerate(rows, 1):
        if len(row) < (5 if kind == "payments" else 4) or len(row) > 6:
            raise InputError(f"第 {number} 行的列数不对", where="明细", advice="请对照说明更正。")
        day, fen = day_of(row[3], "明细"), fen_of(row[2], "明细")
        if kind == "payments":
            notices.append(
                Notice(
                    "treasury_file", row[0], row[1], fen, _noon(day), row[4], row[5] if len(row) > 5 else ""
                )
            )
        else:
            lines.append(Line(row[0], row[1], fen, day))
    if kind == "payments":
        found = actions.confirm_many(actor, notices)
        why = "；".join(f"{serial}：{words}" for serial, words in list(found.refused.items())[:5])
        return f"新确认 {len(found.receipts)} 笔，已登记过 {found.replayed} 笔，未接收 {len(found.refused)} 笔。{why}"
    fresh, known = actions.take_statement(actor, agency, kind, lines)
    return f"新导入 {fresh} 行，已有 {known} 行。"


def _noon(day: date) -> datetime:
    """A file says the day only; a payment of today was made before now."""
    return min(datetime.combine(day, time(12), BEIJING), timezone.now())


@staff(*ACCOUNTANTS)
@require_http_methods(["GET", "POST"])
def rent_accounts(request: HttpRequest) -> HttpResponse:
    """Open the accounts of rent in a fund."""
    agency = _agency(request)
    funds = {str(one.pk): str(one) for one in Fund.objects.filter(agency=agency).order_by("code")}
    form = Form(
        "开立租金科目", lambda *_: [text("fund", "资金", kind="choice", choices=funds)],
        lambda who, _, __, answers: actions.set_up_rent(who, int(answers["fund"]) if answers["fund"] in funds else 0),
        "科目已开立，可以出账了。", note="租金应收、应缴财政款、预缴和押金代管六个科目，开立后不再更换资金。")  # fmt: skip
    return act_page(
        request, form, agency, here="collection", crumbs=[("非税对账", "office-rent-collection", ())], version=0,
        back=("office-rent-collection",),
    )  # fmt: skip
