"""What a change of policy would do: who gains and loses, what each month costs beside the budget, what the year would score.

Everything is read, nothing is written. The cost is reading the files; both scenarios are one SELECT each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.eligibility.table import FactsTable, Proposal, facts_table
from guangsha.areas.registry.models import Home, Household
from guangsha.areas.subsidy.actions.base import NotAllowed
from guangsha.areas.subsidy.facts import PROGRAMME
from guangsha.areas.subsidy.models import Batch, Entitlement
from guangsha.areas.subsidy.review import REVIEWERS, leases_of, standing_of
from guangsha.areas.subsidy.rules import month_code, month_of
from guangsha.areas.subsidy.simulate_rules import (
    POINTS,
    TARGETS,
    Assumption,
    Cost,
    Money,
    months_from,
    moved,
    read_settings,
    read_targets,
    scored,
    year_money,
)
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import BudgetLine
from guangsha.people.models import Agency
from guangsha.policy.household import Lease, Month
from guangsha.policy.household_types import TYPE_BY_NUMBER
from guangsha.policy.parameter_files import book_of
from guangsha.policy.parameters import ParameterValue
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes import RENTAL_SUBSIDY

SIMULATORS = REVIEWERS | {"auditor", "accountant"}
#: 保障性住房租金补贴, the functional code that rental subsidies are paid under (政府收支分类科目); lines of batches count besides.
FUNCTIONAL_CODE = "2210107"
NO_TYPE = "不属于任何类别"
Amounts = dict[int, int | None]


@dataclass(frozen=True)
class Simulation:
    """What a simulation found; amounts in whole fen.

    Attributes:
        paid: households with an active agreement; others: every other open file of the agency.
        by_type, by_street: rows of :func:`moved` with a label and the monthly difference.
    """

    agency: str
    region: str
    on: date
    first: int
    assumptions: tuple[Assumption, ...]
    paid: dict[str, int]
    others: dict[str, int]
    incomplete: dict[str, int]
    by_type: tuple[dict[str, Any], ...]
    by_street: tuple[dict[str, Any], ...]
    costs: tuple[Cost, ...]
    money: dict[str, Money]
    indicators: tuple[dict[str, Any], ...]
    facts_digest: str
    unusable: int
    notes: tuple[str, ...] = field(default=())

    @property
    def month_fen(self) -> tuple[int, int]:
        """The last month of the year: in force and as tried."""
        return (self.costs[-1].base_fen, self.costs[-1].tried_fen) if self.costs else (0, 0)

    def as_data(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "agency": self.agency, "region": self.region, "on": self.on.isoformat(), "from": self.first,
            "assumptions": [one.as_data() for one in self.assumptions], "with_agreement": self.paid, "without_agreement": self.others,
            "incomplete": self.incomplete, "by_type": list(self.by_type), "by_street": list(self.by_street),
            "months": [one.as_data() for one in self.costs],
            "money": {name: one.as_data() for name, one in self.money.items()}, "indicators": list(self.indicators),
            "facts_digest": self.facts_digest, "unusable": self.unusable, "notes": list(self.notes),
        }  # fmt: skip


@dataclass
class _Scenario:
    """One set of parameters: proposals by the day from which they are in force."""

    table: FactsTable
    region: str
    overrides: Mapping[str, ParameterValue] | None
    proposals: dict[date, dict[int, Proposal]] = field(default_factory=dict)

    def at(self, day: date) -> dict[int, Proposal]:
        """What is proposed under the parameters of a day; days between two changes share one computation."""
        keys = RENTAL_SUBSIDY.parameters()
        starts = [self.table.on, *book_of().changes(self.region, keys, self.table.on, day)]
        start = max(one for one in starts if one <= max(day, self.table.on))
        if start not in self.proposals:
            self.proposals[start] = self.table.propose(
                RENTAL_SUBSIDY, self.region, start, overrides=self.overrides
            )
        return self.proposals[start]


def simulate(
    actor: Actor,
    agency: Agency,
    settings: Sequence[str] = (),
    *,
    first: int | None = None,
    targets: Sequence[str] = (),
    on: date | None = None,
) -> Simulation:
    """Try ``settings`` on everybody of an agency from the month ``first`` on (the next month without one).

    Raises:
        NotAllowed: not somebody who may try this for the agency.
        InputError: a setting or a target that cannot be read, or a month that is past or too far ahead.
        RuleMissing: a parameter that is needed is not in force.
    """
    if actor.kind != "system" and not (actor.kind == "staff" and actor.roles_at(agency.pk) & SIMULATORS):
        raise NotAllowed("您的岗位不能做政策测算", where=agency.name, advice="请由有权限的同事办理。")
    day = on or timezone.localdate()
    start = first or month_code(Month.of(day).plus(1))
    month_of(start)
    if not month_code(Month.of(day)) <= start <= month_code(Month.of(day).plus(24)):
        raise InputError("起始月份应在本月至两年以内", where="起始月份", advice="请更正月份。")
    region = agency.region_code[:6]
    overrides, assumptions = read_settings(settings, book_of(), region, date(start // 100, start % 100, 1))
    wanted = read_targets(targets)
    with _reading_only():
        return _simulated(agency, region, day, start, overrides, assumptions, wanted)


@contextmanager
def _reading_only() -> Iterator[None]:
    """The database refuses every write meanwhile. PostgreSQL: one picture for all reads; SQLite: no transaction, since ours would
    keep writers out."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        raw = connection.connection  # below Django, which runs nothing more in a transaction that broke
        raw.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            raw.execute("PRAGMA query_only = OFF")
        return
    outer = connection.in_atomic_block
    with transaction.atomic():
        if not outer:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _simulated(
    agency: Agency, region: str, day: date, start: int, overrides: Mapping[str, ParameterValue],
    assumptions: Sequence[Assumption], targets: Mapping[str, int],
) -> Simulation:  # fmt: skip
    standing = standing_of(agency)
    places = dict(
        Household.objects.filter(agency__path__startswith=agency.path, closed_on=None).values_list(
            "pk", "community__parent__name"
        )
    )
    streets = {key: name or agency.name for key, name in places.items()}
    for key in standing:
        streets.setdefault(key, agency.name)
    leases = {**_rented(agency, set(streets) - set(standing)), **leases_of(standing)}
    table = facts_table(list(streets), day, leases=leases)
    base, tried = _Scenario(table, region, None), _Scenario(table, region, overrides or None)
    first_day = date(start // 100, start % 100, 1)
    one, two = base.at(first_day), tried.at(first_day)
    before, after = _amounts(one), _amounts(two)
    paid, others = set(standing), set(streets) - set(standing)
    year = start // 100
    costs = tuple(
        _cost(month, base, tried, start, paid, others)
        for month in months_from(_next_unpaid(agency, day, year), year)
    )
    money = _money(agency, year, costs)
    return Simulation(
        agency.name, region, day, start, tuple(assumptions), moved(before, after, paid), moved(before, after, others),
        {"base": _incomplete(one), "tried": _incomplete(two)},
        _rows(before, after, {key: _type(two.get(key) or one.get(key)) for key in streets}, standing),
        _rows(before, after, streets, standing), costs, money,
        _indicators(agency, year, before, after, paid, money, targets, start), table.digest, len(table.unusable),
        _NOTES,
    )  # fmt: skip


_NOTES = (
    "家庭资料按测算日的档案，到期的协议按续签计算。",
    "没有协议的租房家庭按租赁合同已备案计算，“如全部申请”是上限。",
    "测算不改变任何家庭的补贴，不能作为决定依据。",
)


def _rented(agency: Agency, households: set[int]) -> dict[int, Lease]:
    """The leases that files without an agreement tell of, taken for filed."""
    rows: QuerySet[Any, Any] = Home.objects.filter(
        household__agency__path__startswith=agency.path, nature="market_rented", disposed_on=None
    ).exclude(rent_fen=None)
    return {
        key: Lease(fen, filed=True)
        for key, fen in rows.order_by("-id").values_list("household_id", "rent_fen")
        if key in households
    }


def _amounts(proposals: Mapping[int, Proposal]) -> Amounts:
    return {key: one.amount_fen if one.outcome is Outcome.GRANT else None for key, one in proposals.items()}


def _incomplete(proposals: Mapping[int, Proposal]) -> int:
    return sum(1 for one in proposals.values() if one.outcome is Outcome.INCOMPLETE)


def _type(proposal: Proposal | None) -> str:
    return TYPE_BY_NUMBER[proposal.chosen].name if proposal and proposal.chosen else NO_TYPE


def _rows(
    before: Amounts, after: Amounts, labels: Mapping[int, str], standing: Mapping[int, Any]
) -> tuple[dict[str, Any], ...]:
    groups: dict[str, list[int]] = {}
    for key, label in labels.items():
        groups.setdefault(label, []).append(key)
    rows = []
    for label, keys in groups.items():
        mine = [key for key in keys if key in standing]
        change = sum((after.get(key) or 0) - (before.get(key) or 0) for key in mine)
        moves, new = (
            moved(before, after, mine),
            moved(before, after, (key for key in keys if key not in standing)),
        )
        rows.append(
            {
                "label": label, "households": len(mine), **{k: moves[k] for k in ("more", "less", "lost", "gained")},
                "newly": new["gained"], "month_fen": change,
            }
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-row["households"], row["label"])))


def _cost(
    month: int, base: _Scenario, tried: _Scenario, start: int, paid: set[int], others: set[int]
) -> Cost:
    day = max(date(month // 100, month % 100, 1), base.table.on)
    now = _amounts(base.at(day))
    then = _amounts(tried.at(day)) if month >= start else now
    newly = sum(fen for key in others if (fen := then.get(key)) is not None and now.get(key) is None)
    return Cost(month, sum(now.get(key) or 0 for key in paid), sum(then.get(key) or 0 for key in paid), newly)


# The year --------------------------------------------------------------------------------------------------------------


def _next_unpaid(agency: Agency, day: date, year: int) -> int:
    """The first month of ``year`` that is still to be paid: after the last one that was; this month, where none was."""
    if year > day.year:
        return year * 100 + 1
    paid = Entitlement.objects.filter(
        agreement__agency__path__startswith=agency.path,
        state="paid",
        month__gte=year * 100,
        month__lte=year * 100 + 12,
    )
    last = paid.order_by("-month").values_list("month", flat=True).first()
    return last + 1 if last else month_code(Month.of(day))


def _money(agency: Agency, year: int, costs: Sequence[Cost]) -> dict[str, Money]:
    """The year beside the lines that rental subsidies are paid from."""
    used = Batch.objects.filter(
        agency__path__startswith=agency.path, programme=PROGRAMME, month__gte=year * 100
    )
    mine = BudgetLine.objects.filter(agency__path__startswith=agency.path, year=year)
    lines = mine.filter(functional_code__startswith=FUNCTIONAL_CODE) | mine.filter(
        pk__in=used.exclude(budget_line=None).values("budget_line_id")
    )
    rows = list(lines.distinct().values_list("initial_fen", "adjusted_fen", "executed_fen"))
    appropriated = sum(initial + adjusted for initial, adjusted, _ in rows) if rows else None
    executed = sum(row[2] for row in rows)
    return {
        "base": year_money(appropriated, executed, [(one.month, one.base_fen) for one in costs]),
        "tried": year_money(appropriated, executed, [(one.month, one.tried_fen) for one in costs]),
        "with_newcomers": year_money(
            appropriated, executed, [(one.month, one.tried_fen + one.newcomers_fen) for one in costs]
        ),
    }


def _indicators(
    agency: Agency, year: int, before: Amounts, after: Amounts, paid: set[int], money: Mapping[str, Money],
    targets: Mapping[str, int], start: int,
) -> tuple[dict[str, Any], ...]:  # fmt: skip
    """Households paid and money paid in the year, in force and as tried, scored where a target is given."""
    had = set(
        Entitlement.objects.filter(
            agreement__agency__path__startswith=agency.path, state="paid", month__gte=year * 100, month__lte=year * 100 + 12
        ).values_list("household_id", flat=True)
    )  # fmt: skip
    now = had | {key for key in paid if before.get(key)}
    # who loses it from a later month on was paid until then
    kept = now if start > year * 100 + 1 else had
    then = kept | {key for key in paid if after.get(key)}
    figures = {
        "households": (len(now), len(then)), "amount": (money["base"].year_fen, money["tried"].year_fen),
    }  # fmt: skip
    rows = []
    for name, (label, unit) in TARGETS.items():
        one, two = figures[name]
        row: dict[str, Any] = {
            "name": name, "label": label, "unit": "分" if name == "amount" else unit, "base": one, "tried": two, "target": None,
        }  # fmt: skip
        if name in targets:
            row |= {
                "target": targets[name], "points": POINTS, "base_score": scored(targets[name], one),
                "tried_score": scored(targets[name], two),
            }  # fmt: skip
        rows.append(row)
    return tuple(rows)
