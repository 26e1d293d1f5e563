"""A read document as facts: its identity, every form, the final accounts and the figures of the prose, in one set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guangsha.documents.reading.limits import UNDERSTOOD_CHARS_MAX
from guangsha.documents.reading.source import Line, SourceDocument, Spot
from guangsha.documents.reading.understanding.about_text import read_about
from guangsha.documents.reading.understanding.accounts import read_accounts
from guangsha.documents.reading.understanding.base_table import read_base_tables, read_staff
from guangsha.documents.reading.understanding.forms import forms_of
from guangsha.documents.reading.understanding.gathering import Gatherer
from guangsha.documents.reading.understanding.identify import Identity, identify
from guangsha.documents.reading.understanding.plain_tables import read_plain_tables
from guangsha.documents.reading.understanding.prose import read_prose
from guangsha.documents.reading.understanding.rollup_tables import read_rollups
from guangsha.documents.reading.understanding.sheet_inheritance import inherited
from guangsha.documents.reading.understanding.sheets import read_sheets, sheet_forms
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import CellSource, Fact, FactSet
from guangsha.kernel.errors import InputError, RuleMissing
from guangsha.scoring.profile import Profile, load_profile

#: The earliest year that profiles speak of; older reports are checked by its rules, and told so.
_EARLIEST_YEAR = 2020


@dataclass(frozen=True)
class Reading:
    """What was understood of a document.

    Args:
        document: as the format reader left it.
        identity: what it is, whose, of which year.
        facts: everything read, each key once.
        profile: the rules of the place in force in that year.
        notes: what had to be decided while reading, in Chinese, for the person who checks the report.
        bound: key of a fact → the spot where it stands, to mark it in the original.
    """

    document: SourceDocument
    identity: Identity
    facts: FactSet
    profile: Profile
    notes: tuple[str, ...]
    bound: Mapping[str, Spot]


def _refuse_endless(document: SourceDocument) -> None:
    characters = sum(
        len(block.text) if isinstance(block, Line) else sum(len(cell.text) for cell in block.cells)
        for block in document.blocks
    )
    if characters > UNDERSTOOD_CHARS_MAX:
        raise InputError(
            f"文档有 {characters // 10_000} 万字，超过上限 {UNDERSTOOD_CHARS_MAX // 10_000} 万字",
            where=document.file,
            advice="请核对是否选错了文件，或分成几份分别核对。",
        )


def understand(document: SourceDocument, profile: str | None = None, *, year: int | None = None) -> Reading:
    """Facts of ``document``.

    A document of an unknown kind still gives what its tables and sentences say.

    Args:
        profile: rules of the place by name, where the caller knows better than the document says.
        year: fiscal year, where the caller knows it.

    Raises:
        InputError: the document names no fiscal year, or is longer than :data:`limits.UNDERSTOOD_CHARS_MAX`.
        RuleMissing: no such profile.
    """
    _refuse_endless(document)
    forms = forms_of(document)
    identity = identify(document, forms, year=year)
    gatherer = Gatherer(document, identity.year)
    read_sheets(gatherer, forms)
    read_base_tables(gatherer, forms)
    if not any(fact.concept == "staff.employed" for fact in gatherer.found):
        for sheet in sheet_forms(forms):
            read_staff(gatherer, sheet.head, sheet.form.title)
    read_rollups(gatherer, forms)
    sheets = {fact.dimension("sheet") for fact in gatherer.found if fact.concept == "sheet.kind"}
    rollup = any(fact.concept == "rollup.score" for fact in gatherer.found)
    read_about(gatherer, document, overall="overall" in sheets, rollup=rollup)
    chosen, notes = _profile(profile or identity.profile_id, identity, asked=profile is not None)
    found = [*gatherer.found, *inherited(gatherer.found)]
    found += read_accounts(document, identity)
    kept, repeated = _first_of_each(found)
    tables = FactSet(identity.unit, identity.year, chosen.id, kept)
    prose = read_prose(document, identity, tables)
    plain = read_plain_tables(document, identity.year, found, gatherer.spots.values())
    kept, more = _first_of_each([*kept, *prose, *plain])
    statements = _repetitions([*repeated, *more], {fact.key: fact for fact in kept})
    facts = FactSet(identity.unit, identity.year, chosen.id, [*kept, *statements])
    notes = [*document.notes, *notes, *gatherer.notes]
    return Reading(
        document, identity, facts, chosen, tuple(dict.fromkeys(notes)), _bound(facts, gatherer.spots)
    )


def _profile(name: str, identity: Identity, *, asked: bool) -> tuple[Profile, list[str]]:
    """The profile's version for the year; for a year before all versions the earliest one, with a note."""
    notes = [] if asked else [f"{reason}，采用“{name}”口径。" for reason in identity.reasons]
    try:
        return load_profile(name, identity.year), notes
    except RuleMissing:
        if identity.year >= _EARLIEST_YEAR:
            raise
        chosen = load_profile(name, _EARLIEST_YEAR)
        notes.append(f"“{chosen.label}”没有 {identity.year} 年度的版本，按 {_EARLIEST_YEAR} 年度的口径核对。")
        return chosen, notes


# --- the same key twice ------------------------------------------------------------------------------------------


def _first_of_each(found: Iterable[Fact]) -> tuple[list[Fact], list[Fact]]:
    """The first fact of every key, and the later ones."""
    first: dict[str, Fact] = {}
    later: list[Fact] = []
    for fact in found:
        if first.setdefault(fact.key, fact) is not fact:
            later.append(fact)
    return list(first.values()), later


#: How a figure of each kind is stated: kind of statement, concept and role of its number.
_STATED: dict[Kind, tuple[str, str, str]] = {
    Kind.MONEY: ("amount", "statement.amount", "amount"),
    Kind.RATE: ("share", "statement.percent", "percent"),
    Kind.SCORE: ("count", "statement.count", "count"),
    Kind.COUNT: ("count", "statement.count", "count"),
}


def _repetitions(later: Iterable[Fact], kept: Mapping[str, Fact]) -> list[Fact]:
    """Figures that a document prints a second time as statements bound to the first, so that rules compare them.

    Texts are not compared: a second wording is no contradiction.
    """
    statements: list[Fact] = []
    for number, fact in enumerate(later, start=1):
        if fact.declared.kind in _STATED and not fact.concept.startswith("statement."):
            statements += _statement(f"again-{number:03d}", fact, kept[fact.key])
    return statements


def _statement(key: str, fact: Fact, first: Fact) -> list[Fact]:
    """A statement of ``fact``, bound to the cell of ``first``."""
    kind, concept, role = _STATED[fact.declared.kind]
    place = fact.source.cell if isinstance(fact.source, CellSource) else ""

    def text(of: str, value: str, role: str = "") -> Fact:
        dimensions = (*((("role", role),) if role else ()), ("statement", key))
        return Fact(of, dimensions, value, fact.year, source=fact.source)

    return [
        text("statement.kind", kind),
        text("statement.subject", f"{fact.declared.label}{place and f'（{place}）'}再次列示"),
        Fact(
            concept, (("role", role), ("statement", key)), fact.value, fact.year, fact.unit, fact.decimals,
            fact.source,
        ),
        text("statement.cell", cell_path(first), role),
    ]  # fmt: skip


def cell_path(fact: Fact) -> str:
    """How a statement names the cell it repeats: ``accounts.<table>/<row>/<column>``, other facts by their key."""
    if fact.concept.startswith("accounts.") and fact.dimension("row"):
        return f"{fact.concept}/{fact.dimension('row')}/{fact.dimension('column')}"
    return fact.key


def _bound(facts: FactSet, spots: Mapping[str, Spot]) -> dict[str, Spot]:
    """Where each fact stands; facts of other readers carry it in their source."""
    bound: dict[str, Spot] = {}
    for fact in facts:
        if fact.key in spots:
            bound[fact.key] = spots[fact.key]
        elif isinstance(fact.source, CellSource):
            bound[fact.key] = Spot(fact.source.line, fact.source.page, fact.source.cell)
    return bound
