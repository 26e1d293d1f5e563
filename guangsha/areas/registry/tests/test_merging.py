"""Two records become one person by two members of staff, and come apart again exactly as they were."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.areas.intake.models import Draft, ProxyAuthorization
from guangsha.areas.registry import actions
from guangsha.areas.registry.actions.merging import pointers
from guangsha.areas.registry.models import (
    Declaration,
    DuplicatePair,
    Home,
    MergeRequest,
    Person,
    SpecialStatus,
)
from guangsha.areas.registry.queries import find_persons
from guangsha.areas.verification.models import Consent
from guangsha.audit.models import Act
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.models import Account, Kinship
from guangsha.testing.cast import Cast, build_cast, identity_number

REASON = "核对户口簿，系同一人"


def everything(*persons: Person) -> dict[str, Any]:
    """What every room holds on these persons, and the persons themselves without their counters."""
    held: dict[str, Any] = {}
    for model, name in pointers():
        rows = model._base_manager.filter(**{f"{name}__in": persons}).order_by("pk")
        held[f"{model._meta.label_lower}.{name}"] = list(rows.values_list("pk", name))
    for person in Person.objects.filter(pk__in=[p.pk for p in persons]).order_by("pk"):
        held[str(person.pk)] = model_to_dict(person, exclude=["version"])
    held["income"] = [d.income for d in Declaration.objects.order_by("pk")]
    held["accounts"] = list(
        Account.objects.exclude(person_id=None).order_by("pk").values_list("pk", "person_id")
    )
    return held


def a_person(cast: Cast, serial: int, name: str = "周文波") -> Person:
    return actions.open_person(
        cast.actor("district_reviewer"),
        name=name,
        identity=identity_number("430699", date(1968, 8, 8), serial),
    )


def a_file(cast: Cast, head: Person) -> Any:
    return actions.open_household(
        cast.actor("district_reviewer"), head=head, agency=cast.district, community=cast.communities[0],
        residence="湖畔路 3 号", opened_on=date(2025, 3, 1),
    )  # fmt: skip


def rich(cast: Cast) -> tuple[Person, Person]:
    """The kept one has a living file; the dropped one an old membership, a status, a home, a consent, an account…"""
    clerk = cast.actor("district_reviewer")
    keep, drop = a_person(cast, 11), a_person(cast, 13)
    a_file(cast, keep)
    other = a_file(cast, a_person(cast, 15, "周父"))
    actions.add_member(clerk, other.pk, 1, drop, "child", started_on=date(2025, 4, 1))
    actions.declare(clerk, other, period="2025-05", income={str(drop.pk): {"wages": 300_000}}, assets={})
    actions.record_home(clerk, other, nature="owned", address="旧居", area_m2=Decimal(50), owner=drop)
    membership = drop.memberships.get()
    actions.end_membership(clerk, membership.pk, 2, ended_on=date(2025, 9, 1), end_reason="分户")
    actions.record_status(
        clerk, drop, kind="disability", source="残联", started_on=date(2024, 1, 1), grade="二级"
    )
    actions.record_status(clerk, keep, kind="minimum_living", source="民政", started_on=date(2024, 1, 1))
    Consent.objects.create(
        person=drop, purpose="核验", sources=["tax"], case_number="C1", way="online", given_at=timezone.now()
    )
    Draft.objects.create(account=cast.applicant, service="elig_apply", for_person=drop, key=uuid4())
    Account.objects.filter(pk=cast.stranger.pk).update(person_id=drop.pk)
    return keep, drop


@pytest.mark.django_db
def test_everything_moves_by_two_people_and_a_split_gives_exactly_it_back(cast: Cast) -> None:
    keep, drop = rich(cast)
    before = everything(keep, drop)
    one, two = cast.actor("district_reviewer"), cast.actor("second_reviewer")
    request = actions.propose_merge(one, keep.pk, drop.pk, reason=REASON)
    assert everything(keep, drop) == before  # asking moves nothing
    actions.approve_merge(two, request.pk)
    drop.refresh_from_db()
    assert drop.merged_into_id == keep.pk
    assert (
        not drop.memberships.exists()
        and not drop.statuses.exists()
        and not Home.objects.filter(owner=drop).exists()
    )
    assert keep.statuses.count() == 2 and keep.memberships.count() == 2
    assert Declaration.objects.get().income == {str(keep.pk): {"wages": 300_000}}
    assert Account.objects.get(pk=cast.stranger.pk).person_id == keep.pk
    assert drop not in find_persons(one, "周文波")
    later = actions.record_status(one, keep, kind="veteran", source="退役军人局", started_on=date(2026, 1, 1))
    actions.propose_split(two, request.pk, reason="原件核对后系二人")
    actions.split(one, request.pk)
    later.refresh_from_db()
    assert later.person_id == keep.pk  # what came in between stays
    SpecialStatus.objects.filter(pk=later.pk).delete()
    assert everything(keep, drop) == before
    assert [a for a in Act.objects.order_by("at", "id").values_list("action", flat=True) if ".merge." in a or ".split." in a] == [
        "registry.merge.ask", "registry.merge.approve", "registry.split.ask", "registry.split.approve",
    ]  # fmt: skip


@pytest.mark.django_db
def test_every_key_to_a_person_is_known(cast: Cast) -> None:
    known = {f"{model._meta.label_lower}.{name}" for model, name in pointers()}
    assert {
        "registry.membership.person", "registry.household.head", "registry.home.owner", "registry.specialstatus.person",
        "registry.importrow.person", "registry.person.merged_into", "intake.case.applicant", "intake.draft.for_person",
        "intake.proxyauthorization.person", "verification.consent.person", "verification.verification.person",
    } <= known  # fmt: skip
    assert not any("duplicatepair" in label or "mergerequest" in label for label in known)
    assert ProxyAuthorization._meta.label_lower in str(known)


@pytest.mark.django_db
def test_nobody_approves_their_own_nor_their_familys(cast: Cast) -> None:
    keep, drop = rich(cast)
    one, two = cast.actor("district_reviewer"), cast.actor("second_reviewer")
    request = actions.propose_merge(one, keep.pk, drop.pk, reason=REASON)
    with pytest.raises(InputError, match="不能复核自己"):
        actions.approve_merge(one, request.pk)
    kin = Kinship.objects.create(
        account_id=two.account_id, relation="兄弟", identity_index=drop.identity_index
    )
    with pytest.raises(InputError, match="回避"):
        actions.approve_merge(two, request.pk)
    with pytest.raises(InputError, match="不在您的管理范围内"):
        actions.approve_merge(cast.actor("far_reviewer"), request.pk)
    kin.delete()
    assert actions.approve_merge(two, request.pk).state == "done"
    actions.propose_split(one, request.pk, reason="原件核对后系二人")
    with pytest.raises(InputError, match="不能复核自己"):
        actions.split(one, request.pk)


@pytest.mark.django_db
def test_two_living_members_are_not_merged_away(cast: Cast) -> None:
    keep, drop = a_person(cast, 11), a_person(cast, 13)
    numbers = [a_file(cast, person).number for person in (keep, drop)]
    with pytest.raises(InputError, match=f"{numbers[0]}、{numbers[1]}"):
        actions.propose_merge(cast.actor("district_reviewer"), keep.pk, drop.pk, reason=REASON)
    assert not MergeRequest.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "同", "x" * 301])
def test_a_merge_needs_a_reason(cast: Cast, reason: str) -> None:
    keep, drop = rich(cast)
    with pytest.raises(InputError, match="理由"):
        actions.propose_merge(cast.actor("district_reviewer"), keep.pk, drop.pk, reason=reason)


@pytest.mark.django_db
def test_a_pair_follows_what_was_decided(cast: Cast) -> None:
    keep, drop = rich(cast)
    pair = DuplicatePair.objects.create(left=keep, right=drop, score=60)
    one, two = cast.actor("district_reviewer"), cast.actor("second_reviewer")

    def state() -> str:
        pair.refresh_from_db()
        return pair.state

    request = actions.propose_merge(one, keep.pk, drop.pk, reason=REASON)
    assert state() == "same"
    with pytest.raises(InputError, match="待复核"):
        actions.propose_merge(two, drop.pk, keep.pk, reason=REASON)
    actions.refuse_merge(two, request.pk, reason="照片不是同一人")
    assert state() == "open"
    actions.keep_apart(two, pair.pk, reason="照片不是同一人")
    assert state() == "different"
    with pytest.raises(GuangshaError, match="已经认定过"):
        actions.keep_apart(one, pair.pk, reason="照片不是同一人")


@pytest.mark.django_db
def test_a_merge_under_a_later_one_is_split_after_it(cast: Cast) -> None:
    one, two = cast.actor("district_reviewer"), cast.actor("second_reviewer")
    keep, drop = rich(cast)
    third = a_person(cast, 17)
    first = actions.approve_merge(two, actions.propose_merge(one, drop.pk, third.pk, reason=REASON).pk)
    second = actions.approve_merge(two, actions.propose_merge(one, keep.pk, drop.pk, reason=REASON).pk)
    third.refresh_from_db()
    assert third.merged_into_id == keep.pk
    with pytest.raises(InputError, match="先拆回后来的"):
        actions.propose_split(one, first.pk, reason="原件核对后系二人")
    actions.propose_split(one, second.pk, reason="原件核对后系二人")
    actions.split(two, second.pk)
    third.refresh_from_db()
    assert third.merged_into_id == drop.pk


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_merge_once() -> None:
    cast = build_cast()
    keep, drop = rich(cast)
    request = actions.propose_merge(cast.actor("district_reviewer"), keep.pk, drop.pk, reason=REASON)
    approvers = [cast.actor("second_reviewer"), cast.actor("supervisor")]
    # SQLite lets one writer in at a time anyway, and a database in memory lets no thread wait
    gate, outcomes = threading.Barrier(2 if connection.vendor == "postgresql" else 1), []

    def approve(who: Any) -> None:
        gate.wait()
        try:
            outcomes.append(actions.approve_merge(who, request.pk).state)
        except GuangshaError as error:
            outcomes.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(who,)) for who in approvers]
    for thread in threads:
        thread.start()
        if connection.vendor != "postgresql":
            thread.join()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == sorted(["done", "这件合并刚被别人处理过"])
    assert Act.objects.filter(action="registry.merge.approve").count() == 1


ROWS = st.fixed_dictionaries(
    {
        "statuses": st.lists(st.sampled_from(["keep", "drop"]), max_size=4),
        "homes": st.lists(st.sampled_from(["keep", "drop"]), max_size=3),
        "files": st.lists(st.sampled_from(["keep", "drop"]), max_size=3),
        "income": st.booleans(),
    }
)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS)
def test_a_split_undoes_a_merge_whatever_they_had(cast: Cast, rows: Mapping[str, Any]) -> None:
    Person.objects.all().update(merged_into=None)
    clerk, two = cast.actor("district_reviewer"), cast.actor("second_reviewer")
    serial = Person.objects.count() * 2 + 101
    who = {"keep": a_person(cast, serial), "drop": a_person(cast, serial + 2)}
    anchor = a_file(cast, a_person(cast, serial + 4))
    actions.add_member(clerk, anchor.pk, 1, who["drop"], "child", started_on=date(2025, 4, 1))
    for owner in rows["statuses"]:
        actions.record_status(
            clerk, who[owner], kind="disability", source="残联", started_on=date(2024, 1, 1)
        )
    for owner in rows["homes"]:
        Home.objects.create(household=anchor, owner=who[owner], nature="owned", address="旧居", area_m2=50)
    for owner in rows["files"]:
        anchor.memberships.create(
            person=who[owner], relation="other", started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1)
        )
    if rows["income"]:
        actions.declare(
            clerk, anchor, period="2025-05", income={str(who["drop"].pk): {"wages": 1}}, assets={}
        )
    before = everything(who["keep"], who["drop"])
    request = actions.propose_merge(clerk, who["keep"].pk, who["drop"].pk, reason=REASON)
    actions.approve_merge(two, request.pk)
    held = everything(who["drop"])
    assert all(not value for label, value in held.items() if label.startswith(("registry.", "intake.")))
    actions.propose_split(clerk, request.pk, reason="原件核对后系二人")
    actions.split(two, request.pk)
    assert everything(who["keep"], who["drop"]) == before
