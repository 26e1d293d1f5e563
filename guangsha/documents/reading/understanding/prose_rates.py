"""Growth, completion, shares and balances of the prose: which figures a percentage or a difference was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from guangsha.documents.reading.understanding.prose_claims import (
    Claim,
    Level,
    Move,
    Paragraph,
    Reading,
    envelope,
    subject_of,
)
from guangsha.documents.reading.understanding.prose_labels import clean_label, key_of, likeness
from guangsha.documents.reading.understanding.prose_numbers import Mention, Sentence

_BASE = re.compile(
    r"(?:比|较|与|同|和)(?P<base>[^,;。]{0,18}?(?:上年|去年|上一年|同期|(?:19|20)\d\d年|年初预算|预算|年初|期初|上期))[^,;。]{0,10}?(?:相比|比较|对比|比|相较)?"
    r"|(?P<same>同比|环比)"
)
_REASON = re.compile(r"(?:主要)?(?:原因|是因为|由于|因)(?:是|为|在于|:)?|系")
_TO = re.compile(r"(?:增加|增长|提高|上升|减少|下降|降低|压减|降|增|减)(?:到|至|为)$")
_FROM = re.compile(r"(?:由|从)[^,;。]{0,20}$")
_SHARE = re.compile(
    r"占(?P<whole>[^,;。、]{0,30}?)(?:的)?(?:比重|比例|比|份额)?(?:的)?(?:为|是|达到?|约|:)*$"
)
_COMPLETED = re.compile(
    r"(?:完成|为|占|达到?|实现)(?P<of>[^,;。、]{0,14}?(?:预算|目标|计划|任务)(?:总?数|总额|指标|值)?)(?P<given>\()?[^,;。]{0,2}$"
)
_OF_AIM = re.compile(r"(?:完成|为|占|达到?|实现)(?P<of>[^,;。()]{0,14}(?:目标|计划|任务)(?:数|值|指标)?)\($")
_RATE = re.compile(r"(?:执行|完成|支出|到位|支付)(?:率|进度)(?:为|是|达到?|约|:)*$|^执行$")
_RATED = re.compile(r"(?:预算)?执行(?:率|进度)?(?:为|是|达到?|约|:)*$")
_EQUAL = re.compile(
    r"(?:与|和|同|较|比)[^,;。]{0,16}(?:上年|去年|同期|(?:19|20)\d\d年)[^,;。]{0,8}(?:相同|持平|一致|无变化|相等)"
)
_BALANCE = re.compile(r"(?:结余|结转)(?:资金)?$|^(?:结转和结余|结转结余|收支结余|年末结转和结余|净结余)")


def read_growth(reading: Reading) -> list[Claim]:
    """Every growth: the figure now, the year before where it is printed, the difference and the percentage."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        pending: Claim | None = None
        for move in paragraph.moves:
            sentence = paragraph.sentences[move.mention.sentence]
            same = pending is not None and _follows(pending, move, sentence)
            if same and pending is not None:
                role = "percent" if move.mention.sort == "percent" else "delta"
                if role not in pending.roles:
                    pending.roles[role] = move.mention
                    if move.down:
                        pending.signs |= {role}
                    continue
            pending = _growth(reading, paragraph, sentence, move)
            if pending is not None:
                made.append(pending)
        made.extend(_from_to(reading, paragraph))
    return [claim for claim in made if len(claim.roles) > 1]


def _follows(pending: Claim, move: Move, sentence: Sentence) -> bool:
    """``,增长 x%`` right behind ``增加 y 万元``: the same growth in other words."""
    last = max(mention.end for mention in pending.mentions())
    between = sentence.passage.text[last : move.mention.start]
    return (
        last >= sentence.start and len(between) <= 10 and not move.label and not re.search(r"[;。]", between)
    )


def _growth(reading: Reading, paragraph: Paragraph, sentence: Sentence, move: Move) -> Claim | None:
    text = sentence.passage.text
    said = text[sentence.start : move.mention.start]
    bases = list(_BASE.finditer(said))
    base = bases[-1] if bases else None
    role = "percent" if move.mention.sort == "percent" else "delta"
    label = _REASON.sub("", move.label).strip(":是,")
    if label and _BASE.search(label):
        label = re.split(r"比|较", label)[0]
    if base is None or (_REASON.search(said[base.end() :]) and role == "delta"):
        return _reason(reading, paragraph, move, label) if role == "delta" else None
    head = label or clean_label(text[sentence.start : sentence.start + base.start()], owner=reading.owner)
    current = _current(reading, paragraph, move, head)
    roles: dict[str, Mention] = {}
    if current is not None:
        roles["current"] = current.mention
    prior = next(
        (
            level.mention
            for level in paragraph.levels_in(sentence)
            if level.stage == "prior" and level.mention.start < move.mention.start and current is not None
            and level.mention.alike(current.mention)
        ),
        None,
    )  # fmt: skip
    if prior is not None:
        roles["prior"] = prior
    roles[role] = move.mention
    against = base["base"] or base["same"] or "上年"
    name = (
        head
        or (subject_of(reading, paragraph, current) if current is not None else "")
        or paragraph.passage.title
    )
    compared = "比年初预算" if re.search(r"预算|年初", against) else "比上年"
    signs = frozenset((role,)) if move.down else frozenset()
    return Claim("growth", f"{name}{compared}", roles, signs=signs, paragraph=paragraph.index)


def _current(reading: Reading, paragraph: Paragraph, move: Move, label: str) -> Level | None:
    """The figure that grew: the one the words name, else the last one said that is no budget."""
    before = [
        level
        for level in reversed(paragraph.levels)
        if level.mention.start < move.mention.start and level.stage not in ("prior", "target")
    ]
    sample = move.mention if move.mention.sort != "percent" else None
    fitting = [level for level in before if sample is None or level.mention.alike(sample)]
    if label:
        found = reading.named(label, fitting, sample, 0.75)
        if found is None and paragraph.index:
            near = [
                level for level in reading.before(paragraph)[:12] if level.stage not in ("prior", "target")
            ]
            found = reading.named(label, near, sample, 0.9)
        if found is not None or not fitting or len(key_of(label)) > 4:
            return found
    spent = [level for level in fitting if level.stage != "budget"]
    return (spent or fitting)[0] if fitting else None


def _reason(reading: Reading, paragraph: Paragraph, move: Move, label: str) -> Claim | None:
    """``主要原因是住房保障支出增加 12185.80 万元``: an increase is no more than the figure it increased."""
    if move.down or len(key_of(label)) < 3:
        return None
    near = [
        level
        for level in reading.levels
        if level.stage in ("", "executed") and level.mention.alike(move.mention)
    ]
    found = reading.named(label, near, move.mention, 0.94)
    if found is None:
        return None
    roles = {"total": found.mention, "part.1": move.mention}
    return Claim("limit", found.label or label, roles, {"part.1": "增加额"}, paragraph=paragraph.index)


def _from_to(reading: Reading, paragraph: Paragraph) -> Iterator[Claim]:
    """``由上年的 A 万元增加到 B 万元``."""
    for sentence in paragraph.sentences:
        levels = paragraph.levels_in(sentence)
        for first, second in pairwise(levels):
            if not (_FROM.search(first.mention.before) and _TO.search(second.mention.before)):
                continue
            if not first.mention.alike(second.mention):
                continue
            label = clean_label(re.split(r"由|从", first.mention.before)[0], owner=reading.owner)
            roles = {"current": second.mention, "prior": first.mention}
            signs: frozenset[str] = frozenset()
            for move in paragraph.moves:
                if (
                    sentence.start <= move.mention.start < sentence.end
                    and move.mention.start > second.mention.start
                ):
                    role = "percent" if move.mention.sort == "percent" else "delta"
                    if role not in roles:
                        roles[role] = move.mention
                        signs |= {role} if move.down else set()
            if len(roles) > 2:
                yield Claim("growth", f"{label}比上年", roles, signs=signs, paragraph=paragraph.index)


def read_unchanged(reading: Reading) -> Iterator[tuple[Paragraph, Level]]:
    """Figures that the prose calls the same as last year's (与上年相同、持平)."""
    for paragraph in reading.paragraphs:
        for sentence in paragraph.sentences:
            for found in _EQUAL.finditer(sentence.text):
                at = sentence.start + found.start()
                before = [level for level in paragraph.levels_in(sentence) if level.mention.end <= at]
                if before:
                    yield paragraph, before[-1]


def read_completions(reading: Reading) -> list[Claim]:
    """Every budget or aim with what came of it and the percentage, percentages left out included (预算为 0)."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        used: set[int] = set()
        for percent in paragraph.percents:
            claim = _completion(reading, paragraph, percent)
            if claim is not None:
                made.append(claim)
                used.update(id(mention) for mention in claim.mentions())
        made.extend(_without_percent(reading, paragraph, used))
    return sorted(made, key=lambda claim: (claim.paragraph, min(m.start for m in claim.mentions())))


def _completion(reading: Reading, paragraph: Paragraph, percent: Mention) -> Claim | None:
    clause = re.split(r"[,;。:]", percent.before)[-1]
    aimed = _aim_given(paragraph, percent)
    if aimed is not None and aimed[1].mention.sort == "count":
        return None  # rule N11 reads these from the words
    if aimed is not None:
        aim, done, of = aimed
        subject = f"{subject_of(reading, paragraph, done)}{of}"
        given = {"budget": aim.mention, "executed": done.mention, "percent": percent}
        return Claim("completion", subject, given, paragraph=paragraph.index)
    completed = _COMPLETED.search(clause)
    if completed is not None and "预算" not in completed["of"]:
        return None
    if completed is None and not _RATED.search(clause) and not (_RATE.search(clause)):
        return None
    before = [
        level
        for level in paragraph.levels
        if level.mention.start < percent.start and level.mention.sort == "money"
    ]
    if (
        completed is None
        and not _RATED.search(clause)
        and not any(level.stage == "budget" for level in before)
    ):
        return None
    budget = next((level for level in reversed(before) if level.stage == "budget"), None)
    executed = next(
        (
            level
            for level in reversed(before)
            if level.stage == "executed" and (budget is None or level.mention.start > budget.mention.start)
        ),
        None,
    )
    if executed is None and budget is not None:
        executed = next(
            (
                level
                for level in reversed(before)
                if level.mention.start > budget.mention.start and level.stage == ""
            ),
            None,
        )
    if executed is None or budget is None or _too_far(paragraph, budget, percent):
        executed, budget = _reversed_order(paragraph, before, executed, budget, percent)
    roles: dict[str, Mention] = {}
    if budget is not None:
        roles["budget"] = budget.mention
    if executed is not None:
        roles["executed"] = executed.mention
    roles["percent"] = percent
    if len(roles) == 1:
        return None
    first = budget or executed
    assert first is not None
    of = completed["of"].replace("的", "") if completed is not None else "执行"
    name = subject_of(reading, paragraph, first)
    return Claim(
        "completion",
        f"{name}完成{of}" if completed is not None else f"{name}预算执行",
        roles,
        paragraph=paragraph.index,
    )


def _too_far(paragraph: Paragraph, budget: Level, percent: Mention) -> bool:
    """Whether another percentage of the same sort stands between: the budget then belongs to that one."""
    return any(
        budget.mention.end < other.start < percent.start
        and (_RATED.search(re.split(r"[,;。:]", other.before)[-1]) or "预算" in other.before[-12:])
        for other in paragraph.percents
    )


def _reversed_order(
    paragraph: Paragraph,
    before: Sequence[Level],
    executed: Level | None,
    budget: Level | None,
    percent: Mention,
) -> tuple[Level | None, Level | None]:
    """``支出 80 万元,预算 100 万元,执行率 80%``: the result first; only within the sentence of the percentage."""
    inside = [level for level in before if level.mention.sentence == percent.sentence]
    after_last = [
        level
        for level in inside
        if not any(level.mention.end < p.start < percent.start for p in paragraph.percents)
    ]
    budget = next((level for level in reversed(after_last) if level.stage == "budget"), None)
    executed = next((level for level in reversed(after_last) if level.stage == "executed"), None)
    if executed is None and budget is not None:
        executed = next((level for level in reversed(after_last) if level.stage == ""), None)
    return executed, budget


def _aim_given(paragraph: Paragraph, percent: Mention) -> tuple[Level, Level, str] | None:
    """``4018套,完成全年目标(4000套)的 100.45%``: the aim in brackets, the figure before it."""
    if not re.match(r"^\)(?:的|之)?(?:比例)?(?:为|达)?$", percent.before):
        return None
    levels = [level for level in paragraph.levels if level.mention.start < percent.start]
    if len(levels) < 2:
        return None
    aim, done = levels[-1], levels[-2]
    said = _OF_AIM.search(aim.mention.before)
    if said is None or not (
        aim.mention.alike(done.mention) or aim.mention.sort == done.mention.sort == "count"
    ):
        return None
    return aim, done, f"完成{said['of']}"


def _without_percent(reading: Reading, paragraph: Paragraph, used: set[int]) -> Iterator[Claim]:
    """``年初预算为 0 万元,支出决算为 12 万元``: no percentage follows."""
    for first, second in pairwise(paragraph.levels):
        if first.stage != "budget" or second.stage != "executed" or first.mention.sort != "money":
            continue
        if id(first.mention) in used or id(second.mention) in used or not second.mention.alike(first.mention):
            continue
        if second.mention.sentence != first.mention.sentence:
            continue
        roles = {"budget": first.mention, "executed": second.mention}
        yield Claim(
            "completion", f"{subject_of(reading, paragraph, first)}完成预算", roles, paragraph=paragraph.index
        )


def read_shares(reading: Reading) -> list[Claim]:
    """Every ``占…的 x%`` with its part and its whole."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        for percent in paragraph.percents:
            claim = _share(reading, paragraph, percent)
            if claim is not None:
                made.append(claim)
    return made


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
    return next((level for level in before[:30] if _fits(part, level, percent)), None)


def _fits(part: Level, whole: Level, percent: Mention) -> bool:
    if whole.value <= 0 or whole.value < part.value:
        return False
    exact = part.value * 100 / whole.value
    return abs(exact - percent.value) <= Decimal(1).scaleb(-percent.decimals)


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


def read_balances(reading: Reading) -> list[Claim]:
    """``收入 A,支出 B,结余 C``: the balance is what income leaves over expenditure."""
    made: list[Claim] = []
    for paragraph in reading.paragraphs:
        for level in paragraph.levels:
            if level.mention.sort != "money" or not _BALANCE.search(key_of(level.label)):
                continue
            if re.search(r"年初|上年|使用|动用", level.label):
                continue
            near = reading.before(paragraph, level.mention.start)[:16]
            spent = next((other for other in near if _flow(other, "支出")), None)
            income = next((other for other in near if _flow(other, "收入")), None)
            if spent is None or income is None:
                continue
            gap = income.value - spent.value - level.value
            tail = envelope(level.mention, (income.mention, spent.mention))
            # A cleaned label has lost its 上年, so the words before the figure are asked.
            opening = any(
                re.search(r"(?:年初|上年).{0,8}(?:结转|结余)", other.mention.before) for other in near
            )
            if abs(gap) > tail and opening:
                continue
            roles = {"minuend": income.mention, "subtrahend": spent.mention, "delta": level.mention}
            made.append(Claim("difference", "收入减支出的结余", roles, paragraph=paragraph.index))
    return made


def _flow(level: Level, word: str) -> bool:
    """Whether a level is all income or all expenditure: ``2025年本单位收入``, ``支出合计``."""
    return level.mention.sort == "money" and key_of(level.label) in (
        word,
        f"总{word}",
        f"{word}总",
        f"单位{word}",
        f"本年{word}",
    )
