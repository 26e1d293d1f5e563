"""What the pages of a unit's year show: versions, the figures of one, the records behind a figure, what changed between two."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guangsha.areas.performance.models import CellTrace, ReportVersion
from guangsha.audit.actor import Actor
from guangsha.documents.writing.html_sources import fact_title, fact_value
from guangsha.facts.fact import DerivedSource, EntrySource, Fact, FactSet, MetricSource
from guangsha.facts.metrics import METRICS, READERS, Record, Row, records_of
from guangsha.kernel.measures import UNITS
from guangsha.kernel.money import yuan
from guangsha.people.access import NotThere

#: Records of one page.
PAGE = 30
#: Records that a table of differences names for one figure; how many there are is always said.
NAMED_MAX = 20


def facts_of_version(version: ReportVersion) -> FactSet:
    """The facts as they were made."""
    return FactSet.from_json(json.loads(version.facts))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a version: its fact, what it is and where it comes from, in words.

    ``kind``: record, entered, computed or table (typed into the frame).
    """

    key: str
    title: str
    value: str
    kind: str
    place: str


_KINDS = {"record": "业务记录", "entered": "手工填写", "computed": "计算", "table": "取数表"}


def kind_name(kind: str) -> str:
    """Where a figure comes from, in Chinese."""
    return _KINDS[kind]


def _kind(fact: Fact, traced: frozenset[str], entered: frozenset[str]) -> str:
    if fact.key in traced:
        return "record"
    if isinstance(fact.source, DerivedSource):
        return "computed"
    return "entered" if fact.key in entered else "table"


def _place(fact: Fact) -> str:
    source = fact.source
    if isinstance(source, MetricSource):
        return f"{source.metric}，{source.records} 条记录"
    if isinstance(source, EntrySource):
        return f"{source.person} {source.entered_at}：{source.evidence}"
    if isinstance(source, DerivedSource):
        return source.formula
    return ""


def figures_of(version: ReportVersion) -> list[Figure]:
    """Every figure of a version in the order of the table, the computed ones after them; what the frame says is left out."""
    facts = facts_of_version(version)
    traced = frozenset(version.traces.values_list("fact", flat=True))
    frame = _frame_evidence(version)
    entered = frozenset(
        f.key for f in facts if isinstance(f.source, EntrySource) and f.source.evidence != frame
    )
    shown = []
    for fact in facts:
        kind = _kind(fact, traced, entered)
        if kind != "table" and not fact.concept.startswith("accounts."):
            shown.append(Figure(fact.key, fact_title(fact, facts), fact_value(fact), kind, _place(fact)))
    return shown


def _frame_evidence(version: ReportVersion) -> str:
    year = version.unit_year
    return f"指标取数表 {year.table_file}，摘要 {year.table_digest}"


# --- one figure opened -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure with everything behind it. ``traces`` is empty for figures that were entered or computed."""

    fact: Fact
    title: str
    value: str
    kind: str
    place: str
    steps: tuple[str, ...]
    traces: tuple[CellTrace, ...]


def open_figure(version: ReportVersion, key: str) -> Opened:
    """One figure of a version.

    Raises:
        NotThere: the version has no such figure.
    """
    facts = facts_of_version(version)
    fact = facts.by_key(key)
    if fact is None:
        raise NotThere
    traces = tuple(version.traces.select_related("records").filter(fact=key).order_by("position"))
    source = fact.source
    frame = isinstance(source, EntrySource) and source.evidence == _frame_evidence(version)
    kind = (
        "record"
        if traces
        else "computed"
        if isinstance(source, DerivedSource)
        else "table"
        if frame
        else "entered"
    )
    steps = tuple(source.formula.split("；")) if isinstance(source, DerivedSource) else ()
    return Opened(fact, fact_title(fact, facts), fact_value(fact), kind, _place(fact), steps, traces)


def records_of_trace(trace: CellTrace) -> tuple[Record, ...]:
    """The records as they were counted, in the order of their ids."""
    return records_of(zlib.decompress(bytes(trace.records.lines)))


def exact_value(trace: CellTrace) -> str:
    """The value before it was rounded: 元 for money, a fraction where it is none of whole numbers."""
    if not trace.exact:
        return "—"
    value = Fraction(trace.exact)
    if trace.unit == UNITS["fen"].symbol:
        return f"{yuan(int(value))} 元"
    text = str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    return f"{text} {trace.unit}".strip()


def formula_of(trace: CellTrace) -> str:
    """How the value follows from its records; of a metric that is no longer declared only its sentence is left."""
    known = METRICS.get(trace.metric)
    return known.formula if known is not None and known.version == trace.metric_version else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One record on a page: what it added, and its cells where the reader may see them."""

    record: Record
    row: Row | None
    amount: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Records of one kind on a page."""

    label: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]


def read_records(actor: Actor, trace: CellTrace, page: int) -> tuple[list[Listing], int]:
    """One page of the records behind a figure, by kind, and how many pages there are; one bounded query for each kind."""
    records = sorted(records_of_trace(trace), key=lambda record: record.place)
    pages = max(1, -(-len(records) // PAGE))
    chosen = records[(min(page, pages) - 1) * PAGE :][:PAGE]
    listings = []
    for kind in dict.fromkeys(record.kind for record in chosen):
        group = [record for record in chosen if record.kind == kind]
        listings.append(_listing(actor, kind, group, added_unit(trace)))
    return listings, pages


def added_unit(trace: CellTrace) -> str:
    """The unit of what the records of a figure state."""
    known = METRICS.get(trace.metric)
    return (known.adds if known is not None else "") or trace.unit


def _listing(actor: Actor, kind: str, group: Sequence[Record], unit: str) -> Listing:
    reader = READERS.get(kind)
    keys = [record.key for record in group]
    rows: Mapping[str, Row] = reader.read(actor, keys) if reader else {}
    lines = tuple(
        Line(record, rows.get(key), amount_text(record, unit))
        for record, key in zip(group, keys, strict=True)
    )
    return Listing(reader.label if reader else kind, reader.heads if reader else (), lines)


def amount_text(record: Record, unit: str) -> str:
    """What a record added, in words."""
    if unit == UNITS["fen"].symbol:
        return f"{yuan(record.amount)} 元"
    return str(record.amount) if record.of == 1 else f"{record.amount}/{record.of}"


# --- two versions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not what it was. ``came``, ``went``, ``changed``: records, at most :data:`NAMED_MAX` of each named."""

    key: str
    title: str
    before: str
    after: str
    came: tuple[Record, ...] = ()
    went: tuple[Record, ...] = ()
    changed: tuple[tuple[Record, Record], ...] = ()
    counts: tuple[int, int, int] = (0, 0, 0)
    unit: str = ""


def named_records(actor: Actor, found: Sequence[Difference]) -> dict[str, str]:
    """The records that differences name, in words, as far as the actor may see them; one query for each kind."""
    by_kind: dict[str, set[str]] = {}
    for one in found:
        for record in (*one.came, *one.went, *(pair[1] for pair in one.changed)):
            by_kind.setdefault(record.kind, set()).add(record.key)
    words: dict[str, str] = {}
    for kind, keys in by_kind.items():
        reader = READERS.get(kind)
        rows = reader.read(actor, sorted(keys)) if reader else {}
        words |= {f"{kind}:{key}": " ".join(rows[key].cells[:4]) for key in keys if key in rows}
    return words


def differences(before: ReportVersion, after: ReportVersion) -> list[Difference]:
    """Every figure whose value or records differ, in the order of the later version."""
    old, new = facts_of_version(before), facts_of_version(after)
    old_traces, new_traces = _traces(before), _traces(after)
    moves = _Moves()
    found = []
    for key in dict.fromkeys([fact.key for fact in new] + [fact.key for fact in old]):
        one, two = old.by_key(key), new.by_key(key)
        left, right = old_traces.get(key, {}), new_traces.get(key, {})
        parts = sorted(p for p in {*left, *right} if _digest(left, p) != _digest(right, p))
        if not parts and one is not None and two is not None and one.value == two.value:
            continue
        named = two or one
        assert named is not None
        said = tuple(fact_value(fact) if fact else "—" for fact in (one, two))
        moved = [moves.between(left.get(part), right.get(part)) for part in parts]
        came, went, changed = ([item for each in moved for item in each[place]] for place in range(3))
        trace = next((right.get(part) or left.get(part) for part in parts), None)
        found.append(
            Difference(
                key, fact_title(named, new if two else old), said[0], said[1], tuple(came[:NAMED_MAX]),
                tuple(went[:NAMED_MAX]), tuple(changed[:NAMED_MAX]), (len(came), len(went), len(changed)),
                added_unit(trace) if trace else "",
            )
        )  # fmt: skip
    return found


def _traces(version: ReportVersion) -> Mapping[str, Mapping[str, CellTrace]]:
    by_fact: dict[str, dict[str, CellTrace]] = {}
    for trace in version.traces.select_related("records").defer("records__lines"):
        by_fact.setdefault(trace.fact, {})[trace.part] = trace
    return by_fact


def _digest(traces: Mapping[str, CellTrace], part: str) -> str:
    return traces[part].records.digest if part in traces else ""


_Moved = tuple[list[Any], list[Any], list[Any]]


class _Moves:
    """What lies between two record sets; figures share their sets, so each pair is compared once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Moved] = {}

    def between(self, old: CellTrace | None, new: CellTrace | None) -> _Moved:
        """Records that came, went and changed (as pairs), in the order of a list."""
        pair = (old.records.digest if old else "", new.records.digest if new else "")
        if pair not in self._known:
            self._known[pair] = self._compared(old, new)
        return self._known[pair]

    @staticmethod
    def _compared(old: CellTrace | None, new: CellTrace | None) -> _Moved:
        left = {record.id: record for record in records_of_trace(old)} if old else {}
        right = {record.id: record for record in records_of_trace(new)} if new else {}
        came = [record for key, record in right.items() if key not in left]
        went = [record for key, record in left.items() if key not in right]
        changed = [(left[key], r) for key, r in right.items() if key in left and left[key] != r]
        return (
            sorted(came, key=lambda record: record.place),
            sorted(went, key=lambda record: record.place),
            sorted(changed, key=lambda pair: pair[1].place),
        )


# --- a report as JSON --------------------------------------------------------------------------------------


def opened_json(opened: Opened) -> dict[str, Any]:
    """A figure as JSON: what it is, and how it was made."""
    value = opened.fact.value
    return {
        "fact": opened.fact.as_json(),
        "title": opened.title,
        "value": str(value) if isinstance(value, Decimal) else value,
        "kind": opened.kind,
        "steps": list(opened.steps),
        "metrics": [
            {
                "part": trace.part, "metric": trace.metric, "version": trace.metric_version, "definition": trace.definition,
                "formula": formula_of(trace), "parameters": trace.parameters, "exact": trace.exact, "unit": trace.unit,
                "records": trace.records.count, "digest": trace.ids_digest, "content_digest": trace.records.digest,
            }
            for trace in opened.traces
        ],
    }  # fmt: skip
