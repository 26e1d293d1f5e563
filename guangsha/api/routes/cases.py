"""Cases by number: where one is, what happened, what comes next and by when; and what its owner may do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Schema
from ninja.responses import Status

from guangsha.api.guard import machine_of_request, send_header
from guangsha.api.once import once
from guangsha.api.schemas import (
    PAGE_USUAL,
    After,
    Given,
    IdempotencyKey,
    IdempotencyNeeded,
    IfMatch,
    Key,
    Limit,
    Number,
    Short,
    Text,
    cut,
    tag_of,
    version_in,
)
from guangsha.api.surface import operation, room
from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_case, cases_of
from guangsha.areas.intake.actions.base import plan_of
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.queries import STATE_NAMES, case_limits, step_name, timeline
from guangsha.areas.portal.queries import next_words, responsible
from guangsha.areas.verification.models import Verification
from guangsha.people.access import NotThere

router = room("cases")
_LISTED = ("id", "number", "service", "label", "state", "step", "agency__name", "submitted_at", "step_due_on", "channel", "version")  # fmt: skip


class CaseBrief(Schema):
    """One case in a list; nothing in it says who the person is."""

    number: str = Field(description="办件编号")
    service: str = Field(description="事项代码")
    service_name: str
    applicant: str = Field(description="申请人（遮盖）")
    state: str = Field(description="状态代码")
    state_name: str = Field(description="状态或步骤的名称")
    agency: str = Field(description="承办机构")
    channel: str = Field(description="渠道")
    submitted_at: datetime
    due_on: date | None = Field(description="本步骤期限")
    version: int


class CasePage(Schema):
    """A page of cases, the newest first."""

    cases: list[CaseBrief]
    next: str | None


class MomentShown(Schema):
    """One point on the line of a case."""

    title: str
    text: str
    at: datetime | None
    state: str = Field(description="done 已过，now 现在，next 将来")
    due: date | None


class LimitsShown(Schema):
    """The limits of a case as of today."""

    promised_on: date | None = Field(description="承诺办结日")
    legal_on: date | None = Field(description="法定办结日")
    used_workdays: int = Field(description="已用工作日（不含停表）")
    running: bool = Field(description="是否正在计时")
    estimate: bool


class MaterialOfCase(Schema):
    """One material of a case."""

    id: int
    code: str
    name: str
    state: str
    comment: str
    file: bool = Field(description="有文件可下载")


class DecisionShown(Schema):
    """One decision."""

    number: str = Field(description="文号")
    outcome: str
    decided_at: datetime
    served_at: datetime | None


class CaseFull(CaseBrief):
    """A case: where it is, what happened, what comes next and by when. Answers are not handed out."""

    outcome: str
    next_words: str = Field(description="接下来会怎样")
    responsible: str = Field(description="现在由谁办理")
    timeline: list[MomentShown]
    limits: LimitsShown
    materials: list[MaterialOfCase]
    decisions: list[DecisionShown]
    differences_to_explain: list[int] = Field(description="核验不一致、须听取说明的核验编号")


class Words(Given):
    """A reason or explanation."""

    text: Text = Field(description="说明或理由")


class Rate(Given):
    """好差评."""

    grade: int = Field(ge=1, le=5, description="5 非常满意 … 1 非常不满意")
    tags: list[Short] = Field([], max_length=10, description="标签")
    text: str = Field("", max_length=500)


class RatingGiven(Schema):
    """The rating was taken."""

    number: str
    grade: int


def brief(row: dict[str, Any]) -> dict[str, Any]:
    """A row of :data:`_LISTED` as it is handed out."""
    known = services().get(row["service"])
    return {
        "number": row["number"], "service": row["service"], "service_name": known.name if known else row["service"],
        "applicant": row["label"], "state": row["state"], "state_name": step_name(row["service"], row["state"], row["step"]),
        "agency": row["agency__name"], "channel": row["channel"], "submitted_at": row["submitted_at"],
        "due_on": row["step_due_on"], "version": row["version"],
    }  # fmt: skip


def brief_of(case: Case) -> dict[str, Any]:
    """The same from a case."""
    row = {name: getattr(case, name) for name in _LISTED if name != "agency__name"}
    return brief({**row, "agency__name": case.agency.name})


class Receipt(CaseBrief):
    """A case after an act."""


def receipt(request: HttpRequest, case: Case) -> Receipt:
    """The case after an act, with its new version as the ETag."""
    fresh = Case.objects.select_related("agency").get(pk=case.pk)
    send_header(request, "ETag", tag_of(fresh.version))
    return Receipt(**brief_of(fresh))


@operation(router, "GET", "/cases", scope="cases:read", summary="办件列表", gives=CasePage)
def list_cases(
    request: HttpRequest,
    state: Annotated[str, Query(max_length=16, description="状态代码")] = "",
    service: Annotated[str, Query(max_length=40, description="事项代码")] = "",
    channel: Annotated[
        Literal["", "online", "window", "proxy", "api", "proactive"], Query(description="渠道")
    ] = "",
    mine: Annotated[bool, Query(description="只要这把密钥提交的")] = False,
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Cases of the key's agencies, the newest first."""
    actor = machine_of_request(request).actor
    rows = cases_of(actor)
    for name, value in (("state", state), ("service", service), ("channel", channel)):
        if value:
            rows = rows.filter(**{name: value})
    if mine:
        rows = rows.filter(account_id=actor.account_id)
    found, following = cut(rows.values(*_LISTED), after, limit)
    return {"cases": [brief(row) for row in found], "next": following}


@operation(router, "GET", "/cases/{number}", scope="cases:read", summary="一个办件", gives=CaseFull)
def show_case(request: HttpRequest, number: Number) -> Any:
    """The case with its timeline; its version is the ETag."""
    case = access_case(machine_of_request(request).actor, number)
    chosen = plan_of(case)
    limits = case_limits(case)
    send_header(request, "ETag", tag_of(case.version))

    def name_of(code: str) -> str:
        found = chosen.material(code)
        return found.name if found else code

    return brief_of(case) | {
        "outcome": case.outcome, "next_words": next_words(case.state), "responsible": responsible(case, chosen),
        "timeline": [
            {"title": one.title, "text": one.text, "at": one.at, "state": one.state, "due": one.due} for one in timeline(case)
        ],
        "limits": {
            "promised_on": limits.promised_on, "legal_on": limits.legal_on, "used_workdays": limits.used_workdays,
            "running": limits.running, "estimate": limits.estimate,
        },
        "materials": [
            {"id": one.pk, "code": one.code, "name": name_of(one.code), "state": one.state, "comment": one.comment, "file": bool(one.stored)}
            for one in case.materials.order_by("code", "id")
        ],
        "decisions": [
            {"number": one.number, "outcome": one.outcome, "decided_at": one.decided_at, "served_at": one.served_at}
            for one in case.decisions.order_by("id").only("number", "outcome", "decided_at", "served_at")
        ],
        "differences_to_explain": list(
            Verification.objects.filter(case_number=case.number, outcome="mismatch", heard_at=None).order_by("id").values_list("id", flat=True)
        ),
    }  # fmt: skip


class StateList(Schema):
    """The states."""

    states: dict[str, str]


@operation(router, "GET", "/case-states", scope="cases:read", summary="办件状态代码", gives=StateList)
def list_states(request: HttpRequest) -> Any:
    """Every state of a case."""
    return {"states": dict(STATE_NAMES)}


#: What an act of the owner may be refused with.
_OWNER: tuple[int, ...] = (409, 412, 428)


@operation(
    router, "POST", "/cases/{number}/supply", scope="cases:write", summary="补正完成", gives=Receipt, refuses=_OWNER,
)  # fmt: skip
def supply_case(
    request: HttpRequest, number: Number, if_match: IfMatch = "", idempotency_key: IdempotencyKey = ""
) -> Status[Any]:
    """Everything that was asked for has been uploaded (POST /cases/{number}/materials): go on."""
    actor, version = machine_of_request(request).actor, version_in(if_match)
    case = access_case(actor, number)
    return once(
        request, idempotency_key, lambda: receipt(request, actions.supply(actor, case.pk, version)), status=200, needed=False
    )  # fmt: skip


@operation(
    router, "POST", "/cases/{number}/withdraw", scope="cases:write", summary="撤回申请", gives=Receipt, refuses=_OWNER,
)  # fmt: skip
def withdraw_case(
    request: HttpRequest, number: Number, body: Words, if_match: IfMatch = "", idempotency_key: IdempotencyKey = ""
) -> Status[Any]:  # fmt: skip
    """The applicant takes the application back."""
    actor, version = machine_of_request(request).actor, version_in(if_match)
    case = access_case(actor, number)
    return once(
        request, idempotency_key,
        lambda: receipt(request, actions.withdraw(actor, case.pk, version, body.text)), status=200, needed=False,
    )  # fmt: skip


@operation(
    router, "POST", "/cases/{number}/remedies", scope="cases:write", summary="申请复核", gives={201: Receipt}, refuses=_OWNER,
)  # fmt: skip
def ask_remedy(
    request: HttpRequest, number: Number, body: Words, idempotency_key: IdempotencyNeeded, if_match: IfMatch = ""
) -> Status[Any]:  # fmt: skip
    """The applicant asks for the decision to be examined again."""
    actor, version = machine_of_request(request).actor, version_in(if_match)
    case = access_case(actor, number)

    def work() -> Schema:
        actions.ask_remedy(actor, case.pk, version, body.text)
        return receipt(request, case)

    return once(request, idempotency_key, work)


@operation(
    router, "POST", "/cases/{number}/differences/{verification}", scope="cases:write", summary="对核验不一致的说明",
    gives=Receipt, refuses=(409,),
)  # fmt: skip
def explain_difference(
    request: HttpRequest, number: Number, verification: Key, body: Words, idempotency_key: IdempotencyNeeded
) -> Status[Any]:
    """The applicant explains a difference that verification found."""
    actor = machine_of_request(request).actor
    case = access_case(actor, number)
    if not Verification.objects.filter(pk=verification, case_number=case.number).exists():
        raise NotThere

    def work() -> Schema:
        actions.explain(actor, case.pk, verification, body.text)
        return receipt(request, case)

    return once(request, idempotency_key, work, status=200)


@operation(
    router, "POST", "/cases/{number}/rating", scope="cases:write", summary="好差评", gives={201: RatingGiven}, refuses=(409,),
)  # fmt: skip
def rate_case(
    request: HttpRequest, number: Number, body: Rate, idempotency_key: IdempotencyKey = ""
) -> Status[Any]:
    """The applicant rates a closed case, once."""
    actor = machine_of_request(request).actor
    case = access_case(actor, number)

    def work() -> Schema:
        rating = actions.rate(actor, case.pk, body.grade, body.tags, body.text)
        return RatingGiven(number=case.number, grade=rating.grade)

    return once(request, idempotency_key, work, needed=False)
