"""The counter: a clerk files for the citizen who stands there."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from guangsha.areas.intake import actions, forms
from guangsha.areas.intake.access import access_draft
from guangsha.areas.intake.catalogue import Service, service, services
from guangsha.areas.intake.files import SIZE_MAX
from guangsha.areas.intake.models import Draft
from guangsha.areas.intake.queries import my_drafts
from guangsha.areas.office import filing
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, say, sentences, show
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.identity import check_resident_number
from guangsha.people.gates import staff
from guangsha.web.forms import key_of, read_field


@staff(*gates.WINDOW)
@require_http_methods(["GET", "POST"])
def window(request: HttpRequest) -> HttpResponse:
    """Who stands there and what for; filings that were begun."""
    actor = acting(request)
    offered = {code: item.name for code, item in services().items() if not item.instant}
    typed = {name: str(read_field(request.POST, name, kind)) for name, kind in (("service", "choice"), ("name", "text"), ("identity", "identity"))}  # fmt: skip
    faults: list[str] = []
    if request.method == "POST":
        checked = check_resident_number(typed["identity"], on=timezone.localdate())
        if typed["service"] not in offered:
            faults.append("请选择办什么事")
        if not checked:
            faults.append(f"身份证号：{checked.fault}")
        if not typed["name"]:
            faults.append("请填写姓名")
        if not faults:
            chosen = service(typed["service"])
            try:
                draft = actions.save_draft(
                    actor, chosen.code, filing.first_answers(actor, chosen, typed["identity"], typed["name"])
                )
                return redirect("office-window-form", draft.pk)
            except InputError as error:
                faults = sentences(error)
    return show(
        request, "window", {"offered": offered, "typed": typed, "faults": faults, "drafts": my_drafts(actor)},
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*gates.WINDOW)
@require_http_methods(["GET", "POST"])
def window_form(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The form on one page. Every button keeps what was typed first."""
    actor = acting(request)
    draft = access_draft(actor, draft_id)
    chosen = service(draft.service)
    faults: list[str] = []
    told = False
    if request.method == "POST":
        act = request.POST.get("act", "save")
        try:
            if act == "discard":
                actions.discard_draft(actor, draft.pk)
                say(request, "草稿已删除。")
                return redirect("office-window")
            draft = _kept(request, actor, chosen, draft, act)
            if act == "submit":
                told = True
                case = actions.submit(actor, draft.pk, draft.key)
                say(request, f"已收件，办件编号 {case.number}。")
                return redirect("office-receipt", case.number)
            if act == "save":
                say(request, "已保存。")
            return redirect("office-window-form", draft.pk)
        except actions.CaseMoved as error:
            faults = sentences(error)
        except InputError as error:
            faults = [
                sentence
                for sentence in sentences(error)
                if not told or not _is_of_field(chosen, draft, sentence)
            ]
    parts, wrong = filing.parts_of(chosen, draft, told=told)
    uploads = [item for item in chosen.materials if item.way == "upload"]
    kept = {
        item.code: [row for row in draft.materials.order_by("id") if row.code == item.code]
        for item in uploads
    }
    typed = cast(dict[str, Any], draft.answers)
    return show(
        request, "window_form",
        {"draft": draft, "service": chosen, "groups": parts, "wrong": wrong, "faults": faults, "uploads": uploads, "kept": kept,
         "signed": typed.get("commitments") or [], "consent": typed.get("consent") is True},
        status=400 if faults or wrong else 200,
    )  # fmt: skip


def _is_of_field(chosen: Service, draft: Draft, sentence: str) -> bool:
    """Whether a sentence is already told at its field."""

    _, found = forms.read_answers(chosen, cast(dict[str, Any], draft.answers), timezone.localdate())
    return sentence in {str(fault.error()) for fault in found}


def _kept(request: HttpRequest, actor: Actor, chosen: Service, draft: Draft, act: str) -> Draft:
    """What was typed and the files, saved."""
    typed = filing.read_typed(chosen, request.POST)
    filing.change_rows(chosen, typed, act)
    saved = actions.save_draft(
        actor,
        chosen.code,
        typed,
        draft_id=draft.pk,
        version=key_of(request.POST.get("version", "")) or None,
    )
    if act.startswith("remove:"):
        actions.remove_material(actor, key_of(act.removeprefix("remove:")))
    for name in request.FILES:
        for upload in request.FILES.getlist(name):
            if (upload.size or 0) > SIZE_MAX:
                raise InputError(
                    f"“{upload.name}”超过 {SIZE_MAX // 1024 // 1024} MB", advice="请压缩后再上传。"
                )
            actions.attach_material(
                actor, name.removeprefix("file."), upload.name or "材料", upload.read(), draft_id=saved.pk
            )
    return saved
