"""What goes when its time is over, what stays, and that it is written down."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from guangsha.areas.fieldwork.actions import photos
from guangsha.areas.intake.actions import drafts, proxies
from guangsha.areas.intake.models import Case, Draft, Material
from guangsha.areas.registry.actions import importing
from guangsha.areas.registry.models import Person
from guangsha.areas.stock.actions import census, pictures
from guangsha.areas.verification.models import Verification
from guangsha.audit.models import Act
from guangsha.privacy import files, retention
from guangsha.privacy.models import Removal, Reveal
from guangsha.testing.cast import Cast

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def _looked(at: datetime) -> Reveal:
    return Reveal.objects.create(
        at=at, account_id=1, account_name="钱受理", agency_id=1, object_type="registry.person", object_id="1",
        field="phone", subject_index="a" * 64, reason="核对电话",
    )  # fmt: skip


def _asked(number: str, answered: datetime) -> Verification:
    person, _ = Person.objects.get_or_create(name="某", defaults={"identity": "E00000001"})
    return Verification.objects.create(
        number=number, case_number="c", person=person, source="tax", purpose="核验", outcome="match",
        payload={"收入": 1}, asked_at=answered, answered_at=answered,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "years", "months", "cutoff"),
    [
        ("2026-11-21", 3, 0, "2023-11-21"),
        ("2024-02-29", 1, 0, "2023-02-28"),
        ("2026-08-31", 0, 6, "2026-02-28"),
        ("2026-01-15", 0, 1, "2025-12-15"),
        ("2026-12-31", 0, 13, "2025-11-30"),
    ],
)
def test_time_is_counted_in_the_calendar(now: str, years: int, months: int, cutoff: str) -> None:
    rule = retention.Rule("x", "x", "x", lambda _: Reveal.objects.none(), years=years, months=months)
    day = timezone.make_aware(datetime.fromisoformat(now))
    assert rule.cutoff(day) == timezone.make_aware(datetime.fromisoformat(cutoff))


@pytest.mark.django_db
def test_a_dry_run_counts_and_removes_nothing() -> None:
    _looked(NOW - timedelta(days=1200))
    found = {due.rule.code: due.count for due in retention.run_retention(NOW, dry_run=True)}
    assert found["privacy.reveal"] == 1 and {"verification.payload", "intake.failed"} <= set(found)
    assert Reveal.objects.count() == 1 and not Removal.objects.exists() and not Act.objects.exists()


@pytest.mark.django_db
def test_what_is_over_goes_in_batches_and_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in (1200, 1300, 1400, 10):
        _looked(NOW - timedelta(days=days))
    told = retention.retention_job(NOW)
    assert "敏感信息查看记录 3 条" in told
    assert Reveal.objects.count() == 1
    assert sorted(Removal.objects.values_list("rule", "count")) == [
        ("privacy.reveal", 1),
        ("privacy.reveal", 2),
    ]
    assert Act.objects.filter(action="privacy.retention.remove").count() == 2
    assert retention.retention_job(NOW) == "没有到期数据"


@pytest.mark.django_db
def test_an_old_answer_is_emptied_and_its_outcome_stays() -> None:
    old, new = _asked("old", NOW - timedelta(days=731)), _asked("new", NOW - timedelta(days=729))
    retention.run_retention(NOW)
    old.refresh_from_db()
    new.refresh_from_db()
    assert old.payload == {} and old.outcome == "match" and new.payload == {"收入": 1}
    assert retention.retention_job(NOW) == "没有到期数据"


@pytest.mark.django_db(transaction=True)
def test_files_go_with_their_rows_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = files.store(b"x", context="c")
    look = _looked(NOW - timedelta(days=1200))
    Reveal.objects.filter(pk=look.pk).update(subject_index=kept.stored)
    rule = retention.Rule(
        "test",
        "测试",
        "测试",
        lambda cutoff: Reveal.objects.filter(at__lt=cutoff),
        years=3,
        files=("subject_index",),
    )
    monkeypatch.setattr(retention, "RULES", {"test": rule})
    assert [due.count for due in retention.run_retention(NOW)] == [1]
    assert files.remove(kept.stored) is False


def test_a_rule_has_a_time_a_source_and_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(rule.source and rule.period for rule in retention.rules().values())
    existing: Any = retention.rules()["privacy.reveal"]
    with pytest.raises(ValueError, match="once"):
        retention.keep(existing)


@pytest.mark.django_db(transaction=True)
def test_an_application_that_led_to_nothing_loses_its_content_and_files_and_keeps_its_number(
    cast: Cast,
) -> None:
    closed = {"old": NOW - timedelta(days=365 * 5 + 3), "new": NOW - timedelta(days=365 * 5)}
    stored: dict[str, str] = {}
    for number, at in closed.items():
        person = Person.objects.create(name="某", identity=f"E-{number}")
        case = Case.objects.create(
            number=number, key=uuid4(), service="elig_apply", service_version="1", agency=cast.district,
            applicant=person, channel="online", label="某*", answers={"applicant": {"name": "某"}}, state="rejected",
            submitted_at=at, closed_at=at,
        )  # fmt: skip
        stored[number] = files.store(b"scan", context="c").stored
        Material.objects.create(
            case=case,
            code="income",
            state="accepted",
            file_name="某的收入.pdf",
            stored=stored[number],
            digest="d" * 64,
        )
    retention.run_retention(NOW)
    old, new = Case.objects.get(number="old"), Case.objects.get(number="new")
    assert old.answers == {} and old.state == "rejected" and new.answers
    gone, kept = Material.objects.get(case=old), Material.objects.get(case=new)
    assert (gone.stored, gone.file_name, gone.digest) == ("", "", "d" * 64) and kept.stored
    assert files.remove(stored["old"]) is False and files.load(stored["new"], context="c") == b"scan"


@pytest.mark.django_db(transaction=True)
def test_files_that_no_row_names_are_swept_after_a_day(cast: Cast) -> None:
    folder = Path(settings.GUANGSHA_DATA) / "files"
    named, left, young, strange = (
        files.store(b"scan", context=context).stored
        for context in ("intake.material", "intake.material", "intake.material", "somebody.else")
    )
    Draft.objects.create(account=cast.applicant, service="elig_apply", key=uuid4()).materials.create(
        code="diploma", state="uploaded", stored=named
    )
    half = folder / left[:2] / f".{left}.00000000"
    half.write_bytes(b"half")
    yesterday = (NOW - timedelta(days=2)).timestamp()
    for path in (*(folder / name[:2] / name for name in (named, left, strange)), half):
        os.utime(path, (yesterday, yesterday))
    os.utime(folder / young[:2] / young, (NOW.timestamp(), NOW.timestamp()))
    assert "没有记录的文件 1 个" in retention.retention_job(NOW)
    there = set(files.stored_files())
    assert {named, young, strange} <= there and left not in there and not half.exists()
    assert Removal.objects.get().rule == "privacy.files"
    assert Act.objects.get(action="privacy.files.sweep").after["files"] == 1
    assert retention.retention_job(NOW) == "没有到期数据"


def test_every_file_that_the_house_stores_is_held_by_somebody() -> None:
    """A context that nobody declared is never swept: whoever stores files of a new kind says who names them."""
    used = {
        drafts.CONTEXT,
        proxies.CONTEXT,
        importing.CONTEXT,
        photos.CONTEXT,
        pictures.CONTEXT,
        census.CONTEXT,
    }
    retention.rules()
    assert used <= set(files._HOLDERS)
