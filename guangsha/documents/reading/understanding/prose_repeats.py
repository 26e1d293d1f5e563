"""The same quantity stated twice in the prose in other words, and lists that repeat the parts of a sum.

Sentences that say the same word for word are compared by rule N13, which sees the text itself; here are the figures
that it cannot pair. Two figures are held to be one where the words around them agree. Where they agree only in part, a difference counts
as likely, not as certain; where nothing but a general word (预算, 金额) is shared, nothing is said.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from guangsha.documents.reading.understanding.prose_bind import Binder
from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Paragraph, Reading
from guangsha.documents.reading.understanding.prose_labels import core_of, key_of, noun_after
from guangsha.documents.reading.understanding.prose_match import one_digit_apart
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.forms import APPROXIMATE, UNSURE_REPEAT
from guangsha.kernel.numbers import plain

#: Words that many figures share; a label made of them alone names nothing.
_GENERAL = re.compile(
    r"预算|决算|执行|支出|收入|资金|金额|经费|项目|专项|年度|全年|目标|指标|产出|效益|满意度?|数量|质量|时效|成本|得分|自评|评价|完成|情况|"
    r"比例|比重|占|总额|合计|其中|主要|用于|实际|安排|财政|拨款|本年|年初|增加|减少|增长|下降|上年|部门|单位|中心|整体|涉及|包括|上级|补助|其他|基本|"
    r"社会|经济|生态|可持续影响|服务对象|数|率|额|个|等|的|和|及|与"
)
#: What a target says, not how much there is.
_BOUNDS = frozenset(("≥", "≤", ">", "<", "不低于", "不少于", "不超过", "不高于", "以上", "以下", "以内"))
_DIGITS = re.compile(r"[\d.,]+")
#: A list is said again at most so many paragraphs away.
_ECHO = 12
#: Figures of one label compared with one another.
_GROUP_MAX = 40
_ALIKE = 0.8
#: A name put in the place of another (城东 for 城西) is no longer than this.
_SUBSTITUTED_MAX = 6
_PARTLY = 0.5


@dataclass(frozen=True)
class _Said:
    """A figure with its words: label key, the sort of thing counted, and the text around it without digits."""

    mention: Mention
    label: str
    key: str
    stage: str
    scope: str
    around: frozenset[str]
    words: str
    paragraph: int

    @property
    def sentence(self) -> tuple[int, int]:
        return self.paragraph, self.mention.sentence


#: Figures of each sentence by what they count.
_Told = defaultdict[tuple[int, int], dict[tuple[str, str], Decimal]]


def read_repeats(reading: Reading, binder: Binder) -> list[Claim]:
    """Every pair of figures that state one quantity, the later one first."""
    groups: dict[tuple[str, str, str], list[_Said]] = defaultdict(list)
    told: _Told = defaultdict(dict)
    for said in _all(reading, binder):
        groups[(said.key, _thing(said.mention), said.stage)].append(said)
        told[said.sentence].setdefault((said.key, _thing(said.mention)), said.mention.base)
    made: list[Claim] = []
    for members in groups.values():
        made.extend(_within(members[:_GROUP_MAX], told))
    made.extend(_roughly(reading))
    return sorted(made, key=lambda claim: (claim.paragraph, claim.roles["first"].start))


def read_echoes(reading: Reading, sums: Sequence[Claim]) -> list[Claim]:
    """A list that repeats the parts of a sum one by one under other names: all of them, or all but one."""
    made: list[Claim] = []
    listed = sorted(
        (
            claim
            for claim in sums
            if claim.kind == "sum"
            and len(claim.roles) > 3
            and all(m.sort == "money" for m in claim.mentions())
        ),
        key=lambda claim: claim.paragraph,
    )
    own = {id(mention) for claim in sums for mention in claim.mentions()}
    starts = [claim.paragraph for claim in listed]
    for paragraph in reading.paragraphs:
        for sentence in paragraph.sentences:
            amounts = [level for level in paragraph.levels_in(sentence) if level.mention.sort == "money"]
            if len(amounts) < 3 or any(id(level.mention) in own for level in amounts):
                continue
            near = slice(
                bisect_left(starts, paragraph.index - _ECHO), bisect_right(starts, paragraph.index + _ECHO)
            )
            for claim in listed[near]:
                pairs = _paired(amounts, claim)
                made.extend(
                    Claim(
                        "repeat", level.label or claim.labels[role], {"first": level.mention, "second": claim.roles[role]},
                        {} if sure else {"first": UNSURE_REPEAT}, paragraph=paragraph.index,
                    )
                    for level, role, sure in pairs
                )  # fmt: skip
                if pairs:
                    break
    return made


def _paired(amounts: Sequence[Level], claim: Claim) -> list[tuple[Level, str, bool]]:
    parts = {role: mention for role, mention in claim.roles.items() if role.startswith("part.")}
    if len(parts) != len(amounts):
        return []
    pairs: list[tuple[Level, str, bool]] = []
    left: list[Level] = []
    for level in amounts:
        role = next((role for role, mention in parts.items() if mention.base == level.value), "")
        if role:
            del parts[role]
            pairs.append((level, role, True))
        else:
            left.append(level)
    if len(left) > 1 or sum(level.value != 0 for level, _, _ in pairs) < 2:
        return []
    return [*pairs, *((level, role, False) for level, role in zip(left, parts, strict=True))]


def _all(reading: Reading, binder: Binder) -> Iterator[_Said]:
    for paragraph in reading.paragraphs:
        named, sentence = "", -1
        scope = binder.scope(paragraph)
        parts: dict[tuple[int, int], str] = {}
        for mention in paragraph.mentions:
            if mention.sort not in ("money", "count", "percent") or mention.bound in _BOUNDS:
                continue
            if mention.sentence != sentence:
                named, sentence = "", mention.sentence
            level = paragraph.level_of(mention)
            label = level.label if level is not None else _words_of(paragraph, mention)
            noun = noun_after(mention) if mention.sort == "count" else ""
            # the end of a long phrase names what is counted; its beginning varies from sentence to sentence
            key = core_of(label)[-12:] if key_of(label) else ""
            if noun and not specific(key) and specific(key_of(noun)):
                key = key_of(noun)[:8]
            elif not key or not specific(key + noun):
                key = f"{named}#{key}{key_of(noun)[:6]}" if named else key + key_of(noun)[:8]
            elif noun:
                key += key_of(noun)[:8]
            if level is not None and specific(core_of(label)):
                named = core_of(label)
            if not specific(key):
                continue
            # a growth belongs to the figure that the paragraph opens with: only the same growth is said again
            topic = paragraph.topic
            stage = level.stage if level is not None else f"move {topic.value if topic else ''}"
            stage = "" if stage == "executed" else stage
            name = label if specific(label) else f"{named}{label}"
            words = _words_between(mention, parts)
            if stage.startswith("move"):
                key = re.sub(
                    r"^(?:主要)?原因(?:是|为)?|(?:收支出|收支|收入|支出|收)?(?:各)?(?:增加|减少|增长|下降)(?:额|了)?$",
                    "",
                    key,
                )
            yield _Said(mention, name or key, key, stage, scope, _around(mention), words, paragraph.index)


def _words_of(paragraph: Paragraph, mention: Mention) -> str:
    """The words of a growth or a percentage, its verb included."""
    for move in paragraph.moves:
        if move.mention is mention:
            return re.split(r"[,;。:]", mention.before)[-1]
    return re.split(r"[,;。:、]", mention.before)[-1]


def specific(key: str) -> bool:
    """Whether a label names something of its own: three characters are left without the general words.

    >>> specific("执行数"), specific("公租房租赁补贴")
    (False, True)
    """
    return len(re.findall(r"[一-鿿]", _GENERAL.sub("", key))) >= 3


def _thing(mention: Mention) -> str:
    if mention.sort != "count":
        return mention.sort
    return mention.unit.dimension if mention.unit is not None else mention.counter


def _around(mention: Mention) -> frozenset[str]:
    text = mention.passage.text
    left = _DIGITS.sub("", text[max(0, mention.start - 40) : mention.start])
    right = _DIGITS.sub("", text[mention.end : mention.end + 24])
    words = left[-28:] + "#" + right[:16]
    return frozenset(words[i : i + 2] for i in range(len(words) - 1))


def _words_between(mention: Mention, known: dict[tuple[int, int], str]) -> str:
    """The sentence part around a figure without digits and marks: what rule N13 knows a sentence by.

    ``known`` keeps the parts of one paragraph, which many figures share.
    """
    text = mention.passage.text
    start = max((text.rfind(mark, 0, mention.start) for mark in "。;"), default=-1) + 1
    ends = [at for mark in "。;" if (at := text.find(mark, mention.end)) >= 0]
    part = (start, min(ends, default=len(text)))
    if part not in known:
        known[part] = re.sub(r"[\d.,、:()\"“” ]", "", text[start : part[1]])
    return known[part]


def _near(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _within(members: Sequence[_Said], told: _Told) -> Iterator[Claim]:
    """Pairs in one group: each later figure with the earlier one whose words are most like its own."""
    for place, later in enumerate(members):
        earlier = [
            (_near(later.around, first.around), first)
            for first in members[:place]
            if (first.paragraph != later.paragraph or first.mention.sentence != later.mention.sentence)
            and not (first.mention.passage.form and later.mention.passage.form)
            and (first.words != later.words or first.mention.passage.form or later.mention.passage.form)
        ]
        if not earlier:
            continue
        near, first = max(
            earlier,
            key=lambda pair: (pair[1].mention.base == later.mention.base and pair[0] >= _PARTLY, pair[0]),
        )
        equal = first.mention.base == later.mention.base
        if equal:
            if near >= 0.3 or _long(later.mention):
                yield _pair(later, first, True)
            continue
        if first.mention.bound != later.mention.bound:
            if _about(first.mention, later.mention):
                yield _pair(later, first, True, approximate=True)
            continue
        if _two_things(first, later, told):
            continue
        same_place = first.scope == later.scope
        if later.stage.startswith("move") and near >= 0.3:
            yield _pair(later, first, True)
            continue
        values = {member.mention.base for member in members}
        if near >= _ALIKE and (same_place or len(later.key) >= 6):
            yield _pair(later, first, True)
        elif near >= _PARTLY and len(values) == 2 and (same_place or _slip(first.mention, later.mention)):
            yield _pair(later, first, False)


def _two_things(first: _Said, later: _Said, told: _Told) -> bool:
    """Whether two sentences of one make speak of two things: 城东片区 … and 城西片区 …, each with figures of its own."""
    one, other = told[first.sentence], told[later.sentence]
    shared = [key for key in one if key in other]
    differing = sum(one[key] != other[key] for key in shared)
    if differing > 1 and 2 * differing > len(shared):
        return True
    a, b = _left(first.mention), _left(later.mention)
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "replace" and max(a2 - a1, b2 - b1) <= _SUBSTITUTED_MAX:
            return True
    return False


def _left(mention: Mention) -> str:
    """The words of the sentence before a figure, without digits and marks."""
    text = mention.passage.text
    start = max((text.rfind(mark, 0, mention.start) for mark in "。;"), default=-1) + 1
    return re.sub(r"[\d.,、:()\"“”# ]", "", text[max(start, mention.start - 80) : mention.start])


def _long(mention: Mention) -> bool:
    return len(mention.value.as_tuple().digits) >= 3


def _slip(one: Mention, other: Mention) -> bool:
    return one_digit_apart(plain(one.value), plain(other.value))


def _about(one: Mention, other: Mention) -> bool:
    """Whether an approximate figure (3500余户) fits an exact one: within one unit of its last digit that is not 0."""
    loose, exact = (one, other) if not one.exact else (other, one)
    if not exact.exact or loose.base == 0:
        return False
    zeros = len(str(int(loose.value))) - len(str(int(loose.value)).rstrip("0"))
    room = 10**zeros if loose.value == int(loose.value) else 1
    factor = loose.base / loose.value
    return abs(exact.base - loose.base) <= room * factor


def _pair(later: _Said, first: _Said, certain: bool, *, approximate: bool = False) -> Claim:
    labels = {} if certain else {"first": UNSURE_REPEAT}
    if approximate and not later.mention.exact:
        later, first = first, later  # the exact figure first, the approximate one second
    loose = first
    if approximate:
        labels["second"] = f"{APPROXIMATE}:{loose.mention.bound}"
    roles = {"first": later.mention, "second": first.mention}
    return Claim("repeat", later.label or first.label or later.key, roles, labels, paragraph=later.paragraph)


def _roughly(reading: Reading) -> Iterator[Claim]:
    """``完成3573户…,惠及3500余户``: one sentence says a count exactly and roughly."""
    for paragraph in reading.paragraphs:
        for sentence in paragraph.sentences:
            counts = [
                mention for mention in sentence.mentions if mention.sort == "count" and mention.value >= 100
            ]
            for loose in counts:
                if loose.bound not in ("余", "多"):
                    continue
                exact = [
                    m
                    for m in counts
                    if m.exact and m.alike(loose) and abs(m.base - loose.base) * 10 <= m.base
                ]
                if len(exact) == 1:
                    roles = {"first": exact[0], "second": loose}
                    labels = {"second": f"{APPROXIMATE}:{loose.bound}"}
                    yield Claim(
                        "repeat", noun_after(exact[0]) or "数量", roles, labels, paragraph=paragraph.index
                    )
