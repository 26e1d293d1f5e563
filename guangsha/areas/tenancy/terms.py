"""The terms of a lease from policy: tier, market rent, rent with its trace, term, deposit; and the contract as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guangsha.areas.eligibility.families import family_of
from guangsha.areas.registry.models import Household
from guangsha.areas.subsidy.actions.base import whole
from guangsha.areas.tenancy.facts import PAY_CYCLES
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.rules import limit_months, market_month_fen, share_fen
from guangsha.documents.writing.tree import (
    Block,
    Cell,
    Document,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.policy.decision import Decision, decide
from guangsha.policy.household import facts_of
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.letter import worked_steps
from guangsha.policy.parameter_files import book_of
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes import PUBLIC_RENTAL_RENT
from guangsha.privacy.masks import mask_identity
from guangsha.privacy.sealing import sm3_hex


@dataclass(frozen=True, slots=True)
class Rent:
    """A month's rent as policy gives it.

    Attributes:
        over_income: the household's income is above the line of every tier: it owes the market's rent, if it may stay at all.
        kept: the decision as data, with its steps as a person reads them.
    """

    household_type: str
    market_fen: int
    rent_fen: int
    over_income: bool
    kept: Mapping[str, Any]


def market_fen_of(area_m2: Decimal, region: str, on: date) -> int:
    """The market's rent of so many ㎡ for a month, in fen.

    Raises:
        RuleMissing: the region has not set ``market_rent_m2``.
    """
    rate = book_of().get("market_rent_m2", region, on).at(None)
    return market_month_fen(area_m2, rate) if isinstance(rate, Fraction) else 0


def rent_of(household: Household, area_m2: Decimal, region: str, on: date) -> Rent:
    """What a household owes for a dwelling of this area, on a day.

    Raises:
        InputError: policy cannot say with what is known.
        RuleMissing: a parameter is not set.
    """
    family = replace(family_of(household, on), unit_area_m2=area_m2)
    decision: Decision = decide(facts_of(family, on), region, on, programme=PUBLIC_RENTAL_RENT)
    market = market_fen_of(area_m2, region, on)
    kept = {**decision.as_data(), "worked": worked_steps(decision)}
    if decision.outcome is Outcome.INCOMPLETE:
        unknown = "、".join(c.condition.title for c in decision.unknown) or "保障类别"
        raise InputError(
            f"资料不全，不能核定租金：{unknown}", where=household.number, advice="请补全家庭档案。"
        )
    if decision.outcome is Outcome.REFUSE or decision.chosen is None:
        return Rent("", market, market, True, kept)
    return Rent(decision.chosen.code, market, int(decision.amount_fen or 0), False, kept)


def ground_months(lease: Lease, ground: str, on: date) -> int:
    """How many months make the ground ``arrears`` or ``idle`` under a lease: the place's number or the contract's own, whichever is
    stricter.

    Raises:
        RuleMissing: the place has not set it.
    """
    agreed = {"arrears": lease.arrears_months, "idle": lease.idle_months}[ground]
    return limit_months(whole(f"{ground}_months", lease.region, on), agreed)


def transition_rent(market_fen: int, region: str, on: date) -> int:
    """A month's rent in the time to move (parameter ``transition_rate``)."""
    return share_fen(market_fen, whole("transition_rate", region, on))


def tier_name(code: str) -> str:
    """The tier as people read it."""
    return TYPE_BY_CODE[code].name if code in TYPE_BY_CODE else "市场租金"


def _line(text: str) -> Paragraph:
    return Paragraph([Run(text)])


def contract(lease: Lease) -> Document:
    """The contract as a page for the writers of the documents room."""
    occupants = list(lease.occupants.filter(until=None).select_related("person").order_by("pk"))
    # before it is signed everybody of the household is to live there
    names = [one.person.name for one in occupants] or [
        one.person.name
        for one in lease.household.memberships.filter(ended_on=None).select_related("person").order_by("pk")
    ]
    facts = [
        ("房屋坐落", f"{lease.dwelling.estate.address} {lease.dwelling}"),
        ("计租面积", f"{lease.area_m2}平方米"),
        ("租赁期限", f"{_day(lease.starts_on)}至{_day(lease.ends_on)}"),
        (
            "月租金",
            f"{yuan_text(lease.rent_fen)}（{tier_name(lease.household_type)}，市场租金{yuan_text(lease.market_fen)}）",
        ),
        ("缴租周期", PAY_CYCLES[lease.pay_cycle]),
        ("押金", yuan_text(lease.deposit_fen)),
        ("共同居住人", "、".join(names)),
    ]
    rows = [[Cell(label, header=True), Cell(value, align="left")] for label, value in facts]
    blocks: list[Block] = [
        Title("公共租赁住房租赁合同"),
        Paragraph([Run(f"合同编号：{lease.number}")], align="center", indent=False),
        _line(f"出租方：{lease.agency.name}"),
        _line(f"承租方：{lease.tenant.name}（{mask_identity(lease.tenant.identity)}）"),
        _line("双方依据《中华人民共和国民法典》《公共租赁住房管理办法》订立本合同。"),
        Table("租赁要素", (30, 130), rows, header_rows=0),
        _line("一、房屋只供承租方及共同居住人自住，不得转租、出借、调换，不得改变用途，不得擅自装修。"),
        _line("二、承租方按期缴纳租金和水、电、燃气等费用。遇到困难的，可以申请租金减免或分期缴纳。"),
        _line("三、房屋和设施由出租方维修；因承租方使用不当造成损坏的，由承租方承担。"),
        _line("四、家庭人口、收入、住房情况变化的，承租方在三十日内申报，租金按核定的档次调整。"),
        _line("五、期满需要续租的，在期满前提出申请；不符合条件的，在搬迁过渡期内腾退。"),
        _line(
            f"六、累计拖欠租金满{ground_months(lease, 'arrears', lease.starts_on)}个月，或者无正当理由连续闲置满"
            f"{ground_months(lease, 'idle', lease.starts_on)}个月的，出租方先听取承租方意见，再决定是否解除合同、收回房屋。"
        ),
        _line("七、出租方不以停水、停电、停用门禁等方式催缴租金或者迫使承租方腾退，争议依法解决。"),
        _line("八、押金在房屋交还并结清费用后退还；确需抵扣的，出具清单和凭证。"),
        _line("九、本合同争议由双方协商，协商不成的，向房屋所在地人民法院起诉。"),
        Signature(
            ["出租方（盖章）：　　　　　　", "承租方（签字）：　　　　　　", "签订日期：　　　年　月　日"]
        ),
    ]
    return Document(f"公共租赁住房租赁合同 {lease.number}", [Section(blocks, numbered=False)])


def contract_digest(lease: Lease) -> str:
    """SM3 of everything the contract says: who signs another text signs anew."""
    said = [
        lease.number, lease.agency.name, lease.tenant.name, str(lease.dwelling), str(lease.area_m2), lease.starts_on.isoformat(),
        lease.ends_on.isoformat(), str(lease.rent_fen), str(lease.market_fen), str(lease.deposit_fen), lease.pay_cycle,
        lease.household_type, *(str(one) for one in (lease.arrears_months, lease.idle_months) if one is not None),
    ]  # fmt: skip
    return sm3_hex("\n".join(said).encode())


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
