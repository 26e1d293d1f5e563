"""Run a district for a while, kill its processes at seeded random moments, and print what does not hold as JSON."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from guangsha.testing.killing.house import House


class Everybody(Mapping[str, Mapping[str, Mapping[str, Any]]]):
    """The exchange knows everybody, and nothing speaks against anybody."""

    def __init__(self, sources: list[str]) -> None:
        self._known = {source: {"alive": True} for source in sources}

    def __getitem__(self, identity: str) -> Mapping[str, Mapping[str, Any]]:
        return self._known

    def get(self, key: str, default: Any = None) -> Any:
        """What is known of anybody."""
        return self._known

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--citizens", type=int, default=30)
    arguments = parser.parse_args()
    folder = Path(os.environ["GUANGSHA_DATA"])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guangsha.config.settings")
    os.environ["GUANGSHA_SECOND_FACTOR"] = "none"
    import django

    django.setup()
    from guangsha.areas.verification.models import SOURCES
    from guangsha.areas.verification.simulator import Exchange, Running
    from guangsha.testing.template import fill

    fill()
    with Running(Exchange(Everybody([code for code, _ in SOURCES]))) as exchange:
        os.environ["GUANGSHA_EXCHANGE"] = exchange
        from django.conf import settings

        settings.GUANGSHA_EXCHANGE = exchange
        found = run(folder, arguments.seed, arguments.kills, arguments.citizens)
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
    return 0


def run(folder: Path, seed: int, kills: int, citizens: int) -> dict[str, Any]:
    """The run, and what came of it."""
    from guangsha.areas.intake.models import Case, Edge
    from guangsha.notify.models import Message
    from guangsha.testing.cast import build_cast
    from guangsha.testing.killing.findings import findings, settle
    from guangsha.testing.killing.people import Browser, Staff, Told, live, new_citizens

    cast, told, stop = build_cast(), Told(), threading.Event()
    house, began = House(folder), time.monotonic()
    browsers = [Browser(house.address, one, told, stop) for one in new_citizens(citizens)]
    staff = Staff(house.address, cast, told, stop)
    threads = [
        threading.Thread(target=live, args=(browsers[place::2], seed * 100 + place, stop))
        for place in range(2)
    ]
    threads += [threading.Thread(target=staff.work, args=(seed * 100 + 50 + place,)) for place in range(3)]
    house.start()
    try:
        for thread in threads:
            thread.start()
        house.kill_at_random(random.Random(seed), kills, lambda: told.answered)
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        house.worker.kill()
        house.stop()
    settle()
    return {
        "findings": list(findings(told)),
        "kills": dict(house.kills),
        "submissions": len({sent.key for sent in told.sent}),
        "acts": len(told.done),
        "presses": dict(told.presses),
        "cases": Case.objects.count(),
        "edges": Edge.objects.count(),
        "messages": Message.objects.count(),
        "files": told.files,
        "seconds": round(time.monotonic() - began, 1),
    }


if __name__ == "__main__":
    raise SystemExit(main())
