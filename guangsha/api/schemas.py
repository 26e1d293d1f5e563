"""Shapes that several areas share, and the types of what comes in: bounded, and strict (a number is not a text)."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from django.db.models import Model, QuerySet
from ninja import Field, Header, Path, Query, Schema
from pydantic import AwareDatetime, ConfigDict, StringConstraints

from guangsha.api.problems import Problem

#: One page of any list; a caller who wants more asks for the next one.
PAGE_MAX = 100
PAGE_USUAL = 50
ID_MAX = 2**63 - 1
#: How far down a work queue is handed out: nobody works further, and counting that far costs.
DEPTH_MAX = 10_000

Number = Annotated[str, Path(min_length=1, max_length=64, description="编号")]
Key = Annotated[int, Path(ge=1, le=ID_MAX, description="编号")]
Code = Annotated[str, Path(min_length=1, max_length=40, description="代码")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="每页最多几条")]
After = Annotated[str, Query(max_length=60, description="上一页给出的 next；第一页不填")]
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="唯一编号（8 至 80 位字母、数字、-_.:）；同一编号重发不会重复办理",
    ),
]
IdempotencyNeeded = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=80,
        pattern=r"^[A-Za-z0-9_.:-]+$",
        description="必填：唯一编号（8 至 80 位字母、数字、-_.:）；同一编号重发不会重复办理",
    ),
]
IfMatch = Annotated[
    str,
    Header(alias="If-Match", max_length=60, description="依据的版本，即上次查到的 ETag"),
]
StaffSession = Annotated[
    str,
    Header(
        alias="X-Staff-Session",
        max_length=400,
        description="经办人凭动态口令换得的办理凭据（/staff-sessions）",
    ),
]
CitizenSession = Annotated[
    str,
    Header(
        alias="X-Citizen-Session",
        max_length=400,
        description="核验本人身份后换得的凭据（/citizen-sessions）",
    ),
]
Text = Annotated[str, StringConstraints(max_length=4000)]
Short = Annotated[str, StringConstraints(max_length=200)]


class Given(Schema):
    """What a caller sends: nothing beyond what is asked, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Proof(Given):
    """How the calling system made sure that somebody is who they say; kept in the log."""

    way: Literal["real_name_app", "face", "card_reader", "bank", "signed_paper"] = Field(
        description="real_name_app 实名认证的应用，face 人脸比对，card_reader 读证机，bank 银行核验，signed_paper 本人签字的授权书"
    )
    reference: str = Field(min_length=4, max_length=80, description="来源系统中的凭证编号，事后可查")
    proved_at: AwareDatetime = Field(strict=False, description="核验身份的时间，须写明时区")


class Fault(Schema):
    """One fault of a request."""

    where: str = Field(description="哪里")
    detail: str = Field(description="什么不对")


class Refusal(Schema):
    """RFC 9457."""

    type: str = Field(description="错误的固定代号，程序按它判断", examples=["urn:guangsha:problem:invalid"])
    title: str = Field(description="错误的类别")
    status: int = Field(description="HTTP 状态码")
    detail: str = Field(description="怎么回事、怎么办")
    errors: list[Fault] = Field([], description="逐处的错误")


class Named(Schema):
    """A code and what people call it."""

    code: str = Field(description="代码")
    name: str = Field(description="名称")


def cut(rows: QuerySet[Any], after: str, limit: int, *, newest: bool = True) -> tuple[list[Any], str | None]:
    """One page of ``rows`` by id, and the cursor of the next page (None: this was the last).

    Raises:
        Problem: ``after`` is no cursor.
    """
    last = read_cursor(after)
    if last is not None:
        rows = rows.filter(pk__lt=last) if newest else rows.filter(pk__gt=last)
    found = list(rows.order_by("-pk" if newest else "pk")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    end = found[-1] if found else None
    key = end.pk if isinstance(end, Model) else (end["id"] if end else 0)
    return found, write_cursor(key) if more else None


def cut_in_order(rows: QuerySet[Any], after: str, limit: int) -> tuple[list[Any], str | None]:
    """One page of ``rows`` in the order they have, and the cursor of the next; for work queues, in which what is done disappears.

    Raises:
        Problem: ``after`` is no cursor, or further down than anybody works.
    """
    first = read_cursor(after, "at") or 0
    if first > DEPTH_MAX:
        raise Problem("unreadable", f"最多翻到第 {DEPTH_MAX} 条，请用筛选条件缩小范围。")
    found = list(rows[first : first + limit + 1])
    return found[:limit], write_cursor(first + limit, "at") if len(found) > limit else None


def write_cursor(key: int, kind: str = "id") -> str:
    """The cursor behind the row with this id, or at this place."""
    return base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("=")


def read_cursor(text: str, wanted: str = "id") -> int | None:
    """The id or place in a cursor; None for the first page.

    Raises:
        Problem: it is none.
    """
    if not text:
        return None
    try:
        kind, _, key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition(":")
        number = int(key) if key.isdecimal() and len(key) <= 19 else -1
    except (binascii.Error, ValueError):
        kind, number = "", -1
    if kind != wanted or not 0 <= number <= ID_MAX:
        raise Problem("unreadable", "after 应原样填上一页给出的 next。")
    return number


def tag_of(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def version_in(if_match: str) -> int:
    """The version that a caller acts upon.

    Raises:
        Problem: none was said, or it is no version.
    """
    text = if_match.strip()
    if not text:
        raise Problem("version-missing", "请在 If-Match 请求头中写上次查到的 ETag，避免盖掉别人的办理。")
    number = text.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise Problem("moved", "If-Match 不是本接口给出的版本，请重新查询后再办。")
    return int(number)
