"""The household file through its acts: history kept, one living household per person, nothing half done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from guangsha.areas.registry import actions
from guangsha.areas.registry.access import access_household, access_person
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.registry.queries import find_persons, household_file
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.kernel.identity import resident_check_digit
from guangsha.people.access import NotThere
from guangsha.people.models import Agency

pytestmark = pytest.mark.django_db


def number(born: str, serial: int) -> str:
    first = f"430602{born}{serial:03d}"
    return first + resident_check_digit(first)


@pytest.fixture
def district() -> Agency:
    return Agency.objects.create(kind="district", name="示范区", region_code="430602", path="/1/")


@pytest.fixture
def community(district: Agency) -> Agency:
    return Agency.objects.create(
        parent=district, kind="community", name="枫树社区", region_code="430602001001", path="/1/2/"
    )


@pytest.fixture
def clerk(district: Agency, community: Agency) -> Actor:
    return Actor(
        "staff", 7, "周受理", agency_id=district.pk, scope=frozenset({district.pk, community.pk}),
        roles=frozenset({"street_clerk"}),
    )  # fmt: skip


@pytest.fixture
def household(clerk: Actor, district: Agency, community: Agency) -> Household:
    head = actions.open_person(clerk, name="李建国", identity=number("19550312", 1), phone="13800138000")
    return actions.open_household(
        clerk, head=head, agency=district, community=community, residence="枫树路 1 号 2 栋 301",
        opened_on=date(2025, 3, 1),
    )  # fmt: skip


def test_opening_a_file_writes_person_household_and_acts(household: Household) -> None:
    assert household.number == "H430602001001202500001"
    assert household.memberships.get().relation == "self"
    assert list(Act.objects.order_by("number").values_list("action", flat=True)) == [
        "registry.person.open",
        "registry.household.open",
    ]
    assert "13800138000" not in str(Act.objects.values_list("after", flat=True))


def test_a_number_is_registered_once(clerk: Actor, household: Household) -> None:
    with pytest.raises(InputError, match="已经登记过"):
        actions.open_person(clerk, name="李建国", identity=number("19550312", 1))
    assert Person.objects.count() == 1
    again = actions.person_for(clerk, name="李健国", identity=number("19550312", 1))
    assert again.pk == household.head_id and again.name == "李建国"


def test_a_person_counts_in_one_living_household(
    clerk: Actor, household: Household, district: Agency, community: Agency
) -> None:
    son = actions.open_person(clerk, name="李明", identity=number("19900101", 3))
    actions.add_member(clerk, household.pk, 1, son, "child", started_on=date(2025, 3, 1))
    with pytest.raises(InputError, match="另一户"):
        actions.open_household(clerk, head=son, agency=district, community=community)
    assert Household.objects.count() == 1
    membership = Membership.objects.get(person=son)
    actions.end_membership(clerk, membership.pk, 2, ended_on=date(2026, 5, 18), end_reason="分户")
    own = actions.open_household(clerk, head=son, agency=district, community=community)
    assert own.memberships.filter(ended_on=None).count() == 1
    assert {line.ended_on for line in household_file(household).members} == {None, date(2026, 5, 18)}


def test_two_clerks_at_once_lose_nothing(clerk: Actor, household: Household) -> None:
    head = household.head
    actions.change_person(clerk, head.pk, 1, {"phone": "13900139000"}, reason="本人来电")
    with pytest.raises(actions.FileMoved, match="刚被别人修改过"):
        actions.change_person(clerk, head.pk, 1, {"employer": "退休"}, reason="本人来电")
    head.refresh_from_db()
    assert (head.phone, head.employer, head.version) == ("13900139000", "", 2)


def test_the_applicant_cannot_be_struck_off(clerk: Actor, household: Household) -> None:
    with pytest.raises(InputError, match="申请人不能直接减员"):
        actions.end_membership(
            clerk, household.memberships.get().pk, 1, ended_on=date(2026, 1, 1), end_reason="错误"
        )
    household.refresh_from_db()
    assert household.version == 1  # the refused act left no trace


def test_moving_keeps_the_old_address(clerk: Actor, household: Household) -> None:
    actions.move_household(clerk, household.pk, 1, text="枫树路 9 号", on=date(2026, 2, 1))
    assert [(a.text, a.ended_on) for a in household.addresses.order_by("id")] == [
        ("枫树路 1 号 2 栋 301", date(2026, 2, 1)),
        ("枫树路 9 号", None),
    ]


def test_areas_shares_and_incomes_that_cannot_be_are_refused(clerk: Actor, household: Household) -> None:
    for more in ({"area_m2": Decimal(0)}, {"area_m2": Decimal(50), "share": Decimal("1.5")}):
        with pytest.raises(InputError):
            actions.record_home(clerk, household, nature="owned", address="某处", **more)
    with pytest.raises(InputError):
        actions.declare(clerk, household, period="2026-10", income={"1": {"wages": -1}}, assets={})


def test_unknown_and_forbidden_look_the_same(clerk: Actor, household: Household) -> None:
    stranger = Actor(
        "staff", 9, "外区", agency_id=99, scope=frozenset({99}), roles=frozenset({"street_clerk"})
    )
    hotline = Actor("staff", 8, "坐席", agency_id=1, scope=clerk.scope, roles=frozenset({"hotline_agent"}))
    for actor in (stranger, hotline, Actor("citizen", 5, "王芳", person_id=999)):
        with pytest.raises(NotThere):
            access_household(actor, household.number)
        with pytest.raises(NotThere):
            access_person(actor, household.head_id)
    with pytest.raises(NotThere):
        access_household(clerk, "H000")
    own = Actor("citizen", 4, "李建国", person_id=household.head_id)
    assert access_household(own, household.number) == household
    assert access_person(own, household.head_id).pk == household.head_id


def test_search_by_number_phone_name_and_sound(clerk: Actor, household: Household) -> None:
    for text in (number("19550312", 1), "13800138000", "李建国", "李建", "李健国", "lijian"):
        assert [person.pk for person in find_persons(clerk, text)] == [household.head_id], text
    assert list(find_persons(clerk, "")) == []
    assert (
        list(
            find_persons(
                Actor("staff", 9, "外区", scope=frozenset({99}), roles=frozenset({"street_clerk"})), "李建国"
            )
        )
        == []
    )


def test_a_file_costs_the_same_queries_however_large(
    clerk: Actor, household: Household, django_assert_num_queries: Any
) -> None:
    for serial in range(2, 6):
        person = actions.open_person(clerk, name="家人", identity=number("19900101", serial))
        household.refresh_from_db()
        actions.add_member(
            clerk, household.pk, household.version, person, "other", started_on=date(2025, 4, 1)
        )
    with django_assert_num_queries(6):
        file = household_file(household)
    assert len(file.members) == 5
