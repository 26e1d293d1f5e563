"""Parts and wholes of the prose: ``总额 X,其中:a 1、b 2``, ``a 1,b 2,合计 X``, ``70栋(41栋…,25栋…)``, lists of items.

A list that the language calls complete, or that adds up, is a sum. A list that does not add up is called a sum only
where that is beyond doubt: its parts exceed the whole, one wrong digit would explain the gap, or the sentence says that
nothing else is in it. Otherwise it is only said that the parts are within the whole (kind ``limit``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from guangsha.documents.reading.understanding.prose_claims import (
    Claim,
    Level,
    Paragraph,
    Reading,
    envelope,
    subject_of,
)
from guangsha.documents.reading.understanding.prose_labels import (
    EXHAUSTS,
    OPENS,
    PURPOSE,
    clean_label,
    core_of,
    likeness,
    noun_after,
)
from guangsha.documents.reading.understanding.prose_match import SAME
from guangsha.documents.reading.understanding.prose_numbers import Mention, Sentence
from guangsha.documents.reading.understanding.prose_split import NEAR_WHOLE, Split, kindred, split_alone

#: Words that close a list with its total.
_TOTAL = re.compile(
    r"^(?:以上|上述|[两三四五六七八九十]项|各项)*(?:自评|资金|金额|支出|收入|经费)?(?:合计|总计|共计|总得分|总分|总共|合共|加总)"
    r"(?:得分|金额|支出|收入|资金)?(?:为|是|达|约|:|共)*$"
)
_ET_CETERA = re.compile(r"等$|等(?:\d|[,;。方])|主要|重点|大额|部分")
#: Parts that make up their whole by law or by form; two of a row in one list are all of it.
_COMPLETE: tuple[frozenset[str], ...] = (
    frozenset(("基本", "项目")), frozenset(("人员", "公用")), frozenset(("货物", "服务")), frozenset(("货物", "工程", "服务")),
    frozenset(("行政", "事业")), frozenset(("行政", "事业", "工勤")), frozenset(("财政", "其他")), frozenset(("男", "女")),
)  # fmt: skip
#: At most so many figures in one list; beyond it the text is no list of parts.
_PARTS_MAX = 60
#: So many figures before a list are tried as its whole.
_WHOLES_MAX = 6
_QUOTED = re.compile(r"《[^《》]*》|[(][^()]*[)]")


def read_sums(reading: Reading) -> list[Claim]:
    """Every sum of the document, in order."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        taken: set[int] = set()
        first = len(made)
        for claim in (*_opened(reading, paragraph), *_bracketed(paragraph), *_closed(paragraph)):
            if id(claim.roles["total"]) not in taken or claim.kind == "sum":
                taken.add(id(claim.roles["total"]))
                made.append(claim)
        made.extend(_unmarked(paragraph, made[first:]))
        made.extend(_itemised(reading, paragraph))
    for claim in made:
        paragraph = reading.paragraphs[claim.paragraph]
        total = paragraph.level_of(claim.roles["total"])
        if total is not None and total.stage in ("budget", "executed"):
            claim.subject = subject_of(reading, paragraph, total) + (
                "预算" if total.stage == "budget" else ""
            )
    return _distinct(made)


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    seen: set[tuple[int, ...]] = set()
    made: list[Claim] = []
    for claim in claims:
        key = tuple(sorted(id(mention) for mention in claim.mentions()))
        if key not in seen:
            seen.add(key)
            made.append(claim)
    return made


def decide(splits: Sequence[Split], paragraph: Paragraph, about: str) -> Claim | None:
    """The claim that the ways to take a list apart support: the first that adds up, else the first beyond doubt."""
    real = [
        split for split in splits if split.parts and len(split.parts) <= _PARTS_MAX and not _strangers(split)
    ]
    for split in real:
        if split.holds and (len(split.parts) > 1 or split.complete):
            return sum_claim("sum", split, paragraph, about)
    if any(split.rounded and len(split.parts) > 1 for split in real):
        return None
    alone = next((split for split in real if len(split.parts) == 1 and split.gap == 0), None)
    if alone is not None:
        return sum_claim("limit", alone, paragraph, about)
    for split in real:
        if len(split.parts) > 1 and split.slipped:
            return sum_claim("sum", split, paragraph, about)
    if not real:
        return None
    close = next((split for split in real if split.nearly), None)
    if close is not None:
        claim = sum_claim("sum", close, paragraph, about)
        claim.doubtful = True
        return claim
    within = next((split for split in real if split.gap >= -split.tail), None)
    first = real[0]
    if len(first.parts) > 1 and (first.complete or _complementary(first.parts)):
        return sum_claim("sum", first, paragraph, about)
    if within is None and _overlapping(first):
        return None
    return sum_claim("limit", within or first, paragraph, about)


def _overlapping(split: Split) -> bool:
    """Whether counts may share members (党员 51 人, 女职工 33 人): each is within the whole, together they need not be."""
    most = max(part.value for part in split.parts)
    return (
        len(split.parts) > 1 and split.total.mention.sort == "count" and not kindred(split.parts)
        and most <= split.total.value
    )  # fmt: skip


def _strangers(split: Split) -> bool:
    """Whether the figures are known to be no whole and parts: posts (编制) do not consist of those who hold them."""
    return "编制" in split.total.label and any(
        re.search(r"在职|实有|退休|离休", part.label) for part in split.parts
    )


def _complementary(parts: Sequence[Level]) -> bool:
    """基本支出 and 项目支出, 人员经费 and 公用经费, all kinds of vehicles: nothing else stands beside them."""
    if any("其他用车" in part.label for part in parts):
        return True  # the form of state assets names every kind of vehicle and ends with the rest
    for words in _COMPLETE:
        if len(parts) == len(words) and all(sum(word in part.label for part in parts) == 1 for word in words):
            return True
    return False


def sum_claim(kind: str, split: Split, paragraph: Paragraph, about: str) -> Claim:
    roles = {"total": split.total.mention}
    labels: dict[str, str] = {}
    for number, part in enumerate(split.parts, 1):
        roles[f"part.{number}"] = part.mention
        labels[f"part.{number}"] = part.label or noun_after(part.mention) or part.mention.counter
    subject = split.total.label or noun_after(split.total.mention) or about or "合计"
    return Claim(kind, subject, roles, labels, paragraph=paragraph.index)


def _opened(reading: Reading, paragraph: Paragraph) -> Iterator[Claim]:
    """Lists behind an opener: 其中, 包括, 分别为, 用于 …"""
    for sentence in paragraph.sentences:
        levels = paragraph.levels_in(sentence)
        for place, level in enumerate(levels):
            cue = _cue(level.mention)
            if cue is None:
                continue
            rest = [
                other
                for other in levels[place:]
                if other.mention.alike(level.mention)
                and (other.stage == "full") == (level.stage == "full")
                and (other.stage != "prior" or level.stage == "prior")
            ]
            rest = _same_bracket(paragraph, level, rest)
            if any(_closing(other.mention) for other in rest):
                continue
            claim = _listed(reading, paragraph, sentence, rest, cue)
            if claim is not None:
                yield claim


def _listed(
    reading: Reading, paragraph: Paragraph, sentence: Sentence, rest: list[Level], cue: str
) -> Claim | None:
    """The claim of one opened list; ``rest`` are the figures from its first part to the end of the sentence."""
    first = rest[0]
    head = first.mention.before[: len(first.mention.before) - len(cue)]
    totals, near = _totals(reading, paragraph, sentence, first, head)
    purpose = bool(PURPOSE.search(cue)) and "其中" not in cue
    reasons = bool(re.search(r"增加|减少|新增|原因|增长|下降", re.split(r"[。;]", head)[-1]))
    complete = near and not reasons and bool(EXHAUSTS.search(cue)) and not _ET_CETERA.search(cue)
    following = _next_paragraph(reading, paragraph, rest)
    splits = [
        Split(total, parts, complete)
        for total in totals
        for parts in _ways(paragraph, sentence, total, rest, following)
        if total not in parts
        and _of_one_stage(total, parts)
        and max(part.value for part in parts) <= total.value + _slack(total)
    ]
    plain = any(split.holds for split in splits)
    # 其中 promises a part; 包括 with a single item most often spells out the whole
    slip = next(
        (split for split in splits if "包括" in cue and "主要" not in cue and split_alone(split)), None
    )
    if slip is not None and slip.total is splits[0].total and not plain:
        whole = sum_claim("sum", slip, paragraph, first.label)
        whole.doubtful = True
        return whole
    if totals and near and not purpose and not plain and (not splits or _exceeded(totals, sentence, rest)):
        # a part greater than its whole is a contradiction, not a reason to look for another whole
        splits = [
            Split(totals[0], parts, False)
            for parts in _ways(paragraph, sentence, totals[0], rest, ())[:1]
            if totals[0] not in parts and _of_one_stage(totals[0], parts)
        ]
    claim = decide(splits, paragraph, first.label)
    if claim is not None and reasons and not complete and not _adds_up(claim):
        # reasons for a change are parts of the whole, seldom all of it
        claim = replace(claim, kind="limit", doubtful=False)
    if claim is not None and claim.kind == "limit" and (purpose or not near):
        return None
    return claim


def _of_one_stage(total: Level, parts: Sequence[Level]) -> bool:
    """Whether a whole and its parts are all budget, all result, all aim: a result has no aims as its parts.

    One part that speaks of another stage may only be called so (``…中央基建投资预算 2512 万元``).
    """
    strange = [
        part
        for part in parts
        if part.stage not in ("", total.stage) and not (total.stage == "" and part.stage == "executed")
    ]
    return 2 * len(strange) < len(parts)


def _exceeded(totals: Sequence[Level], sentence: Sentence, rest: Sequence[Level]) -> bool:
    """Whether a part is greater than every whole that stands in the same sentence."""
    inside = [total for total in totals if sentence.start <= total.mention.start < sentence.end]
    return bool(inside) and all(
        max(level.value for level in rest) > total.value + _slack(total) for total in inside
    )


def _adds_up(claim: Claim) -> bool:
    parts = [mention for role, mention in claim.roles.items() if role != "total"]
    total = claim.roles["total"]
    return abs(total.base - sum((part.base for part in parts), Decimal(0))) <= envelope(total, parts)


def _closing(mention: Mention) -> bool:
    """Whether ``mention`` is the total that closes a list (合计 X)."""
    before = re.split(r"[,;。:]", mention.before)[-1]
    return bool(_TOTAL.search(before.strip("、 ")))


def _next_paragraph(reading: Reading, paragraph: Paragraph, rest: Sequence[Level]) -> tuple[Level, ...]:
    """The first figure of the next paragraph, where a list with one part may go on (人员经费 …; 公用经费 …)."""
    if len(rest) != 1 or paragraph.index + 1 >= len(reading.paragraphs):
        return ()
    later = reading.paragraphs[paragraph.index + 1]
    if later.passage.mark is not None or later.passage.cell or not later.levels:
        return ()
    first = later.levels[0]
    return (first,) if first.mention.alike(rest[0].mention) and first.mention.sentence == 0 else ()


def _slack(total: Level) -> Decimal:
    return envelope(total.mention, (total.mention,))


def _cue(mention: Mention) -> str | None:
    """The opener in the words before ``mention`` with what follows it up to the figure; None where there is none."""
    text = _QUOTED.sub(lambda found: " " * len(found[0]), mention.before)
    found = list(OPENS.finditer(text))
    if not found:
        return None
    last = found[-1]
    behind = text[last.end() :]
    # 主要包括 a、b、c;公用经费 12: the list had no figures, and ended with the semicolon
    if re.search(r"[。]", behind) or len(behind) > 60 or ("包括" in last[0] and ";" in behind):
        return None
    if ";" in behind and "其中" not in last[0]:
        return None  # 主要包括办公费、水费等;公用经费 X: what the opener names came without figures
    return mention.before[last.start() :]


def _same_bracket(paragraph: Paragraph, first: Level, rest: Sequence[Level]) -> list[Level]:
    """Where the list opened inside a bracket, only what the same bracket holds."""
    text = paragraph.passage.text
    opened = text.rfind("(", 0, first.mention.start)
    if opened < 0 or ")" in text[opened : first.mention.start]:
        return list(rest)
    closed = text.find(")", first.mention.end)
    return [level for level in rest if closed < 0 or level.mention.start < closed]


def _totals(
    reading: Reading, paragraph: Paragraph, sentence: Sentence, first: Level, head: str
) -> tuple[list[Level], bool]:
    """Wholes that the list may belong to, the likeliest first, and whether the likeliest is certain.

    Certain is a figure of the same sentence, one that the words before the opener name, or the first figure of the
    sentence before where the opener begins a sentence.
    """
    before = [
        level
        for level in paragraph.levels
        if level.mention.start < first.mention.start and level.mention.alike(first.mention)
    ]
    inside = [level for level in before if level.mention.start >= sentence.start]
    named = clean_label(head.rstrip(",;:、"), owner=reading.owner) if not inside else ""
    found: list[Level] = []
    if len(core_of(named)) >= 2:
        match = reading.named(named, reading.before(paragraph, first.mention.start), first.mention)
        if match is not None:
            found.append(match)
    certain = bool(inside or found)
    # the wholes of a sentence stand near its list, or open the sentence
    found.extend(inside[: -_WHOLES_MAX - 1 : -1])
    found.extend(inside[:1])
    if not inside:
        outside = [level for level in before if level not in found]
        certain = certain or (bool(outside) and not head.strip(",;:、 "))
        found.extend(outside[:1])
        found.extend(reversed(outside[-3:]))
        if not before and not head.strip(",;:、 "):
            previous = [
                level for level in reading.before(paragraph)[:6] if level.mention.alike(first.mention)
            ]
            found.extend(previous)
    return list(dict.fromkeys(found)), certain


def _ways(
    paragraph: Paragraph, sentence: Sentence, total: Level, rest: list[Level], following: tuple[Level, ...]
) -> list[tuple[Level, ...]]:
    """Ways to take the parts, the most natural first: by semicolons, without parts of parts, all, up to the semicolon."""
    text = paragraph.passage.text
    segments = _segments(text, rest)
    # a whole of an earlier paragraph has nothing to do with the semicolons of this one
    upto = max(total.mention.start, sentence.start) if total.mention.passage is paragraph.passage else 0
    if ";" in text[sentence.start : upto]:
        # the whole is itself an item of a list: its parts end with the item
        segments = segments[:1]
        rest = segments[0]
    top = tuple(segment[0] for segment in segments)
    first_only = tuple(segments[0])
    heads = tuple(level for segment in segments for level in _without_nested(segment))
    inner = ";" in text[sentence.start : upto] or len(first_only) > 1
    ways: list[tuple[Level, ...]] = []
    if len(segments) > 1:
        ways.extend((first_only, top) if inner and len(first_only) > 1 else (top, first_only))
    ways.extend((heads, _without_nested(rest), tuple(rest), _named_parts(rest)))
    more = _leading_levels(paragraph, sentence, rest)
    if more:
        ways.extend(((*top, *more), (*rest, *more)))
    if following:
        ways.append((*rest, *following))
    return [way for way in dict.fromkeys(ways) if way]


def _segments(text: str, rest: Sequence[Level]) -> list[list[Level]]:
    """``rest`` cut at the semicolons between its figures."""
    segments: list[list[Level]] = []
    for level in rest:
        if segments and ";" not in text[segments[-1][-1].mention.end : level.mention.start]:
            segments[-1].append(level)
        else:
            segments.append([level])
    return segments


def _without_nested(levels: Sequence[Level]) -> tuple[Level, ...]:
    """``levels`` less those that an opener (or a bracket) puts under another of them."""
    kept: list[Level] = []
    nested = False
    for place, level in enumerate(levels):
        before = level.mention.before
        if place and (_cue(level.mention) is not None or _opens_bracket(before)):
            nested = True
        elif place and (";" in before or ")" in before):
            nested = False
        if not nested:
            kept.append(level)
    return tuple(kept)


def _opens_bracket(before: str) -> bool:
    """Whether the words before a figure leave a bracket open: the figure stands inside it."""
    return before.rfind("(") > before.rfind(")")


def _named_parts(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Those that have a name of their own, where some have none (``补贴 1509户,720万元``)."""
    named = tuple(level for level in levels if level.label)
    return named if len(named) < len(levels) else ()


def _leading_levels(paragraph: Paragraph, sentence: Sentence, rest: Sequence[Level]) -> tuple[Level, ...]:
    """The first figures of the sentences that follow: ``其中:a 1,占 x%。b 2,占 y%。``"""
    found: list[Level] = []
    for later in paragraph.sentences:
        if later.start < sentence.end or not rest:
            continue
        first = next(
            (level for level in paragraph.levels_in(later) if level.mention.alike(rest[0].mention)), None
        )
        if first is None:
            break
        found.append(first)
    return tuple(found)


def _bracketed(paragraph: Paragraph) -> Iterator[Claim]:
    """``70栋(41栋B级危房,25栋C级危房,4栋D级危房)``."""
    text = paragraph.passage.text
    for level in paragraph.levels:
        after = text[level.mention.end : level.mention.end + 12]
        opened = re.match(r"[^,;。()]{0,8}\((?!含)", after)
        if opened is None:
            continue
        start = level.mention.end + opened.end()
        closed = text.find(")", start)
        inside = [
            other
            for other in paragraph.levels
            if start <= other.mention.start < closed and other.mention.alike(level.mention)
        ]
        if len(inside) > 1:
            claim = decide([Split(level, tuple(inside), True)], paragraph, level.label)
            if claim is not None:
                yield claim


def _closed(paragraph: Paragraph) -> Iterator[Claim]:
    """``a 1,b 2,c 3,合计 X``: the total stands last."""
    for sentence in paragraph.sentences:
        levels = paragraph.levels_in(sentence)
        for place, level in enumerate(levels):
            if not _closing(level.mention):
                continue
            listed: list[Level] = []
            for other in reversed(levels[:place]):
                if not other.mention.alike(level.mention):
                    break
                if (other.stage == "full") == (level.stage == "full"):
                    listed.insert(0, other)
            if len(listed) < 2 or max(other.value for other in listed) > level.value + _slack(level):
                continue
            ways = [tuple(listed), _without_nested(listed)]
            ways += [tuple(listed[cut:]) for cut in range(1, len(listed) - 1)]
            splits = [
                Split(level, way, place_ == 0)
                for place_, way in enumerate(dict.fromkeys(ways))
                if len(way) > 1
            ]
            claim = decide(splits, paragraph, level.label)
            if claim is not None and claim.kind == "sum":
                yield claim


def _unmarked(paragraph: Paragraph, known: Sequence[Claim]) -> Iterator[Claim]:
    """``对个人和家庭的补助 41.69,退休费 40.11、其他 1.57``: a whole and its parts in one segment without any opener.

    Said only where it adds up, or would but for one digit.
    """
    totals = {id(claim.roles["total"]) for claim in known}
    text = paragraph.passage.text
    for sentence in paragraph.sentences:
        opened = bool(OPENS.search(sentence.text))
        for segment in _segments(text, paragraph.levels_in(sentence)):
            first, rest = segment[0], segment[1:]
            if len(rest) < 2 or id(first.mention) in totals or first.value == 0:
                continue
            rest = [level for level in rest if level.mention.alike(first.mention)]
            if len(rest) != len(segment) - 1 or any(level.value == 0 for level in rest) or _small(first):
                continue
            split = Split(first, tuple(rest), False)
            if _strangers(split) or (split.rounded and not split.holds):
                continue
            if any((level.stage == "full") != (first.stage == "full") for level in rest):
                continue
            # what an opener stands before (其中:a、b、c) is the first part of another whole, not a whole itself
            whole = opened and _cue(first.mention) is None
            near = whole and abs(split.gap) <= first.value * NEAR_WHOLE
            if split.holds or near or (whole and split.slipped):
                claim = sum_claim("sum", split, paragraph, first.label)
                claim.doubtful = not split.holds
                yield claim


def _small(level: Level) -> bool:
    """Figures of one digit add up by chance."""
    return level.mention.sort != "money" and level.value < 10


def _itemised(reading: Reading, paragraph: Paragraph) -> Iterator[Claim]:
    """A whole before a list of numbered items, each of which opens with its part (``…主要用于以下方面:1.… 2.…``)."""
    text = paragraph.passage.text
    if not text.endswith((":", "如下", "如下。", "方面。")) or not paragraph.levels:
        return
    items = list_items(reading, paragraph)
    if len(items) < 2:
        return
    told: set[str] = set()
    for total in reversed(paragraph.levels):
        parts = [part for item in items if (part := _part_of(item, total)) is not None]
        if total.stage in told or len(parts) != len(items):
            continue
        if _repeats(paragraph, total, parts):
            return
        whole = bool(re.search(r"以下|如下", text))
        claim = decide([Split(total, tuple(parts), whole)], paragraph, total.label)
        if claim is not None:
            yield claim
        told.add(total.stage)
        if total.stage not in ("budget", "executed"):
            return


def _part_of(item: Paragraph, total: Level) -> Level | None:
    """The figure of an item that is a part of ``total``: its first one, budget for a budget and result for a result."""
    alike = [level for level in item.levels if level.mention.alike(total.mention)]
    if total.stage in ("budget", "executed"):
        same = [level for level in alike if level.stage == total.stage]
        if same or any(level.stage in ("budget", "executed") for level in alike):
            return same[0] if same else None
    return alike[0] if alike else None


def _repeats(paragraph: Paragraph, total: Level, parts: Sequence[Level]) -> bool:
    """Whether the items take up again what the paragraph itself lists: the last of its figures is no whole then."""
    last = paragraph.levels[-1].mention.sentence
    listed = [level for level in paragraph.levels_in(paragraph.sentences[last]) if level.label]
    if len(listed) < 2 or total not in listed:
        return False
    return any(likeness(part.label, total.label) >= SAME for part in parts if part.label)


def list_items(reading: Reading, paragraph: Paragraph) -> list[Paragraph]:
    """The numbered items right behind ``paragraph``: one level of marks, counting from 1."""
    items: list[Paragraph] = []
    for later in reading.paragraphs[paragraph.index + 1 :]:
        mark = later.passage.mark
        if later.passage.cell != paragraph.passage.cell:
            break
        if mark is None:
            if items and len(items) < 60 and not later.passage.text.endswith((":", "说明")):
                continue
            break
        if not items:
            if mark.number != 1:
                break
            items.append(later)
            continue
        own = items[0].passage.mark
        assert own is not None
        if mark.level > own.level:
            continue
        if mark.level != own.level or mark.number != len(items) + 1:
            break
        items.append(later)
    return items
