"""Many clerks and families in one session at the same moment: every dwelling once, no click lost, how long an answer takes.

    DATABASE_URL=… python -m guangsha.testing.choosing --clerks 50 --families 1000 --processes 2

The families stand before the board; each clerk takes the next one, tries the dwellings everybody wants first, and signs for the
first it gets. With ``--kills`` so many processes die by SIGKILL before one of their statements, and others go on from the last sheet
signed. What came of it goes to standard output as JSON; ``findings`` names every promise that was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

#: A clerk who was told that a dwelling is taken looks for so many seconds and tries another one, at most so often.
LOOKS, TRIES = 0.2, 500
#: Of the dwellings still shown as free everybody wants one of these.
WANTED = 20


def fill(families: int) -> tuple[int, int]:
    """A session with so many families who choose, and as many dwellings: its plan, and the account of the officer."""
    from django.db import transaction
    from django.utils import timezone

    from guangsha.areas.allocation import actions
    from guangsha.areas.allocation.models import Plan, Registration, WaitlistEntry
    from guangsha.areas.allocation.rules import entry_no_of
    from guangsha.areas.allocation.tests.builders import Hall
    from guangsha.areas.registry.models import Household, Membership, Person
    from guangsha.testing.cast import build_cast

    people_of = build_cast()
    hall, now, today = Hall(people_of), timezone.now(), timezone.localdate()
    plan = hall.plan(families, desks=100)
    with transaction.atomic():
        people = Person.objects.bulk_create(
            [Person(name=f"申请人{serial}", identity_kind="other") for serial in range(families)]
        )
        households = Household.objects.bulk_create([
            Household(number=f"T{person.pk:08d}", agency=people_of.district, community=people_of.communities[0], head=person, opened_on=today)
            for person in people
        ])  # fmt: skip
        Membership.objects.bulk_create([
            Membership(household=one, person_id=one.head_id, relation="self", started_on=today) for one in households
        ])  # fmt: skip
        entries = WaitlistEntry.objects.bulk_create([
            WaitlistEntry(
                number=f"LHT{one.pk:08d}", agency=people_of.district, household=one, applicant_id=one.head_id, listed_on=today,
                layout="A", members=1, state="registered", state_since=today, made_at=now,
            )
            for one in households
        ])  # fmt: skip
        Registration.objects.bulk_create([
            Registration(
                plan=plan, waitlist_entry=entry, entry_no=entry_no_of(place), household_id=entry.household_id,
                applicant_id=entry.applicant_id, layout="A", members=1, state="rostered", recheck_trace=cast(Any, {}), order_number=place,
                outcome="selector", registered_at=now, session_state="choosing", choosing_until=now + timedelta(hours=2),
            )
            for place, entry in enumerate(entries, 1)
        ])  # fmt: skip
        Plan.objects.filter(pk=plan.pk).update(state="selecting")
    actions.lapse_locks()
    return plan.pk, hall.officer.account_id


class Room:
    """What the clerks of one process do, and how long each answer took."""

    def __init__(self, plan_id: int, account_id: int, share: int, shares: int, seed: int) -> None:
        self.plan_id, self.account_id, self.share, self.shares = plan_id, account_id, share, shares
        self.random = random.Random(seed + share)
        self.lock = threading.Lock()
        self.waiting: Iterator[int] | None = None
        self.seconds: dict[str, list[float]] = {"choose": [], "sign": []}
        self.refusals: Counter[str] = Counter()
        self.lost: list[str] = []

    def next_family(self) -> int | None:
        """A family of this process's share that nobody has taken up."""
        from guangsha.areas.allocation.models import Registration

        with self.lock:
            if self.waiting is None:
                rows = Registration.objects.filter(
                    plan_id=self.plan_id, session_state__in=("choosing", "locked")
                )
                keys = list(rows.order_by("order_number").values_list("pk", flat=True))
                self.waiting = iter([key for key in keys if key % self.shares == self.share])
            return next(self.waiting, None)

    def timed(self, what: str, act: Any) -> Any:
        """Do an act and keep how long it took; a refusal is counted, any other end is a click lost."""
        from guangsha.kernel.errors import InputError

        start = time.perf_counter()
        try:
            return act()
        except InputError as error:
            with self.lock:
                self.refusals[error.code] += 1
            return None
        except Exception as error:
            with self.lock:
                self.lost.append(repr(error)[:300])
            return None
        finally:
            with self.lock:
                self.seconds[what].append(time.perf_counter() - start)

    def clerk(self) -> None:
        """One desk: family after family, until nobody is left."""
        from django.db import connection

        from guangsha.areas.allocation import actions
        from guangsha.areas.allocation.models import PlanDwelling, Registration
        from guangsha.people.actors import build_actor
        from guangsha.people.models import Account

        try:
            actor = build_actor(Account.objects.get(pk=self.account_id))
            while (key := self.next_family()) is not None:
                for _ in range(TRIES):
                    family = Registration.objects.filter(pk=key).values_list("session_state", flat=True)
                    if family[0] == "locked":
                        break
                    free = PlanDwelling.objects.filter(plan_id=self.plan_id, state="open").order_by("unit_no")
                    wanted = list(free.values_list("pk", flat=True)[:WANTED])
                    if not wanted:
                        break
                    offer = self.random.choice(wanted)
                    if (
                        self.timed("choose", lambda key=key, offer=offer: actions.choose(actor, key, offer))
                        is None
                    ):
                        time.sleep(LOOKS)
                self.timed("sign", lambda key=key: actions.sign(actor, key))
        finally:
            connection.close()

    def run(self, clerks: int) -> dict[str, Any]:
        """All desks of this process until nobody is left."""
        desks = [threading.Thread(target=self.clerk) for _ in range(clerks)]
        for desk in desks:
            desk.start()
        for desk in desks:
            desk.join()
        return {"seconds": self.seconds, "refusals": dict(self.refusals), "lost": self.lost}


def in_processes(
    plan_id: int, account_id: int, clerks: int, processes: int, seed: int, dies_at: int = 0
) -> list[dict[str, Any]]:
    """The rooms of so many processes at once; with ``dies_at`` the first of them is killed before that statement."""
    from django.db import connection, connections

    connections.close_all()
    pipes, children = [], []
    for share in range(processes):
        reading, writing = os.pipe()
        child = os.fork()
        if child:
            os.close(writing)
            pipes.append(reading)
            children.append(child)
            continue
        try:
            os.close(reading)
            room = Room(plan_id, account_id, share, processes, seed)
            if dies_at and share == 0:
                count = 0

                def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
                    nonlocal count
                    count += 1
                    if count == dies_at:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return execute(sql, params, many, context)

                with connection.execute_wrapper(watch):
                    room.clerk()
                told = {"seconds": room.seconds, "refusals": dict(room.refusals), "lost": room.lost}
            else:
                told = room.run(max(1, clerks // processes))
            with os.fdopen(writing, "w") as out:
                json.dump(told, out)
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(repr(error))
            os._exit(1)
    told_all = []
    for reading in pipes:
        with os.fdopen(reading) as out:
            words = out.read()
        told_all.append(
            json.loads(words) if words else {"seconds": {}, "refusals": {}, "lost": [], "killed": True}
        )
    for child in children:
        os.waitpid(child, 0)
    return told_all


def findings(plan_id: int, families: int) -> list[str]:
    """Every promise that was broken."""
    from django.db.models import Count

    from guangsha.areas.allocation.models import PlanDwelling, Registration, SelectionEvent
    from guangsha.areas.stock.models import Dwelling
    from guangsha.audit.models import Act
    from guangsha.audit.verify import verify_chains

    found = []
    signed = Registration.objects.filter(plan_id=plan_id, session_state="signed")
    if signed.count() != families:
        found.append(f"{signed.count()} of {families} families have signed")
    doubles = signed.values("dwelling").annotate(times=Count("pk")).filter(times__gt=1).count()
    if doubles:
        found.append(f"{doubles} dwellings were given twice")
    offers = dict(
        PlanDwelling.objects.filter(plan_id=plan_id, state="signed").values_list("registration", "dwelling")
    )
    if offers != dict(signed.values_list("pk", "dwelling")):
        found.append("the dwellings of the plan do not say what the families say")
    if Dwelling.objects.filter(pk__in=offers.values()).exclude(state="chosen").exists():
        found.append("a signed dwelling is not chosen in the register")
    sheets = SelectionEvent.objects.filter(plan_id=plan_id, kind="signed").count()
    logged = Act.objects.filter(action="allocation.session.sign").count()
    if sheets != families or logged != families:
        found.append(f"{sheets} sheets and {logged} acts for {families} families")
    if not verify_chains().sound:
        found.append("the log does not hold together")
    return found


def quantile(seconds: list[float], part: float) -> float:
    """The least time that this part of the answers did not exceed."""
    rows = sorted(seconds)
    return rows[min(len(rows) - 1, int(len(rows) * part))] if rows else 0.0


def hold(clerks: int, families: int, processes: int, seed: int, kills: int) -> dict[str, Any]:
    """One session from its first click to its last sheet."""
    plan_id, account_id = fill(families)
    chance, killed = random.Random(seed), 0
    for _ in range(kills):
        rooms = in_processes(plan_id, account_id, 1, 1, seed, dies_at=chance.randint(12, 90))
        killed += sum(room.get("killed", False) for room in rooms)
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    rooms = in_processes(plan_id, account_id, clerks, processes, seed)
    whole, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    by_act = {
        act: [one for room in rooms for one in room["seconds"].get(act, ())] for act in ("choose", "sign")
    }
    seconds = [one for rows in by_act.values() for one in rows]
    refusals: Counter[str] = Counter()
    for room in rooms:
        refusals.update(room["refusals"])
    return {
        "clerks": clerks, "families": families, "answers": len(seconds), "seconds": round(whole, 2), "killed": killed,
        "processor_ms_per_answer": round(worked * 1000 / max(1, len(seconds)), 1), "load": round(os.getloadavg()[0], 1),
        "p50_ms": round(quantile(seconds, 0.5) * 1000), "p99_ms": round(quantile(seconds, 0.99) * 1000),
        "p99_ms_by_act": {act: round(quantile(rows, 0.99) * 1000) for act, rows in by_act.items()},
        "most_ms": round(max(seconds, default=0.0) * 1000), "refusals": dict(refusals),
        "lost": [words for room in rooms for words in room["lost"]][:5], "findings": findings(plan_id, families),
    }  # fmt: skip


def main() -> None:
    """Migrate an empty database, hold one session, print what came of it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clerks", type=int, default=8)
    asked.add_argument("--families", type=int, default=60)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--kills", type=int, default=0)
    given = asked.parse_args()
    import django

    django.setup()
    from guangsha.testing.template import fill as lay_tables

    lay_tables()
    told = hold(given.clerks, given.families, given.processes, given.seed, given.kills)
    json.dump(told, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
