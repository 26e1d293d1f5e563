"""From what somebody typed to answers that a case can stand on. Pure.

Typed answers are text as it was typed; clean answers hold money as whole fen, areas and numbers as exact decimal text,
dates as ISO text, yes/no as a boolean. Everything wrong is told at once, each at its field. What is not asked (an unknown
field, a condition that does not hold) is dropped, never kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from guangsha.areas.intake.catalogue import Field, Group, Service, When
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.hashing import canonical_json as canonical_json
from guangsha.kernel.identity import check_bank_card, check_resident_number
from guangsha.kernel.numbers import normalise, parse_decimal, plain

#: A full form of the largest service is under 20 KB; beyond this somebody is not filling in a form.
ANSWERS_BYTES_MAX = 200_000
#: One yuan short of 10 billion: no household and no repair project of a community has more.
MONEY_FEN_MAX = 10**12
AREA_MAX = Decimal(1_000_000)
NUMBER_MAX = Decimal(10) ** 12
_PHONE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
_YES = {True: True, "true": True, "yes": True, "1": True, "是": True, "on": True}
_NO = {False: False, "false": False, "no": False, "0": False, "否": False}

Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one field. ``path`` is ``group.name`` or ``group.row.name`` (rows from 0)."""

    path: str
    label: str
    text: str

    def error(self) -> InputError:
        """The same for the person who filled it in."""
        return InputError(self.text, where=self.label)


def holds(
    when: When | None, answers: Mapping[str, Any], row: Mapping[str, Any] | None = None, group: str = ""
) -> bool:
    """Whether a condition holds on clean answers; within a table, on the same row."""
    if when is None:
        return True
    given: Any = row if row is not None and when.group == group else answers.get(when.group)
    value = given.get(when.name) if isinstance(given, Mapping) else None
    if isinstance(value, list):
        return any(item in when.values for item in value)
    return value in when.values and value is not None


def read_answers(service: Service, typed: Mapping[str, Any], today: date) -> tuple[Answers, list[Fault]]:
    """The clean answers, and everything that is wrong with what was typed."""
    try:
        size = len(canonical_json(typed))
    except (TypeError, ValueError):
        return {}, [Fault("", "表单", "填写内容的格式不对，请重新填写")]
    if size > ANSWERS_BYTES_MAX:
        return {}, [Fault("", "表单", "填写内容过长，请删减说明文字")]
    clean: Answers = {}
    faults: list[Fault] = []
    for group in service.form:
        if not holds(group.when, clean):
            continue
        given = typed.get(group.code)
        if group.table is None:
            clean[group.code] = _read_row(
                group, given if isinstance(given, Mapping) else {}, clean, today, faults, group.code, ""
            )
        else:
            clean[group.code] = _read_table(group, given, clean, today, faults)
    faults += _twice(service, clean)
    return clean, faults


def require_answers(service: Service, typed: Mapping[str, Any], today: date) -> Answers:
    """The clean answers.

    Raises:
        InputErrors: everything that is wrong, at once.
    """
    clean, faults = read_answers(service, typed, today)
    if faults:
        raise InputErrors([fault.error() for fault in faults])
    return clean


def _read_table(group: Group, given: Any, clean: Answers, today: date, faults: list[Fault]) -> list[Answers]:
    table = group.table
    if table is None:
        return []
    rows = (
        [row for row in given if isinstance(row, Mapping)]
        if isinstance(given, Sequence) and not isinstance(given, str)
        else []
    )
    rows = [row for row in rows if any(value not in ("", None, []) for value in row.values())]
    if not table.min <= len(rows) <= table.max:
        faults.append(
            Fault(
                group.code,
                group.title,
                f"应填 {table.min} 至 {table.max} 个{table.row}，现在是 {len(rows)} 个",
            )
        )
        rows = rows[: table.max]
    return [
        _read_row(group, row, clean, today, faults, f"{group.code}.{number}", f"第{number + 1}个{table.row}")
        for number, row in enumerate(rows)
    ]


def _read_row(
    group: Group,
    given: Mapping[str, Any],
    clean: Answers,
    today: date,
    faults: list[Fault],
    path: str,
    which: str,
) -> Answers:
    row: Answers = {}
    for field in group.fields:
        if not holds(field.when, clean, row, group.code):
            continue
        label = f"{group.title} {which} {field.label}".replace("  ", " ")
        value = given.get(field.name)
        if value is None or value in ("", []) or (isinstance(value, str) and not value.strip()):
            if field.required:
                faults.append(Fault(f"{path}.{field.name}", label, "没有填写"))
            continue
        try:
            row[field.name] = read_value(field, value, today)
        except ValueError as error:
            faults.append(Fault(f"{path}.{field.name}", label, str(error)))
    return row


def _twice(service: Service, clean: Answers) -> list[Fault]:
    """One identity number in two places of an application is one person entered twice."""
    seen: dict[str, str] = {}
    faults = []
    for group, field in service.fields():
        if field.kind != "identity":
            continue
        given = clean.get(group.code)
        rows = given if isinstance(given, list) else [given or {}]
        for number, row in enumerate(rows):
            identity = row.get(field.name)
            if not identity:
                continue
            label = (
                f"{group.title} 第{number + 1}个 {field.label}"
                if group.table
                else f"{group.title} {field.label}"
            )
            if identity in seen:
                path = f"{group.code}.{number}.{field.name}" if group.table else f"{group.code}.{field.name}"
                faults.append(Fault(path, label, f"与“{seen[identity]}”是同一个号码，同一人不能填两次"))
            seen.setdefault(identity, label)
    return faults


def read_value(field: Field, value: Any, today: date) -> Any:
    """One clean value.

    Raises:
        ValueError: what is wrong, in Chinese.
    """
    if field.kind == "yes_no":
        try:
            return _YES[value] if value in _YES else _NO[value]
        except (KeyError, TypeError):
            raise ValueError("请选择“是”或“否”") from None
    if field.kind == "choices":
        return _read_choices(field, value)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("格式不对，请重新填写")
    text = str(value).strip()
    if field.kind == "choice":
        if text not in field.choices:
            raise ValueError("请从列出的选项中选择")
        return text
    if field.kind in ("text", "long_text", "address"):
        return _read_text(field, text)
    if field.kind in ("identity", "phone", "bank_account"):
        return _read_number_of_person(field, text, today)
    if field.kind in ("date", "month"):
        return _read_day(field, text)
    return _read_amount(field, text)


def _read_choices(field: Field, value: Any) -> list[str]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(
        isinstance(item, str) and item in field.choices for item in given
    ):
        raise ValueError("请从列出的选项中选择")
    return [code for code in field.choices if code in given]


def _read_text(field: Field, text: str) -> str:
    if field.kind != "long_text":
        text = " ".join(text.split())
    if any(unicodedata.category(character) == "Cc" and character not in "\n\r\t" for character in text):
        raise ValueError("含有看不见的控制字符，请重新输入")
    if len(text) > field.max:
        raise ValueError(f"最多 {field.max} 个字，现在是 {len(text)} 个")
    if field.kind == "address" and len(text) < 4:
        raise ValueError("请填写到门牌号")
    return text


def _read_number_of_person(field: Field, text: str, today: date) -> str:
    if field.kind == "identity":
        checked = check_resident_number(text, on=today)
        if not checked:
            raise ValueError(checked.fault)
        return checked.number
    if field.kind == "bank_account":
        card = check_bank_card(text)
        if not card:
            raise ValueError(card.fault)
        return card.number
    phone = re.sub(r"[\s-]", "", normalise(text)).removeprefix("+86")
    if not _PHONE.fullmatch(phone) and not _LANDLINE.fullmatch(phone):
        raise ValueError("手机号应为 1 开头的 11 位数字，固定电话请带区号")
    return phone


def _read_day(field: Field, text: str) -> str:
    pattern = r"(\d{4})-(\d{1,2})" + (r"-(\d{1,2})" if field.kind == "date" else "")
    written = re.sub(r"[年月./]", "-", normalise(text)).rstrip("日-")
    match = re.fullmatch(pattern, written)
    example = "2026-01-31" if field.kind == "date" else "2026-01"
    if match is None:
        raise ValueError(f"请按 {example} 的样子填写")
    parts = [int(part) for part in match.groups()]
    try:
        day = date(parts[0], parts[1], parts[2] if len(parts) == 3 else 1)
    except ValueError:
        raise ValueError("没有这一天") from None
    if not 1900 <= day.year <= 2100:
        raise ValueError("年份应在 1900 至 2100 之间")
    return day.isoformat() if field.kind == "date" else f"{day:%Y-%m}"


def _read_amount(field: Field, text: str) -> int | str:
    number = parse_decimal(text.removesuffix("元").removesuffix("㎡")) if len(text) <= 40 else None
    if number is None:
        raise ValueError("应为数字")
    least = (
        field.least if field.least is not None else (Decimal(0) if field.kind != "number" else -NUMBER_MAX)
    )
    most = {"money": Decimal(MONEY_FEN_MAX) / 100, "area": AREA_MAX, "number": NUMBER_MAX}[field.kind]
    if field.most is not None:
        most = min(most, field.most)
    if not least <= number <= most:
        raise ValueError(f"应在 {plain(least)} 至 {plain(most)} 之间")
    if field.kind in ("money", "area") and number != number.quantize(Decimal("0.01")):
        raise ValueError("最多两位小数")
    if field.kind == "money":
        return int(number * 100)
    return plain(number)


def prefilled(
    service: Service, facts: Mapping[str, Any], members: Sequence[Mapping[str, Any]] = ()
) -> Answers:
    """First values of a new form. ``facts`` by ``person.…``/``household.…``; ``members`` by plain names, one per person."""
    answers: Answers = {}
    for group in service.form:
        if group.table is None:
            answers[group.code] = {
                field.name: facts[field.prefill]
                for field in group.fields
                if facts.get(field.prefill) not in (None, "")
            }
            continue
        columns = {f.name: f.prefill.removeprefix("member.") or f.name for f in group.fields}
        if not any(f.prefill.startswith("member.") for f in group.fields) and group.code != "members":
            continue
        answers[group.code] = [
            {name: member[source] for name, source in columns.items() if member.get(source) not in (None, "")}
            for member in members[: group.table.max]
        ]
    return answers
