"""Exports carry who took them, when and for what: in the header of every printed page and in a hidden property.

The property has a keyed mark, so that a leaked file can be told from one whose watermark somebody typed.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from guangsha.kernel.errors import InputError
from guangsha.privacy.fields import index_of
from guangsha.privacy.sealing import same_index
from guangsha.privacy.witness import Acting

_PROPERTY = "guangsha-export"
#: A purpose has at least this many letters, digits or Chinese characters.
PURPOSE_MIN, PURPOSE_MAX = 4, 100


@dataclass(frozen=True, slots=True)
class Watermark:
    """Whose export it is; ``genuine`` says that this installation made it."""

    staff: int
    name: str
    at: str
    purpose: str
    genuine: bool = True

    @property
    def line(self) -> str:
        """One line for people."""
        return f"导出人：{self.name}（工号 {self.staff}）  时间：{self.at}  用途：{self.purpose}"


def watermark(actor: Acting, purpose: str, at: datetime) -> Watermark:
    """The watermark of an export.

    Raises:
        InputError: no purpose, or nobody who could answer for it.
    """
    said = " ".join(purpose.split())
    if sum(character.isalnum() for character in said) < PURPOSE_MIN or len(said) > PURPOSE_MAX:
        raise InputError(f"请写明导出用途，{PURPOSE_MIN} 至 {PURPOSE_MAX} 个字")
    if not actor.account_id:
        raise InputError("只有登录的人员可以导出")
    moment = timezone.localtime(at)
    written = f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"
    return Watermark(actor.account_id, actor.name, written, said)


def stamp_rows(actor: Acting, purpose: str, at: datetime) -> list[list[str]]:
    """The rows that stand above the first row of an exported table (csv, and tables in pages)."""
    return [[watermark(actor, purpose, at).line], ["含个人信息，仅限上述用途，用后按规定销毁。"]]


def _mark(text: str) -> str:
    return index_of("watermark", text)


def stamp_xlsx(data: bytes, actor: Acting, purpose: str, at: datetime) -> bytes:
    """A workbook with the watermark in the page header of every sheet and in a property that nobody sees."""
    from openpyxl import load_workbook
    from openpyxl.packaging.custom import StringProperty

    mark = watermark(actor, purpose, at)
    book: Any = load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        # & begins a code in a page header; the sheet may be named after anything
        sheet.oddHeader.center.text = mark.line.replace("&", "\uff06")
        sheet.evenHeader.center.text = sheet.firstHeader.center.text = sheet.oddHeader.center.text
    text = json.dumps([mark.staff, mark.name, mark.at, mark.purpose], ensure_ascii=False)
    if _PROPERTY in book.custom_doc_props.names:
        del book.custom_doc_props[_PROPERTY]
    book.custom_doc_props.append(StringProperty(name=_PROPERTY, value=f"{_mark(text)}{text}"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_xlsx(data: bytes) -> Watermark | None:
    """Whose export a workbook is; None when it carries no watermark."""
    from openpyxl import load_workbook

    book: Any = load_workbook(io.BytesIO(data))
    if _PROPERTY not in book.custom_doc_props.names:
        return None
    kept = str(book.custom_doc_props[_PROPERTY].value)
    mark, text = kept[:64], kept[64:]
    try:
        staff, name, at, purpose = json.loads(text)
        return Watermark(int(staff), str(name), str(at), str(purpose), same_index(mark, _mark(text)))
    except (ValueError, TypeError):
        return None
