"""Payments when a process dies, when a notification comes again, when everybody comes at once: nothing lost, nothing booked twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from guangsha.testing.databases import database_of_its_own

#: An office with its own database. A death is a child process that leaves at a place of the booking, as a killed one does.
OFFICE = """
import json, os, sys, threading
import django
django.setup()
from unittest.mock import patch
from django.db import connection
from django.test import Client
from django.utils import timezone
from guangsha.testing.template import fill
fill()
from guangsha.areas.rent import actions, notifications
from guangsha.areas.rent.actions import paying
from guangsha.areas.rent.channels import simulated_notification
from guangsha.areas.rent.models import Allocation, Receipt
from guangsha.areas.rent.tests.builders import Office, account_of, proof
from guangsha.ledger.models import Entry
from guangsha.testing.cast import build_cast

office = Office(build_cast())
first = timezone.localdate().replace(day=1).isoformat()
leases = [office.lease(first, number=number + 1) for number in range(2)]
assert office.bill() == 2

def tell(message):
    body, signature = message
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    return client.post(
        "/rent/notifications/", body, content_type="application/json", headers={"x-signature": signature}
    ).status_code

def die(*args, **more):
    os._exit(9)

def death(message, place, name):
    connection.close()
    child = os.fork()
    if not child:
        with patch.object(place, name, die):
            tell(message)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def at_once(messages):
    told, gate = [], threading.Barrier(len(messages))
    def run(message):
        try:
            gate.wait(60)
            told.append(tell(message))
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=(one,)) for one in messages]
    [one.start() for one in threads]
    [one.join(100) for one in threads]
    assert not any(one.is_alive() for one in threads), "somebody waits for ever"
    return sorted(told)

def stands(lease):
    proof()
    account = account_of(lease)
    keys = Receipt.objects.filter(order__account=account).values_list("pk", flat=True)
    booked = Entry.objects.filter(key__in=[f"rent:receipt:{key}" for key in keys]).count()
    paid = sum(Allocation.objects.filter(receipt__in=keys).values_list("fen", flat=True))
    return [account.owed_fen, account.advance_fen, len(keys), booked, paid]

found = {}
lease = leases[0]
message = simulated_notification(office.order(lease, 10_000))
found["written, not posted"] = [death(message, paying, "book"), stands(lease)]
found["posted, not committed"] = [death(message, paying, "record"), stands(lease)]
found["committed, not answered"] = [death(message, notifications, "JsonResponse"), stands(lease)]
found["comes again"] = [tell(message), tell(message), stands(lease)]
found["one notification at once"] = [at_once([simulated_notification(office.order(lease, 5_000))] * 4), stands(lease)]
# on line and at the counter: two serials, so both are the household's money
order = office.order(lease, 20_000)
found["one order paid twice at once"] = [
    at_once([simulated_notification(order, serial=f"twice-{number}") for number in range(2)]), stands(lease)]
# one serial under two orders of two leases: one is believed, the other is asked about
both = [simulated_notification(office.order(one, 1_000), serial="same") for one in leases]
found["one serial for two leases"] = at_once(both)
found["receipts of the serial"] = Receipt.objects.filter(serial="same").count()
proof()
print(json.dumps(found))
"""


@pytest.mark.django_db
@pytest.mark.timeout(300)  # PostgreSQL migrates a database for it; a few seconds by itself
def test_a_payment_is_neither_lost_nor_booked_twice(tmp_path: Path) -> None:
    with database_of_its_own(tmp_path, "rent") as address:
        environment = {
            **os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings",
            "GUANGSHA_DATA": str(tmp_path), "GUANGSHA_KEYS": str(tmp_path / "keys.json"),
            "GUANGSHA_BANK": str(tmp_path / "bank"), "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", OFFICE], env=environment, text=True, capture_output=True, timeout=280, check=False
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    # what is owed, what is paid ahead, receipts, entries of them, what they paid
    owed = 43_932
    nothing, once = [owed, 0, 0, 0, 0], [owed - 10_000, 0, 1, 1, 10_000]
    assert found == {
        "written, not posted": [9, nothing],
        "posted, not committed": [9, nothing],
        "committed, not answered": [9, once],
        "comes again": [200, 200, once],
        "one notification at once": [[200] * 4, [owed - 15_000, 0, 2, 2, 15_000]],
        "one order paid twice at once": [[200] * 2, [0, 55_000 - owed, 4, 4, owed]],
        "one serial for two leases": [200, 400],
        "receipts of the serial": 1,
    }
