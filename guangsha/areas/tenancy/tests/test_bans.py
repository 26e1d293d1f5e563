"""Who misused a dwelling may not apply anew for five years (11号令 §36): the waiting list hears of it, and a person decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.models import EntryChange, WaitlistEntry
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.test_effects import qualified
from guangsha.areas.registry.models import Person
from guangsha.areas.tenancy import actions as tenancies
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Ban
from guangsha.areas.tenancy.queries import banned_households
from guangsha.areas.tenancy.tests.builders import active_lease, citizen_of
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.people.actors import build_actor
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(cast: Cast) -> Lease:
    return active_lease(cast)


def banned(person: Person, lease: Lease, *, days: int = 400) -> Ban:
    """A ban that somebody decided a year ago and that ends so many days from now."""
    today = timezone.localdate()
    return Ban.objects.create(
        person=person, lease=lease, starts_on=today - timedelta(days=365), until=today + timedelta(days=days), article="第三十六条",
    )  # fmt: skip


def test_an_approved_household_under_a_ban_is_listed_and_asked(cast: Cast, lease: Lease) -> None:
    banned(Person.objects.get(pk=cast.applicant.person_id), lease)
    qualified(cast)
    actions.take_effects(timezone.now())
    change = EntryChange.objects.get()
    assert WaitlistEntry.objects.get().state == "waiting"
    assert (change.kind, change.state) == ("remove", "hearing")
    assert "不得再次申请公租房" in change.reason and lease.number in change.reason


def test_a_ban_is_a_difference_of_a_registration_that_a_person_settles(cast: Cast, lease: Lease) -> None:
    hall, today = Hall(cast), timezone.localdate()
    plan = hall.plan(2)
    one, other, later = hall.entry(), hall.entry(), hall.entry()
    banned(one.applicant, lease)
    banned(other.applicant, lease, days=-1)  # over since yesterday
    at_once = hall.register(plan, one)
    hall.register(plan, other)
    meanwhile = hall.register(plan, later)
    assert (at_once.state, at_once.recheck, meanwhile.recheck) == ("registered", "differs", "")
    ban = banned(later.applicant, lease)
    plan = hall.over(plan)
    assert actions.recheck_registrants(hall.checker, plan.number) == {"fit": 1, "differs": 2, "unknown": 0}
    meanwhile.refresh_from_db()
    assert meanwhile.state == "registered" and "不得再次申请" in meanwhile.recheck_trace["reasons"][0]
    fits = actions.settle_registrant(
        hall.approver, meanwhile.pk, meanwhile.version, fits=True, reason="听取意见后认定"
    )
    assert fits.state == "qualified"
    Ban.objects.filter(pk=ban.pk).update(lifted_on=today)
    assert list(banned_households([one.household_id, later.household_id], today)) == [one.household_id]


def test_a_ban_is_lifted_by_two_people_with_a_document_and_its_row_stays(cast: Cast, lease: Lease) -> None:
    ban, today = banned(lease.tenant, lease), timezone.localdate()
    clerk, decider = build_actor(cast.staff["rent_clerk"]), build_actor(cast.staff["district_approver"])
    with pytest.raises(InputError, match="文号"):
        tenancies.propose_lift(clerk, ban.pk, ground="court", document=" ", reason="判决撤销处理决定")
    with pytest.raises(tenancies.NotAllowed, match="没有待决定"):
        tenancies.decide_lift(decider, ban.pk, lifts=True, reason="已核对原件")
    given = {"ground": "court", "document": "（2026）岳01行终12号", "reason": "判决撤销处理决定"}
    tenancies.propose_lift(clerk, ban.pk, **given)
    with pytest.raises(tenancies.NotAllowed, match="已有人提请"):
        tenancies.propose_lift(clerk, ban.pk, **given)
    assert list(banned_households([lease.household_id], today)) == [lease.household_id], "until it is decided"
    with pytest.raises(tenancies.NotAllowed, match="岗位"):
        tenancies.decide_lift(clerk, ban.pk, lifts=True, reason="已核对原件")
    tenancies.decide_lift(decider, ban.pk, lifts=False, reason="判决尚未生效")
    assert banned_households([lease.household_id], today)
    tenancies.propose_lift(clerk, ban.pk, **given)
    tenancies.decide_lift(decider, ban.pk, lifts=True, reason="已核对原件")
    ban.refresh_from_db()
    assert (ban.lifted_on, ban.until > today, ban.state) == (today, True, "lifted")
    assert "（2026）岳01行终12号" in ban.lift_reason and banned_households([lease.household_id], today) == {}
    acts = (
        Act.objects.filter(action__startswith="tenancy.ban.").order_by("pk").values_list("action", flat=True)
    )
    assert list(acts) == [f"tenancy.ban.{did}" for did in ("propose_lift", "keep", "propose_lift", "lift")]


def test_who_proposed_to_lift_a_ban_does_not_decide_it(cast: Cast, lease: Lease) -> None:
    ban, decider = banned(lease.tenant, lease), build_actor(cast.staff["district_approver"])
    both = replace(decider, roles=decider.roles | {"rent_clerk"}, posts=())
    tenancies.propose_lift(
        both, ban.pk, ground="mistake", document="湖房更〔2026〕1号", reason="录入时选错了人"
    )
    with pytest.raises(tenancies.NotAllowed, match="同一人"):
        tenancies.decide_lift(both, ban.pk, lifts=True, reason="已核对")


def test_a_ban_is_lifted_on_the_page_of_its_lease(cast: Cast, lease: Lease) -> None:
    ban, page = banned(lease.tenant, lease), f"/office/leases/{lease.number}/"

    def sit(role: str) -> Client:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(cast.staff[role])
        return client

    act = f"/office/leases/bans/{ban.pk}/{{}}/".format
    clerk, decider = sit("rent_clerk"), sit("district_approver")
    assert act("lift") in clerk.get(page).content.decode() and decider.get(act("decide")).status_code == 404
    answer = clerk.post(act("lift"), {
        "version": lease.version, "ground": "remedy", "document": "湖政复决〔2026〕3号", "reason": "复议撤销",
    })  # fmt: skip
    assert answer.status_code == 302
    assert "湖政复决〔2026〕3号" in decider.get(page).content.decode()
    assert (
        decider.post(
            act("decide"), {"version": lease.version, "lifts": "yes", "reason": "已核对"}
        ).status_code
        == 302
    )
    assert (
        "复议复查决定" in clerk.get(page).content.decode()
        and act("lift") not in clerk.get(page).content.decode()
    )


def test_the_household_and_the_dwelling_lead_to_the_lease(cast: Cast, lease: Lease) -> None:
    def page(account: object, address: str) -> str:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(account)  # type: ignore[arg-type]
        return client.get(address).content.decode()

    home = f"/office/stock/dwellings/{lease.dwelling_id}/"
    link = f"/office/leases/{lease.number}/"
    assert link in page(cast.staff["rent_clerk"], home)
    assert f"/my/leases/{lease.number}/" in page(citizen_of(lease.tenant), "/my/")
