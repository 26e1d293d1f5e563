"""The books beside pgbench on the same PostgreSQL server, in turns: single entries, batches, and reading a balance.

Peer: ``pgbench`` with its own prepared TPC-B-like transaction (scale 10), the same number of clients. Ours: the functions of
``guangsha/ledger/migrations/sql`` with every rule and every trigger on, each entry committed durably: two postings, kept balances, number
without a gap, chain, key. A client of ours is a Python process, a client of pgbench is C. The audited path is what an area calls: Django, access,
the function, the line in the log. At the end the books are proved.

Reading a balance is measured at ten thousand and at ``--entries`` entries (default a million), beside the sum over the postings
that books without kept balances have to make.

It makes the databases ``ledger_bench_books`` and ``ledger_bench_pgbench`` on the server that ``GUANGSHA_TEST_POSTGRES`` names (or on the one
of this machine) and drops them at the end; it touches no other.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.timing import Comparison, Role, Timed, show

SERVER = os.environ.get("GUANGSHA_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
BOOKS, PGBENCH = "ledger_bench_books", "ledger_bench_pgbench"
#: As many as pgbench has branches at scale 10, each of which is one row that its clients wait for.
AGENCIES = 10
ACCOUNTS = 100
SCALE = 10
BATCH = 1000
DAY = date(2026, 11, 20)


def address(database: str) -> str:
    """The address of one of our databases."""
    parts = urlsplit(SERVER)
    return parts._replace(path=f"/{database}").geturl()


def program(name: str) -> str:
    """A program of PostgreSQL: on the path, or where Debian keeps it."""
    found = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[::-1]), ""
    )
    if not found:
        raise SystemExit(f"{name} is not installed: it comes with PostgreSQL")
    return found


def admin(*statements: str) -> None:
    """Statements on the server itself."""
    with psycopg.connect(SERVER, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def django() -> None:
    """Django on the database of the books."""
    os.environ["DATABASE_URL"] = address(BOOKS)
    os.environ["DJANGO_SETTINGS_MODULE"] = "guangsha.config.settings"
    from django import setup

    setup()


def build() -> None:
    """Both databases; the books of ten agencies with a hundred accounts each and one open month."""
    for name in (BOOKS, PGBENCH):
        admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    subprocess.run(
        [program("pgbench"), "-i", "-q", "-s", str(SCALE), address(PGBENCH)], check=True, capture_output=True
    )
    django()
    from django.core.management import call_command

    from guangsha.ledger.rules import genesis

    call_command("migrate", verbosity=0)
    with psycopg.connect(address(BOOKS), autocommit=True) as connection:
        for agency in range(1, AGENCIES + 1):
            connection.execute(
                "INSERT INTO people_agency (id, kind, name, region_code, path, active) VALUES (%s, 'district', %s, '4306', %s, true)",
                (agency, f"agency {agency}", f"/{agency}/"),
            )
            connection.execute(
                "INSERT INTO ledger_fund (id, agency_id, code, name, source, document_number, purpose)"
                " VALUES (%s, %s, '01', 'general', 'general', '', '')",
                (agency, agency),
            )
            connection.execute(
                "INSERT INTO ledger_period (agency_id, month, starts_on, ends_on, length, head, closed, closed_by)"
                " VALUES (%s, 202611, '2026-11-01', '2026-11-30', 0, %s, false, 0)",
                (agency, genesis(agency, 202611)),
            )
        connection.execute(
            "INSERT INTO ledger_account (id, agency_id, fund_id, code, name, kind, book, balance_fen, debit_fen, credit_fen,"
            " last_entry_id, least_fen, most_fen)"
            f" SELECT n, (n - 1) / {ACCOUNTS} + 1, (n - 1) / {ACCOUNTS} + 1, n::text, 'account', 'asset', 'financial', 0, 0, 0, 0,"
            f" -9000000000000000000, 9000000000000000000 FROM generate_series(1, {AGENCIES * ACCOUNTS}) n"
        )
        connection.execute("VACUUM ANALYZE")


def drafts(seed: int, agencies: int) -> Callable[..., Any]:
    """Gives one balanced entry after another, between two accounts of some agency, or of the one that is asked for."""
    from guangsha.ledger.facts import Draft, Line

    chance = random.Random(seed)
    place = f"{os.getpid()}-{time.time_ns()}"
    count = 0

    def draw(agency: int | None = None) -> Draft:
        nonlocal count
        count += 1
        agency = chance.randrange(agencies) if agency is None else agency
        one, other = chance.sample(range(agency * ACCOUNTS + 1, (agency + 1) * ACCOUNTS + 1), 2)
        fen = chance.randrange(1, 10**6)
        return Draft(
            agency + 1,
            DAY,
            "payment",
            f"{place}-{count}",
            "租赁补贴",
            (Line(one, fen), Line(other, -fen)),
            "subsidy.batch",
            "17",
        )

    return draw


def client(kind: str, seed: int, agencies: int, seconds: float, told: Any, gate: Any) -> None:
    """One client process: posts until the time is over and says how many entries it posted in how long."""
    django()
    from guangsha.audit.actor import CLOCK
    from guangsha.ledger import store
    from guangsha.ledger.actions import post, post_many

    draw, posted = drafts(seed, agencies), 0
    with psycopg.connect(address(BOOKS), autocommit=True, prepare_threshold=0) as connection:

        def single() -> int:
            connection.execute(store._POST, store.post_arguments(draw(), 7))
            return 1

        chance = random.Random(seed + 100)

        def batch() -> int:
            agency = chance.randrange(agencies)  # a batch is one agency's
            connection.execute(
                store._POST_MANY, store.post_many_arguments([draw(agency) for _ in range(BATCH)], 7)
            )
            return BATCH

        def audited() -> int:
            post(CLOCK, draw())
            return 1

        def audited_batch() -> int:
            agency = chance.randrange(agencies)
            return len(post_many(CLOCK, [draw(agency) for _ in range(BATCH)]))

        work = {"single": single, "batch": batch, "audited": audited, "audited batch": audited_batch}[kind]
        work()  # plans are made
        gate.wait()
        started = time.perf_counter()
        while time.perf_counter() < started + seconds:
            posted += work()
        told.put((posted, time.perf_counter() - started))


def ours(kind: str, clients: int, agencies: int, seconds: float) -> float:
    """Entries a second of so many clients together."""
    context = multiprocessing.get_context("spawn")
    told, gate = context.Queue(), context.Barrier(clients)
    processes = [
        context.Process(target=client, args=(kind, seed, agencies, seconds, told, gate), daemon=True)
        for seed in range(clients)
    ]
    for process in processes:
        process.start()
    rates = [posted / taken for posted, taken in (told.get(timeout=60 + 3 * seconds) for _ in processes)]
    for process in processes:
        process.join()
    return sum(rates)


def pgbench(clients: int, seconds: float, *more: str) -> float:
    """Transactions a second of pgbench."""
    command = [
        program("pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        str(clients),
        "-T",
        str(max(1, round(seconds))),
    ]
    out = subprocess.run(
        [*command, *more, address(PGBENCH)], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"tps = ([\d.]+)", out)
    if found is None:
        raise SystemExit(out)
    return float(found[1])


def in_turns(
    title: str, unit: str, contenders: list[tuple[str, Role, Callable[[], float]]], rounds: int
) -> Comparison:
    """Every contender once a round; each gives its rate, rows keep the median."""
    rates: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for (_, _, measure), samples in zip(contenders, rates, strict=True):
            samples.append(measure())
    return Comparison(
        title,
        unit,
        tuple(
            Timed(
                name,
                role,
                1000 / statistics.median(samples),
                1000 / max(samples),
                1000 / min(samples),
                rounds,
                1000,
            )
            for (name, role, _), samples in zip(contenders, rates, strict=True)
        ),
    )


def posting(clients: int, seconds: float, rounds: int) -> Comparison:
    """Durable entries a second."""

    def run(kind: str, of: int, agencies: int) -> Callable[[], float]:
        return lambda: ours(kind, of, agencies, seconds)

    return in_turns(
        f"Posting, {clients} clients (times for 1000 entries)",
        "entries",
        [
            ("pgbench TPC-B prepared, scale 10", "peer", lambda: pgbench(clients, seconds)),
            ("ours: one entry a commit, 10 agencies", "ours", run("single", clients, AGENCIES)),
            ("ours: one entry a commit, 1 agency", "ours", run("single", clients, 1)),
            (f"ours: {BATCH} entries a commit, 10 agencies", "ours", run("batch", clients, AGENCIES)),
            (f"ours: {BATCH} entries a commit, 1 agency", "ours", run("batch", clients, 1)),
            ("ours: audited post(), 10 agencies", "ours", run("audited", clients, AGENCIES)),
            (
                f"ours: audited post_many({BATCH}), 10 agencies",
                "ours",
                run("audited batch", clients, AGENCIES),
            ),
        ],
        rounds,
    )


#: Entries from place %(first)s to %(last)s, spread over agencies and accounts, written past the guards: only their number matters here.
_FILL = (
    "INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen)"
    " SELECT {base} + n, l, 2, (n %% {agencies}) * {accounts} + 1 + (n / {agencies} * 7 + l * 31) %% {accounts}, CASE l WHEN 1 THEN 1 ELSE -1 END * (n %% 1000 + 1)"
    " FROM generate_series({first}, {last}) n, generate_series(1, 2) l",
    "INSERT INTO ledger_entry (id, agency_id, period_id, number, date, kind, lines, key, digest, source_type, source_id,"
    " voucher_number, attachments, reason, actor_id, posted_at, link)"
    " SELECT {base} + n, p.agency_id, p.id, p.length + n / {agencies} + 1, '2026-11-20', 'payment', 2, 'fill-' || ({base} + n),"
    " md5(n::text) || md5(n::text), 'subsidy.batch', '17', '', 0, 'filled', 7, now(), md5(n::text) || md5((n + 1)::text)"
    " FROM generate_series({first}, {last}) n JOIN ledger_period p ON p.agency_id = n %% {agencies} + 1",
)


def fill(total: int) -> None:
    """Fill the books up to ``total`` entries, in parts, past the guards, with kept balances that are right."""
    part = 500_000
    tables = ("ledger_posting", "ledger_entry", "ledger_account", "ledger_period")
    with psycopg.connect(address(BOOKS), autocommit=True) as connection:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        row = connection.execute("SELECT count(*), coalesce(max(id), 0) FROM ledger_entry").fetchone()
        have, base = row or (0, 0)
        missing = max(0, total - have)
        for first in range(0, missing, part):
            words = {
                "base": base + 1,
                "first": first,
                "last": min(first + part, missing) - 1,
                "agencies": AGENCIES,
                "accounts": ACCOUNTS,
            }
            for statement in _FILL:
                connection.execute(statement.format(**words).replace("%%", "%"))
        connection.execute(
            "UPDATE ledger_account a SET balance_fen = s.total, debit_fen = s.debit, credit_fen = s.debit - s.total, last_entry_id = s.last"
            " FROM (SELECT account_id, sum(amount_fen) AS total, coalesce(sum(amount_fen) FILTER (WHERE amount_fen > 0), 0) AS debit,"
            " max(entry_id) AS last FROM ledger_posting GROUP BY account_id) s WHERE s.account_id = a.id"
        )
        connection.execute(
            "UPDATE ledger_period p SET length = e.last, head = x.link FROM (SELECT period_id, max(number) AS last FROM ledger_entry"
            " GROUP BY period_id) e JOIN ledger_entry x ON x.period_id = e.period_id AND x.number = e.last WHERE p.id = e.period_id"
        )
        connection.execute("SELECT setval('ledger_entry_id_seq', (SELECT max(id) FROM ledger_entry))")
        for table in tables:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        connection.execute("VACUUM ANALYZE")


def reading(entries: int, seconds: float, rounds: int) -> Comparison:
    """Balances read a second at this number of entries."""
    django()
    from django.db import connection as books

    from guangsha.audit.actor import CLOCK
    from guangsha.ledger.queries import get_balance

    chance = random.Random(9)

    def rate(read: Callable[[int], object]) -> float:
        read(1)
        count, started = 0, time.perf_counter()
        while time.perf_counter() < started + seconds:
            read(chance.randrange(1, AGENCIES * ACCOUNTS + 1))
            count += 1
        return count / (time.perf_counter() - started)

    with psycopg.connect(address(BOOKS), autocommit=True, prepare_threshold=0) as raw:
        kept, summed = (
            "SELECT balance_fen FROM ledger_account WHERE id = %s",
            ("SELECT sum(amount_fen) FROM ledger_posting WHERE account_id = %s"),
        )
        for account in range(1, AGENCIES * ACCOUNTS, 97):
            if (
                raw.execute(kept, (account,)).fetchone()
                != raw.execute(f"SELECT coalesce(({summed}), 0)::bigint", (account,)).fetchone()
            ):
                raise SystemExit(f"the balance of account {account} is not the sum of its postings")
        found = in_turns(
            f"Reading a balance at {entries:,} entries (times for 1000 reads)",
            "reads",
            [
                (
                    "peer: sum of the postings",
                    "peer",
                    lambda: rate(lambda a: raw.execute(summed, (a,)).fetchone()),
                ),
                (
                    "ours: the kept balance, one row",
                    "ours",
                    lambda: rate(lambda a: raw.execute(kept, (a,)).fetchone()),
                ),
                ("ours: get_balance() with access", "ours", lambda: rate(lambda a: get_balance(CLOCK, a))),
                ("limit: SELECT 1", "limit", lambda: rate(lambda _: raw.execute("SELECT 1").fetchone())),
            ],
            rounds,
        )
    books.close()
    return found


def prove() -> str:
    """What the proof says of the books as the clients left them; what was posted by the bare function stands in no log."""
    django()
    from django.db import connection as books

    from guangsha.ledger.verify import verify_books

    started = time.perf_counter()
    found = verify_books()
    taken = time.perf_counter() - started
    books.close()
    wrong = [fault for fault in found.faults if fault.code != "log"]
    if wrong:
        raise SystemExit(f"the books do not prove: {wrong[:5]}")
    return f"proved: {found.entries:,} entries, {found.postings:,} postings in {taken:.1f} s ({found.entries / taken:,.0f} entries/s)"


def main() -> int:
    """Measure, print, drop what was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="samples of each contender (default 3)")
    parser.add_argument("--seconds", type=float, default=4, help="how long a sample takes (default 4)")
    parser.add_argument("--clients", type=int, default=2, help="clients of pgbench and of ours (default 2)")
    parser.add_argument(
        "--entries",
        type=int,
        default=1_000_000,
        help="entries of the large books (default a million; 10000000: ten)",
    )
    parser.add_argument("--only", choices=("posting", "reading"), help="one of the two parts")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each comparison")
    parser.add_argument("--keep", action="store_true", help="do not drop the databases")
    given = parser.parse_args()
    program("pgbench")
    build()
    try:
        if given.only != "reading":
            # pgbench begins with a million rows: a plan that a connection made for empty tables is nobody's daily work
            ours("batch", 1, AGENCIES, 2)
            with psycopg.connect(address(BOOKS), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            show(posting(given.clients, given.seconds, given.rounds), as_json=given.json)
            sys.stderr.write(prove() + "\n")
        if given.only != "posting":
            if given.only is None:
                build()
            for entries in (10_000, given.entries):
                fill(entries)
                show(reading(entries, min(given.seconds, 2), given.rounds), as_json=given.json)
            show(
                in_turns(
                    f"Posting at {given.entries:,} entries (times for 1000 entries)",
                    "entries",
                    [
                        (
                            "pgbench TPC-B prepared, scale 10",
                            "peer",
                            lambda: pgbench(given.clients, given.seconds),
                        ),
                        (
                            "ours: one entry a commit, 10 agencies",
                            "ours",
                            lambda: ours("single", given.clients, AGENCIES, given.seconds),
                        ),
                        (
                            f"ours: {BATCH} entries a commit, 10 agencies",
                            "ours",
                            lambda: ours("batch", given.clients, AGENCIES, given.seconds),
                        ),
                    ],
                    given.rounds,
                ),
                as_json=given.json,
            )
    finally:
        if not given.keep:
            admin(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (BOOKS, PGBENCH)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
