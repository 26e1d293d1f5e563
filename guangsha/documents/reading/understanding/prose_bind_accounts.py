"""The cells of the final accounts that amounts of the prose repeat."""

from __future__ import annotations

import re
from functools import cached_property

from guangsha.documents.reading.understanding.prose_claims import Paragraph
from guangsha.documents.reading.understanding.prose_labels import key_of, likeness
from guangsha.documents.reading.understanding.prose_match import SAME, Binding, equal, slip
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.classification import class_rows, name_of
from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.numbers import plain

_GENERAL_TABLES = ("general_expenditure", "fiscal_overview")
#: What the text calls a figure of the final accounts, and where it may stand, the likeliest first.
_ACCOUNTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("收入支出总计", ("overview/income.grand/amount",)),
    ("收、支总计", ("overview/income.grand/amount",)),
    ("收入总计", ("overview/income.grand/amount",)),
    ("支出总计", ("overview/expenditure.grand/amount",)),
    ("收入合计", ("revenue/total/total", "overview/income.total/amount")),
    ("支出合计", ("expenditure/total/total", "overview/expenditure.total/amount")),
    ("财政拨款收入支出总计", ("fiscal_overview/income.grand/amount",)),
    ("财政拨款收、支总计", ("fiscal_overview/income.grand/amount",)),
    ("财政拨款收入", ("revenue/total/fiscal",)),
    ("上级补助收入", ("revenue/total/superior",)),
    ("事业收入", ("revenue/total/business",)),
    ("经营收入", ("revenue/total/operating",)),
    ("附属单位上缴收入", ("revenue/total/affiliated",)),
    ("其他收入", ("revenue/total/other",)),
    ("一般公共预算财政拨款收入", ("fiscal_overview/income.general_public/amount",)),
    ("政府性基金预算财政拨款收入", ("fiscal_overview/income.government_fund/amount",)),
    ("国有资本经营预算财政拨款收入", ("fiscal_overview/income.state_capital/amount",)),
    ("一般公共预算财政拨款支出", ("general_expenditure/total/total",)),
    ("一般公共预算财政拨款基本支出", ("general_expenditure/total/basic",)),
    ("一般公共预算财政拨款项目支出", ("general_expenditure/total/project",)),
    ("政府性基金预算财政拨款支出", ("government_fund/total/total",)),
    ("国有资本经营预算财政拨款支出", ("state_capital/total/total",)),
    ("基本支出", ("expenditure/total/basic", "general_expenditure/total/basic")),
    ("项目支出", ("expenditure/total/project", "general_expenditure/total/project")),
    ("上缴上级支出", ("expenditure/total/to_superior",)),
    ("经营支出", ("expenditure/total/operating",)),
    ("对附属单位补助支出", ("expenditure/total/to_affiliated",)),
    ("人员经费", ("basic_detail/personnel.total/amount",)),
    ("公用经费", ("basic_detail/public.total/amount",)),
    ("年初结转和结余", ("overview/income.opening/amount",)),
    ("年末结转和结余", ("overview/expenditure.closing/amount",)),
    ("使用非财政拨款结余", ("overview/income.surplus_used/amount",)),
)  # fmt: skip
_THREE_PUBLIC: tuple[tuple[str, str], ...] = (
    ("三公经费", "total"), ("三公经费财政拨款支出", "total"), ("因公出国（境）费", "abroad"), ("公务用车购置及运行维护费", "vehicles"),
    ("公务用车购置费", "vehicle_purchase"), ("公务用车运行维护费", "vehicle_running"), ("公务接待费", "reception"),
)  # fmt: skip


class AccountCells:
    """Looks up cells of the final accounts by what the text calls them."""

    def __init__(self, facts: FactSet) -> None:
        self.facts = facts
        self.year = facts.year

    @cached_property
    def _account_names(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        classes = tuple(
            (
                row.name,
                (f"fiscal_overview/class.{row.code}/general_public", f"overview/class.{row.code}/amount"),
            )
            for row in class_rows(self.year)
        )
        return (*_ACCOUNTS, *classes)

    @cached_property
    def given(self) -> bool:
        return any(fact.concept.startswith("accounts.") and fact.year == self.year for fact in self.facts)

    def _cell(self, path: str) -> Fact | None:
        table, row, column = path.split("/")
        return self.facts.find(f"accounts.{table}", row=row, column=column)

    def find(self, label: str, mention: Mention, stage: str, paragraph: Paragraph) -> Binding | None:
        """The cell of the final accounts that an amount repeats."""
        if not self.given or mention.sort != "money" or not mention.exact:
            return None
        if key_of(label) in ("收入", "支出", "收支") and not re.search(r"合计|总计|总额|总|本年", label):
            return None
        paths: list[str] = []
        for name, column in _THREE_PUBLIC:
            if likeness(label, name) >= SAME:
                paths.append(f"three_public/{'budget' if stage == 'budget' else 'executed'}/{column}")
        if not paths and stage in ("", "executed"):
            for name, places in sorted(self._account_names, key=lambda pair: pair[0] not in label):
                if likeness(label, name) >= SAME:
                    paths.extend(places)
        found = [(path, cell) for path in paths if (cell := self._cell(path)) is not None]
        titles = " ".join(paragraph.passage.headings)
        of_general = "一般公共预算" in titles
        same = [path for path, cell in found if equal(mention, cell)]
        if same:
            fitting = [path for path in same if path.startswith(_GENERAL_TABLES) == of_general]
            return Binding(f"accounts.{(fitting or same)[0]}", True)
        if found and len({cell.number for _, cell in found}) == 1:
            return Binding(f"accounts.{found[0][0]}", True)
        for path, _ in found:
            if path.startswith(_GENERAL_TABLES) == of_general:
                return Binding(f"accounts.{path}", True)
        return self._item(label, mention) if stage in ("", "executed") and not paths else None

    @cached_property
    def _items(self) -> tuple[tuple[str, str, Fact], ...]:
        """(path, name, cell) of every item of expenditure by function (项) and by economic class (款)."""
        made: list[tuple[str, str, Fact]] = []
        for table, column in (
            ("general_expenditure", "total"),
            ("general_expenditure", "project"),
            ("basic_detail", "amount"),
        ):
            for cell in self.facts.select(f"accounts.{table}"):
                row = cell.dimension("row")
                if not row.isdigit() or cell.dimension("column") != column or cell.number == 0:
                    continue
                name = self.facts.find("accounts.row_name", table=table, row=row)
                made.append((f"{table}/{row}/{column}", name.text if name else name_of(row, self.year), cell))
        return tuple(made)

    def _item(self, label: str, mention: Mention) -> Binding | None:
        """The item that an amount repeats: equal, and rare or named alike; or one digit apart and named alike."""
        if mention.value == 0:
            return None
        near = [(likeness(label, name), path, cell) for path, name, cell in self._items]
        rare = len(mention.value.as_tuple().digits) >= 4
        agreeing = [(n, path) for n, path, cell in near if equal(mention, cell) and (n >= 0.3 or rare)]
        if agreeing:
            return Binding(f"accounts.{max(agreeing)[1]}", True)
        printed = plain(mention.value)
        slips = {path.split("/")[1]: path for n, path, cell in near if slip(printed, plain(cell.number), n)}
        return Binding(f"accounts.{next(iter(slips.values()))}", False) if len(slips) == 1 else None
