"""Writing into the log: in the transaction of the act, linked, cheap, and for good."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from guangsha.areas.registry.models import Person
from guangsha.audit.actions import GENESIS, digest_of, plain, prepare, record, record_all, snapshot
from guangsha.audit.actor import CLOCK, Actor
from guangsha.audit.kept import Kept
from guangsha.audit.models import Act, Chain
from guangsha.audit.verify import verify_chains
from guangsha.testing.effort import examples

CLERK = Actor("staff", 7, "钱受理", agency_id=3, roles=frozenset({"street_clerk"}), request_id="ab")


def _write(count: int = 1, actor: Actor = CLERK) -> list[Act]:
    thing = Chain(name="thing")
    with transaction.atomic():
        return [
            record(actor, "test.thing.do", thing, reason=f"理由{n}", after={"n": n}) for n in range(count)
        ]


@pytest.mark.django_db
def test_acts_are_numbered_and_each_holds_the_digest_of_the_one_before() -> None:
    one, two, three = _write(3)
    assert [act.number for act in (one, two, three)] == [1, 2, 3]
    assert (one.previous, two.previous, three.previous) == (GENESIS, one.digest, two.digest)
    assert Chain.objects.get(name="agency:3").head == three.digest
    assert digest_of(Act.objects.get(pk=two.pk)) == two.digest


@pytest.mark.django_db
def test_prepared_acts_are_linked_together_and_take_each_head_once(
    django_assert_num_queries: Any,
) -> None:
    _write(1)
    thing = Chain(name="thing")
    with transaction.atomic():
        acts = [prepare(actor, "test.thing.do", thing, after={"n": n})
                for n, actor in enumerate((CLERK, CLOCK, CLERK, CLERK, CLOCK))]  # fmt: skip
        _write(1, CLOCK)
        with django_assert_num_queries(2 * 3):  # of two chains: its head, all its acts, its head again
            record_all(acts)
    assert [(act.chain, act.number) for act in acts] == [
        ("agency:3", 2), ("system", 2), ("agency:3", 3), ("agency:3", 4), ("system", 3),
    ]  # fmt: skip
    assert acts[2].previous == acts[0].digest == Act.objects.get(pk=acts[0].pk).digest
    assert verify_chains().sound


@pytest.mark.django_db
def test_agencies_and_the_clock_have_chains_of_their_own() -> None:
    _write(2)
    _write(1, CLOCK)
    _write(1, replace(CLERK, agency_id=4))
    assert dict(Chain.objects.values_list("name", "length")) == {"agency:3": 2, "agency:4": 1, "system": 1}
    assert verify_chains().sound


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused_and_one_rolled_back_leaves_no_gap() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record(CLERK, "test.thing.do", Chain(name="thing"))
    _write()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(CLERK, "test.thing.do", Chain(name="thing"))
        raise ZeroDivisionError
    assert _write()[0].number == 2


@pytest.mark.django_db
def test_an_act_costs_three_queries(django_assert_num_queries: object) -> None:
    _write()
    with transaction.atomic(), django_assert_num_queries(3):  # type: ignore[operator]
        record(CLERK, "test.thing.do", Chain(name="thing"), before={"a": 1}, after={"a": 2})


@pytest.mark.django_db
def test_the_program_changes_and_removes_no_act() -> None:
    act = _write()[0]
    act.reason = "另一个理由"
    for attempt in (
        act.save,
        act.delete,
        lambda: Act.objects.update(reason=""),
        lambda: Act.objects.all().delete(),
        lambda: Act.objects.filter(pk=act.pk).delete(),
    ):
        with pytest.raises(Kept):
            attempt()
    assert Act.objects.get().reason == "理由0"


@pytest.mark.django_db
def test_the_log_knows_that_a_sealed_value_changed_and_never_what_it_is() -> None:
    person = Person.objects.create(name="李建国", identity="43060219560101002X", phone="19900001234")
    before = snapshot(person, "name", "identity", "phone", "identity_index")
    person.identity = "E12345678"
    after = snapshot(person, "name", "identity", "phone", "identity_index")
    assert before["identity"] != after["identity"] and before["phone"] == after["phone"]
    assert before["name"] == "李建国" and "identity_index" not in before
    assert "43060219560101002X" not in str(before) and len(before["identity"]) == 16


@pytest.mark.django_db
@limits(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40), deadline=None)
@given(
    reason=st.text(max_size=700),
    after=st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text(max_size=8)
            | st.decimals(allow_nan=False)
            | st.dates(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=4,
    ),
)
def test_whatever_is_recorded_is_stored_as_it_was_digested(reason: str, after: dict[str, object]) -> None:
    with transaction.atomic():
        act = record(CLERK, "test.thing.do", Chain(name="thing"), reason=reason, after=after)
    assert digest_of(Act.objects.get(pk=act.pk)) == act.digest


def test_values_are_kept_without_floats() -> None:
    taken = plain(
        {"at": datetime(2026, 11, 21, tzinfo=UTC), "area": Decimal("12.50"), "of": {2, 1}, "f": 0.5}
    )
    assert taken == {"at": "2026-11-21T00:00:00+00:00", "area": "12.50", "of": [1, 2], "f": "0.5"}


@pytest.mark.django_db(transaction=True)
def test_eight_threads_write_into_one_chain_of_postgresql_without_a_gap() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is tested with processes below")

    def work(_: int) -> None:
        try:
            for _ in range(25):
                _write()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert Chain.objects.get(name="agency:3").length == 200
    assert verify_chains().sound and verify_chains().acts == 200


_WORKER = """
import sys, threading
import django
django.setup()
from django.db import connection, transaction
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.audit.models import Chain
def work():
    for n in range(25):
        with transaction.atomic():
            record(Actor("staff", 7, "钱受理", agency_id=3), "test.thing.do", Chain(name="thing"), after={"n": n})
    connection.close()
threads = [threading.Thread(target=work) for _ in range(2)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def test_eight_writers_in_four_processes_write_into_one_chain_of_sqlite_without_a_gap(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/log.sqlite3",
        "DJANGO_SETTINGS_MODULE": "guangsha.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    def python(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def done(process: subprocess.Popen[str]) -> str:
        out, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors
        return out

    done(python("-c", "import django; django.setup()\nfrom guangsha.testing.template import fill; fill()"))
    for worker in [python("-c", _WORKER) for _ in range(4)]:
        done(worker)
    told = done(
        python(
            "-c",
            "import django; django.setup()\n"
            "from guangsha.audit.verify import verify_chains\n"
            "found = verify_chains(); print(found.acts, found.chains, found.faults)",
        )
    )
    assert told.split() == ["200", "1", "[]"]
