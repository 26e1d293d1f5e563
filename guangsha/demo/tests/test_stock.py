"""The dwellings of the demo: a thousand to draw for, the others in several states, made fast."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from guangsha.areas.stock.models import Dwelling
from guangsha.demo.stock import FOR_THE_DRAW, fill_stock
from guangsha.testing.cast import Cast


@pytest.mark.django_db
def test_the_demo_has_a_thousand_flats_to_draw_for_and_others_in_use(cast: Cast) -> None:
    fill_stock(cast, timezone.now())
    new = Dwelling.objects.filter(estate__name=FOR_THE_DRAW, state="vacant")
    assert Counter(new.values_list("layout", flat=True)) == {"A": 320, "B": 500, "C": 160, "X": 20}
    others = Dwelling.objects.exclude(estate__name=FOR_THE_DRAW)
    assert others.count() == 185
    assert set(others.values_list("state", flat=True)) == {"vacant", "preparing", "repairing", "withdrawn"}
