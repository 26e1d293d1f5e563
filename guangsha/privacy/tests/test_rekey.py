"""Rotation: history stays readable, old keys can be retired, indexes can be renewed, all of it broken off and resumed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from guangsha.areas.registry.models import ImportBatch, ImportRow, Person
from guangsha.audit.models import Act
from guangsha.people.models import Kinship
from guangsha.privacy import files, keys, rekey
from guangsha.privacy.fields import index_of
from guangsha.privacy.models import KeyChange
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
NUMBERS = [f"E{n:08}" for n in range(30)]


@pytest.fixture(autouse=True)
def own_ring(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.GUANGSHA_KEYS, settings.GUANGSHA_DATA = tmp_path / "keys.json", tmp_path
    yield
    keys.forget_ring()


@pytest.fixture
def people(cast: Cast) -> list[Person]:
    people = [
        Person.objects.create(name=f"某{n}", identity=number, phone="19900001234")
        for n, number in enumerate(NUMBERS)
    ]
    batch = ImportBatch.objects.create(
        agency=cast.district, account=cast.account("street_clerk"), file_name="a.xlsx", digest="0" * 64
    )
    ImportRow.objects.create(batch=batch, number=1, given={"姓名": "某"})
    Kinship.objects.create(
        account=cast.account("street_clerk"), identity_index=people[3].identity_index, relation="配偶"
    )
    return people


def _everything_opens() -> bool:
    return (
        list(Person.objects.filter(identity__isnull=False, name__startswith="某").order_by("pk").values_list("identity", flat=True))
        == NUMBERS
        and ImportRow.objects.get().given == {"姓名": "某"}
    )  # fmt: skip


def _found() -> int:
    return sum(
        Person.objects.filter(identity_index=index_of("identity", number)).count() for number in NUMBERS
    )


def test_every_sealed_column_of_every_model_is_found() -> None:
    names = {column._context() for column in rekey.sealed_columns()}
    assert {
        "registry.person.identity",
        "people.account.phone",
        "intake.draft.answers",
        "registry.importrow.given",
    } <= names
    assert {"identity_index", "subject_index"} <= {column.name for column in rekey.copied_indexes()}
    assert all(
        not column.model._meta.label_lower.startswith("registry.person") for column in rekey.copied_indexes()
    )


def test_after_a_rotation_history_opens_unchanged_and_new_values_use_the_new_key(
    people: list[Person],
) -> None:
    old = keys.current_ring().active.name
    ring = rekey.rotate("intl")
    assert _everything_opens() and _found() == 30
    Person.objects.create(name="新", identity="E99999999")
    counts = rekey.count_by_key()["registry.person.identity"]
    assert counts[ring.active.name] == 1 and counts[old] >= 30
    assert KeyChange.objects.get().key == ring.active.name
    assert Act.objects.filter(action="privacy.keys.rotate").exists()
    assert not any(key.seal.hex() in str(Act.objects.values()) for key in ring.keys.values())


def test_resealing_moves_everything_to_the_new_key_so_that_the_old_one_can_go(people: list[Person]) -> None:
    kept = files.store(b"scan", context="intake.material")
    old = keys.current_ring().active.name
    rekey.rotate("intl")
    work = rekey.reseal()
    assert work.changed > 60 and not work.faults
    counts = rekey.count_by_key()
    assert all(old not in found for found in counts.values()) and counts["files"].total() == 1
    path = Path(rekey.settings.GUANGSHA_KEYS)
    body = json.loads(path.read_text())
    body["keys"][old]["seal"] = "00" * 16  # the old key is gone; only its index key is still needed
    path.write_text(json.dumps(body))
    keys.forget_ring()
    assert _everything_opens() and _found() == 30
    assert files.load(kept.stored, context="intake.material") == b"scan"


def test_resealing_that_breaks_off_goes_on_where_it_was(
    people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    rekey.rotate("sm")
    monkeypatch.setattr(rekey, "BATCH", 7)

    class Broken(Exception):
        pass

    def stop(place: str, seen: int) -> None:
        if place == "registry.person.identity" and seen > 20:
            raise Broken

    with pytest.raises(Broken):
        rekey.reseal(stop)
    assert _everything_opens()
    work = rekey.reseal()
    assert 0 < work.changed < work.seen and _everything_opens()
    assert rekey.reseal().changed == 0


def test_a_value_changed_meanwhile_is_not_overwritten(
    people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    rekey.rotate("sm")
    really, first = rekey.seal, people[0]

    def meanwhile(plain: str, **more: Any) -> str:
        if plain == NUMBERS[0]:
            first.identity = "E77777777"
            first.save()
        return really(plain, **more)

    monkeypatch.setattr(rekey, "seal", meanwhile)
    rekey.reseal()
    assert Person.objects.get(pk=first.pk).identity == "E77777777"


def test_a_value_that_does_not_open_is_told_and_does_not_stop_the_others(people: list[Person]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_person SET identity = phone WHERE id = %s", [people[5].pk])
    rekey.rotate("sm")
    work = rekey.reseal()
    assert len(work.faults) == 1 and str(people[5].pk) in work.faults[0]
    again = rekey.reindex()
    assert len(again.faults) == 1 and again.changed == 0


def test_a_new_index_key_renews_every_index_and_the_copies_of_them(people: list[Person]) -> None:
    before = people[3].identity_index
    rekey.rotate("sm", index=True)
    assert _found() == 0
    work = rekey.reindex()
    assert not work.faults and _found() == 30 and work.changed >= 61
    assert Person.objects.get(pk=people[3].pk).identity_index != before
    assert Kinship.objects.get().identity_index == index_of("identity", NUMBERS[3])
    assert rekey.reindex().changed == 0


def test_indexes_that_were_damaged_are_computed_anew(
    people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekey, "BATCH", 7)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_person SET phone_index = 'x'")
    assert rekey.reindex().changed == Person.objects.count() >= 30
    assert Person.objects.filter(phone_index=index_of("phone", "19900001234")).count() == 30


def test_a_ring_made_by_mistake_beside_old_data_names_the_missing_key(
    people: list[Person], settings: Any, tmp_path: Path
) -> None:
    old = keys.current_ring().active.name
    settings.GUANGSHA_KEYS = tmp_path / "other.json"
    assert old in rekey.count_by_key()["registry.person.identity"]
    assert old not in keys.current_ring().keys
