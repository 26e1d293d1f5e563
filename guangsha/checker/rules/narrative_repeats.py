"""Family N: the same fact told in several places (N13). Source: performance.md §5.5.

Published reports repeat whole sentences: the statement and its annex, the summary and each project. Two ways find them:
sentences whose words are equal when numbers are left out, and sentences that share two or more labelled quantities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from guangsha.checker.document import Passage, squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held
from guangsha.checker.rules.metadata import NO_DOCUMENT
from guangsha.kernel.findings import Quoted, Relation, Severity
from guangsha.kernel.numbers import plain

_NUMBER = re.compile(r"(?<![\dA-Za-z.])\d+(?:[,，]\d{3})*(?:\s?[.．]\s?\d+)?(?![\dA-Za-z”])")
_SENTENCE = re.compile(r"[^。；;！？\n]+")
#: Words that a sentence must have besides its numbers to be known again.
_WORDS_MIN = 12
#: From here on a sentence is long enough that another with the same words is a copy, not a form of speech.
_WORDS_COPY = 24
#: Forms of speech that every sheet fills with numbers of its own.
_FORMULA = re.compile(
    r"得分|得#分|满分|分值|总分|指标(?:共|有|共有)?#[个项]|年度指标值为|年初预算为|全年预算为|全年预算数?比年初预算|支出决算为|填报日期|填表人|联系电话"
)
#: Plans and other years may well name other numbers.
_OTHER_TIME = re.compile("目标|计划|预计|力争|上年|去年|累计|以来|要求|需")
_COUNTER = re.compile(r"\s*(万平方米|平方米|人次|个小区|户|套|栋|幢|人|件|起|个|辆|间|家|次)")


@dataclass(frozen=True, slots=True)
class _Number:
    value: Decimal
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of a passage: its words without numbers, and its numbers in order."""

    passage: Passage
    start: int
    text: str
    words: str
    numbers: tuple[_Number, ...]

    @property
    def length(self) -> int:
        return sum(1 for c in self.words if "\u4e00" <= c <= "\u9fff")


def _sentences(case: Case) -> Iterator[_Sentence]:
    for passage in case.document.passages if case.document else ():
        for match in _SENTENCE.finditer(passage.text):
            text = match[0]
            numbers = tuple(
                _Number(
                    Decimal(re.sub(r"[,，\s]", "", found[0]).replace("．", ".")),
                    match.start() + found.start(),
                    match.start() + found.end(),
                )
                for found in _NUMBER.finditer(text)
            )
            words = squeeze(
                _NUMBER.sub("#", re.sub(r"^\s*(?:[-•]\s*)?(?:[(（]?\d{1,2}[)）、.．])?", "", text))
            )
            if numbers:
                yield _Sentence(
                    passage,
                    match.start(),
                    text,
                    re.sub(r"[,，、:：()（）\"“”]", "", words),
                    _counted(numbers, words),
                )


def _counted(numbers: tuple[_Number, ...], words: str) -> tuple[_Number, ...]:
    """The numbers that ``words`` still counts: an item's own number at the start of the sentence is left out."""
    surplus = len(numbers) - words.count("#")
    return numbers[surplus:] if surplus > 0 else numbers


@rule(
    "N13",
    title="同一事实多处表述的数字相同",
    scope="正文",
    formula="除数字外文字相同的两句话，数字相同；两句话中名称、单位相同的数量，数字相同",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="同一件事前后数字不同，至少一处没有随定稿更新。",
    source="绩效自评报告正文；部门决算公开情况说明与附件",
    example="江岸区 2024 年度：同一项目两处执行率分别印为 100% 和 200%。",
    absent=f"{NO_DOCUMENT}，或没有重复表述的句子",
)
def n13(case: Case) -> Iterator[Relation]:
    sentences = [sentence for sentence in _sentences(case) if sentence.length >= _WORDS_MIN]
    copies: dict[str, list[_Sentence]] = {}
    for sentence in sentences:
        copies.setdefault(sentence.words, []).append(sentence)
    told_twice: set[int] = set()
    for group in copies.values():
        distinct = {id(sentence.passage) for sentence in group}
        if len(group) > 1 and len(distinct) == len(group) and not _FORMULA.search(group[0].words):
            told_twice.update(id(sentence) for sentence in group[1:])
            yield from _copies(group)
    yield from _labelled(case, [s for s in sentences if id(s) not in told_twice])


def _copies(group: list[_Sentence]) -> Iterator[Relation]:
    """Sentences with the same words: each number against the one that most of them print."""
    for position in range(min(len(sentence.numbers) for sentence in group)):
        column = [sentence.numbers[position] for sentence in group]
        values = [number.value for number in column]
        subject = f"“{group[0].text.strip()[:24]}……”的第 {position + 1} 个数"
        usual = max(set(values), key=lambda value: (values.count(value), -values.index(value)))
        if all(value == usual for value in values):
            yield held("N13", subject, *(_quoted(s, n) for s, n in zip(group, column, strict=True)))
            continue
        if len(group) > 2 and values.count(usual) < len(group) - 1:
            continue  # several print numbers of their own: a form of speech
        others = sum(
            1
            for index in range(len(group[0].numbers))
            if index != position
            and len({s.numbers[index].value for s in group if index < len(s.numbers)}) == 1
        )
        differing = len(group[0].numbers) - others - 1
        if differing > others:
            continue  # more numbers differ than agree: these sentences speak of two things
        sure = group[0].length >= _WORDS_COPY and others >= 2 and differing == 0
        yield _differs(group, column, usual, subject, Severity.ERROR if sure else Severity.WARNING)


def _quoted(sentence: _Sentence, number: _Number) -> Quoted:
    return Quoted(sentence.passage.place(number.start, number.end, label=sentence.text.strip()[:30]))


def _differs(
    group: list[_Sentence], column: list[_Number], usual: Decimal, subject: str, severity: Severity
) -> Relation:
    strange = [(s, n) for s, n in zip(group, column, strict=True) if n.value != usual]
    first = next((s, n) for s, n in zip(group, column, strict=True) if n.value == usual)
    ordered = [*strange, first]
    places = [s.passage.place(n.start, n.end, label=s.text.strip()[:30]) for s, n in ordered]
    printed = "、".join(dict.fromkeys(plain(number.value) for _, number in strange))
    return broken(
        "N13", severity, "repeat",
        f"同一句话“{group[0].text.strip()[:36]}……”在两处印出不同的数：{plain(usual)} 与 {printed}。", subject=subject,
        expected=plain(usual), found=printed, places=places, advice="请核对是否同一事实，更正其中一处。",
    )  # fmt: skip


# --- labelled quantities -----------------------------------------------------------------------------------

#: So many labels must two sentences share to speak of one thing: in their last two characters, or in full.
_SHARED_ENDINGS = 3
_SHARED_LABELS = 2
#: Words before a number that say nothing of what is counted.
_GENERIC = re.compile("(?:指标值|完成值?|达到|目标值?|实际|计划|其中|合计|总计|共计|年度|新增|累计)$")
#: Sentences with several quantities that are compared with one another; the longest real report has under 100.
_COMPARED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Quantities of a sentence by the last two characters before the number and the counter behind it."""

    sentence: _Sentence
    numbers: dict[tuple[str, str], _Number]
    labels: dict[tuple[str, str], str]

    def same_thing(self, other: _Labelled) -> bool:
        shared = [key for key in self.numbers if key in other.numbers]
        full = [key for key in shared if len(self.labels[key]) >= 4 and self.labels[key] == other.labels[key]]
        return len(shared) >= _SHARED_ENDINGS or len(full) >= _SHARED_LABELS


def _quantities(sentence: _Sentence, year: int) -> _Labelled | None:
    text = sentence.passage.text
    years = {int(found) for found in re.findall(r"(?<!\d)(20\d\d)\s*年", sentence.text)}
    if _OTHER_TIME.search(sentence.text) or years - {year}:
        return None
    numbers: dict[tuple[str, str], _Number] = {}
    labels: dict[tuple[str, str], str] = {}
    twice: set[tuple[str, str]] = set()
    for number in sentence.numbers:
        before = re.search(r"([\u4e00-\u9fff]{2,6})\s*$", text[sentence.start : number.start])
        counter = _COUNTER.match(text, number.end)
        if before is None or counter is None:
            continue
        label = re.sub(r"(?:为|约|共|达|了|是|至|到)+$", "", before[1])[-4:]
        if _GENERIC.search(label):
            continue
        key = (label[-2:], counter[1])
        if key in numbers:
            twice.add(key)
        numbers[key], labels[key] = number, label
    kept = {key: number for key, number in numbers.items() if key not in twice and len(key[0]) == 2}
    return _Labelled(sentence, kept, labels) if len(kept) >= _SHARED_LABELS else None


def _labelled(case: Case, sentences: list[_Sentence]) -> Iterator[Relation]:
    """Sentences that share labels speak of one thing; each label must then carry one number."""
    known = [found for s in sentences if (found := _quantities(s, case.report.year))][:_COMPARED_MAX]
    clusters: list[list[_Labelled]] = []
    for one in known:
        home = next((c for c in clusters if any(one.same_thing(other) for other in c)), None)
        if home is None:
            clusters.append([one])
        else:
            home.append(one)
    for cluster in clusters:
        keys = dict.fromkeys(key for one in cluster for key in one.numbers)
        for key in keys:
            told = [one for one in cluster if key in one.numbers]
            if len(told) > 1:
                yield _one_number(key, told)


def _one_number(key: tuple[str, str], told: list[_Labelled]) -> Relation:
    label = max((one.labels[key] for one in told), key=len)
    subject = f"“{label}”（{key[1]}）"
    values = [one.numbers[key].value for one in told]
    distinct = list(dict.fromkeys(values))
    if len(distinct) == 1:
        return held("N13", subject, *(_quoted(one.sentence, one.numbers[key]) for one in told))
    usual = max(distinct, key=values.count)
    ordered = sorted(told, key=lambda one: one.numbers[key].value == usual)
    places = [
        one.sentence.passage.place(one.numbers[key].start, one.numbers[key].end, label=label)
        for one in ordered
    ]
    printed = "、".join(plain(value) for value in distinct)
    return broken(
        "N13", Severity.WARNING, "repeat", f"{subject}在 {len(told)} 处印出不同的数：{printed}。", subject=subject,
        expected=plain(usual), found="、".join(plain(v) for v in distinct if v != usual), places=places,
        advice="请核对各处是否同一事实；口径不同的，请注明口径。",
    )  # fmt: skip
