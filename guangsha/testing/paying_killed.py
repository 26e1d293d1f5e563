"""Offices that pay subsidies while their processes are killed, while several press at once, while a copy of the database is put back.

    python -m guangsha.testing.paying_killed --seed 7 --kills 20 --copies 3

Each process is a fork that dies by SIGKILL before one of its statements. The bank is a folder beside the database: it pays each row of
each batch number once, for ever. What came of it goes to standard output as JSON; ``findings`` names every promise that was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

#: The months that are due, the last ones of the year up to November.
LAST_MONTH = 11
FAMILIES = 12
NOW = "2026-11-20T10:00:00+08:00"


class Office:
    """One installation in a folder: its database, its bank, its processes."""

    def __init__(self, seed: int, months: int) -> None:
        from django.conf import settings

        self.months = [202600 + number for number in range(LAST_MONTH - months + 1, LAST_MONTH + 1)]

        self.random = random.Random(seed)
        self.folder = Path(settings.GUANGSHA_DATA)
        self.bank = self.folder / "the-bank"
        self.bank.mkdir(parents=True, exist_ok=True)
        self.kills: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    def process(self, work: Callable[[], None], *, dies_at: int = 0) -> tuple[int, str]:
        """Do ``work`` in a process of its own; at statement ``dies_at`` it is killed. How it ended, and what it last said."""
        from django.db import connection, connections

        connections.close_all()
        said = self.folder / f"said-{time.monotonic_ns()}"
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            words = said.read_text(encoding="utf-8") if said.exists() else ""
            said.unlink(missing_ok=True)
            return status, words
        try:
            count = 0

            def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
                nonlocal count
                count += 1
                if count == dies_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return execute(sql, params, many, context)

            with connection.execute_wrapper(watch):
                work()
            said.write_text(str(count), encoding="utf-8")
            os._exit(0)
        except BaseException as error:
            code = getattr(error, "reason_code", "")
            said.write_text(code or "".join(traceback.format_exception(error))[-3000:], encoding="utf-8")
            os._exit(3 if code else 1)

    def crowd(self, works: list[Callable[[], None]]) -> list[str]:
        """Do these at once, each in a process of its own; what each said: "" done, or the code of its refusal."""
        from django.db import connections

        connections.close_all()
        start = time.time() + 0.3
        children: list[tuple[int, Path]] = []
        for work in works:
            said = self.folder / f"crowd-{len(children)}"
            child = os.fork()
            if not child:
                try:
                    time.sleep(max(0.0, start - time.time()))
                    work()
                    said.write_text("", encoding="utf-8")
                except BaseException as error:
                    code = getattr(error, "reason_code", "")
                    said.write_text(code or repr(error)[:2000], encoding="utf-8")
                os._exit(0)
            children.append((child, said))
        told = []
        for child, said in children:
            os.waitpid(child, 0)
            told.append(said.read_text(encoding="utf-8") if said.exists() else "died")
        return told

    # The bank.

    def pay(self, number: str, rows: list[tuple[int, str, int]], chance: random.Random) -> dict[int, str]:
        """The bank's side of a file: a batch number that it knows is answered as before and never paid again."""
        place = self.bank / f"{number}.json"
        if place.exists():
            kept = json.loads(place.read_text(encoding="utf-8"))
            return {int(seq): code for seq, code in kept["codes"].items()}
        codes = {seq: chance.choice(["paid"] * 6 + ["closed"]) for seq, _, _ in rows}
        draft = place.with_suffix(".draft")
        draft.write_text(json.dumps({"rows": rows, "codes": codes}), encoding="utf-8")
        draft.replace(place)
        return codes

    def paid(self) -> Counter[str]:
        """What the bank has paid in all, by account."""
        total: Counter[str] = Counter()
        for place in self.bank.glob("*.json"):
            kept = json.loads(place.read_text(encoding="utf-8"))
            for seq, account, fen in kept["rows"]:
                if kept["codes"][str(seq)] == "paid":
                    total[account] += fen
        return total


def bank_key(folder: Path) -> Any:
    """The simulated bank's signing key, the same for every process."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    place = folder / "bank-key"
    if not place.exists():
        place.write_bytes(os.urandom(32))
    return Ed25519PrivateKey.from_private_bytes(place.read_bytes())


def opened(folder: Path) -> Any:
    """The district as it stands."""
    from guangsha.areas.subsidy.bank_exchange import exchange
    from guangsha.areas.subsidy.bank_simulator import SimulatedBank
    from guangsha.ledger.models import BudgetLine, Fund
    from guangsha.people.models import Account, Agency
    from guangsha.testing.payments import Payments

    class Known:
        """What of the cast is needed."""

        district = Agency.objects.get(name="湖滨区住房保障服务中心")

        def account(self, who: str) -> Account:
            return Account.objects.get(username=LOGINS[who])

    bank = SimulatedBank(exchange(), bank_key(folder))
    bank.introduce(folder / "bank")
    bank.ours = exchange()
    return Payments(Known(), Fund.objects.get(), BudgetLine.objects.get(), bank)  # type: ignore[arg-type]


LOGINS = {
    "rent_clerk": "rent", "district_reviewer": "reviewer", "district_approver": "approver", "supervisor": "supervisor",
    "accountant": "accountant", "second_reviewer": "reviewer2", "second_approver": "approver2",
}  # fmt: skip


def begin(months: list[int]) -> None:
    """Tables, people, books, households with these months due each."""
    from guangsha.testing.payments import build_payments
    from guangsha.testing.template import fill

    fill()
    paying = build_payments()
    for number in range(1, FAMILIES + 1):
        paying.family(number, dict.fromkeys(months, 10_000 + number * 7), members=2)


def step(office: Office, chance: random.Random) -> bool:
    """The next act that waits for somebody; False when nothing is left to do."""
    from guangsha.areas.subsidy import payment_actions as acts
    from guangsha.areas.subsidy.models import Batch, Entitlement, Item
    from guangsha.areas.subsidy.payment_actions import register
    from guangsha.areas.subsidy.payment_actions.restoring import forgotten_of

    paying = opened(office.folder)
    for number in forgotten_of(paying.accountant):
        # the copy is older than the file: what nobody has sent yet makes room, then the batch is written down again
        waiting = Batch.objects.filter(state__in=("draft", "checked", "approved"))
        for batch in [one for one in waiting if not register.has(one.number)]:
            acts.cancel_batch(paying.head, batch.number, batch.version, reason="补录前作废")
        try:
            acts.restore_batch(paying.accountant, number)
        except acts.PaymentRefused as refused:
            if (
                refused.reason_code != "replaces"
            ):  # a reissue: the answer to its first batch is to be taken in before
                raise
        else:
            return True
    open_ones = Batch.objects.exclude(state__in=("closed", "cancelled")).order_by("pk")
    for batch in open_ones:
        who: Mapping[str, Callable[[], Any]] = {
            "draft": partial(paying.check, batch, "已核实"),
            "checked": partial(paying.approve, batch),
            "approved": partial(acts.send_batch, paying.accountant, batch.number, batch.version),
        }
        if batch.state in who:
            who[batch.state]()
            return True
        if Item.objects.filter(batch=batch, state="sent").exists():
            deliver(office, paying, batch, chance)
            return True
        if not Item.objects.filter(batch=batch, state="returned").exists():
            acts.close_batch(paying.accountant, batch.number, batch.version)
            return True
    if Item.objects.filter(state="returned").exists():
        acts.make_reissue(paying.maker, paying.cast.district.pk, paying.line.pk, month=office.months[-1])
        return True
    for month in office.months:
        if Entitlement.objects.filter(month=month, state="computed").exists():
            paying.make(month)
            return True
    return False


def deliver(office: Office, paying: Any, batch: Any, chance: random.Random) -> None:
    """The bank pays and answers: whole, in two files in either order, or the same file twice."""
    from guangsha.areas.subsidy import payment_actions as acts

    data = acts.take_file(paying.accountant, batch.number)[1]
    rows = [(row.seq, row.account, row.amount_fen) for row in paying.bank.read(data, batch.number).rows]
    codes = {seq: code for seq, code in office.pay(batch.number, rows, chance).items() if code != "paid"}
    middle = chance.randint(1, max(row[0] for row in rows))
    parts = [range(1, middle + 1), range(middle + 1, 10_000)]
    chance.shuffle(parts)
    if chance.random() < 0.5:
        parts = [range(1, 10_000), range(1, 10_000)]
    for part in parts:
        if any(row[0] in part for row in rows):
            paying.receive(batch, paying.answer(batch, data, codes=codes, only=part))


def finish(office: Office, chance: random.Random) -> None:
    """Everything that is left to do."""
    for _ in range(200):
        if not step(office, chance):
            return
    raise RuntimeError("there is no end")


def snapshot(office: Office) -> None:
    """A copy of the database, as a backup takes it."""
    _copy(office, back=False)


def put_back(office: Office) -> None:
    """The copy in place of the database; what lies beside it stays."""
    _copy(office, back=True)


def _copy(office: Office, *, back: bool) -> None:
    from django.db import connection, connections

    settings = connection.settings_dict
    connections.close_all()
    if connection.vendor == "sqlite":
        import sqlite3

        live, kept = Path(settings["NAME"]), office.folder / "copy.sqlite3"
        source, target = (kept, live) if back else (live, kept)
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)
        return
    live_name, kept_name = settings["NAME"], f"{settings['NAME']}_copy"
    source_name, target_name = (kept_name, live_name) if back else (live_name, kept_name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{target_name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{target_name}" TEMPLATE "{source_name}"')


def findings(office: Office) -> list[str]:
    """Every promise that does not hold at the end."""
    from django.db.models import Sum

    from guangsha.areas.subsidy.models import Batch, Entitlement, Item, ItemMonth
    from guangsha.areas.subsidy.payment_actions.closing import reconcile
    from guangsha.audit.verify import verify_chains
    from guangsha.ledger.models import BudgetLine
    from guangsha.ledger.verify import verify_books

    wrong = []
    expected = {
        f"622202020{number:010d}": len(office.months) * (10_000 + number * 7)
        for number in range(1, FAMILIES + 1)
    }
    if dict(office.paid()) != expected:
        wrong.append(f"the bank paid {dict(office.paid())}")
    states = dict(Entitlement.objects.order_by().values_list("state").annotate(fen=Sum("amount_fen")))
    if states != {"paid": sum(expected.values())}:
        wrong.append(f"entitlements: {states}")
    if ItemMonth.objects.filter(living=True).exclude(item__state="paid").exists():
        wrong.append("a month is in a payment that was not made")
    if Item.objects.filter(state__in=("ready", "sent", "returned")).exists():
        wrong.append("a payment is open")
    paying = opened(office.folder)
    for batch in Batch.objects.exclude(state="cancelled"):
        if batch.state != "closed" or not reconcile(paying.accountant, batch.number).clean:
            wrong.append(f"{batch.number} is {batch.state}, or the three do not agree")
    line = BudgetLine.objects.get()
    if (line.committed_fen, line.executed_fen) != (0, sum(expected.values())):
        wrong.append(f"the line: {line.committed_fen} kept, {line.executed_fen} spent")
    if not (proof := verify_books()).as_json()["sound"]:
        wrong.append(f"the books: {proof.as_json()['faults']}")
    if not (log := verify_chains()).sound:
        wrong.append(f"the log: {log.as_json()}")
    return wrong


def press_at_once(office: Office) -> list[str]:
    """Every act pressed by several people in the same moment; what did not come out once."""
    from guangsha.areas.subsidy import payment_actions as acts
    from guangsha.areas.subsidy.models import Batch

    wrong = []

    def tried(what: str, works: list[Callable[[], Any]], allowed: set[str]) -> None:
        told = office.crowd(works)
        office.refusals.update(word for word in told if word)
        if told.count("") != 1 or not {word for word in told if word} <= allowed:
            wrong.append(f"{what}: {told}")

    def act(name: str, who: str, *more: Any, **named: Any) -> Callable[[], Any]:
        def run() -> None:
            paying = opened(office.folder)
            getattr(acts, name)(paying.actor(who), *more, **named)

        return run

    paying = opened(office.folder)
    district, line = paying.cast.district.pk, paying.line.pk
    tried("make", [act("make_batch", "rent_clerk", district, office.months[0], line)] * 3, {"nothing"})
    batch = Batch.objects.get()
    number = batch.number
    people = ("district_reviewer", "second_reviewer", "district_reviewer")
    tried("check", [act("check_batch", who, number, 1) for who in people], {"moved", "state"})
    people = ("supervisor", "district_approver", "second_approver")
    tried("approve", [act("approve_batch", who, number, 2) for who in people], {"moved", "state"})
    tried("send", [act("send_batch", "accountant", number, 3)] * 3, {"moved", "state"})
    data = acts.take_file(paying.accountant, number)[1]
    rows = [(row.seq, row.account, row.amount_fen) for row in paying.bank.read(data, number).rows]
    codes = office.pay(number, rows, random.Random(1))
    answer = paying.answer(batch, data, codes={seq: code for seq, code in codes.items() if code != "paid"})
    told = office.crowd([act("receive_file", "accountant", number, answer)] * 4)
    if set(told) != {""}:
        wrong.append(f"receive: {told}")
    return wrong


def work(seed: int, kills: int, copies: int, months: int) -> dict[str, Any]:
    """Begin, press at once, die so often, put copies back, finish, look."""
    from django.db import connections

    office = Office(seed, months)
    begin(office.months)
    wrong = press_at_once(office)
    # few deaths fall anywhere into the whole work; many come early, so that there is work left for all of them
    far = max(150, 1400 * months // (2 * kills)) if kills else 0
    done = 0
    while done < kills:
        chance = random.Random(office.random.random())
        status, words = office.process(partial(finish, office, chance), dies_at=office.random.randint(1, far))
        if os.WIFSIGNALED(status):
            office.kills["killed"] += 1
            done += 1
            continue
        if status:
            wrong.append(f"a process ended by itself: {words}")
            break
        office.kills["finished"] += 1
        break
    for _ in range(copies):
        # a copy from somewhere on the way, some more work, then the copy is put back: the bank forgets nothing
        snapshot(office)
        chance = random.Random(office.random.random())
        office.process(partial(finish, office, chance), dies_at=office.random.randint(100, 1500))
        put_back(office)
    status, words = office.process(lambda: finish(office, random.Random(seed)))
    if status:
        wrong.append(f"the end: {words}")
    connections.close_all()
    wrong += findings(office)
    return {"findings": wrong, "kills": dict(office.kills), "refusals": dict(office.refusals)}


def main() -> int:
    """The command."""
    from guangsha.cli.setup import load_django

    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--months", type=int, default=2, choices=range(1, LAST_MONTH + 1))
    given = parser.parse_args()
    load_django()
    from django.utils import timezone

    started, stands = time.monotonic(), datetime.fromisoformat(NOW)

    def now() -> datetime:
        from datetime import timedelta

        return stands + timedelta(seconds=time.monotonic() - started)

    with patch.object(timezone, "now", now):
        told = work(given.seed, given.kills, given.copies, given.months)
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
