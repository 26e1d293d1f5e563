"""From the contract to the dwelling given back, by the acts of people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guangsha.areas.registry.actions import declare
from guangsha.areas.registry.models import Declaration, Person, SpecialStatus
from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.areas.tenancy import actions, hooks
from guangsha.areas.tenancy.access import access_lease
from guangsha.areas.tenancy.access_rules import LockOut
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Ban, SiteCheck, Violation
from guangsha.areas.tenancy.terms import contract, contract_digest
from guangsha.areas.tenancy.tests.builders import EDGE_FEN, MARKET_FEN, House, citizen_of
from guangsha.audit.actor import CLOCK
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor

Told = list[tuple[str, dict[str, Any]]]
pytestmark = pytest.mark.django_db


def rich(lease: Lease, monthly: int = 30_000) -> None:
    """The household's income is above every line now."""
    for one in SpecialStatus.objects.filter(person=lease.tenant):
        one.ended_on = timezone.localdate() - timedelta(days=1)
        one.save(update_fields=["ended_on"])
    persons = lease.household.memberships.filter(ended_on=None).values_list("person_id", flat=True)
    made = declare(
        CLOCK, lease.household, period="2026-11", income={str(key): {"wages": monthly * 100} for key in persons},
        assets={"deposits": 0}, source="民政核对",
    )  # fmt: skip
    Declaration.objects.filter(pk=made.pk).update(declared_on=timezone.localdate())


def test_a_vacant_dwelling_becomes_a_home(house: House, told: Told) -> None:
    lease = house.drafted()
    lease.dwelling.refresh_from_db()
    assert (lease.rent_fen, lease.market_fen, lease.household_type) == (
        EDGE_FEN,
        MARKET_FEN,
        "minimum_living_edge",
    )
    assert (lease.deposit_fen, lease.ends_on, lease.dwelling.state) == (100_000, date(2029, 11, 19), "chosen")
    assert lease.kept["worked"], "how the rent came about is kept for whoever asks"
    with pytest.raises(InputError, match="已有一份租赁合同"):
        house.drafted(home=lease.dwelling)
    lease = actions.sign_lease(house.leaser, lease.number, lease.version, signed_on=timezone.localdate())
    with pytest.raises(InputError, match="没有交付钥匙"):
        actions.hand_over(house.inspector, lease.number, lease.version, house.found(keys=0))
    actions.hand_over(house.inspector, lease.number, lease.version, house.found())
    lease.refresh_from_db()
    lease.dwelling.refresh_from_db()
    assert (lease.state, lease.dwelling.state, lease.occupants.count()) == ("active", "let", 3)
    assert lease.grants.filter(kind="key", lasting=True, state="active").count() == 1
    assert [event for event, _ in told] == ["signed", "handed_over"]
    with pytest.raises(NotThere):
        access_lease(house.far, lease.number)
    assert access_lease(build_actor(citizen_of(lease.tenant)), lease.number) == lease


def test_two_clerks_make_one_lease(house: House, told: Told) -> None:
    lease = house.drafted()
    actions.sign_lease(house.leaser, lease.number, lease.version, signed_on=timezone.localdate())
    with pytest.raises(InputError, match="刚被别人办理过"):
        actions.sign_lease(house.leaser, lease.number, lease.version, signed_on=timezone.localdate())


def test_a_contract_that_is_not_signed_frees_the_dwelling(house: House, told: Told) -> None:
    lease = house.drafted()
    actions.give_up(house.leaser, lease.number, lease.version, reason="家庭放弃")
    lease.dwelling.refresh_from_db()
    assert lease.dwelling.state == "vacant"
    assert told == []


def test_misuse_needs_two_checks_by_two_people_and_a_hearing(house: House, clock: Clock, told: Told) -> None:
    clock.at("2026-02-20")
    lease = house.moved_in()
    clock.at("2026-08-01")
    found = actions.report_signal(
        house.inspector,
        lease.number,
        kind="sublet",
        signal="tip",
        text="邻居反映住的是别人",
        found_on=date(2026, 7, 20),
    )
    look: dict[str, Any] = {
        "second": house.cast.staff["rent_clerk"],
        "found": True,
        "record": "住户自称租客，月租九百元",
    }
    with pytest.raises(InputError, match="两名"):
        actions.add_check(
            house.inspector,
            found.number,
            None,
            on=date(2026, 7, 25),
            **{**look, "second": house.cast.staff["field_inspector"]},
        )
    actions.add_check(house.inspector, found.number, None, on=date(2026, 7, 25), **look)
    with pytest.raises(InputError, match="不能这样办理"):
        actions.ask_tenant(house.inspector, found.number, None, started_on=date(2026, 3, 1), stopped_on=None)
    with pytest.raises(InputError, match="这一天已经核查过"):
        actions.add_check(house.inspector, found.number, None, on=date(2026, 7, 25), **look)
    actions.add_check(house.inspector, found.number, None, on=date(2026, 7, 28), **look)
    hearing = actions.ask_tenant(
        house.inspector,
        found.number,
        None,
        started_on=date(2026, 3, 1),
        stopped_on=date(2026, 7, 31),
        gain_fen=450_000,
    )
    found.refresh_from_db()
    with pytest.raises(InputError, match="不能这样办理"):
        actions.decide(house.decider, found.number, found.version, upheld=True, grounds="属实")
    mine = build_actor(citizen_of(lease.tenant))
    actions.hear(mine, hearing.pk, text="我认错，已让租客搬走", outcome="objected")
    found.refresh_from_db()
    with pytest.raises(InputError, match="您的岗位不能"):
        actions.decide(house.inspector, found.number, found.version, upheld=True, grounds="属实")
    found = actions.decide(house.decider, found.number, found.version, upheld=True, grounds="两次核查属实")
    assert (found.top_up_fen, found.fine_cap_fen) == (219_660, 1_350_000)
    assert Ban.objects.get(person=lease.tenant).until == date(2031, 7, 31)
    assert SiteCheck.objects.filter(violation=found).count() == 2
    event, data = told[-1]
    assert (event, data["top_up_fen"], data["months"]) == ("violation_decided", 219_660, 5)
    letter = Message.objects.filter(subject="违规处理决定").first()
    assert letter is not None
    assert "行政复议" in letter.body
    clue = actions.send_clue(
        house.lawyer, found.number, found.version, receiver="区住建局执法大队", facts="转租五个月"
    )
    assert (clue.fine_cap_fen, clue.article[-4:]) == (1_350_000, "三十六条")


def test_who_is_in_hospital_has_not_left_the_home_idle(house: House, clock: Clock, told: Told) -> None:
    clock.at("2026-01-05")
    lease = house.moved_in()
    clock.at("2026-11-20")
    found = actions.report_signal(
        house.inspector,
        lease.number,
        kind="idle",
        signal="door",
        text="门禁八个月无记录",
        found_on=date(2026, 11, 1),
    )
    look: dict[str, Any] = {
        "second": house.cast.staff["rent_clerk"],
        "found": True,
        "record": "无人",
        "absence": "hospital",
    }
    for day in (5, 12):
        actions.add_check(house.inspector, found.number, None, on=date(2026, 11, day), **look)
    with pytest.raises(InputError, match="正当理由"):
        actions.ask_tenant(house.inspector, found.number, None, started_on=date(2026, 2, 1), stopped_on=None)
    Violation.objects.filter(pk=found.pk).update(absence="")
    actions.ask_tenant(house.inspector, found.number, None, started_on=date(2026, 2, 1), stopped_on=None)


def test_who_bought_a_home_has_time_to_move_and_leaves_when_all_is_paid(
    house: House, clock: Clock, told: Told
) -> None:
    lease = house.moved_in()
    found = actions.open_exit(house.second, lease.number, ground="own_wish", facts="登记")
    same = replace(house.decider, account_id=house.second.account_id)
    with pytest.raises(InputError, match="不能既经办又复核"):
        actions.decide_exit(same, found.number, found.version, approve=True, reasons="x")
    actions.withdraw_exit(house.second, found.number, found.version, reason="登记错误")
    decided = house.exit(lease)
    with pytest.raises(InputError, match="还没有送达"):
        actions.hand_back(house.inspector, decided.number, decided.version, house.found(keys=2))
    decided = actions.serve(
        house.maker,
        decided.number,
        decided.version,
        served_on=date(2026, 11, 20),
        document="湖房保〔2026〕9号",
    )
    lease.refresh_from_db()
    assert (lease.state, decided.transition_until, decided.transition_rent_fen) == (
        "transition",
        date(2027, 2, 20),
        50_208,
    )
    with pytest.raises(InputError, match="期限还没有到"):
        actions.hold_over(house.maker, decided.number, decided.version, text="仍在")
    clock.at("2027-02-21")
    decided = actions.hold_over(house.maker, decided.number, decided.version, text="上门核实，仍居住")
    assert told[-1] == (
        "holding_over",
        {"on": date(2027, 2, 21), "rent_fen": MARKET_FEN, "exit": decided.number},
    )
    with pytest.raises(InputError, match="没有法院裁定"):
        actions.hand_back(
            house.inspector, decided.number, decided.version, house.found(absent=True, witness="社区王主任")
        )
    with pytest.raises(InputError, match="见证人"):
        actions.hand_back(
            house.inspector, decided.number, decided.version, house.found(goods_left="旧沙发一张")
        )
    actions.hand_back(
        house.inspector, decided.number, decided.version,
        house.found(keys=2, readings={"water": Decimal("20.00")}, goods_left="旧沙发一张", witness="社区王主任"),
    )  # fmt: skip
    decided.refresh_from_db()
    lease.dwelling.refresh_from_db()
    assert (decided.state, lease.dwelling.state) == ("checking", "checking")
    hooks.OWED.append(lambda _: 12_300)
    with pytest.raises(InputError, match=r"123\.00"):
        actions.settle(house.leaser, decided.number, decided.version)
    hooks.OWED.clear()
    hooks.MAY_END.append(lambda _: "押金还没有退还")
    with pytest.raises(InputError, match="押金还没有退还"):
        actions.settle(house.leaser, decided.number, decided.version)
    hooks.MAY_END.clear()
    ended = actions.settle(house.leaser, decided.number, decided.version)
    assert (ended.state, ended.end_reason, told[-1][0]) == ("ended", "other_home", "ended")
    assert actions.expire_grants(timezone.now()) == 1
    assert actions.expire_grants(timezone.now()) == 0


def test_an_over_income_household_may_stay_at_market_rent(house: House, told: Told) -> None:
    lease = house.moved_in()
    rich(lease)
    with pytest.raises(InputError, match="收入超过各档标准"):
        actions.propose_change(
            house.maker, lease.number, None, kind="rent", happened_on=timezone.localdate(), reason="年审"
        )
    found = actions.open_exit(house.maker, lease.number, ground="over_income", facts="年审核对收入超过标准")
    with pytest.raises(InputError, match="不能这样办理"):
        actions.decide_exit(
            house.decider, found.number, found.version, approve=True, reasons="x", way="top_up"
        )
    house.heard(found.hearing)
    found.refresh_from_db()
    found = actions.decide_exit(
        house.decider, found.number, found.version, approve=True, reasons="家有高三学生", way="top_up"
    )
    lease.refresh_from_db()
    assert (found.state, lease.state, lease.rent_fen) == ("done", "active", MARKET_FEN)
    assert told[-1][0] == "rent_changed"
    assert told[-1][1]["on"] == date(2026, 12, 1)


def test_arrears_are_a_ground_only_when_the_months_are_full(house: House, told: Told) -> None:
    lease = house.moved_in()
    hooks.MONTHS_OWED.append(lambda *_: 5)
    with pytest.raises(InputError, match="累计拖欠 5 个月"):
        actions.open_exit(house.maker, lease.number, ground="arrears", facts="催缴无果")
    hooks.MONTHS_OWED[0] = lambda *_: 6
    assert actions.open_exit(house.maker, lease.number, ground="arrears", facts="催缴无果").state == "hearing"


def test_a_contract_may_be_stricter_than_the_place_and_says_so(house: House, told: Told) -> None:
    lease = house.drafted(months=12)
    with pytest.raises(InputError, match="应在 1 至 6 个月之间"):
        actions.agree_limits(house.leaser, lease.number, lease.version, arrears_months=7, idle_months=None)
    digest = contract_digest(lease)
    lease = actions.agree_limits(
        house.leaser, lease.number, lease.version, arrears_months=3, idle_months=None
    )
    assert contract_digest(lease) != digest, "who signed the other text signs anew"
    text = str(contract(lease))
    assert "累计拖欠租金满3个月" in text and "连续闲置满6个月" in text
    lease = actions.sign_lease(house.leaser, lease.number, lease.version, signed_on=timezone.localdate())
    with pytest.raises(InputError, match="合同已签订"):
        actions.agree_limits(house.leaser, lease.number, lease.version, arrears_months=1, idle_months=None)
    actions.hand_over(house.inspector, lease.number, lease.version, house.found())
    hooks.MONTHS_OWED.append(lambda *_: 2)
    with pytest.raises(InputError, match="累计拖欠 2 个月租金，未达到 3 个月"):
        actions.open_exit(house.maker, lease.number, ground="arrears", facts="催缴无果")
    hooks.MONTHS_OWED[0] = lambda *_: 3
    assert actions.open_exit(house.maker, lease.number, ground="arrears", facts="催缴无果").state == "hearing"


def test_silence_is_heard_when_its_time_is_over_and_a_person_decides(
    house: House, clock: Clock, told: Told
) -> None:
    lease = house.moved_in()
    found = actions.open_exit(house.maker, lease.number, ground="other_aid", facts="已承租保租房")
    assert actions.close_hearings(timezone.now()) == 0
    clock.at("2026-12-10")
    assert actions.close_hearings(timezone.now()) == 1
    found.refresh_from_db()
    lease.refresh_from_db()
    assert (found.state, found.hearing.outcome, lease.state) == ("heard", "silent", "active")


def test_a_court_orders_it_within_its_months(house: House, clock: Clock, told: Told) -> None:
    clock.at("2026-01-05")
    lease = house.moved_in()
    violation = Violation.objects.create(
        number="WG1", lease=lease, kind="sublet", signal="tip", text="转租", found_on=date(2026, 1, 6), state="closed",
        started_on=date(2026, 1, 6), made_at=timezone.now(),
    )  # fmt: skip
    found = house.exit(lease, "violation", violation=violation)
    found = actions.serve(
        house.maker, found.number, found.version, served_on=date(2026, 1, 5), document="湖房保〔2026〕1号"
    )
    clock.at("2026-07-10")
    found = actions.hold_over(house.maker, found.number, found.version, text="仍居住")
    found = actions.demand(house.lawyer, found.number, found.version, document="催〔2026〕1号")
    with pytest.raises(InputError, match="催告期限还没有到"):
        actions.go_to_court(house.lawyer, found.number, found.version, document="申请书")
    clock.at("2026-10-10")
    with pytest.raises(InputError, match=r"2026年7月21日 至 2026年10月5日"):
        actions.go_to_court(house.lawyer, found.number, found.version, document="申请书")
    clock.at("2026-07-22")
    found = actions.go_to_court(house.lawyer, found.number, found.version, document="申请书")
    found = actions.court_ruled(
        house.lawyer, found.number, found.version, title="（2026）湘0699行审1号", granted=True
    )
    night = datetime(2026, 7, 23, 23, tzinfo=ZoneInfo("Asia/Shanghai"))
    away: dict[str, Any] = {"absent": True, "witness": "社区王主任", "tenant_signed": ""}
    with pytest.raises(InputError, match="夜间"):
        actions.hand_back(house.inspector, found.number, found.version, house.found(**away), moment=night)
    actions.hand_back(house.inspector, found.number, found.version, house.found(**away))
    found.refresh_from_db()
    assert found.state == "checking"


def test_a_renewed_lease_takes_over_people_and_keys(house: House, clock: Clock, told: Told) -> None:
    lease = house.moved_in(months=12)
    with pytest.raises(InputError, match="还不能申请续租"):
        actions.ask_renewal(house.leaser, lease.number, lease.version)
    clock.at("2027-08-01")
    assert actions.remind_renewals(timezone.now()) == 1
    Declaration.objects.filter(household=lease.household).update(declared_on=date(2027, 7, 20))
    lease = actions.ask_renewal(build_actor(citizen_of(lease.tenant)), lease.number, lease.version)
    new = actions.renew(house.leaser, lease.number, lease.version, months=12)
    actions.sign_lease(house.leaser, new.number, new.version, signed_on=timezone.localdate())
    assert actions.begin_renewed(timezone.now()) == 0
    clock.at("2027-11-20")
    assert actions.begin_renewed(timezone.now()) == 1
    assert actions.begin_renewed(timezone.now()) == 0
    lease.refresh_from_db()
    new.refresh_from_db()
    assert (lease.state, lease.end_reason, new.state, new.starts_on) == (
        "ended",
        "renewed",
        "active",
        date(2027, 11, 20),
    )
    assert (
        new.grants.count(),
        new.occupants.filter(until=None).count(),
        new.is_lived_in,
        lease.is_lived_in,
    ) == (1, 3, True, False)
    assert [event for event, _ in told[-3:]] == ["ended", "signed", "handed_over"]


def test_after_a_death_who_lives_there_goes_on(house: House, told: Told) -> None:
    lease = house.moved_in()
    old = lease.tenant
    spouse = Person.objects.get(memberships__household=lease.household, memberships__relation="spouse")
    child = Person.objects.get(memberships__household=lease.household, memberships__relation="child")
    Person.objects.filter(pk=old.pk).update(died_on=date(2026, 11, 1))
    ask: dict[str, Any] = {"kind": "new_tenant", "happened_on": date(2026, 11, 1), "reason": "承租人去世"}
    with pytest.raises(InputError, match="年满十八周岁"):
        actions.propose_change(house.maker, lease.number, None, person=child, **ask)
    row = actions.propose_change(house.maker, lease.number, None, person=spouse, **ask)
    with pytest.raises(InputError, match="同一人"):
        actions.confirm_change(house.maker, row.pk)
    actions.confirm_change(house.decider, row.pk)
    lease.refresh_from_db()
    assert lease.tenant == spouse
    assert not lease.occupants.filter(person=old, until=None).exists()
    assert lease.grants.get(state="active").person == spouse


def test_a_tier_that_rises_is_heard_and_counts_from_the_next_month(house: House, told: Told) -> None:
    lease = house.moved_in()
    SpecialStatus.objects.filter(person=lease.tenant).update(ended_on=date(2026, 11, 1))
    ask: dict[str, Any] = {"kind": "rent", "happened_on": date(2026, 11, 1), "reason": "退出低保边缘"}
    with pytest.raises(InputError, match="先听取家庭意见"):
        actions.propose_change(house.maker, lease.number, None, **ask)
    row = actions.propose_change(house.maker, lease.number, None, heard="11月15日电话听取，无异议", **ask)
    lease.refresh_from_db()
    assert lease.rent_fen == EDGE_FEN, "a proposal changes nothing"
    actions.confirm_change(house.second, row.pk)
    lease.refresh_from_db()
    assert lease.rent_fen == 31_380
    assert told[-1][0] == "rent_changed"


def test_nobody_is_locked_out_for_arrears_and_the_attempt_is_kept(house: House, told: Told) -> None:
    lease = house.moved_in()
    key = lease.grants.get()
    with pytest.raises(LockOut, match="行政强制法第四十三条"):
        actions.ask_stop(house.maker, key.pk, None, reason="arrears")
    assert Act.objects.filter(action="tenancy.access.lock_out_refused").count() == 1
    with pytest.raises(LockOut, match="请先补发"):
        actions.ask_stop(house.maker, key.pk, None, reason="lost")
    card = actions.ask_grant(
        house.maker,
        lease.number,
        person=lease.tenant,
        kind="card",
        reason="replacement",
        lasting=True,
        replaces=key,
    )
    with pytest.raises(InputError, match="同一人"):
        actions.approve_grant(house.maker, card.pk, None)
    actions.approve_grant(house.second, card.pk, None)
    actions.ask_stop(house.maker, key.pk, None, reason="lost")
    actions.approve_stop(house.second, key.pk, None)
    with pytest.raises(LockOut):
        actions.ask_stop(house.maker, card.pk, None, reason="extra")
    child = Person.objects.get(memberships__household=lease.household, memberships__relation="child")
    with pytest.raises(InputError, match="监护人"):
        actions.ask_grant(
            house.maker,
            lease.number,
            person=child,
            kind="face",
            reason="member",
            lasting=False,
            consent_on=timezone.localdate(),
        )
    face = actions.ask_grant(
        house.maker, lease.number, person=child, kind="face", reason="member", lasting=False, consent_on=timezone.localdate(),
        guardian=lease.tenant,
    )  # fmt: skip
    assert face.expires_on == lease.ends_on
