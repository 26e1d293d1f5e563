"""Growth, completion, shares and balances of the prose: which figures a percentage or a difference was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from guangsha.documents.reading.understanding.prose_claims import (
    Claim,
    Level,
    Move,
    Paragraph,
    Reading,
    envelope,
    one_digit_off,
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
_WHOLE_OF_SHARE = re.compile(r"占[^,;。、]{0,30}$")
_COMPLETED = re.compile(
    r"(?:完成|为|占|达到?|实现)(?P<of>[^,;。、]{0,14}?(?:预算|目标|计划|任务)(?:总?数|总额|指标|值)?)(?P<given>\()?[^,;。]{0,2}$"
)
_OF_AIM = re.compile(r"(?:完成|为|占|达到?|实现)(?P<of>[^,;。()]{0,14}(?:目标|计划|任务)(?:数|值|指标)?)\($")
_RATE = re.compile(r"(?:执行|完成|支出|到位|支付)(?:率|进度)(?:为|是|达到?|约|:)*$|^执行$")
_RATED = re.compile(r"(?:预算)?执行(?:率|进度)?(?:为|是|达到?|约|:)*$")
_EQUAL = re.compile(
    r"(?:与|和|同|较|比)[^,;。]{0,16}(?:上年|去年|同期|(?:19|20)\d\d年)[^,;。]{0,8}(?:相同|持平|一致|无变化|相等)"
)
#: Words that name no thing of their own: the growth is of the figure before.
_GENERAL = re.compile(
    r"(?:收入|支出|收支|决算|预算|执行|经费|资金|费用|金额|数额|数量|总额|总量|规模|合计|总计|总|数|额|本年|年末|年度|全年|[比较与其中该均和、])*"
)
#: ``压减一般性支出 35.6 万元``: an amount by which something fell, not how much there is.
_SAVED = re.compile(r"(?:^|[,;。:])[^,;。:]{0,6}(?:压减|压缩|核减|削减|节约|节省|减少|下降)[^,;。:]{0,16}$")
#: What is left of a budget is not what was spent of it.
_LEFT = re.compile(r"结余|结转|剩余|追加|调增|调减|余额")
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
    if "分别" in re.split(r"[;。]", said)[-1][-30:]:
        return None  # 分别增长 6.2%、3.5%: one for each of the figures before
    role = "percent" if move.mention.sort == "percent" else "delta"
    label = _REASON.sub("", move.label).strip(":是,")
    compared_in_label = _BASE.search(label)
    if compared_in_label is not None:
        label = label[: compared_in_label.start()]
    if base is None or (_REASON.search(said[base.end() :]) and role == "delta"):
        return _reason(reading, paragraph, move, label) if role == "delta" else None
    head = label or clean_label(text[sentence.start : sentence.start + base.start()], owner=reading.owner)
    current = _current(reading, paragraph, move, head)
    said_before = [
        level.mention
        for level in paragraph.levels_in(sentence)
        if level.stage == "prior"
        and level.mention.start < move.mention.start
        and level.mention.alike(move.mention)
    ]
    if said_before and not label:
        current = _that_moved(paragraph, sentence, said_before[-1], move) or current
    roles: dict[str, Mention] = {}
    if current is not None:
        roles["current"] = current.mention
    prior = next(
        (
            level.mention
            for level in paragraph.levels_in(sentence)
            if level.stage == "prior" and level.mention.start < move.mention.start and current is not None
            and level.mention.alike(current.mention) and _same_thing(paragraph, level, current, move)
        ),
        None,
    )  # fmt: skip
    against = base["base"] or base["same"] or "上年"
    if prior is None and role == "delta" and current is not None and "预算" in against:
        prior = _budget_before(paragraph, current, move, against)
    if prior is not None:
        roles["prior"] = prior
    roles[role] = move.mention
    name = (
        head
        or (subject_of(reading, paragraph, current) if current is not None else "")
        or paragraph.passage.title
    )
    compared = "比年初预算" if re.search(r"预算|年初", against) else "比上年"
    signs = frozenset((role,)) if move.down else frozenset()
    return Claim("growth", f"{name}{compared}", roles, signs=signs, paragraph=paragraph.index)


def _budget_before(paragraph: Paragraph, current: Level, move: Move, against: str) -> Mention | None:
    """The budget that ``比年初预算减少 C 万元`` is reckoned from: told before it, and right, or right but for one digit."""
    change = -abs(move.mention.base) if move.down else move.mention.base
    for level in reversed(paragraph.levels):
        if level is current or level.stage != "budget" or level.mention.start > move.mention.start:
            continue
        clause = re.split(r"[,;。:]", level.mention.before)[-1]
        if not level.mention.alike(current.mention) or ("年初" in against) != ("年初" in clause):
            continue
        gap = current.value - change - level.value
        tail = envelope(current.mention, (level.mention, move.mention))
        if abs(gap) <= tail or one_digit_off(gap, tail, current.mention):
            return level.mention
    return None


def _that_moved(paragraph: Paragraph, sentence: Sentence, prior: Mention, move: Move) -> Level | None:
    """``支出 A,其中:a 1;比上年 B 减少 C``: the figure that the printed prior and difference lead to, else the whole's.

    A clause behind the semicolon of a list speaks of the whole that opened the list again.
    """
    before = [
        level
        for level in paragraph.levels_in(sentence)
        if level.mention.end <= prior.start
        and level.mention.alike(prior)
        and level.stage not in ("prior", "target")
    ]
    change = -abs(move.mention.base) if move.down else move.mention.base
    fitting = [level for level in before if level.value == prior.base + change]
    if fitting:
        return fitting[-1]
    text = paragraph.passage.text
    behind = bool(before) and ";" in text[before[-1].mention.end : prior.start]
    return (
        before[0]
        if behind and re.search(r"其中|包括", text[before[0].mention.end : before[-1].mention.start])
        else None
    )


def _current(reading: Reading, paragraph: Paragraph, move: Move, label: str) -> Level | None:
    """The figure that grew: the one the words name, else the last one said that is no budget."""
    before = [
        level
        for level in reversed(paragraph.levels)
        if level.mention.start < move.mention.start and level.stage not in ("prior", "target")
    ]
    sample = move.mention if move.mention.sort != "percent" else None
    fitting = [level for level in before if sample is None or level.mention.alike(sample)]
    # 支出 A 万元,占支出合计 B 万元的 x%,比上年增加…: it is A that grew
    fitting = [level for level in fitting if not _WHOLE_OF_SHARE.search(level.mention.before)] or fitting
    if label:
        found = reading.named(label, fitting, sample, 0.75)
        if found is None and paragraph.index:
            near = [
                level for level in reading.before(paragraph)[:12] if level.stage not in ("prior", "target")
            ]
            found = reading.named(label, near, sample, 0.9)
        if found is not None or not fitting or not _GENERAL.fullmatch(key_of(label)):
            return found
    text = paragraph.passage.text
    near = [level for level in fitting if ";" not in text[level.mention.end : move.mention.start]] or fitting
    spent = [level for level in near if level.stage != "budget" and not _SAVED.search(level.mention.before)]
    return (spent or near)[0] if near else None


def _same_thing(paragraph: Paragraph, prior: Level, current: Level, move: Move) -> bool:
    """Whether a figure of the year before is of what grew: named alike or not named at all, in the same part of the sentence."""
    text = paragraph.passage.text
    first, last = sorted((prior.mention.start, move.mention.start))
    if ";" in text[first:last]:
        return False
    own = re.sub(
        r"^(?:上年|去年|上一年|同期|以前年度)(?:度|同期)?|(?:决算|预算|执行)?(?:数|额)?$", "", prior.label
    )
    return not own or bool(_GENERAL.fullmatch(key_of(own))) or likeness(own, current.label) >= 0.75


def _reason(reading: Reading, paragraph: Paragraph, move: Move, label: str) -> Claim | None:
    """``主要原因是住房保障支出增加 12185.80 万元``: an increase is no more than the figure it increased."""
    if move.down or len(key_of(label)) < 3:
        return None
    near = [
        level
        for level in reading.called(label)
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
            upto = min(
                (level.mention.start for level in levels if level.mention.start > second.mention.start),
                default=sentence.end,
            )
            for move in paragraph.moves:
                if second.mention.start < move.mention.start < upto:
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
    between = _of_budget(reading, paragraph, percent)
    if between is not None:
        return between
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
                if level.mention.start > budget.mention.start
                and level.stage == ""
                and not _LEFT.search(level.label)
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


def _of_budget(reading: Reading, paragraph: Paragraph, percent: Mention) -> Claim | None:
    """``支出决算 4.14 万元,完成全年预算 4.80 万元的 86.30%``: the budget stands between the result and the percentage."""
    if re.fullmatch(r"的(?:比例)?(?:为|约)?", percent.before) is None:
        return None
    inside = [
        level
        for level in paragraph.levels
        if level.mention.start < percent.start and level.mention.sentence == percent.sentence
    ]
    if len(inside) < 2 or inside[-1].mention.sort != "money":
        return None
    budget, executed = inside[-1], inside[-2]
    said = re.search(r"(?:完成|占)(?P<of>(?:年初|全年|调整|年度)?预算)数?(?:为)?$", budget.mention.before)
    same = executed.mention.alike(budget.mention) and executed.stage in ("", "executed")
    if said is None or not same or re.search(r"[;。]", budget.mention.before):
        return None
    roles = {"budget": budget.mention, "executed": executed.mention, "percent": percent}
    subject = f"{subject_of(reading, paragraph, executed)}完成{said['of']}"
    return Claim("completion", subject, roles, paragraph=paragraph.index)


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
        executed = next(
            (level for level in reversed(after_last) if level.stage == "" and not _LEFT.search(level.label)),
            None,
        )
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
