"""A decision in plain Chinese: what is proposed, by which numbers and articles, what would change it.

The legal remedies (复核、复议、诉讼) depend on the service and are added by whoever sends the letter. What is written here is a
proposal until a person has decided.
"""

from __future__ import annotations

from fractions import Fraction

from guangsha.kernel.money import yuan
from guangsha.kernel.numbers import plain
from guangsha.policy import expressions as e
from guangsha.policy.decision import Checked, Decision
from guangsha.policy.dimensions import print_amount
from guangsha.policy.evaluate import ParameterRead
from guangsha.policy.expressions import Number
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.parameters import Unlimited, print_scalar
from guangsha.policy.programme import NO_TYPE_BIT, Outcome


def _print(value: Fraction | Unlimited | None, number: Number) -> str:
    return print_amount(value, number.dimension) if isinstance(value, Fraction) else str(value or "未核实")


def _sources(reads: tuple[ParameterRead, ...]) -> str:
    named = dict.fromkeys(
        f"{read.value.declared.title}{print_scalar(read.value.declared, read.scalar)}，见{read.value.citation}"
        if not read.value.overridden
        else f"{read.value.declared.title}{print_scalar(read.value.declared, read.scalar)}（测算假设）"
        for read in reads
        if isinstance(read.scalar, Fraction)
    )
    return "；".join(named)


def reason_of(checked: Checked) -> str:
    """Why a condition does not hold, with the numbers, the article and the source of the limit."""
    text = checked.condition.failed
    number = checked.compared
    if number is not None and checked.margin is not None:
        gap = print_amount(abs(checked.margin), number.dimension)
        text += (
            f"：{number.formula()}为{_print(checked.value, number)}，标准为{_print(checked.limit, number)}"
        )
        text += f"，相差{gap}" if checked.margin else "，恰好等于标准，当地规定不含本数"
    sources = _sources(checked.parameters)
    return f"{text}（{checked.condition.article}{'；' + sources if sources else ''}）。"


def letter(decision: Decision) -> str:
    """The whole letter, one paragraph a line."""
    lines = [f"{decision.programme.title}：{decision.outcome.title}。"]
    if decision.outcome is Outcome.GRANT and decision.amount_fen is not None:
        lines.append(f"每月金额：{plain(yuan(decision.amount_fen))}元。")
    if decision.chosen is not None:
        lines.append(f"适用类别：{decision.chosen.name}。{decision.reason}。")
    elif decision.failed_mask & NO_TYPE_BIT:
        lines.append(f"{decision.reason}。")
    others = [kind.name for kind in decision.matched if kind is not decision.chosen]
    if others:
        lines.append(f"家庭同时属于：{'、'.join(others)}。")
    if decision.open_types and decision.outcome is not Outcome.REFUSE:
        names = "、".join(kind.name for kind in decision.open_types)
        lines.append(f"是否属于以下类别还不能确认，核实后结果可能不同：{names}。")
    if decision.outcome is Outcome.GRANT and decision.steps:
        lines.append("计算过程：" + "；".join(" = ".join(step) for step in worked_steps(decision)) + "。")
    lines.extend(f"理由{n}：{reason_of(c)}" for n, c in enumerate(decision.failed, 1))
    lines.extend(
        dict.fromkeys(
            f"怎样可以改变结果：{c.condition.advice}" for c in decision.failed if c.condition.advice
        )
    )
    if decision.missing_facts and (
        decision.unknown or decision.open_types or decision.outcome is Outcome.INCOMPLETE
    ):
        names = "、".join(FACT_KINDS[name].title for name in decision.missing_facts)
        lines.append(f"还需核实：{names}。")
    if decision.overridden:
        lines.append("本结果用了测算假设的参数，不能作为决定依据。")
    if decision.unverified:
        titles = "、".join(dict.fromkeys(value.declared.title for value in decision.unverified))
        lines.append(f"以下参数的文件原文尚未核对，作出决定前应当核对：{titles}。")
    lines.append("以上是系统按规定计算的建议，由工作人员审核决定。")
    return "\n".join(lines)


#: The steps that lead to an amount, in the order in which a reader follows them.
_SHOWN = ("guaranteed_area", "short_area", "uplift", "by_area", "calculated", "up_to_rent", "amount", "rent")


def worked_steps(decision: Decision) -> list[tuple[str, str, str]]:
    """How the amount came about as the chosen type, with the numbers of this household: what is computed, how, the result.

    A step that changed nothing is left out.
    """
    code = decision.chosen.code if decision.chosen else None
    taken = {t.step.code: t for t in decision.steps if t.kind in (None, code)}
    lines = []
    for name in _SHOWN:
        step = taken.get(name)
        if step is None or not isinstance(step.value, Fraction):
            continue
        worked = _worked(step.step.inner, decision, code)
        result = print_amount(step.value, step.step.dimension)
        if worked != result and not worked.endswith(result):  # a step that changed nothing says nothing
            lines.append((step.step.title, worked, result))
    return lines


def _worked(x: e.Number, decision: Decision, kind: str | None) -> str:
    """An expression with this household's numbers in it; of a choice the branch that was taken."""
    reading = decision.reading
    match x:
        case e.Choose():
            return _worked(x.yes if reading.flag(x.condition, kind) else x.no, decision, kind)
        case e.Rounded():
            return _worked(x.inner, decision, kind)
        case e.Least() | e.Greatest():
            limited = [term for term in x.terms if not isinstance(reading.number(term, kind), Unlimited)]
            texts = list(dict.fromkeys(_worked(term, decision, kind) for term in limited))
            word = "取较小的" if isinstance(x, e.Least) else "取较大的"
            return texts[0] if len(texts) == 1 else f"{word}（{'，'.join(texts)}）"
        case e.Product() | e.Quotient() | e.Difference():
            sign = {e.Product: "×", e.Quotient: "÷", e.Difference: "－"}[type(x)]
            return f"{_worked(x.left, decision, kind)} {sign} {_worked(x.right, decision, kind)}"
        case e.Sum():
            shown = [term for term in x.terms if reading.number(term, kind) != 0] or list(x.terms[:1])
            return " + ".join(_worked(term, decision, kind) for term in shown)
        case e.Constant():
            return print_amount(x.value, x.dimension)
    value = reading.number(x, kind)
    return f"{x.formula()}{_print(value, x)}"
