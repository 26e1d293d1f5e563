"""Family M, the build of the text: numbering, attachments, template residue, torn sentences. Source: performance.md §5.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction

from guangsha.checker.document import DocumentView, TextLine, heading_style, numeral, squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, not_checked
from guangsha.checker.rules.metadata import NO_DOCUMENT, line_place
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import normalise

_FORM = "党政机关公文格式 GB/T 9704-2012 第 7.3.3 条；绩效自评报告的规定格式"
#: A head is at most this long; longer numbered lines are items of a list.
_HEAD_MAX = 40
_NUMBER = re.compile(r"^[-•·*\s]*[(]?\s*([一二三四五六七八九十]{1,3}|\d{1,2})\s*[)、.]?")
_STYLE_NAMES = {"chinese": "一、", "bracket": "（一）", "arabic": "1、", "bracket-arabic": "(1)"}


def _number(line: TextLine) -> int | None:
    match = _NUMBER.match(normalise(line.text))
    return numeral(match[1]) if match else None


def _is_head(line: TextLine) -> bool:
    text = line.compact
    return len(text) <= _HEAD_MAX and not text.endswith(("。", ";", ",", ":"))


@dataclass(slots=True)
class _Chain:
    """Heads of one numbering style in order: ``open`` holds the last number of each nesting that is still open."""

    style: str
    open: list[int]
    last: TextLine | None = None

    def take(self, number: int) -> int | None:
        """Accept the next number; returns the number that should have come when there is a gap, else None."""
        if number == 1:
            self.open.append(1)
            return None
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth] + 1 == number:
                del self.open[depth + 1 :]
                self.open[depth] = number
                return None
        # Whoever repeats or goes back starts a list that we cannot follow; only a jump forward is a gap.
        before = [seen for seen in self.open if seen < number]
        expected = before[0] + 1 if before else 1
        self.open = [number]
        return expected if not before or number > expected else None


@rule(
    "M05",
    title="标题序号连续、同级写法一致",
    scope="正文",
    formula="同级标题序号逐一递增；一级“一、”，二级“（一）”，三级“1.”，四级“（1）”",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="序号跳号往往是漏了一段，写法混用使读者分不清层次。",
    source=_FORM,
    example="岳阳楼区 2025 年度：“六”之后是“八”，缺“七”；岳阳市 2023 年度：“三、”之后是“4、”。",
    absent=NO_DOCUMENT,
)
def m05(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    main, sub = _Chain("chinese", []), _Chain("bracket", [])
    between: list[TextLine] = []
    for line in document.body:
        style = heading_style(line.text)
        if style in ("part", "annex"):
            main, sub, between = _Chain("chinese", []), _Chain("bracket", []), []
            continue
        number = _number(line) if style else None
        if number is None:
            continue
        if not _is_head(line):
            # An item of a list counts on, but a sentence is no head whose number could be wrong.
            chain = {"chinese": main, "bracket": sub}.get(style)
            if chain is not None:
                chain.take(number)
            continue
        if style == "chinese":
            yield _step(
                main, line, number, [seen for seen in between if heading_style(seen.text) == "arabic"]
            )
            sub, between = _Chain("bracket", []), []
        elif style == "bracket":
            strays = [seen for seen in between if heading_style(seen.text) == "bracket-arabic"]
            yield _step(sub, line, number, strays)
            between = [seen for seen in between if heading_style(seen.text) == "arabic"]
        else:
            between.append(line)


def _step(chain: _Chain, line: TextLine, number: int, strays: list[TextLine]) -> Relation:
    """One head against those before it; heads in another style that carry the missing numbers explain a gap."""
    subject = f"标题“{line.text.strip()[:24]}”的序号"
    expected = chain.take(number)
    if expected is None:
        chain.last = line
        return held("M05", subject)
    missing = list(range(expected, number))
    mixed = [stray for stray in strays if _number(stray) in missing]
    places = [line_place(line), *(line_place(stray) for stray in mixed)]
    if chain.last is not None:
        places.append(line_place(chain.last))
    chain.last = line
    shown = _STYLE_NAMES[chain.style]
    if mixed:
        names = "、".join(f"“{stray.text.strip()[:16]}”" for stray in mixed)
        return broken(
            "M05", Severity.WARNING, "style", f"同级标题写法不一：{names}与“{line.text.strip()[:16]}”。",
            subject=subject, expected=f"一律写作“{shown}”的形式", found="混用", places=places,
            advice="请统一同级标题的序号写法。",
        )  # fmt: skip
    lost = "、".join(str(n) for n in missing[:4])
    return broken(
        "M05", Severity.WARNING, "numbering", f"标题“{line.text.strip()[:24]}”之前缺少同级的第 {lost} 项。",
        subject=subject, expected=str(expected), found=str(number), places=places,
        advice="请核对是否漏了段落，或更正序号。",
    )  # fmt: skip


# --- attachments -------------------------------------------------------------------------------------------

_LISTED = re.compile(r"^\s*附件\s*[:：]?\s*(?P<first>\d)?\s*[.、:：]\s*(?P<title>\S.{3,})$")
_ITEM = re.compile(r"^\s*(?P<number>\d)\s*[.、]\s*(?P<title>\S.{3,})$")
_MARK = re.compile(r"^\s*附件\s*(?P<number>\d)(?:\s*[-－—]\s*\d+)?\s*$")
#: Words that lists and captions add or leave out.
_FILLING = re.compile(r"20\d\d年度?|预算单位|部门|单位|整体|情况|[《》\"“”、:：]")


#: Share of equal characters from which a listed and a printed title mean one table.
_ALIKE_FROM = Fraction(3, 4)


def _title_words(text: str) -> str:
    return _FILLING.sub("", squeeze(text))


def _alike(listed: str, printed: str) -> bool:
    one, other = _title_words(listed), _title_words(printed)
    if not one or not other:
        return squeeze(listed) in squeeze(printed)
    return one in other or other in one or SequenceMatcher(None, one, other).ratio() >= _ALIKE_FROM


def _listed(document: DocumentView) -> dict[int, TextLine]:
    """The list of attachments at the end of the text: number → line."""
    found: dict[int, TextLine] = {}
    counting = False
    for line in document.body:
        text = line.text.strip()
        match = _LISTED.match(text)
        if match:
            number = int(match["first"] or 1)
            if number not in found:
                found[number] = line
            counting = match["first"] is None or text.lstrip().startswith("附件：1")
            continue
        item = _ITEM.match(text) if counting else None
        if item and int(item["number"]) == max(found, default=0) + 1:
            found[int(item["number"])] = line
        elif text and counting:
            counting = False
    return found


@rule(
    "M06",
    title="附件目录与所附附件一致",
    scope="报告与附件",
    formula="附件目录的序号、名称＝附件的序号、名称",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="按目录找不到附件，或找到的是另一张表。",
    source=_FORM,
    example="岳阳楼区 2025 年度：目录中附件 4 为政府性基金表，所附的附件 4 是第二张项目自评表。",
    absent="报告没有附件目录，或附件不在同一文件中",
)
def m06(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    listed = _listed(document)
    if not listed:
        return
    marks = _marks(document)
    titles = [*(table.caption for table in document.tables), *(title for _, title in marks.values())]
    if not marks and not any(
        _alike(_listed_title(line), title) for line in listed.values() for title in titles
    ):
        return
    for number, line in sorted(listed.items()):
        name = _listed_title(line)
        subject = f"附件 {number}“{name[:30]}”"
        mark = marks.get(number)
        if mark is not None and not mark[1]:
            yield not_checked("M06", subject, "附件没有标题")
        elif mark is not None and not _alike(name, mark[1]):
            yield broken(
                "M06", Severity.ERROR, "attachment",
                f"附件目录中附件 {number} 为“{name}”，所附的附件 {number} 是“{mark[1]}”。", subject=subject,
                expected=name, found=mark[1], places=[line_place(mark[0]), line_place(line)],
                advice="请更正附件目录，或更正附件序号、补附缺少的表。",
            )  # fmt: skip
        elif mark is not None or any(_alike(name, title) for title in titles if title):
            yield held("M06", subject)
        else:
            yield broken(
                "M06", Severity.WARNING, "attachment", f"附件目录中的附件 {number}“{name}”没有附在文中。",
                subject=subject, expected="已附", found="没有找到", places=[line_place(line)],
                advice="请补附这张表；无数据的也应附空表并说明。",
            )  # fmt: skip


def _listed_title(line: TextLine) -> str:
    match = _LISTED.match(line.text.strip()) or _ITEM.match(line.text.strip())
    return match["title"].strip() if match else line.text.strip()


def _marks(document: DocumentView) -> dict[int, tuple[TextLine, str]]:
    """``附件n`` standing alone, with the title that follows it (the next line, or the caption of the next table)."""
    found: dict[int, tuple[TextLine, str]] = {}
    body = list(document.body)
    for index, line in enumerate(body):
        match = _MARK.match(line.text.strip())
        if match is None or int(match["number"]) in found:
            continue
        following = [
            after
            for after in body[index + 1 : index + 4]
            if after.text.strip() and after.order - line.order <= 4
        ]
        title = "".join(after.text.strip() for after in following[:1])
        if not title:
            title = next((table.caption for table in document.tables if table.order > line.order), "")
        found[int(match["number"])] = (line, title)
    return found


# --- residue and torn text ---------------------------------------------------------------------------------

_RESIDUE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![A-Za-z0-9])[Xx\uff38\uff58×]{2,}(?![A-Za-z0-9×])"), "占位符"),
    (re.compile(r"^\s*指标\s*\d\s*[:：]\s*$"), "空白的指标行"),
    (re.compile(r"^\s*[….]{2,}\s*$"), "未填写的省略号"),
    (re.compile(r"[(（][^()（）]{0,60}(?:请(?:依据|根据|按照?|各单位|填写|说明)|可自行|据实填写|如无请)[^()（）]{0,40}[)）]"), "填写说明"),
    (re.compile(r"^\s*(?:[一二三四五六七八九十]+[、.]\s*)?重点工作事项标题\s*$"), "模板标题"),
    (re.compile(r"^\s*[(（]?[一二三四五六七八九十]*[)）]?\s*其他专用名词\s*。?\s*$"), "模板标题"),
    (re.compile(r"\d+(?:\.\d+)?(?:万元|元|%)0(?!\d)\s*$"), "多余的字符"),
)  # fmt: skip


@rule(
    "M08",
    title="没有遗留的模板文字",
    scope="全文",
    formula="全文没有占位符、填写说明、空白指标行等模板文字",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="模板文字没有删净，说明定稿前没有通读。",
    source=_FORM,
    example="岳阳楼区 2025 年度“22万元0”；江岸区 2024 年度名词解释中留有填写说明。",
    absent=NO_DOCUMENT,
)
def m08(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    clean = True
    for passage in document.texts:
        for pattern, what in _RESIDUE:
            match = pattern.search(passage.text)
            if match is None:
                continue
            clean = False
            piece = match[0].strip()[:60]
            yield broken(
                "M08", Severity.WARNING, "residue", f"遗留模板文字（{what}）：“{piece}”。", subject="全文的模板文字",
                expected="已删除或填写", found=piece, places=[passage.place(match.start(), match.end())],
                advice="请删除或改为实际内容。",
            )  # fmt: skip
            break
    if clean:
        yield held("M08", "全文的模板文字")


#: A torn line ends a sentence early and runs straight into a numbered head.
_GLUED = re.compile(r"^(?P<tail>[^。；]{1,24}[。；])\s*(?P<head>[一二三四五六七八九十]{1,3}、[^。；]{4,40})$")
#: Shorter paragraphs repeat by nature.
_REPEATED_FROM = 40
_APART_MAX = 3


@rule(
    "M09",
    title="没有重复或错接的句段",
    scope="正文",
    formula="相邻段落不重复；句末不与后文标题相接",
    tolerance="–",
    severity=Severity.WARNING,
    why="换页处重复、错接的句子会使数字被读两次或读错。",
    source=_FORM,
    example="岳阳楼区 2025 年度：换页处一句话的末尾与下一个标题接成一行。",
    absent=NO_DOCUMENT,
)
def m09(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    heads = {line.compact for line in document.body if heading_style(line.text)}
    found = False
    for line in document.body:
        match = _GLUED.match(line.text.strip())
        if match and squeeze(match["head"]) in heads:
            found = True
            yield _torn(line, f"“{match['tail']}”之后直接接了标题“{match['head'][:20]}”，此处文字错接。")
    body = [line for line in document.body if len(line.compact) >= _REPEATED_FROM]
    for index, line in enumerate(body):
        for later in body[index + 1 : index + 1 + _APART_MAX]:
            if later.compact == line.compact and later.order - line.order <= _APART_MAX:
                found = True
                yield _torn(later, f"“{later.text.strip()[:20]}……”一段连续出现两次。", line)
    if not found:
        yield held("M09", "正文的句段")


def _torn(line: TextLine, message: str, other: TextLine | None = None) -> Relation:
    places = [line_place(line), *([line_place(other)] if other else [])]
    return broken(
        "M09", Severity.WARNING, "torn", message, subject="正文的句段", expected="完整、不重复", found=line.text.strip()[:40],
        places=places, advice="请对照原件更正错接或重复的文字。",
    )  # fmt: skip
