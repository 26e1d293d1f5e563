"""Requests at the same moment. ``test_at_once`` runs this on PostgreSQL, and in a process of its own on a SQLite file."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

TOGETHER = 4


def together(work: Any) -> list[Any]:
    """The answers of requests that begin together."""
    from django.db import connections

    gate = Barrier(TOGETHER)

    def one(number: int) -> Any:
        gate.wait(timeout=30)
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(one, range(TOGETHER)))


def outcome() -> dict[str, Any]:
    """One submission sent four times at once, and four who save one draft at once; what came of it."""
    from guangsha.api import limits
    from guangsha.api.tests.calls import PROOF, Caller, key_for
    from guangsha.areas.intake.models import Case
    from guangsha.areas.intake.tests.builders import answers
    from guangsha.audit.models import Act
    from guangsha.testing.cast import build_cast

    limits.WINDOW.clear()
    cast = build_cast()
    caller = Caller(key_for(cast))
    made = caller("POST", "/drafts", {"service": "elig_apply", "answers": answers(cast)}).json()
    path = f"/drafts/{made['id']}/submission"
    sent = together(lambda _: caller("POST", path, {"proof": PROOF}, Idempotency_Key="at-once-01"))
    other = caller("POST", "/drafts", {"service": "repair", "answers": {}}).json()
    saved = together(
        lambda number: caller("PUT", f"/drafts/{other['id']}", {"answers": {"fault": {"text": str(number)}}}, If_Match='"1"')
    )  # fmt: skip
    return {
        "sent": [one.status_code for one in sent],
        "numbers": len({one.json().get("number") for one in sent}),
        "replayed": sum("Idempotency-Replayed" in one for one in sent),
        "cases": Case.objects.count(),
        "acts": Act.objects.filter(action="intake.case.submit").count(),
        "saved": sorted(one.status_code for one in saved),
    }


EXPECTED = {
    "sent": [201] * TOGETHER,
    "numbers": 1,
    "replayed": TOGETHER - 1,
    "cases": 1,
    "acts": 1,
    "saved": [200, *[412] * (TOGETHER - 1)],
}


def main() -> None:
    """Migrate the file and print the outcome."""
    import django

    django.setup()
    from guangsha.testing.template import fill

    fill()
    sys.stdout.write(json.dumps(outcome()))


if __name__ == "__main__":
    main()
