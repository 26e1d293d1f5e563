"""The workbook of a bulk import: the template, reading what came back, what is wrong with a row, the result. No database.

One row is one person; rows with the same 户序号 are one household, its 本人 is the applicant.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from guangsha.areas.registry.models import RELATIONS, STATUS_KINDS, Person
from guangsha.areas.registry.rules import clean_bank_account, clean_name, clean_phone, identity_facts
from guangsha.documents.reading.office_package import plain_package
from guangsha.documents.writing.xlsx import Workbook
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import normalise

#: A district files about 45,000 households in all; a street's backlog has a few thousand rows.
ROWS_MAX = 20_000
BYTES_MAX = 10 * 1024 * 1024
#: A cell longer than this is no name and no address.
CELL_MAX = 300
#: The heading stands at the top, below at most a few lines about the export.
_HEAD_WITHIN = 10

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key, heading, note for who fills it in, width, choices (code → word)."""

    key: str
    label: str
    note: str
    width: int
    required: bool = False
    choices: Mapping[str, str] | None = None
    longest: int = 60


COLUMNS: tuple[Column, ...] = (
    Column("household", "户序号", "同一户的各行填同一个序号，例如 1、2、3。", 8, True, longest=20),
    Column("relation", "与申请人关系", "每户必须有且只有一个“本人”（申请人）。", 14, True, dict(RELATIONS)),
    Column("name", "姓名", "与证件一致；少数民族姓名用间隔号“·”。", 12, True),
    Column("identity_kind", "证件类型", "不填按居民身份证。", 18, False, dict(Person.IDENTITY_KINDS)),
    Column("identity", "证件号码", "本列是文本格式，请勿改为数字，否则末几位会丢失。", 22, True, longest=30),
    Column("phone", "手机号", "11 位手机号，没有可不填。", 14),
    Column("marital", "婚姻状况", "不填按未说明。", 10, False, dict(Person.MARITAL)),
    Column("community", "社区", "申请人必填，从下拉列表中选。", 16),
    Column("residence", "现住地址", "申请人必填，填写到门牌号。", 34, longest=200),
    Column("opened_on", "建档日期", "例如 2025-03-01；不填按导入当天。", 13),
    Column("programme", "保障类别", "例如 公租房、租赁补贴。", 12, longest=24),
    Column("employer", "工作单位", "选填。", 22, longest=120),
    Column("bank_account", "银行卡号", "本人名下的银行卡，选填。", 22),
    Column("bank_name", "开户银行", "选填。", 18, longest=80),
    Column(
        "status", "特殊身份", "由其他部门认定的身份，一人多种的请导入后补录。", 16, False, dict(STATUS_KINDS)
    ),
    Column("status_grade", "等级", "例如残疾等级。", 10, longest=20),
    Column("status_source", "认定来源", "填了特殊身份的必填，例如 民政局。", 16),
    Column("status_started_on", "认定日期", "填了特殊身份的必填，例如 2024-06-01。", 13),
)
_BY_LABEL = {column.label: column for column in COLUMNS}
_RESULT, _FAULTS = "导入结果", "问题与处理办法"


def template(communities: Sequence[str]) -> bytes:
    """An empty workbook to fill in: drop-downs, a note on every heading, text cells where numbers would lose digits."""
    book = Workbook(title="家庭档案批量导入模板")
    sheet = book.sheet("家庭档案", widths=[column.width for column in COLUMNS], freeze=(1, 0), protect=False)
    need = book.style(bold=True, fill="FFE8B3", border=True, align="center", wrap=True)
    may = book.style(bold=True, fill="DDE7F3", border=True, align="center", wrap=True)
    text = book.style(number="@", border=True)
    rows = 500
    for number, column in enumerate(COLUMNS):
        sheet.write(0, number, column.label, need if column.required else may)
        sheet.note(0, number, ("必填。" if column.required else "") + column.note)
        choices = list(column.choices.values()) if column.choices else []
        if column.key == "community":
            choices = list(communities)
        if choices:
            sheet.validate_list(
                1, number, ROWS_MAX, number, choices, prompt_title=column.label, prompt=column.note,
                error="请从下拉列表中选择。",
            )  # fmt: skip
    for row in range(1, rows + 1):
        for number in range(len(COLUMNS)):
            sheet.write(row, number, None, text)
    help_sheet = book.sheet("填写说明", widths=[16, 8, 70])
    for at, line in enumerate(
        [("列", "必填", "说明"), *((c.label, "是" if c.required else "", c.note) for c in COLUMNS)]
    ):
        for number, value in enumerate(line):
            help_sheet.write(at, number, value, may if at == 0 else 0)
    bounds = f"一次最多 {ROWS_MAX:,} 行、{BYTES_MAX // 1024 // 1024} MB；有问题的行不会导入，可下载结果改正后再次上传整份文件。"
    help_sheet.write(len(COLUMNS) + 2, 0, bounds)
    return book.to_bytes()


def read_rows(data: bytes, name: str) -> list[tuple[int, Row]]:
    """The filled rows with their numbers as the spreadsheet counts them.

    Raises:
        InputError: too large, not a workbook, damaged or hostile, no known heading, no rows or too many.
    """
    if len(data) > BYTES_MAX:
        raise InputError(
            f"文件超过 {BYTES_MAX // 1024 // 1024} MB", where=name, advice="请分成几份，每份分别上传。"
        )
    plain = plain_package(data, name)
    from openpyxl import load_workbook

    try:
        book: Any = load_workbook(io.BytesIO(plain), read_only=True, data_only=True)
        return _rows(book, name)
    except InputError:
        raise
    except (
        Exception
    ) as error:  # openpyxl raises whatever a damaged part leads it to: KeyError, TypeError, its own
        raise InputError(
            "工作簿内容已损坏，无法读取", where=name, advice="请用本系统的模板重新填写后上传。"
        ) from error


def _rows(book: Any, name: str) -> list[tuple[int, Row]]:
    columns: dict[int, Column] = {}
    found: list[tuple[int, Row]] = []
    empty = 0
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True, max_col=60), start=1):
        if not columns:
            if number > _HEAD_WITHIN:
                break
            columns = _head(cells)
            continue
        row = {column.key: _text(cells[at], column) for at, column in columns.items() if at < len(cells)}
        if not any(row.values()):
            empty += 1
            if empty > ROWS_MAX:  # a sheet formatted to its very end
                break
            continue
        if len(found) >= ROWS_MAX:
            raise InputError(f"超过 {ROWS_MAX:,} 行", where=name, advice="请分成几份，每份分别上传。")
        found.append((number, row))
    missing = [column.label for column in COLUMNS if column.required and column not in columns.values()]
    if missing:
        raise InputError(
            f"表头缺少“{'”“'.join(missing)}”", where=name, advice="请使用本系统的模板，不要改动表头。"
        )
    if not found:
        raise InputError("没有填写任何一行", where=name, advice="请在第一张工作表中填写后上传。")
    return found


def _head(cells: Sequence[Any]) -> dict[int, Column]:
    labels = ["".join(str(cell or "").split()) for cell in cells]
    if "户序号" not in labels:
        return {}
    return {at: _BY_LABEL[label] for at, label in enumerate(labels) if label in _BY_LABEL}


def _text(value: Any, column: Column) -> str:
    """A cell as text; a number typed where text belongs keeps its digits, and says so where digits are lost."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return f"#{value}"  # Excel keeps 15 digits
    return " ".join(str(value).split())[: CELL_MAX + 1]


def read_date(text: str, label: str) -> date | None:
    """2025-03-01, 2025/3/1, 2025.3.1, 2025年3月1日 or 20250301.

    Raises:
        InputError: anything else, or a day that does not exist.
    """
    if not text:
        return None
    match = re.fullmatch(
        r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))", normalise(text).strip()
    )
    try:
        if match:
            return date(int(match[1]), int(match[2] or match[4]), int(match[3] or match[5]))
    except ValueError:
        pass
    raise InputError(f"“{text[:20]}”不是日期", where=label, advice="请按 2025-03-01 的样子填写。")


def check_row(given: Row, *, today: date, communities: Mapping[str, int]) -> tuple[dict[str, Any], list[str]]:
    """What a row means, and everything wrong with it at once (what, where, what to do).

    The meaning holds only JSON: dates as text, the community as its id.
    """
    meant: dict[str, Any] = {column.key: given.get(column.key, "") for column in COLUMNS}
    faults: list[str] = []
    for column in COLUMNS:
        try:
            meant[column.key] = _meant(column, meant[column.key], meant, today)
        except InputError as error:
            faults.append(str(error))
    if meant["relation"] == "self":
        if not meant["residence"]:
            faults.append("现住地址：申请人没有填写。请填写到门牌号。")
        if not meant["community"]:
            faults.append("社区：申请人没有填写。请从下拉列表中选择。")
        elif meant["community"] not in communities:
            faults.append(f"社区：没有“{meant['community']}”。请从下拉列表中选择本机构的社区。")
        else:
            meant["community_id"] = communities[meant["community"]]
    if meant["status"] and not (meant["status_source"] and meant["status_started_on"]):
        faults.append("特殊身份：没有写明认定来源或认定日期。请补填这两列。")
    return meant, faults


def _meant(column: Column, text: str, row: Mapping[str, Any], today: date) -> str:
    """The canonical text of one cell."""
    if not text:
        if column.required:
            raise InputError("没有填写", where=column.label, advice="这一列必填。")
        return {"identity_kind": "resident", "marital": "90"}.get(column.key, "")
    if text.startswith("#") and text[1:].isdigit():
        raise InputError(
            "是数字格式，末几位已经丢失", where=column.label, advice="请将这一列设为文本后重新填写。"
        )
    if column.choices is not None:
        codes = {word: code for code, word in column.choices.items()}
        if text not in codes:
            raise InputError(f"没有“{text[:20]}”这一项", where=column.label, advice="请从下拉列表中选择。")
        return codes[text]
    if len(text) > column.longest:
        raise InputError(f"超过 {column.longest} 个字", where=column.label, advice="请写得简短一些。")
    if column.key == "name":
        return clean_name(text)
    if column.key == "identity":
        return identity_facts(row["identity_kind"] or "resident", text, on=today).number
    if column.key == "phone":
        return clean_phone(normalise(text))
    if column.key == "bank_account":
        return clean_bank_account(text)
    if column.key in ("opened_on", "status_started_on"):
        day = read_date(text, column.label)
        if day is not None and day > today:
            raise InputError("晚于今天", where=column.label, advice="请核对日期。")
        return day.isoformat() if day else ""
    return text


def check_households(rows: Mapping[int, tuple[Mapping[str, Any], list[str]]]) -> None:
    """Faults that only several rows together have; added to the rows' lists.

    One number twice, no applicant or two, two spouses, and members whose applicant cannot be imported.
    """
    seen: dict[tuple[str, str], int] = {}
    households: dict[str, list[int]] = {}
    for number, (meant, faults) in rows.items():
        key = (meant["identity_kind"], meant["identity"])
        if meant["identity"] and key in seen:
            faults.append(f"证件号码：与第 {seen[key]} 行相同。同一人只填一行。")
        seen.setdefault(key, number)
        households.setdefault(meant["household"], []).append(number)
    for group in households.values():
        _check_household(rows, group)


def _check_household(rows: Mapping[int, tuple[Mapping[str, Any], list[str]]], group: list[int]) -> None:
    heads = [number for number in group if rows[number][0]["relation"] == "self"]
    spouses = [number for number in group if rows[number][0]["relation"] == "spouse"]
    if len(heads) != 1:
        said = (
            "没有申请人"
            if not heads
            else f"有 {len(heads)} 个申请人（第 {'、'.join(map(str, heads[:5]))} 行）"
        )
        for number in group:
            rows[number][1].append(f"与申请人关系：这一户{said}。每户填一个“本人”。")
        return
    for number in spouses[1:]:
        rows[number][1].append(f"与申请人关系：这一户第 {spouses[0]} 行已是配偶。请核对。")
    follow_head(rows, group)


def follow_head(rows: Mapping[int, tuple[Mapping[str, Any], list[str]]], group: list[int]) -> None:
    """Members wait for their applicant."""
    heads = [number for number in group if rows[number][0]["relation"] == "self"]
    if len(heads) == 1 and rows[heads[0]][1]:
        said = f"申请人所在的第 {heads[0]} 行有问题，本行随之不能导入。请先改正那一行。"
        for number in group:
            if number != heads[0] and said not in rows[number][1]:
                rows[number][1].append(said)


def result_workbook(
    lines: Sequence[tuple[Mapping[str, str], str, Sequence[str]]], above: Sequence[Sequence[str]]
) -> bytes:
    """The rows as they came, each with its result and its faults; mended, it can be uploaded as it is.

    Args:
        lines: what the row said, its result in a word, its faults.
        above: lines about the export, above the heading.
    """
    book = Workbook(title="批量导入结果")
    sheet = book.sheet(
        "家庭档案",
        widths=[*(column.width for column in COLUMNS), 12, 60],
        freeze=(len(above) + 1, 0),
        protect=False,
    )
    head = book.style(bold=True, fill="DDE7F3", border=True, align="center", wrap=True)
    text, bad = book.style(number="@"), book.style(color="B42318", wrap=True)
    for number, line in enumerate(above):
        sheet.write(number, 0, line[0])
    labels = [*(column.label for column in COLUMNS), _RESULT, _FAULTS]
    for number, label in enumerate(labels):
        sheet.write(len(above), number, label, head)
    sheet.write_rows(
        len(above) + 1,
        0,
        (
            [*(given.get(c.key, "").lstrip("#") for c in COLUMNS), result, "\n".join(faults)]
            for given, result, faults in lines
        ),
        [*(text for _ in COLUMNS), 0, bad],
    )
    return book.to_bytes()
