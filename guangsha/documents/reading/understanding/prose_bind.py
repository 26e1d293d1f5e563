"""Binding: which figure of a table a figure of the prose repeats.

A cell of the final accounts is named by its path (``accounts.revenue/total/total``), any other figure by its fact's
key. ``likely:`` before a key says that the words agree only in part, so that a difference is something to look into,
not yet a contradiction. Where nothing names the figure clearly, nothing is bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Paragraph, Reading
from guangsha.documents.reading.understanding.prose_labels import core_of, key_of, likeness, noun_after
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.classification import class_rows
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.forms import LIKELY_CELL
from guangsha.kernel.measures import Quantity, parse_quantity
from guangsha.kernel.numbers import plain

#: Likeness from which two names mean the same thing.
_SAME = 0.94
_CLOSE = 0.75
_NEAR = 0.6

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
_BASE_STAGES = {
    "budget": "initial",
    "target": "initial",
    "prior": "prior_executed",
    "executed": "executed",
    "": "executed",
}


@dataclass(frozen=True)
class Binding:
    """A figure of a table that a figure of the prose repeats; ``certain`` when the names are the same."""

    cell: str
    certain: bool

    @property
    def text(self) -> str:
        return self.cell if self.certain else LIKELY_CELL + self.cell


@dataclass(frozen=True)
class Row:
    """An indicator row as prose may repeat it."""

    sheet: str
    name: str
    fact: Fact
    quantity: Quantity
    stage: str


class Binder:
    """Names figures of the tables by what the prose calls them.

    Args:
        facts: what the tables of the document gave.
    """

    def __init__(self, reading: Reading, facts: FactSet) -> None:
        self.reading = reading
        self.facts = facts
        self.year = facts.year

    # --- which sheet a paragraph speaks of -------------------------------------------------------------------

    @cached_property
    def sheets(self) -> tuple[tuple[str, str, str], ...]:
        """(id, kind, name) of every scoring sheet."""
        made = []
        for kind in self.facts.select("sheet.kind"):
            name = self.facts.find("sheet.name", sheet=kind.dimension("sheet"))
            made.append((kind.dimension("sheet"), kind.text, name.text if name else ""))
        return tuple(made)

    @cached_property
    def overall(self) -> str:
        return next((sheet for sheet, kind, _ in self.sheets if kind == "overall"), "")

    def sheet_named(self, words: str) -> str:
        """The one project sheet whose name ``words`` give in full or in its core; empty when none or several."""
        wanted = _sheet_core(words)
        if len(wanted) < 3:
            return ""
        named = [
            (sheet, _sheet_core(name)) for sheet, kind, name in self.sheets if kind == "project" and name
        ]
        for agree in (
            lambda name: name == wanted,
            lambda name: len(name) >= 3 and name in wanted,
            lambda name: wanted in name,
        ):
            found = [sheet for sheet, name in named if agree(name)]
            if len(found) == 1:
                return found[0]
        return ""

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """For every paragraph the sheet that it speaks of: the last title that named one; the overall one before any."""
        made: list[str] = []
        current = self.overall
        for paragraph in self.reading.paragraphs:
            passage = paragraph.passage
            text = passage.text
            if len(text) <= 60 and not re.search(r"[。;,]", text):
                if re.search(r"^(?:附件|第.+部分)|整体(?:支出)?绩效|部门整体", text):
                    current = self.overall
                current = self.sheet_named(text) or current
            own = self.sheet_named(passage.title) if passage.title and passage.mark is not None else ""
            made.append(own or current)
        return tuple(made)

    def scope(self, paragraph: Paragraph) -> str:
        return self.scopes[paragraph.index]

    # --- final accounts ---------------------------------------------------------------------------------------

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
    def has_accounts(self) -> bool:
        return any(fact.concept.startswith("accounts.") and fact.year == self.year for fact in self.facts)

    def _cell(self, path: str) -> Fact | None:
        table, row, column = path.split("/")
        return self.facts.find(f"accounts.{table}", row=row, column=column)

    def account(self, label: str, mention: Mention, stage: str, paragraph: Paragraph) -> Binding | None:
        """The cell of the final accounts that an amount repeats."""
        if not self.has_accounts or mention.sort != "money" or not mention.exact:
            return None
        if key_of(label) in ("收入", "支出", "收支") and not re.search(r"合计|总计|总额|总|本年", label):
            return None
        paths: list[str] = []
        for name, column in _THREE_PUBLIC:
            if likeness(label, name) >= _SAME:
                paths.append(f"three_public/{'budget' if stage == 'budget' else 'executed'}/{column}")
        if not paths and stage in ("", "executed"):
            for name, places in sorted(self._account_names, key=lambda pair: pair[0] not in label):
                if likeness(label, name) >= _SAME:
                    paths.extend(places)
        found = [(path, cell) for path in paths if (cell := self._cell(path)) is not None]
        same = [path for path, cell in found if _equal(mention, cell)]
        if same:
            return Binding(f"accounts.{same[0]}", True)
        if found and len({cell.number for _, cell in found}) == 1:
            return Binding(f"accounts.{found[0][0]}", True)
        titles = " ".join(paragraph.passage.headings)
        for path, _ in found:
            fiscal = path.startswith(("general_expenditure", "fiscal_overview"))
            if fiscal == ("一般公共预算" in titles):
                return Binding(f"accounts.{path}", True)
        return None

    # --- sheets, base table, people ----------------------------------------------------------------------------

    def execution(self, claim: Claim, paragraph: Paragraph) -> dict[str, str]:
        """Cells for a completion that repeats a sheet's budget, result and rate of execution."""
        budget, executed = claim.roles.get("budget"), claim.roles.get("executed")
        if any(mention is not None and mention.sort != "money" for mention in (budget, executed)):
            return {}
        named = self.sheet_named(claim.subject.removesuffix("预算执行"))
        best: tuple[int, str] = (0, "")
        for sheet, _, _ in self.sheets:
            agreeing = sum(
                mention is not None and any(_equal(mention, fact) for fact in self._funds(sheet, role))
                for role, mention in (("budget", budget), ("executed", executed))
            )
            score = (
                2 * agreeing
                + (1 if sheet in (named, self.scope(paragraph)) else 0)
                + (1 if sheet == named else 0)
            )
            if score > best[0] and (agreeing or sheet == named):
                best = (score, sheet)
        score, sheet = best
        if not sheet:
            return {}
        certain = score >= 4 or sheet == named
        cells: dict[str, str] = {}
        for role, mention in (("budget", budget), ("executed", executed)):
            funds = self._funds(sheet, role)
            if mention is None or not funds:
                continue
            same = next((fact for fact in funds if _equal(mention, fact)), funds[0])
            cells[role] = Binding(same.key, certain).text
        return cells

    def _funds(self, sheet: str, role: str) -> list[Fact]:
        stages = ("full_year", "initial") if role == "budget" else ("executed",)
        found = (self.facts.find("sheet.funds", sheet=sheet, fund="total", stage=stage) for stage in stages)
        return [fact for fact in found if fact is not None]

    def score(self, label: str, mention: Mention, paragraph: Paragraph) -> Binding | None:
        """The total, block or execution score of a sheet that the prose repeats."""
        sheet = self.scope(paragraph) or self.overall
        key = key_of(label)
        fact: Fact | None = None
        if re.search(r"^(?:预算)?执行|预算执行", key):
            fact = self.facts.find("execution.score", sheet=sheet, basis="published")
        elif key.endswith("指标"):
            fact = next(
                (
                    block
                    for block in self.facts.select("block.score", sheet=sheet, basis="published")
                    if likeness(key, block.dimension("block")) >= _SAME
                ),
                None,
            )
        elif re.search(r"得分|总分|评分|^自评|^分$", key) or not key:
            fact = self.facts.find("sheet.total", sheet=sheet, basis="published")
        return Binding(fact.key, True) if fact is not None and mention.exact else None

    def amount(self, level: Level, paragraph: Paragraph) -> Binding | None:
        """The line of the base table or of the overall sheet that an amount repeats."""
        if level.mention.sort != "money" or not level.mention.exact:
            return None
        candidates = [*self._base_lines(level), *self._natures(level)]
        same = [fact for near, fact in candidates if _equal(level.mention, fact)]
        if same:
            return Binding(same[0].key, True)
        best = max(candidates, key=lambda pair: pair[0], default=None)
        close = [fact for near, fact in candidates if near >= _CLOSE and _within_percent(level.mention, fact)]
        if len(close) == 1:
            return Binding(close[0].key, False)
        if best is None or best[0] < _SAME or self.scope(paragraph) not in ("", self.overall):
            return None
        certain = best[0] == 1.0 and len([pair for pair in candidates if pair[0] == best[0]]) == 1
        return Binding(best[1].key, certain and level.stage in ("", "executed"))

    def _base_lines(self, level: Level) -> list[tuple[float, Fact]]:
        stage = _BASE_STAGES[level.stage]
        made: list[tuple[float, Fact]] = []
        for fact in self.facts.select("base.amount", stage=stage):
            line = fact.dimension("line")
            name = self.facts.find("base.name", line=line)
            # 三公经费, 项目支出 and the rest of the form are compared by rules N03 and B06 to B12
            names = (
                [name.text] if name else ["政府采购支出总额", "政府采购金额"] if line == "procurement" else []
            )
            near = max((likeness(level.label, own) for own in names), default=0.0)
            if near >= _NEAR:
                made.append((near, fact))
        return made

    def _natures(self, level: Level) -> list[tuple[float, Fact]]:
        if level.stage not in ("", "executed"):
            return []
        made: list[tuple[float, Fact]] = []
        for name, concept, dimensions in (
            ("一般公共预算拨款", "sheet.by_revenue", {"source": "general_public", "stage": "full_year"}),
            (
                "一般公共预算财政拨款收入",
                "sheet.by_revenue",
                {"source": "general_public", "stage": "full_year"},
            ),
            ("其他收入", "sheet.by_revenue", {"source": "other", "stage": "full_year"}),
            ("收入", "sheet.funds", {"fund": "total", "stage": "full_year"}),
            ("支出", "sheet.funds", {"fund": "total", "stage": "executed"}),
        ):
            near = likeness(re.sub(r"^(?:本)?(?:单位|中心|部门)", "", level.label), name)
            fact = self._of_overall(concept, dimensions)
            if fact is not None and near >= _SAME:
                # what stands for the whole unit may differ from a sheet's full-year budget: below certainty
                made.append((min(near, 0.93), fact))
        return made

    def _of_overall(self, concept: str, dimensions: Mapping[str, str]) -> Fact | None:
        found = (
            self.facts.select(concept, year=None, sheet=self.overall, **dimensions) if self.overall else []
        )
        return found[0] if found else None

    # --- indicators -----------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every measured value of every indicator: its target and what came of it."""
        made: list[Row] = []
        for field, stage in (("actual", ""), ("target", "target")):
            for fact in self.facts.select(f"indicator.{field}"):
                sheet, number = fact.dimension("sheet"), fact.dimension("indicator")
                name = self.facts.find("indicator.name", sheet=sheet, indicator=number)
                unit = self.facts.find("indicator.unit", sheet=sheet, indicator=number)
                said = re.sub(r"^[≥≤><=约]+", "", fact.text.strip())
                parsed = parse_quantity(said if unit is None or unit.text in said else said + unit.text)
                if name is not None and parsed is not None and len(parsed[1]) <= 2:
                    bare = re.sub(r"[\d.]+(?:万|亿)?[元户套栋个%]?", "", name.text)
                    made.append(Row(sheet, bare, fact, parsed[0], stage))
        return tuple(made)

    def indicator(self, mention: Mention, label: str, stage: str, paragraph: Paragraph) -> Binding | None:
        """The indicator row that a count, an amount or a percentage repeats."""
        if mention.sort not in ("count", "money", "percent") or stage in ("budget", "prior"):
            return None
        scope = self.scope(paragraph)
        words = label + (noun_after(mention) if mention.sort == "count" or len(label) < 3 else "")
        wanted = "target" if stage == "target" else ""
        rows = [
            (max(likeness(label, row.name), likeness(words, row.name)), row)
            for row in self.rows
            if _measured_alike(mention, row.quantity)
        ]
        chosen = self._same_value(rows, mention, scope, wanted)
        if chosen is not None:
            return Binding(chosen.fact.key, True)
        return self._other_value(rows, mention, scope, wanted)

    def _same_value(
        self, rows: Sequence[tuple[float, Row]], mention: Mention, scope: str, wanted: str
    ) -> Row | None:
        same = [(near, row) for near, row in rows if _quantity_equal(mention, row.quantity)]
        telling = _telling(mention)
        fitting = [
            (near + (0.2 if row.sheet == scope else 0) + (0.1 if row.stage == wanted else 0), row)
            for near, row in same
            if near >= _NEAR or (telling and near >= 0.3) or (row.sheet == scope and _rare(mention))
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def _other_value(
        self, rows: Sequence[tuple[float, Row]], mention: Mention, scope: str, wanted: str
    ) -> Binding | None:
        if not mention.exact:
            return None
        here = [(near, row) for near, row in rows if row.stage == wanted and row.sheet == scope]
        for least in (_SAME, _CLOSE):
            named = [row for near, row in here if near >= least]
            if len({row.fact.key for row in named}) == 1:
                return Binding(named[0].fact.key, False)
            if named:
                break
        slips = [
            row
            for near, row in rows
            if row.stage == wanted
            and (near >= 0.3 or row.sheet == scope)
            and one_digit_apart(plain(mention.value), plain(row.quantity.value))
        ]
        if mention.sort == "count" and not slips:
            near_miss = [
                row
                for _, row in here
                if one_digit_apart(plain(mention.value), plain(row.quantity.value), least=3)
            ]
            slips = near_miss if len(near_miss) > 1 else []
        if len({row.quantity.value for row in slips}) == 1:
            return Binding(slips[0].fact.key, False)
        return None


def one_digit_apart(one: str, other: str, *, least: int = 4) -> bool:
    """Whether two printed numbers of at least ``least`` digits differ in exactly one of them."""
    digits = sum(char.isdigit() for char in one)
    if len(one) != len(other) or digits < least:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _telling(mention: Mention) -> bool:
    """Whether a value is rare enough to say by itself what it repeats: not 100 %, not a figure of one digit."""
    return len(mention.value.as_tuple().digits) >= 2 and mention.value not in (Decimal(10), Decimal(100))


def _rare(mention: Mention) -> bool:
    """Whether a value alone tells what it repeats within one sheet: three digits or more, not a round hundred."""
    return mention.sort == "count" and mention.value >= 100 and mention.value % 100 != 0


def _measured_alike(mention: Mention, quantity: Quantity) -> bool:
    if mention.sort == "percent":
        return quantity.unit is not None and quantity.unit.symbol == "%"
    if quantity.unit is None:
        return mention.sort == "count"
    if mention.unit is None or mention.unit.dimension == quantity.unit.dimension:
        return quantity.unit.symbol != "%"
    # 套 and 户 stand for one another in these reports; so do 件 and 起
    pairs = ({"dwelling", "household"}, {"community", "item"})
    return any({mention.unit.dimension, quantity.unit.dimension} == pair for pair in pairs)


def _quantity_equal(mention: Mention, quantity: Quantity) -> bool:
    return mention.base == quantity.base or mention.value == quantity.value


def _equal(mention: Mention, fact: Fact) -> bool:
    """Equal as printed, or the same figure printed with fewer decimals (922.4 for 922.45), rounded or cut off."""
    if fact.unit is None or mention.unit is None or fact.unit.dimension != mention.unit.dimension:
        return mention.value == fact.number
    one, other = mention.base, fact.quantity.base
    if one == other:
        return True
    places = mention.decimals if mention.decimals < max(fact.decimals or 0, 2) else 2
    if mention.decimals == 0 and abs(other) < 100 * mention.unit.factor:
        return False
    return abs(one - other) < Decimal(1).scaleb(-places) * mention.unit.factor


def _within_percent(mention: Mention, fact: Fact) -> bool:
    """Whether two amounts differ by no more than a hundredth: one figure with a slip, not two."""
    other = fact.quantity.base
    return other != 0 and abs(mention.base - other) * 100 <= abs(other)


def _sheet_core(words: str) -> str:
    text = re.sub(r"^\d+[.、]|(?:19|20)\d\d年度?|[(（][^()（）]*[)）]", "", words)
    text = re.sub(
        r"(?:项目)?(?:支出)?(?:绩效)?自评(?:表)?(?:/|和|及)?(?:自评)?(?:综述|结果|表|情况|报告)*.*$", "", text
    )
    text = re.sub(r"[\d.]+万?元$", "", text)
    core = key_of(text)
    for suffix in (
        "工作经费",
        "专项经费",
        "专项资金",
        "补助资金",
        "业务支出",
        "经费",
        "资金",
        "项目",
        "支出",
        "工程",
    ):
        if core.endswith(suffix) and len(core) - len(suffix) >= 3:
            core = core.removesuffix(suffix)
    return core


def bind_sums(binder: Binder, claims: Iterable[Claim]) -> None:
    """Cells for totals and parts of sums (and of lists within a whole)."""
    for claim in claims:
        paragraph = binder.reading.paragraphs[claim.paragraph]
        total = claim.roles.get("total")
        planned = total is not None and _stage_of(binder.reading, paragraph, total) in (
            "budget",
            "target",
            "prior",
        )
        for role, mention in claim.roles.items():
            label = claim.labels.get(role, "") if role != "total" else claim.subject
            if mention.sort == "score":
                found = binder.score("总分" if role == "total" else label, mention, paragraph)
            elif planned or label == "增加额":
                found = None
            else:
                found = _money_or_indicator(binder, label, mention, paragraph)
            if found is not None:
                claim.cells[role] = found.text


def _money_or_indicator(binder: Binder, label: str, mention: Mention, paragraph: Paragraph) -> Binding | None:
    level = _level(paragraph, mention)
    stage = level.stage if level is not None else ""
    if stage == "executed":
        stage = ""
    own = level if level is not None and level.label else Level(mention, label, stage, 0)
    found = binder.account(label or own.label, mention, stage, paragraph)
    if found is None and not binder.has_accounts:
        found = binder.amount(own, paragraph)
    return found or binder.indicator(mention, label or own.label, stage, paragraph)


def _level(paragraph: Paragraph, mention: Mention) -> Level | None:
    return paragraph.level_of(mention)


def _stage_of(reading: Reading, paragraph: Paragraph, mention: Mention) -> str:
    level = paragraph.level_of(mention)
    return level.stage if level is not None else ""


def bind_rates(binder: Binder, claims: Iterable[Claim]) -> None:
    """Cells for growths, completions, shares and balances."""
    for claim in claims:
        paragraph = binder.reading.paragraphs[claim.paragraph]
        if claim.kind == "completion" and not _of_accounts(binder, claim):
            cells = binder.execution(claim, paragraph)
            claim.cells.update(cells)
            if cells:
                continue
        for role in ("current", "part", "whole", "executed", "budget", "minuend", "subtrahend"):
            mention = claim.roles.get(role)
            if mention is None or role in claim.cells:
                continue
            home = next((p for p in binder.reading.paragraphs if p.passage is mention.passage), paragraph)
            level = home.level_of(mention)
            stage = "budget" if role == "budget" else ""
            if level is not None and level.stage in ("prior", "target") and role != "budget":
                continue
            label = _claim_label(claim, role, level)
            found = binder.account(label, mention, stage, home)
            if found is None and role in ("budget", "executed") and mention.sort == "count":
                found = binder.indicator(mention, label, "target" if role == "budget" else "", home)
            elif found is None and level is not None and not binder.has_accounts:
                found = binder.amount(level, home)
            if found is not None:
                claim.cells[role] = found.text


def _of_accounts(binder: Binder, claim: Claim) -> bool:
    """Whether a completion speaks of a figure of the final accounts, not of a sheet."""
    executed = claim.roles.get("executed")
    paragraph = binder.reading.paragraphs[claim.paragraph]
    name = re.sub(r"完成.*$", "", claim.subject)
    return executed is not None and binder.account(name, executed, "", paragraph) is not None


def _claim_label(claim: Claim, role: str, level: Level | None) -> str:
    """The name under which a role is looked up: its own, or the claim's where it only says 决算 or 预算."""
    own = level.label if level is not None else ""
    subject = re.sub(r"(?:完成.*|预算执行|比上年|比年初预算)$", "", claim.subject)
    if role in ("budget", "executed", "current") and (len(core_of(own)) < 3 or "算" in own or "执行" in own):
        return subject
    if role == "current":
        return own or subject
    return own
