"""The built district: every state, reachable by the engine's own rules, with a log that proves itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from guangsha.areas.fieldwork.actions.effects import EFFECT, take_effects
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.intake import actions
from guangsha.areas.intake.actions.base import KEPT, digest_of, facts_of
from guangsha.areas.intake.actions.proxies import CONTEXT as PAPER
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.forms import read_answers
from guangsha.areas.intake.models import (
    Alarm,
    Case,
    Decision,
    Hook,
    Material,
    Notice,
    Objection,
    Rating,
)
from guangsha.areas.intake.rules import EDGES, REVIEWS, permitted
from guangsha.areas.registry.models import DuplicatePair, ImportBatch, MergeRequest
from guangsha.areas.verification.gateway import run_due
from guangsha.areas.verification.models import OUTCOMES, Verification
from guangsha.areas.verification.simulator import Exchange, Running
from guangsha.audit.models import Act
from guangsha.audit.verify import verify_chains
from guangsha.demo import house
from guangsha.demo.desks import DOUBLES
from guangsha.demo.district import Built, build_district
from guangsha.demo.tests.states import reachable
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people import factors
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.privacy import files
from guangsha.testing.databases import standing

HOUSEHOLDS = 60

# the first test builds the district, perhaps on a machine that does other things as well
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def district(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    """One district for the tests of this file, with a bank of its own: what was sent to it no rollback takes back."""
    with (
        override_settings(GUANGSHA_BANK=tmp_path_factory.mktemp("bank")),
        standing(django_db_blocker, lambda: build_district(households=HOUSEHOLDS, seed=7)) as built,
    ):
        yield built


@pytest.fixture
def built(district: Built, db: None) -> Built:
    return district


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


@pytest.mark.usefixtures("built")
def test_repairs_decided_in_the_past_do_not_become_late_orders_when_the_clock_begins() -> None:
    before = RepairOrder.objects.count()
    assert Hook.objects.filter(effect=EFFECT).exists()
    take_effects(timezone.now())
    assert RepairOrder.objects.count() == before
