"""Photographs go when the time that their place has set is over; what they belonged to stays, and where nobody set a time they stay too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import models

from guangsha.areas.fieldwork.models import FieldPhoto, Hazard, RepairOrder
from guangsha.areas.stock.actions.census import CONTEXT as CHECK
from guangsha.areas.stock.actions.pictures import CONTEXT as PICTURE
from guangsha.areas.stock.models import CheckRound, OccupancyCheck, Picture
from guangsha.areas.stock.tests.builders import dwelling, estate
from guangsha.audit.models import Act
from guangsha.privacy import files
from guangsha.privacy.models import Removal
from guangsha.privacy.retention import retention_job
from guangsha.testing.cast import Cast

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def _order(cast: Cast, years: int, *, far: bool = False, state: str = "closed") -> RepairOrder:
    then = NOW - timedelta(days=366 * years)
    return RepairOrder.objects.create(
        number=f"WX{years}{far}{state}", agency=cast.far_district if far else cast.district, place="1幢", channel="window", key=uuid4(),
        kind="water", text="漏水", state=state, reported_at=then, answer_due_at=then,
        closed_at=then if state == "closed" else None,
    )  # fmt: skip


def _photo(**of: models.Model) -> FieldPhoto:
    kept = files.store(b"jpeg", context="fieldwork.photo")
    return FieldPhoto.objects.create(
        moment="report",
        stored=kept.stored,
        content_type="image/jpeg",
        size=4,
        digest=kept.digest,
        made_at=NOW,
        **of,
    )


@pytest.mark.django_db(transaction=True)
def test_photographs_go_after_the_years_of_their_place(cast: Cast) -> None:
    hazard = Hazard.objects.create(
        number="AQ1", agency=cast.district, estate=estate(cast.district), place="楼道", kind="fire", text="杂物", source="patrol",
        found_on=NOW.date(), found_by=cast.staff["field_inspector"], state="dismissed", closed_on=NOW.date() - timedelta(days=366 * 5),
    )  # fmt: skip
    gone = [_photo(order=_order(cast, 3)), _photo(hazard=hazard)]
    kept = [
        _photo(order=_order(cast, 2)), _photo(order=_order(cast, 9, state="visited")), _photo(order=_order(cast, 9, far=True)),
    ]  # fmt: skip
    names = {one.pk: one.stored for one in gone}
    told = retention_job(NOW)
    region = cast.far_district.region_code[:6]
    assert (
        "维修照片 1 条" in told
        and "隐患照片 1 条" in told
        and f"维修照片的保存年数 {region} 没有设定" in told
    )
    for one in gone:
        one.refresh_from_db()
        assert (one.stored, one.content_type) == ("", "") and len(one.digest) == 64
        assert files.remove(names[one.pk]) is False
    assert all(files.load(one.stored, context="fieldwork.photo") == b"jpeg" for one in kept)
    assert set(Removal.objects.values_list("rule", flat=True)) == {
        "fieldwork.repair_photo",
        "fieldwork.hazard_photo",
    }
    reasons = " ".join(Act.objects.filter(action="privacy.retention.remove").values_list("reason", flat=True))
    assert "维修照片保存3年到期" in reasons and "第二十三条" in reasons


@pytest.mark.django_db(transaction=True)
def test_pictures_of_how_somebody_lived_go_and_the_plan_stays(cast: Cast) -> None:
    home = estate(cast.district)
    flat, clerk = dwelling(home), cast.staff["field_inspector"]
    made = {"content_type": "image/jpeg", "size": 4, "made_at": NOW - timedelta(days=366 * 5)}
    inside, plan = (
        Picture.objects.create(
            estate=home, dwelling=flat, kind=kind, title=kind, digest=kind * 8, stored=files.store(b"jpeg", context=PICTURE).stored, **made
        )
        for kind in ("inside", "plan")
    )  # fmt: skip
    day = NOW.date() - timedelta(days=366 * 2)
    census = CheckRound.objects.create(
        number="QC1", agency=cast.district, estate=home, name="清查", starts_on=day, due_on=day, closed_on=day, made_by=clerk, made_at=NOW,
    )  # fmt: skip
    check = OccupancyCheck.objects.create(
        round=census, dwelling=flat, state="confirmed", result="idle", on=day, first=clerk, digest="d" * 64,
        stored=files.store(b"jpeg", context=CHECK).stored, content_type="image/jpeg",
    )  # fmt: skip
    told = retention_job(NOW)
    assert "套内照片 1 条" in told and "入户清查照片 1 条" in told
    assert list(Picture.objects.values_list("pk", flat=True)) == [plan.pk]
    assert files.remove(inside.stored) is False and files.load(plan.stored, context=PICTURE) == b"jpeg"
    check.refresh_from_db()
    assert (check.stored, check.digest, check.result) == ("", "d" * 64, "idle")
