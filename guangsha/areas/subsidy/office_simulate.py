"""The page of what-if: every parameter in force with its source, and what a change would do. Nothing is written."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from guangsha.areas.subsidy.office_reviews import agencies_of, chosen_agency, show
from guangsha.areas.subsidy.rules import month_code, month_text
from guangsha.areas.subsidy.simulate import SIMULATORS, Simulation, simulate
from guangsha.areas.subsidy.simulate_rules import TARGETS, WORDS, typed
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.kernel.numbers import divide
from guangsha.ledger.rules import yuan_text
from guangsha.people.gates import staff
from guangsha.policy.catalogue import CIRCUMSTANCES, OTHERS
from guangsha.policy.household import Month
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.parameter_files import book_of
from guangsha.policy.programmes import RENTAL_SUBSIDY
from guangsha.web.act_forms import acting

AREAS = {"subsidy": "补贴标准", "eligibility": "保障条件", "rent": "租金", "timers": "期限"}
#: Width of the bars of the chart, in units of its own.
CHART_WIDTH = 300
ROW, THICK = 40, 13


def _line_name(line: str) -> str:
    if line == OTHERS:
        return "其他"
    if line in TYPE_BY_CODE:
        return TYPE_BY_CODE[line].name
    if line.isdecimal():
        return f"{line}人"
    return CIRCUMSTANCES.get(line) or {"bachelor": "本科", "master": "硕士", "doctor": "博士"}.get(line, line)


def parameters_in_force(region: str, given: dict[str, str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every parameter that the subsidy reads, in groups: the value of each line, what was typed instead, its source."""
    book, on = book_of(), timezone.localdate()
    groups: dict[str, list[dict[str, Any]]] = {}
    for key in sorted(RENTAL_SUBSIDY.parameters()):
        value = book.find(key, region, on)
        if value is None:
            continue
        declared = value.declared
        amounts = value.amount if isinstance(value.amount, dict) else {"": value.amount}
        fields = []
        for line, amount in amounts.items():
            name = f"{key}[{line}]" if line else key
            shown = typed(declared, amount)
            text = (
                "、".join(TYPE_BY_CODE[code].name for code in shown)
                if isinstance(shown, list)
                else str(shown)
            )
            fields.append(
                {
                    "name": name,
                    "line": _line_name(line) if line else "",
                    "before": text,
                    "value": given.get(name, text),
                }
            )
        options = (
            {"是": "是", "否": "否"}
            if declared.shape == "flag"
            else {code: WORDS[code] for code in declared.choices}
        )
        groups.setdefault(declared.area, []).append(
            {
                "key": key, "title": declared.title, "unit": declared.unit, "fields": fields, "source": str(value.citation),
                "since": value.first, "options": options, "long": declared.shape == "order",
                "changed": any(f["value"] != f["before"] for f in fields),
            }
        )  # fmt: skip
    return [(AREAS[area], groups[area]) for area in AREAS if area in groups]


def _settings(request: HttpRequest, region: str) -> tuple[dict[str, str], list[str]]:
    """What was typed, and of it what differs from what is in force."""
    given = {key[2:]: str(value).strip()[:200] for key, value in request.POST.items() if key.startswith("p-")}
    changed = []
    for _, rows in parameters_in_force(region, {}):
        for row in rows:
            for one in row["fields"]:
                typed_in = given.get(one["name"], one["before"])
                if typed_in != one["before"]:
                    changed.append(f"{one['name']}={_codes(typed_in) if row['long'] else typed_in}")
    return given, changed


def _codes(names: str) -> str:
    """An order of types as a parameter file writes it, from their names."""
    codes = {kind.name: code for code, kind in TYPE_BY_CODE.items()}
    return ",".join(codes.get(name.strip(), name.strip()) for name in re.split("[、，,]", names))


@staff(*SIMULATORS)
@require_http_methods(["GET", "POST"])
def simulation(request: HttpRequest) -> HttpResponse:
    """The form, and after it was sent what would change."""
    actor = acting(request)
    roles = frozenset(SIMULATORS)
    agency = chosen_agency(actor, roles, (request.POST or request.GET).get("agency", ""))
    next_month = Month.of(timezone.localdate()).plus(1)
    context: dict[str, Any] = {
        "agency": agency, "agencies": agencies_of(actor, roles), "groups": [], "faults": [], "found": None,
        "first": request.POST.get("first", str(next_month)), "targets": {}, "names": TARGETS,
    }  # fmt: skip
    if agency is None:
        return show(request, "simulation", context)
    region = agency.region_code[:6]
    given: dict[str, str] = {}
    if request.method == "POST":
        given, changed = _settings(request, region)
        targets = {name: request.POST.get(f"t-{name}", "").strip()[:20] for name in TARGETS}
        context["targets"] = targets
        try:
            found = simulate(
                actor, agency, changed, first=_month(context["first"]),
                targets=[f"{name}={value}" for name, value in targets.items() if value],
            )  # fmt: skip
            context |= {
                "found": found, "sentences": sentences(found), "chart": chart(found),
                "lines_named": {one.line: _line_name(one.line) for one in found.assumptions},
            }  # fmt: skip
        except GuangshaError as error:
            context["faults"] = [("", str(error))]
    context["groups"] = parameters_in_force(region, given)
    return show(request, "simulation", context, status=400 if context["faults"] else 200)


def _month(text: str) -> int:
    year, _, month = text.partition("-")
    if not (
        year.isdecimal()
        and month.isdecimal()
        and len(year) == 4
        and 1 <= int(month) <= 12
        and len(month) <= 2
    ):
        raise InputError("不是一个月份", where="起始月份", advice="请选择年和月。")
    return month_code(Month(int(year), int(month)))


def sentences(found: Simulation) -> list[str]:
    """What a head of the agency wants to know, in a few plain sentences."""
    one, two = found.month_fen
    paid, others = found.paid, found.others
    said = [
        f"自{month_text(found.first)}起，{found.agency}现有协议的 {sum(paid.values())} 户中：增加 {paid['more']} 户，减少 {paid['less']} 户，"
        f"不再符合 {paid['lost']} 户，不变 {paid['same']} 户。",
        f"现在没有协议的租房家庭中，新符合条件 {others['gained']} 户。",
    ]
    change = two - one
    word = "增加" if change > 0 else "减少"
    said.append(
        f"每月补贴由 {yuan_text(one)} 变为 {yuan_text(two)}"
        + (f"，{word} {yuan_text(abs(change))}。" if change else "，没有变化。")
    )
    for name, label in (
        ("base", "按现行政策"),
        ("tried", "按测算"),
        ("with_newcomers", "按测算并且新符合的都来申请"),
    ):
        money = found.money[name]
        if money.appropriated_fen is None:
            said.append("这一年没有租赁补贴的预算指标，不能对照预算。")
            break
        left = money.left_fen or 0
        said.append(
            f"{label}，全年{yuan_text(money.year_fen)}，预算{yuan_text(money.appropriated_fen)}，"
            + (
                f"{month_text(money.short_in)}起不足，缺{yuan_text(-left)}。"
                if money.short_in
                else f"够用，余{yuan_text(left)}。"
            )
        )
    return said


def chart(found: Simulation) -> dict[str, Any]:
    """Bars by month: in force and as tried, as office/figures draws them."""
    most = max((max(one.base_fen, one.tried_fen) for one in found.costs), default=0)
    groups = []
    for place, one in enumerate(found.costs):
        y = place * (2 * THICK + 24) + 12
        bars = [
            {
                "kind": kind, "y": y + 4 + n * (THICK + 1), "width": int(divide(Decimal(fen * CHART_WIDTH), Decimal(most))) if most else 0,
                "text": yuan_text(fen),
            }
            for n, (kind, fen) in enumerate((("a", one.base_fen), ("c", one.tried_fen)))
        ]  # fmt: skip
        groups.append((month_text(one.month), y, bars))
    return {
        "groups": groups,
        "height": len(found.costs) * (2 * THICK + 24) + 8,
        "width": CHART_WIDTH + 130,
        "thick": THICK,
    }
