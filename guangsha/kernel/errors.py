"""The tree of errors that reach a person.

    GuangshaError              anything we foresaw; carries a code, a place and advice in Chinese
    ├── InputError             the input cannot be used (exit code 2)
    │   └── InputErrors        several of them, shown together so that a clerk mends them in one go
    └── RuleMissing            no profile or parameter says how to decide (exit code 2)

Faults *inside* usable data (a total that does not add up) are not errors but ``kernel.findings.Finding``:
values that are collected and shown. Anything else that escapes is a mistake of ours.
"""

from __future__ import annotations

from collections.abc import Sequence


class GuangshaError(Exception):
    """An error a person can act on.

    Args:
        message: what is wrong, one Chinese sentence.
        where: the place, as the person knows it ("工作表“整体自评表” D7", "figures.yaml 第 12 行").
        advice: what to do about it, one Chinese sentence.
    """

    code = "error"

    def __init__(self, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        text = f"{self.where}：{self.message}" if self.where else self.message
        if not self.advice:
            return text
        return f"{text}{self.advice}" if text.endswith(("。", "！", "？")) else f"{text}。{self.advice}"


class InputError(GuangshaError):
    """The input cannot be used: damaged, hostile, incomplete or contradictory in itself."""

    code = "input"


class InputErrors(InputError):
    """Several faults of one input, all of which the person should see at once."""

    code = "inputs"

    def __init__(self, errors: Sequence[InputError]) -> None:
        if not errors:
            raise ValueError("InputErrors needs at least one error")
        super().__init__(f"输入中有 {len(errors)} 处需要更正")
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join([self.message + "：", *(f"  · {error}" for error in self.errors)])


class RuleMissing(GuangshaError):
    """No profile or parameter file says how to decide this; names the file to fill."""

    code = "rule-missing"
