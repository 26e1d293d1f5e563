"""Processes that die in the middle, the same batch twice, everybody at once: nothing lost, nothing twice, nobody stuck."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guangsha.testing.databases import database_of_its_own

#: One process of an office. What it did goes to standard output as JSON; "waiting" says that it may be killed.
OFFICE = """
import json, sys, threading, time
import django
django.setup()
from dataclasses import replace
from datetime import date
from django.db import connection, transaction
from guangsha.ledger import store
from guangsha.ledger.actions import post, post_many
from guangsha.ledger.books import commit_budget, release_budget
from guangsha.ledger.facts import Line
from guangsha.ledger.models import Account, BudgetLine, Entry, Fund
from guangsha.ledger.rules import LedgerRefused
from guangsha.ledger.verify import verify_books
from guangsha.people.models import Agency
from guangsha.testing.ledger import Books, build_books

def opened():
    line = BudgetLine.objects.get()
    account = {(a.fund.code, a.code): a for a in Account.objects.select_related("fund")}
    from guangsha.audit.actor import Actor
    agency = Agency.objects.get()
    who = Actor("staff", 900001, "a", agency_id=agency.pk, scope=frozenset({agency.pk}), roles=frozenset({"accountant"}))
    return Books(agency, who, who, Fund.objects.get(code="01"), Fund.objects.get(code="90"), account["01", "1002"],
                 account["01", "5001"], account["01", "2302"], account["01", "7201"], account["01", "8001"],
                 account["90", "1002"], account["90", "2903.01"], line)

def wait_here():
    print("waiting", flush=True)
    time.sleep(300)

def batch(books, name, size=300):
    return [books.draft(f"{name}:{n}", n + 1, day=date(2026, 10 + n % 3, 9)) for n in range(size)]

def at_once(count, work):
    told, lock, gate = [], threading.Lock(), threading.Barrier(count)
    def run(number):
        gate.wait()
        try:
            for result in work(number):
                with lock:
                    told.append(result)
        except Exception as error:
            with lock:
                told.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    [thread.start() for thread in threads]
    [thread.join(100) for thread in threads]
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return told

def refusal(act):
    try:
        act()
    except LedgerRefused as refused:
        return refused.reason_code
    return "done"

def begin(books):
    from guangsha.testing.template import fill
    fill()
    build_books(initial_fen=100_000)

def die_inside(books):
    store.CHUNK = 100
    seen = []
    def watch(execute, sql, params, many, context):
        if "ledger_post_many" in sql or "INSERT INTO ledger_entry" in sql:
            seen.append(sql)
            if len(seen) == (3 if connection.vendor == "postgresql" else 1):
                wait_here()
        return execute(sql, params, many, context)
    with connection.execute_wrapper(watch):
        post_many(books.clock, batch(books, "A"))

def die_after(books):
    post_many(books.clock, batch(books, "B"))
    wait_here()

def again(books):
    return [[w.replayed for w in post_many(books.clock, batch(books, name))] for name in "AAB"]

def two_at_once(books):
    return at_once(4, lambda n: [sorted({w.replayed for w in post_many(books.clock, batch(books, "C", 200))})])

def one_budget_line(books):
    return at_once(8, lambda n: [refusal(lambda: post(books.clock, books.payment(f"pay:{n}", 30_000)))])

def crossing(books):
    def cross(number):
        for turn in range(6):
            a, b = (books.bank, books.payable) if number % 2 else (books.payable, books.bank)
            months = [10, 11, 12] if number % 2 else [12, 11, 10]
            yield refusal(lambda: post(books.clock, books.draft(f"x:{number}:{turn}", 5, debit=a, credit=b)))
            yield refusal(lambda: post_many(books.clock, [
                books.draft(f"y:{number}:{turn}:{m}", 7, debit=a, credit=b, day=date(2026, m, 1)) for m in months]))
            def several():
                with transaction.atomic():
                    commit_budget(books.clock, books.line.pk, 10, date(2026, 11, 1), key=f"c:{number}:{turn}", reason="r")
                    post(books.clock, books.draft(f"z:{number}:{turn}", 5, debit=b, credit=a))
                    release_budget(books.clock, books.line.pk, 10, date(2026, 11, 1), key=f"d:{number}:{turn}", reason="r")
                    post(books.clock, books.draft(f"w:{number}:{turn}", 5, debit=a, credit=b))
            yield refusal(several)
    return at_once(4, cross)

def proof(books):
    found = verify_books().as_json()
    return {**found, "debit": sum(Account.objects.values_list("debit_fen", flat=True)),
            "line": BudgetLine.objects.values_list("executed_fen", "committed_fen").get()}

books = None if sys.argv[1] == "begin" else opened()
for task in sys.argv[1:]:
    print(json.dumps(globals()[task](books)), flush=True)
"""


def office(address: str, folder: Path, *tasks: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings",
        "GUANGSHA_DATA": str(folder), "GUANGSHA_KEYS": str(folder / "keys.json"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", OFFICE, *tasks],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.django_db
@pytest.mark.timeout(600)  # a machine that does other things as well; some ten seconds by itself
def test_the_books_stand_through_deaths_repetitions_and_crowds(tmp_path: Path) -> None:
    with database_of_its_own(tmp_path, "books") as address:

        def done(*tasks: str) -> list[Any]:
            process = office(address, tmp_path, *tasks)
            out, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors[-3000:]
            return [json.loads(line) for line in out.splitlines()]

        def killed(*tasks: str) -> list[Any]:
            """What the tasks before the last one said; the process is killed in the middle of the last one."""
            process = office(address, tmp_path, *tasks)
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in tasks]
            assert said[-1] == "waiting\n", process.communicate()[1][-3000:]
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
            return [json.loads(line) for line in said[:-1]]

        done("begin")
        killed("die_inside")
        (after_death,) = killed("proof", "die_after")
        assert after_death["entries"] == 0 and after_death["sound"], "a batch is whole or not there"
        answered, repeated, crowd, line, crossed, proof = done(
            "proof", "again", "two_at_once", "one_budget_line", "crossing", "proof"
        )
        assert answered["entries"] == 300 and answered["sound"], "what was answered is there"
        first, second, known = repeated
        assert not any(first) and all(second) and all(known), "asking again changes nothing"
        assert sorted(crowd) == [[False], [True], [True], [True]], crowd
        assert sorted(line) == ["ceiling"] * 5 + ["done"] * 3, line
        assert set(crossed) == {"done"} and len(crossed) == 4 * 6 * 3, crossed
        assert proof["sound"], proof["faults"]
        assert proof["entries"] == 300 + 300 + 200 + 3 + 4 * 6 * (1 + 3 + 2)
        assert proof["line"] == [90_000, 0]
        # every entry debits one account: 1 to 300 twice, 1 to 200; payments in both accountings; the crossing ones
        assert proof["debit"] == 300 * 301 + 200 * 201 // 2 + 2 * 90_000 + 4 * 6 * (5 + 3 * 7 + 5 + 5)
