"""What was done of what there was: 整改率, 办结率, 支付率 with their two figures; and what is left of a sum of money.

The pattern is strict, since many rates of a report are of things that it does not count: the whole, the part and the rate
follow one another in one sentence, and the part is named by the word that the rate is named by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Paragraph, Reading
from guangsha.documents.reading.understanding.prose_labels import noun_after
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.documents.reading.understanding.prose_split import Split
from guangsha.documents.reading.understanding.prose_sums import sum_claim

#: What the rate is named by, with the words that name its part.
_RATE = re.compile(
    r"(?P<stem>整改|办结|整治|处置|处理|答复|回复|回收|受理|收缴|配租|入住|出租|分配|支付|拨付|发放|合格|优良|满意|开工|竣工|完工|销号|化解|"
    r"完成|空置|销售|抽查)(?:比例|比率|率)(?:达到?|为|是|:)*$"
)
_ALSO = {
    "回收": "回收|收回",
    "收缴": "收缴|收取|实收",
    "完成": "完成|实际",
    "答复": "答复|回复",
    "回复": "答复|回复",
    "竣工": "竣工|完工",
}
#: A part that is told before its whole (``已整改 1089 个,应整改 1126 个``).
_DUE = re.compile(r"应[一-鿿]{1,6}$|共(?:有)?[一-鿿]{0,4}$")

#: Sums of money that make one up: the whole, and the words of its two parts.
_MADE_OF: tuple[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"调整后|全年预算|预算总"), re.compile(r"年初"), re.compile(r"追加|调增")),
    (
        re.compile(r"累计(?:归集|交存|筹集|收取)"),
        re.compile(r"累计(?:支用|使用|支出|支取)"),
        re.compile(r"余额|结余"),
    ),
    (
        re.compile(r"预算|合计|共计|到位|下达|可用"),
        re.compile(r"支出|支付|执行|使用|拨付"),
        re.compile(r"结余|剩余|结转|余额|未执行|未支出"),
    ),
    (re.compile(r"全年"), re.compile(r"上半年|1-6月"), re.compile(r"下半年|7-12月")),
)
#: What came over from the year before belongs to the whole only where the whole says so.
_OPENING = re.compile(r"(?:年初|上年|以前年度).{0,8}(?:结转|结余)")
_LESSENED = re.compile(r"调减|核减|压减|收回|退回|上缴")


def read_handled(reading: Reading, known: Sequence[Claim]) -> list[Claim]:
    """Rates with their two figures, and amounts made of two others.

    Args:
        known: claims found before; what they relate is not told twice.
    """
    rated = {
        id(claim.roles["percent"]) for claim in known if "percent" in claim.roles and len(claim.roles) > 2
    }
    related = {frozenset(map(id, claim.mentions())) for claim in known}
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        for percent in paragraph.percents:
            claim = _rate(paragraph, percent) if id(percent) not in rated else None
            if claim is not None:
                made.append(claim)
        made.extend(
            claim for claim in _made_up(paragraph) if frozenset(map(id, claim.mentions())) not in related
        )
    return made


def _rate(paragraph: Paragraph, percent: Mention) -> Claim | None:
    """``发现问题 1126 个,已整改 1089 个,整改率 96.71%``."""
    found = _RATE.search(re.split(r"[,;。:]", percent.before)[-1])
    if found is None or not percent.exact or len(percent.before) > 12:
        return None
    text = paragraph.passage.text
    before = [m for m in paragraph.mentions if m.end <= percent.start and m.sentence == percent.sentence][-2:]
    if len(before) < 2 or ";" in text[before[0].end : percent.start] or not before[0].alike(before[1]):
        return None
    first, second = (paragraph.level_of(mention) for mention in before)
    if first is None or second is None or not (before[0].exact and before[1].exact):
        return None
    named = re.compile(_ALSO.get(found["stem"], found["stem"]))
    whole, part = first, second
    if found["stem"] == "完成" and (first.stage == "target") != (second.stage == "target"):
        whole, part = (first, second) if first.stage == "target" else (second, first)
    elif _DUE.search(second.mention.before) and named.search(first.mention.before):
        whole, part = second, first
    elif not named.search(second.mention.before):
        return None
    if whole.value <= 0 or (part.value > whole.value and found["stem"] != "完成"):
        return None
    of = (part.label or noun_after(part.mention)).removesuffix(found["stem"])
    subject = f"{of}{found['stem']}率"[-24:]
    roles = {"part": part.mention, "whole": whole.mention, "percent": percent}
    return Claim("rate", subject, roles, paragraph=paragraph.index)


def _made_up(paragraph: Paragraph) -> Iterator[Claim]:
    """``年初预算 1860.32 万元,追加 412.50 万元,调整后预算 2272.82 万元``; told where it holds, or would but for a digit."""
    text = paragraph.passage.text
    for sentence in paragraph.sentences:
        levels = [level for level in paragraph.levels_in(sentence) if level.mention.sort == "money"]
        if not 3 <= len(levels) <= 8 or _LESSENED.search(sentence.text):
            continue
        for whole, one, other in _MADE_OF:
            total = _called(levels, whole, ())
            first = _called(levels, one, (total,))
            second = _called(levels, other, (total, first))
            if total is None or first is None or second is None:
                continue
            if _OPENING.search(sentence.text) and not re.search(r"合计|共计|可用", total.mention.before):
                continue
            start, end = (f(level.mention.start for level in (total, first, second)) for f in (min, max))
            split = Split(total, (first, second), False)
            if ";" in text[start:end] or split.rounded or not (split.holds or split.slipped):
                continue
            claim = sum_claim("sum", split, paragraph, total.label)
            claim.doubtful = not split.holds
            yield claim
            break


def _called(levels: Sequence[Level], words: re.Pattern[str], but: Sequence[Level | None]) -> Level | None:
    """The first amount whose own words hold one of ``words``."""
    for level in levels:
        clause = re.split(r"[,;。:]", level.mention.before)[-1]
        if level not in but and level.value > 0 and level.mention.exact and words.search(clause):
            return level
    return None
