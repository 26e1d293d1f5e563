"""Data validation (数据有效性) of a sheet: drop-down lists and number limits with their prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.documents.writing.xlsx_cells import escape_string, number_text

#: What Excel accepts; a longer text makes it repair the file.
_INLINE_MAX = 255
_TITLE_MAX = 32
_PROMPT_MAX = 255

#: Stands in for "no limit": any amount a cell can show.
_ANY_NUMBER = Decimal(10) ** 15


class ChoiceLists:
    """The lists too long (or with commas) to stand in a validation itself; equal lists are kept once."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], str] = {}

    def __bool__(self) -> bool:
        return bool(self._names)

    def lists(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(defined name, choices) in order of first use."""
        for choices, name in self._names.items():
            yield name, choices

    def source(self, choices: Sequence[str]) -> str:
        """The list as a validation's formula: quoted in place, or the name of a range.

        Raises:
            ValueError: no choices.
        """
        if not choices:
            raise ValueError("a drop-down needs at least one choice")
        joined = ",".join(choices)
        awkward = any("," in c or '"' in c or c != c.strip() for c in choices)
        # Excel counts UTF-16 units; doubling covers the rare characters beyond the basic plane.
        if not awkward and len(joined.encode("utf-16-le")) // 2 <= _INLINE_MAX:
            return f'"{joined}"'
        return self._names.setdefault(tuple(choices), f"choices_{len(self._names) + 1}")


@dataclass(frozen=True, slots=True)
class Validation:
    """One ``<dataValidation>``: the cells, its attributes and its one or two formulas."""

    ref: str
    attributes: str
    formulas: tuple[str, ...]

    def xml(self) -> str:
        inside = "".join(
            f"<formula{n}>{escape_string(text)}</formula{n}>" for n, text in enumerate(self.formulas, 1)
        )
        return f'<dataValidation {self.attributes} sqref="{self.ref}">{inside}</dataValidation>'


def _words(title: str, prompt: str, error: str) -> str:
    for text, most in ((title, _TITLE_MAX), (prompt, _PROMPT_MAX), (error, _PROMPT_MAX)):
        if len(text) > most:
            raise ValueError(f"the text {text[:20]!r}… of a validation is longer than {most} characters")
    said = ' allowBlank="1" showInputMessage="1" showErrorMessage="1"'
    for name, text in (
        ("errorTitle", "填写有误" if error else ""),
        ("error", error),
        ("promptTitle", title),
        ("prompt", prompt),
    ):
        if text:
            said += f' {name}="{escape_string(text)}"'
    return said


def list_validation(ref: str, source: str, title: str, prompt: str, error: str) -> Validation:
    """Only the choices of ``source`` (see :meth:`ChoiceLists.source`)."""
    return Validation(ref, f'type="list"{_words(title, prompt, error)}', (source,))


def decimal_validation(
    ref: str,
    least: Decimal | int | None,
    most: Decimal | int | None,
    title: str,
    prompt: str,
    error: str,
) -> Validation:
    """Only numbers, within the limits that are given."""
    low = number_text(-_ANY_NUMBER if least is None else least)
    high = number_text(_ANY_NUMBER if most is None else most)
    return Validation(ref, f'type="decimal" operator="between"{_words(title, prompt, error)}', (low, high))
