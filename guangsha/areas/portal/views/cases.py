"""One case, for the person whose case it is and for the helper who sent it: the line, what is asked, letters, remedies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_case, access_decision, access_own_case, may_read_result
from guangsha.areas.intake.actions import TAGS
from guangsha.areas.intake.actions.base import owns
from guangsha.areas.intake.catalogue import Service, service
from guangsha.areas.intake.clock import PAUSE_REASONS, REMEDY_DAYS
from guangsha.areas.intake.files import PER_MATERIAL_MAX, SIZE_MAX
from guangsha.areas.intake.letters import TITLES
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.queries import case_page, deciding_agency, letter_lines, rating_of, timeline
from guangsha.areas.intake.rules import CLOSED
from guangsha.areas.portal.pages import DESK, OWN, Place
from guangsha.areas.portal.queries import next_words, responsible, tone_of
from guangsha.areas.portal.views.applying import kept_files, remove_file, take_files
from guangsha.areas.portal.views.common import page, private, sentences, signed_in
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.web import navigation

_THANKS = {
    "withdraw": "申请已撤回，可以重新申请。",
    "remedy": "复核申请已收到，会由另外的人员办理并书面答复。",
    "rate": "谢谢您的评价。",
    "explain": "您的说明已收到，会与核验结果一起考虑。",
}


@citizens
@private
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """My case."""
    return show_case(request, signed_in(request), OWN, number)


def show_case(request: HttpRequest, actor: Actor, place: Place, number: str) -> HttpResponseBase:
    """One case; POST does what ``act`` names, and every refusal is told at the top with what was typed kept."""
    found = access_case(actor, number) if request.method == "POST" else access_own_case(actor, number)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            _do(actor, found, act, request.POST)
        except InputError as error:
            faults = sentences(error, _field_of(act, request.POST), {"评价说明": "f-rate-text"})
            found.refresh_from_db()
        else:
            messages.success(request, _THANKS[act])
            return redirect(place.case, number)
    readable = may_read_result(actor, found)
    whole, hidden = case_page(found, actor, readable, navigation.waiting_of(request, actor)), not readable
    if hidden and found.outcome:
        whole = replace(whole, state="已有结果")
    chosen = whole.service
    asked = [
        {"pk": row.pk, "name": _material_name(chosen, row.material), "source": row.get_source_display(),
         "heard": row.heard_at, "explanation": row.explanation, "differences": _differences(actor, found, row)}
        for row in whole.verifications if row.outcome == "mismatch"
    ]  # fmt: skip
    rating = rating_of(found)
    context = {
        "case": found, "whole": whole, "service": chosen, "faults": faults, "typed": request.POST, "place": place,
        "prove": hidden, "moments": () if hidden and found.outcome else whole.moments if actor.kind == "citizen" else timeline(found),
        "words": "" if hidden and found.outcome else next_words(found.state),
        "tone": "quiet" if hidden and found.outcome else tone_of(found.state),
        "responsible": responsible(found, chosen), "acts": whole.acts, "mismatches": asked,
        "pause": PAUSE_REASONS.get(found.pause_reason, ""), "owner": owns(actor, found), "desk": place is DESK,
        "may_rate": found.state in CLOSED and rating is None and owns(actor, found), "rating": rating, "tags": TAGS,
        "remedy_days": REMEDY_DAYS, "decisions": [(row, TITLES.get(row.outcome, "决定书")) for row in whole.decisions],
        "refused": [(_material_name(chosen, row.code), row.comment) for row in whole.materials if row.state == "refused"],
        "wrong": dict(faults), "handed": kept_files(place, whole.materials), "material_names": {m.code: m.name for m in chosen.materials},
    }  # fmt: skip
    return page(request, "case", context, 400 if faults else 200)


def _field_of(act: str, data: Mapping[str, Any]) -> str:
    """The field at which a refusal of an act is told; the same id that the page gives it."""
    if act == "explain":
        given = str(data.get("verification", ""))
        return f"f-explain-{given}" if given.isascii() and given.isdecimal() and len(given) < 19 else ""
    return {"remedy": "f-remedy", "rate": "f-stars", "withdraw": "f-withdraw"}.get(act, "")


def _do(actor: Actor, case: Case, act: str, data: Mapping[str, Any]) -> None:
    version = str(data.get("version", ""))
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
    text = str(data.get("text", ""))
    if act == "withdraw":
        actions.withdraw(actor, case.pk, number, text)
    elif act == "remedy":
        actions.ask_remedy(actor, case.pk, number, text)
    elif act == "explain":
        row = str(data.get("verification", ""))
        actions.explain(
            actor, case.pk, int(row) if row.isascii() and row.isdecimal() and len(row) < 19 else 0, text
        )
    elif act == "rate":
        stars = str(data.get("stars", ""))
        tags = cast(Any, data).getlist("tags") if hasattr(data, "getlist") else []
        actions.rate(actor, case.pk, int(stars) if stars in {"1", "2", "3", "4", "5"} else 0, tags, text)
    else:
        raise NotThere


def _material_name(chosen: Service, code: str) -> str:
    found = chosen.material(code)
    return found.name if found else "数据核验"


def _differences(actor: Actor, case: Case, row: Any) -> list[str]:
    """What differs, in sentences. What a register says of a person is told to that person and to the applicant, once it is
    known that they are who signed in; whoever only typed an identity number learns nothing from it."""
    known = actor.kind == "citizen" and bool(actor.person_id) and actor.person_id == case.applicant_id
    items = (row.differences or {}).get("items", []) if known else []
    return [str(item.get("sentence", "")) for item in items if item.get("sentence")]


@citizens
@private
@require_http_methods(["GET", "POST"])
def supplement(request: HttpRequest, number: str) -> HttpResponseBase:
    """Hand in what I was asked for."""
    return show_supplement(request, signed_in(request), OWN, "portal-supplement", number)


def show_supplement(
    request: HttpRequest, actor: Actor, place: Place, own_page: str, number: str
) -> HttpResponseBase:
    """The list of what is asked, with a place to upload each; sent when all of it is there."""
    found = access_case(actor, number)
    if found.state != "supplement" or not owns(actor, found):
        return redirect(place.case, number)
    whole = case_page(found, actor)
    wanted = {row.code: row.comment for row in whole.materials if row.state == "refused"}
    names = {code: _material_name(whole.service, code) for code in wanted}
    faults: list[tuple[str, str]] = []
    errors: dict[str, str] = {}
    if request.method == "POST":
        if request.POST.get("remove"):
            remove_file(
                actor, request.POST["remove"], found.materials.filter(state="uploaded", code__in=wanted)
            )
            return redirect(own_page, number)
        errors = take_files(request, actor, list(wanted), case_id=found.pk)
        faults = [
            (f"f-{code}" if code else "", f"{names.get(code, '上传')}：{text}")
            for code, text in errors.items()
        ]
        if not errors and request.POST.get("act") == "send":
            try:
                actions.supply(actor, found.pk, found.version)
            except InputError as error:
                faults = sentences(error, "", {name: f"f-{code}" for code, name in names.items()})
                errors = {field.removeprefix("f-"): "请上传这项材料" for field, _ in faults if field}
            else:
                messages.success(request, "补正材料已收到，继续办理。")
                return redirect(place.case, number)
        elif not errors:
            return redirect(own_page, number)
    came = found.materials.filter(state="uploaded", code__in=wanted)
    context = {
        "case": found, "service": whole.service, "wanted": wanted, "names": names, "faults": faults, "errors": errors,
        "kept": kept_files(place, came), "place": place, "mb": SIZE_MAX // 1024 // 1024, "most": PER_MATERIAL_MAX,
        "message": next((m.text for m in reversed(whole.moments) if m.title == "一次告知补正"), ""),
    }  # fmt: skip
    return page(request, "supplement", context, 400 if faults else 200)


@citizens
@private
@require_GET
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """A decision letter. Whoever opens their own letter has received it."""
    actor = signed_in(request)
    decision = access_decision(actor, number)
    if decision.served_at is None:
        actions.serve_online(decision.case_id)
        decision.refresh_from_db()
    return show_letter(request, decision, OWN)


def show_letter(request: HttpRequest, decision: Any, place: Place) -> HttpResponse:
    """A letter as it is printed."""
    context = {
        "decision": decision, "case": decision.case, "title": TITLES.get(decision.outcome, "决定书"), "service": service(decision.case.service),
        "lines": letter_lines(decision), "place": place, "agency": deciding_agency(decision),
    }  # fmt: skip
    return page(request, "letter", context)
