"""Books for the tests of this room."""

from __future__ import annotations

import pytest

from guangsha.testing.ledger import Books, build_books


@pytest.fixture
def books(db: None) -> Books:
    """Books of one agency, in the transaction of the test (or committed, where the test is transactional)."""
    return build_books()
