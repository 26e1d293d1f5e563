"""The daily anchors of the log: whoever keeps them elsewhere can prove later that nothing was changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Path, Schema

from guangsha.api.schemas import PAGE_USUAL, After, Limit, cut
from guangsha.api.surface import operation, room
from guangsha.audit.models import Anchor
from guangsha.people.access import NotThere

router = room("audit")


class AnchorShown(Schema):
    """One anchor."""

    day: date
    acts: int = Field(description="累计行为数")
    chains: int = Field(description="链数")
    digest: str = Field(description="摘要（SM3）")
    previous: str = Field(description="前一锚的摘要")
    made_at: datetime
    signed: bool = Field(description="是否已登记签字")


class AnchorPage(Schema):
    """A page of anchors, the newest first."""

    anchors: list[AnchorShown]
    next: str | None


def _shown(anchor: Anchor) -> dict[str, Any]:
    return {
        "day": anchor.day, "acts": anchor.acts, "chains": len(anchor.heads), "digest": anchor.digest,
        "previous": anchor.previous, "made_at": anchor.made_at, "signed": bool(anchor.signed_by),
    }  # fmt: skip


@operation(router, "GET", "/audit/anchors", scope="audit:read", summary="每日审计锚", gives=AnchorPage)
def list_anchors(request: HttpRequest, after: After = "", limit: Limit = PAGE_USUAL) -> Any:
    """The anchors of the whole log, the newest first."""
    found, following = cut(Anchor.objects.all(), after, limit)
    return {"anchors": [_shown(one) for one in found], "next": following}


@operation(
    router, "GET", "/audit/anchors/{day}", scope="audit:read", summary="某日的审计锚", gives=AnchorShown
)
def show_anchor(request: HttpRequest, day: Annotated[date, Path(description="日期，例如 2026-11-21")]) -> Any:
    """One anchor."""
    found = Anchor.objects.filter(day=day).first()
    if found is None:
        raise NotThere
    return _shown(found)
