"""Pages of leases for staff: the list, one lease on one screen, the acts on it, violations, the contract, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.registry.access import households_of
from guangsha.areas.stock.access import dwellings_of
from guangsha.areas.tenancy import actions, queries
from guangsha.areas.tenancy.access import (
    access_ban,
    access_change,
    access_exit,
    access_grant,
    access_hearing,
    access_lease,
    access_violation,
)
from guangsha.areas.tenancy.facts import LEASE_STATES
from guangsha.areas.tenancy.models_ban import BanLift
from guangsha.areas.tenancy.models_exit import Ban
from guangsha.areas.tenancy.office_case_forms import (
    BAN_OFFERS,
    CHANGE_OFFERS,
    EXIT_OFFERS,
    GRANT_OFFERS,
    HEARERS,
    HEARING_FORM,
    VIOLATION_OFFERS,
)
from guangsha.areas.tenancy.office_forms import LEASE_OFFERS, Offer, today_text, whole_of
from guangsha.areas.tenancy.rules import ACTORS, INSPECTORS, LEASERS, READERS
from guangsha.areas.tenancy.terms import contract, tier_name
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.pdf import write_pdf
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy import files
from guangsha.privacy.masks import mask_name
from guangsha.web.act_forms import Field, act_page, acting, day_of, faults_of, keep, read_answers, text
from guangsha.web.forms import page_number

PAGE = 30
SCOPES = {
    "todo": "待办",
    "active": "在租",
    "ending": "半年内期满",
    "leaving": "腾退中",
    "ended": "已终止",
    "all": "全部",
}
TONES = {
    "pending_sign": "wait", "active": "good", "renewing": "wait", "notice": "ask", "transition": "ask", "holding_over": "bad",
    "litigation": "bad", "ended": "quiet",
}  # fmt: skip
VIOLATION_TONES = {"decided": "ask", "remedied": "good", "closed": "quiet", "dismissed": "quiet"}
EXIT_TONES = {"done": "quiet", "withdrawn": "quiet", "holding_over": "bad", "court": "bad", "demanded": "bad"}
GRANT_TONES = {"active": "good", "asked": "wait", "stopped": "quiet", "expired": "quiet", "refused": "quiet"}
FILE_MAX = 10 * 1024 * 1024
KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"%PDF": "application/pdf"}
WRITERS = {
    "docx": (write_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (write_pdf, "application/pdf"),
}


def show(request: HttpRequest, page: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the room, never kept by anybody on the way."""
    answer = render(request, f"tenancy/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def offered(offers: Mapping[str, Offer], found: Any, roles: frozenset[str]) -> list[tuple[str, str, bool]]:
    """The acts that somebody with these roles may do now: code, title, whether it takes something away."""
    return [
        (code, offer.form.title, offer.form.danger)
        for code, offer in offers.items()
        if found.state in offer.states and roles & offer.roles and offer.when(found)
    ]


@staff(*READERS)
@require_GET
def leases(request: HttpRequest) -> HttpResponse:
    """Leases by what they wait for; decided cases that wait for something to be mended stand above them."""
    actor = acting(request)
    wanted = request.GET.get("q", "").strip()[:60]
    scope = request.GET.get("scope", "todo")
    scope = "all" if wanted else scope if scope in SCOPES else "todo"
    page = Paginator(queries.listed(actor, scope, wanted), PAGE).get_page(page_number(request))
    rows = []
    for one in page.object_list:
        marks = [
            word
            for word, has in (("变更", one.open_change), ("凭证", one.open_grant), ("腾退", one.open_exit))  # type: ignore[attr-defined]
            if has
        ]
        rows.append(
            (one.number, mask_name(one.tenant.name), str(one.dwelling), one.rent_fen, one.starts_on, one.ends_on,
             one.get_state_display(), TONES[one.state], marks)
        )  # fmt: skip
    tally = queries.tally(actor)
    return show(
        request, "leases",
        {
            "page": page, "rows": rows, "scope": scope, "scopes": SCOPES, "q": wanted, "hindered": queries.hindered(actor),
            "tally": [(word, tally.get(code, 0)) for code, word in LEASE_STATES.items()],
            "may_open": actor.has(*LEASERS),
        },
    )  # fmt: skip


def _lift_of(ban: Ban) -> BanLift | None:
    """The proposal to lift a ban that waits for its decision."""
    return next((one for one in ban.lifts.all() if one.state == "proposed"), None)


@staff(*READERS)
@require_GET
def lease(request: HttpRequest, number: str) -> HttpResponse:
    """Everything of a lease on one screen."""
    actor = acting(request)
    found = access_lease(actor, number)
    roles = actor.roles_at(found.agency_id)
    file = queries.file_of(found)
    return show(
        request, "lease",
        {
            "lease": found, "tone": TONES[found.state], "file": file, "tier": tier_name(found.household_type),
            "next": queries.what_next(found), "acts": offered(LEASE_OFFERS, found, roles),
            "changes": [
                (one, [act for act in offered(CHANGE_OFFERS, one, roles) if act[0] != "confirm" or one.made_by_id != actor.account_id])
                for one in file.changes
            ],
            "exits": [
                (one, EXIT_TONES.get(one.state, "ask"), offered(EXIT_OFFERS, one, roles), queries.window_shown(one))
                for one in file.exits
            ],
            "bans": [(one, _lift_of(one), offered(BAN_OFFERS, one, roles)) for one in file.bans],
            "violations": [(one, VIOLATION_TONES.get(one.state, "wait")) for one in file.violations],
            "grants": [(one, GRANT_TONES[one.state], offered(GRANT_OFFERS, one, roles)) for one in file.grants],
            "may_hear": bool(roles & HEARERS), "may_upload": bool(roles & (LEASERS | INSPECTORS)),
        },
    )  # fmt: skip


def _crumbs(number: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [("租约", "office-leases", ()), (number, "office-lease", (number,))]


def act_on(
    request: HttpRequest, offers: Mapping[str, Offer], code: str, found: Any, version: int,
    crumbs: list[tuple[str, str, tuple[Any, ...]]], back: tuple[Any, ...], here: str = "leases",
) -> HttpResponse:  # fmt: skip
    """The form of one act, where it is offered to whoever asks.

    Raises:
        NotThere: it is not, or not now.
    """
    offer = offers.get(code)
    if (
        offer is None
        or found.state not in offer.states
        or not acting(request).has(*offer.roles)
        or not offer.when(found)
    ):
        raise NotThere
    return act_page(request, offer.form, found, here=here, crumbs=crumbs, version=version, back=back)


def _act(
    request: HttpRequest, offers: Mapping[str, Offer], code: str, found: Any, lease_number: str, version: int
) -> HttpResponse:
    return act_on(
        request, offers, code, found, version, _crumbs(lease_number), ("office-lease", lease_number)
    )


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def lease_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a lease."""
    found = access_lease(acting(request), number)
    return _act(request, LEASE_OFFERS, code, found, number, found.version)


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def change_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a change."""
    found = access_change(acting(request), key)
    return _act(request, CHANGE_OFFERS, code, found, found.lease.number, found.lease.version)


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def ban_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a ban."""
    found = access_ban(acting(request), key)
    return _act(request, BAN_OFFERS, code, found, found.lease.number, found.lease.version)


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def exit_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a way out."""
    found = access_exit(acting(request), number)
    return _act(request, EXIT_OFFERS, code, found, found.lease.number, found.version)


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def grant_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a credential."""
    found = access_grant(acting(request), key)
    return _act(request, GRANT_OFFERS, code, found, found.lease.number, found.version)


@staff(*HEARERS)
@require_http_methods(["GET", "POST"])
def hearing_act(request: HttpRequest, key: int) -> HttpResponse:
    """Note what a household says, at the window or by phone."""
    found = access_hearing(acting(request), key)
    if found.outcome:
        raise NotThere
    number = found.lease.number
    return act_page(
        request,
        HEARING_FORM,
        found,
        here="leases",
        crumbs=_crumbs(number),
        version=0,
        back=("office-lease", number),
    )


def _new_fields() -> list[Field]:
    return [
        text("household", "家庭档案号", max=24),
        text("dwelling", "房屋编号", max=32, help="空置可配的房屋；在房源页面查看编号。"),
        text("starts_on", "起租日期", kind="date", value=today_text()),
        text("months", "租期（月）", kind="number", required=False, help="不填按本地规定的月数。"),
        text(
            "pay_cycle",
            "缴租周期",
            kind="choice",
            choices={"month": "按月", "quarter": "按季"},
            value="month",
        ),
    ]


@staff(*LEASERS)
@require_http_methods(["GET", "POST"])
def new_lease(request: HttpRequest) -> HttpResponse:
    """A contract for a dwelling that stands vacant (空置房再出租、调换)."""
    actor = acting(request)
    fields = _new_fields()
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            household = (
                households_of(actor)
                .select_related("head", "agency")
                .filter(number=answers["household"])
                .first()
            )
            if household is None:
                raise InputError("没有这份档案", where="家庭档案号", advice="请核对档案号。")
            dwelling = dwellings_of(actor).select_related("estate").filter(code=answers["dwelling"]).first()
            if dwelling is None:
                raise InputError("没有这套房", where="房屋编号", advice="请核对编号。")
            made = actions.open_relet(actor, actions.Plan(
                household, household.head, dwelling, household.agency, day_of(answers["starts_on"], "起租日期"),
                whole_of(answers["months"], "租期（月）") if answers["months"] else None, answers["pay_cycle"] or "month",
            ))  # fmt: skip
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, "已建立合同，请签字后登记签约。")
            return redirect("office-lease", made.number)
    answer = render(
        request, "web/act_form.html",
        {
            "title": "新签合同", "fields": fields, "faults": faults, "version": 0, "danger": False, "here": "leases",
            "crumbs": [("租约", "office-leases", ())], "note": "租金按家庭档案和本地标准自动核定。选房签字的家庭，合同由选房结果建立。",
        },
        status=400 if faults else 200, using="jinja2",
    )  # fmt: skip
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*READERS)
@require_GET
def contract_file(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The contract as a file to print and sign."""
    found = access_lease(acting(request), number)
    return contract_answer(found, kind)


def contract_answer(found: Any, kind: str) -> HttpResponse:
    """The contract as a docx or pdf."""
    if kind not in WRITERS:
        raise NotThere
    write, content_type = WRITERS[kind]
    answer = HttpResponse(write(contract(found)), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.{kind}"'
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, number: str) -> HttpResponse:
    """Photos of the hand-overs and the scan of the contract: shown, and added."""
    actor = acting(request)
    found = access_lease(actor, number)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            added = 0
            for upload in request.FILES.getlist("files")[:20]:
                if (upload.size or 0) > FILE_MAX:
                    raise InputError(f"“{(upload.name or '')[:40]}”超过 10 MB", advice="请压缩后再上传。")
                data = upload.read()
                if not any(data.startswith(head) for head in KINDS):
                    raise InputError("只能上传 JPG、PNG 照片或 PDF", where="文件", advice="请重新选择。")
                actions.add_evidence(
                    actor,
                    number,
                    str(request.POST.get("what", ""))[:10],
                    name=upload.name or "照片",
                    data=data,
                )
                added += 1
            if not added:
                raise InputError("没有选择文件", where="文件", advice="请选择照片。")
        except InputError as error:
            faults = [("f-files", str(error))]
        else:
            messages.success(request, f"已上传 {added} 个文件。")
            return redirect("office-lease-files", number)
    choices = {row.kind: row.get_kind_display() for row in found.handovers.order_by("pk")}
    signed = list(found.sign_requests.filter(state="signed"))
    if signed:
        choices["contract"] = "已签合同扫描件"
    kept = [(row.get_kind_display(), photo) for row in found.handovers.order_by("pk") for photo in row.photos]
    kept += [("合同", {"stored": row.stored, "name": row.stored_name}) for row in signed if row.stored]
    may = bool(actor.roles_at(found.agency_id) & (LEASERS | INSPECTORS))
    return show(
        request, "evidence", {"lease": found, "choices": choices, "kept": kept, "faults": faults, "may": may},
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*READERS)
@require_GET
def evidence_file(request: HttpRequest, number: str, stored: str) -> HttpResponse:
    """One photo or scan of a lease."""
    found = access_lease(acting(request), number)
    names = {photo["stored"] for row in found.handovers.all() for photo in row.photos}
    names |= set(found.sign_requests.exclude(stored="").values_list("stored", flat=True))
    if stored not in names:
        raise NotThere
    data = files.load(stored, context=actions.EVIDENCE)
    kind = next((kind for head, kind in KINDS.items() if data.startswith(head)), "application/octet-stream")
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "no-store"
    return answer


# --- violations --------------------------------------------------------------------------------------------


@staff(*READERS)
@require_GET
def violations(request: HttpRequest) -> HttpResponse:
    """Suspected and decided breaches."""
    actor = acting(request)
    scope = "all" if request.GET.get("scope") == "all" else "open"
    page = Paginator(queries.violations_listed(actor, scope), PAGE).get_page(page_number(request))
    rows = [
        (one.number, one.get_kind_display(), mask_name(one.lease.tenant.name), str(one.lease.dwelling), one.found_on,
         one.get_state_display(), VIOLATION_TONES.get(one.state, "wait"))
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request,
        "violations",
        {"page": page, "rows": rows, "scope": scope, "scopes": {"open": "在办", "all": "全部"}},
    )


@staff(*READERS)
@require_GET
def violation(request: HttpRequest, number: str) -> HttpResponse:
    """One violation: the signal, the checks, the statement, what would follow, the decision."""
    actor = acting(request)
    found = access_violation(actor, number)
    roles = actor.roles_at(found.lease.agency_id)
    preview = None
    if found.state in ("hearing", "heard") and found.started_on is not None:
        preview = actions.consequences_of(found, timezone.localdate())
    return show(
        request, "violation",
        {
            "found": found, "lease": access_lease(actor, found.lease.number), "tone": VIOLATION_TONES.get(found.state, "wait"),
            "checks": list(found.checks.select_related("first_by", "second_by").order_by("on")),
            "hearing": getattr(found, "hearing", None), "clue": getattr(found, "clue", None), "preview": preview,
            "bans": list(found.bans.filter(lifted_on=None).select_related("person")),
            "acts": [
                act for act in offered(VIOLATION_OFFERS, found, roles) if act[0] != "decide" or found.made_by_id != actor.account_id
            ],
            "may_hear": bool(roles & HEARERS),
        },
    )  # fmt: skip


@staff(*ACTORS)
@require_http_methods(["GET", "POST"])
def violation_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a violation."""
    found = access_violation(acting(request), number)
    crumbs: list[tuple[str, str, tuple[Any, ...]]] = [
        ("违规处理", "office-violations", ()), (number, "office-violation", (number,)),
    ]  # fmt: skip
    return act_on(
        request,
        VIOLATION_OFFERS,
        code,
        found,
        found.version,
        crumbs,
        ("office-violation", number),
        "violations",
    )
