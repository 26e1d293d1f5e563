"""Labels of the two overview tables (收支总表, 财政拨款收支总表) and the rows of the form that they name.

Ordinals are not trusted (they shift when the form gains a class) and names change by year: a label is matched by its
words, allowing for a misread character, and by names of earlier years.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from guangsha.documents.reading.understanding.accounts_words import bare, han, most_alike
from guangsha.facts.classification import class_rows
from guangsha.facts.forms import FISCAL_EXPENDITURE, OVERVIEW_EXPENDITURE, OVERVIEW_INCOME

_ORDINAL = re.compile(r"^[一二三四五六七八九十]{1,3}[、.,:]|^[(][一二三四五六七八九十]{1,3}[)]|^\d{1,2}[、.]")
_LEAST = 0.75

#: Names that classes had in other years' forms (科目更名), by code.
_EARLIER_NAMES: dict[str, str] = {
    "文化体育与传媒支出": "207",
    "医疗卫生支出": "210",
    "医疗卫生与计划生育支出": "210",
    "资源勘探信息等支出": "215",
    "资源勘探电力信息等支出": "215",
    "资源勘探工业信息支出": "215",
    "国土海洋气象等支出": "220",
    "国土资源气象等事务": "220",
    "自然资源海洋气象支出": "220",
    "商业服务业支出": "216",
    "粮油物资储备管理事务": "222",
    "国有资本经营预算": "223",
    "灾害防治及应急管理": "224",
    "抗疫特别国债支出": "234",
}

_INCOMES: dict[str, str] = {
    **{han(label): row for row, label in OVERVIEW_INCOME.items()},
    "一般公共预算财政拨款": "income.general_public",
    "财政拨款收入": "income.general_public",
    "政府性基金预算财政拨款": "income.government_fund",
    "政府性基金收入": "income.government_fund",
    "国有资本经营预算财政拨款": "income.state_capital",
    "国有资本经营财政拨款收入": "income.state_capital",
    "附属单位上缴": "income.affiliated",
    "收入合计": "income.total",
    "使用非财政拨款结余": "income.surplus_used",
    "使用非财政拨款结余和专用结余": "income.surplus_used",
    "用事业基金弥补收支差额": "income.surplus_used",
    "上年结转和结余": "income.opening",
    "收入总计": "income.grand",
    "合计": "income.grand",
}
_EXPENDITURES: dict[str, str] = {
    **{han(label): row for row, label in OVERVIEW_EXPENDITURE.items()},
    "支出合计": "expenditure.total",
    "年末结余和结转": "expenditure.closing",
    "结转下年": "expenditure.closing",
    "支出总计": "expenditure.grand",
    "合计": "expenditure.grand",
}
_FUNDS: dict[str, str] = {
    "一般公共预算财政拨款": "general_public",
    "一般公共预算财政拨款收入": "general_public",
    "一般公共预算财政拨款结转和结余": "general_public",
    "政府性基金预算财政拨款": "government_fund",
    "政府性基金预算财政拨款收入": "government_fund",
    "政府性基金财政拨款": "government_fund",
    "国有资本经营预算财政拨款": "state_capital",
    "国有资本经营财政拨款": "state_capital",
    "国有资本经营预算财政拨款收入": "state_capital",
}
_FISCAL_TOTALS: dict[str, str] = {
    "本年收入合计": "income.total",
    "收入合计": "income.total",
    "年初财政拨款结转和结余": "opening.total",
    "年初结转和结余": "opening.total",
    "上年财政拨款结转和结余": "opening.total",
    "总计": "income.grand",
    "收入总计": "income.grand",
    "合计": "income.grand",
}
_FISCAL_EXPENDITURES: dict[str, str] = {
    **{han(label): row for row, label in FISCAL_EXPENDITURE.items()},
    "支出合计": "expenditure.total",
    "年末结转和结余": "closing.total",
    "年末财政拨款结余和结转": "closing.total",
    "支出总计": "expenditure.grand",
    "合计": "expenditure.grand",
}


def label_words(text: str) -> str:
    """A label without ordinal, brackets and spaces: ``（一）``, ``一、`` and ``其中：`` taken away.

    >>> label_words("二十一、国有资本 经营预算支出 52")
    '国有资本经营预算支出'
    """
    text = _ORDINAL.sub("", bare(text).replace("其中:", ""))
    return han(re.sub(r"[(][^()]*[)]", "", text))


class Labels:
    """The rows that labels of one overview table name, left (收入) and right (支出).

    Args:
        table: ``overview`` or ``fiscal_overview``.
        year: whose classification names the functional classes.
    """

    def __init__(self, table: str, year: int) -> None:
        self._fiscal = table == "fiscal_overview"
        rows = class_rows(year)
        classes = {name: f"class.{code}" for name, code in _EARLIER_NAMES.items()}
        classes |= {han(row.name): f"class.{row.code}" for row in rows}
        self._right: dict[str, str] = (_FISCAL_EXPENDITURES if self._fiscal else _EXPENDITURES) | classes
        self._opening = False
        #: Rows of the right side in the order of the form.
        self.right_order: tuple[str, ...] = tuple(f"class.{row.code}" for row in rows)

    def right(self, text: str) -> str:
        """The row that a label of the expenditure side names; empty for none."""
        return _named(label_words(text), self._right)

    def left(self, text: str) -> str:
        """The row that a label of the income side names; labels must be given from top to bottom.

        In the fiscal overview the three funds stand twice: as incomes, and under the opening balances.
        """
        words = label_words(text)
        if not self._fiscal:
            return _named(words, _INCOMES)
        row = _named(words, _FISCAL_TOTALS | _FUNDS)
        if row == "opening.total":
            self._opening = True
        if row in ("general_public", "government_fund", "state_capital"):
            return f"{'opening' if self._opening else 'income'}.{row}"
        return row


def is_income_label(text: str) -> bool:
    """Whether a label stands on the income side of either overview."""
    return bool(_named(label_words(text), _INCOMES | _FUNDS))


def _named(words: str, rows: Mapping[str, str]) -> str:
    if len(words) < 2:
        return ""
    if words in rows:
        return rows[words]
    return rows.get(most_alike(words, rows, _LEAST), "") if len(words) >= 4 else ""


def row_between(line: int, known: Sequence[tuple[int, str]], order: Sequence[str]) -> str:
    """The row of the form on printed ``line`` (行次) whose label is lost, told by its neighbours' lines.

    Both the nearest recognised line above and the one below must point to it, as the form counts its rows one by one.
    """
    above = max((pair for pair in known if pair[0] < line and pair[1] in order), default=None)
    below = min((pair for pair in known if pair[0] > line and pair[1] in order), default=None)
    if above is None or below is None:
        return ""
    from_above = order.index(above[1]) + line - above[0]
    from_below = order.index(below[1]) - (below[0] - line)
    return order[from_above] if from_above == from_below and 0 <= from_above < len(order) else ""
