"""The numbers of a squeezed paragraph with their units: amounts, percentages, counts, points.

Dates, years, numbers of documents, ordinals, ranges and hours are recognised so that they are not taken for figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from guangsha.documents.reading.understanding.prose_text import Passage
from guangsha.kernel.measures import UNITS, Quantity, Unit, unit_of
from guangsha.kernel.numbers import DIGITS_MAX

#: What is no figure although it has digits: dates, years, document and telephone numbers, ordinals, ranges.
_NO_FIGURE = re.compile(
    r"(?:(?:19|20)\d\d[-~—至到])?(?:19|20)\d\d年(?:度|底|末|初)?(?:\d{1,2}月(?:份|底|末|初)?)?(?:\d{1,2}日)?"
    r"|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}"
    r"|\d{1,2}[-~—至到]\d{1,2}月(?:份|底|末|初)?"
    r"|\d{1,2}月(?:份|底|末|初|中旬|上旬|下旬|\d{1,2}日)?"
    r"|[〔\[【(](?:19|20)\d\d[〕\]】)](?:第?\d+号)?"
    r"|第\d+(?:\.\d+)?|[(（]\d{1,2}[)）]|[(（]不?含\d+%[)）]"
    r"|\d+(?:\.\d+)?%?[-~—至]\d+(?:\.\d+)?(?:%|㎡|m2|平方米|平米|分|万?元|户|套|天|年|月)?"
    r"|[A-Za-z]+[-_]?\d[\w.\-]*"
    r"|(?:(?<=[:;。])|(?<=附件)|(?<=附表))\d{1,2}(?:[、.:](?!\d)|(?=20\d\d年)|:(?=20\d\d))"
    r"|\d+号|\d+级|\d+年代|\d{1,2}:\d\d(?!\d)|\d{3,4}-\d{6,8}|1[3-9]\d{9}"
)

#: Counters with the words that must not follow them (``分`` is points, ``分别`` is not).
_COUNTERS: dict[str, str] = {
    "万平方米": "", "平方米": "", "平方公里": "", "平米": "", "m2": "", "公里": "", "千米": "",
    "亿元": "", "万元": "", "千元": "", "元": "(?:月|旦|件)",
    "%": "", "‰": "", "个百分点": "", "百分点": "",
    "人次": "", "户次": "", "场次": "", "批次": "", "台次": "", "人": "(?:员|才|均|民|事|口|工|物|防|社|居)",
    "名": "(?:称|单|义)", "户": "(?:籍|均|型|主)", "套(间)": "", "套": "(?:内|型)", "间": "(?:的|接)", "栋": "", "幢": "",
    "个工作日": "", "工作日": "", "个月": "", "个小时": "", "小时": "", "分钟": "", "秒": "", "天": "", "年": "", "日": "",
    "个": "(?:性|别|人(?!大)|体)", "项": "目", "件": "(?:数)", "起": "(?:来|草|步)", "宗": "(?:旨)", "处": "(?:置|理|级|室|罚|于)",
    "份": "", "本": "(?:年|级|单位|部门|中心|局|区|市|项|次|金)", "场": "(?:所|地)", "条": "(?:例|件|款)", "期": "(?:间|末|初|限|望)",
    "批": "(?:复|准)", "类": "", "次": "", "辆": "", "台": "(?:账)", "部": "(?:门|分|署|长|级)", "座": "", "张": "", "家": "(?:庭|具|属)",
    "所": "(?:属|在|有|需|得)", "篇": "", "亩": "", "吨": "", "米": "", "支": "(?:出|付|持|部)", "轮": "", "封": "", "块": "",
    "倍": "", "分": "(?:别|中心|管|公司|局|之|期|开|散|项|析|类|配|解|布|批|支|工|级|值)",
}  # fmt: skip
_UNIT = "|".join(
    f"{re.escape(word)}(?!{unlike})" if unlike else re.escape(word)
    for word, unlike in sorted(_COUNTERS.items(), key=lambda pair: -len(pair[0]))
)
_FIGURE = re.compile(
    r"(?P<sign>(?<=[长为率幅降减])-)?"
    r"(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"
    r"(?P<more>余|多)?(?P<scale>万(?!元)|亿(?!元)|(?=[万亿]元))(?P<over>余|多)?"
    rf"(?P<unit>{_UNIT})?(?P<beyond>余)?(?P<bound>以上|以下|以内|左右|\+)?"
    r"|(?P<whole2>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction2>\d+))?"
    rf"(?P<more2>余|多)?(?P<unit2>{_UNIT})?(?P<bound2>以上|以下|以内|左右|\+)?"
)
_BEFORE = re.compile(r"(?:约|近|逾|超|超过|达到?约|不低于|不少于|不超过|不高于|大于|小于|[≥≤><])$")
_SCALES = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_TIMES = frozenset(("小时", "个小时", "分钟", "秒", "天", "年", "日", "个月", "工作日", "个工作日"))


@dataclass(frozen=True, eq=False)
class Mention:
    """One figure of a paragraph.

    ``value`` is in ``unit`` (a bare count has none); ``counter`` is the counting word as printed; ``bound`` is the
    word that makes it inexact (余, 约, ≥, 以上), ``before`` the text since the figure before it in the sentence, and ``scale`` the
    万 or 亿 that ``value`` was multiplied by because no unit holds it (``12.6万栋``).
    """

    passage: Passage
    start: int
    end: int
    value: Decimal
    decimals: int
    unit: Unit | None
    counter: str
    bound: str
    before: str
    sentence: int
    scale: Decimal = Decimal(1)

    @cached_property
    def grain(self) -> Decimal:
        """One unit of the last digit that was printed, in base units: 1000 万元 for ``1.6 亿元``."""
        return Quantity(Decimal(1).scaleb(-self.decimals), self.unit).base * self.scale

    @cached_property
    def sort(self) -> str:
        """``money``, ``percent``, ``score``, ``count``, ``time`` or ``bare``."""
        if self.unit is not None and self.unit.dimension == "money":
            return "money"
        if self.counter in ("%", "‰"):
            return "percent"
        if self.counter in ("个百分点", "百分点", "倍"):
            return "bare"
        if self.counter == "分":
            return "score"
        if self.counter in _TIMES:
            return "time"
        return "count" if self.counter else "bare"

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def exact(self) -> bool:
        return not self.bound

    @cached_property
    def base(self) -> Decimal:
        """The value in base units of its dimension."""
        return Quantity(self.value, self.unit).base

    def alike(self, other: Mention) -> bool:
        """Whether the two may stand in one sum or be the same figure."""
        if self.sort != other.sort:
            return False
        if self.sort == "count" and self.counter != other.counter:
            one, two = self.unit, other.unit
            return one is not None and two is not None and one.dimension == two.dimension
        return True


@dataclass(frozen=True, eq=False)
class Sentence:
    """One sentence of a passage: its extent and its figures in order."""

    passage: Passage
    start: int
    end: int
    mentions: tuple[Mention, ...]

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def sentences(passage: Passage) -> list[Sentence]:
    """The sentences of a passage with their figures.

    >>> from guangsha.documents.reading.understanding.prose_text import Piece
    >>> from guangsha.documents.reading.source import Spot
    >>> said = "2024年共发放720万元,1509户。"
    >>> [m.text for s in sentences(Passage(said, (Piece(0, said, Spot()),), tuple(range(len(said))))) for m in s.mentions]
    ['720万元', '1509户']
    """
    made: list[Sentence] = []
    start = 0
    for found in re.finditer(r"[。!?！？]+|$", passage.text):
        end = found.end()
        if end > start:
            mentions = tuple(_mentions(passage, start, end, len(made)))
            made.append(Sentence(passage, start, end, mentions))
        start = end
    return made


def _mentions(passage: Passage, start: int, end: int, sentence: int) -> Iterator[Mention]:
    text = passage.text
    at, last = start, start
    while at < end:
        char = text[at]
        if not (char.isdigit() and char.isascii()) and char not in "〔[【(（第" and not char.isascii():
            at += 1
            continue
        other = _NO_FIGURE.match(text, at, end)
        if other is not None:
            at = other.end()
            continue
        if not (char.isdigit() and char.isascii()):
            at += 1
            continue
        found = _FIGURE.match(text, at, end)
        if found is None:
            at += 1
            continue
        mention = _mention(passage, found, text[last:at], sentence)
        at = found.end()
        if mention is not None:
            yield mention
            last = at


def _mention(passage: Passage, found: re.Match[str], before: str, sentence: int) -> Mention | None:
    parts = found.groupdict(default="")
    whole = (parts["whole"] or parts["whole2"]).replace(",", "")
    fraction = parts["fraction"] or parts["fraction2"]
    if len(whole) + len(fraction) > min(DIGITS_MAX, 18):
        return None
    value = Decimal(f"{whole}.{fraction}" if fraction else whole)
    counter = parts["unit"] or parts["unit2"]
    bound = (
        parts["more"]
        or parts["over"]
        or parts["beyond"]
        or parts["more2"]
        or parts["bound"]
        or parts["bound2"]
    )
    marked = _BEFORE.search(before)
    if marked is not None:
        bound = bound or marked[0]
    unit, measured, counter = _measured(value, parts["scale"], counter)
    scale = measured / value if value else Decimal(1)
    return Mention(
        passage,
        found.start(),
        found.end(),
        measured,
        len(fraction),
        unit,
        counter,
        bound,
        before,
        sentence,
        scale,
    )


def _measured(value: Decimal, scale: str, counter: str) -> tuple[Unit | None, Decimal, str]:
    if not scale:
        return (unit_of(counter) if counter else None), value, counter
    scaled = UNITS.get(scale + counter) if counter else UNITS[f"{scale}元"]
    if scaled is not None:
        return scaled, value, counter or f"{scale}元"
    return unit_of(counter), value * _SCALES[scale], counter
