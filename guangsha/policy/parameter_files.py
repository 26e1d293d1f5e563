"""Reads ``parameters/<region>/<area>/<key>.yaml``. A value without its source does not load.

Every scalar is read as text: no amount ever passes through a float. A fault is one Chinese sentence with file and place;
one bad file stops the whole book, because a rule half known decides wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from guangsha.kernel.errors import InputError, RuleMissing
from guangsha.kernel.resources import data_folder
from guangsha.policy.catalogue import AXIS_KEYS, CATALOGUE, OTHERS, Declared
from guangsha.policy.dimensions import PRINTED_UNITS
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.parameters import (
    NATION,
    STANDINGS,
    UNLIMITED,
    Amount,
    Citation,
    ParameterBook,
    ParameterValue,
    Scalar,
)

#: Shipped files are about 1 KB; fifty years of yearly tables stay below this.
BYTES_MAX = 128 * 1024
FILES_MAX = 20_000
#: Values in one file; one a year is usual.
VALUES_MAX = 200
PERSONS_MAX = 20
TEXT_MAX = 200
#: Amounts that are paid or counted: a cap of half a fen would be passed by rounding.
WHOLE_UNITS = frozenset(
    ("元", "元/月", "月", "年", "岁", "天", "工作日", "小时", "辆", "个", "人", "次", "层", "分钟")
)
_NUMBER = re.compile(r"\d{1,10}(\.\d{1,6})?")
_REGION = re.compile(r"\d{6}")
_FILE_KEYS = {"key", "title", "meaning", "unit", "region", "by", "values"}
_VALUE_KEYS = {"from", "to", "amount", "citation", "note"}
_CITATION_KEYS = ("document", "number", "article", "publication", "standing")


class _TextLoader(yaml.SafeLoader):
    """Every scalar as text, a mapping that names a key twice refused, no aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "alias", None)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) != len(set(names)):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_TextLoader.yaml_implicit_resolvers = {}


def read_yaml(path: Path, where: str) -> dict[str, Any]:
    """The top mapping of a small YAML file, scalars as text.

    Raises:
        InputError: too large, not UTF-8, not YAML, an alias, a key twice, or no mapping.
    """
    if path.stat().st_size > BYTES_MAX:
        raise InputError("文件过大", where=where, advice=f"参数文件不应超过 {BYTES_MAX // 1024} KB。")
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
    except UnicodeDecodeError:
        raise InputError("文件不是 UTF-8 编码", where=where, advice="请另存为 UTF-8。") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" 第 {mark.line + 1} 行" if mark is not None else ""
        raise InputError(
            "文件不是有效的 YAML（缩进、冒号、重复的键或引用）",
            where=where + line,
            advice="请对照 parameters/README.md 更正。",
        ) from None
    if not isinstance(data, dict):
        raise InputError("文件应以“key:”开头", where=where, advice="请对照 parameters/README.md 更正。")
    return data


class _File:
    """One file while it is read: knows its place, so that each fault can name it."""

    def __init__(self, path: Path, where: str) -> None:
        self.where, self.data = where, read_yaml(path, where)
        self.region, self.area, self.key = path.parent.parent.name, path.parent.name, path.stem

    def fault(self, what: str) -> InputError:
        return InputError(what, where=self.where, advice="请对照 parameters/README.md 更正。")

    def text(self, data: Mapping[str, Any], key: str, at: str = "") -> str:
        value = data.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > TEXT_MAX:
            raise self.fault(f"{at}“{key}”没有填写，或超过 {TEXT_MAX} 字")
        return value.strip()

    def values(self) -> list[ParameterValue]:
        unknown = set(self.data) - _FILE_KEYS
        if unknown:
            raise self.fault(f"不认识“{sorted(unknown)[0]}”这一项")
        declared = CATALOGUE.get(self.text(self.data, "key"))
        if declared is None or declared.key != self.key:
            raise self.fault("“key”应与文件名相同，并且是程序认识的参数")
        if declared.area != self.area:
            raise self.fault(f"这个参数应放在文件夹“{declared.area}”里")
        if self.text(self.data, "region") != self.region:
            raise self.fault("“region”应与文件夹的区划代码相同")
        self.text(self.data, "title"), self.text(self.data, "meaning")
        if declared.shape == "number" and self.text(self.data, "unit") != declared.unit:
            raise self.fault(f"“unit”应为“{declared.unit}”")
        axis = self.data.get("by", "")
        if axis not in declared.axes:
            known = "、".join(a or "（不写）" for a in declared.axes)
            raise self.fault(f"“by”不能是“{axis}”，可以是：{known}")
        rows = self.data.get("values")
        if not isinstance(rows, list) or not 1 <= len(rows) <= VALUES_MAX:
            raise self.fault(f"“values”应为 1 至 {VALUES_MAX} 项的列表")
        found = [self._value(declared, axis, row, number) for number, row in enumerate(rows, 1)]
        self._refuse_overlaps(found)
        return found

    def _value(self, declared: Declared, axis: str, row: Any, number: int) -> ParameterValue:
        at = f"第 {number} 个值的"
        if not isinstance(row, dict) or set(row) - _VALUE_KEYS:
            raise self.fault(f"第 {number} 个值只能有 from、to、amount、citation、note")
        first = self._day(row, "from", at)
        last = self._day(row, "to", at) if row.get("to") else None
        if last is not None and last < first:
            raise self.fault(f"{at}结束日期早于开始日期")
        citation = row.get("citation")
        if not isinstance(citation, dict):
            raise self.fault(f"{at}“citation”没有填写：每个数值都要写明文件、文号、条款和公布处")
        parts = [self.text(citation, key, f"{at}依据 ") for key in _CITATION_KEYS]
        if parts[-1] not in STANDINGS or parts[-1] == "assumed":
            raise self.fault(f"{at}依据的“standing”应为 statute、reported 或 invented")
        try:
            amount = parse_amount(declared, axis, row.get("amount"))
        except ValueError as error:
            raise self.fault(f"{at}“amount”{error}") from None
        return ParameterValue(declared.key, self.region, first, last, axis, amount, Citation(*parts))

    def _day(self, row: Mapping[str, Any], key: str, at: str) -> date:
        try:
            return date.fromisoformat(self.text(row, key, at))
        except ValueError:
            raise self.fault(f"{at}“{key}”应为 2026-01-01 这样的日期") from None

    def _refuse_overlaps(self, values: list[ParameterValue]) -> None:
        ordered = sorted(values, key=lambda value: value.first)
        for before, after in pairwise(ordered):
            if before.last is None or after.first <= before.last:
                raise self.fault(
                    f"{before.first} 起的值与 {after.first} 起的值有效期重叠，前一个值要写明“to”结束日期"
                )


def parse_amount(declared: Declared, axis: str, given: Any) -> Amount:
    """``given`` (text, or a table of texts) as the amount of a parameter, in base units.

    Raises:
        ValueError: it is none; the text says why, in Chinese, to follow the words “amount”.
    """
    if not axis:
        return _scalar(declared, given)
    if not isinstance(given, dict) or not given:
        raise ValueError("应为一张表，每档一行")
    for line in given:
        if axis == "persons":
            if not (str(line).isascii() and str(line).isdigit() and 1 <= int(line) <= PERSONS_MAX):
                raise ValueError(f"的档“{line}”应为 1 至 {PERSONS_MAX} 的人数")
        elif line != OTHERS and line not in AXIS_KEYS[axis]:
            raise ValueError(f"的档“{str(line)[:40]}”不认识，可以是：{'、'.join((*AXIS_KEYS[axis], OTHERS))}")
    if axis == "persons" and "1" not in given:
        raise ValueError("要有 1 人的一档；较多人数取不超过该人数的最大一档")
    return {str(line): _scalar(declared, value) for line, value in given.items()}


def _scalar(declared: Declared, given: Any) -> Scalar:
    if declared.shape == "order":
        if (
            not isinstance(given, list)
            or not given
            or len(set(map(str, given))) != len(given)
            or not all(isinstance(code, str) and code in TYPE_BY_CODE for code in given)
        ):
            raise ValueError(f"应为不重复的类别列表，可以是：{'、'.join(TYPE_BY_CODE)}")
        return tuple(given)
    if not isinstance(given, str):
        raise ValueError("没有填写")
    if declared.shape == "flag":
        if given not in ("是", "否"):
            raise ValueError("应为“是”或“否”")
        return given == "是"
    if declared.shape == "choice":
        if given not in declared.choices:
            raise ValueError(f"应为其中之一：{'、'.join(declared.choices)}")
        return given
    if given == str(UNLIMITED):
        if not declared.limit:
            raise ValueError("不能是“不限”")
        return UNLIMITED
    if not _NUMBER.fullmatch(given):
        raise ValueError(f"“{given[:40]}”应为不带千分号的非负数，小数不超过六位")
    amount = Fraction(given) * PRINTED_UNITS[declared.unit].factor
    if declared.unit in WHOLE_UNITS and amount.denominator != 1:
        raise ValueError(f"“{given}”应精确到分（个、月），不能再有小数")
    return amount


def assumed(key: str, amount: Any, by: str = "") -> ParameterValue:
    """A value to try instead of the one in force (测算), given as a file gives it.

    Raises:
        InputError: there is no such parameter, or the amount cannot be read.
    """
    declared = CATALOGUE.get(key)
    if declared is None:
        raise InputError(f"没有参数“{key[:60]}”", advice="参数名称见 docs/reference/policy.md。")
    if by not in declared.axes:
        raise InputError(
            f"参数“{declared.title}”不能按“{by[:40]}”分档", advice="分档方式见 docs/reference/policy.md。"
        )
    try:
        value = parse_amount(declared, by, amount)
    except ValueError as error:
        raise InputError(f"参数“{declared.title}”的假设值{error}", advice="请更正后重新测算。") from None
    source = Citation("测算假设", "无文号", "不适用", "仅供测算", "assumed")
    return ParameterValue(key, NATION, date.min, None, by, value, source, overridden=True)


def read_book(folder: Path) -> ParameterBook:
    """Every parameter file under ``folder``.

    Raises:
        InputError: a file cannot be used.
        RuleMissing: ``folder`` is not there, or holds no parameter.
    """
    if not folder.is_dir():
        raise RuleMissing("找不到政策参数文件夹", where=folder.name, advice="请检查安装是否完整。")
    paths = sorted(folder.glob("*/*/*.yaml"))
    if len(paths) > FILES_MAX:
        raise InputError(f"参数文件超过 {FILES_MAX} 个", where=folder.name, advice="请检查文件夹。")
    values: list[ParameterValue] = []
    for path in paths:
        region = path.parent.parent.name
        where = f"parameters/{region}/{path.parent.name}/{path.name}"
        if region != NATION and not _REGION.fullmatch(region):
            raise InputError(
                "文件夹名应为六位区划代码或 national",
                where=where,
                advice="请对照 parameters/README.md 更正。",
            )
        values.extend(_File(path, where).values())
    if not values:
        raise RuleMissing("没有任何政策参数", where=folder.name, advice="请先建立参数文件。")
    return ParameterBook(tuple(values))


@lru_cache(maxsize=8)
def book_of(folder: Path | None = None) -> ParameterBook:
    """The book of ``folder`` (the shipped parameters without one), read once. ``book_of.cache_clear()`` reads again."""
    return read_book(folder or data_folder("parameters"))
