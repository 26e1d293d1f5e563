"""The batch says of every household what the single decision says: types, reasons, amount, what is unknown."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.policy.batch import compile_batch
from guangsha.policy.decision import decide
from guangsha.policy.programmes import PROGRAMMES
from guangsha.testing.effort import examples
from guangsha.testing.policies import DAY, LONG_RATES, REGION, as_row, random_book, random_facts, run_duckdb

HOUSEHOLDS = 40


@pytest.mark.parametrize("code", PROGRAMMES)
@settings(max_examples=examples(45), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    unknown=st.sampled_from((0.0, 0.0, 0.02, 0.2)),
    long=st.sampled_from((False, False, True)),
)
def test_the_batch_decides_like_the_single_decision(code: str, seed: int, unknown: float, long: bool) -> None:
    rng = random.Random(seed)
    book = random_book(rng, LONG_RATES if long else None)
    households = [random_facts(rng, book, unknown=unknown) for _ in range(HOUSEHOLDS)]
    compiled = compile_batch(PROGRAMMES[code], REGION, DAY, book=book, nullable=() if unknown == 0 else None)
    wanted = [
        as_row(decide(facts, REGION, DAY, programme=PROGRAMMES[code], book=book)) for facts in households
    ]
    for facts, single, batch in zip(households, wanted, run_duckdb(compiled, households), strict=True):
        assert batch == single, facts
