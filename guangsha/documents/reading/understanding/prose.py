"""From prose to statements: the numeric claims of a report's text as facts.

``read_prose`` joins torn lines to paragraphs (``prose_text``), takes figures with their units (``prose_numbers``) and
the words that name them (``prose_labels``), finds what is claimed about them (``prose_sums``, ``prose_rates``,
``prose_lists``, ``prose_repeats``) and binds each figure to the table figure that it repeats (``prose_bind``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.understanding.prose_bind import Binder, bind_rates, bind_sums
from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Paragraph, Reading, subject_of
from guangsha.documents.reading.understanding.prose_class_lists import (
    read_class_lists,
    read_three_public_lists,
)
from guangsha.documents.reading.understanding.prose_detail import Detail, read_detail, read_three_public
from guangsha.documents.reading.understanding.prose_handled import read_handled
from guangsha.documents.reading.understanding.prose_labels import clean_label, noun_after
from guangsha.documents.reading.understanding.prose_lists import read_lists
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.documents.reading.understanding.prose_rates import (
    read_balances,
    read_completions,
    read_growth,
)
from guangsha.documents.reading.understanding.prose_repeats import read_echoes, read_repeats
from guangsha.documents.reading.understanding.prose_shares import read_shares
from guangsha.documents.reading.understanding.prose_sums import read_sums
from guangsha.facts.classification import class_rows
from guangsha.facts.fact import CellSource, Fact, FactSet
from guangsha.kernel.measures import POINTS

_LABEL_MAX = 60
#: Statements of one document; a text that claims more than this is no report.
_STATEMENTS_MAX = 20_000


class Identity(Protocol):
    """Whose document it is and of which fiscal year."""

    @property
    def year(self) -> int: ...

    @property
    def unit(self) -> str: ...


def read_prose(
    document: SourceDocument, identity: Identity, table_facts: FactSet | Iterable[Fact]
) -> list[Fact]:
    """The numeric statements of ``document`` and the detail figures of its text.

    Args:
        document: as a format reader left it.
        identity: the unit whose name says nothing about a figure, and the fiscal year.
        table_facts: figures read from the document's tables, to which those of the prose are bound.

    Returns:
        ``statement.*`` and, where the document holds no final accounts, ``detail.*`` facts. Each names the line, page
        and clause that it was read from; every key once.
    """
    facts = _fact_set(identity, table_facts)
    reading = Reading(document, owner=identity.unit, year=identity.year)
    binder = Binder(reading, facts)
    claims = read_claims(reading, binder)
    detail = Detail()
    if not binder.accounts.given:
        detail, claims = read_detail(claims, identity.year)
        read_three_public(reading, detail)
    made = list(_detail_facts(document, identity.year, detail))
    for number, claim in enumerate(claims[:_STATEMENTS_MAX], 1):
        made.extend(_statement_facts(document, identity.year, f"prose-{number:04d}", claim))
    return made


def _fact_set(identity: Identity, table_facts: FactSet | Iterable[Fact]) -> FactSet:
    if isinstance(table_facts, FactSet):
        kept = [fact for fact in table_facts if not fact.concept.startswith(("statement.", "detail."))]
        return FactSet(identity.unit, identity.year, table_facts.profile, kept)
    first: dict[str, Fact] = {}
    for fact in table_facts:
        if not fact.concept.startswith(("statement.", "detail.")):
            first.setdefault(fact.key, fact)
    return FactSet(identity.unit, identity.year, "", first.values())


def read_claims(reading: Reading, binder: Binder) -> list[Claim]:
    """Every claim of the text in reading order, figures bound to their tables."""
    completions = read_completions(reading)
    sums = read_sums(reading)
    sums.extend(read_class_lists(reading, completions, [row.name for row in class_rows(reading.year)]))
    growth = read_growth(reading)
    rates = [*growth, *completions, *read_shares(reading), *read_balances(reading)]
    bind_sums(binder, [claim for claim in (*sums, *rates) if claim.kind in ("sum", "limit")])
    bind_rates(binder, [claim for claim in rates if claim.kind != "limit"])
    sums.extend(read_three_public_lists(reading, completions))
    claims = [*sums, *rates, *read_lists(reading)]
    claims.extend(read_handled(reading, claims))
    claims.extend(_quotations(reading, binder, claims))
    claims.extend(read_repeats(reading, binder))
    claims.extend(read_echoes(reading, sums))
    return sorted(claims, key=lambda claim: (claim.paragraph, _position(reading, claim)))


def _position(reading: Reading, claim: Claim) -> int:
    own = reading.paragraphs[claim.paragraph].passage
    return min((m.start for m in claim.mentions() if m.passage is own), default=0)


def _quotations(reading: Reading, binder: Binder, claims: Iterable[Claim]) -> Iterator[Claim]:
    """Figures that stand in no other claim but repeat a figure of a table."""
    bound = {id(claim.roles[role]) for claim in claims for role in claim.cells if role in claim.roles}
    used = {
        id(mention) for claim in claims if claim.kind in ("sum", "completion") for mention in claim.mentions()
    }
    for paragraph in reading.paragraphs:
        if paragraph.passage.form:
            continue  # goals and rows of the sheets are the business of rule K26
        for level in paragraph.levels:
            if id(level.mention) in bound or id(level.mention) in used:
                continue
            claim = _quotation(binder, paragraph, level)
            if claim is not None:
                yield claim
        for percent in paragraph.percents:
            if id(percent) not in bound and id(percent) not in used:
                found = binder.rate(percent) or binder.indicator(
                    percent, _percent_label(percent), "", paragraph
                )
                if found is not None:
                    name = _percent_label(percent) or "百分比"
                    yield Claim(
                        "share",
                        name,
                        {"percent": percent},
                        cells={"percent": found.text},
                        paragraph=paragraph.index,
                    )


def _percent_label(percent: Mention) -> str:
    return clean_label(percent.before)


def _quotation(binder: Binder, paragraph: Paragraph, level: Level) -> Claim | None:
    mention = level.mention
    stage = "" if level.stage == "executed" else level.stage
    if mention.sort == "score":
        if level.stage == "full":
            return None
        found = binder.score(level.label, mention, paragraph)
        told = paragraph.passage.text[paragraph.sentences[mention.sentence].start : mention.start]
        if found is None or not re.search(r"得分|总分|评分|自评", level.label or told):
            listed = found is not None and re.search(r"得分|评分", told) and binder.sheet_named(level.label)
            if not listed:
                return None
        assert found is not None
        return Claim(
            "quote",
            level.label or "得分",
            {"count": mention},
            cells={"count": found.text},
            paragraph=paragraph.index,
        )
    funds = binder.funds(level, paragraph)
    if funds is not None:
        return Claim(
            "quote", level.label, {"amount": mention}, cells={"amount": funds.text}, paragraph=paragraph.index
        )
    if stage == "budget" or level.stage == "executed":
        level = replace(level, label=subject_of(binder.reading, paragraph, level))
    found = binder.accounts.find(level.label, mention, stage, paragraph)
    if found is None and not binder.accounts.given:
        found = binder.amount(level, paragraph)
    found = (
        found or binder.indicator(mention, level.label, stage, paragraph) or binder.spent(mention, paragraph)
    )
    role = "amount" if mention.sort == "money" else "count"
    subject = level.label or noun_after(mention) or role
    if found is not None:
        # an amount that repeats an aim as if it were the result is rule K26's; all others are compared by R01
        passed_off = role == "amount" and stage != "target" and found.cell.startswith("indicator.target")
        kind = role if passed_off or found.cell.startswith("accounts.") else "quote"
        return Claim(kind, subject, {role: mention}, cells={role: found.text}, paragraph=paragraph.index)
    if role == "amount" and "机关运行" in level.label:
        return Claim(role, level.label, {role: mention}, paragraph=paragraph.index)
    return None


# --- facts ------------------------------------------------------------------------------------------------


def _statement_facts(document: SourceDocument, year: int, key: str, claim: Claim) -> Iterator[Fact]:
    anchor = next(iter(claim.roles.values()))
    source = _source(document, anchor)
    yield Fact.of("statement.kind", claim.kind, year=year, source=source, statement=key)
    yield Fact.of(
        "statement.subject", claim.subject[:_LABEL_MAX] or claim.kind, year=year, source=source, statement=key
    )
    for role, mention in claim.roles.items():
        yield _number(document, year, key, role, mention, negative=role in claim.signs)
    for role, label in claim.labels.items():
        said = claim.roles.get(role, anchor)
        if label:
            yield Fact.of(
                "statement.label",
                label[:_LABEL_MAX],
                year=year,
                source=_source(document, said),
                statement=key,
                role=role,
            )
    for role, cell in claim.cells.items():
        said = claim.roles.get(role, anchor)
        yield Fact.of(
            "statement.cell", cell, year=year, source=_source(document, said), statement=key, role=role
        )


def _number(
    document: SourceDocument, year: int, key: str, role: str, mention: Mention, *, negative: bool
) -> Fact:
    value = -abs(mention.value) if negative else mention.value
    concept = {"money": "statement.amount", "percent": "statement.percent"}.get(
        mention.sort, "statement.count"
    )
    unit = POINTS if mention.sort == "score" else mention.unit
    return Fact.of(
        concept, value, year=year, unit=unit, decimals=mention.decimals, source=_source(document, mention),
        statement=key, role=role,
    )  # fmt: skip


def _source(document: SourceDocument, mention: Mention) -> CellSource:
    return mention.passage.source(document, mention.start, mention.end)


def _detail_facts(document: SourceDocument, year: int, detail: Detail) -> Iterator[Fact]:
    for (concept, dimension, value), mention in detail.figures.items():
        item, _, stage = dimension.partition("/")
        yield Fact(
            concept,
            (("item", item), ("stage", stage)) if stage else ((dimension, value),),
            mention.value,
            year,
            mention.unit,
            mention.decimals,
            _source(document, mention),
        )
    for programme, (name, mention) in detail.names.items():
        yield Fact.of(
            "detail.programme_name",
            name[:_LABEL_MAX],
            year=year,
            source=_source(document, mention),
            programme=programme,
        )
