"""Words of the forms: heads of columns, labels of rows, names of level-1 and level-2 indicators, from any place.

A head is recognised by its words alone. Sources: 财预〔2020〕10号 form, the Yueyang, Yuelu and Wuhan forms
(performance.md §4.2–4.5) and what neighbouring places write instead.
"""

from __future__ import annotations

import re
from functools import lru_cache

from guangsha.documents.reading.understanding.cells import compact, label

#: Columns of the indicator part: field → pattern over the compacted head; the first that matches counts.
_INDICATOR_HEADS: tuple[tuple[str, str], ...] = (
    ("level1", r"一级(?:绩效)?指标?|一级"),
    ("level2", r"二级(?:绩效)?指标?|二级"),
    (
        "name",
        r"三级(?:绩效)?指标?|具体指标(?:名称?)?|(?:绩效)?指标(?:名称|内容)|三级指标(?:名称|内容).*|级指标|四级指标",
    ),
    (
        "rule",
        r".*(?:评分|计分|评价|打分|评定)(?:标准|细则|规则|办法|方法)|指标解释及评分标准|(?:评分|计分)依据",
    ),
    (
        "reason",
        r".*(?:偏差|未完成|扣分|偏离|未达标).*|原因(?:分析|说明).*|.*改进措施.*|情况说明|(?:评分|得分|评价|打分)(?:说明|情况|理由|原因|分析)",
    ),
    ("sign", r"指标(?:性质|方向)|运算符号?|计算符号?"),
    ("unit", r"(?:计量|度量|计算)?单位"),
    ("completion", r"完成(?:率|比例|程度|比率)|实际完成率|指标完成率"),
    (
        "target",
        r"(?:(?:年度|年初|全年|当年|本年|预期|计划|设定|绩效|\d{4}年|申报|批复|调整后)*(?:设定|计划|预期)?"
        r"(?:绩效)?(?:指标|目标|计划|预期)(?:指标)?值).*|年度指标|年初目标|目标值?(?:[(（]?A[)）]?)?|预期值.*|值\(?A\)?",
    ),
    (
        "actual",
        r".{0,6}(?:实际|全年|年末|年度|当年)*(?:完成|实现|达到)(?:指标)?(?:值|情况|数).*|实际(?:指标)?值.*|实际完成|完成值?\(?B\)?",
    ),
    ("weight", r"(?:指标)?(?:分值|权重|权值|标准分|满分|分数)(?:\(?(?:权重|分值|分|%|\d+分?)\)?)?"),
    ("score", r"(?:自评|评价|实际|指标|综合)?(?:得分|评分|自评分)(?:\(.*\)?)?|自评分数"),
    ("remark", r"备注|说明|佐证(?:材料|资料)|证明材料|数据来源"),
)

#: What is left of a head in a scan: words, else the letter that Wuhan forms print (A target, B actual).
_SCARRED_HEADS: tuple[tuple[str, str], ...] = (
    ("target", r"标值|指标值|\(A|A\)"),
    ("actual", r"完成值|成值|完成情况|\(B|B\)"),
    ("name", r"具体指|三级指|体指标名"),
    ("level2", r"二级指"),
    ("level1", r"一级指"),
    ("reason", r"偏差原因|改进措施"),
    ("rule", r"评分标"),
)

#: Columns of the money block.
_MONEY_HEADS: tuple[tuple[str, str], ...] = (
    ("rate", r".*B[/÷]A.*|.*(?:预算)?执行(?:进度|率)(?:\(%\))?|支出进度|完成率"),
    ("score", r".*得分?.*\d+分?.*[*×xX].*|.*执行率\).*|(?:自评)?得分(?:\(.*)?|分执行率\)?"),
    ("initial", r"年初(?:部门)?(?:安排|批复|下达)?(?:预算|申请)?(?:数|金额|安排)?(?:\(万?元\))?|预算批复数?|年初预算.*"),
    ("executed", r".*(?:全年|实际)?(?:执行|支出|使用)数?(?:金额)?(?:\(?B\)?|\(万?元\))?|.*\(?B\)?|.*L?行数.*B.*|全年(?:实际)?(?:执行|支出).*"),
    ("full_year", r"(?:全年|年度|调整后?(?:全年)?|当年|本年)?(?:预算|调整预算)(?:数|金额|安排|总额)?(?:\(?A\)?|\(万?元\))?|全年预算.*|.*\(A\)?"),
    ("weight", r"分值.*|权重.*"),
    ("label", r"资金来源|项目|资金(?:类别|性质|构成)"),
)  # fmt: skip

_FUNDS: tuple[tuple[str, str], ...] = (
    ("total", r"(?:年度|全年)?(?:财政)?(?:项目)?(?:资金|预算)(?:总额|合计|总量)|年度财政资金总额|(?:部门|单位)?整体支出总额|(?:年度|部门|单位)?(?:预算|支出)(?:总额|合计)|资金来源合计|资金总额|年度资金总额|合计|总计"),
    ("current", r"(?:其中)?(?:当年|本年|年度)?(?:中央|省级|市级|区级|县级|本级)?(?:财政|一般公共预算)?(?:财政)?(?:拨款|拨付资金)(?:资金)?|(?:当年|本年)财政(?:资金|安排).*"),
    ("carry_over", r"上年(?:度)?结转(?:结余)?(?:和结余)?(?:资金|金额)?|以前年度结转.*|结转(?:结余)?资金"),
    ("other", r"其[他它](?:资金|来源|收入)?"),
)  # fmt: skip

_SOURCES: tuple[tuple[str, str], ...] = (
    ("general_public", r"一般公共预算(?:财政)?(?:拨款|收入|资金|支出)*|财政拨款(?:收入|资金)?"),
    ("government_fund", r"(?:其中)?政府性基金(?:预算)?(?:财政)?(?:拨款|收入|支出|资金)*"),
    ("state_capital", r"国有资本(?:经营)?预算?(?:财政)?(?:拨款|收入|支出|资金)*"),
    ("special_account", r"(?:纳入)?(?:财政)?专户管理的?(?:非税|教育)?(?:收入|资金)?(?:拨款|收入|资金)*|财政专户(?:管理)?资金"),
    ("superior", r"上级(?:专项)?(?:补助|转移支付)(?:收入|资金)*"),
    ("other", r"其[他它](?:资金|收入|来源)*|单位(?:自有)?资金|自有资金"),
)  # fmt: skip

_NATURES: tuple[tuple[str, str], ...] = (
    ("basic", r"基本支出(?:总额|合计|小计)?"),
    ("project", r"项目支出(?:总额|合计|小计)?"),
    ("personnel", r"人员(?:经费|支出|类)(?:支出)?"),
    ("public", r"(?:日常)?公用(?:经费|支出|类)(?:支出)?|运转类(?:公用经费)?"),
)

#: Stem of a level-2 name → its level-1 name. 成本指标 under 产出 is a level-2 name of its own.
_LEVEL1_OF: tuple[tuple[str, str], ...] = (
    (r"经济成本|社会成本|生态(?:环境)?成本|环境成本", "成本指标"),
    (r"数量|质量|时效|进度|成本", "产出指标"),
    (r"满意", "满意度指标"),
    (r"经济效|社会效|生态效|环境效|可持续|公平|安全效|服务效|效益", "效益指标"),
)
_LEVEL1 = re.compile(
    r"(?P<name>(?:年度)?(?:产出|效益|效果|成本|满意度?|投入|过程|管理(?:效率)?|决策|履职(?:效能|效益)?|运行成本|社会效应|可持续发展能力?"
    r"|服务对象满意度?|预算执行)(?:类)?(?:绩效)?(?:指标)?)"
)
_WEIGHT_IN_HEAD = re.compile(r"[(（]?\s*(\d{1,3}(?:\.\d+)?)\s*分\s*[)）]?")


def _field(text: str, patterns: tuple[tuple[str, str], ...]) -> str:
    return next((field for field, pattern in patterns if re.fullmatch(pattern, text)), "")


@lru_cache(maxsize=8192)  # every row of every table is asked several times whether it is a head
def indicator_field(head: str) -> str:
    """Which column of the indicator part ``head`` names; empty where it names none.

    >>> indicator_field("年初目标值\\n（A）"), indicator_field("得分"), indicator_field("偏差原因分析及改进措施")
    ('target', 'score', 'reason')
    """
    return _field(re.sub(r"[*#:：]", "", compact(head)), _INDICATOR_HEADS)


@lru_cache(maxsize=8192)
def scarred_indicator_field(head: str) -> str:
    """Like :func:`indicator_field`, for a head that a scan damaged: by the words, or the letter, that are left of it.

    >>> scarred_indicator_field("7月标值 (A)"), scarred_indicator_field("≒完成值 (B)")
    ('target', 'actual')
    """
    text = re.sub(r"[^\u4e00-\u9fffA-Za-z0-9()/%]", "", compact(head))
    known = indicator_field(text)
    if known or len(text) > 16:
        return known
    return next((field for field, pattern in _SCARRED_HEADS if re.search(pattern, text)), "")


def money_field(head: str) -> str:
    """Which column of the money block ``head`` names: initial, full_year, executed, weight, rate, score, label.

    >>> money_field("预算数 （A）"), money_field("全年\\n执行数"), money_field("得分\\n（20分×执行率）")
    ('full_year', 'executed', 'score')
    """
    text = compact(head).replace("（", "(").replace("）", ")").rstrip(":：")
    return "" if len(text) > 24 else _field(text, _MONEY_HEADS)


def fund(text: str) -> str:
    """The fund a row of the money block stands for: total, current, carry_over, other; empty where none."""
    return _field(label(text), _FUNDS)


def source_of_revenue(text: str) -> str:
    return _field(label(text), _SOURCES)


def nature_of_expenditure(text: str) -> str:
    return _field(label(text), _NATURES)


def level1_of(level2: str) -> str:
    """The level-1 name under which a level-2 name stands by its words; empty where they do not say.

    >>> level1_of("可持续影响 效益指标"), level1_of("经济成本指标")
    ('效益指标', '成本指标')
    """
    text = compact(level2)
    return next((name for pattern, name in _LEVEL1_OF if re.search(pattern, text)), "")


def level1_name(text: str) -> str:
    """A level-1 head without its weight: ``产出指标（50分）`` is ``产出指标``; empty where it is no level-1 head.

    >>> level1_name("满意度\\n指标\\n（10分）"), level1_name("数量指标")
    ('满意度指标', '')
    """
    bare = re.sub(r"[(（\[].*|\d.*|[,，.。:：;；~/\s]", "", compact(text))
    found = _LEVEL1.fullmatch(bare)
    return found["name"] if found else ""


def weight_in_head(text: str) -> str:
    """The points that a head gives in brackets: ``产出指标(50分)`` gives ``50``; empty where it gives none."""
    found = _WEIGHT_IN_HEAD.search(compact(text))
    return found[1] if found else ""


def is_level2(text: str) -> bool:
    """Whether a cell reads as a level-2 name (``数量指标``), so that it is no name of an indicator."""
    bare = re.sub(r"[(（].*|[,，.。:：;；\-\s]", "", compact(text))
    return bool(
        re.fullmatch(
            r"(?:数量|质量|时效|成本|进度|经济效益?|社会效益?|生态(?:环境)?效益?|环境效益?|可持续(?:性|影响|发展)?(?:影响)?(?:效益)?"
            r"|经济成本|社会成本|生态环境成本|(?:社会公众(?:或|及|和))?(?:服务|受益)?(?:对象|群众|公众)?满意度?)(?:指标?)?",
            bare,
        )
    )
