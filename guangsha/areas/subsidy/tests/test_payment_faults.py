"""Processes die from the first statement to the last, several press at once, a copy of the database is put back: nothing is paid
twice, nothing is lost, books and log are sound. Clocks that go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guangsha.areas.subsidy.bank_files import BankFileRefused
from guangsha.areas.subsidy.models import Entitlement
from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.ledger.verify import verify_books
from guangsha.testing.cast import Cast
from guangsha.testing.databases import database_of_its_own
from guangsha.testing.payments import build_payments, fresh


def office(folder: Path, seed: int, kills: int, copies: int, months: int, seconds: int) -> dict[str, Any]:
    """What came of an office whose processes were killed so often."""
    with database_of_its_own(folder, "paying") as address:
        environment = {
            **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": str(folder),
            "GUANGSHA_KEYS": str(folder / "keys.json"), "DATABASE_URL": address, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }  # fmt: skip
        environment.pop("GUANGSHA_BANK", None)
        asked = ["--seed", str(seed), "--kills", str(kills), "--copies", str(copies), "--months", str(months)]
        ended = subprocess.run(
            [sys.executable, "-m", "guangsha.testing.paying_killed", *asked],
            env=environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


@pytest.mark.django_db
@pytest.mark.timeout(400)  # a machine that does other things as well; some ten seconds by itself
def test_a_few_deaths_and_a_copy_put_back_pay_nothing_twice(tmp_path: Path) -> None:
    told = office(tmp_path, seed=20261121, kills=3, copies=1, months=1, seconds=380)
    assert told["findings"] == []
    assert told["kills"]["killed"] and told["refusals"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(1, 9))
def test_many_deaths_and_copies_pay_nothing_twice(tmp_path: Path, seed: int) -> None:
    told = office(tmp_path, seed=seed, kills=40, copies=3, months=6, seconds=1700)
    assert told["findings"] == []
    assert told["kills"]["killed"] > 20


def test_a_clock_that_goes_wrong_loses_no_answer(
    cast: Cast, clock: Clock, settings: Any, tmp_path: Path
) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    clock.at("2026-11-20")
    paying = build_payments(cast)
    paying.family(1, {202611: 43_200})
    batch, data = paying.to_bank(202611)
    answer = paying.answer(batch, data)
    clock.at("2026-11-10")  # the battery was flat
    with pytest.raises(BankFileRefused, match="还没有到"):
        paying.receive(batch, answer)
    assert fresh(batch).state == "sent"
    clock.at("2027-03-01")
    clock.at("2026-11-20")
    assert paying.receive(batch, answer).paid == 1
    clock.at("2026-11-01")  # and flat again: what stands is not shaken
    assert paying.receive(batch, answer).paid == 1
    assert Entitlement.objects.get().state == "paid" and verify_books().as_json()["sound"]
