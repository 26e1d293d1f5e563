"""Claims: what the prose says about its figures, before they become statement facts.

A :class:`Level` is a figure that states how much there is of something (not how much it grew, nor a percentage);
a :class:`Claim` relates one or several figures, each in a role of its kind (docs/figures-file.md, statements).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.understanding.prose_labels import clean_label, key_of, likeness, stem_of
from guangsha.documents.reading.understanding.prose_numbers import Mention, Sentence, sentences
from guangsha.documents.reading.understanding.prose_text import Passage, passages

#: How far back a figure that is named again is looked for, in paragraphs; enough for one part of a report.
LOOK_BACK = 60

_MOVE = re.compile(
    r"(?P<verb>增加|增长|上升|提高|提升|增收|增支|(?<!新)(?<!净)增|多|减少|下降|降低|压减|缩减|减支|减收|节约|(?<!核)减|降|少|(?<=[,、])下)"
    r"(?:额|数|了|幅度?|率)?(?:为|达到?|约|近)?$"
)
_MOVE_RATE = re.compile(
    r"(?:(?P<up>增幅|增速|增长率|涨幅|同比增)|(?P<down>降幅|下降率|减幅))(?:为|达到?|约|是)?$"
)
_DOWN = ("减少", "下降", "降低", "压减", "缩减", "减支", "减收", "节约", "减", "降", "少", "下")
_BUDGET = re.compile(
    r"预算(?:总?数|总额|金额|资金|安排|指标|额|批复|收入|支出)*(?:总额)?(?:共计|合计|为|是|共|计|约|:|安排|下达)*$"
)
_EXECUTED = re.compile(
    r"(?:决算|执行|实际支出|实际执行|实际发放|实际完成|实际使用|支出完成|支付)(?:总?数|总额|金额|资金|额|支出)*(?:共计|合计|为|是|共|计|约|:|了)*$"
)
_PRIOR = re.compile(r"上年|上一年|去年|以前年度|同期")
_AIM = re.compile(r"目标|指标值|计划|预计|预期|力争|任务|拟|应完成|不低于|不少于")
_DONE = re.compile(r"实际|已|实现了?|截至|累计|完成(?!.{0,6}(?:目标|任务|计划))|目前")
_THIS_YEAR = re.compile(r"(?:19|20)\d\d年|本年|今年|当年|全年|截至|截止|目前|累计|[比较]上年|同比")
_FULL_MARKS = re.compile(r"(?:满分|分值|标准分|权重)(?:为|是|:|共|计)*$")
_PLANNED_PART = re.compile(r"计划|下一步|打算|下年|明年|预期目标|工作思路|目标$|目标值")


@dataclass(frozen=True, eq=False)
class Level:
    """A figure that states how much there is of something.

    ``stage`` is ``budget``, ``executed``, ``prior``, ``target``, ``full`` (满分) or empty; ``order`` numbers levels through the document.
    """

    mention: Mention
    label: str
    stage: str
    order: int

    @property
    def value(self) -> Decimal:
        return self.mention.base

    @property
    def key(self) -> str:
        return key_of(self.label)


@dataclass(frozen=True, eq=False)
class Move:
    """A figure that states how much something grew or fell; ``down`` says which."""

    mention: Mention
    label: str
    down: bool


@dataclass
class Claim:
    """One statement about figures: ``roles`` name its figures, ``signs`` those that count as negative.

    ``doubtful`` marks a sum that the words do not promise and that nearly adds up: worth a look, no contradiction yet.
    ``labels`` name parts; ``cells`` bind a role to the figure of a table (a path of the accounts, or a fact key).
    """

    kind: str
    subject: str
    roles: dict[str, Mention]
    labels: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    signs: frozenset[str] = frozenset()
    paragraph: int = 0
    doubtful: bool = False

    def mentions(self) -> Iterable[Mention]:
        return self.roles.values()


@dataclass(frozen=True, eq=False)
class Paragraph:
    """A passage with its sentences, its levels and its moves; ``index`` is its place in the document."""

    passage: Passage
    index: int
    sentences: tuple[Sentence, ...]
    levels: tuple[Level, ...]
    moves: tuple[Move, ...]
    percents: tuple[Mention, ...]

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for sentence in self.sentences for mention in sentence.mentions)

    def levels_in(self, sentence: Sentence) -> list[Level]:
        return [level for level in self.levels if sentence.start <= level.mention.start < sentence.end]

    def level_of(self, mention: Mention) -> Level | None:
        return self._by_mention.get(id(mention))

    @cached_property
    def _by_mention(self) -> dict[int, Level]:
        return {id(level.mention): level for level in self.levels}

    @property
    def topic(self) -> Level | None:
        """The paragraph's first amount or count."""
        return self.levels[0] if self.levels else None


class Reading:
    """The document as paragraphs, with look-up of figures by what they are called."""

    def __init__(self, document: SourceDocument, *, owner: str, year: int) -> None:
        self.document = document
        self.owner = owner
        self.year = year
        self.paragraphs: list[Paragraph] = []
        self.levels: list[Level] = []
        for passage in passages(document):
            self.paragraphs.append(self._paragraph(passage))
        self._starts = [level.order for level in self.levels]
        self._homes = {id(level): p.index for p in self.paragraphs for level in p.levels}

    def _paragraph(self, passage: Passage) -> Paragraph:
        said = tuple(sentences(passage))
        levels: list[Level] = []
        moves: list[Move] = []
        percents: list[Mention] = []
        planned = any(_PLANNED_PART.search(title) for title in passage.headings)
        for sentence in said:
            aim = planned
            year = 0
            for mention in sentence.mentions:
                aim = _aimed(mention.before, aim)
                year = _year_said(mention) or (0 if _THIS_YEAR.search(mention.before) else year)
                move = self._move(mention)
                if move is not None:
                    moves.append(move)
                elif mention.sort == "percent":
                    percents.append(mention)
                elif mention.sort in ("money", "count", "score"):
                    order = len(self.levels) + len(levels)
                    label = clean_label(mention.before, owner=self.owner)
                    stage = _stage(mention, aim or planned or _named_aim(mention), self.year, year)
                    levels.append(Level(mention, label, stage, order))
        self.levels.extend(levels)
        return Paragraph(passage, len(self.paragraphs), said, tuple(levels), tuple(moves), tuple(percents))

    def _move(self, mention: Mention) -> Move | None:
        if mention.sort not in ("money", "count", "percent"):
            return None
        clause = re.split(r"[;。:]", mention.before)[-1]
        rate = _MOVE_RATE.search(clause)
        if rate is not None and mention.sort == "percent":
            return Move(
                mention, clean_label(clause[: rate.start()], owner=self.owner), rate["down"] is not None
            )
        found = _MOVE.search(clause)
        if found is None:
            return None
        verb = found["verb"]
        if verb in ("节约", "多", "少", "提高", "提升", "增收", "增支", "减支", "减收") and not re.search(
            r"[比较]", clause
        ):
            return None
        return Move(mention, clean_label(clause[: found.start()], owner=self.owner), verb in _DOWN)

    @cached_property
    def _places(self) -> dict[int, Paragraph]:
        return {id(paragraph.passage): paragraph for paragraph in self.paragraphs}

    def paragraph_of(self, mention: Mention) -> Paragraph | None:
        """The paragraph that a figure stands in; None for one that was made up (the length of a list)."""
        return self._places.get(id(mention.passage))

    @cached_property
    def _called(self) -> dict[str, list[Level]]:
        made: dict[str, list[Level]] = {}
        for level in self.levels:
            made.setdefault(stem_of(level.label), []).append(level)
        return made

    def called(self, label: str) -> list[Level]:
        """Levels of the whole document whose label has the same stem, in order."""
        return self._called.get(stem_of(label), [])

    def home(self, level: Level) -> Paragraph:
        """The paragraph a level stands in."""
        return self.paragraphs[self._homes[id(level)]]

    def before(self, paragraph: Paragraph, position: int | None = None) -> list[Level]:
        """Levels before ``position`` of ``paragraph`` (or before the paragraph), the nearest first."""
        first = max(0, paragraph.index - LOOK_BACK)
        found: list[Level] = []
        if position is not None:
            found.extend(level for level in reversed(paragraph.levels) if level.mention.start < position)
        for index in range(paragraph.index - 1, first - 1, -1):
            found.extend(reversed(self.paragraphs[index].levels))
        return found

    def named(
        self, label: str, candidates: Sequence[Level], sample: Mention | None, least: float = 0.8
    ) -> Level | None:
        """The candidate that ``label`` names best, the nearest of equals; of the sort of ``sample``."""
        best: Level | None = None
        score = least
        for level in candidates:
            if sample is not None and not level.mention.alike(sample):
                continue
            near = likeness(label, level.label)
            if near > score or (near == score and best is None):
                best, score = level, near
            if score == 1.0:
                break
        return best

    def between(self, first: Level, last: Level) -> list[Level]:
        """Levels after ``first`` up to and including ``last``."""
        return self.levels[
            bisect_left(self._starts, first.order) + 1 : bisect_left(self._starts, last.order) + 1
        ]


def _aimed(before: str, aim: bool) -> bool:
    """Whether the figure after ``before`` is an aim: the last word of either kind decides."""
    aims = [found.end() for found in _AIM.finditer(before)]
    done = [found.end() for found in _DONE.finditer(before)]
    if not aims and not done:
        return aim
    return max(aims, default=-1) > max(done, default=-1)


def _named_aim(mention: Mention) -> bool:
    """``超额完成归集1亿元的目标``: the words behind the figure call it an aim."""
    after = mention.passage.text[mention.end : mention.end + 8]
    clause = re.split(r"[,;。]", mention.before)[-1]
    if re.match(r"[\"”](?:年度|全年)?(?:指标值|目标)", after):
        return True  # a name in quotation marks that holds its own aim (“实现收益900万元”年度指标值为…)
    return bool(re.match(r"的?(?:年度|全年|预期|既定)?(?:目标|任务|计划)", after)) and "实现" not in clause


def _stage(mention: Mention, aim: bool, year: int, said: int) -> str:
    """What a figure tells of; ``said`` is the year that this clause or an earlier one of the sentence opens with."""
    clause = re.split(r"[,;。]", mention.before)[-1]
    if _FULL_MARKS.search(clause):
        return "full"
    if _BUDGET.search(clause):
        return "budget"
    if _EXECUTED.search(clause):
        return "executed"
    if _PRIOR.search(clause) or said == year - 1:
        return "prior"
    # points are given, not aimed at: 绩效目标得6.5分 names an indicator
    return "target" if (aim and mention.sort != "score") or said > year else ""


def _year_said(mention: Mention) -> int:
    """The year that the clause names last before its figure, unless it only compares with it; 0 for none."""
    clause = re.split(r"[,;。]", mention.before)[-1]
    found = list(re.finditer(r"(?<![比较与同和至到])((?:19|20)\d\d)年(?!追加|省级|中央|市级|区级)", clause))
    # a year inside the name of a project (2023年老旧小区物业服务奖补资金) is no time of the figure
    return int(found[-1][1]) if found and found[-1].start() == 0 and len(clause) <= 26 else 0


_BUDGET_WORDS = re.compile(
    r"(?:的)?(?:项目|专项|年度|全年|年初|本年|资金|财政|申报|总)*(?:预算|决算|执行)(?:总?数|总额|金额|资金|额|安排)*$|全年$|年度$|年初$|资金$"
)
_SAYS_LITTLE = ("项目", "年度资金", "中心", "支出", "收入", "资金", "金额", "其中")


def subject_of(reading: Reading, paragraph: Paragraph, level: Level) -> str:
    """What a budget or result is of: its own words less 预算, else the item's title, else the heading above."""
    own = re.sub(r"^(?:未|不)?(?:超出?|超过|低于|高于|控制在)", "", _BUDGET_WORDS.sub("", level.label)).strip(
        '、的:"'
    )
    if level.stage == "budget":
        inside = [
            other
            for other in paragraph.levels
            if other.mention.sentence == level.mention.sentence
            and other.mention.start < level.mention.start
            and ";" not in paragraph.passage.text[other.mention.end : level.mention.start]
        ]
        if not own and inside and inside[-1].stage in ("", "executed") and len(key_of(inside[-1].label)) >= 3:
            return inside[-1].label
    if len(key_of(own)) >= 2 and own not in _SAYS_LITTLE:
        return own
    if level.stage == "budget":
        inside = [
            other
            for other in paragraph.levels
            if other.mention.sentence == level.mention.sentence and other.mention.start < level.mention.start
            and ";" not in paragraph.passage.text[other.mention.end : level.mention.start]
        ]  # fmt: skip
        if inside and inside[-1].stage in ("", "executed") and len(key_of(inside[-1].label)) >= 3:
            return inside[-1].label
    if level.stage == "executed":
        before = [
            other
            for other in paragraph.levels
            if other.stage == "budget" and other.mention.start < level.mention.start
            and other.mention.sentence == level.mention.sentence
        ]  # fmt: skip
        if before:
            return subject_of(reading, paragraph, before[-1])
    title = re.sub(
        r"(?:项目)?(?:绩效)?自评(?:综述|结果|情况)?$|^情况$|^执行率情况$", "", paragraph.passage.title
    )
    if len(title) >= 2 and title not in ("完成情况", "执行率情况", "预算执行情况", "预算执行情况分析"):
        return title
    for heading in reversed(paragraph.passage.headings):
        found = re.sub(r"^(?:19|20)\d\d年度?", "", heading)
        found = re.sub(r"(?:项目)?(?:绩效)?自评(?:表)?(?:和自评)?(?:结果|表|报告|综述)$", "", found)
        if found != heading and len(found) >= 3:
            return found
    return own or level.label or "支出"


def envelope(total: Mention, parts: Iterable[Mention]) -> Decimal:
    """SUM(n) of checker/relations.py in base units: half of the last printed digit of every figure."""
    return sum((step(mention) / 2 for mention in (total, *parts)), Decimal(0))


def step(mention: Mention) -> Decimal:
    """One unit of the last digit, in base units; every figure counts as printed with two decimals at least.

    Money prints 22 for 22.00, and counted things are whole: 18 persons are not 17 rounded.
    """
    places = max(mention.decimals, 2)
    factor = mention.unit.factor if mention.unit is not None else Decimal(1)
    return Decimal(1).scaleb(-places) * factor


def one_digit_off(difference: Decimal, tail: Decimal, sample: Mention) -> bool:
    """Whether changing one digit of one figure would explain ``difference``, give or take the rounding ``tail``.

    A single wrong digit leaves a difference of one digit followed by zeros; what a list leaves out does not.
    """
    factor = sample.unit.factor if sample.unit is not None else Decimal(1)
    off, slack = abs(difference) / factor, tail / factor
    if off <= slack:
        return False
    for power in range(-2, 7):
        place = Decimal(1).scaleb(power)
        times = (off / place).to_integral_value()
        if not 1 <= times <= 9:
            continue
        if off == times * place or (place > 2 * slack and abs(off - times * place) <= slack):
            return True
    return False
