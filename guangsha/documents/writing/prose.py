"""Sentences from facts: a template holds words only, every figure in it comes in with the key of its fact.

:func:`compose` refuses a digit that was typed into a template, so no figure of a report can be written twice
(performance.md §5, P08).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter

from guangsha.documents.writing.tree import Run
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import Fact
from guangsha.kernel.measures import WAN_YUAN
from guangsha.kernel.money import wan_yuan
from guangsha.kernel.numbers import decimals_of, plain, round_to
from guangsha.scoring.profile import Rounding

_DIGIT = re.compile(r"[0-9０-９]")
#: A point's own number (1、 （2） 三、 4.), but not the start of an amount (1.63亿元).
_NUMBERED = re.compile(r"^\s*(?:[（(]\d+[)）]|\d+(?:[)）、．]|\.(?!\d))|[一二三四五六七八九十]+、)\s*")


@dataclass(frozen=True, slots=True)
class Figure:
    """Words or a number to set into a sentence; ``fact`` is the key of the fact that it prints."""

    text: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year: the one number that a sentence may print without a fact, since every fact carries it."""

    value: int

    @property
    def text(self) -> str:
        return str(self.value)


Value = Figure | Year | str


def compose(template: str, **values: Value | Sequence[Run]) -> tuple[Run, ...]:
    """The runs of one sentence; ``{name}`` in the template is replaced by the value of that name.

    A value may itself be runs (a list put together with :func:`join_runs`).

    Raises:
        ValueError: a digit stands in the template or in a plain string, so a figure would have no source.
    """
    runs: list[Run] = []
    for words, name, _, _ in Formatter().parse(template):
        if words:
            _refuse_digits(words)
            runs.append(Run(words))
        if name is None:
            continue
        value = values[name]
        if isinstance(value, Figure):
            if not value.fact:
                _refuse_digits(value.text)
            runs.append(Run(value.text, fact=value.fact))
        elif isinstance(value, Year):
            runs.append(Run(value.text))
        elif isinstance(value, str):
            _refuse_digits(value)
            runs.append(Run(value))
        else:
            runs.extend(value)
    return merge_runs(runs)


def _refuse_digits(words: str) -> None:
    if _DIGIT.search(words):
        raise ValueError(f"a figure without a fact: {words!r}")


def merge_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Neighbouring plain runs of one weight as one run; empty ones dropped."""
    merged: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        last = merged[-1] if merged else None
        if last and not last.fact and not run.fact and last.bold == run.bold:
            merged[-1] = Run(last.text + run.text, run.bold)
        else:
            merged.append(run)
    return tuple(merged)


def join_runs(parts: Sequence[Sequence[Run]], separator: str = "、") -> tuple[Run, ...]:
    """Several stretches of runs with ``separator`` between them."""
    runs: list[Run] = []
    for number, part in enumerate(parts):
        if number:
            runs.append(Run(separator))
        runs.extend(part)
    return merge_runs(runs)


def show(value: Decimal, rounding: Rounding) -> str:
    """``value`` as a place prints it: its decimals, its direction, trailing zeros dropped where it drops them."""
    text = plain(round_to(value, rounding.places, rounding.rounding))
    return strip_zeros(text) if rounding.strip else text


def strip_zeros(text: str) -> str:
    """``text`` of a number without trailing zeros after the point (``99.40`` → ``99.4``)."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_text(fact: Fact) -> str:
    """An amount in 万元 as tables print it: two decimals, more only where 万元 were given finer (0.182)."""
    given = decimals_of(fact.number) if fact.unit is WAN_YUAN else 0
    return plain(wan_yuan(fact.fen, max(2, given)))


def in_sentence(fact: Fact) -> Figure:
    """A fact as it reads inside a sentence: money in 万元 (nothing is 0, not 0.00), rates with their sign."""
    kind = fact.declared.kind
    if kind is Kind.MONEY:
        return Figure("0" if fact.fen == 0 else money_text(fact), fact.key)
    if kind is Kind.RATE:
        return Figure(f"{plain(fact.number)}%", fact.key)
    if kind is Kind.COUNT:
        return Figure(strip_zeros(plain(fact.number)), fact.key)
    if kind is Kind.DATE:
        return Figure(date_words(fact.text), fact.key)
    return Figure(tidy(fact.text), fact.key)


def tidy(text: str) -> str:
    """A clerk's words without a closing mark, so that a sentence can go on or close once."""
    return text.strip().rstrip("。；;，, ").strip()


def date_words(text: str) -> str:
    """``2024-06-05`` as 2024年6月5日; other writings of a date stay as they are."""
    match = re.fullmatch(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})", text.strip())
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日" if match else text.strip()


def points_of(text: str) -> tuple[str, ...]:
    """The points of a clerk's text, separated by semicolons or lines, without numbers of their own."""
    parts = (_NUMBERED.sub("", part) for part in re.split(r"[；;\n]", text))
    return tuple(tidy(part) for part in parts if tidy(part))


def more_or_less(delta: Decimal) -> str:
    """增加, 减少 or 持平, as the sign says (S26)."""
    if delta == 0:
        return "持平"
    return "增加" if delta > 0 else "减少"


def rise_or_fall(delta: Decimal) -> str:
    """增长 or 下降, for a percentage of change that is printed without its sign."""
    return "下降" if delta < 0 else "增长"
