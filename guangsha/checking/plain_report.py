"""Checked documents as text for a terminal: by gravity, each finding with its places, how it was computed, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from guangsha.checker import RULES
from guangsha.checking.check import CheckedDocument
from guangsha.documents.writing.annotated_html import place_words
from guangsha.kernel.findings import Finding, Outcome, Severity

#: Places of one finding that are listed; a sum of thirty addends names the first ones.
_PLACES_MAX = 8
_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33", Severity.INFO: "36"}
_BOLD = "1"


class PlainReport:
    """Writes the report; ``colour`` only where a terminal shows it."""

    def __init__(self, *, colour: bool = False) -> None:
        self.colour = colour

    def render(self, checked: CheckedDocument) -> str:
        """One document as text, without a control character that its own words might carry."""
        return "\n".join(self._lines(checked)) + "\n"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def _lines(self, checked: CheckedDocument) -> Iterator[str]:
        tally = checked.tally
        yield self._paint(_clean(checked.file), _BOLD)
        yield f"  {_clean(checked.title)} · {_clean(checked.unit)} · {checked.year} 年度"
        yield (
            f"  读到 {checked.figures} 个数字，核对 {tally.checked} 条关系：相符 {tally.counts[Outcome.HELD]}，"
            f"尾差 {tally.counts[Outcome.TAIL]}，不符 {tally.counts[Outcome.BROKEN]}；"
            f"未核对 {tally.counts[Outcome.NOT_CHECKED]}。"
        )
        for note in checked.notes:
            yield f"  · {_clean(note)}"
        for severity in Severity:
            found = [finding for finding in checked.findings if finding.severity is severity]
            if found:
                yield ""
                yield self._paint(f"{severity.label}（{len(found)}）", _COLOURS[severity])
            for number, finding in enumerate(found, 1):
                yield from self._finding(number, finding, checked.file)
        if not checked.findings:
            yield "  没有发现问题。"

    def _finding(self, number: int, finding: Finding, file: str) -> Iterator[str]:
        head = self._paint(f"[{finding.rule}]", _COLOURS[finding.severity])
        yield f"{number:>3}. {head} {_clean(finding.message)}"
        values = [
            f"{name} {_clean(value)}"
            for name, value in (
                ("文中为", finding.found),
                ("应为", finding.expected),
                ("允许误差", finding.tolerance),
            )
            if value
        ]
        if values:
            yield f"     {'，'.join(values)}"
        rule = RULES.get(finding.rule)
        if rule is not None:
            yield f"     依据：{rule.formula}"
        for place in finding.where[:_PLACES_MAX]:
            words = place_words(place, file)
            if words:
                yield f"     位置：{_clean(words)}"
        if len(finding.where) > _PLACES_MAX:
            yield f"     位置：另有 {len(finding.where) - _PLACES_MAX} 处"
        if finding.advice:
            yield f"     办法：{_clean(finding.advice)}"


def _clean(text: str) -> str:
    """Words of a stranger's document may not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
