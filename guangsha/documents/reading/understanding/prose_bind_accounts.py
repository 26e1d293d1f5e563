"""The cells of the final accounts that amounts of the prose repeat."""

from __future__ import annotations

import re
from functools import cached_property

from guangsha.documents.reading.understanding.prose_claims import Paragraph
from guangsha.documents.reading.understanding.prose_labels import key_of, likeness
from guangsha.documents.reading.understanding.prose_match import NEAR, SAME, Binding, equal, slip
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
    ("年初财政拨款结转和结余", ("fiscal_overview/opening.total/amount",)),
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
    ("财政拨款支出", ("fiscal_overview/expenditure.total/total", "general_expenditure/total/total")),
    ("使用非财政拨款结余", ("overview/income.surplus_used/amount",)),
)  # fmt: skip
#: What is left over of one sort of money, or used up: no line of the tables by itself.
_NO_CARRIED = re.compile(r"使用|动用|分配|非财政|专用|基本支出|项目支出|弥补")
#: What stays at either end of the year; the words before the figure say which end.
_CARRIED: dict[str, tuple[str, ...]] = {
    "opening": ("overview/income.opening/amount", "fiscal_overview/opening.total/amount"),
    "closing": ("overview/expenditure.closing/amount", "fiscal_overview/closing.total/total"),
}
_THREE_PUBLIC: tuple[tuple[str, str], ...] = (
    ("三公经费", "total"), ("三公经费财政拨款支出", "total"), ("因公出国（境）费", "abroad"), ("公务用车购置及运行维护费", "vehicles"),
    ("公务用车购置费", "vehicle_purchase"), ("公务用车运行维护费", "vehicle_running"), ("公务接待费", "reception"),
)  # fmt: skip

#: The same words in a section on one of the two special budgets: the columns of that budget's own table.
_SPECIAL: dict[str, tuple[tuple[str, str], ...]] = {
    "government_fund": (
        ("年初结转和结余", "opening"), ("年末结转和结余", "closing"), ("基本支出", "basic"), ("项目支出", "project"),
        ("收入", "revenue"), ("支出", "total"),
    ),
    "state_capital": (("基本支出", "basic"), ("项目支出", "project"), ("支出", "total")),
}  # fmt: skip
_SPECIAL_TITLES = (("政府性基金", "government_fund"), ("国有资本经营", "state_capital"))


def _special_table(paragraph: Paragraph) -> str:
    """The table of the special budget that the paragraph's own section speaks of; empty for none."""
    titles = [title for title in paragraph.passage.headings if re.search(r"预算|决算|拨款|支出|收入", title)]
    last = titles[-1] if titles else ""
    named = [table for word, table in _SPECIAL_TITLES if word in last]
    return named[0] if len(named) == 1 and "一般公共预算" not in last else ""


#: 收入总计 and 支出总计 in the section on the treasury's money.
_TREASURY_TOTAL = re.compile(r"^(?:本年|财政拨款)?(?:收入|支出|收[、和与]?支|收入支出)(?:均|各)?总计$")


def _of_treasury(paragraph: Paragraph) -> bool:
    """Whether the paragraph's own section speaks of what came from the treasury as a whole (财政拨款收入支出决算总体情况)."""
    title = paragraph.passage.headings[-1] if paragraph.passage.headings else ""
    return bool(re.search(r"财政拨款收入?[、和与]?支出?(?:决算)?总", title)) and "一般公共预算" not in title


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
                (
                    f"fiscal_overview/class.{row.code}/general_public",
                    f"overview/class.{row.code}/amount",
                    f"fiscal_overview/class.{row.code}/total",
                ),
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
        special = _special_table(paragraph)
        if special:
            return self._special(special, label, stage, mention)
        if key_of(label) in ("收入", "支出", "收支") and not re.search(r"合计|总计|总额|总|本年", label):
            return None
        if _of_treasury(paragraph) and _TREASURY_TOTAL.search(label) and stage in ("", "executed"):
            path = "fiscal_overview/income.grand/amount"
            return Binding(f"accounts.{path}", True) if self._cell(path) is not None else None
        titles = " ".join(paragraph.passage.headings)
        paths = self._paths(label, mention, stage)
        found = [(path, cell) for path in paths if (cell := self._cell(path)) is not None]
        of_general = "一般公共预算" in titles
        same = [path for path, cell in found if equal(mention, cell)]
        if same:
            fitting = [path for path in same if path.startswith(_GENERAL_TABLES) == of_general]
            return Binding(f"accounts.{(fitting or same)[0]}", True)
        if found and len({cell.number for _, cell in found}) == 1:
            return Binding(f"accounts.{found[0][0]}", True)
        whole_fiscal = not of_general and "财政拨款" in titles
        for path, _ in found:
            of_fiscal = path.startswith("fiscal_overview") and not path.endswith("general_public")
            if (
                of_fiscal
                if whole_fiscal and len(found) > 1
                else path.startswith(_GENERAL_TABLES) == of_general
            ):
                return Binding(f"accounts.{path}", True)
        return self._item(label, mention) if stage in ("", "executed") and not paths else None

    def _paths(self, label: str, mention: Mention, stage: str) -> list[str]:
        """The cells that ``label`` may name, the likeliest first."""
        paths: list[str] = []
        for name, column in _THREE_PUBLIC:
            if likeness(label, name) >= SAME:
                paths.append(f"three_public/{'budget' if stage == 'budget' else 'executed'}/{column}")
        if paths or stage not in ("", "executed"):
            return paths
        if re.search(r"结转|结余", label) and not _NO_CARRIED.search(label):
            own = label.replace("财政拨款", "")
            carried = (
                _CARRIED.get(_end_of_year(label, mention), ()) if likeness(own, "结转和结余") >= NEAR else ()
            )
            return [path for path in carried if own == label or path.startswith("fiscal")]
        for name, places in sorted(self._account_names, key=lambda pair: pair[0] not in label):
            if likeness(label, name) >= SAME:
                paths.extend(places)
        return paths

    def _special(self, table: str, label: str, stage: str, mention: Mention) -> Binding | None:
        """The total row's cell of a special budget's table that ``label`` ends with the name of."""
        if stage not in ("", "executed"):
            return None
        if re.search(r"结转|结余", label):
            # a cleaned label may have lost the word that says which end of the year is meant
            path = f"{table}/total/{_end_of_year(label, mention)}"
            return Binding(f"accounts.{path}", True) if self._cell(path) is not None else None
        said = key_of(re.sub(r"(?:决算|合计|总计|总额)(?:数|额)?$", "", label))
        column = next((column for name, column in _SPECIAL[table] if said.endswith(key_of(name))), "")
        path = f"{table}/total/{column}"
        return Binding(f"accounts.{path}", True) if column and self._cell(path) is not None else None

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


def _end_of_year(label: str, mention: Mention) -> str:
    """``opening`` or ``closing`` for what is carried over; a cleaned label may have lost the word."""
    words = re.split(r"[,;。:]", mention.before)[-1] + label
    said = re.findall(r"年初|上年|期初|年末|期末|下年", words)
    ends = {"opening" if word in ("年初", "上年", "期初") else "closing" for word in said}
    return ends.pop() if len(ends) == 1 else ""
