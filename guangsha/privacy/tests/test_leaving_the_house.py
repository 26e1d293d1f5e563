"""Exports are marked, publications are looked through, and a person learns who looked."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import Workbook, load_workbook

from guangsha.areas.registry.models import Person
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.privacy.actions import reveal
from guangsha.privacy.publication import refuse_sensitive
from guangsha.privacy.queries import looks_to_review, who_looked
from guangsha.privacy.watermark import read_xlsx, stamp_rows, stamp_xlsx
from guangsha.testing.cast import Cast

CLERK = Actor("staff", 42, "钱受理", agency_id=3)
AT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def _book() -> bytes:
    book = Workbook()
    book.active["A1"], book.active["B2"] = "姓名", "=1+1"
    book.create_sheet("二")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_every_sheet_of_an_export_names_who_took_it_when_and_for_what() -> None:
    stamped = stamp_xlsx(_book(), CLERK, "季度核对 A&B", AT)
    book = load_workbook(io.BytesIO(stamped))
    for sheet in book.worksheets:
        header = sheet.oddHeader.center.text
        assert "工号 42" in header and "2026年11月21日 09:30" in header and "季度核对" in header
    assert book.active["B2"].value == "=1+1"
    mark = read_xlsx(stamped)
    assert mark is not None and mark.genuine and (mark.staff, mark.purpose) == (42, "季度核对 A&B")
    assert read_xlsx(_book()) is None


def test_a_watermark_that_somebody_typed_is_told_from_a_genuine_one() -> None:
    book = load_workbook(io.BytesIO(stamp_xlsx(_book(), CLERK, "季度核对", AT)))
    kept = book.custom_doc_props["guangsha-export"]
    kept.value = kept.value.replace("42", "43")
    out = io.BytesIO()
    book.save(out)
    mark = read_xlsx(out.getvalue())
    assert mark is not None and mark.staff == 43 and not mark.genuine


def test_an_export_stamped_twice_carries_the_last_mark() -> None:
    twice = stamp_xlsx(stamp_xlsx(_book(), CLERK, "季度核对", AT), CLERK, "年度核对", AT)
    mark = read_xlsx(twice)
    assert mark is not None and mark.purpose == "年度核对"


@pytest.mark.parametrize("purpose", ["", "核对", "。。。。。", "长" * 101])
def test_without_a_purpose_there_is_no_export(purpose: str) -> None:
    with pytest.raises(InputError, match="用途"):
        stamp_rows(CLERK, purpose, AT)
    with pytest.raises(InputError):
        stamp_rows(CLOCK, "季度核对", AT)


def test_a_notice_with_numbers_is_refused_and_each_is_named_masked() -> None:
    refuse_sensitive({"标题": "第三批公示", "说明": "咨询电话0730-8212345"})
    with pytest.raises(InputErrors) as caught:
        refuse_sensitive({"标题": "公示", "说明": "联系13812345678，证件43060219560101002X"})
    text = str(caught.value)
    assert "138****5678" in text and "430602********002X" in text and "说明" in text
    assert "13812345678" not in text and len(caught.value.errors) == 2


@pytest.mark.django_db
def test_a_person_learns_who_looked_at_what_and_why(cast: Cast) -> None:
    person = Person.objects.create(name="某人", identity="E12345678", phone="19900001234")
    other = Person.objects.create(name="别人", identity="E87654321")
    reveal(cast.actor("street_clerk"), person, "identity", "核对退件证件")
    reveal(cast.actor("district_reviewer"), person, "phone", "通知补正材料")
    reveal(cast.actor("district_reviewer"), other, "identity", "核对退件证件")
    latest, first = who_looked(person.identity_index)
    assert latest.what.endswith("手机号") and latest.reason == "通知补正材料"
    assert first.what.endswith("证件号码") and first.who == "钱*"
    assert who_looked("") == []
    now = latest.at
    assert len(looks_to_review(now - timedelta(days=7), now + timedelta(seconds=1))) == 3
