"""Published figures laid beside those that records give (``evaluate --from-records --against``): what differs, as findings.

A figure that was measured is compared cell by cell. What the publication says of rates, scores and totals is given to the
checker together with the measured figures, so that the same rules that check a stranger's report find it.
"""

from __future__ import annotations

from decimal import Decimal

from guangsha.documents.writing.html_sources import fact_title
from guangsha.evaluation.package import Evaluation, evaluate_facts
from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Finding, Severity
from guangsha.kernel.measures import Quantity

#: The rule id of a cell that is not what the records say; the others are those of the checker.
RULE = "published"


def differences(evaluation: Evaluation, published: FactSet) -> list[Finding]:
    """Every finding that comes of laying ``published`` beside an evaluation from records.

    Raises:
        InputError: the publication is of another year.
    """
    ours = evaluation.facts
    if published.year != ours.year:
        raise InputError(
            f"对比的是 {published.year} 年度的数据，取数的是 {ours.year} 年度",
            advice="请给出同一年度已公布的数据文件。",
        )
    said = [fact for fact in published if fact.dimension("basis") == "published"]
    cells = [
        found
        for fact in published
        if not fact.dimension("basis")
        for found in _cell(fact, ours.by_key(fact.key), ours)
    ]
    beside = evaluate_facts(ours.plus(said))
    # a finding that stands also without the publication is none of its own
    known = {(f.rule, f.message) for f in _findings(evaluation)}
    keys = {fact.key for fact in said}
    results = [f for f in _findings(beside) if (f.rule, f.message) not in known and keys & set(f.facts)]
    return [*cells, *results]


def _findings(evaluation: Evaluation) -> list[Finding]:
    return [relation.finding for relation in evaluation.checked.relations if relation.finding is not None]


def _cell(published: Fact, measured: Fact | None, ours: FactSet) -> list[Finding]:
    if measured is None or _same(published, measured):
        return []
    label = fact_title(measured, ours)
    number = isinstance(published.value, Decimal)
    return [
        Finding(
            RULE,
            Severity.ERROR if number else Severity.WARNING,
            "cell" if number else "text",
            f"“{label}”公布为 {_told(published)}，按业务记录为 {_told(measured)}。",
            expected=_told(measured),
            found=_told(published),
            where=(published.place(), measured.place()),
            advice="请核对公布的数和业务记录哪一个有误。",
            facts=(published.key,),
        )
    ]


def _told(fact: Fact) -> str:
    unit = fact.unit.symbol if fact.unit and isinstance(fact.value, Decimal) else ""
    return f"{fact.text}{unit}"


def _same(one: Fact, other: Fact) -> bool:
    if isinstance(one.value, Decimal) and isinstance(other.value, Decimal):
        return Quantity(one.value, one.unit).base == Quantity(other.value, other.unit).base
    return one.text == other.text
