"""Counts and what they count: named lists and numbered items; vehicles and projects; rates beyond their bound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Paragraph, Reading
from guangsha.documents.reading.understanding.prose_labels import key_of, noun_after
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.documents.reading.understanding.prose_sums import list_items
from guangsha.documents.reading.understanding.prose_text import Passage
from guangsha.facts.forms import UNSURE_REPEAT

_LISTED_NOUN = re.compile(r"项目|单位|机构|部门|方面|部分|内容|科室|股室|处室|问题|措施|任务|工作")
#: Rates that cannot pass 100 %.
_BOUNDED = re.compile(
    r"(?:满意度|满意率|合格率|办结率|及时率|准确率|覆盖率|覆盖面|入住率|知晓率|回复率|处置率|受理率|收缴率|达标率|优良率|合规率|到位率|占比|比重)$"
)
_ITEM_MARK = re.compile(r"本级|机关")


def read_lists(reading: Reading) -> list[Claim]:
    """Counts with the list that they announce, and what else a count can be held against."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        made.extend(_named(reading, paragraph))
        made.extend(_numbered(reading, paragraph))
        made.extend(_affairs(paragraph))
        made.extend(_unbounded(paragraph))
        made.extend(_achieved(paragraph))
    return made


def _listed(passage: Passage, start: int, end: int, number: int) -> Mention:
    """The number of names between ``start`` and ``end`` as a figure of its own."""
    return Mention(passage, start, end, Decimal(number), 0, None, "", "", "", 0)


def _named(reading: Reading, paragraph: Paragraph) -> Iterator[Claim]:
    """``8个内设机构…内设机构分别是 a、b…h``: the names are counted."""
    for level in paragraph.levels:
        if level.mention.counter not in ("个", "家", "项", "类", "名") or not level.mention.exact:
            continue
        noun = re.match(r"[一-鿿]{2,10}", noun_after(level.mention))
        if noun is None or level.value > 40:
            continue
        name = re.split(r"[和与及、]|分别|包括|即|为|是|有", noun[0])[0]
        if len(name) < 2:
            continue
        for passage, start, end in _lists_of(reading, paragraph, level.mention, name):
            low, high = _names(passage.text[start:end])
            if high < 2:
                continue
            number = int(level.value) if low <= level.value <= high else high
            roles = {"count": level.mention, "listed": _listed(passage, start, end, number)}
            yield Claim("list", name, roles, paragraph=paragraph.index)
            break


def _lists_of(
    reading: Reading, paragraph: Paragraph, mention: Mention, name: str
) -> Iterator[tuple[Passage, int, int]]:
    pattern = re.compile(
        rf"{re.escape(name)}(?:设有|分别|具体|主要)?(?:是|为|有|包括|:)+(?P<names>[^。;:\d]+)"
    )
    for place, later in enumerate(reading.paragraphs[paragraph.index : paragraph.index + 3]):
        found = pattern.search(later.passage.text, mention.start if place == 0 else 0)
        if found is not None and "、" in found["names"]:
            yield later.passage, found.start("names"), found.end("names")


def _names(text: str) -> tuple[int, int]:
    """How many names a list holds, at least and at most: ``a、b和c`` is three, unless 和 belongs to a name."""
    text = re.sub(r"[(（][^()（）]*[)）]", "", text)
    text = re.split(r",(?!.*、)", text)[0]
    if re.search(r"等(?:[一-鿿]{0,4})?$|等\d*[个家项]", text):
        return 0, 0
    parts = [part for part in re.split(r"[、,]", text) if part.strip()]
    joints = sum(len(re.findall(r"以及|[和及与]", part)) for part in parts)
    last = len(re.findall(r"以及|[和及与]", parts[-1])) if parts else 0
    return len(parts), len(parts) + max(joints, last)


def _numbered(reading: Reading, paragraph: Paragraph) -> Iterator[Claim]:
    """A count before numbered items: ``共涉及 7 个项目`` and 1 to 7, ``6 个下属单位`` and 本级 with them."""
    items = list_items(reading, paragraph)
    if len(items) < 2:
        return
    announced = paragraph.passage.text.endswith(":")
    found = _counts_of_items(paragraph)
    if not found and announced and paragraph.index:
        found = _counts_of_items(reading.paragraphs[paragraph.index - 1])
    for level in found[-1:]:
        texts = [item.passage.text for item in items]
        number = len(items)
        if level.value == number - 1 and any(_ITEM_MARK.search(text) for text in texts):
            number -= 1
        equal = level.value == number
        if not equal and (not announced or abs(level.value - number) > 3):
            continue
        first = items[0].passage
        roles = {"count": level.mention, "listed": _listed(first, 0, min(len(first.text), 12), number)}
        labels = {} if equal or announced else {"listed": UNSURE_REPEAT}
        noun = noun_after(level.mention) or level.label
        yield Claim("list", noun[:14], roles, labels, paragraph=paragraph.index)


def _counts_of_items(paragraph: Paragraph) -> list[Level]:
    last = paragraph.sentences[-1].start if paragraph.sentences else 0
    return [
        level
        for level in paragraph.levels
        if level.mention.start >= last
        and level.mention.counter in ("个", "家", "项", "类")
        and level.mention.exact
        and _LISTED_NOUN.search(noun_after(level.mention) + level.label)
    ]


def _affairs(paragraph: Paragraph) -> Iterator[Claim]:
    """Counts that the rules on vehicles and self-evaluated projects look for by their subject."""
    for level in paragraph.levels:
        if level.mention.sort == "money" and level.label in ("资金", "涉及资金", "项目资金", "自评资金"):
            said = paragraph.sentences[level.mention.sentence].text
            if "自评" in said and re.search(r"\d个(?:一级)?(?:项目|部门|单位)|项目\d+个", said):
                yield Claim("sum", "开展自评的项目资金", {"total": level.mention}, paragraph=paragraph.index)
        if level.mention.sort != "count" or not level.mention.exact:
            continue
        words = level.label + noun_after(level.mention)
        subject = ""
        if "保有量" in words:
            subject = "公务用车保有量"
        elif level.mention.counter == "辆" and re.search(
            r"共?有(?:各类)?(?:公务)?(?:用车|车辆)|车辆(?:总数|合计|共)", words
        ):
            before = level.mention.before
            subject = "" if "其中" in before else "共有车辆"
        elif re.search(r"项目", words) and level.mention.counter == "个":
            sentence = paragraph.sentences[level.mention.sentence].text
            if "自评" in sentence and re.search(
                r"共?涉及|共有|共\d", level.mention.before[-6:] + level.mention.text
            ):
                subject = "开展自评的项目数"
        if subject:
            yield Claim("count", subject, {"count": level.mention}, paragraph=paragraph.index)


def _achieved(paragraph: Paragraph) -> Iterator[Claim]:
    """``产出指标 25 个,完成 25 个``: what was done is no more than what there was."""
    for first, second in pairwise(paragraph.levels):
        if not second.mention.alike(first.mention) or second.mention.sort != "count":
            continue
        between = paragraph.passage.text[first.mention.end : second.mention.start]
        if (
            first.mention.sentence != second.mention.sentence
            or len(between) > 20
            or re.search(r"[;(]", between)
        ):
            continue
        if re.match(r"^[^,]{0,8},?(?:全部|均|共|已|实际)?完成", between) and _whole_number_of(first):
            roles = {"total": first.mention, "part.1": second.mention}
            yield Claim("limit", first.label or "总数", roles, {"part.1": "完成"}, paragraph=paragraph.index)


def _whole_number_of(level: Level) -> bool:
    """Whether a count says how many indicators or tasks there are; an aim (年度指标值 10 户) may well be passed."""
    if level.mention.counter not in ("个", "项", "条", "类") or level.stage == "target":
        return False
    noun = noun_after(level.mention)
    return bool(re.search(r"指标$", level.label)) or bool(
        re.match(r"[^,]{0,6}(?:指标|任务|目标)(?!值)", noun)
    )


def _unbounded(paragraph: Paragraph) -> Iterator[Claim]:
    for mention in paragraph.percents:
        words = key_of(
            re.sub(
                r"(?:均|分别)?(?:为|是|达到?|约|:|超过?|大于|高于|不低于)*$",
                "",
                re.split(r"[,;。:]", mention.before)[-1],
            )
        )
        if mention.value > 100 and _BOUNDED.search(words):
            yield Claim("bound", words[-16:], {"percent": mention}, paragraph=paragraph.index)
