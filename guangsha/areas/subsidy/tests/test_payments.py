"""Payments from the month that is due to money that arrived, came back, went out again: acts, people, books, reconciliation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.subsidy import payment_actions as acts
from guangsha.areas.subsidy.bank_files import BEIJING, BankFileRefused
from guangsha.areas.subsidy.models import (
    Agreement,
    Batch,
    Clawback,
    Entitlement,
    Item,
    ItemMonth,
    Recovery,
    ReturnFile,
)
from guangsha.areas.subsidy.payment_access import access_batch, batches_of
from guangsha.areas.subsidy.payment_actions.base import PaymentRefused
from guangsha.areas.subsidy.payment_actions.closing import reconcile
from guangsha.areas.subsidy.payment_actions.restoring import forgotten_of
from guangsha.areas.subsidy.payment_queries import difference, entries_of
from guangsha.areas.subsidy.payment_rules import ACCOUNT_PLAN
from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.ledger.books import close_period, open_budget_line
from guangsha.ledger.models import Account as BooksAccount
from guangsha.ledger.models import BudgetLine, Entry, Period
from guangsha.ledger.rules import LedgerRefused
from guangsha.ledger.verify import verify_books
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Appointment, Kinship
from guangsha.testing.cast import Cast
from guangsha.testing.payments import Payments, build_payments, fresh, items_of

NOVEMBER = 202611


@pytest.fixture
def paying(cast: Cast, clock: Clock, settings: Any, tmp_path: Path) -> Payments:
    clock.at("2026-11-20")
    settings.GUANGSHA_BANK = tmp_path / "bank"
    return build_payments(cast)


@pytest.fixture
def three(paying: Payments) -> Payments:
    """Three households: 432.00, 384.16 and 0.05 yuan due for November, the same as in October."""
    for number, fen in enumerate((43_200, 38_416, 5), start=1):
        paying.family(number, {NOVEMBER: fen}, members=2)
    return paying


def refused(code: str) -> Any:
    return pytest.raises(PaymentRefused, check=lambda error: error.reason_code == code)


def balances() -> dict[str, int]:
    names = {code: name for name, (code, _, _) in ACCOUNT_PLAN.items()}
    return {
        names[a.code]: a.balance_fen for a in BooksAccount.objects.filter(code__in=names) if a.balance_fen
    }


def line_of(paying: Payments) -> tuple[int, int]:
    line = BudgetLine.objects.get(pk=paying.line.pk)
    return line.committed_fen, line.executed_fen


def close_until(paying: Payments, month: int) -> None:
    for number in Period.objects.filter(month__lte=month).order_by("month").values_list("month", flat=True):
        close_period(paying.accountant, paying.cast.district.pk, number)


def months(state: str) -> int:
    return Entitlement.objects.filter(state=state).count()


# The whole way.


def test_from_due_to_paid_the_books_follow_step_by_step(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    assert (batch.count, batch.amount_fen, batch.controls) == (3, 81_621, [])
    assert balances() == {} and line_of(three) == (0, 0)
    three.check(batch)
    three.approve(batch)
    assert balances() == {"expense": 81_621, "payable": -81_621} and line_of(three) == (81_621, 0)
    data = three.send(batch)
    assert balances() == {"expense": 81_621, "payable": -81_621}, "an order is no payment"
    file = three.receive(batch, three.answer(batch, data, codes={2: "closed"}))
    assert (file.paid, file.returned) == (2, 1) and fresh(batch).state == "partly_paid"
    assert balances() == {
        "expense": 81_621, "bank": -43_205, "payable_returned": -38_416, "spending": 43_205, "resources": -43_205,
    }  # fmt: skip
    assert line_of(three) == (38_416, 43_205), "what came back stays kept"
    assert months("paid") == 2 and months("returned") == 1
    found = reconcile(three.accountant, batch.number)
    assert found.clean and len(found.paid.agreed) == 2 and len(found.returned.agreed) == 1
    with refused("open"):
        acts.close_batch(three.accountant, batch.number, fresh(batch).version)

    again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
    old = items_of(batch)[2]
    assert old.state == "reissued" and items_of(again)[1].replaces_id == old.pk
    three.check(again)
    three.approve(again)
    assert line_of(three) == (38_416, 43_205), "the budget was kept once"
    assert balances()["payable"] == -38_416 and "payable_returned" not in balances()
    three.receive(again, three.answer(again, three.send(again)))
    assert balances() == {"expense": 81_621, "bank": -81_621, "spending": 81_621, "resources": -81_621}
    assert line_of(three) == (0, 81_621) and months("paid") == 3
    for done in (batch, again):
        assert acts.close_batch(three.accountant, done.number, fresh(done).version).state == "closed"
    assert verify_books().as_json()["sound"]
    assert {row["what"]: row["count"] for row in entries_of(batch)} == {
        "approved": 1,
        "paid": 2,
        "returned": 1,
    }


def test_every_act_is_in_the_log_and_knows_no_account_number(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data))
    log = list(Act.objects.filter(action__startswith="subsidy.").order_by("pk"))
    assert [act.action.rpartition(".")[2] for act in log] == [
        "set_up", "make", "check", "approve", "send", "take_file", "receive",
    ]  # fmt: skip
    assert not any("622202020" in str((act.before, act.after, act.reason)) for act in log)


def test_the_file_and_the_accounts_are_sealed_at_rest(three: Payments, settings: Any) -> None:
    batch, data = three.to_bank(NOVEMBER)
    assert b"622202020" not in data and "李".encode() not in data
    files = list((Path(settings.GUANGSHA_DATA) / "files").glob("??/*"))
    assert files and not any(b"622202020" in path.read_bytes() for path in files)
    assert acts.take_file(three.accountant, batch.number)[1] == data, "written once, the same bytes again"
    assert three.bank.read(data, batch.number).rows[0].account.startswith("622202020")


# Who.


def test_three_people_and_nobody_twice(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    Appointment.objects.create(
        account=three.cast.staff["rent_clerk"], agency=three.cast.district, role="district_reviewer", started_on=date(2026, 1, 1)
    )  # fmt: skip
    both = build_actor(three.cast.staff["rent_clerk"])
    with refused("four-eyes"):
        acts.check_batch(both, batch.number, batch.version)
    three.check(batch)
    for who in ("rent_clerk", "district_reviewer", "accountant", "auditor"):
        with refused("role"):
            acts.approve_batch(three.actor(who), batch.number, fresh(batch).version)
    assert fresh(batch).state == "checked" and not balances()


def test_large_sums_go_to_the_head(paying: Payments) -> None:
    paying.family(1, {NOVEMBER: 30_000_000})
    paying.family(2, {NOVEMBER: 20_000_001})
    batch = paying.make(NOVEMBER)
    paying.check(batch)
    with refused("role"):
        acts.approve_batch(paying.approver, batch.number, fresh(batch).version)
    assert acts.approve_batch(paying.head, batch.number, fresh(batch).version).state == "approved"


def test_a_district_approver_approves_up_to_the_limit(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    assert acts.approve_batch(three.approver, batch.number, fresh(batch).version).approved_by_id


def test_strangers_see_nothing_and_cannot_tell(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    for who in ("far_reviewer", "applicant", "hotline_agent", "system_admin"):
        actor = three.actor(who)
        assert not batches_of(actor).exists()
        with pytest.raises(NotThere):
            access_batch(actor, batch.number)
        with pytest.raises(NotThere):
            acts.check_batch(actor, batch.number, batch.version)
    assert batches_of(three.actor("auditor")).exists()
    for who in ("district_reviewer", "accountant"):
        with refused("role"):
            acts.make_batch(three.actor(who), three.cast.district.pk, NOVEMBER, three.line.pk)


def test_a_relative_is_left_out_by_the_maker_and_stops_everybody_else(three: Payments) -> None:
    payee = Agreement.objects.get(number="BT4306992600001").payee
    member = Membership.objects.get(household__number="H43069926000002", relation="child").person
    for person in (payee, member):
        Kinship.objects.create(
            account=three.cast.staff["rent_clerk"], identity_index=person.identity_index, relation="亲属"
        )
    batch = three.make(NOVEMBER)
    assert batch.count == 1 and [one["code"] for one in batch.controls] == ["recused"]
    for who, act in (
        ("district_reviewer", acts.check_batch),
        ("supervisor", acts.approve_batch),
        ("accountant", acts.send_batch),
    ):
        Kinship.objects.create(
            account=three.cast.staff[who],
            identity_index=items_of(batch)[1].payee.identity_index,
            relation="亲属",
        )
        with refused("kin"):
            act(three.actor(who), batch.number, fresh(batch).version)
        Kinship.objects.filter(account=three.cast.staff[who]).delete()
        act(three.actor(who), batch.number, fresh(batch).version)


# Making.


def test_a_month_is_in_one_living_batch(three: Payments) -> None:
    first = three.make(NOVEMBER)
    with refused("nothing"):
        three.make(NOVEMBER)
    acts.cancel_batch(three.maker, first.number, first.version, reason="重做")
    again = three.make(NOVEMBER)
    assert again.count == 3 and again.number != first.number
    assert ItemMonth.objects.filter(living=True).count() == 3


def test_several_months_of_a_household_are_one_payment(paying: Payments) -> None:
    paying.family(1, {202609: 100, 202610: 200, NOVEMBER: 300})
    paying.family(2, {NOVEMBER: 400})
    batch = paying.make(NOVEMBER, since=202609)
    assert batch.kind == "supplement" and {i.seq: i.amount_fen for i in Item.objects.all()} == {
        1: 600,
        2: 400,
    }
    held = paying.family(3, {NOVEMBER: 500})
    Entitlement.objects.filter(agreement=held).update(state="held", held_reason="核实中")
    with refused("nothing"):
        paying.make(NOVEMBER)


@pytest.mark.parametrize("month", [202613, 199912, 0])
def test_a_month_that_is_none(three: Payments, month: int) -> None:
    with refused("month"):
        three.make(month)


def test_a_line_of_another_year_or_agency_is_not_taken(three: Payments) -> None:
    other = open_budget_line(
        three.accountant, three.fund, 2025, "旧指标", "2210107", 100, "湖财预〔2025〕1号"
    )
    with refused("line"):
        acts.make_batch(three.maker, three.cast.district.pk, NOVEMBER, other.pk)


def test_what_is_due_may_change_until_it_is_sent(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    due = Entitlement.objects.get(agreement__number="BT4306992600002")
    Entitlement.objects.filter(pk=due.pk).update(amount_fen=30_000)
    with refused("controls"):
        three.check(batch)
    Entitlement.objects.filter(pk=due.pk).update(amount_fen=38_416)
    three.check(batch)
    three.approve(batch)
    Entitlement.objects.filter(pk=due.pk).update(state="reversed")
    with refused("stale"):
        three.send(batch)
    acts.cancel_batch(three.head, batch.number, fresh(batch).version, reason="应发已变化")
    assert balances() == {} and line_of(three) == (0, 0)
    assert three.make(NOVEMBER).count == 2


def test_a_payment_is_taken_out_before_the_check_only(three: Payments) -> None:
    Person.objects.filter(pk=Agreement.objects.get(number="BT4306992600002").payee_id).update(
        died_on=date(2026, 10, 1)
    )
    batch = three.make(NOVEMBER)
    assert [(one["code"], one["severity"], one["items"]) for one in batch.controls] == [
        ("dead", "block", [2])
    ]
    with refused("controls"):
        three.check(batch)
    batch = acts.drop_item(three.maker, batch.number, fresh(batch).version, 2, reason="收款人去世")
    assert (batch.count, batch.amount_fen, batch.controls) == (2, 43_205, [])
    three.check(batch)
    with refused("moved"):
        acts.drop_item(three.maker, batch.number, fresh(batch).version, 1, reason="再想想")
    three.approve(batch)
    assert [row.seq for row in three.bank.read(three.send(batch), batch.number).rows] == [1, 3]


def test_what_is_asked_about_is_answered_in_words(three: Payments) -> None:
    shared = Agreement.objects.get(number="BT4306992600001")
    other = Agreement.objects.get(number="BT4306992600002")
    other.bank_account = shared.bank_account
    other.save()
    batch = three.make(NOVEMBER)
    assert [(one["code"], one["items"]) for one in batch.controls] == [("shared_account", [1, 2])]
    with refused("explain"):
        three.check(batch)
    assert three.check(batch, "两户为母女，账号为母亲代领，已看委托书").note


def test_one_person_in_two_households_is_stopped_across_agencies(three: Payments) -> None:
    first = three.make(NOVEMBER)
    Item.objects.filter(batch=first).exclude(seq=1).delete()
    Batch.objects.filter(pk=first.pk).update(agency=three.cast.far_district)
    child = Membership.objects.get(household__number="H43069926000001", relation="child").person
    Membership.objects.filter(person=child).update(ended_on=date(2026, 10, 31))
    Membership.objects.create(
        household=Household.objects.get(number="H43069926000002"), person=child, relation="child", started_on=date(2026, 11, 1)
    )  # fmt: skip
    # the payee of the first household is counted in the third as well, under another entry
    copied = Person.objects.create(
        name="同一人", identity=items_of(first)[1].payee.identity, identity_kind="passport"
    )
    Membership.objects.create(
        household=Household.objects.get(number="H43069926000003"), person=copied, relation="parent", started_on=date(2026, 1, 1)
    )  # fmt: skip
    batch = three.make(NOVEMBER)
    found = {(one["code"], tuple(one["items"])): one["text"] for one in batch.controls}
    twice = [text for (code, items), text in found.items() if code == "twice"]
    assert twice and "临江区住房保障服务中心" in twice[0]


def test_a_jump_and_the_difference_to_last_month(paying: Payments) -> None:
    paying.family(1, {202610: 10_000, NOVEMBER: 15_001})
    paying.family(2, {202610: 10_000, NOVEMBER: 15_000})
    paying.family(3, {202610: 10_000})
    paying.family(4, {NOVEMBER: 100})
    batch = paying.make(NOVEMBER)
    assert [(one["code"], one["items"]) for one in batch.controls] == [("jump", [1])]
    found = difference(batch)
    assert (len(found.new), len(found.gone), len(found.more), len(found.less)) == (1, 1, 2, 0)
    assert found.now_fen - found.before_fen == 30_101 - 30_000


def test_the_budget_is_not_exceeded(cast: Cast, clock: Clock, settings: Any, tmp_path: Path) -> None:
    clock.at("2026-11-20")
    settings.GUANGSHA_BANK = tmp_path
    paying = build_payments(cast, initial_fen=1000)
    paying.family(1, {NOVEMBER: 1001})
    batch = paying.make(NOVEMBER)
    assert [one["code"] for one in batch.controls] == ["budget"]
    with refused("controls"):
        paying.check(batch)


def test_nothing_is_approved_after_24_december(three: Payments, clock: Clock) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    clock.at("2026-12-25")
    with refused("controls"):
        three.approve(batch)
    clock.at("2026-12-24")
    assert three.approve(batch).state == "approved"


# Going back.


def test_sent_back_with_a_reason_and_checked_anew(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    with pytest.raises(InputError, match="没有填写"):
        acts.refuse_batch(three.head, batch.number, fresh(batch).version, reason=" ")
    back = acts.refuse_batch(three.head, batch.number, fresh(batch).version, reason="请核对第二笔")
    assert (back.state, back.checked_by_id, back.note) == ("draft", None, "请核对第二笔")
    assert three.check(batch).state == "checked"


def test_an_approved_batch_is_cancelled_by_those_who_approve(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    three.approve(batch)
    with refused("role"):
        acts.cancel_batch(three.maker, batch.number, fresh(batch).version, reason="不发了")
    acts.cancel_batch(three.head, batch.number, fresh(batch).version, reason="不发了")
    assert balances() == {} and line_of(three) == (0, 0) and months("computed") == 3
    data = three.make(NOVEMBER)
    three.check(data)
    three.approve(data)
    three.send(data)
    with refused("state"):
        acts.cancel_batch(three.head, data.number, fresh(data).version, reason="晚了")


def test_an_old_page_does_nothing(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    with refused("state"):
        acts.check_batch(three.actor("second_reviewer"), batch.number, fresh(batch).version)
    with refused("moved"):
        acts.approve_batch(three.head, batch.number, batch.version)


# The bank's answers.


def test_the_same_file_and_the_same_answers_change_nothing(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    answer = three.answer(batch, data, codes={3: "frozen"})
    first = three.receive(batch, answer)
    acts_before, entries = Act.objects.count(), Entry.objects.count()
    assert three.receive(batch, answer) == first
    assert (Act.objects.count(), Entry.objects.count()) == (acts_before, entries)
    other = three.answer(batch, data, codes={3: "frozen"})  # sealed anew: other bytes, the same answers
    assert other != answer and three.receive(batch, other).paid == 0
    assert Entry.objects.count() == entries and ReturnFile.objects.count() == 2


def test_answers_in_two_files_in_either_order(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    late, early = three.answer(batch, data, only=range(3, 4)), three.answer(batch, data, only=range(1, 3))
    three.receive(batch, late)
    assert fresh(batch).state == "partly_paid" and Item.objects.filter(state="sent").count() == 2
    three.receive(batch, early)
    assert fresh(batch).state == "paid" and months("paid") == 3
    assert three.receive(batch, three.answer(batch, data)).paid == 0, "told again of what is known"
    with pytest.raises(BankFileRefused, match="入账后退回"):
        three.receive(batch, three.answer(batch, data, codes={1: "closed"}))


@pytest.mark.parametrize("kind", ["cut", "other batch", "own file", "contradiction", "tomorrow", "altered"])
def test_a_file_that_cannot_be_used_changes_nothing(three: Payments, kind: str) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data, only=range(1, 2)))
    before = (
        balances(),
        line_of(three),
        Act.objects.count(),
        ReturnFile.objects.count(),
        fresh(batch).version,
    )
    whole = three.answer(batch, data)
    given = {
        "cut": lambda: whole[:-7],
        "other batch": lambda: three.bank.answer(
            three.bank.ours.payment_bytes(_renamed(three, data, batch)), "B202611-430699-99", _at()
        ),
        "own file": lambda: data,
        "contradiction": lambda: three.answer(batch, data, codes={1: "closed"}),
        "tomorrow": lambda: three.answer(batch, data, day=date(2026, 11, 22)),
        "altered": lambda: three.bank.answer(
            three.bank.ours.payment_bytes(_dearer(three, data, batch)), batch.number, _at()
        ),
    }[kind]()
    with pytest.raises(BankFileRefused):
        three.receive(batch, given)
    assert before == (
        balances(), line_of(three), Act.objects.count(), ReturnFile.objects.count(), fresh(batch).version,
    )  # fmt: skip


def _at() -> Any:
    return datetime(2026, 11, 20, 12, tzinfo=BEIJING)


def _renamed(three: Payments, data: bytes, batch: Batch) -> Any:
    return replace(three.bank.read(data, batch.number), batch="B202611-430699-99")


def _dearer(three: Payments, data: bytes, batch: Batch) -> Any:
    file = three.bank.read(data, batch.number)
    return replace(file, rows=(*file.rows[:2], replace(file.rows[2], amount_fen=500)))


def test_nothing_is_taken_in_for_a_batch_that_is_not_with_the_bank(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    with refused("state"):
        three.receive(batch, b"anything")
    with refused("role"):
        acts.receive_file(three.maker, batch.number, b"anything")


def test_payees_are_told_without_anything_that_others_should_not_read(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    for seq, item in items_of(batch).items():
        Account.objects.create(
            username=f"c{seq}",
            name=item.payee_name,
            kind="citizen",
            phone=f"1990000007{seq}",
            person_id=item.payee_id,
        )
    three.receive(batch, three.answer(batch, data, codes={2: "frozen"}))
    told = {m.subject: m.body for m in Message.objects.filter(channel="inbox")}
    assert set(told) == {"租赁补贴已到账", "租赁补贴没有发放成功"} and "冻结" in told["租赁补贴没有发放成功"]
    assert Message.objects.filter(channel="inbox").count() == 3
    assert not any("6222" in body for body in told.values())


# Money that came back.


def test_money_that_came_back_after_it_had_arrived(three: Payments, clock: Clock) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data))
    clock.at("2026-11-26")
    given = {"code": "closed", "serial": "T1", "day": date(2026, 11, 25), "reason": "银行通知退汇"}
    with refused("day"):
        acts.come_back(
            three.accountant, batch.number, fresh(batch).version, 1, **{**given, "day": date(2026, 11, 27)}
        )
    acts.come_back(three.accountant, batch.number, fresh(batch).version, 1, **given)
    assert balances()["payable_returned"] == -43_200 and line_of(three) == (43_200, 38_421)
    assert fresh(batch).state == "partly_paid" and months("returned") == 1
    found = reconcile(three.accountant, batch.number)
    assert found.clean, found.as_json()
    again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
    three.check(again)
    three.approve(again)
    three.receive(again, three.answer(again, three.send(again)))
    assert (
        line_of(three) == (0, 81_621) and balances()["bank"] == -81_621 and verify_books().as_json()["sound"]
    )


def test_a_reissue_goes_to_the_account_that_the_agreement_names_now(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data, codes={1: "closed", 2: "frozen"}))
    agreement = Agreement.objects.get(number="BT4306992600001")
    agreement.bank_account = "6217000000000000001"
    agreement.save()
    first = items_of(batch)[1]
    again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk, items=[first.pk])
    assert again.count == 1 and items_of(again)[1].account == "6217000000000000001"
    with refused("nothing"):
        acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk, items=[first.pk])
    acts.cancel_batch(three.maker, again.number, again.version, reason="账号又错了")
    assert items_of(batch)[1].state == "returned" and ItemMonth.objects.filter(living=True).count() == 3
    assert acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk).count == 2


def test_an_approved_reissue_is_cancelled_and_the_money_waits_again(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data, codes={1: "closed"}))
    before = (balances(), line_of(three))
    again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
    three.check(again)
    three.approve(again)
    acts.cancel_batch(three.head, again.number, fresh(again).version, reason="账号又错了")
    assert (balances(), line_of(three)) == before and items_of(batch)[1].state == "returned"


def test_unclaimed_money_goes_to_the_treasury_after_a_year(three: Payments, clock: Clock) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data, codes={2: "closed"}))
    clock.at("2027-11-20")
    with refused("early"):
        acts.surrender_item(three.accountant, batch.number, fresh(batch).version, 2, reason="联系不上")
    clock.at("2027-11-22")
    acts.surrender_item(three.accountant, batch.number, fresh(batch).version, 2, reason="联系不上")
    assert "payable_returned" not in balances() and balances()["bank"] == -81_621
    assert (
        balances()["spending"] == 43_205 and balances()["carried"] == 38_416 and line_of(three) == (0, 43_205)
    )
    assert months("reversed") == 1
    assert acts.close_batch(three.accountant, batch.number, fresh(batch).version).state == "closed"
    assert verify_books().as_json()["sound"]


def test_what_came_back_and_is_not_due_any_more_is_taken_back(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data, codes={2: "closed"}))
    with refused("same"):
        acts.take_back_item(three.accountant, batch.number, fresh(batch).version, 2, reason="金额有误")
    Entitlement.objects.filter(agreement__number="BT4306992600002").update(amount_fen=30_000)
    again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
    assert [one["code"] for one in again.controls] == ["stale"]
    acts.cancel_batch(three.maker, again.number, again.version, reason="金额已变化")
    acts.take_back_item(three.accountant, batch.number, fresh(batch).version, 2, reason="金额已重新核定")
    assert balances()["expense"] == 43_205 and line_of(three) == (0, 43_205)
    new = three.make(NOVEMBER)
    assert (new.count, new.amount_fen) == (1, 30_000)


def test_an_answer_of_the_next_year_needs_a_line_of_that_year(three: Payments, clock: Clock) -> None:
    clock.at("2026-12-20")
    batch, data = three.to_bank(NOVEMBER)
    clock.at("2027-01-04")
    answer = three.answer(batch, data, codes={3: "closed"})
    with refused("year"):
        three.receive(batch, answer)
    line = open_budget_line(
        three.accountant, three.fund, 2027, "公租房租赁补贴", "2210107", 10**8, "湖财预〔2027〕1号"
    )
    acts.change_line(three.accountant, batch.number, fresh(batch).version, line.pk, reason="跨年支付")
    assert line_of(three) == (0, 0)
    three.receive(batch, answer)
    line.refresh_from_db()
    assert (line.committed_fen, line.executed_fen) == (5, 81_616) and line_of(three) == (0, 0)


def test_an_answer_for_a_closed_month_is_booked_today(three: Payments, clock: Clock) -> None:
    clock.at("2026-11-30")
    batch, data = three.to_bank(NOVEMBER)
    answer = three.answer(batch, data)
    clock.at("2026-12-02")
    close_until(three, NOVEMBER)
    three.receive(batch, answer)
    days = Entry.objects.filter(key__endswith=":paid").values_list("date", flat=True)
    assert set(days) == {date(2026, 12, 2)} and set(Item.objects.values_list("paid_on", flat=True)) == {
        date(2026, 11, 30)
    }


def test_a_batch_is_not_approved_while_the_month_is_closed(three: Payments, clock: Clock) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    close_until(three, NOVEMBER)
    with pytest.raises(LedgerRefused):
        three.approve(batch)
    assert fresh(batch).state == "checked" and line_of(three) == (0, 0)


# Set-off.


def claim(paying: Payments, number: str, fen: int, *, agreed: bool = True) -> Clawback:
    day = timezone.localdate()
    return Clawback.objects.create(
        number=f"ZH{number}-{Clawback.objects.count()}", agreement=Agreement.objects.get(number=number), reason="多发", rows=[], total_fen=fen,
        noticed_on=day, due_on=day, set_off_consent_on=day if agreed else None, made_at=timezone.now(),
    )  # fmt: skip


def test_what_the_household_agreed_to_is_kept_back_once(three: Payments) -> None:
    first, second = claim(three, "BT4306992600001", 10_000), claim(three, "BT4306992600001", 30_000)
    claim(three, "BT4306992600002", 30_000, agreed=False)
    batch = three.make(NOVEMBER)
    assert [(i.gross_fen, i.set_off_fen) for i in items_of(batch).values()] == [
        (43_200, 21_600),
        (38_416, 0),
        (5, 0),
    ]
    three.check(batch)
    assert not Recovery.objects.exists()
    three.approve(batch)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.recovered_fen, first.state, second.recovered_fen, second.state) == (
        10_000,
        "recovered",
        11_600,
        "partly",
    )
    data = three.send(batch)
    three.receive(batch, three.answer(batch, data, codes={1: "closed"}))
    assert balances()["expense"] == 60_021 and balances()["payable_returned"] == -21_600
    again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
    three.check(again)
    three.approve(again)
    second.refresh_from_db()
    assert second.recovered_fen == 11_600, "kept back once, however often it is paid"


def test_a_cancelled_batch_gives_the_claims_back(three: Payments) -> None:
    owed = claim(three, "BT4306992600001", 10_000)
    batch = three.make(NOVEMBER)
    three.check(batch)
    three.approve(batch)
    acts.cancel_batch(three.head, batch.number, fresh(batch).version, reason="不发了")
    owed.refresh_from_db()
    assert (owed.recovered_fen, owed.state) == (0, "open") and not Recovery.objects.filter(
        living=True
    ).exists()
    assert balances() == {}


def test_consent_that_was_taken_back_stops_the_approval(three: Payments) -> None:
    owed = claim(three, "BT4306992600001", 10_000)
    batch = three.make(NOVEMBER)
    three.check(batch)
    Clawback.objects.filter(pk=owed.pk).update(set_off_consent_on=None)
    with refused("set-off"):
        three.approve(batch)
    assert not Recovery.objects.exists() and fresh(batch).state == "checked"


# A database that was copied back.


def test_a_restored_database_does_not_pay_again_and_catches_up(three: Payments) -> None:
    """Rolled back to before the batch was made, while the bank has its file."""
    with pytest.raises(RuntimeError, match="disk"), transaction.atomic():
        batch, data = three.to_bank(NOVEMBER)
        number, answer = batch.number, three.answer(batch, data, codes={2: "closed"})
        raise RuntimeError("the disk is gone")
    assert not Batch.objects.exists() and forgotten_of(three.accountant) == [number]
    made = three.make(NOVEMBER)
    assert made.number != number, "the bank knows that number"
    three.check(made)
    three.approve(made)
    with refused("sent-elsewhere"):
        three.send(made)
    with refused("taken"):
        acts.restore_batch(three.accountant, number)
    acts.cancel_batch(three.head, made.number, fresh(made).version, reason="已报送过")
    with refused("role"):
        acts.restore_batch(three.maker, number)
    back = acts.restore_batch(three.accountant, number)
    assert (back.state, back.count, back.amount_fen, back.made_by_id) == (
        "sent",
        3,
        81_621,
        three.maker.account_id,
    )
    assert balances() == {"expense": 81_621, "payable": -81_621} and line_of(three) == (81_621, 0)
    assert acts.take_file(three.accountant, number)[1] == data
    three.receive(back, answer)
    assert (
        months("paid") == 2
        and reconcile(three.accountant, number).clean
        and forgotten_of(three.accountant) == []
    )
    with refused("known"):
        acts.restore_batch(three.accountant, number)
    assert verify_books().as_json()["sound"]


def test_a_forgotten_reissue_follows_its_batch(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    three.receive(batch, three.answer(batch, data, codes={2: "closed"}))
    with pytest.raises(RuntimeError), transaction.atomic():
        again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
        three.check(again)
        three.approve(again)
        answer = three.answer(again, three.send(again))
        raise RuntimeError
    back = acts.restore_batch(three.accountant, again.number)
    assert items_of(batch)[2].state == "reissued"
    three.receive(back, answer)
    assert months("paid") == 3 and line_of(three) == (0, 81_621)


def test_a_batch_goes_again_although_a_forgotten_reissue_names_its_months(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    three.approve(batch)
    with pytest.raises(RuntimeError), transaction.atomic():
        data = three.send(batch)
        answer = three.answer(batch, data, codes={2: "closed"})
        three.receive(batch, answer)
        again = acts.make_reissue(three.maker, three.cast.district.pk, three.line.pk)
        three.check(again)
        three.approve(again)
        later = three.answer(again, three.send(again))
        raise RuntimeError
    assert forgotten_of(three.accountant) == [again.number]
    with refused("replaces"):
        acts.restore_batch(three.accountant, again.number)
    three.send(batch)
    three.receive(batch, answer)
    three.receive(acts.restore_batch(three.accountant, again.number), later)
    assert months("paid") == 3 and line_of(three) == (0, 81_621) and verify_books().as_json()["sound"]


def test_what_may_be_with_the_bank_is_not_cancelled(three: Payments) -> None:
    batch = three.make(NOVEMBER)
    three.check(batch)
    three.approve(batch)
    with pytest.raises(RuntimeError), transaction.atomic():
        three.send(batch)
        raise RuntimeError
    with refused("sent-before"):
        acts.cancel_batch(three.head, batch.number, fresh(batch).version, reason="不发了")
    Entitlement.objects.filter(agreement__number="BT4306992600002").update(amount_fen=1)
    assert three.send(batch), "the same rows go again"


def test_the_same_number_goes_again_with_the_same_rows_only(three: Payments) -> None:
    batch, _ = three.to_bank(NOVEMBER)
    Batch.objects.filter(pk=batch.pk).update(state="approved", file_digest="", file_stored="")
    Item.objects.filter(batch=batch).update(state="ready")
    three.send(batch)  # as after a copy from between approval and sending: the bank knows batch and rows
    Batch.objects.filter(pk=batch.pk).update(state="approved", file_digest="", file_stored="")
    Item.objects.filter(batch=batch).update(state="ready")
    item = items_of(batch)[1]
    item.account = "6217000000000000001"
    item.save()
    with refused("sent-before"):
        three.send(batch)


# Samples.


def test_samples_are_drawn_once_by_a_seed_and_answered_once(three: Payments) -> None:
    batch, data = three.to_bank(NOVEMBER)
    with refused("nothing"):
        acts.draw_samples(three.maker, batch.number, seed="7")
    three.receive(batch, three.answer(batch, data))
    drawn = acts.draw_samples(three.maker, batch.number, seed="7")
    assert len(drawn) == 1 and acts.draw_samples(three.checker, batch.number, seed="7")[0].pk == drawn[0].pk
    with refused("drawn"):
        acts.draw_samples(three.maker, batch.number, seed="8")
    with refused("role"):
        acts.record_sample(three.accountant, drawn[0].pk, finding="received")
    acts.record_sample(three.maker, drawn[0].pk, finding="not_reached", text="电话停机")
    with pytest.raises(InputError, match="没有填写"):
        acts.record_sample(three.maker, drawn[0].pk, finding="doubtful")
    acts.record_sample(three.maker, drawn[0].pk, finding="received")
    with refused("done"):
        acts.record_sample(three.maker, drawn[0].pk, finding="doubtful", text="又想起")


def test_accounts_are_opened_once(three: Payments) -> None:
    assert acts.set_up_payments(three.accountant, three.fund.pk) == []
    with pytest.raises(LedgerRefused):
        acts.set_up_payments(three.maker, three.fund.pk)
    assert BooksAccount.objects.filter(fund=three.fund).count() == len(ACCOUNT_PLAN)
