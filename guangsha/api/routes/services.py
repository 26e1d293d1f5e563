"""The catalogue: what can be applied for, and what is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Schema

from guangsha.api.schemas import Code, Named
from guangsha.api.surface import operation, room
from guangsha.areas.intake import catalogue
from guangsha.areas.intake.catalogue import services
from guangsha.kernel.numbers import plain
from guangsha.people.access import NotThere
from guangsha.people.roles import ROLES

router = room("services")


class ServiceBrief(Schema):
    """One service in the list."""

    code: str = Field(description="事项代码")
    name: str = Field(description="事项名称")
    group: str = Field(description="分类")
    summary: str = Field(description="一句话说明")
    audience: list[str] = Field(description="办理对象：citizen 群众，enterprise 企业")
    instant: bool = Field(description="即时办结，不需要申请")
    promised_workdays: int | None = Field(description="承诺办结工作日")
    legal_workdays: int | None = Field(description="法定办结工作日")
    fee: str = Field(description="收费")
    version: str = Field(description="事项内容的摘要；变了就是改过")


class ServiceList(Schema):
    """The catalogue."""

    services: list[ServiceBrief]


class BasisShown(Schema):
    """A law that the service stands on."""

    title: str
    number: str
    articles: list[str]


class MaterialShown(Schema):
    """A material that may be asked."""

    code: str
    name: str
    way: str = Field(description="verified 数据核验代替，upload 上传，promise 告知承诺")
    required: bool
    source: str
    help: str


class StepShown(Schema):
    """One review."""

    code: str
    name: str
    role: str = Field(description="办理岗位代码")
    role_name: str
    workdays: int
    people: int = Field(description="须几人意见一致")


class Commitment(Schema):
    """A statement to be signed with the application."""

    code: str
    text: str
    required: bool


class ServiceFull(ServiceBrief):
    """Everything about a service but its form."""

    basis: list[BasisShown]
    conditions: list[str]
    materials: list[MaterialShown]
    steps: list[StepShown]
    commitments: list[Commitment]
    consent: list[str] = Field(description="经申请人同意可核验的数据来源")
    publicity_days: int | None = Field(description="公示天数")
    outcomes: list[Named]
    reasons: list[Named] = Field(description="不予批准的法定理由")
    remedies: list[str]


class When(Schema):
    """A condition on an answer given before."""

    group: str
    name: str
    values: list[str | bool]


class FieldShown(Schema):
    """One question."""

    name: str
    label: str
    kind: str = Field(description="类型，见 docs/services.md")
    required: bool
    help: str
    max: int = Field(description="文字最多几个字")
    least: str | None
    most: str | None
    choices: list[Named]
    when: When | None


class TableShown(Schema):
    """Rows of the same questions."""

    min: int
    max: int
    row: str


class GroupShown(Schema):
    """One group of questions."""

    code: str
    title: str
    help: str
    table: TableShown | None
    fields: list[FieldShown]
    when: When | None


class FormShown(Schema):
    """The form of a service."""

    service: str
    version: str
    groups: list[GroupShown]


def found_service(code: str) -> catalogue.Service:
    """A service of the catalogue.

    Raises:
        NotThere: there is none.
    """
    found = services().get(code)
    if found is None:
        raise NotThere
    return found


def _brief(item: catalogue.Service) -> dict[str, Any]:
    names = ("code", "name", "group", "summary", "instant", "promised_workdays", "legal_workdays", "fee", "version")  # fmt: skip
    return {name: getattr(item, name) for name in names} | {"audience": list(item.audience)}


@operation(router, "GET", "/services", scope="services:read", summary="事项目录", gives=ServiceList)
def list_services(
    request: HttpRequest,
    audience: Annotated[
        Literal["", "citizen", "enterprise"],
        Query(description="只要这类对象的：citizen 群众，enterprise 企业"),
    ] = "",
) -> Any:
    """Every service, in the order of their numbers."""
    return {
        "services": [
            _brief(item) for item in services().values() if not audience or audience in item.audience
        ]
    }


@operation(router, "GET", "/services/{code}", scope="services:read", summary="一个事项", gives=ServiceFull)
def show_service(request: HttpRequest, code: Code) -> Any:
    """One service."""
    item = found_service(code)
    plan = item.decision
    return _brief(item) | {
        "basis": [
            {"title": one.title, "number": one.number, "articles": list(one.articles)} for one in item.basis
        ],
        "conditions": [one.text for one in item.conditions],
        "materials": [
            {"code": one.code, "name": one.name, "way": one.way, "required": one.required, "source": one.source, "help": one.help}
            for one in item.materials
        ],
        "steps": [
            {"code": one.code, "name": one.name, "role": one.role, "role_name": ROLES.get(one.role, one.role),
             "workdays": one.workdays, "people": one.people}
            for one in item.steps
        ],
        "commitments": [
            {"code": one.code, "text": one.text, "required": one.required} for one in item.commitments
        ],
        "consent": list(item.consent.sources) if item.consent else [],
        "publicity_days": item.publicity.days if item.publicity else None,
        "outcomes": [{"code": code, "name": name} for code, name in plan.outcomes.items()] if plan else [],
        "reasons": [{"code": one.code, "name": f"{one.text}（{one.article}）"} for one in plan.reasons] if plan else [],
        "remedies": list(item.remedies),
    }  # fmt: skip


def _when(when: catalogue.When | None) -> dict[str, Any] | None:
    return None if when is None else {"group": when.group, "name": when.name, "values": list(when.values)}


def _bound(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


@operation(
    router, "GET", "/services/{code}/form", scope="services:read", summary="事项的申请表", gives=FormShown
)
def show_form(request: HttpRequest, code: Code) -> Any:
    """The questions of a service; answers are sent to /drafts under group and name."""
    item = found_service(code)
    groups = [
        {
            "code": group.code, "title": group.title, "help": group.help, "when": _when(group.when),
            "table": {"min": group.table.min, "max": group.table.max, "row": group.table.row} if group.table else None,
            "fields": [
                {"name": one.name, "label": one.label, "kind": one.kind, "required": one.required, "help": one.help,
                 "max": one.max, "least": _bound(one.least), "most": _bound(one.most), "when": _when(one.when),
                 "choices": [{"code": value, "name": name} for value, name in one.choices.items()]}
                for one in group.fields
            ],
        }
        for group in item.form
    ]  # fmt: skip
    return {"service": item.code, "version": item.version, "groups": groups}
