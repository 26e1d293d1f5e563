"""A household with an agreement for tests, written with the acts of the areas; a clock that stands where the test puts it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guangsha.areas.eligibility.tests.builders import FileMaker
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.actions.agreements import Terms
from guangsha.areas.subsidy.models import Agreement, Batch, Entitlement, Item, ItemMonth
from guangsha.areas.subsidy.payment_actions.base import accounts_of
from guangsha.areas.subsidy.payment_actions.setup import set_up_payments
from guangsha.areas.subsidy.payment_rules import approved_lines, paid_lines
from guangsha.ledger.actions import post
from guangsha.ledger.books import open_budget_line, open_fund, open_year
from guangsha.ledger.facts import Draft
from guangsha.ledger.models import BudgetLine
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.testing.cast import Cast

DECIDED = date(2026, 1, 5)
#: 低保 three persons: 48 ㎡ × 15.50 × 0.9; without one of them 32 ㎡ (parameters/430699).
THREE, TWO = 66_960, 44_640
POOR_FAMILY: dict[str, Any] = {
    "成员": [
        {"关系": "self", "出生": "1981-05-01", "月收入": "900"},
        {"关系": "spouse", "出生": "1983-02-01", "月收入": "0"},
        {"关系": "child", "出生": "2014-09-01", "月收入": "0"},
    ],
    "身份": [{"成员": "1", "类别": "minimum_living"}],
    "户籍": "2018-01-01 岳州市湖滨区洞庭路1号",
    "申报": {"日期": "2025-12-20", "来源": "民政核对", "存款": "10000"},
}


class Clock:
    """Where the test says it is; ``at`` moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 1, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def at(self, day: str) -> datetime:
        self.now = datetime.combine(date.fromisoformat(day), self.now.timetz())
        return self.now


class House:
    """The cast and its acts: ``maker`` proposes, ``checker`` confirms."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.files = FileMaker(cast.district, cast.communities[0])
        self.maker = build_actor(cast.staff["district_reviewer"])
        self.checker = build_actor(cast.second_reviewer)
        self.approver = build_actor(cast.staff["district_approver"])
        self.head = build_actor(cast.staff["supervisor"])
        self.accountant = build_actor(cast.staff["accountant"])
        self.far = build_actor(cast.far_reviewer)

    def family(self, **changes: Any) -> Household:
        return self.files.household({**POOR_FAMILY, **changes})

    def draft(
        self, household: Household | None = None, *, rent_fen: int = 90_000, decided: date = DECIDED
    ) -> Agreement:
        home = household or self.family()
        terms = Terms(
            home.head, "6222021001116245702", "湖滨村镇银行", rent_fen, "湖滨区某小区1栋", "租备001"
        )
        return actions.open_agreement(self.maker, home, terms, agency=self.cast.district, decided_on=decided)

    def active(self, household: Household | None = None, **more: Any) -> Agreement:
        agreement = self.draft(household, **more)
        first = agreement.calculations.get()
        actions.confirm(self.checker, first.pk, agreement.version)
        return actions.sign_agreement(
            self.maker, agreement.number, agreement.version + 1, signed_on=timezone.localdate()
        )

    def months(self, month: int) -> int:
        return actions.compute_month(self.maker, self.cast.district, month).count

    def one_leaves(self, household: Household, on: str) -> None:
        last = Membership.objects.filter(household=household).order_by("-pk")[:1].get()
        Membership.objects.filter(pk=last.pk).update(ended_on=date.fromisoformat(on), end_reason="迁出")

    def citizen(self, person: Person) -> Account:
        return Account.objects.create(
            username=f"citizen-{person.pk}",
            name=person.name,
            kind="citizen",
            phone=f"1990001{person.pk:04d}",
            person_id=person.pk,
        )

    @cached_property
    def line(self) -> BudgetLine:
        """A budget line of the year with the accounts of the programme."""
        year = timezone.localdate().year
        open_year(self.accountant, self.cast.district.pk, year)
        fund = open_fund(self.accountant, self.cast.district.pk, "03", "公租房补助", "general")
        set_up_payments(self.accountant, fund.pk)
        return open_budget_line(
            self.accountant, fund, year, nature="project", functional_code="2210107", name="租赁补贴", document_number="预〔2026〕1号",
            initial_fen=100_000_000,
        )  # fmt: skip

    def paid(self, agreement: Agreement, *months: int) -> Batch:
        """A batch of the past in which these months were paid."""
        now = timezone.now()
        of = accounts_of(self.line.fund_id)
        batch = Batch.objects.create(
            number=f"B{agreement.pk}-{months[0]}", agency=self.cast.district, month=months[-1], state="paid",
            fund=self.line.fund, budget_line=self.line,
            made_by=self.cast.staff["district_reviewer"], made_at=now,
        )  # fmt: skip
        for seq, month in enumerate(months, 1):
            due = Entitlement.objects.get(agreement=agreement, month=month)
            item = Item.objects.create(
                batch=batch, seq=seq, agreement=agreement, payee=agreement.payee, payee_name="某某", account="6222", gross_fen=due.amount_fen,
                amount_fen=due.amount_fen, state="paid", paid_on=timezone.localdate(),
            )  # fmt: skip
            ItemMonth.objects.create(item=item, entitlement=due, amount_fen=due.amount_fen)
            Entitlement.objects.filter(pk=due.pk).update(state="paid")
            lines = (*approved_lines(of, due.amount_fen), *paid_lines(of, due.amount_fen, self.line.pk))
            post(self.accountant, Draft(
                self.cast.district.pk, timezone.localdate(), "payment", f"test:{item.pk}", "测试发放", lines, source_type="test",
                source_id=str(item.pk),
            ))  # fmt: skip
        return batch
