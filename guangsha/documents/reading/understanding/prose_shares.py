"""Shares of the prose (占…的 x%): which part of which whole a percentage was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from guangsha.documents.reading.understanding.prose_claims import (
    Claim,
    Level,
    Paragraph,
    Reading,
)
from guangsha.documents.reading.understanding.prose_labels import clean_label, likeness
from guangsha.documents.reading.understanding.prose_match import one_digit_apart
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.kernel.numbers import round_to

_SHARE = re.compile(
    r"占(?P<whole>[^,;。、]{0,30}?)(?:的)?(?:比重|比例|比|份额)?(?:的)?(?:为|是|达到?|约|:)*$"
)


def read_shares(reading: Reading) -> list[Claim]:
    """Every ``占…的 x%`` with its part and its whole."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        listed: set[int] = set()
        for run in _runs(paragraph):
            listed.update(id(percent) for percent in run)
            made.extend(_shares_of_run(paragraph, run))
        bare: list[Claim] = []
        for percent in paragraph.percents:
            claim = _share(reading, paragraph, percent) if id(percent) not in listed else None
            if claim is not None:
                bare.append(claim)
        _give_shared_whole(bare)
        made.extend(bare)
    return made


def _give_shared_whole(claims: Sequence[Claim]) -> None:
    """The whole of its neighbours for a bare 占 x% that fits nothing, where one wrong digit of x explains that."""
    for claim in claims:
        part, percent = claim.roles.get("part"), claim.roles["percent"]
        if part is None or "whole" in claim.roles:
            continue
        wholes = {
            id(other.roles["whole"]): other.roles["whole"]
            for other in claims
            if other.roles.keys() >= {"part", "whole"} and other.roles["percent"].sentence == percent.sentence
        }
        for whole in wholes.values():
            if not whole.alike(part) or whole.base <= 0 or whole.base < part.base:
                continue
            due = f"{round_to(part.base * 100 / whole.base, percent.decimals):f}"
            if one_digit_apart(f"{percent.value:f}", due, least=2):
                claim.roles = {"part": part, "whole": whole, "percent": percent}
                break


def _runs(paragraph: Paragraph) -> Iterator[list[Mention]]:
    """Percentages behind 分别占, 占比分别为: one for each of the figures before."""
    run: list[Mention] = []
    for mention in paragraph.mentions:
        if run and mention.sort == "percent" and re.fullmatch(r"[、,和及与]|以及", mention.before):
            run.append(mention)
            continue
        if run:
            yield run
            run = []
        clause = re.split(r"[,;。:]", mention.before)[-1]
        if mention.sort == "percent" and "分别" in clause and re.search(r"占|比重|比例", clause):
            run = [mention]
    if run:
        yield run


def _shares_of_run(paragraph: Paragraph, run: Sequence[Mention]) -> Iterator[Claim]:
    """``总投资 8200 万元,其中中央 3280 万元、省级 1640 万元、自筹 3280 万元,分别占 40%、20%、40%``."""
    before = [
        level
        for level in paragraph.levels
        if level.mention.sentence == run[0].sentence and level.mention.end <= run[0].start
    ]
    parts, wholes = before[-len(run) :], before[: -len(run)]
    if (
        len(run) < 2
        or len(parts) < len(run)
        or not all(level.mention.alike(parts[0].mention) for level in parts)
    ):
        return
    whole = next((level for level in reversed(wholes) if level.mention.alike(parts[0].mention)), None)
    if whole is None or max(level.value for level in parts) > whole.value:
        return
    for part, percent in zip(parts, run, strict=True):
        roles = {"part": part.mention, "whole": whole.mention, "percent": percent}
        yield Claim("share", f"{part.label}占{whole.label}", roles, paragraph=paragraph.index)


def _share(reading: Reading, paragraph: Paragraph, percent: Mention) -> Claim | None:
    clause = re.split(r"[,;。:]", percent.before)[-1]
    found = _SHARE.search(clause)
    if found is None or re.search(r"(?:预算|目标|计划|任务)(?:的)?$", found["whole"]):
        return None
    whole_name = re.sub(r"^(?:19|20)\d\d年度?|的$", "", found["whole"])
    head = clean_label(clause[: found.start()], owner=reading.owner)
    before = [level for level in paragraph.levels if level.mention.start < percent.start]
    part: Level | None = None
    if not head and before and before[-1].mention.sentence == percent.sentence:
        between = paragraph.passage.text[before[-1].mention.end : percent.start]
        part = before[-1] if ";" not in between and len(between) <= 40 else None
    elif head:
        part = reading.named(head, before, None, 0.9)
    whole = _whole(reading, paragraph, percent, part, whole_name)
    roles: dict[str, Mention] = {}
    if part is not None:
        roles["part"] = part.mention
    if whole is not None:
        roles["whole"] = whole.mention
    roles["percent"] = percent
    if part is None and whole is None:
        return None
    named = head or (part.label if part is not None else "") or paragraph.passage.title
    subject = f"{named}占{whole_name}" if whole_name else named
    return Claim("share", subject, roles, paragraph=paragraph.index)


def _whole(
    reading: Reading, paragraph: Paragraph, percent: Mention, part: Level | None, name: str
) -> Level | None:
    """The figure a share is of: the one its words name; for a bare ``占 x%``, the figure that the list was opened with."""
    position = part.mention.start if part is not None else percent.start
    before = [
        level
        for level in reading.before(paragraph, position)
        if part is None or (level is not part and level.mention.alike(part.mention))
    ]
    if name:
        own = [level for level in before if reading.home(level) is paragraph]
        found = reading.named(name, own, None, 0.62) or reading.named(name, before, None, 0.8)
        if found is not None and part is not None and not _fits(part, found, percent):
            # another figure of the same name may be the one that was meant
            others = [
                level
                for level in before
                if likeness(name, level.label) >= 0.72 and _fits(part, level, percent)
            ]
            found = others[0] if others else found
        if found is None and part is not None:
            found = next((level for level in before if _fits(part, level, percent)), None)
            found = found or reading.named(name, before, None, 0.65)
        return found
    if part is None:
        return None
    opened = _opener_above(reading, paragraph, part)
    if opened is not None:
        return opened
    listed = _opener_within(paragraph, part)
    near = (
        before[:30] if listed is None else [listed, *(level for level in before[:30] if level is not listed)]
    )
    exact = next((level for level in near if _fits(part, level, percent, exactly=True)), None)
    if exact is None and listed is not None and _sibling_fits(paragraph, listed, percent):
        return listed
    return exact or next((level for level in near if _fits(part, level, percent)), None)


def _fits(part: Level, whole: Level, percent: Mention, *, exactly: bool = False) -> bool:
    """Whether the share comes out to one unit of its last digit, or ``exactly``: rounded right."""
    if whole.value <= 0 or whole.value < part.value:
        return False
    exact = part.value * 100 / whole.value
    return abs(exact - percent.value) <= Decimal(1).scaleb(-percent.decimals) / (2 if exactly else 1)


def _opener_within(paragraph: Paragraph, part: Level) -> Level | None:
    """The figure that ``其中`` opened the list with, in the sentence of the part."""
    sentence = paragraph.sentences[part.mention.sentence]
    text = sentence.passage.text
    opener = text.rfind("其中", sentence.start, part.mention.start)
    if opener < 0:
        return None
    whole = [
        level
        for level in paragraph.levels_in(sentence)
        if level.mention.end <= opener and level.mention.alike(part.mention)
    ]
    return whole[-1] if whole else None


def _sibling_fits(paragraph: Paragraph, whole: Level, percent: Mention) -> bool:
    """Whether another share of the same list is of ``whole``."""
    text = paragraph.passage.text
    for other in paragraph.percents:
        if other is percent or other.sentence != percent.sentence or other.value == 0:
            continue
        levels = [
            level for level in paragraph.levels if whole.mention.end < level.mention.start < other.start
        ]
        beside = bool(levels) and text[levels[-1].mention.end : other.start].strip(",的 ") in (
            "占",
            "占比",
            "占比为",
        )
        if (
            beside
            and levels[-1].mention.alike(whole.mention)
            and _fits(levels[-1], whole, other, exactly=True)
        ):
            return True
    return False


def _opener_above(reading: Reading, paragraph: Paragraph, part: Level) -> Level | None:
    """The figure before ``主要用于以下方面:`` or ``其中:`` that a numbered item stands under."""
    if paragraph.passage.mark is None:
        return None
    for index in range(paragraph.index - 1, max(-1, paragraph.index - 30), -1):
        above = reading.paragraphs[index]
        if above.passage.text.endswith(":") and above.levels:
            return next(
                (level for level in reversed(above.levels) if level.mention.alike(part.mention)), None
            )
        mark = above.passage.mark
        if mark is not None and mark.level < paragraph.passage.mark.level:
            return None
    return None
