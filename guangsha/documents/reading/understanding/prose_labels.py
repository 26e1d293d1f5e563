"""What a figure speaks of: the noun phrase before it, brought to a form in which two phrases can be compared."""

from __future__ import annotations

import re
from functools import lru_cache

from guangsha.documents.reading.understanding.prose_numbers import Mention

#: Words that open a list of parts, strongest first: the language says that what follows is a part of the figure before.
OPENS = re.compile(
    r"其中|(?:主要)?(?<!不)(?:包括|包含|含有)|(?:由|以)(?=.{0,40}(?:组成|构成))|分别(?:为|是|有|用于|占|列支)?|具体(?:支出)?(?:项目|情况|内容|如下)?(?:为|是|如下|包括)"
    r"|(?:主要|具体)?用于|主要(?:为|是|有|由)|按.{2,12}分(?:类)?|构成(?:如下|为)|如下|(?:具体)?分解(?:为|如下|(?=:))"
)
#: Openers that promise the whole (何者组成、分别为、具体为), against those that name only what matters most.
EXHAUSTS = re.compile(r"分别(?:为|是)|组成|构成|具体.{0,6}(?:为|是|如下)|如下|分解为|以下(?:方面|几)")
#: Openers that say what money was for; the figure behind them need not be a part.
PURPOSE = re.compile(r"用于|主要(?:为|是|有)|用来")

_TIME = re.compile(
    r"^(?:截至|截止到?|至|到)?(?:19|20)\d\d年(?:度|底|末|初)?(?:\d{1,2}月(?:底|末|份|初)?)?(?:\d{1,2}日)?"
    r"|^\d{1,2}[-~—至到]\d{1,2}月份?|^\d{1,2}月(?:底|末|份)?"
    r"|^(?:截至|截止)?(?:本年度?|全年|当年|年度|目前|年内|年末|今年|报告期内?|去年同期|同时|同期|期末|累计|上年度?|去年)"
)
_LEAD = re.compile(
    r"^(?:[、,;:\s\"“”’'《》\-]+|\d{1,2}[、.]|[(]\d{1,2}[)]|[①-⑳]"
    r"|(?:其中|以及|还有|另外?|此外|即|包括|包含|含|主要包括|主要(?:是|为)?用于|主要用于|用于|一是|二是|三是|四是|五是|分别(?:为|是)?|具体(?:为|是)"
    r"|共涉及|共计|共|各|我(?:单位|中心|局|部门|办|区|市)|本(?:单位|部门|中心|局)|全(?:区|市|县|局)|按要求|根据|通过|对(?!个人|附属)|为|将|已|新增加|均|并|且|而|是|由))"
)
_TAIL = re.compile(
    r"(?:(?:分别)?(?:为|是|达到?|至|到|约|近|共计?|(?<![总合共统估])计|(?<![实保拥现])有|(?<![所取获])得|超过?|逾|安排了?|占|完成了?|实现了?|同比|环比|[:,;、\"“”=]|已|均|各|只|仅|不低于|不少于|不超过|大于|小于|[≥≤><])|(?<=[\u4e00-\u9fff])了)$"
)
_CLOSED = re.compile(r"[(（][^()（）]*[)）]")

#: Spellings of the same thing, longest first.
_SAME: tuple[tuple[str, str], ...] = (
    ("公务用车购置及运行维护", "公务用车购置及运行"), ("公务用车购置和运行维护", "公务用车购置及运行"), ("公务用车购置和维护", "公务用车购置及运行"),
    ("公务用车运行维护", "公务用车运行"), ("公车运行维护", "公务用车运行"), ("公车运行", "公务用车运行"), ("公车购置", "公务用车购置"),
    ("公务接待", "接待"), ("因公出国境", "出国"), ("因公出国", "出国"), ("收、支", "收支"), ("收入支出", "收支"), ("收入、支出", "收支"), ("收入和支出", "收支"),
    ("人员支出", "人员经费"), ("公用支出", "公用经费"), ("一般公共预算财政拨款", "一般公共预算"), ("一般公共预算拨款", "一般公共预算"),
    ("政府性基金预算财政拨款", "政府性基金"), ("政府性基金预算拨款", "政府性基金"), ("政府性基金预算", "政府性基金"), ("政府性基金拨款", "政府性基金"),
    ("国有资本经营预算财政拨款", "国有资本经营"), ("国有资本经营预算", "国有资本经营"), ("财政拨款三公", "三公"), ("三公经费财政拨款", "三公"),
    ("租金收缴", "收取租金"), ("公共租赁住房", "公租房"), ("保障性租赁住房", "保租房"),
)  # fmt: skip
_DROP = re.compile(r"[\"“”‘’'《》<>()（）\s、,·的\-]")
_WEAK = re.compile(
    r"(?:本年|年度|全年|当年|年初|总体|实际|已经?|累计|各级|发放|实现|完成|年度内|财政资金|部门整体|绩效考评)|(?:情况|总额|总计|合计|总数|数额|金额|总量|经费支出$)"
)
_SUFFIX = re.compile(r"(?:支出|经费|资金|费用|项目|收入|补助|款|额|数|费|数量|情况)$")


def label_of(mention: Mention, *, owner: str = "") -> str:
    """The words that name what ``mention`` counts; empty where the clause names nothing.

    ``owner`` is the unit's name, which says nothing about the figure.
    """
    return clean_label(mention.before, owner=owner)


def clean_label(before: str, *, owner: str = "") -> str:
    """The noun phrase at the end of ``before``.

    >>> clean_label("万元,其中:工资福利支出(人员经费支出)")
    '工资福利支出'
    >>> clean_label("2024年度收、支总计")
    '收、支总计'
    """
    text = before[-160:]
    for _ in range(3):
        text, changed = _CLOSED.subn("", text)
        if not changed:
            break
    opened = max(text.rfind("("), text.rfind("（"))
    if opened >= 0:
        text = text[opened + 1 :]
    parts = re.split(r"([,;:。])", text)
    said = _trimmed(parts[-1], owner)
    if not said and len(parts) > 2 and parts[-2] == ":":
        said = _trimmed(parts[-3], owner)
    return said[-60:]


_NOUN_END = re.compile(r"将|对|把|为|在|与|的|实现|进行|纳入|完成|开展|得到|已")


def head_noun(mention: Mention) -> str:
    """The noun right behind a counted figure, without the rest of its clause (``454个小区将居民…``: 小区)."""
    return _NOUN_END.split(noun_after(mention))[0]


def noun_after(mention: Mention) -> str:
    """The noun that a counted figure stands before (``35名合同及外聘人员``); empty at the end of a clause."""
    text = mention.passage.text[mention.end : mention.end + 24]
    found = re.match(r"(?:的)?([一-鿿A-Za-z\"“”级]{1,20})", text)
    return found[1] if found else ""


def _trimmed(text: str, owner: str) -> str:
    said = text.strip()
    cues = list(OPENS.finditer(said))
    if cues and cues[-1].start() > 0 and cues[-1].end() < len(said):
        said = said[cues[-1].end() :]
    while said:
        before = said
        said = _LEAD.sub("", said, count=1)
        said = _TIME.sub("", said, count=1)
        if owner and said.startswith(owner) and len(said) > len(owner):
            said = said[len(owner) :]
        said = _TAIL.sub("", said)
        said = said.strip('、 "“”')
        if said == before:
            break
    return said


@lru_cache(maxsize=20_000)
def key_of(label: str) -> str:
    """``label`` without marks, brackets and weak words: the form in which labels are compared.

    >>> key_of("“三公”经费支出") == key_of("三公经费支出")
    True
    """
    text = _CLOSED.sub("", label)
    text = _DROP.sub("", text)
    for old, new in _SAME:
        text = text.replace(old, new)
    text = re.sub(r"(?:19|20)\d\d年度?", "", text)
    shorter = _WEAK.sub("", text)
    return shorter or text


#: What may follow a name once more (运行维护费支出 is 运行维护费).
_SPENT = re.compile(r"(?:支出|经费|费用|费)$")


def core_of(label: str) -> str:
    """The key without its last general noun (支出, 经费, 资金…); the key itself where nothing else is left."""
    key = key_of(label)
    shorter = _SUFFIX.sub("", key)
    if len(shorter) < 2:
        return key
    again = re.sub(r"(?:经费|资金|费用|款)$", "", shorter)
    return again if len(again) >= 2 else shorter


def stem_of(label: str) -> str:
    """What labels that name the same thing share to the letter (:func:`likeness` of 0.94 and more)."""
    return _SPENT.sub("", core_of(label))


@lru_cache(maxsize=50_000)
def likeness(one: str, other: str) -> float:
    """How far two labels name the same thing, 0 to 1; 1 only where their keys are equal.

    收入 and 支出, 预算 and 决算, 基本 and 项目 never agree, whatever else the labels share.
    """
    a, b = key_of(one), key_of(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if _opposed(a, b):
        return 0.0
    core_a, core_b = core_of(one), core_of(other)
    if core_a == core_b or _SPENT.sub("", core_a) == _SPENT.sub("", core_b):
        return 0.95
    short, long = sorted((core_a, core_b), key=len)
    if len(short) >= 2 and long.endswith(short):
        return 0.6 + 0.35 * len(short) / len(long)
    if len(short) >= 3 and short in long and not long.startswith(short):
        return 0.55 + 0.35 * len(short) / len(long)
    grams_a, grams_b = _bigrams(core_a), _bigrams(core_b)
    if not grams_a or not grams_b:
        return 0.0
    return 0.85 * 2 * len(grams_a & grams_b) / (len(grams_a) + len(grams_b))


_PAIRS = (
    ("收入", "支出"), ("基本", "项目"), ("人员", "公用"), ("预算", "决算"), ("目标", "完成"), ("开工", "完工"), ("开工", "竣工"),
    ("市级", "区级"), ("货物", "服务"), ("货物", "工程"), ("工程", "服务"), ("行政", "事业"), ("购置", "运行"), ("在职", "退休"), ("编制", "在职"),
    ("年初", "年末"), ("一般公共", "政府性基金"), ("新增", "存量"), ("户数", "面积"), ("户数", "栋数"), ("小微", "中小"),
)  # fmt: skip


def _opposed(a: str, b: str) -> bool:
    """Whether the two name opposite things: one says 收入 where the other says 支出."""
    return any((x in a) != (x in b) and (y in a) != (y in b) and (x in a) != (y in a) for x, y in _PAIRS)


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))
