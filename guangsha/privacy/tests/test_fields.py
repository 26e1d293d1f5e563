"""Sealed columns: plain for the program, closed in the table, and the index never behind its value."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import serializers
from django.db import connection, transaction

from guangsha.areas.registry.models import Declaration, ImportBatch, ImportRow, Person
from guangsha.people.models import Account
from guangsha.privacy import keys
from guangsha.privacy.fields import index_of
from guangsha.privacy.sealing import SealBroken
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "43060219560101002X", "430602195601010046"


def _stored(pk: int, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM registry_person WHERE id = %s", [pk])
        found: str = cursor.fetchone()[0]
    return found


def _person(**more: Any) -> Person:
    return Person.objects.create(name="李建国", identity=NUMBER, phone="19900001234", **more)


def test_the_table_holds_no_plain_number_and_the_object_does() -> None:
    person = _person()
    assert NUMBER not in _stored(person.pk, "identity") and "$" in _stored(person.pk, "identity")
    assert Person.objects.get(pk=person.pk).identity == NUMBER
    assert Person.objects.values_list("identity", flat=True).get() == NUMBER


@pytest.mark.parametrize(
    "written", [NUMBER.lower(), " 430602 19560101 002x ", "４３０６０２１９５６０１０１００２X"]
)
def test_a_person_is_found_however_the_number_is_typed(written: str) -> None:
    _person()
    assert Person.objects.filter(identity_index=index_of("identity", written)).count() == 1


@pytest.mark.parametrize(
    "written", ["+86 199-0000-1234", "0086 19900001234", "8619900001234", "199 0000 1234"]
)
def test_a_phone_with_the_code_of_the_country_is_the_same_phone(written: str) -> None:
    assert index_of("phone", written) == index_of("phone", "19900001234")


def test_the_index_follows_every_way_of_saving() -> None:
    person = _person()
    person.identity = OTHER
    person.save()
    assert _stored(person.pk, "identity_index") == index_of("identity", OTHER)
    (made,) = Person.objects.bulk_create([Person(name="王芳", identity="E12345678")])
    assert _stored(made.pk, "identity_index") == index_of("identity", "E12345678")
    person.identity = NUMBER
    person.save(update_fields=["identity", "identity_index"])
    assert _stored(person.pk, "identity_index") == index_of("identity", NUMBER)
    Person.objects.update_or_create(pk=person.pk, defaults={"identity": OTHER})
    assert _stored(person.pk, "identity_index") == index_of("identity", OTHER)
    deferred = Person.objects.defer("identity").get(pk=person.pk)
    deferred.save()
    assert _stored(person.pk, "identity_index") == index_of("identity", OTHER)


def test_whatever_would_leave_the_index_behind_is_refused() -> None:
    person = _person()
    person.identity = OTHER
    with pytest.raises(TypeError, match="identity_index"):
        person.save(update_fields=["identity"])
    with pytest.raises(TypeError, match="identity_index"):
        only = Person.objects.only("identity").get(pk=person.pk)
        only.identity = OTHER
        only.save()
    for change in ({"identity": OTHER}, {"identity_index": "0" * 64}, {"phone": ""}, {"phone": None}):
        with pytest.raises(TypeError), transaction.atomic():
            Person.objects.update(**change)
    with pytest.raises(TypeError), transaction.atomic():
        Person.objects.bulk_update([person], ["identity"])
    assert _stored(person.pk, "identity_index") == index_of("identity", NUMBER)
    assert Person.objects.get(pk=person.pk).identity == NUMBER


def test_a_sealed_column_without_an_index_may_be_updated_in_bulk_and_is_sealed() -> None:
    person = _person()
    Person.objects.update(illness="透析")
    assert "透析" not in _stored(person.pk, "illness")
    assert Person.objects.get(pk=person.pk).illness == "透析"
    person.illness = "康复"
    Person.objects.bulk_update([person], ["illness"])
    assert "康复" not in _stored(person.pk, "illness")
    assert Person.objects.get(pk=person.pk).illness == "康复"


def test_a_backup_of_plain_rows_cannot_be_loaded_past_the_index() -> None:
    text = serializers.serialize("json", [_person()])
    (loaded,) = serializers.deserialize("json", text)
    with pytest.raises(TypeError):
        loaded.save()


@pytest.mark.parametrize(
    "lookup", ["identity", "identity__contains", "identity__in", "identity__gt", "identity__regex"]
)
def test_a_sealed_column_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(TypeError, match="blind index"):
        Person.objects.filter(**{lookup: NUMBER}).exists()
    assert not Person.objects.filter(identity__isnull=True).exists()


def test_a_value_copied_to_another_column_by_sql_does_not_open() -> None:
    person = _person()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_person SET phone = identity WHERE id = %s", [person.pk])
    with pytest.raises(SealBroken):
        Person.objects.get(pk=person.pk)


@pytest.mark.parametrize("suite", keys.SUITES)
def test_both_suites_seal_and_find_by_setting(suite: str, settings: Any, tmp_path: Any) -> None:
    settings.GUANGSHA_KEYS, settings.GUANGSHA_SUITE = tmp_path / "keys.json", suite
    person = _person()
    assert _stored(person.pk, "identity").startswith({"sm": "sm4g$", "intl": "aesg$"}[suite])
    assert Person.objects.get(identity_index=index_of("identity", NUMBER)).identity == NUMBER


@pytest.mark.parametrize("value", [{"a": [1, "二", None, True]}, [1, 2], {"深": {"层": ["甲"]}}])
def test_a_document_opens_as_it_was_closed(cast: Cast, value: Any) -> None:
    batch = ImportBatch.objects.create(
        agency=cast.district, account=cast.account("street_clerk"), file_name="a.xlsx", digest="0" * 64
    )
    ImportRow.objects.create(batch=batch, number=1, given=value)
    assert ImportRow.objects.get().given == value


def test_an_empty_document_is_an_empty_mapping_before_and_after_it_is_stored(cast: Cast) -> None:
    assert Declaration().income == {} == ImportRow().given


def test_an_empty_phone_has_no_index_so_that_two_accounts_may_have_none() -> None:
    for name in ("a", "b"):
        Account.objects.create(username=name, kind="citizen")
    assert set(Account.objects.values_list("phone_index", flat=True)) == {""}


def test_reading_a_thousand_values_looks_at_the_key_file_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Person.objects.bulk_create([Person(name=f"某{n}", identity=f"P{n:08}") for n in range(1000)])
    looks = []
    really = keys.Path.stat
    monkeypatch.setattr(keys.Path, "stat", lambda self, **more: looks.append(self) or really(self, **more))
    clock = iter(range(100_000))
    monkeypatch.setattr(keys.time, "monotonic", lambda: next(clock) / 1000)
    assert len(list(Person.objects.values_list("identity", "phone"))) == 1000
    assert len(looks) <= 6
