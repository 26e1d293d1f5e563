"""An act that is interrupted leaves nothing behind, wherever it breaks off; acts at the same moment lose nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from guangsha.areas.intake import actions
from guangsha.areas.intake.actions import CaseMoved, NotAllowed
from guangsha.areas.intake.models import Case, Draft, Edge
from guangsha.areas.intake.tests.builders import (
    accepted,
    answers,
    everything,
    noticed,
    opinion,
    repair,
    reviewed,
    submitted,
)
from guangsha.testing.cast import Cast


class Killed(Exception):
    """The process ends here."""


@contextmanager
def killed_at(number: int) -> Iterator[list[int]]:
    """Break off before the statement of that number is run (marks of savepoints are not counted)."""
    seen = [0]

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen[0] += 1
            if seen[0] == number:
                raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield seen


def act_on(name: str, cast: Cast) -> Callable[[], Any]:
    """The act to interrupt, everything before it done."""
    if name == "submit":
        draft = actions.save_draft(cast.actor("applicant"), "elig_apply", answers(cast))
        return lambda: actions.submit(cast.actor("applicant"), draft.pk, draft.key)
    if name == "accept":
        case = submitted(cast)
        return lambda: actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    if name == "give_opinion":
        case = accepted(cast)
        return lambda: actions.give_opinion(cast.actor("street_clerk"), case.pk, case.version, "pass")
    if name == "publish_notice":
        case = reviewed(cast)
        return lambda: actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    case = noticed(cast)
    return lambda: actions.decide(
        cast.actor("district_approver"), case.pk, case.version, "rejected", ["has_home"]
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["submit", "accept", "give_opinion", "publish_notice", "decide"])
def test_an_act_that_breaks_off_at_any_statement_leaves_nothing_half_done(cast: Cast, name: str) -> None:
    act = act_on(name, cast)
    before = everything()
    with killed_at(0) as seen:
        from django.db import transaction

        with pytest.raises(Killed), transaction.atomic():
            act()
            raise Killed
    statements = seen[0]
    assert statements > 10
    assert everything() == before
    for number in range(1, statements + 1):
        with pytest.raises(Killed), killed_at(number):
            act()
        if number % 7 == 0 or number >= statements - 3:
            assert everything() == before, f"{name} left something at statement {number}"
    assert everything() == before
    act()
    assert everything() != before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken", ["guangsha.areas.intake.actions.base.record", "guangsha.areas.intake.actions.base.tell"]
)
def test_without_its_record_or_its_message_nothing_happens(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    act = act_on("decide", cast)
    before = everything()

    def fail(*args: Any, **more: Any) -> None:
        raise Killed

    monkeypatch.setattr(broken, fail)
    with pytest.raises(Killed):
        act()
    assert everything() == before


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts in threads that begin together; what each gave back, or the error it ended in."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            barrier.wait(10)
            results[place] = acts[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def apart() -> None:
    """Threads need a database that each can open: PostgreSQL, or SQLite in a file."""
    if connection.vendor == "sqlite":
        pytest.skip(
            "SQLite's test database lives in memory; in service it takes one writer at a time (BEGIN IMMEDIATE)"
        )


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_the_same_moment(apart: None, cast: Cast) -> None:
    case = accepted(cast)
    for who in ("street_clerk", "civil_checker"):
        opinion(case, cast.actor(who))
    version = case.version
    actors = [cast.actor("district_reviewer"), cast.actor("second_reviewer")]
    results = at_once(*[
        lambda actor=actor: actions.give_opinion(actor, case.pk, version, "pass", text=actor.name) for actor in actors
    ])  # fmt: skip
    assert sum(isinstance(result, Case) for result in results) == 1
    assert sum(isinstance(result, CaseMoved) for result in results) == 1
    case.refresh_from_db()
    assert case.version == version + 1
    assert case.opinions.filter(step="district_review").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_submission_sent_six_times_at_once_is_one_case(apart: None, cast: Cast) -> None:
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    results = at_once(*[lambda: actions.submit(actor, draft.pk, draft.key)] * 6)
    assert {getattr(result, "pk", result) for result in results} == {Case.objects.get().pk}
    assert not Draft.objects.exists()
    assert Edge.objects.filter(act="submit").count() == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_given_out_at_once_have_no_gap_and_no_double(apart: None, cast: Cast) -> None:
    results = at_once(*[lambda: repair(cast)] * 6)
    assert all(isinstance(result, Case) for result in results), results
    assert sorted(int(case.number[16:22]) for case in results) == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_withdrawal_at_the_same_moment(apart: None, cast: Cast) -> None:
    case = noticed(cast)
    results = at_once(
        lambda: actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved"),
        lambda: actions.withdraw(cast.actor("applicant"), case.pk, case.version),
    )
    assert sum(isinstance(result, CaseMoved | NotAllowed) for result in results) == 1
    case.refresh_from_db()
    assert case.state in ("approved", "withdrawn")
    assert case.decisions.count() == (case.state == "approved")


@pytest.mark.django_db
def test_a_key_used_before_is_not_a_second_case(cast: Cast) -> None:
    key = uuid.uuid4()
    actor = cast.actor("applicant")
    first = actions.save_draft(actor, "elig_apply", answers(cast))
    case = actions.submit(actor, first.pk, key)
    second = actions.save_draft(actor, "elig_apply", answers(cast))
    assert actions.submit(actor, second.pk, key).pk == case.pk


def test_acts_at_once_on_a_sqlite_file(tmp_path: Path) -> None:
    """The embedded database takes one writer at a time: all come to their turn, none is lost, none is doubled."""
    ended = subprocess.run(
        [sys.executable, "-m", "guangsha.areas.intake.tests.at_once"],
        env={
            **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": str(tmp_path),
            "GUANGSHA_KEYS": str(tmp_path / "keys.json"), "DATABASE_URL": f"sqlite:///{tmp_path / 'district.sqlite3'}",
        },
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout)
    assert len(found["cases"]) == 1
    assert found["drafts"] == 0
    assert found["numbers"] == [f"{number:06d}" for number in range(1, 7)]
    assert found["opinions"] == ["Case", "CaseMoved"]
