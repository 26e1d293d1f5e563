"""Pages of a unit's year: the table, its versions, a figure opened to its records, what changed between two versions."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.performance import actions, queries
from guangsha.areas.performance.access import (
    CLOSERS,
    READERS,
    WRITERS,
    access_unit_year,
    access_version,
    may,
    unit_years_of,
)
from guangsha.areas.performance.models import IndicatorBinding, ReportVersion, UnitYear
from guangsha.documents.reading import limits
from guangsha.evaluation import FILES, evaluate_facts, render_file
from guangsha.facts.metrics import METRICS, Record
from guangsha.kernel.errors import GuangshaError, InputError, InputErrors
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.web.act_forms import acting
from guangsha.web.forms import page_number
from guangsha.web.packages import CONTENT_TYPES
from guangsha.web.places import REPORT_POLICY

ROLES = tuple(sorted(READERS))
PAGE = 50
KINDS = {"all": "全部", "record": "业务记录", "entered": "手工填写", "computed": "计算"}
VERSION_TONES = {"draft": "wait", "closing": "good", "correction": "ask"}


def show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """One page of the area; the browser keeps none of it."""
    answer = render(request, f"performance/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def page_of(request: HttpRequest, found: Any, size: int = PAGE) -> Any:
    """One page of a list, ``?page=`` from 1."""
    return Paginator(found, size).get_page(page_number(request))


def sentences(error: GuangshaError) -> list[tuple[str, str]]:
    """Faults as the page lists them."""
    return [("", str(one)) for one in (error.errors if isinstance(error, InputErrors) else [error])]


# --- years -------------------------------------------------------------------------------------------------


@staff(*ROLES)
@require_http_methods(["GET", "POST"])
def years(request: HttpRequest) -> HttpResponse:
    """The years of the units within reach, and a table to begin one."""
    actor = acting(request)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            made = _take_table(request)
        except GuangshaError as error:
            faults = sentences(error)
        else:
            messages.success(request, "指标取数表已导入。")
            return redirect("office-performance-year", made.pk)
    page = page_of(
        request, unit_years_of(actor).select_related("agency").order_by("-year", "agency__name", "pk")
    )
    context = {"page": page, "faults": faults, "may_write": actor.has(*WRITERS)}
    return show(request, "years", context, status=400 if faults else 200)


def _take_table(request: HttpRequest) -> UnitYear:
    actor = acting(request)
    given = request.FILES.get("file")
    if given is None:
        raise InputError("没有选择文件", where="文件", advice="请选择指标取数表（.yaml）。")
    data = given.read(limits.FIGURES_BYTES_MAX + 1)
    if len(data) > limits.FIGURES_BYTES_MAX:
        raise InputError("文件过大", where="文件", advice="请核对是否选错了文件。")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("文件不是 UTF-8 编码", where="文件", advice="请另存为 UTF-8 编码。") from error
    return actions.import_table(
        actor, access_agency(actor, actor.agency_id), text, given.name or "table.yaml"
    )


@staff(*ROLES)
@require_http_methods(["GET", "POST"])
def year(request: HttpRequest, key: int) -> HttpResponse:
    """One year: the indicators with value, source and score, the versions, what is entered by hand, and the acts on it."""
    actor = acting(request)
    found = access_unit_year(actor, key)
    if request.method == "POST":
        return _act(request, found)
    versions = list(found.versions.order_by("-number").defer("figures", "facts", "scores"))
    latest = versions[0] if versions else None
    context = {
        "year": found, "versions": versions, "latest": latest, "tones": VERSION_TONES, "sheets": _sheets(latest),
        "hand": list(found.bindings.filter(metric="").order_by("position")),
        "measured": found.bindings.exclude(metric="").count(),
        "may_write": may(actor, found.agency_id, WRITERS), "may_close": may(actor, found.agency_id, CLOSERS),
    }  # fmt: skip
    return show(request, "year", context)


def _sheets(version: ReportVersion | None) -> list[dict[str, Any]]:
    """The scores of a version by sheet, each row with the keys of its figures."""
    if version is None:
        return []
    scores = json.loads(ReportVersion.objects.values_list("scores", flat=True).get(pk=version.pk))
    fiscal = version.unit_year.year
    for sheet in scores["sheets"]:
        name = sheet["id"]
        sheet["keys"] = {
            "budget": f"sheet.funds[fund=total,sheet={name},stage=full_year]@{fiscal}",
            "executed": f"sheet.funds[fund=total,sheet={name},stage=executed]@{fiscal}",
            "rate": f"execution.rate[basis=computed,sheet={name}]@{fiscal}",
            "score": f"execution.score[basis=computed,sheet={name}]@{fiscal}",
            "total": f"sheet.total[basis=computed,sheet={name}]@{fiscal}",
        }
        for number, row in enumerate(sheet["indicators"], 1):
            row["actual_key"] = f"indicator.actual[indicator={number},sheet={name}]@{fiscal}"
            row["score_key"] = f"indicator.score[basis=computed,indicator={number},sheet={name}]@{fiscal}"
    return list(scores["sheets"])


def _act(request: HttpRequest, found: UnitYear) -> HttpResponse:
    actor, act = acting(request), request.POST.get("act", "")
    try:
        if act == "draft":
            made = actions.make_draft(actor, found.pk)
            said = f"已取数：第 {made.number} 版。"
        elif act == "close":
            made = actions.close_year(actor, found.pk)
            said = f"已定稿：第 {made.number} 版。"
        elif act == "correct":
            made = actions.correct(actor, found.pk, request.POST.get("reason", ""))
            said = f"已出更正版本：第 {made.number} 版。"
        else:
            raise NotThere
    except GuangshaError as error:
        for _, sentence in sentences(error):
            messages.error(request, sentence)
        return redirect("office-performance-year", found.pk)
    messages.success(request, said)
    return redirect("office-performance-version", found.pk, made.number)


@staff(*ROLES)
@require_GET
def table_file(request: HttpRequest, key: int) -> HttpResponse:
    """The table as it was imported."""
    found = access_unit_year(acting(request), key)
    response = HttpResponse(found.table_text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = (
        f"attachment; filename=\"table.yaml\"; filename*=UTF-8''{quote(found.table_file)}"
    )
    response["Cache-Control"] = "no-store"
    return response


@staff(*ROLES)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, key: int, row: int) -> HttpResponse:
    """A figure for hands, with its evidence."""
    actor = acting(request)
    found = access_unit_year(actor, key)
    binding: IndicatorBinding | None = found.bindings.filter(pk=row, metric="").first()
    if binding is None or not may(actor, found.agency_id, WRITERS) or found.state != "open":
        raise NotThere
    value, evidence, faults = binding.value, binding.evidence, []
    if request.method == "POST":
        value, evidence = request.POST.get("value", ""), request.POST.get("evidence", "")
        try:
            actions.enter_value(actor, found.pk, binding.path, value, evidence, _paper(request))
        except GuangshaError as error:
            faults = sentences(error)
        else:
            messages.success(request, "已填写，重新取数后生效。")
            return redirect("office-performance-year", found.pk)
    context = {"year": found, "binding": binding, "value": value, "evidence": evidence, "faults": faults}
    return show(request, "enter", context, status=400 if faults else 200)


def _paper(request: HttpRequest) -> str:
    """SHA-256 of the paper that was chosen; the paper itself stays where it is kept."""
    given = request.FILES.get("paper")
    if given is None:
        return ""
    digest = hashlib.sha256()
    for chunk in given.chunks():
        digest.update(chunk)
    return digest.hexdigest()


@staff(*ROLES)
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric that the areas declare."""
    return show(request, "metrics", {"metrics": [METRICS[key] for key in sorted(METRICS)]})


# --- versions ----------------------------------------------------------------------------------------------


def figure_address(version: ReportVersion, key: str) -> str:
    """The page that opens a figure of a version."""
    place = reverse("office-performance-figure", args=[version.unit_year_id, version.number])
    return f"{place}?{urlencode({'fact': key})}"


@staff(*ROLES)
@require_GET
def version(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """One version: its files, and every figure with its source."""
    found = access_version(acting(request), key, number)
    which = request.GET.get("which", "all")
    which = which if which in KINDS else "all"
    figures = [one for one in queries.figures_of(found) if which in ("all", one.kind)]
    page = page_of(request, figures)
    context = {
        "version": found, "year": found.unit_year, "page": page, "which": which, "kinds": KINDS, "tones": VERSION_TONES,
        "rows": [(one, figure_address(found, one.key), queries.kind_name(one.kind)) for one in page.object_list],
        "files": FILES, "others": [n for n in found.unit_year.versions.order_by("number").values_list("number", flat=True) if n != number],
    }  # fmt: skip
    return show(request, "version", context)


@staff(*ROLES)
@require_GET
def figure(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """One figure opened: how it was made, and the records it was made of. ``?format=json`` for machines of the office."""
    actor = acting(request)
    found = access_version(actor, key, number)
    opened = queries.open_figure(found, request.GET.get("fact", "")[:300])
    if request.GET.get("format") == "json":
        response = JsonResponse(queries.opened_json(opened), json_dumps_params={"ensure_ascii": False})
        response["Cache-Control"] = "no-store"
        return response
    part = request.GET.get("part", "")
    trace = next(
        (one for one in opened.traces if one.part == part), opened.traces[0] if opened.traces else None
    )
    at, pages = page_number(request), 1
    listings: list[queries.Listing] = []
    if trace is not None:
        listings, pages = queries.read_records(actor, trace, at)
    context = {
        "version": found, "year": found.unit_year, "opened": opened, "trace": trace, "listings": listings, "pages": pages,
        "page": min(at, pages), "kind": queries.kind_name(opened.kind), "exact": queries.exact_value(trace) if trace else "",
        "formula": queries.formula_of(trace) if trace else "", "sentence": trace.metric if trace else "",
        "query": urlencode({"fact": opened.fact.key, "part": trace.part if trace else ""}), "unit": trace.unit if trace else "",
    }  # fmt: skip
    return show(request, "figure", context)


@staff(*ROLES)
@require_GET
def changes(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """What is not what it was in another version (``?since=``, the one before where none is named)."""
    actor = acting(request)
    found = access_version(actor, key, number)
    wanted = request.GET.get("since", "")
    since = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else number - 1
    before = access_version(actor, key, since)
    different = queries.differences(before, found)
    words = queries.named_records(actor, different)
    listed = [
        (one, figure_address(found, one.key) if one.after != "—" else "", _moves(one, words))
        for one in different
    ]
    context = {"version": found, "year": found.unit_year, "before": before, "rows": listed}
    return show(request, "changes", context)


def _moves(one: queries.Difference, words: dict[str, str]) -> list[tuple[str, int, list[str]]]:
    """Records that came, went and changed, each named as far as a page can and the reader may."""

    def named(record: Record, *, before: Record | None = None) -> str:
        amount = queries.amount_text(record, one.unit)
        told = f"{queries.amount_text(before, one.unit)} → {amount}" if before else amount
        return f"{words.get(record.id, '不在您的查看范围')}（{told}）"

    came, went, changed = one.counts
    return [
        (word, count, names)
        for word, count, names in (
            ("新增", came, [named(record) for record in one.came]),
            ("减少", went, [named(record) for record in one.went]),
            ("变动", changed, [named(new, before=old) for old, new in one.changed]),
        )
        if count
    ]


@staff(*ROLES)
@require_GET
def package_file(request: HttpRequest, key: int, number: int, name: str) -> HttpResponse:
    """A file of the package, made from the facts of the version; figures of the page lead to their records."""
    found = access_version(acting(request), key, number)
    if name not in FILES:
        raise Http404
    suffix = name[name.rindex(".") :]
    if name == "facts.json":  # as it was made, byte for byte
        content = found.facts.encode()
    elif name == "scores.json":
        content = found.scores.encode()
    else:
        opens = {fact: figure_address(found, fact) for fact in found.traces.values_list("fact", flat=True)}
        content = render_file(evaluate_facts(queries.facts_of_version(found)), name, opens)
    response = HttpResponse(content, content_type=CONTENT_TYPES[suffix])
    shown = "inline" if suffix in (".html", ".pdf", ".json") else "attachment"
    response["Content-Disposition"] = f'{shown}; filename="{found.unit_year.year}-{number}-{name}"'
    response["Cache-Control"] = "no-store"
    response._csp_replace = REPORT_POLICY  # type: ignore[attr-defined]
    return response
