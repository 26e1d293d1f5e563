"""Copies of a report with one digit changed, and whether a checker's findings notice the change and point at it.

Two populations. ``annotated_mutants`` changes a figure of a careful reader's list (:mod:`annotations`): the change is
fair when at least one relation that held, or was a rounding tail, is broken by it beyond what rounding can cause; any
smaller change could not be told by anybody. ``repeated_mutants`` needs no list: it changes an amount that a document
prints more than once, so that the copy contradicts itself; it serves documents in any format and of any unit.
"""

from __future__ import annotations

import io
import random
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from guangsha.checking import CheckedDocument, check_file
from guangsha.kernel.findings import Finding, Outcome, Place, Severity
from guangsha.testing.annotations import Annotated, AnnotatedReport, Figure, Mistake, Text, numbers_in

#: An amount with so many significant digits is not printed twice by chance.
_SIGNIFICANT_MIN = 4
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
#: Tries to find a fair change before a figure or a document is given up.
_TRIES = 400


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed digit: where it stood, how the number read before and reads now, and which relations it breaks."""

    figure: Figure
    now: str
    relations: tuple[Annotated, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({relation.kind for relation in self.relations}))

    def __str__(self) -> str:
        notes = "、".join(dict.fromkeys(relation.note for relation in self.relations))
        return f"{self.figure} → {self.now}（{'/'.join(self.kinds)}：{notes}）"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant: ``found`` by a new error or warning, which ``points`` at it or at a ``partner``."""

    found: bool
    points: bool
    partner: bool
    rules: tuple[str, ...] = ()


# --- changing a digit -------------------------------------------------------------------------------------------


def changed_digits(text: str) -> Iterator[str]:
    """Every reading of the number ``text`` with one digit changed; never a leading zero, blanks and commas stay.

    >>> list(changed_digits("10"))[:3]
    ['20', '30', '40']
    >>> "0.5" in set(changed_digits("1.5")), "05" in set(changed_digits("15"))
    (True, False)
    """
    first = re.search(r"\d", text)
    whole = re.match(r"[\d, ]*", text)
    digits_before_point = sum(c.isdigit() for c in whole[0]) if whole else 0
    for position, old in enumerate(text):
        if not old.isdigit():
            continue
        leading = first is not None and position == first.start() and digits_before_point > 1
        for new in "0123456789":
            if new != old and not (leading and new == "0"):
                yield text[:position] + new + text[position + 1 :]


def value_of(text: str) -> Fraction:
    """The number that ``text`` prints, blanks and commas aside."""
    return Fraction(re.sub(r"[ ,]", "", text))


# --- mutants of an annotated report -----------------------------------------------------------------------------


def annotated_mutants(report: AnnotatedReport, text: Text, count: int, seed: int) -> list[Mutant]:
    """``count`` different fair mutants: a figure by chance, one of its digits by chance (fewer if there are not so many)."""
    chance = random.Random(f"{report.document} {seed}")
    sound = [relation for relation in report.relations if relation.outcome is not Outcome.BROKEN]
    figures = sorted({figure for relation in sound for figure in relation.figures})
    taking_part = {f: tuple(r for r in sound if f in r.figures) for f in figures}
    mutants: dict[tuple[Figure, str], Mutant] = {}
    for _ in range(count * _TRIES):
        if len(mutants) == count:
            break
        figure = chance.choice(figures)
        now = chance.choice(list(changed_digits(text.find(figure).text)))
        broken = broken_by(taking_part[figure], figure, value_of(now))
        if broken:
            mutants.setdefault((figure, now), Mutant(figure, now, broken))
    return list(mutants.values())


def mutants_for_all(report: AnnotatedReport, text: Text, seed: int) -> tuple[list[Mutant], list[Annotated]]:
    """Changes by which every relation can be shown to be known, and the relations that no single digit breaks.

    For every figure the change that breaks most of its relations; then one more for each relation that none breaks yet.
    """
    chance = random.Random(f"{report.document} all {seed}")
    figures = sorted({figure for relation in report.relations for figure in relation.figures})
    mutants = [_strongest(report.relations_of(figure), figure, text, chance) for figure in figures]
    broken = {relation.id for mutant in mutants for relation in mutant.relations}
    unbreakable: list[Annotated] = []
    for relation in report.relations:
        if relation.id in broken:
            continue
        tries = (_strongest([relation], figure, text, chance) for figure in relation.figures)
        strongest = next((mutant for mutant in tries if mutant.relations), None)
        if strongest is None:
            unbreakable.append(relation)
        else:
            mutants.append(strongest)
    return mutants, unbreakable


def _strongest(relations: Iterable[Annotated], figure: Figure, text: Text, chance: random.Random) -> Mutant:
    taking_part = tuple(relations)
    readings = list(changed_digits(text.find(figure).text))
    chance.shuffle(readings)
    best = max(readings, key=lambda now: len(broken_by(taking_part, figure, value_of(now))))
    return Mutant(figure, best, broken_by(taking_part, figure, value_of(best)))


def broken_by(relations: Iterable[Annotated], figure: Figure, value: Fraction) -> tuple[Annotated, ...]:
    """Those of ``relations`` that no longer hold when ``figure`` reads ``value``."""
    return tuple(r for r in relations if r.judge({figure: value}) is Outcome.BROKEN)


def mutated_text(text: Text, mutant: Mutant) -> str:
    """The whole report with the digit changed."""
    return text.with_number(text.find(mutant.figure), mutant.now)


# --- judging findings -------------------------------------------------------------------------------------------


def new_findings(before: Sequence[Finding], after: Sequence[Finding]) -> list[Finding]:
    """Errors and warnings of ``after`` that ``before`` has not, told apart by rule, severity and message."""
    known = Counter((f.rule, f.severity, f.message) for f in before)
    fresh: list[Finding] = []
    for finding in after:
        key = (finding.rule, finding.severity, finding.message)
        if known[key] > 0:
            known[key] -= 1
        elif finding.severity is not Severity.INFO:
            fresh.append(finding)
    return fresh


def judge(mutant: Mutant, before: Sequence[Finding], after: Sequence[Finding]) -> Verdict:
    """Whether ``after`` tells of ``mutant``, and whether the places it names are those of the change."""
    fresh = new_findings(before, after)
    value = value_of(mutant.now)
    points = any(names(f, mutant.figure.line, value) for f in fresh)
    others = {other for relation in mutant.relations for other in relation.figures if other != mutant.figure}
    partner = any(names(f, other.line, other.value) for f in fresh for other in others)
    return Verdict(bool(fresh), points, partner, tuple(sorted({f.rule for f in fresh})))


def names(finding: Finding, line: int, value: Fraction) -> bool:
    """Whether a finding's places hold a figure of this ``value`` on this ``line``."""
    return any(place.line == line and value in _values(finding, place) for place in finding.where)


def _values(finding: Finding, place: Place) -> set[Fraction]:
    """Numbers quoted at a place; where nothing is quoted, those that the finding speaks of."""
    return numbers_in(place.quote or f"{finding.found} {finding.expected} {finding.message}")


def known_relations(
    report: AnnotatedReport, changes: Iterable[tuple[Mutant, Sequence[Finding]]]
) -> frozenset[str]:
    """Ids of the relations that a checker has: breaking one is told with a second figure of it.

    ``changes`` are mutants with the new findings of each. A finding that names the changed figure together with another
    of the same relation shows that the checker had set the one against the other, also where nothing was wrong. Where
    one quantity stands in many places, the checker may compare them in another order than the list does: two of
    them are known as equal when its comparisons lead from the one to the other.
    """
    quantities = _Sets()
    for relation in report.relations:
        if relation.outcome is not Outcome.BROKEN and relation.says_the_same:
            quantities.join(*relation.figures)
    compared, known = _Sets(), set()
    for mutant, fresh in changes:
        figure, value = mutant.figure, value_of(mutant.now)
        pointing = [finding for finding in fresh if names(finding, figure.line, value)]
        for other in quantities.of(figure):
            if other != figure and _named(pointing, [other]):
                compared.join(figure, other)
        for relation in report.relations_of(figure):
            if relation.judge({figure: value}) is Outcome.BROKEN:
                others = set(relation.figures) - {figure}
                if _named(pointing, others) or (pointing and not others):
                    known.add(relation.id)
    for relation in report.relations:
        if relation.says_the_same and compared.of(relation.figures[0]).issuperset(relation.figures):
            known.add(relation.id)
    return frozenset(known)


def _named(findings: Iterable[Finding], figures: Iterable[Figure]) -> bool:
    wanted = tuple(figures)
    return any(names(finding, figure.line, figure.value) for finding in findings for figure in wanted)


class _Sets:
    """Sets of figures that grow together."""

    def __init__(self) -> None:
        self._sets: dict[Figure, set[Figure]] = {}

    def of(self, figure: Figure) -> set[Figure]:
        return self._sets.get(figure, {figure})

    def join(self, *figures: Figure) -> None:
        merged = set(figures).union(*(self.of(figure) for figure in figures))
        for figure in merged:
            self._sets[figure] = merged


def wrongly_called(
    report: AnnotatedReport, relation: Annotated, findings: Iterable[Finding]
) -> list[Finding]:
    """Errors that set exactly the figures of ``relation`` against each other: wrong where it holds or is a tail.

    An error that tells of a listed mistake in other words (9 of 10 points without a reason) is right.
    """
    figures = set(relation.figures)
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR
        and not any(tells_of_mistake(mistake, [finding]) for mistake in report.mistakes)
        and len({(place.line, place.cell, place.quote) for place in finding.where}) <= len(figures)
        and all(names(finding, figure.line, figure.value) for figure in figures)
    ]


def tells_of_mistake(mistake: Mistake, findings: Iterable[Finding]) -> list[Finding]:
    """Findings of an expected severity that point at a listed mistake: at one of its figures, or at its line."""
    return [
        finding
        for finding in findings
        if finding.severity.value in mistake.severities
        and (
            any(names(finding, figure.line, figure.value) for figure in mistake.figures)
            or any(place.line in mistake.lines - {f.line for f in mistake.figures} for place in finding.where)
        )
    ]


def unlisted_errors(report: AnnotatedReport, findings: Iterable[Finding]) -> list[Finding]:
    """Errors that speak of no line of any listed mistake: false alarms, or a mistake that the list overlooked."""
    lines = {line for mistake in report.mistakes for line in mistake.lines}
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and not any(place.line in lines for place in finding.where)
    ]


# --- mutants of any document ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """A number of a document's text as it was and as it is now, and the words that stand before it."""

    before: str
    now: str
    after: str

    def __str__(self) -> str:
        return f"“…{self.after}” {self.before} → {self.now}"


def repeated_mutants(data: bytes, kind: str, count: int, seed: int) -> Iterator[tuple[Change, bytes]]:
    """Copies of a docx, html or xlsx ``data`` with one digit of an amount changed that the document prints elsewhere too.

    Only amounts of at least four significant digits with decimals count, and the changed one must appear nowhere else:
    then the document says one thing here and another there.
    """
    parts = _parts(data, kind)
    spans = [
        (part, m)
        for part, content in parts.items()
        for m in _NUMBER.finditer(content)
        if _in_words(content, m.start(), kind)
    ]
    for at, now in repeated_changes([m[0] for _, m in spans], count, seed):
        part, span = spans[at]
        content = parts[part]
        words = re.sub(
            r"(?:^[^<]*?>)|(?:<[^<>]*>)+", " ", content[max(0, span.start() - 4000) : span.start()]
        )
        changed = content[: span.start()] + now + content[span.end() :]
        yield Change(span[0], now, " ".join(words.split())[-40:]), _with_part(data, part, changed)


def repeated_changes(printed: Sequence[str], count: int, seed: int) -> Iterator[tuple[int, str]]:
    """``count`` changes of one digit in ``printed`` numbers that another repeats: which one, and how it reads then."""
    chance = random.Random(seed)
    times = Counter(printed)
    often = [
        at
        for at, number in enumerate(printed)
        if times[number] > 1 and "." in number and len(number.replace(".", "").strip("0")) >= _SIGNIFICANT_MIN
    ]
    made: set[tuple[int, str]] = set()
    for _ in range(count * _TRIES if often else 0):
        if len(made) == count:
            return
        at = chance.choice(often)
        now = chance.choice(list(changed_digits(printed[at])))
        far = abs(Decimal(now) - Decimal(printed[at])) > Decimal("0.05")  # beyond any rounding tail of a sum
        if far and now not in times and (at, now) not in made:
            made.add((at, now))
            yield at, now


#: Sheets of our workbook that are no forms: what was checked, and where each figure comes from.
_NO_FORMS = ("目录", "勾稽核对", "数据来源")


def _parts(data: bytes, kind: str) -> dict[str, str]:
    """The parts of a file that hold its text; a web page is one part without a name."""
    if kind == "html":
        return {"": data.decode("utf-8")}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if kind == "docx":
            names = ["word/document.xml"]
        else:
            sheets = re.findall(r'<sheet name="([^"]*)"', package.read("xl/workbook.xml").decode("utf-8"))
            names = [
                f"xl/worksheets/sheet{number}.xml"
                for number, sheet in enumerate(sheets, 1)
                if not sheet.startswith(_NO_FORMS)
            ]
        return {name: package.read(name).decode("utf-8") for name in names}


def _with_part(data: bytes, part: str, content: str) -> bytes:
    if not part:
        return content.encode("utf-8")
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as package,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in package.namelist():
            copy.writestr(name, content.encode("utf-8") if name == part else package.read(name))
    return out.getvalue()


def _in_words(content: str, position: int, kind: str) -> bool:
    """Whether a position of the markup is what a reader sees: not inside a tag; of a docx in ``w:t``, an xlsx in ``v``."""
    opened = content.rfind("<", 0, position)
    closed = content.rfind(">", 0, position)
    if opened > closed:
        return False
    if kind == "xlsx":
        return content.startswith(("<v>", "<t>", "<t "), opened)
    return kind != "docx" or content.startswith(("<w:t>", "<w:t "), opened)


def tells_of(change: Change, findings: Iterable[Finding]) -> bool:
    """Whether a finding quotes the changed number."""
    value = Fraction(change.now)
    return any(value in _values(f, place) for f in findings for place in f.where)


# --- checking a copy --------------------------------------------------------------------------------------------


def checked_copy(data: bytes, name: str) -> CheckedDocument:
    """A copy of a document checked as ``guangsha check`` checks a file of this ``name``."""
    with tempfile.TemporaryDirectory(prefix="guangsha-mutant-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return check_file(path)


def findings_in(data: bytes, name: str) -> tuple[Finding, ...]:
    """What ``guangsha check`` finds in a copy of a document."""
    return checked_copy(data, name).findings
