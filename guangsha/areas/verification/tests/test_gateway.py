"""Questions to a simulated exchange: consent, the six outcomes, retries, the circuit, and being heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guangsha.areas.registry.actions import open_person
from guangsha.areas.registry.models import Person
from guangsha.areas.verification import gateway
from guangsha.areas.verification.gateway import Request
from guangsha.areas.verification.models import Circuit, Verification
from guangsha.areas.verification.simulator import Behaviour, Exchange, Running
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.kernel.identity import resident_check_digit

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", 1, "钱受理", agency_id=1, roles=frozenset({"street_clerk"}))
CASE = "4306020120261121000001X"
IDENTITY = "43060219550312001" + resident_check_digit("43060219550312001")
PEOPLE = {
    IDENTITY: {
        "population": {"name": "李建国", "alive": True},
        "marriage": {"marital": "20"},
        "real_estate": {"homes": [{"address": "旧街 3 号", "area_m2": "41.20"}]},
    }
}


@pytest.fixture
def person() -> Person:
    return open_person(CLERK, name="李建国", identity=IDENTITY)


@pytest.fixture
def exchange(settings: Any) -> Iterator[Exchange]:
    made = Exchange(PEOPLE, Behaviour(slow_seconds=3), token="t")
    with Running(made) as base:
        settings.GUANGSHA_EXCHANGE, settings.GUANGSHA_EXCHANGE_TOKEN = base, "t"
        settings.GUANGSHA_EXCHANGE_SECONDS = 1
        yield made


def agree(person: Person, *sources: str) -> Any:
    return gateway.give_consent(
        CLERK, person, purpose="核验资格", sources=sources, case_number=CASE, way="网上"
    )


def ask(person: Person, source: str, **claimed: Any) -> Verification:
    [row] = gateway.verify_case(CLERK, CASE, [Request(person, source, "核验资格", source, claimed)])
    return row


def settled(row: Verification) -> Verification:
    gateway.run_due()
    row.refresh_from_db()
    return row


def test_match_mismatch_not_found(person: Person, exchange: Exchange) -> None:
    agree(person, "population", "real_estate", "tax")
    assert settled(ask(person, "population", name="李建国")).outcome == "match"
    assert settled(ask(person, "tax", monthly_income=1)).outcome == "not_found"
    row = settled(ask(person, "real_estate", homes=[]))
    assert row.outcome == "mismatch"
    assert "旧街 3 号" in row.differences["items"][0]["sentence"]
    assert not gateway.pending(CASE)


def test_without_consent_nothing_leaves_the_house(person: Person, exchange: Exchange) -> None:
    assert ask(person, "population", name="李建国").outcome == "no_authorization"
    consent = agree(person, "marriage")
    assert ask(person, "population", name="李建国").outcome == "no_authorization"
    row = ask(person, "marriage", marital="20")
    gateway.revoke_consent(CLERK, consent.pk)
    assert settled(row).outcome == "no_authorization"
    assert not exchange.asked


def test_a_refusing_source_is_not_asked_again(person: Person, exchange: Exchange) -> None:
    agree(person, "tax")
    exchange.behaviour.refusing = frozenset({"tax"})
    assert settled(ask(person, "tax")).outcome == "no_authorization"
    gateway.run_due(datetime.now(UTC) + timedelta(days=1))
    assert exchange.asked["tax"] == 1


def test_stale_data_are_named_so(person: Person, exchange: Exchange) -> None:
    agree(person, "population")
    exchange.behaviour.stale = frozenset({"population"})
    row = settled(ask(person, "population", name="李建国"))
    assert row.outcome == "stale" and row.data_as_of is not None


@pytest.mark.parametrize("fault", ["failing", "garbage", "slow"])
def test_a_faulty_answer_is_asked_again_later(person: Person, exchange: Exchange, fault: str) -> None:
    agree(person, "population")
    setattr(exchange.behaviour, fault, 100)
    row = settled(ask(person, "population", name="李建国"))
    assert (row.outcome, row.attempts) == ("", 1) and row.fault
    assert gateway.run_due() == 0  # not before its time
    setattr(exchange.behaviour, fault, 0)
    gateway.run_due(datetime.now(UTC) + timedelta(minutes=2))
    row.refresh_from_db()
    assert (row.outcome, row.attempts) == ("match", 2)


def test_a_source_that_stays_down_is_unavailable_and_never_a_refusal(
    person: Person, exchange: Exchange
) -> None:
    agree(person, "population")
    exchange.behaviour.down = frozenset({"population"})
    row = ask(person, "population", name="李建国")
    now = datetime.now(UTC)
    for hours in range(0, 40, 3):
        gateway.run_due(now + timedelta(hours=hours))
    row.refresh_from_db()
    assert row.outcome == "source_unavailable"
    assert not gateway.may_reject(row)


def test_the_circuit_opens_and_one_question_tries_it(person: Person, exchange: Exchange) -> None:
    agree(person, "population")
    exchange.behaviour.down = frozenset({"population"})
    for _ in range(7):
        ask(person, "population", name="李建国")
    now = datetime.now(UTC) + timedelta(seconds=5)
    gateway.run_due(now)
    assert exchange.asked["population"] == gateway.FAULTS_MAX
    assert Circuit.objects.get(pk="population").state == "open"
    exchange.behaviour.down = frozenset()
    gateway.run_due(now + gateway.OPEN_FOR + timedelta(seconds=1))
    assert Circuit.objects.get(pk="population").state == "closed"


def test_a_claimed_question_is_asked_by_nobody_else(person: Person, exchange: Exchange) -> None:
    agree(person, "population")
    row = ask(person, "population", name="李建国")
    Verification.objects.filter(pk=row.pk).update(
        next_try_at=row.next_try_at + gateway.CLAIM
    )  # another worker has it
    assert gateway.run_due() == 0
    assert gateway.run_due(datetime.now(UTC) + gateway.CLAIM + timedelta(seconds=1)) == 1  # and it died


def test_only_a_mismatch_that_was_heard_may_carry_a_refusal(person: Person, exchange: Exchange) -> None:
    agree(person, "population", "marriage")
    fine = settled(ask(person, "population", name="李建国"))
    with pytest.raises(InputError, match="没有不一致"):
        gateway.record_hearing(CLERK, fine.pk, "说明")
    row = settled(ask(person, "marriage", marital="10"))
    assert not gateway.may_reject(row)
    with pytest.raises(InputError):
        gateway.record_hearing(CLERK, row.pk, "  ")
    heard = gateway.record_hearing(CLERK, row.pk, "上月刚办的结婚登记")
    assert gateway.may_reject(heard)
    again = gateway.record_hearing(CLERK, row.pk, "上月刚办的结婚登记 ")
    assert again.explanation == "上月刚办的结婚登记", "a form that was sent twice is said once"
    more = gateway.record_hearing(CLERK, row.pk, "有结婚证")
    assert gateway.record_hearing(CLERK, row.pk, "有结婚证").explanation == more.explanation
    assert more.explanation == "上月刚办的结婚登记\n有结婚证"
    assert Act.objects.filter(action="verification.hear").count() == 2


def test_the_log_knows_what_was_asked_and_not_what_was_answered(person: Person, exchange: Exchange) -> None:
    agree(person, "real_estate")
    settled(ask(person, "real_estate", homes=[]))
    kept = str(list(Act.objects.values_list("action", "after")))
    assert "verification.answer" in kept
    assert "旧街" not in kept and IDENTITY not in kept


def test_listeners_hear_of_every_outcome_once(person: Person, exchange: Exchange, monkeypatch: Any) -> None:
    heard: list[str] = []
    monkeypatch.setattr(gateway, "LISTENERS", [lambda row: heard.append(row.outcome)])
    agree(person, "population")
    settled(ask(person, "population", name="李建国"))
    ask(person, "tax")
    gateway.run_due()
    assert heard == ["match", "no_authorization"]


def test_a_correction_is_due_in_ten_working_days(person: Person, exchange: Exchange) -> None:
    agree(person, "real_estate")
    row = settled(ask(person, "real_estate", homes=[]))
    correction = gateway.ask_correction(CLERK, row.pk, "房屋已于 2019 年拆除")
    assert correction.due_on > datetime.now(UTC).date() + timedelta(days=9)
