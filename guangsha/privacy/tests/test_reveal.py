"""Looking at a plain value: with a reason, not too often, and never without a trace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from guangsha.areas.registry.models import Person
from guangsha.audit.actor import CLOCK
from guangsha.audit.models import Act
from guangsha.privacy.actions import RevealRefused, reveal, review_reveal
from guangsha.privacy.models import Reveal
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
REASON = "核对退件上的证件号"


@pytest.fixture
def person() -> Person:
    return Person.objects.create(name="李建国", identity="43060219560101002X", phone="19900001234")


def test_the_value_is_shown_and_the_look_is_written_down(cast: Cast, person: Person) -> None:
    clerk = cast.actor("street_clerk")
    assert reveal(clerk, person, "identity", f"  {REASON} ") == "43060219560101002X"
    look = Reveal.objects.get()
    assert (look.account_id, look.object_type, look.object_id) == (
        clerk.account_id,
        "registry.person",
        str(person.pk),
    )
    assert (look.field, look.reason, look.subject_index) == ("identity", REASON, person.identity_index)
    act = Act.objects.get(action="privacy.value.reveal")
    assert act.reason == REASON and "43060219560101002X" not in str(act.after)


@pytest.mark.parametrize("reason", ["", "   ", "核对", "。。。。。。", "啊啊啊啊啊", "理" + "由充分" * 100])
def test_without_a_reason_nothing_is_shown(cast: Cast, person: Person, reason: str) -> None:
    with pytest.raises(RevealRefused):
        reveal(cast.actor("street_clerk"), person, "identity", reason)
    assert not Reveal.objects.exists()


def test_more_than_the_limit_within_an_hour_is_refused_and_an_hour_later_allowed(
    cast: Cast, person: Person, settings: Any
) -> None:
    settings.GUANGSHA_REVEALS_PER_HOUR = 3
    clerk, other = cast.actor("street_clerk"), cast.actor("district_reviewer")
    for _ in range(3):
        reveal(clerk, person, "phone", REASON)
    with pytest.raises(RevealRefused, match="3 次"):
        reveal(clerk, person, "phone", REASON)
    assert reveal(other, person, "phone", REASON) == "19900001234"
    Reveal.objects.filter(account_id=clerk.account_id).update(
        at=timezone.now() - timedelta(hours=1, seconds=1)
    )
    assert reveal(clerk, person, "phone", REASON) == "19900001234"


def test_a_place_inside_a_sealed_document_can_be_looked_at(cast: Cast) -> None:
    from guangsha.areas.registry.models import ImportBatch, ImportRow

    clerk = cast.actor("street_clerk")
    batch = ImportBatch.objects.create(
        agency=cast.district, account=cast.account("street_clerk"), file_name="a.xlsx", digest="0" * 64
    )
    row = ImportRow.objects.create(
        batch=batch, number=1, given={"members": [{"identity": "43060219560101002X"}]}
    )
    row.refresh_from_db()
    assert (
        reveal(clerk, row, "given.members.0.identity", REASON, subject_index="f" * 64) == "43060219560101002X"
    )
    assert Reveal.objects.get().subject_index == "f" * 64
    for wrong in (
        "given.members.1.identity",
        "given.other",
        "given.members.x",
        "nothing",
        "batch.digest.x",
        "lines",
    ):
        with pytest.raises(RevealRefused):
            reveal(clerk, row, wrong, REASON)


def test_the_clock_looks_at_nothing(person: Person) -> None:
    with pytest.raises(RevealRefused):
        reveal(CLOCK, person, "identity", REASON)


@pytest.mark.django_db(transaction=True)
def test_a_page_that_fails_afterwards_does_not_undo_the_record(cast: Cast, person: Person) -> None:
    clerk = cast.actor("street_clerk")

    def page() -> None:
        reveal(clerk, person, "identity", REASON)
        with transaction.atomic():
            Person.objects.update(name="改了")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        page()
    assert Reveal.objects.count() == 1 and Act.objects.filter(action="privacy.value.reveal").count() == 1


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_nothing_is_shown(cast: Cast, person: Person) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        reveal(cast.actor("street_clerk"), person, "identity", REASON)
    assert not Reveal.objects.exists()


def test_a_reviewer_ticks_off_the_looks_of_others_only(cast: Cast, person: Person) -> None:
    reveal(cast.actor("street_clerk"), person, "identity", REASON)
    reveal(cast.actor("supervisor"), person, "identity", REASON)
    others, own = Reveal.objects.order_by("pk")
    assert review_reveal(cast.actor("supervisor"), others.pk).reviewed_by == str(cast.account("supervisor"))
    with pytest.raises(RevealRefused, match="自己"):
        review_reveal(cast.actor("supervisor"), own.pk)
    with pytest.raises(RevealRefused, match="只有"):
        review_reveal(cast.actor("street_clerk"), own.pk)
