"""Departments that answer later push their answers here."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Schema

from guangsha.api.guard import machine_of_request
from guangsha.api.problems import Problem
from guangsha.api.schemas import Given, Number
from guangsha.api.surface import operation, room
from guangsha.areas.intake.access import cases_of
from guangsha.areas.verification import gateway
from guangsha.areas.verification.adapters import Answer
from guangsha.areas.verification.adapters.http import ANSWER_BYTES_MAX

router = room("verifications")


class AnswerGiven(Given):
    """The answer of a source (docs/operations/exchange.md)."""

    found: bool = Field(description="来源是否有这个人的数据")
    data: dict[str, Any] = Field({}, description="返回内容，各来源的格式见 docs/operations/exchange.md")
    data_as_of: date | None = Field(None, strict=False, description="数据截至日期")


class AnswerTaken(Schema):
    """What was made of it."""

    number: str
    outcome: str = Field(description="核验结果；先到的应答有效，重复送达不改变结果")


@operation(
    router, "PUT", "/verifications/{number}/answer", scope="verification:callback", summary="送回核验结果", gives=AnswerTaken
)  # fmt: skip
def take_answer(request: HttpRequest, number: Number, body: AnswerGiven) -> Any:
    """Hand in the answer to a question that this agency asked; sent twice it counts once."""
    if len(request.body) > ANSWER_BYTES_MAX:
        raise Problem("too-large", f"返回内容最多 {ANSWER_BYTES_MAX // 1024} KB。")
    actor = machine_of_request(request).actor
    answer = Answer(body.data if body.found else {}, body.data_as_of)
    try:
        row = gateway.receive(actor, number, answer, cases_of(actor).values("number"))
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        # a source that sends a text where a list belongs: nothing was kept, it may send again
        raise Problem("invalid", "返回内容的格式与该来源的约定不符，请对照文档检查。") from None
    return {"number": row.number, "outcome": row.outcome}
