"""Persons who may be one, for whoever looks into them; decided on the pages of the office."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Schema

from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import PAGE_USUAL, After, Limit, cut
from guangsha.api.surface import operation, room
from guangsha.areas.registry.office_pairs import pairs_of
from guangsha.privacy import masks

router = room("duplicates")


class PairShown(Schema):
    """A pair, masked."""

    id: int
    left: str = Field(description="姓名（遮盖）")
    right: str
    score: int = Field(description="相似度（百分）")
    reasons: list[str]
    state: str = Field(description="open 待核，same 同一人，different 不同人")
    found_at: datetime


class PairPage(Schema):
    """A page of pairs."""

    pairs: list[PairShown]
    next: str | None


@operation(router, "GET", "/duplicates", scope="duplicates:read", summary="疑似重复的人员", gives=PairPage)
def list_duplicates(
    request: HttpRequest,
    state: Annotated[Literal["open", "same", "different"], Query(description="状态")] = "open",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Pairs of which at least one person lives in a file within reach."""
    rows = pairs_of(machine_of_request(request).actor).filter(state=state).select_related("left", "right")
    found, following = cut(rows, after, limit)
    return {
        "pairs": [
            {"id": one.pk, "left": masks.mask_name(one.left.name), "right": masks.mask_name(one.right.name),
             "score": one.score, "reasons": one.reasons, "state": one.state, "found_at": one.found_at}
            for one in found
        ],
        "next": following,
    }  # fmt: skip
