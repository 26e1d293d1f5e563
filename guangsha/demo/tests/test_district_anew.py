"""A district is built again: the same seed gives the same cases, real data are never touched, and its books are sound."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from guangsha.areas.intake.actions.base import standing_of
from guangsha.areas.intake.models import (
    Case,
    Decision,
    Edge,
)
from guangsha.areas.registry.models import Household, Person
from guangsha.areas.subsidy import payment_actions as payments
from guangsha.areas.subsidy.models import Agreement, Batch, Item
from guangsha.audit.verify import verify_chains
from guangsha.demo import house
from guangsha.demo.books import wipe_books
from guangsha.demo.cast import add_citizen
from guangsha.demo.district import build_district
from guangsha.demo.subsidies import bank_answer
from guangsha.demo.tests.states import reachable
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import BudgetLine, Fund
from guangsha.ledger.verify import verify_books
from guangsha.notify.models import Message
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.testing.effort import WIDE
from guangsha.testing.ledger import build_books

HOUSEHOLDS = 60


@pytest.fixture(autouse=True)
def bank(tmp_path: Path, settings: Any) -> None:
    """A bank of its own for each district: what was sent is remembered beside the database, and no rollback takes it back."""
    settings.GUANGSHA_BANK = tmp_path / "bank"


@pytest.mark.django_db(transaction=True)  # it empties the database between, and closes what is open
def test_same_seed_same_cases() -> None:
    moment = timezone.now()
    with pytest.raises(
        InputError, match="只能按今天"
    ):  # the desks act by the clock: no district of another day
        build_district(households=HOUSEHOLDS, seed=3, now=moment - timedelta(days=1))
    build_district(households=HOUSEHOLDS, seed=3, now=moment)
    first = _picture()
    house.empty()
    build_district(households=HOUSEHOLDS, seed=3, now=moment)
    assert _picture() == first


def _picture() -> list[Any]:
    return [
        list(Case.objects.order_by("number").values_list("number", "service", "state", "step", "round", "submitted_at", "step_due_on", "version", "label")),
        list(Edge.objects.order_by("case__number", "number").values_list("case__number", "act", "at", "account_name", "note")),
        list(Person.objects.order_by("name_key", "birth_date").values_list("name", "birth_date", "sex")),
        list(Household.objects.order_by("number").values_list("number", "programme", "opened_on")),
        list(Decision.objects.order_by("number", "decided_at").values_list("number", "outcome", "text")),
        list(Message.objects.order_by("key").values_list("subject", "state")),
    ]  # fmt: skip


@pytest.mark.django_db
def test_real_data_are_never_touched() -> None:
    assert house.standing() == "empty"
    add_citizen("周某", "13800000000", "430699195102030110", "1")
    assert house.standing() == "real"
    for act in (house.refuse_real, house.empty):
        with pytest.raises(InputError, match="没有做任何改动"):
            act()
    assert Person.objects.count() == 1


@pytest.mark.slow
@pytest.mark.skipif(not WIDE, reason="wide run only")
@pytest.mark.timeout(900)
@pytest.mark.django_db
def test_whole_demo() -> None:
    built = build_district()
    assert built.households == 5000
    assert set(built.states) == reachable()
    assert verify_chains().sound
    for case in Case.objects.order_by("id")[::97]:
        standing_of(case)


@pytest.mark.django_db
def test_subsidies_are_paid_booked_and_answered_and_the_bank_goes_on_answering(
    tmp_path: Path,
) -> None:
    """Agreements, months, batches in several stations; the books are sound; a file that is downloaded can be answered. A demo
    can be built anew although the books let nobody empty them: they are taken down and put up again with their guards."""
    build_district(households=500, seed=7, exchange=tmp_path / "exchange.json")
    states = set(Batch.objects.values_list("state", flat=True))
    assert Agreement.objects.filter(state="active").count() > 3
    assert states & {"partly_paid", "closed", "paid"}
    assert verify_books().faults == []
    paid = Item.objects.filter(state="paid").aggregate(fen=Sum("amount_fen"))["fen"]
    assert BudgetLine.objects.get().executed_fen == paid > 0
    batch = Batch.objects.exclude(file_stored="").latest("pk")
    accountant = build_actor(Account.objects.get(username="accountant"))
    name, data = payments.take_file(accountant, batch.number)
    (tmp_path / name).write_bytes(data)
    answer, said = bank_answer(tmp_path / name)
    assert answer.startswith(batch.number)
    with pytest.raises(
        InputError
    ):  # everything paid: the opposite of what the bank said of the payment that came back
        payments.receive_file(accountant, batch.number, said)
    with pytest.raises(InputError, match="不是本演示"):
        (tmp_path / "other.txt").write_bytes(data)
        bank_answer(tmp_path / "other.txt")

    wipe_books()
    assert not Fund.objects.exists() and not Batch.objects.exists()
    build_books()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_period")
