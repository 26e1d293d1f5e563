"""The built district: every state, reachable by the engine's own rules, with a log that proves itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from guangsha.areas.intake import actions
from guangsha.areas.intake.actions.base import KEPT, digest_of, facts_of, standing_of
from guangsha.areas.intake.actions.proxies import CONTEXT as PAPER
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.forms import read_answers
from guangsha.areas.intake.models import (
    STATES,
    Alarm,
    Case,
    Decision,
    Edge,
    Hook,
    Material,
    Notice,
    Objection,
    Rating,
)
from guangsha.areas.intake.rules import EDGES, REVIEWS, permitted
from guangsha.areas.registry.models import DuplicatePair, Household, ImportBatch, MergeRequest, Person
from guangsha.areas.subsidy import payment_actions as payments
from guangsha.areas.subsidy.models import Agreement, Batch, Item
from guangsha.areas.verification.gateway import run_due
from guangsha.areas.verification.models import OUTCOMES, Verification
from guangsha.areas.verification.simulator import Exchange, Running
from guangsha.audit.models import Act
from guangsha.audit.verify import verify_chains
from guangsha.demo import house
from guangsha.demo.books import wipe_books
from guangsha.demo.cast import add_citizen
from guangsha.demo.desks import DOUBLES
from guangsha.demo.district import Built, build_district
from guangsha.demo.subsidies import bank_answer
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import BudgetLine, Fund
from guangsha.ledger.verify import verify_books
from guangsha.notify.models import Message
from guangsha.people import factors
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.privacy import files
from guangsha.testing.effort import WIDE
from guangsha.testing.ledger import build_books

HOUSEHOLDS = 60
#: The engine passes through it within the act of accepting.
PASSING = {"accepted"}


@pytest.fixture(autouse=True)
def bank(tmp_path: Path, settings: Any) -> None:
    """A bank of its own for each district: what was sent is remembered beside the database, and no rollback takes it back."""
    settings.GUANGSHA_BANK = tmp_path / "bank"


@pytest.fixture
def built(db: None) -> Iterator[Built]:
    yield build_district(households=HOUSEHOLDS, seed=7)


def reachable() -> set[str]:
    """The states in which a case of the catalogue can rest."""
    named = {step.state for service in services().values() for step in service.steps}
    return {state for state, _ in STATES} - PASSING - (REVIEWS - named)


@pytest.mark.usefixtures("built")
def test_every_state_and_outcome_is_there() -> None:
    assert set(Case.objects.values_list("state", flat=True)) == reachable()
    assert set(Verification.objects.values_list("outcome", flat=True)) == {"", *dict(OUTCOMES)}
    assert set(Notice.objects.values_list("state", flat=True)) >= {"running", "ended"}
    assert set(Objection.objects.values_list("state", flat=True)) >= {"examining"}
    assert {item.outcome for item in Decision.objects.all()} >= {
        "approved",
        "rejected",
        "unaccepted",
        "revoked",
        "terminated",
    }
    for model in (Rating, Hook, Alarm, Message, Material):
        assert model._default_manager.exists(), model


@pytest.mark.usefixtures("built")
def test_edges_replay_through_the_rules() -> None:
    for case in Case.objects.all():
        state = ""
        edges = list(case.edges.order_by("number"))
        assert [edge.number for edge in edges] == list(range(1, len(edges) + 1))
        assert case.version == len(edges) + 1
        moments = [edge.at for edge in edges]
        assert moments == sorted(moments)
        assert moments[-1] <= timezone.now()
        for edge in edges:
            assert edge.before == state
            assert permitted(state, edge.act), (case, edge.act, state)
            assert edge.after in EDGES[edge.act].after or edge.act in ("answer_remedy", "request_supplement")
            state = edge.after
        assert state == case.state


@pytest.mark.usefixtures("built")
def test_a_case_stands_on_the_facts_it_says() -> None:
    for case in Case.objects.exclude(state="verifying"):
        last = case.edges.order_by("-number").first()
        heard = (
            Verification.objects.filter(case_number=case.number, heard_at__gt=last.at).exists()
            if last
            else True
        )
        if last and not heard:
            assert digest_of(facts_of(case)) == last.facts_digest, case
    for decision in Decision.objects.all():
        assert digest_of(decision.snapshot) == decision.snapshot_digest
        assert decision.number in {
            act.get("document")
            for act in Act.objects.filter(object_id=str(decision.case_id)).values_list("after", flat=True)
        }


@pytest.mark.usefixtures("built")
def test_log_agrees_with_the_cases_and_proves_itself() -> None:
    found = verify_chains()
    assert found.sound, found.faults
    assert found.anchors == 1
    for case in Case.objects.all():
        acts = Act.objects.filter(
            object_type="intake.case", object_id=str(case.pk), action__startswith="intake.case."
        )
        last = (
            acts.exclude(action="intake.case.publish_notice")
            .exclude(after={})
            .order_by("-at", "-number")
            .first()
        )
        if last and case.edges.order_by("-number").values_list("act", flat=True)[0] not in (
            "make_objection",
            "end_notice",
            "publish_notice",
            "settle_objection",
        ):
            assert last.after["state"] == case.state, case
            assert set(KEPT) <= set(last.after)


@pytest.mark.usefixtures("built")
def test_files_open_and_answers_are_clean() -> None:
    material = Material.objects.exclude(stored="").first()
    assert material is not None
    assert files.load(material.stored, context="intake.material").startswith(b"%PDF")
    for case in Case.objects.all():
        typed: Any = case.answers
        assert (
            read_answers(
                services()[case.service], _typed(services()[case.service], typed), timezone.localdate()
            )[1]
            == []
        )


def _typed(service: Any, answers: dict[str, Any]) -> dict[str, Any]:
    """Clean answers as somebody types them: yuan instead of fen."""
    money = {(group.code, field.name) for group, field in service.fields() if field.kind == "money"}

    def row(code: str, given: dict[str, Any]) -> dict[str, Any]:
        return {
            name: f"{value // 100}.{value % 100:02d}" if (code, name) in money else value
            for name, value in given.items()
        }

    typed: dict[str, Any] = {}
    for group in service.form:
        given = answers.get(group.code)
        typed[group.code] = (
            [row(group.code, item) for item in given]
            if isinstance(given, list)
            else row(group.code, given or {})
        )
    return typed


@pytest.mark.usefixtures("built")
def test_the_engine_goes_on_from_here() -> None:
    """A clerk accepts a submitted case, and the simulated exchange answers its questions."""
    case = Case.objects.filter(
        state="submitted", service__in=("elig_apply", "subsidy_apply", "lease_review", "change_exit", "rent")
    ).first()
    if case is None:
        case = Case.objects.filter(state="submitted").first()
    assert case is not None
    clerk = next(
        account
        for account in Account.objects.filter(
            appointments__role="street_clerk", appointments__agency=case.agency
        )
    )
    moved = actions.accept(build_actor(clerk), case.pk, case.version)
    assert moved.state in {"verifying"} | REVIEWS
    people = json.loads((Path(settings.GUANGSHA_DATA) / "exchange.json").read_text(encoding="utf-8"))
    with Running(Exchange(people)) as base:
        settings.GUANGSHA_EXCHANGE = base
        try:
            while run_due():
                pass
        finally:
            settings.GUANGSHA_EXCHANGE = ""
    assert not list(Verification.objects.filter(outcome="").values_list("fault", "attempts"))
    assert not Case.objects.filter(state="verifying").exists()
    assert verify_chains().sound


def test_a_helper_and_units_have_cases_and_a_second_approver_is_there(built: Built) -> None:
    proxied = Case.objects.filter(channel="proxy")
    assert {case.state for case in proxied} == {"effective", "submitted"}
    for case in proxied:
        assert case.authorization is not None and case.authorization.person == case.applicant
        assert case.account is not None and case.account.username == "helper"
        assert files.load(case.authorization.stored, context=PAPER).startswith(b"%PDF")
        assert not Message.objects.filter(about=case.number, link__startswith="/my/").exists()
    units = {code for code, item in services().items() if item.audience == ("enterprise",)}
    assert units and units <= set(Case.objects.values_list("service", flat=True))
    assert Account.objects.filter(appointments__role="district_approver").count() == 2


@pytest.mark.django_db(transaction=True)  # it empties the database between, and closes what is open
def test_same_seed_same_cases() -> None:
    moment = timezone.now()
    with pytest.raises(
        InputError, match="只能按今天"
    ):  # the desks act by the clock: no district of another day
        build_district(households=HOUSEHOLDS, seed=3, now=moment - timedelta(days=1))
    build_district(households=HOUSEHOLDS, seed=3, now=moment)
    first = _picture()
    house.empty()
    build_district(households=HOUSEHOLDS, seed=3, now=moment)
    assert _picture() == first


def _picture() -> list[Any]:
    return [
        list(Case.objects.order_by("number").values_list("number", "service", "state", "step", "round", "submitted_at", "step_due_on", "version", "label")),
        list(Edge.objects.order_by("case__number", "number").values_list("case__number", "act", "at", "account_name", "note")),
        list(Person.objects.order_by("name_key", "birth_date").values_list("name", "birth_date", "sex")),
        list(Household.objects.order_by("number").values_list("number", "programme", "opened_on")),
        list(Decision.objects.order_by("number", "decided_at").values_list("number", "outcome", "text")),
        list(Message.objects.order_by("key").values_list("subject", "state")),
    ]  # fmt: skip


@pytest.mark.django_db
def test_real_data_are_never_touched() -> None:
    assert house.standing() == "empty"
    add_citizen("周某", "13800000000", "430699195102030110", "1")
    assert house.standing() == "real"
    for act in (house.refuse_real, house.empty):
        with pytest.raises(InputError, match="没有做任何改动"):
            act()
    assert Person.objects.count() == 1


@pytest.mark.usefixtures("built")
def test_staff_can_sign_in_with_what_is_printed() -> None:
    house.enrol()
    assert house.standing() == "demo"
    text = house.sign_ins()
    for account in Account.objects.filter(kind="staff"):
        assert account.username in text
    reviewer = Account.objects.get(username="reviewer")
    assert factors.verify(reviewer, house.code_now("reviewer"))
    with pytest.raises(InputError):
        house.code_now("street")


@pytest.mark.slow
@pytest.mark.skipif(not WIDE, reason="wide run only")
@pytest.mark.timeout(900)
@pytest.mark.django_db
def test_whole_demo() -> None:
    built = build_district()
    assert built.households == 5000
    assert set(built.states) == reachable()
    assert verify_chains().sound
    for case in Case.objects.order_by("id")[::97]:
        standing_of(case)


@pytest.mark.usefixtures("built")
def test_the_desks_beside_the_cases_are_not_empty() -> None:
    """Whoever opens the demo sees pairs to look at, a merge that waits, an import with mistakes, texts that failed."""
    assert DuplicatePair.objects.filter(state="open").count() >= DOUBLES - 1
    assert MergeRequest.objects.filter(state="asked").count() == 1
    batch = ImportBatch.objects.get()
    assert batch.state == "checked" and 0 < batch.usable < batch.rows
    failed = Message.objects.filter(state="failed")
    numbers = set(Case.objects.values_list("number", flat=True))
    assert failed.count() == 3 and {message.about for message in failed} <= numbers


@pytest.mark.django_db
def test_subsidies_are_paid_booked_and_answered_and_the_bank_goes_on_answering(
    tmp_path: Path,
) -> None:
    """Agreements, months, batches in several stations; the books are sound; a file that is downloaded can be answered. A demo
    can be built anew although the books let nobody empty them: they are taken down and put up again with their guards."""
    build_district(households=500, seed=7, exchange=tmp_path / "exchange.json")
    states = set(Batch.objects.values_list("state", flat=True))
    assert Agreement.objects.filter(state="active").count() > 3
    assert states & {"partly_paid", "closed", "paid"}
    assert verify_books().faults == []
    paid = Item.objects.filter(state="paid").aggregate(fen=Sum("amount_fen"))["fen"]
    assert BudgetLine.objects.get().executed_fen == paid > 0
    batch = Batch.objects.exclude(file_stored="").latest("pk")
    accountant = build_actor(Account.objects.get(username="accountant"))
    name, data = payments.take_file(accountant, batch.number)
    (tmp_path / name).write_bytes(data)
    answer, said = bank_answer(tmp_path / name)
    assert answer.startswith(batch.number)
    with pytest.raises(
        InputError
    ):  # everything paid: the opposite of what the bank said of the payment that came back
        payments.receive_file(accountant, batch.number, said)
    with pytest.raises(InputError, match="不是本演示"):
        (tmp_path / "other.txt").write_bytes(data)
        bank_answer(tmp_path / "other.txt")

    wipe_books()
    assert not Fund.objects.exists() and not Batch.objects.exists()
    build_books()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_period")
