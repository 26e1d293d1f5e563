"""The words of a decision: why, on which article, and how to object. Pure.

The ways to object are added here and not in the service files, so that no adverse letter can forget them.
Source: 行政复议法 §20, §62; 行政诉讼法 §46; 公租房 re-examination within 15 working days; operations.md §2.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from guangsha.areas.intake.catalogue import LETTER_WORDS, Service
from guangsha.documents.writing.tree import Block, Document, Paragraph, Run, Section, Signature, Title

TITLES = {
    "approved": "准予决定书",
    "rejected": "不予批准决定书",
    "unaccepted": "不予受理决定书",
    "revoked": "撤销决定书",
    "terminated": "终止决定书",
    "suspended": "暂停保障决定书",
    "adjusted": "调整保障决定书",
}
#: The name of a person or a firm and the colon.
GREETING_MAX = 61
#: Outcomes that take something away or do not give it: their letters tell how to object.
ADVERSE = frozenset({"rejected", "unaccepted", "revoked", "terminated", "suspended", "adjusted"})
_DEFAULT = {
    "unaccepted": "{name}：您申请的“{service}”（{number}），经审查不予受理。理由：{reasons}",
    "revoked": "{name}：关于“{service}”（{number}）的原决定，经核实予以撤销。理由：{reasons}",
    "terminated": "{name}：关于“{service}”（{number}）的保障，自决定之日起终止。理由：{reasons}",
    "suspended": "{name}：关于“{service}”（{number}）的保障，自决定之日起暂停。理由：{reasons}",
    "adjusted": "{name}：关于“{service}”（{number}）的保障，自决定之日起调整。理由：{reasons}",
}
REMEDY_TEXT = {
    "reexamination": "您可以自收到本决定之日起六十日内向本机关申请复核，本机关在十五个工作日内书面答复；",
    "reconsideration": "您可以自知道本决定之日起六十日内依法申请行政复议；",
    "litigation": "您也可以自知道本决定之日起六个月内依法向人民法院提起行政诉讼；",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason of a decision and the article it rests on."""

    text: str
    article: str


def chinese_day(day: date | None) -> str:
    """``2026年11月21日``; empty for no day."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def grounds_text(grounds: Sequence[Ground]) -> str:
    """The reasons as one run of sentences, each with its article."""
    single = len(grounds) == 1
    parts = [
        ("" if single else f"（{number}）")
        + ground.text.rstrip("。；")
        + (f"（{ground.article}）" if ground.article else "")
        for number, ground in enumerate(grounds, start=1)
    ]
    return "；".join(parts) + "。" if parts else ""


def remedies_text(remedies: Sequence[str]) -> str:
    """How to object."""
    text = "".join(REMEDY_TEXT[code] for code in REMEDY_TEXT if code in remedies)
    return f"如对本决定不服，{text.rstrip('；')}。" if text else ""


def letter_text(service: Service, outcome: str, words: Mapping[str, str], grounds: Sequence[Ground]) -> str:
    """The body of a letter: the service's own wording, then the articles, then how to object.

    Words that are missing are written as nothing; a wording without ``{reasons}`` has them added, never left out.
    """
    plan = service.decision
    template = (plan.letter.get(outcome) if plan else None) or _DEFAULT.get(outcome, "{name}：{reasons}")
    filled = {name: words.get(name, "") for name in LETTER_WORDS}
    filled["reasons"] = grounds_text(grounds)
    filled["articles"] = "、".join(dict.fromkeys(ground.article for ground in grounds if ground.article))
    salutation, rest = _greeted(template.format(**filled), filled["name"])
    parts = [salutation, rest]
    if outcome in ADVERSE and filled["reasons"] and filled["reasons"] not in rest:
        parts.append(f"理由：{filled['reasons']}")
    if words.get("text") and "{text}" not in template:
        parts.append(words["text"])
    if outcome in ADVERSE:
        remedies = service.remedies or ("reexamination",)
        parts.append(remedies_text(remedies))
    return "\n\n".join(part for part in parts if part)


def _greeted(text: str, name: str) -> tuple[str, str]:
    """Whom a letter speaks to, on a line of its own (GB/T 9704-2012, 7.3.2 主送机关), and what it says."""
    greeting = f"{name}："
    return (
        (greeting, text.removeprefix(greeting).lstrip()) if name and text.startswith(greeting) else ("", text)
    )


def is_greeting(line: str) -> bool:
    """Whether a line of a letter is the one that says to whom it speaks: it stands at the margin.

    >>> is_greeting("孟芝林："), is_greeting("理由：住房面积超过标准。")
    (True, False)
    """
    return line.endswith("：") and len(line) <= GREETING_MAX


def letter_document(
    title: str, number: str, body: str, agency: str, day: date, *, digest: str = ""
) -> Document:
    """A decision letter as a page for the writers of the documents room: title, number, body, signature, digest."""
    blocks: list[Block] = [Title(title), Paragraph([Run(number)], align="center", indent=False)]
    lines = [line for line in body.split("\n") if line.strip()]
    blocks += [Paragraph([Run(line)], indent=not is_greeting(line)) for line in lines]
    blocks.append(Signature([agency, chinese_day(day)]))
    if digest:
        blocks.append(Paragraph([Run("核验码（国密 SM3）：")], indent=False, small=True))
        blocks.append(Paragraph([Run(digest)], indent=False, small=True))
    return Document(f"{title} {number}", [Section(blocks, numbered=False)])
