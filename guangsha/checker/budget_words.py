"""Which budget a completion is measured against: the words must be the same before and behind, and in every item."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from guangsha.checker.document import DocumentView, Passage
from guangsha.checker.relations import broken, held
from guangsha.kernel.findings import Relation, Severity

_WORD = "年初|年度|全年|调整后?"
_BOTH = re.compile(
    rf"(?P<first>{_WORD})预算(?:数)?(?:为|是)?\s*\d[\d.,，\s]*万元[^。]{{0,40}}?完成\s*(?P<second>{_WORD})\s*预算"
)
#: An item of the list by functional class: "4. 卫生健康支出：年初预算为…".
_ITEM = re.compile(
    rf"^\s*(?:[-•·*]\s*)?[(（]?\d{{1,2}}[)）]?\s*[.、。．]?\s*[\u4e00-\u9fff]{{3,14}}支出(?:[(（]类[)）])?\s*[:：，,]?\s*(?P<word>{_WORD})预算(?:数)?为"
)
#: From how many items on their usual word is known.
_ITEMS_MIN = 3


def budget_words(rule: str, document: DocumentView) -> Iterator[Relation]:
    """Sentences that name one budget and measure against another, and items that name another than their list."""
    told: set[int] = set()
    for passage, both in document.search(_BOTH):
        subject = f"“{both[0][:24]}……”的预算口径"
        if both["first"] == both["second"]:
            yield held(rule, subject)
            continue
        told.add(id(passage))
        yield _odd(rule, subject, passage, both.span("second"), both["first"], both["second"])
    items = [(passage, match) for passage in document.passages if (match := _ITEM.match(passage.text))]
    words = Counter(match["word"] for _, match in items)
    if len(items) < _ITEMS_MIN or len(words) < 2:
        return
    usual, count = words.most_common(1)[0]
    if count * 2 <= len(items):
        return
    for passage, match in items:
        if match["word"] != usual and id(passage) not in told:
            subject = f"“{match[0].strip()[:24]}”的预算口径"
            yield _odd(rule, subject, passage, match.span("word"), usual, match["word"])


def _odd(
    rule: str, subject: str, passage: Passage, span: tuple[int, int], expected: str, found: str
) -> Relation:
    return broken(
        rule, Severity.WARNING, "budget", f"{subject}写作“{found}预算”，同一处的预算数是“{expected}预算”。",
        subject=subject, expected=f"{expected}预算", found=f"{found}预算",
        places=[passage.place(span[0], span[1] + 2)], advice="请统一写明分母是年初预算还是全年（调整后）预算。",
    )  # fmt: skip
