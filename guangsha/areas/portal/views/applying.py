"""Filling in an application: one group per page, everything kept at every press, checked, sent once.

The same pages serve a citizen and a helper at a desk; a :class:`pages.Place` says where they live.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_draft
from guangsha.areas.intake.catalogue import Service, services
from guangsha.areas.intake.files import PER_MATERIAL_MAX, SIZE_MAX
from guangsha.areas.intake.models import Draft, Material
from guangsha.areas.intake.rules import asked_materials, missing_materials
from guangsha.areas.portal import pages
from guangsha.areas.portal.pages import CHECK, MATERIALS, Place
from guangsha.areas.portal.views.common import page, sentences
from guangsha.areas.verification.models import SOURCES
from guangsha.areas.verification.proofing import LEVELS, proof_level
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import digest
from guangsha.people.access import NotThere
from guangsha.web.uploads import TOO_LARGE, UPLOAD_BYTES_MAX


def service_of(code: str) -> Service:
    """A service that takes applications.

    Raises:
        NotThere: there is none.
    """
    service = services().get(code)
    if service is None or service.instant:
        raise NotThere
    return service


def leave_page(
    request: HttpRequest, actor: Actor, place: Place, code: str, draft_id: int
) -> HttpResponseBase:
    """The draft is kept; go on later, or throw it away."""
    service, draft = service_of(code), access_draft(actor, draft_id)
    if draft.service != code:
        raise NotThere
    if request.method == "POST" and request.POST.get("act") == "discard":
        actions.discard_draft(actor, draft.pk)
        messages.success(request, f"“{service.name}”的草稿已删除。")
        return redirect(place.home)
    resume = place.resume(draft.pk, service, draft.page)
    context = {"service": service, "draft": draft, "resume": resume, "mine": place.home}
    return page(request, "apply_leave", context)


def draft_page(
    request: HttpRequest, actor: Actor, place: Place, code: str, draft_id: int, wanted: str
) -> HttpResponseBase:
    """One page of a draft, shown or sent."""
    service = service_of(code)
    if wanted == CHECK and request.method == "POST" and request.POST.get("act") == "submit":
        return _submit(request, actor, place, service, draft_id)
    draft = access_draft(actor, draft_id)
    if draft.service != code:
        raise NotThere
    clean, _ = pages.read_all(service, _typed(draft), timezone.localdate())
    listed = pages.pages_of(service, clean)
    codes = [each.code for each in listed]
    if wanted not in codes:
        raise NotThere
    number = codes.index(wanted)
    view = _View(request, actor, place, service, draft, listed, number)
    if wanted == CHECK:
        return view.check([])
    if wanted == MATERIALS:
        return view.send_materials() if request.method == "POST" else view.materials([])
    return view.send_group() if request.method == "POST" else view.group({})


def _mark(kept: Any) -> str:
    """What stands for the answers that a page was drawn from, so that a press can tell whether they are still those."""
    return digest(kept or {})


def _typed(draft: Draft) -> dict[str, Any]:
    return dict(cast(dict[str, Any], draft.answers))


class _View:
    """One request for one page of one draft."""

    def __init__(
        self, request: HttpRequest, actor: Actor, place: Place, service: Service, draft: Draft,
        listed: list[pages.Page], number: int,
    ) -> None:  # fmt: skip
        self.request, self.actor, self.place, self.service, self.draft = request, actor, place, service, draft
        self.listed, self.number = listed, number
        self.page = listed[number]

    def _href(self, code: str, query: str = "") -> str:
        return self.place.href(self.service.code, self.draft.pk, code, query)

    def _context(self, faults: list[tuple[str, str]]) -> dict[str, Any]:
        reached = max(self.draft.page, self.number)
        steps = [
            (each.title, self._href(each.code) if number <= reached else "")
            for number, each in enumerate(self.listed)
        ]
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        return {
            "service": self.service, "draft": self.draft, "page": self.page, "steps": steps, "now": self.number + 1,
            "faults": faults, "back": self._href(self.listed[self.number - 1].code) if self.number else "",
            "to": CHECK if given.get("to") == CHECK else "", "check": self._href(CHECK),
            "leave": reverse(self.place.leave, args=[self.service.code, self.draft.pk]), "desk": self.place is pages.DESK,
            "person": self.draft.for_person, "place": self.place,
        }  # fmt: skip

    def _onward(self) -> HttpResponse:
        if self.request.POST.get("to") == CHECK:
            return redirect(self._href(CHECK))
        # an answer on this page may have brought or taken pages behind it
        clean, _ = pages.read_all(self.service, _typed(self.draft), timezone.localdate())
        listed = pages.pages_of(self.service, clean)
        codes = [each.code for each in listed]
        here = codes.index(self.page.code) if self.page.code in codes else 0
        return redirect(self._href(listed[min(here + 1, len(listed) - 1)].code))

    def _save(self, changes: dict[str, Any], reached: int) -> None:
        """Keep the draft with these groups changed; what another window saved meanwhile in other groups stays."""
        for attempt in (1, 2):
            try:
                self.draft = actions.save_draft(
                    self.actor, self.service.code, {**_typed(self.draft), **changes}, draft_id=self.draft.pk,
                    version=self.draft.version, page=max(self.draft.page, reached),
                )  # fmt: skip
                return
            except actions.CaseMoved:
                if attempt == 2:
                    raise
                self.draft = access_draft(self.actor, self.draft.pk)

    # --- a group of the form

    def group(
        self, faults: pages.Faults, top: list[tuple[str, str]] | None = None, typed: Any = None
    ) -> HttpResponse:
        """Show the page of a group, with what is wrong on it."""
        group = self.page.group
        if group is None:
            raise NotThere
        kept = _typed(self.draft)
        given = kept.get(group.code) if typed is None else typed
        clean, _ = pages.read_all(self.service, kept, timezone.localdate())
        context = self._context([*pages.told(faults), *(top or [])])
        context |= {"group": group, "seen": _mark(kept.get(group.code))}
        if group.table is None:
            row = given if isinstance(given, dict) else {}
            context["fields"] = pages.asked(group, row, clean, faults, group.code)
        else:
            rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
            rows += [{}] * (group.table.min - len(rows))
            context["rows"] = [
                pages.asked(group, row, clean, faults, f"{group.code}.{number}")
                for number, row in enumerate(rows)
            ]
            context["full"] = len(rows) >= group.table.max
        return page(self.request, "apply_group", context, 400 if context["faults"] else 200)

    def send_group(self) -> HttpResponse:
        """Keep what was typed; then add or remove a row, leave, or go on when nothing is wrong."""
        group, data = self.page.group, self.request.POST
        if group is None:
            raise NotThere
        typed = pages.read_page(group, data)
        anchor = ""
        if isinstance(typed, list):
            typed, anchor = _rows(group.table.max if group.table else 0, group.code, typed, data)
        kept, seen = _typed(self.draft).get(group.code), data.get("seen", "")
        if seen and seen != _mark(kept) and _mark(kept) != _mark(typed):
            # nothing is written over unread: the page now knows the other answers, pressing again means it
            other = pages.differences(group, kept, typed)
            return self.group(
                {},
                [("", f"这一页刚在别的窗口改过：{other}。下面是您在本窗口填的，确认无误请再按一次")],
                typed,
            )
        try:
            self._save({group.code: typed}, self.number)
        except InputError as error:
            return self.group({}, sentences(error), typed)
        if anchor:
            return redirect(self._href(group.code, ("?to=check" if data.get("to") == CHECK else "") + anchor))
        if data.get("act") == "leave":
            return redirect(reverse(self.place.leave, args=[self.service.code, self.draft.pk]))
        _, faults = pages.read_all(self.service, _typed(self.draft), timezone.localdate())
        wrong = pages.faults_of_page(group.code, faults)
        if wrong:
            return self.group(wrong)
        self._save({}, self.number + 1)
        return self._onward()

    # --- materials

    def materials(self, faults: list[tuple[str, str]], errors: dict[str, str] | None = None) -> HttpResponse:
        """Show which materials need no paper and which are to be uploaded."""
        clean, _ = pages.read_all(self.service, _typed(self.draft), timezone.localdate())
        kept = kept_files(self.place, self.draft.materials.all())
        context = self._context(faults) | {
            "materials": asked_materials(self.service, clean), "kept": kept, "errors": errors or {},
            "sources": dict(SOURCES), "mb": SIZE_MAX // 1024 // 1024, "most": PER_MATERIAL_MAX,
        }  # fmt: skip
        return page(self.request, "apply_materials", context, 400 if faults else 200)

    def send_materials(self) -> HttpResponse:
        """Keep the files that came, remove one, or go on when nothing is missing."""
        removed = self.request.POST.get("remove", "")
        if removed:
            remove_file(self.actor, removed, Material.objects.filter(draft=self.draft))
            return redirect(self._href(MATERIALS))
        clean, _ = pages.read_all(self.service, _typed(self.draft), timezone.localdate())
        asked = [material for material in asked_materials(self.service, clean) if material.way == "upload"]
        errors = take_files(
            self.request, self.actor, [material.code for material in asked], draft_id=self.draft.pk
        )
        act = self.request.POST.get("act")
        if act == "leave" and not errors:
            return redirect(reverse(self.place.leave, args=[self.service.code, self.draft.pk]))
        if act == "next" and not errors:
            present = set(self.draft.materials.exclude(stored="").values_list("code", flat=True))
            for material in missing_materials(self.service, clean, present):
                if material.way == "upload":
                    errors[material.code] = "请上传这项材料"
        if errors:
            names = {material.code: material.name for material in asked}
            told = [
                (f"f-{code}" if code else "", f"{names.get(code, '上传')}：{text}")
                for code, text in errors.items()
            ]
            return self.materials(told, errors)
        if act == "next":
            self._save({}, self.number + 1)
            return self._onward()
        return redirect(self._href(MATERIALS))

    # --- check and submit

    def check(self, faults: list[tuple[str, str]], status: int = 200) -> HttpResponse:
        """Show everything once more, with ways to change it, what is still missing, and what is promised by sending."""
        clean, wrong = pages.read_all(self.service, _typed(self.draft), timezone.localdate())
        present = set(self.draft.materials.exclude(stored="").values_list("code", flat=True))
        missing = missing_materials(self.service, clean, present)
        todo = [
            (
                self._href(path.partition(".")[0], f"?to=check#{pages.field_id(path)}"),
                f"{fault.label}：{fault.text}",
            )
            for path, fault in wrong.items()
        ]
        todo += [
            (self._href(MATERIALS, f"?to=check#f-{item.code}"), f"请上传“{item.name}”") for item in missing
        ]
        typed = _typed(self.draft)
        context = self._context(faults) | {
            "todo": todo, "sections": pages.summaries(self.service, clean), "materials": asked_materials(self.service, clean),
            "kept": kept_files(self.place, self.draft.materials.all()), "sources": dict(SOURCES),
            "seen": _mark({each.code: typed.get(each.code) for each in self.service.form}),
            "signed": typed.get("commitments") or [], "agreed": typed.get("consent") is True,
            "wrong": dict(faults), "links": {each.code: self._href(each.code, "?to=check") for each in self.listed},
            "communities": _communities(self.actor, self.draft, clean), "community": self.request.POST.get("community", ""),
            "prove": self.actor.kind == "citizen" and proof_level(self.actor) < LEVELS[self.service.proof.submit],
        }  # fmt: skip
        return page(self.request, "apply_check", context, status)


#: Chosen by whoever does not know their community: the district finds it.
UNKNOWN = "0"


def _communities(actor: Actor, draft: Draft, clean: dict[str, Any]) -> dict[str, str]:
    """The communities to choose from, where nothing tells where the application belongs; else nothing is asked."""
    person = draft.for_person_id or actor.person_id
    if actor.kind == "staff" or actions.place_is_known(actor, person, clean):
        return {}
    return {**{str(key): name for key, name in actions.communities()}, UNKNOWN: "不清楚，请帮我确认"}


def _rows(
    most: int, code: str, typed: list[dict[str, Any]], data: QueryDict
) -> tuple[list[dict[str, Any]], str]:
    """Rows after a press of "add" or "remove", and where on the page to come back to (nothing: neither was pressed)."""
    removed = data.get("remove", "")
    if removed.isascii() and removed.isdecimal() and len(removed) < 4:
        place = int(removed)
        return [row for number, row in enumerate(typed) if number != place], "#rows"
    filled = pages.filled_rows(typed)
    if data.get("act") == "add":
        return ([*filled, {}] if len(filled) < most else filled), f"#row-{min(len(filled), most - 1)}"
    return filled, ""


def kept_files(place: Place, rows: Any) -> dict[str, list[tuple[str, str, str, str]]]:
    """Files by material, as the upload macro lists them."""
    kept: dict[str, list[tuple[str, str, str, str]]] = {}
    for row in sorted((row for row in rows if row.stored), key=lambda row: row.pk):
        size = (
            f"{row.size / 1024 / 1024:.1f} MB"
            if row.size >= 1024 * 1024
            else f"{max(1, row.size // 1024)} KB"
        )
        kept.setdefault(row.code, []).append(
            (row.file_name, size, str(row.pk), reverse(place.material, args=[row.pk]))
        )
    return kept


def take_files(request: HttpRequest, actor: Actor, codes: list[str], **owner: int) -> dict[str, str]:
    """Attach every file that came to its material; what was refused, by material (an empty code: the whole request)."""
    errors: dict[str, str] = {}
    if getattr(request, TOO_LARGE, False):
        return {"": f"一次上传的文件合计超过 {UPLOAD_BYTES_MAX // 1024 // 1024} MB，请分几次上传"}
    for code in codes:
        for file in request.FILES.getlist(code):
            try:
                actions.attach_material(actor, code, file.name or "", file.read(SIZE_MAX + 1), **owner)
            except InputError as error:
                errors[code] = f"“{(file.name or '')[:40]}”没有上传：{error}"
    return errors


def remove_file(actor: Actor, given: str, among: Any) -> None:
    """Remove one file by its id, when it is among these."""
    if (
        not (given.isascii() and given.isdecimal() and len(given) < 19)
        or not among.filter(pk=int(given)).exists()
    ):
        raise NotThere
    actions.remove_material(actor, int(given))


def _submit(
    request: HttpRequest, actor: Actor, place: Place, service: Service, draft_id: int
) -> HttpResponse:
    """Send the application. Pressed twice, or again from an old window, it leads to the same receipt."""
    key, data = request.POST.get("key", ""), request.POST
    try:
        draft = access_draft(actor, draft_id)
    except NotThere:
        return _sent_before(actor, place, draft_id, key)
    if draft.service != service.code:
        raise NotThere
    codes = [item.code for item in service.commitments if data.get(f"commit-{item.code}") == "yes"]
    clean, _ = pages.read_all(service, _typed(draft), timezone.localdate())
    listed = pages.pages_of(service, clean)
    view = _View(request, actor, place, service, draft, listed, len(listed) - 1)
    agreed = data.get("consent") == "yes"
    now = _mark({each.code: _typed(draft).get(each.code) for each in service.form})
    if data.get("seen", now) != now:
        return view.check([("", "填写的内容刚在别的窗口改过，还没有提交；请重新核对后再提交")], 400)
    faults = [
        (f"f-commit-{item.code}", f"请阅读并勾选承诺：{item.text[:16]}…")
        for item in service.commitments if item.required and item.code not in codes
    ]  # fmt: skip
    offered, chosen = _communities(actor, draft, clean), data.get("community", "")
    if offered and chosen not in offered:
        faults.append(("f-community", "请选择您住的社区，不清楚的选最后一项"))
    community = int(chosen) if offered and chosen in offered and chosen != UNKNOWN else None
    rows = {
        group.code: pages.filled_rows(_typed(draft).get(group.code)) for group in service.form if group.table
    }
    try:
        view._save({**rows, "commitments": codes, "consent": agreed}, len(listed) - 1)
        if faults:
            return view.check(faults, 400)
        case = actions.submit(actor, draft.pk, key, community_id=community)
    except NotThere:  # pressed twice, and the other press was faster
        return _sent_before(actor, place, draft_id, key)
    except InputError as error:
        # what is wrong on the pages is listed there with its links; only the rest is said here
        _, wrong = pages.read_all(service, _typed(draft), timezone.localdate())
        known = {str(fault.error()) for fault in wrong.values()}
        rest = [
            (field, text)
            for field, text in sentences(error)
            if text not in known and "请上传这项材料" not in text
        ]
        return view.check(rest, 400)
    return redirect(place.receipt, case.number)


def _sent_before(actor: Actor, place: Place, draft_id: int, key: str) -> HttpResponse:
    """The receipt of what was sent under this key; where nothing was, there is no such draft."""
    try:
        case = actions.submit(actor, draft_id, key)
    except InputError as error:
        raise NotThere from error
    return redirect(place.receipt, case.number)
