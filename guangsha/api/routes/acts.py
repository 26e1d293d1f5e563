"""Acts of staff on cases, carried by another system of the agency: the forms of the office, the same rules and actions.

Each needs the scope of the key and the session of a person (``guangsha.api.staff``). What burdens a citizen is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from ninja import Field, Schema
from ninja.responses import Status

from guangsha.api.guard import machine_of_request
from guangsha.api.once import once
from guangsha.api.routes.cases import Receipt, receipt
from guangsha.api.schemas import (
    Given,
    IdempotencyKey,
    IfMatch,
    Named,
    Number,
    Short,
    StaffSession,
    Text,
    version_in,
)
from guangsha.api.staff import LIFE_SECONDS, open_session, staff_of
from guangsha.api.surface import operation, room
from guangsha.areas.intake.access import access_case
from guangsha.areas.intake.queries import case_page
from guangsha.areas.intake.rules import EDGES
from guangsha.areas.office import acts

router = room("acts")


class SignIn(Given):
    """Who acts, and the code that says that they are there."""

    login: str = Field(min_length=1, max_length=60, description="经办人的登录名")
    code: str = Field(min_length=6, max_length=6, pattern=r"^\d{6}$", description="动态口令（六位）")


class SessionGiven(Schema):
    """What the acts of the next half hour carry."""

    session: str = Field(description="放在 X-Staff-Session 请求头中")
    seconds: int = Field(description="有效秒数")
    name: str
    roles: list[str]


class FieldOfAct(Schema):
    """A field of the form of an act."""

    name: str
    label: str
    required: bool
    choices: list[Named]


class ActOffered(Schema):
    """An act that this person may do now."""

    act: str
    label: str
    hint: str
    fields: list[FieldOfAct]


class ActList(Schema):
    """The acts that this person may do now."""

    acts: list[ActOffered]


class NoWords(Given):
    """Nothing to say."""


class Note(Given):
    """A note."""

    text: Text = Field("", description="说明")


class Why(Given):
    """A reason."""

    text: str = Field(min_length=1, max_length=4000, description="理由")


class Asked(Given):
    """What is missing, told once."""

    items: dict[str, Short] = Field(min_length=1, max_length=40, description="材料代码和缺什么、哪里不符")
    text: Text = Field("", description="其他说明")


class OpinionGiven(Given):
    """What was found."""

    verdict: Literal["pass", "fail", "return"] = Field(
        description="pass 通过，fail 不通过，return 退回上一步"
    )
    checked: list[int] = Field([], max_length=60, description="已核对的清单项（从 0 起）；通过须逐项核对")
    reasons: list[Short] = Field([], max_length=40, description="不通过的理由代码")
    text: Text = Field("", description="说明")


class Approval(Given):
    """A decision in favour; a refusal is decided on the pages of the office."""

    outcome: Literal["approved"] = Field(description="只能是 approved；不予批准由人在办公页面作出")
    text: Text = Field("", description="补充说明，会写进决定书")


class Return(Given):
    """Back to an earlier step."""

    step: str = Field(min_length=1, max_length=30, description="退回到哪一步（步骤代码）")
    text: str = Field(min_length=1, max_length=4000, description="理由")


class Assign(Given):
    """To a colleague."""

    to: int = Field(ge=1, le=10**15, description="工作人员编号，见办理表单的选项")


class Serve(Given):
    """How it was served."""

    way: Literal["网上送达", "窗口领取", "邮寄送达", "上门送达"] = Field(description="送达方式")


class Extend(Given):
    """By how much, and why."""

    workdays: int = Field(ge=1, le=10, description="延长几个工作日")
    text: str = Field(min_length=1, max_length=4000, description="理由，会告知申请人")


class Pause(Given):
    """What is waited for."""

    reason: Literal["appraisal", "hearing"] = Field(
        description="appraisal 鉴定、评估，hearing 听证、听取说明"
    )
    text: str = Field(min_length=1, max_length=4000, description="说明，会告知申请人")


#: act → what it asks for. Not offered: refuse_acceptance, suspend, adjust, terminate, revoke, and refusal by ``decide``.
BODIES: Mapping[str, type[Given]] = {
    "accept": Note, "request_supplement": Asked, "go_on_without": Note, "assign": Assign, "give_opinion": OpinionGiven,
    "return_to": Return, "publish_notice": NoWords, "decide": Approval, "serve": Serve, "extend_limit": Extend,
    "pause": Pause, "restart": Note, "archive": NoWords,
}  # fmt: skip


def typed(body: Given) -> QueryDict:
    """A body as the form of the office would send it."""
    post = QueryDict(mutable=True)
    for name, value in body.model_dump().items():
        if isinstance(value, dict):
            post.setlist("item", list(value))
            for code, words in value.items():
                post[f"why.{code}"] = words
        elif isinstance(value, list):
            post.setlist(name, [str(item) for item in value])
        else:
            post[name] = str(value)
    return post


@operation(
    router, "POST", "/staff-sessions", scope="cases:act", summary="经办人凭动态口令换取办理凭据", gives={201: SessionGiven}
)  # fmt: skip
def open_staff_session(request: HttpRequest, body: SignIn) -> Status[Any]:
    """The person types the code of this moment into the calling system; it opens half an hour of acts within their posts."""
    session, actor = open_session(machine_of_request(request), body.login, body.code)
    return Status(
        201, {"session": session, "seconds": LIFE_SECONDS, "name": actor.name, "roles": sorted(actor.roles)}
    )


@operation(
    router,
    "GET",
    "/cases/{number}/acts",
    scope="cases:act",
    summary="经办人现在可以办理的动作",
    gives=ActList,
)
def list_acts(request: HttpRequest, number: Number, x_staff_session: StaffSession = "") -> Any:
    """The forms that the office would offer this person now, as far as the API carries them."""
    actor = staff_of(request, x_staff_session)
    offered = acts.forms_of(case_page(access_case(actor, number), actor))
    return {
        "acts": [
            {
                "act": form.act, "label": form.label, "hint": form.hint,
                "fields": [
                    {"name": item["name"], "label": item["label"], "required": bool(item.get("required")),
                     "choices": [{"code": code, "name": name} for code, name in (item.get("choices") or {}).items()]}
                    for item in form.fields
                ],
            }
            for form in offered
            if form.act in BODIES
        ]
    }  # fmt: skip


def _declare(act: str, body_type: type[Given]) -> Callable[..., Status[Any]]:
    def run(
        request: HttpRequest,
        number: Number,
        body: Any,
        if_match: IfMatch = "",
        x_staff_session: StaffSession = "",
        idempotency_key: IdempotencyKey = "",
    ) -> Status[Any]:
        actor = staff_of(request, x_staff_session)
        case, version = access_case(actor, number), version_in(if_match)

        def work() -> Schema:
            acts.RUN[act](actor, case, version, typed(body), MultiValueDict())
            return receipt(request, case)

        return once(request, idempotency_key, work, status=200, needed=False)

    run.__annotations__["body"] = body_type
    run.__name__ = f"act_{act}"
    run.__doc__ = None
    operation(
        router, "POST", f"/cases/{{number}}/acts/{act}", scope="cases:act", summary=EDGES[act].label, gives=Receipt,
        refuses=(409, 412, 428),
    )(run)  # fmt: skip
    return run


for _act, _body in BODIES.items():
    _declare(_act, _body)
