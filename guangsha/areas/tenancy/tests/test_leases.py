"""Leases as the database keeps them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from guangsha.areas.tenancy.tests.builders import active_lease
from guangsha.testing.cast import Cast


@pytest.mark.django_db
def test_a_dwelling_is_let_once(cast: Cast) -> None:
    lease = active_lease(cast)
    with pytest.raises(IntegrityError, match="dwelling"), transaction.atomic():
        active_lease(cast, number="HT2", dwelling=lease.dwelling)
