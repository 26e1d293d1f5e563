"""A whole district simulated and reviewed beside the limit: reading its files, which any answer about real households pays.

    python -m benchmarks.simulate [--households 45000] [--rounds 3] [--data DIR]

The district is the demo's: invented households, a third of them with an agreement. It is built once in ``--data`` (a temporary folder
without one) on SQLite. ``limit``: the records of every household read and unsealed, nothing made of them. The rules themselves
(two SELECTs in DuckDB) are measured beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.timing import Contender, compare, show

SEED = 1


def build(households: int) -> None:
    """The register of the demo and an agreement for who rents on the market."""
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from guangsha.areas.registry.models import Home
    from guangsha.areas.subsidy.models import Agreement
    from guangsha.demo.cast import build_cast
    from guangsha.demo.district import _families
    from guangsha.demo.register import open_agencies, write_families

    call_command("migrate", verbosity=0)
    if Agreement.objects.exists():
        return
    now, today = timezone.now(), timezone.localdate()
    with transaction.atomic():
        cast = build_cast()
        register = open_agencies(cast, households)
        write_families(register, _families(cast, households, SEED, today), random.Random(SEED), now)
        rented = (
            Home.objects.filter(nature="market_rented").select_related("household").order_by("household_id")
        )
        rows = {home.household_id: home for home in rented}
        Agreement.objects.bulk_create(
            [
                Agreement(
                    number=f"BT{key:09d}", agency=cast.district, household_id=key, payee_id=home.household.head_id, region="430699",
                    lease_filing="租备", rent_fen=home.rent_fen or 0, starts_on=today - timedelta(days=100),
                    ends_on=today + timedelta(days=265), state="active", amount_fen=30_000, signed_on=today, made_at=now,
                )
                for key, home in rows.items()
            ],
            batch_size=1000,
        )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=45_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.data or Path(temporary)
        os.environ["GUANGSHA_DATA"] = str(folder)
        os.environ["GUANGSHA_KEYS"] = str(folder / "keys.json")
        os.environ.pop("DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "guangsha.config.settings"
        import django

        django.setup()
        started = time.perf_counter()
        build(arguments.households)
        print(f"built in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        measure(arguments.rounds)
    return 0


def measure(rounds: int) -> None:
    """Everything by turns."""
    from django.utils import timezone

    from guangsha.areas.eligibility.reading import files_of
    from guangsha.areas.eligibility.table import facts_table
    from guangsha.areas.registry.models import Household
    from guangsha.areas.subsidy.models import Agreement
    from guangsha.areas.subsidy.review import find_differences
    from guangsha.areas.subsidy.simulate import simulate
    from guangsha.audit.actor import CLOCK
    from guangsha.people.models import Agency
    from guangsha.policy.programmes import RENTAL_SUBSIDY

    today: date = timezone.localdate()
    agency = Agency.objects.get(pk=Agreement.objects.values_list("agency_id", flat=True)[0])
    everybody = list(Household.objects.values_list("pk", flat=True))
    paid = list(Agreement.objects.values_list("household_id", flat=True))
    table = facts_table(everybody, today)

    def read(keys: list[int]) -> Any:
        return lambda: sum(1 for _ in files_of(keys, today))

    one = (
        Contender("read every file", "limit", read(everybody), len(everybody)),
        Contender(
            "simulate the district",
            "ours",
            lambda: simulate(CLOCK, agency, ["base_rent_m2=18"]),
            len(everybody),
        ),
        Contender(
            "the rules alone (one SELECT)",
            "ours",
            lambda: table.propose(RENTAL_SUBSIDY, "430699"),
            len(everybody),
        ),
    )
    show(compare("政策测算 (what-if on every file of a district)", one, rounds=rounds, unit="households"))
    two = (
        Contender("read their files", "limit", read(paid), len(paid)),
        Contender(
            "review every agreement", "ours", lambda: find_differences(agency, "annual", today), len(paid)
        ),
    )
    show(compare("年度复核 (every agreement anew, nearly all differ)", two, rounds=rounds, unit="agreements"))


if __name__ == "__main__":
    sys.exit(main())
