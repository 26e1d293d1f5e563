"""Decides one household: a proposal with everything it rests on. A person decides on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from guangsha.kernel.hashing import digest
from guangsha.kernel.money import Fen
from guangsha.policy import expressions as e
from guangsha.policy.dimensions import print_amount
from guangsha.policy.evaluate import ParameterRead, Reading, StepTaken, Value
from guangsha.policy.facts import FACT_KINDS, Facts, check_facts
from guangsha.policy.household_types import TYPE_BY_CODE, HouseholdType
from guangsha.policy.parameter_files import book_of
from guangsha.policy.parameters import (
    ParameterBook,
    ParameterValue,
    Unlimited,
    print_scalar,
)
from guangsha.policy.programme import NO_TYPE_BIT, Condition, Kind, Outcome, Programme, Stage

#: Changes when the meaning of a trace does; stored beside decisions.
RULES_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition as it was asked: whether it holds, and by how much (None: not a comparison, or unknown).

    Attributes:
        margin: how far inside the limit, negative when outside, in base units of ``dimension``.
    """

    condition: Condition
    kind: str | None
    holds: bool | None
    value: Value = None
    limit: Value = None
    margin: Fraction | None = None
    parameters: tuple[ParameterRead, ...] = ()

    @property
    def compared(self) -> e.Number | None:
        """The number that was compared."""
        return _compared(self.condition.test)[0]


@dataclass(frozen=True)
class Decision:
    """A proposal for one household under one programme on one day.

    Attributes:
        amount_fen: per month; 0 unless the proposal is to grant; None for a programme without an amount.
        matched: every type that the household is of, in the policy's order.
        chosen: the type that was used, with :attr:`reason` why; None when it is of none.
        open_types: types that an unknown fact leaves open.
        conditions: every condition that was asked, general ones first, then those of the chosen type.
        overridden: parameters that were assumed, not in force.
    """

    programme: Programme
    region: str
    on: date
    outcome: Outcome
    amount_fen: Fen | None
    matched: tuple[HouseholdType, ...]
    chosen: HouseholdType | None
    open_types: tuple[HouseholdType, ...]
    reason: str
    conditions: tuple[Checked, ...]
    facts: Mapping[str, int | None]
    parameters: tuple[ParameterRead, ...]
    steps: tuple[StepTaken, ...]
    failed_mask: int
    unknown_mask: int
    reading: Reading = field(repr=False, compare=False)

    @property
    def failed(self) -> tuple[Checked, ...]:
        """The conditions that do not hold."""
        return tuple(c for c in self.conditions if c.holds is False)

    @property
    def unknown(self) -> tuple[Checked, ...]:
        """The conditions that cannot be answered yet."""
        return tuple(c for c in self.conditions if c.holds is None)

    @property
    def missing_facts(self) -> tuple[str, ...]:
        """Facts that were asked for and are not known."""
        return tuple(name for name, value in self.facts.items() if value is None)

    @property
    def overridden(self) -> tuple[str, ...]:
        """Parameters that were assumed, whether this household came to them or not."""
        return tuple(sorted(self.reading.book.overrides))

    @property
    def unverified(self) -> tuple[ParameterValue, ...]:
        """Values whose source nobody has followed to the text of the document."""
        found = {r.value.version: r.value for r in self.parameters if r.value.citation.standing == "reported"}
        return tuple(found.values())

    def as_data(self) -> dict[str, Any]:
        """Everything, as plain data: what is stored beside the case and can be replayed."""
        content: dict[str, Any] = {
            "rules": RULES_VERSION, "programme": self.programme.code, "region": self.region, "on": self.on.isoformat(),
            "outcome": self.outcome.name.lower(), "proposal_only": True, "amount_fen": self.amount_fen,
            "chosen": self.chosen.code if self.chosen else None, "reason": self.reason,
            "matched": [kind.code for kind in self.matched], "open": [kind.code for kind in self.open_types],
            "failed_mask": self.failed_mask, "unknown_mask": self.unknown_mask,
            "conditions": [_condition_data(c) for c in self.conditions],
            "steps": [_step_data(s) for s in self.steps],
            "facts": [
                {"name": name, "title": FACT_KINDS[name].title, "value": value, "printed": FACT_KINDS[name].print(value)}
                for name, value in self.facts.items()
            ],
            "parameters": [_parameter_data(read) for read in self.parameters],
            "overridden": list(self.overridden),
        }  # fmt: skip
        return {**content, "digest": digest(content)}


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _condition_data(c: Checked) -> dict[str, Any]:
    number = c.compared
    margin = None if c.margin is None or number is None else print_amount(c.margin, number.dimension)
    return {
        "code": c.condition.code, "title": c.condition.title, "holds": c.holds, "type": c.kind,
        "article": c.condition.article, "formula": c.condition.test.formula(),
        "value": _text(c.value), "limit": _text(c.limit), "margin": _text(c.margin), "margin_printed": margin,
        "parameters": [[read.value.key, read.value.version] for read in c.parameters],
    }  # fmt: skip


def _step_data(taken: StepTaken) -> dict[str, Any]:
    printed = "未核实" if taken.value is None else str(taken.value)
    if isinstance(taken.value, Fraction):
        printed = print_amount(taken.value, taken.step.dimension)
    return {
        "code": taken.step.code, "title": taken.step.title, "type": taken.kind, "formula": taken.step.inner.formula(),
        "value": _text(taken.value), "printed": printed,
    }  # fmt: skip


def _parameter_data(read: ParameterRead) -> dict[str, Any]:
    value, c = read.value, read.value.citation
    return {
        "key": value.key, "title": value.declared.title, "region": value.region, "line": read.line,
        "value": print_scalar(value.declared, read.scalar), "version": value.version,
        "from": None if value.overridden else value.first.isoformat(), "to": value.last.isoformat() if value.last else None,
        "citation": {"document": c.document, "number": c.number, "article": c.article, "publication": c.publication,
                     "standing": c.standing},
        "overridden": value.overridden,
    }  # fmt: skip


def _compared(test: e.Flag) -> tuple[e.Number | None, e.Number | None, int]:
    """The number of a comparison, its limit, and 1 when less is better, -1 when more is."""
    if isinstance(test, e.Within):
        return test.value, test.limit, 1
    if isinstance(test, e.Compare):
        return test.left, test.right, 1 if test.operator in ("<=", "<") else -1
    if isinstance(test, e.AnyOf):  # "exempt, or within the limit": the limit is what can be missed by so much
        for term in reversed(test.terms):
            found = _compared(term)
            if found[0] is not None:
                return found
    return None, None, 1


def _check(reading: Reading, condition: Condition, kind: str | None) -> Checked:
    before = reading.parameters_read
    reading.parameters_read = {}
    holds = reading.flag(condition.test, kind)
    value: Value = None
    limit: Value = None
    margin = None
    left, right, sign = _compared(condition.test)
    # A margin says something where the comparison decided: not where an exemption did, or where a fact is unknown.
    if (
        left is not None
        and right is not None
        and (holds is False or (holds and not isinstance(condition.test, e.AnyOf)))
    ):
        limit = reading.number(right, kind)
        value = None if isinstance(limit, Unlimited) else reading.number(left, kind)
        if isinstance(value, Fraction) and isinstance(limit, Fraction):
            margin = sign * (limit - value)
    used = tuple(reading.parameters_read.values())
    reading.parameters_read = {**before, **reading.parameters_read}
    return Checked(condition, kind, holds, value, limit, margin, used)


@dataclass
class _Choice:
    """How the type was chosen."""

    kind: Kind | None
    admitted: bool
    open: bool
    reason: str
    matched: list[Kind]
    undecided: list[Kind]
    typed: tuple[Checked, ...]
    no_type: bool | None


def _choose(programme: Programme, reading: Reading) -> _Choice:
    """The type to decide by: the first in the policy's order that fulfils its conditions, or the most favourable one."""
    order = reading.parameter("type_priority", None)
    rule = reading.parameter("type_choice", None)
    assert isinstance(order, tuple)
    kinds = [programme.by_code[code] for code in order if code in programme.by_code]
    matches = {kind.code: reading.flag(kind.match, kind.code) for kind in kinds}
    asked: dict[str, tuple[Checked, ...]] = {}
    admissible: dict[str, bool | None] = {}
    for kind in kinds:
        if matches[kind.code] is False:
            admissible[kind.code] = False
            continue
        asked[kind.code] = tuple(_check(reading, c, kind.code) for c in programme.at(Stage.TYPED))
        answers = [matches[kind.code], *(c.holds for c in asked[kind.code])]
        admissible[kind.code] = False if False in answers else (None if None in answers else True)
    matched = [kind for kind in kinds if matches[kind.code]]
    undecided = [kind for kind in kinds if admissible[kind.code] is None]
    admitted = [kind for kind in kinds if admissible[kind.code]]
    if admitted:
        chosen, reason = admitted[0], "按当地保障类别顺序，这是第一个符合全部条件的类别"
        if rule == "most_favourable" and programme.amount is not None:
            chosen, reason = (
                _most_favourable(programme, reading, admitted),
                "在符合条件的类别中，按这一类别计算对家庭最有利",
            )
        return _Choice(chosen, True, False, reason, matched, undecided, asked[chosen.code], False)
    no_type = None if any(matches[k.code] is None for k in kinds) else not matched
    if matched:
        reason = "家庭属于这一类别，但不符合它的条件"
        if admissible[matched[0].code] is None:
            reason = "家庭属于这一类别，它的条件还不能全部确认"
        return _Choice(
            matched[0], False, bool(undecided), reason, matched, undecided, asked[matched[0].code], False
        )
    for kind in reversed(kinds):
        if reading.flag(kind.near or kind.match, kind.code):
            typed = asked.get(kind.code) or tuple(
                _check(reading, c, kind.code) for c in programme.at(Stage.TYPED)
            )
            reason = "家庭不属于任何一个保障类别，以下按最接近的类别说明"
            return _Choice(kind, False, bool(undecided), reason, matched, undecided, typed, no_type)
    return _Choice(
        None, False, bool(undecided), "家庭不属于任何一个保障类别", matched, undecided, (), no_type
    )


def _most_favourable(programme: Programme, reading: Reading, admitted: list[Kind]) -> Kind:
    assert programme.amount is not None
    best, best_value = admitted[0], None
    for kind in admitted:
        value = reading.finite(programme.amount, kind.code)
        if value is None:
            continue
        better = best_value is None or (
            value > best_value if programme.more_is_better else value < best_value
        )
        if better:
            best, best_value = kind, value
    return best


def decide(
    household: Facts,
    region: str,
    on: date,
    *,
    programme: Programme,
    book: ParameterBook | None = None,
    overrides: Mapping[str, ParameterValue] | None = None,
) -> Decision:
    """The proposal for one household, with everything it rests on.

    Args:
        household: facts by name (``facts.FACT_KINDS``): whole fen, hundredths of ㎡, months; None is "not known".
        region: GB/T 2260 code of the district whose rules apply.
        book: the shipped parameters without one.
        overrides: parameters to assume instead of those in force (``parameter_files.assumed``); the decision names them.

    Raises:
        InputErrors: a fact is none, or outside its bounds.
        RuleMissing: a parameter that is needed is not in force; names the file to fill.
    """
    book = book or book_of()
    if overrides:
        book = book.with_overrides(overrides)
    reading = Reading(check_facts(household), book, region, on)
    choice = _choose(programme, reading)
    general = tuple(_check(reading, c, None) for c in programme.at(Stage.GENERAL))
    outcome = _outcome_so_far(choice, general)
    amount: Fraction | None = Fraction(0)
    final: tuple[Checked, ...] = ()
    if outcome is Outcome.GRANT and programme.amount is not None and choice.kind is not None:
        amount = reading.finite(programme.amount, choice.kind.code)
        if amount is None:
            outcome = Outcome.INCOMPLETE
        else:
            final = tuple(_check(reading, c, choice.kind.code) for c in programme.at(Stage.FINAL))
            outcome = Outcome.REFUSE if any(c.holds is False for c in final) else outcome
    conditions = (*general, *choice.typed, *final)
    paid: Fen | None = None
    if programme.amount is not None:
        paid = Fen(int(amount)) if outcome is Outcome.GRANT and amount is not None else Fen(0)
    failed = sum(c.condition.bit for c in conditions if c.holds is False)
    unknown = sum(c.condition.bit for c in conditions if c.holds is None)
    if choice.no_type is not False:
        failed += NO_TYPE_BIT if choice.no_type else 0
        unknown += 0 if choice.no_type else NO_TYPE_BIT
    return Decision(
        programme, region, on, outcome, paid,
        tuple(TYPE_BY_CODE[kind.code] for kind in choice.matched),
        TYPE_BY_CODE[choice.kind.code] if choice.kind else None,
        tuple(TYPE_BY_CODE[kind.code] for kind in choice.undecided),
        choice.reason, conditions, dict(reading.facts_read), tuple(reading.parameters_read.values()),
        tuple(reading.steps), failed, unknown, reading,
    )  # fmt: skip


def _outcome_so_far(choice: _Choice, general: tuple[Checked, ...]) -> Outcome:
    """What the conditions before the amount say."""
    answers = [c.holds for c in general]
    if False in answers or not (choice.admitted or choice.open):
        return Outcome.REFUSE
    if not choice.admitted or None in answers:
        return Outcome.INCOMPLETE
    return Outcome.GRANT
