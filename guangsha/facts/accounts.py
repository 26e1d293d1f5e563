"""Final accounts (部门决算): the nine tables rebuilt from their entries.

An entry is what nobody can compute: a row of a source or nature, an economic 款, an opening balance. Everything
else (row totals, table totals, class rows, 总计, groups, 三公 totals) follows from entries; :func:`rebuild_accounts`
computes it. A blank cell stays blank: a sum exists only when one of its addends does.

Which cell follows from which is told in docs/algorithms/final-accounts.md; source: performance.md §4.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cached_property

from guangsha.facts.classification import classification
from guangsha.facts.fact import DerivedSource, Fact
from guangsha.facts.forms import ACCOUNTS, OVERVIEW_INCOME
from guangsha.facts.report import AccountsTable, Report

#: One cell of the final accounts: table, row, column.
Place = tuple[str, str, str]

#: Printed heads of the columns of each table, as :data:`guangsha.facts.forms.ACCOUNTS` orders them.
COLUMN_LABELS: dict[str, dict[str, str]] = {
    "overview": {"amount": "决算数"},
    "revenue": {
        "total": "本年收入合计",
        "fiscal": "财政拨款收入",
        "superior": "上级补助收入",
        "business": "事业收入",
        "operating": "经营收入",
        "affiliated": "附属单位上缴收入",
        "other": "其他收入",
    },
    "expenditure": {
        "total": "本年支出合计",
        "basic": "基本支出",
        "project": "项目支出",
        "to_superior": "上缴上级支出",
        "operating": "经营支出",
        "to_affiliated": "对附属单位补助支出",
    },
    "fiscal_overview": {
        "amount": "决算数",
        "total": "小计",
        "general_public": "一般公共预算财政拨款",
        "government_fund": "政府性基金预算财政拨款",
        "state_capital": "国有资本经营预算财政拨款",
    },
    "general_expenditure": {"total": "小计", "basic": "基本支出", "project": "项目支出"},
    "basic_detail": {"amount": "决算数"},
    "government_fund": {
        "opening": "年初结转和结余",
        "revenue": "本年收入",
        "total": "小计",
        "basic": "基本支出",
        "project": "项目支出",
        "closing": "年末结转和结余",
    },
    "state_capital": {"total": "合计", "basic": "基本支出", "project": "项目支出"},
    "three_public": {
        "total": "合计",
        "abroad": "因公出国（境）费",
        "vehicles": "公务用车购置及运行维护费小计",
        "vehicle_purchase": "公务用车购置费",
        "vehicle_running": "公务用车运行维护费",
        "reception": "公务接待费",
    },
}

#: Tables whose rows are functional codes under one total row.
CODE_TABLES = ("revenue", "expenditure", "general_expenditure", "government_fund", "state_capital")

#: In each code table, the columns that add up to ``total`` along a row.
ROW_PARTS: dict[str, tuple[str, ...]] = {
    "revenue": ("fiscal", "superior", "business", "operating", "affiliated", "other"),
    "expenditure": ("basic", "project", "to_superior", "operating", "to_affiliated"),
    "general_expenditure": ("basic", "project"),
    "government_fund": ("basic", "project"),
    "state_capital": ("basic", "project"),
}

FUNDS = ("general_public", "government_fund", "state_capital")

#: The table that holds the expenditure of each fund by item.
FUND_TABLES = {
    "general_public": "general_expenditure",
    "government_fund": "government_fund",
    "state_capital": "state_capital",
}

#: Economic classes of 人员经费; every other class of basic expenditure is 公用经费 (performance.md §2.3).
PERSONNEL_GROUPS = ("301", "303")

_OTHER_INCOMES = ("superior", "business", "operating", "affiliated", "other")
OVERVIEW_INCOME_ROWS = tuple(row for row in OVERVIEW_INCOME if row.split(".")[1] in {*FUNDS, *_OTHER_INCOMES})


def is_code(row: str) -> bool:
    """Whether a row key is a code (``2210201``, ``301``) and not a named row (``total``)."""
    return row.isdigit()


def leaf_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Those codes under which no longer one stands, in code order: the rows that are added, so nothing counts twice.

    >>> leaf_codes(["221", "22102", "2210201", "2210202", "229"])
    ('2210201', '2210202', '229')
    """
    ordered = sorted(set(codes))
    return tuple(
        code
        for place, code in enumerate(ordered, start=1)
        if place == len(ordered) or not ordered[place].startswith(code)
    )


def children(code: str, codes: Iterable[str]) -> tuple[str, ...]:
    """The rows directly under ``code``: those it prefixes, less those that stand under another of them."""
    below = sorted({c for c in codes if c.startswith(code) and c != code})
    return tuple(c for c in below if not any(c != other and c.startswith(other) for other in below))


class Accounts:
    """The nine tables of one year: entries as given, and every cell that follows from them.

    Args:
        report: the unit's year.
        prior: look at the year before instead.
    """

    def __init__(self, report: Report, *, prior: bool = False) -> None:
        self.report = report
        self.year = report.year - 1 if prior else report.year
        self._tables = {name: report.accounts(name, prior=prior) for name in ACCOUNTS}

    def __bool__(self) -> bool:
        return any(self._tables.values())

    def table(self, name: str) -> AccountsTable:
        return self._tables[name]

    def entry(self, table: str, row: str, column: str) -> Fact | None:
        """The cell as given (entered, or printed in the published table)."""
        return self._tables[table].cell(row, column)

    def computed(self, table: str, row: str, column: str) -> Fact | None:
        """The cell as it follows from entries; None when it is an entry itself or nothing leads to it."""
        return self._computed.get((table, row, column))

    def effective(self, table: str, row: str, column: str) -> Fact | None:
        """The rebuilt cell, or the entry where nothing leads to it."""
        return self.computed(table, row, column) or self.entry(table, row, column)

    def printed(self, table: str, row: str, column: str) -> Fact | None:
        """What a table shows: the entry as given, the rebuilt value where none was given.

        An entry of a total comes from whole fen and may differ from the sum of rounded cells by a rounding tail;
        it is the better figure.
        """
        return self.entry(table, row, column) or self.computed(table, row, column)

    def codes(self, table: str) -> tuple[str, ...]:
        """Codes of a table's rows in code order."""
        return tuple(sorted(row for row in self._tables[table].rows if is_code(row)))

    def leaves(self, table: str) -> tuple[str, ...]:
        return leaf_codes(self.codes(table))

    def groups(self) -> tuple[str, ...]:
        """Economic classes (3 digits) of the detail table in code order."""
        return tuple(sorted({code[:3] for code in self.codes("basic_detail")}))

    def details(self, group: str) -> tuple[str, ...]:
        """The 款 rows under an economic class."""
        return tuple(code for code in self.leaves("basic_detail") if code.startswith(group) and code != group)

    def classes(self) -> tuple[str, ...]:
        """Functional classes that carry money in any table, with those the form prints, in code order."""
        seen = {code[:3] for table in CODE_TABLES for code in self.codes(table)}
        for table in ("overview", "fiscal_overview"):
            seen |= {
                row.removeprefix("class.") for row in self._tables[table].rows if row.startswith("class.")
            }
        return tuple(sorted(seen | {row.code for row in classification(self.year).class_rows}))

    def rebuilt(self) -> Iterator[Fact]:
        """Every computed cell, addends before their sums."""
        return iter(self._computed.values())

    @cached_property
    def _computed(self) -> dict[Place, Fact]:
        return _Rebuilding(self).run()


def rebuild_accounts(report: Report) -> list[Fact]:
    """Every cell of the nine tables that follows from entries, as facts with ``basis`` computed.

    Each carries a :class:`DerivedSource`: the formula in Chinese and the keys of the facts that it read.
    """
    return list(Accounts(report).rebuilt())


class _Rebuilding:
    """One pass over the tables, from items up; each step sees what the steps before it computed."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.cells: dict[Place, Fact] = {}

    def run(self) -> dict[Place, Fact]:
        for table in CODE_TABLES:
            self._code_table(table)
        self._overview()
        self._fiscal_overview()
        self._basic_detail()
        self._three_public()
        return self.cells

    def _value(self, place: Place) -> Fact | None:
        return self.cells.get(place) or self.accounts.entry(*place)

    def _sum(self, to: Place, formula: str, plus: Iterable[Place], minus: Iterable[Place] = ()) -> None:
        added = [fact for fact in map(self._value, plus) if fact]
        if not added:
            return
        taken = [fact for fact in map(self._value, minus) if fact]
        value = sum((f.number for f in added), Decimal(0)) - sum((f.number for f in taken), Decimal(0))
        table, row, column = to
        self.cells[to] = Fact.of(
            f"accounts.{table}",
            value,
            year=self.accounts.year,
            source=DerivedSource(formula, tuple(fact.key for fact in (*added, *taken))),
            row=row,
            column=column,
            basis="computed",
        )

    def _code_table(self, table: str) -> None:
        codes, leaves = self.accounts.codes(table), self.accounts.leaves(table)
        title = ACCOUNTS[table][0]
        parts = ROW_PARTS[table]
        for code in leaves:
            self._sum(
                (table, code, "total"), f"《{title}》{code} 行各栏之和", [(table, code, p) for p in parts]
            )
            if table == "government_fund":
                self._closing(code, f"《{title}》{code} 行：年初结转和结余＋本年收入－本年支出")
        for column in ACCOUNTS[table][1]:
            # Longer codes first, so that a 类 row adds 款 rows that are already rebuilt.
            for code in sorted((c for c in codes if c not in leaves), key=len, reverse=True):
                below = children(code, codes)
                self._sum(
                    (table, code, column), f"《{title}》{code} 各下级科目之和", _column(table, below, column)
                )
            self._sum((table, "total", column), f"《{title}》各项级科目之和", _column(table, leaves, column))

    def _closing(self, row: str, formula: str) -> None:
        table = "government_fund"
        self._sum(
            (table, row, "closing"), formula, [(table, row, "opening"), (table, row, "revenue")],
            [(table, row, "total")],
        )  # fmt: skip

    def _overview(self) -> None:
        income: Callable[[str], Place] = lambda name: ("overview", f"income.{name}", "amount")  # noqa: E731
        self._fund_incomes("overview")
        for column in _OTHER_INCOMES:
            self._sum(income(column), "《收入决算表》本栏合计", [("revenue", "total", column)])
        rows = [("overview", row, "amount") for row in OVERVIEW_INCOME_ROWS]
        self._sum(income("total"), "各项收入之和", rows)
        self._sum(
            income("grand"), "本年收入合计＋使用非财政拨款结余＋年初结转和结余",
            [income("total"), income("surplus_used"), income("opening")],
        )  # fmt: skip
        spent: Callable[[str], Place] = lambda name: ("overview", f"expenditure.{name}", "amount")  # noqa: E731
        classes = self.accounts.classes()
        for code in classes:
            self._sum(
                ("overview", f"class.{code}", "amount"), f"《支出决算表》{code} 类各项之和",
                _column("expenditure", self._under(code, "expenditure"), "total"),
            )  # fmt: skip
        self._sum(
            spent("total"), "各类支出之和", [("overview", f"class.{code}", "amount") for code in classes]
        )
        self._sum(
            spent("grand"), "本年支出合计＋结余分配＋年末结转和结余",
            [spent("total"), spent("surplus_distribution"), spent("closing")],
        )  # fmt: skip

    def _under(self, code: str, table: str) -> tuple[str, ...]:
        return tuple(leaf for leaf in self.accounts.leaves(table) if leaf.startswith(code))

    def _fund_incomes(self, table: str) -> None:
        """Incomes by fund. What the income table calls 财政拨款 holds all three funds; the general one is the rest."""
        funds = [(table, f"income.{fund}", "amount") for fund in FUNDS]
        self._sum(
            funds[1],
            "《政府性基金预算财政拨款收入支出决算表》本年收入合计",
            [("government_fund", "total", "revenue")],
        )
        self._sum(
            funds[0], "《收入决算表》财政拨款收入合计－政府性基金收入－国有资本经营收入",
            [("revenue", "total", "fiscal")], funds[1:],
        )  # fmt: skip

    def _fiscal_overview(self) -> None:
        table = "fiscal_overview"
        self._fund_incomes(table)
        cell: Callable[[str, str], Place] = lambda row, column: (table, row, column)  # noqa: E731
        self._sum(
            cell("income.total", "amount"), "三项财政拨款收入之和",
            [cell(f"income.{fund}", "amount") for fund in FUNDS],
        )  # fmt: skip
        self._sum(
            cell("opening.government_fund", "amount"), "《政府性基金预算财政拨款收入支出决算表》年初结转和结余合计",
            [("government_fund", "total", "opening")],
        )  # fmt: skip
        self._sum(
            cell("opening.total", "amount"), "三项财政拨款年初结转和结余之和",
            [cell(f"opening.{fund}", "amount") for fund in FUNDS],
        )  # fmt: skip
        self._sum(
            cell("income.grand", "amount"), "本年收入合计＋年初财政拨款结转和结余",
            [cell("income.total", "amount"), cell("opening.total", "amount")],
        )  # fmt: skip
        classes = self.accounts.classes()
        for fund, source in FUND_TABLES.items():
            title = ACCOUNTS[source][0]
            for code in classes:
                self._sum(
                    cell(f"class.{code}", fund), f"《{title}》{code} 类各项之和",
                    _column(source, self._under(code, source), "total"),
                )  # fmt: skip
            self._sum(
                cell("expenditure.total", fund),
                "各类支出之和",
                [cell(f"class.{code}", fund) for code in classes],
            )
        self._sum(
            cell("closing.total", "government_fund"), "《政府性基金预算财政拨款收入支出决算表》年末结转和结余合计",
            [("government_fund", "total", "closing")],
        )  # fmt: skip
        for row in (*(f"class.{code}" for code in classes), "expenditure.total", "closing.total"):
            self._sum(cell(row, "total"), "各项财政拨款之和", [cell(row, fund) for fund in FUNDS])
        for column in ("total", *FUNDS):
            self._sum(
                cell("expenditure.grand", column), "本年支出合计＋年末财政拨款结转和结余",
                [cell("expenditure.total", column), cell("closing.total", column)],
            )  # fmt: skip

    def _basic_detail(self) -> None:
        table = "basic_detail"
        groups = self.accounts.groups()
        for group in groups:
            details = self.accounts.details(group)
            self._sum((table, group, "amount"), f"{group} 各款之和", _column(table, details, "amount"))
        personnel = [group for group in groups if group in PERSONNEL_GROUPS]
        public = [group for group in groups if group not in PERSONNEL_GROUPS]
        for row, added in (("personnel.total", personnel), ("public.total", public)):
            self._sum((table, row, "amount"), "＋".join(added) or "各类之和", _column(table, added, "amount"))

    def _three_public(self) -> None:
        table = "three_public"
        for row in ("budget", "executed"):
            self._sum(
                (table, row, "vehicles"), "公务用车购置费＋公务用车运行维护费",
                [(table, row, "vehicle_purchase"), (table, row, "vehicle_running")],
            )  # fmt: skip
            self._sum(
                (table, row, "total"), "因公出国（境）费＋公务用车购置及运行维护费＋公务接待费",
                [(table, row, "abroad"), (table, row, "vehicles"), (table, row, "reception")],
            )  # fmt: skip


def _column(table: str, rows: Iterable[str], column: str) -> list[Place]:
    return [(table, row, column) for row in rows]
