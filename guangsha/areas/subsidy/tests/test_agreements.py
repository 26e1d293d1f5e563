"""From a decided amount to months that are due, and back: who may, what follows, what the household is told."""

from __future__ import annotations

from datetime import date

import pytest

from guangsha.areas.registry.models import Person
from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.actions.agreements import Terms
from guangsha.areas.subsidy.actions.base import AgreementMoved, NotAllowed
from guangsha.areas.subsidy.models import Agreement, Calculation, Clawback, Entitlement
from guangsha.areas.subsidy.payment_actions.recoveries import recover
from guangsha.areas.subsidy.tests.builders import THREE, TWO, Clock, House
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import Entry
from guangsha.ledger.verify import verify_books
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor
from guangsha.people.models import Kinship

pytestmark = pytest.mark.django_db


def _months(agreement: Agreement) -> dict[int, tuple[int, str]]:
    return {
        month: (fen, state)
        for month, fen, state in Entitlement.objects.filter(agreement=agreement)
        .order_by("month")
        .values_list("month", "amount_fen", "state")
    }


def _version(agreement: Agreement) -> int:
    agreement.refresh_from_db()
    return agreement.version


def test_an_agreement_pays_what_policy_gives_from_the_month_after_the_decision(
    house: House, clock: Clock
) -> None:
    agreement = house.draft()
    first = agreement.calculations.get()
    assert (first.amount_fen, first.from_month, first.state) == (THREE, 202602, "proposed")
    assert (agreement.starts_on, agreement.ends_on) == (date(2026, 2, 1), date(2027, 1, 31))
    assert first.kept["chosen"] == "minimum_living"
    assert first.kept["digest"] == first.digest != ""
    assert house.months(202602) == 0  # nothing is due before two people and the household have said yes
    actions.confirm(house.checker, first.pk, agreement.version)
    actions.sign_agreement(house.maker, agreement.number, _version(agreement), signed_on=date(2026, 1, 5))
    clock.at("2026-03-20")
    assert house.months(202603) == 2
    assert _months(agreement) == {202602: (THREE, "computed"), 202603: (THREE, "computed")}
    assert house.months(202603) == 0  # again: nothing new
    assert Act.objects.filter(action="subsidy.month.compute").count() == 1


def test_nobody_confirms_what_they_proposed_and_strangers_see_nothing(house: House) -> None:
    agreement = house.draft()
    first = agreement.calculations.get()
    with pytest.raises(NotAllowed, match="同一人"):
        actions.confirm(house.maker, first.pk, agreement.version)
    with pytest.raises(NotThere):
        actions.confirm(house.far, first.pk, agreement.version)
    with pytest.raises(NotAllowed, match="岗位"):
        actions.confirm(house.accountant, first.pk, agreement.version)
    with pytest.raises(AgreementMoved):
        actions.confirm(house.checker, first.pk, agreement.version + 1)
    first.refresh_from_db()
    assert first.state == "proposed"


def test_a_relative_does_not_even_see_it(house: House) -> None:
    agreement = house.draft()
    Kinship.objects.create(
        account=house.cast.second_reviewer,
        identity_index=agreement.payee.identity_index,
        relation="sibling",
        declared_at=agreement.made_at,
    )
    with pytest.raises(NotThere):
        actions.confirm(
            build_actor(house.cast.second_reviewer), agreement.calculations.get().pk, agreement.version
        )


def test_a_family_that_policy_does_not_admit_gets_no_agreement_signed(house: House) -> None:
    rich = house.family(身份=[], 申报={"日期": "2025-12-20", "来源": "民政核对", "存款": "90000000"})
    agreement = house.draft(rich)
    first = agreement.calculations.get()
    assert first.amount_fen == 0
    with pytest.raises(NotAllowed, match="建议不是“准予”"):
        actions.confirm(house.checker, first.pk, agreement.version)
    with pytest.raises(NotAllowed, match="还没有复核"):
        actions.sign_agreement(house.maker, agreement.number, agreement.version, signed_on=date(2026, 1, 5))
    actions.end_agreement(house.maker, agreement.number, agreement.version, reason="不符合条件")
    assert house.draft(rich).state == "draft"  # and a new one may be opened


def test_what_is_not_known_may_be_stated_from_papers_and_what_is_known_may_not(house: House) -> None:
    unknown = house.family(身份=[])
    unknown.declarations.all().delete()
    agreement = house.draft(unknown)
    first = agreement.calculations.get()
    assert first.kept["outcome"] == "incomplete"
    with pytest.raises(InputError, match="不能另填"):
        actions.compute_again(
            house.maker, agreement.number, agreement.version, reason="核对户口簿", stated={"members": 9}
        )
    stated = {"assets_fen": 100_000, "vehicles": 0, "vehicle_value_fen": 0,
              "business_capital_fen": 0, "legal_person_posts": 0}  # fmt: skip
    again = actions.compute_again(
        house.maker, agreement.number, agreement.version, reason="核对纸质核对报告", stated=stated
    )
    assert again.kept["outcome"] == "grant"
    assert again.kept["stated"] == sorted(stated)
    first.refresh_from_db()
    assert first.state == "dropped"


def test_a_household_has_one_agreement_and_is_paid_to_one_of_its_own(house: House) -> None:
    agreement = house.draft()
    with pytest.raises(InputError, match="已有一份"):
        house.draft(agreement.household)
    stranger = Person.objects.get(pk=house.cast.stranger.person_id)
    with pytest.raises(InputError, match="不是该家庭的成员"):
        actions.open_agreement(
            house.maker, house.family(), Terms(stranger, "6222", "行", 1000, "某处"), agency=house.cast.district,
            decided_on=date(2026, 1, 5),
        )  # fmt: skip
    with pytest.raises(InputError, match="不是该家庭的成员"):
        actions.change_account(
            house.maker, agreement.number, _version(agreement), payee=stranger, bank_account="6222021001116245702", bank_name="行",
            reason="换卡",
        )  # fmt: skip


def test_a_reduction_is_heard_before_it_is_confirmed(house: House, clock: Clock) -> None:
    agreement = house.active()
    clock.at("2026-05-25")
    house.months(202605)
    house.one_leaves(agreement.household, "2026-05-18")
    account = house.citizen(agreement.payee)
    change = actions.propose_change(
        house.maker,
        agreement.number,
        happened_on=date(2026, 5, 18),
        known_on=date(2026, 5, 25),
        reason="长子迁出",
    )
    assert (change.state, change.amount_fen, change.from_month) == ("hearing", TWO, 202606)
    assert change.hearing.due_on == date(2026, 6, 1)
    assert Message.objects.filter(account=account, channel="inbox", subject__contains="拟调整").exists()
    with pytest.raises(NotAllowed, match="办过"):
        actions.confirm(house.checker, change.pk, _version(agreement))
    with pytest.raises(InputError, match="没有填写"):
        actions.hear(build_actor(account), change.pk, text="", outcome="objected")
    actions.hear(build_actor(account), change.pk, text="长子下月迁回", outcome="objected")
    actions.confirm(house.checker, change.pk, _version(agreement), note="已核实迁出")
    agreement.refresh_from_db()
    assert (agreement.amount_fen, agreement.state) == (TWO, "active")
    clock.at("2026-07-02")
    house.months(202607)
    due = _months(agreement)
    assert [due[m][0] for m in (202605, 202606, 202607)] == [THREE, TWO, TWO]
    assert not Clawback.objects.exists()


def test_silence_counts_as_heard_when_the_time_is_over_and_a_person_still_decides(
    house: House, clock: Clock
) -> None:
    agreement = house.active()
    clock.at("2026-05-25")
    house.one_leaves(agreement.household, "2026-05-18")
    change = actions.propose_change(
        house.maker,
        agreement.number,
        happened_on=date(2026, 5, 18),
        known_on=date(2026, 5, 25),
        reason="迁出",
    )
    assert actions.close_hearings(clock.at("2026-06-01")) == 0
    assert actions.close_hearings(clock.at("2026-06-02")) == 1
    assert actions.close_hearings(clock.at("2026-06-02")) == 0
    change.refresh_from_db()
    assert (change.state, change.hearing.outcome) == ("proposed", "silent")
    agreement.refresh_from_db()
    assert agreement.amount_fen == THREE


def test_what_was_paid_too_much_is_asked_back_once(house: House, clock: Clock) -> None:
    agreement = house.active()
    clock.at("2026-09-02")
    house.months(202609)
    house.paid(agreement, 202606, 202607, 202608)
    house.one_leaves(agreement.household, "2026-05-18")
    clock.at("2026-09-10")
    found = actions.propose_change(
        house.maker, agreement.number, happened_on=date(2026, 5, 18), known_on=date(2026, 9, 10), declared=False,
        reason="比对发现迁出",
    )  # fmt: skip
    assert found.from_month == 202606
    actions.hear(house.maker, found.pk, text="", outcome="agreed")
    actions.confirm(house.checker, found.pk, _version(agreement))
    clawback = Clawback.objects.get()
    assert clawback.total_fen == 3 * (THREE - TWO)
    assert [row["month"] for row in clawback.rows] == [202606, 202607, 202608]
    due = _months(agreement)
    assert due[202608] == (THREE, "paid")  # what was paid stands as it was
    assert due[202609] == (TWO, "computed")
    # another change for the same months asks for the rest only
    Calculation.objects.filter(pk=found.pk).update(state="confirmed")
    clock.at("2026-09-12")
    end = actions.propose_change(
        house.maker, agreement.number, kind="end", happened_on=date(2026, 7, 3), known_on=date(2026, 9, 12), declared=False,
        reason="购房", heard="已听取",
    )  # fmt: skip
    actions.confirm(house.checker, end.pk, _version(agreement))
    second = Clawback.objects.exclude(pk=clawback.pk).get()
    assert {row["month"]: row["overpaid_fen"] for row in second.rows} == {202608: TWO}
    agreement.refresh_from_db()
    assert (agreement.state, agreement.amount_fen) == ("terminated", 0)
    assert _months(agreement)[202609] == (TWO, "reversed")


def test_money_comes_back_once_for_each_voucher_and_never_more_than_is_owed(
    house: House, clock: Clock
) -> None:
    agreement = house.active()
    clock.at("2026-09-02")
    house.months(202609)
    house.paid(agreement, 202606)
    house.one_leaves(agreement.household, "2026-05-18")
    found = actions.propose_change(
        house.maker, agreement.number, happened_on=date(2026, 5, 18), known_on=date(2026, 9, 2), declared=False, reason="迁出",
        heard="已听取",
    )  # fmt: skip
    actions.confirm(house.checker, found.pk, _version(agreement))
    number = Clawback.objects.get().number
    day = date(2026, 9, 2)
    first = recover(house.accountant, number, amount_fen=10_000, way="transfer", day=day, key="V1")
    assert (
        recover(house.accountant, number, amount_fen=10_000, way="transfer", day=day, key="V1").pk == first.pk
    )
    with pytest.raises(InputError, match="不同金额"):
        recover(house.accountant, number, amount_fen=1, way="transfer", day=day, key="V1")
    with pytest.raises(InputError, match="超过还应退回"):
        recover(house.accountant, number, amount_fen=THREE, way="cash", day=day, key="V2")
    with pytest.raises(NotAllowed):
        recover(house.maker, number, amount_fen=1, way="cash", day=day, key="V3")
    recover(house.accountant, number, amount_fen=THREE - TWO - 10_000, way="cash", day=day, key="V2")
    clawback = Clawback.objects.get()
    assert (clawback.state, clawback.recovered_fen) == ("recovered", THREE - TWO)
    assert Entry.objects.filter(source_type="subsidy.clawback").count() == 2
    house.line.refresh_from_db()
    assert house.line.executed_fen == THREE - (THREE - TWO)  # what came back may be spent again
    assert verify_books().sound
    with pytest.raises(NotAllowed, match="办结"):
        actions.consent_set_off(build_actor(house.citizen(agreement.payee)), number, agreed=True)


def test_a_suspended_agreement_is_due_nothing_until_it_is_resumed(house: House, clock: Clock) -> None:
    agreement = house.active()
    clock.at("2026-03-10")
    stop = actions.propose_change(
        house.maker, agreement.number, kind="suspend", happened_on=date(2026, 3, 9), known_on=date(2026, 3, 10), reason="联系不上",
        heard="电话听取",
    )  # fmt: skip
    actions.confirm(house.checker, stop.pk, _version(agreement))
    clock.at("2026-05-20")
    house.months(202605)
    assert sorted(_months(agreement)) == [202602, 202603]
    go_on = actions.propose_change(
        house.maker,
        agreement.number,
        kind="resume",
        happened_on=date(2026, 5, 20),
        known_on=date(2026, 5, 20),
        reason="已联系上",
    )
    actions.confirm(house.checker, go_on.pk, _version(agreement))
    clock.at("2026-06-02")
    house.months(202606)
    assert _months(agreement)[202606] == (THREE, "computed")
    assert 202605 not in _months(agreement)  # no back pay


def test_an_agreement_ends_and_is_followed_by_another(house: House, clock: Clock) -> None:
    agreement = house.active()
    clock.at("2026-11-20")
    with pytest.raises(NotAllowed, match="还不能续签"):
        actions.renew_agreement(
            house.maker, agreement.number, _version(agreement), rent_fen=95_000, filing="租备002"
        )
    assert actions.remind_renewals(clock.at("2027-01-02")) == 1
    agreement.household.declarations.update(declared_on=date(2026, 12, 20))
    later = actions.renew_agreement(
        house.maker, agreement.number, _version(agreement), rent_fen=95_000, filing="租备002"
    )
    assert (later.starts_on, later.follows_id) == (date(2027, 2, 1), agreement.pk)
    clock.at("2027-01-15")
    assert house.months(202701) == 12  # the old agreement keeps its last months
    lone = house.active(decided=date(2026, 1, 5))
    assert actions.expire_agreements(clock.at("2027-02-01")) == 1
    lone.refresh_from_db()
    assert lone.state == "expired"


def test_a_month_is_held_and_let_go(house: House, clock: Clock) -> None:
    agreement = house.active()
    clock.at("2026-03-02")
    house.months(202603)
    actions.hold_month(house.maker, agreement.number, _version(agreement), 202603, reason="核实中")
    assert _months(agreement)[202603][1] == "held"
    actions.hold_month(
        house.maker, agreement.number, _version(agreement), 202603, reason="已核实", hold=False
    )
    house.paid(agreement, 202603)
    with pytest.raises(NotAllowed, match="批次"):
        actions.hold_month(house.maker, agreement.number, _version(agreement), 202603, reason="再核实")
