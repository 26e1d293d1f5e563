"""The report being written: the facts at hand, and those computed on the way (shares, sums, counts).

Sections and tables ask it for cells and figures; whatever they compute is kept as a fact with its formula and its
inputs, so that :class:`~guangsha.documents.writing.tree.Document` can hand all of them on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from guangsha.checker.registry import CheckResult
from guangsha.documents.writing.content.derived import keys_of, score_facts, score_key
from guangsha.documents.writing.prose import (
    Figure,
    Value,
    Year,
    compose,
    date_words,
    in_sentence,
    merge_runs,
    money_text,
    points_of,
    show,
    strip_zeros,
)
from guangsha.documents.writing.tree import Align, Cell, Heading, Paragraph, Run
from guangsha.facts.accounts import Accounts
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import DerivedSource, Fact, FactSet
from guangsha.facts.report import Report
from guangsha.kernel.findings import Severity
from guangsha.kernel.money import wan_yuan
from guangsha.kernel.numbers import decimals_of, divide, plain
from guangsha.scoring.profile import Profile, Rounding
from guangsha.scoring.results import ScoredIndicator, ScoredSheet, Scores

#: Shares and rates of the text that no profile rounds otherwise.
PERCENT_ROUNDING = Rounding(2)
#: Cells with more characters than this read better from the left.
CENTRED_MAX = 14


class Draft:
    """Facts, scores and profile of one report, and the derived facts of its text."""

    def __init__(
        self,
        facts: FactSet,
        profile: Profile,
        scores: Scores,
        checked: CheckResult | None = None,
        accounts: Sequence[Fact] = (),
    ) -> None:
        self.report = Report(facts)
        self.facts = facts
        self.profile = profile
        self.scores = scores
        self._derived: dict[str, Fact] = {}
        self.accounts = Accounts(self.report)
        rebuilt = accounts or tuple(self.accounts.rebuilt())
        for fact in (*score_facts(self.report, scores, profile), *rebuilt):
            self._derived[fact.key] = fact
        self._marked = _marked_keys(checked)

    # --- words of the place --------------------------------------------------------------------------------

    @property
    def year(self) -> int:
        return self.facts.year

    @property
    def unit(self) -> str:
        return self.facts.unit

    @property
    def body(self) -> str:
        """单位 or 部门, as this place says (the two must not be mixed, performance.md §4.8)."""
        return self.profile.document.body

    def word(self, key: str, otherwise: str) -> str:
        """A word of the profile; ``otherwise`` where the place has no wording of its own."""
        return self.profile.document.words.get(key, otherwise)

    def fact(self, concept: str) -> Fact | None:
        return self.facts.find(concept)

    # --- derived facts -----------------------------------------------------------------------------------

    @property
    def derived(self) -> tuple[Fact, ...]:
        return tuple(self._derived.values())

    def any_fact(self, key: str) -> Fact | None:
        """A given or derived fact by its key."""
        return self.facts.by_key(key) or self._derived.get(key)

    def computed(self, concept: str, **dimensions: str) -> Fact | None:
        """A fact with the basis ``computed``."""
        inside = ",".join(f"{n}={v}" for n, v in sorted({"basis": "computed", **dimensions}.items()))
        return self._derived.get(f"{concept}[{inside}]@{self.year}")

    def _keep(
        self, concept: str, statement: str, role: str, value: Decimal, formula: str, inputs: tuple[str, ...]
    ) -> Fact:
        fact = Fact.of(
            concept,
            value,
            year=self.year,
            decimals=decimals_of(value),
            source=DerivedSource(formula, inputs),
            statement=f"text.{statement}",
            role=role,
        )
        self._derived[fact.key] = fact
        return fact

    def sum_of(self, statement: str, facts: Iterable[Fact | None], formula: str) -> Fact | None:
        """The sum of the amounts that are there, in 万元; None when none is."""
        there = [fact for fact in facts if fact is not None]
        if not there:
            return None
        total = wan_yuan(sum(fact.fen for fact in there))
        return self._keep("statement.amount", statement, "total", total, formula, keys_of(*there))

    def difference(self, statement: str, more: Fact, less: Fact, formula: str) -> Fact:
        """``more - less`` in 万元, with its sign."""
        value = wan_yuan(more.fen - less.fen)
        return self._keep("statement.amount", statement, "delta", value, formula, keys_of(more, less))

    def size(self, statement: str, fact: Fact) -> Fact:
        """The amount without its sign, for words that already say 增加 or 减少."""
        value = abs(wan_yuan(fact.fen))
        return self._keep("statement.amount", statement, "amount", value, "差额的绝对值", keys_of(fact))

    def ratio(
        self,
        statement: str,
        part: Fact | None,
        whole: Fact | None,
        formula: str,
        rounding: Rounding = PERCENT_ROUNDING,
    ) -> Fact | None:
        """``part / whole`` in percent; None where there is no denominator (a percentage of nothing is none)."""
        if part is None or whole is None or whole.number == 0:
            return None
        if part.declared.kind is Kind.MONEY:
            value = divide(Decimal(part.fen) * 100, Decimal(whole.fen))
        else:
            value = divide(part.number * 100, whole.number)
        text = show(value, rounding)
        return self._keep(
            "statement.percent", statement, "percent", Decimal(text), formula, keys_of(part, whole)
        )

    def count(self, statement: str, number: int, formula: str, inputs: Iterable[str] = ()) -> Fact:
        """How many of something the report speaks of."""
        return self._keep("statement.count", statement, "count", Decimal(number), formula, tuple(inputs))

    # --- sentences ---------------------------------------------------------------------------------------

    def named(self, text: str) -> tuple[Run, ...]:
        """A name that somebody gave (a goal, a label), with the key of a fact that holds exactly these words."""
        return (Run(text, fact=self._keys_by_text.get(text, "")),)

    @cached_property
    def _keys_by_text(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for fact in self.facts:
            if isinstance(fact.value, str):
                found.setdefault(fact.value, fact.key)
        return found

    def say(self, template: str, **values: Value | Fact | Sequence[Run]) -> tuple[Run, ...]:
        """One sentence; facts become figures, ``{year}``, ``{unit}`` and ``{body}`` are known to every template."""
        known: dict[str, Value | Sequence[Run]] = {
            "year": Year(self.year),
            "prior_year": Year(self.year - 1),
            "body": self.body,
            "unit": (Run(self.unit),),
        }
        for name, value in values.items():
            known[name] = in_sentence(value) if isinstance(value, Fact) else value
        return compose(template, **known)

    def paragraph(self, *sentences: Sequence[Run]) -> Paragraph:
        """Sentences one after another as a paragraph."""
        return Paragraph(merge_runs(run for sentence in sentences for run in sentence))

    def numbered(self, number: int, *sentences: Sequence[Run]) -> Paragraph:
        """A paragraph that begins with its number in a list (1．)."""
        return self.paragraph((Run(f"{number}．"),), *sentences)

    def points(self, fact: Fact) -> list[Paragraph]:
        """A clerk's points, each a paragraph, numbered when there is more than one."""
        points = points_of(fact.text)
        said = [self.say("{point}。", point=Figure(point, fact.key)) for point in points]
        if len(said) == 1:
            return [self.paragraph(said[0])]
        return [self.numbered(number, runs) for number, runs in enumerate(said, start=1)]

    def heading(self, level: int, text: str) -> Heading:
        return Heading(level, text)

    # --- cells -------------------------------------------------------------------------------------------

    def is_marked(self, key: str) -> bool:
        return bool(key) and (
            key in self._marked or key.replace("basis=computed", "basis=published") in self._marked
        )

    def cell(
        self, text: str, fact: Fact | None = None, *, cols: int = 1, rows: int = 1, align: Align | None = None
    ) -> Cell:
        """A body cell; long words stand left, the rest centred unless ``align`` says otherwise."""
        side: Align = align or ("left" if len(text) > CENTRED_MAX else "center")
        key = fact.key if fact else ""
        return Cell(text, cols, rows, side, False, key, self.is_marked(key))

    def head(self, text: str, *, cols: int = 1, rows: int = 1, align: Align = "center") -> Cell:
        return Cell(text, cols, rows, align, True)

    def money(self, fact: Fact | None, *, cols: int = 1, rows: int = 1, align: Align = "right") -> Cell:
        """An amount in 万元, two decimals; a blank stays blank."""
        return self.cell(money_text(fact) if fact else "", fact, cols=cols, rows=rows, align=align)

    def number(self, fact: Fact | None, *, cols: int = 1, rows: int = 1) -> Cell:
        """A count or a weight, without trailing zeros."""
        text = strip_zeros(plain(fact.number)) if fact else ""
        return self.cell(text, fact, cols=cols, rows=rows, align="center")

    def percent(self, fact: Fact | None, *, cols: int = 1, rows: int = 1) -> Cell:
        text = f"{fact.text}%" if fact else ""
        return self.cell(text, fact, cols=cols, rows=rows, align="center")

    def score(self, fact: Fact | None, *, cols: int = 1, rows: int = 1) -> Cell:
        """A score as its fact holds it: computed scores are already rounded as the place prints them."""
        return self.cell(fact.text if fact else "", fact, cols=cols, rows=rows, align="center")

    def text(self, fact: Fact | None, *, cols: int = 1, rows: int = 1, align: Align | None = None) -> Cell:
        words = ""
        if fact:
            words = date_words(fact.text) if fact.declared.kind is Kind.DATE else fact.text.strip()
        return self.cell(words, fact, cols=cols, rows=rows, align=align)

    # --- scores ------------------------------------------------------------------------------------------

    def row_score(self, sheet: ScoredSheet, row: ScoredIndicator) -> Fact | None:
        """The fact of a row's score: the unit's own where that counts, else the computed one."""
        own = score_key(row)
        if own is not None:
            return self._as_printed(own)
        return self.computed("indicator.score", sheet=sheet.sheet.id, indicator=row.indicator.key)

    def _as_printed(self, fact: Fact) -> Fact:
        text = show(fact.number, self.profile.indicator_score)
        return replace(fact, value=Decimal(text), decimals=decimals_of(Decimal(text)))

    def of_sheet(self, concept: str, sheet: ScoredSheet) -> Fact | None:
        """A computed result of one sheet, such as ``execution.score`` or ``sheet.total``."""
        return self.computed(concept, sheet=sheet.sheet.id)

    @property
    def overall(self) -> ScoredSheet | None:
        return next((sheet for sheet in self.scores.sheets if sheet.sheet.kind == "overall"), None)

    @property
    def projects(self) -> tuple[ScoredSheet, ...]:
        return tuple(sheet for sheet in self.scores.sheets if sheet.sheet.kind == "project")


def _marked_keys(checked: CheckResult | None) -> frozenset[str]:
    if checked is None:
        return frozenset()
    found = (r.finding for r in checked.relations if r.finding is not None)
    grave = (f for f in found if f.severity in (Severity.ERROR, Severity.WARNING))
    return frozenset(key for finding in grave for key in finding.facts)
