"""A demo with books is removed like any other, and the guards of the books are back afterwards; a real one stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from guangsha.areas.performance.actions import make_draft
from guangsha.areas.performance.models import UnitYear
from guangsha.areas.performance.tests.builders import build_world
from guangsha.audit.actions import record
from guangsha.audit.models import Act
from guangsha.demo import house
from guangsha.demo.year_book import BUILT, stands
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import Entry, Fund
from guangsha.testing.ledger import build_books


@pytest.mark.django_db(transaction=True)
def test_a_demo_with_books_is_emptied_and_its_guards_are_back(settings: Any) -> None:
    world = build_world()
    make_draft(world.accountant, world.year.pk)
    with pytest.raises(InputError, match="不是演示生成"):
        house.empty()
    assert Entry.objects.count() == 2
    with transaction.atomic():
        record(world.head, BUILT, world.agency, agency_id=world.agency.pk)
    assert stands() and house.standing() == "demo" and not house.has_district()
    house.empty()
    assert house.standing() == "empty"
    assert not any(model._default_manager.exists() for model in (Fund, Entry, UnitYear, Act))
    build_books()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_fund")
