"""Published figures of public rental housing come out of records again, and a record more or less is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.performance.actions import import_table, made_of
from guangsha.areas.rent.models import Bill
from guangsha.demo.year_book_housing import DRAWN, HOUSED, RELET, HousingYear, build_jiangan
from guangsha.demo.year_book_rents import build_yueyang
from guangsha.documents.reading.figures import load_figures
from guangsha.evaluation import evaluate_facts
from guangsha.evaluation.beside import differences
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import Account as BookAccount
from guangsha.ledger.verify import verify_books
from guangsha.people.actors import build_actor

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[HousingYear]:
    """The year once for all tests here; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_jiangan()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def rents(django_db_setup: None, django_db_blocker: Any) -> Iterator[HousingYear]:
    """The rents of Yueyang, likewise."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_yueyang()
        transaction.set_rollback(True)


def beside(built: HousingYear, example: str = "jiangan-2024") -> list[str]:
    table = (EXAMPLES / example / "table.yaml").read_text(encoding="utf-8")
    year = import_table(build_actor(built.people["accountant"]), built.agency, table, "table.yaml")
    found = differences(
        evaluate_facts(made_of(year).facts), load_figures(EXAMPLES / example / "figures.yaml")
    )
    return [one.message for one in found]


def test_every_published_figure_of_housing_comes_out_again(built: HousingYear) -> None:
    with transaction.atomic():
        assert beside(built) == []
        transaction.set_rollback(True)


def test_what_was_given_and_who_moved_in_differ_by_those_who_moved_in_later(built: HousingYear) -> None:
    later = WaitlistEntry.objects.filter(agency=built.agency, housed_on__year=2025)
    assert later.count() == DRAWN + RELET - HOUSED == 34
    assert all(one.registrations.get().signed_at.year == 2024 for one in later[:3])  # type: ignore[union-attr]


def test_a_household_less_is_found(built: HousingYear) -> None:
    with transaction.atomic():
        one = WaitlistEntry.objects.filter(agency=built.agency, housed_on__year=2024).first()
        assert one is not None
        WaitlistEntry.objects.filter(pk=one.pk).update(state="suspended", housed_on=None)
        assert any("1160" in text and "1159" in text.replace(",", "") for text in beside(built))
        transaction.set_rollback(True)


def test_the_records_are_written_once(built: HousingYear) -> None:
    with pytest.raises(InputError, match="已有"):
        build_jiangan()


def test_the_rents_of_a_year_come_out_again_and_one_that_is_open_is_found(rents: HousingYear) -> None:
    with transaction.atomic():
        assert beside(rents, "yueyang-2023") == []
        transaction.set_rollback(True)
    with transaction.atomic():
        bill = Bill.objects.filter(account__agency=rents.agency).latest("pk")
        Bill.objects.filter(pk=bill.pk).update(state="overdue", paid_fen=0, open_fen=bill.net_fen)
        assert any("100" in text and "99.8" in text for text in beside(rents, "yueyang-2023"))
        transaction.set_rollback(True)


def test_the_books_of_the_rents_are_sound_and_say_what_the_bills_say(rents: HousingYear) -> None:
    assert verify_books().as_json()["sound"]
    books = {one.code: one for one in BookAccount.objects.filter(agency=rents.agency)}
    billed = sum(Bill.objects.filter(account__agency=rents.agency).values_list("net_fen", flat=True))
    owed = books["1212.83"]  # 应收账款
    assert (owed.debit_fen, owed.credit_fen, owed.balance_fen) == (billed, billed, 0)
    assert books["2103.83"].balance_fen == 0  # 应缴财政款
