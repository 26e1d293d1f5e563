"""What everybody may see of a draw: its calendar, its values, one family's line, the hall's screen, the pack to recompute it."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guangsha.areas.allocation import draw_queries as queries
from guangsha.areas.allocation.draw_access import access_published_draw
from guangsha.areas.allocation.facts import OUTCOMES, QUEUES
from guangsha.areas.allocation.models import Registration
from guangsha.areas.allocation.models_draw import Draw
from guangsha.draw.files import ENTRY_NO
from guangsha.kernel.numbers import normalise
from guangsha.people.gates import public
from guangsha.privacy.masks import mask_name_public

PAGE = 50
#: Selectors on the hall's screen, a queue; the rest is on the page of the draw.
HALL_ROWS = 12
TONES = {
    "frozen": "wait", "committed": "wait", "random": "wait", "live": "wait", "opened": "ask", "drawn": "done", "aborted": "quiet",
}  # fmt: skip


def page_of(request: HttpRequest) -> int:
    """The page asked for; nonsense is the first."""
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1


def _show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, f"allocation/{page}.html", context, using="jinja2")
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def zipped(data: bytes, name: str, kind: str) -> HttpResponse:
    """A file to take away."""
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def values_of(draw: Draw) -> list[tuple[str, str, str]]:
    """Name, value and what it is of everything published so far."""
    rows = [
        ("h_roster", draw.h_roster, "名册摘要"),
        ("h_units", draw.h_units, "房源摘要"),
        ("h_rules", draw.h_rules, "规则摘要"),
        ("c_op", draw.c_op, "操作员承诺值"),
        ("c_nt", draw.c_nt, "公证员承诺值"),
        ("E1", draw.e1 if draw.e1_confirmed_by_id else "", "公开随机数"),
        ("E2", draw.e2 if draw.e2_confirmed_by_id else "", "现场摇球"),
        ("op", draw.op, "操作员秘密数" + ("（托管件）" if draw.op_from_escrow else "")),
        ("nt", draw.nt, "公证员秘密数" + ("（托管件）" if draw.nt_from_escrow else "")),
        ("seed", draw.seed, "种子"),
    ]
    return [row for row in rows if row[1]]


@public
@require_GET
def draws(request: HttpRequest) -> HttpResponse:
    """Every published draw."""
    page = Paginator(queries.listed_in_public(), PAGE).get_page(page_of(request))
    return _show(request, "public_draws", {"page": page, "tones": TONES})


@public
@require_GET
def draw(request: HttpRequest, draw_id: str) -> HttpResponse:
    """One draw: what was published, a family's own line, and the masked list as long as it may be shown."""
    found = access_published_draw(draw_id)
    asked = normalise(request.GET.get("entry", "")).strip().upper()[:32]
    mine = queries.line_of(found, asked) if ENTRY_NO.fullmatch(asked) else None
    queues = queries.queues_of(found) if found.state == "drawn" else []
    queue = request.GET.get("queue", "")
    queue = queue if queue in queues else (queues[0] if queues else "")
    rows, page = [], None
    if queries.list_in_sight(found):
        page = Paginator(queries.places_of(found, queue), PAGE).get_page(page_of(request))
        rows = [_line(one) for one in page.object_list]
    return _show(
        request, "public_draw",
        {
            "draw": found, "tone": TONES[found.state], "stations": queries.stations_of(found), "values": values_of(found),
            "asked": asked, "mine": _line(mine) if mine else None, "rows": rows, "page": page, "queue": queue,
            "queues": [(code, QUEUES.get(code, code)) for code in queues], "outcomes": OUTCOMES,
        },
    )  # fmt: skip


def _line(one: Registration) -> dict[str, Any]:
    return {
        "entry_no": one.entry_no, "name": mask_name_public(one.applicant.name), "members": one.members, "queue": one.layout,
        "tier": one.tier, "order": one.order_number, "ticket": one.ticket, "outcome": one.outcome,
        "words": OUTCOMES[one.outcome], "tone": {"selector": "good", "waitlist": "wait"}.get(one.outcome, "quiet"),
    }  # fmt: skip


@public
@require_GET
def hall(request: HttpRequest, draw_id: str) -> HttpResponse:
    """The screen in the hall: large, calm, comes up to date by itself."""
    found = access_published_draw(draw_id)
    columns = []
    if queries.list_in_sight(found):
        for code in queries.queues_of(found):
            rows = [_line(one) for one in queries.places_of(found, code)[:HALL_ROWS]]
            columns.append((QUEUES.get(code, code), rows))
    stations = queries.stations_of(found)
    now = next((station for station in stations if station.state == "now"), None)
    return _show(
        request, "draw_hall",
        {"draw": found, "stations": stations, "now": now, "values": _on_the_wall(found), "columns": columns},
    )  # fmt: skip


_BALLS = re.compile(r"LIVE:([0-9,]+)")


def _on_the_wall(draw: Draw) -> dict[str, Any]:
    """What is read from the back row: balls as digits, hashes in groups of eight."""
    balls = _BALLS.fullmatch(draw.e2 if draw.e2_confirmed_by_id else "")

    def grouped(text: str) -> list[str]:
        return [text[i : i + 8] for i in range(0, len(text), 8)]

    return {
        "e1": draw.e1 if draw.e1_confirmed_by_id else "",
        "balls": balls[1].split(",") if balls else [],
        # when the order stands, the seed alone; the rest is on everybody's own screen
        "hashes": [
            (word, grouped(value))
            for key, value, word in values_of(draw)
            if key not in ("E1", "E2", "op", "nt") and (draw.state != "drawn" or key == "seed")
        ],
        "opened": [word for key, _, word in values_of(draw) if key in ("op", "nt")],
    }  # fmt: skip


@public
@require_GET
def pack(request: HttpRequest, draw_id: str) -> HttpResponse:
    """The publish pack: everything that is needed to recompute the draw, and nobody's name."""
    found = access_published_draw(draw_id)
    return zipped(queries.pack_of(found), f"{draw_id}.zip", "application/zip")
