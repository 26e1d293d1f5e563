"""Open whatever a person gives as INPUT: a workbook, a figures file, or a folder that holds one.

Nothing is written; size is checked before anything is read; what is neither gets one clear sentence.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from guangsha.documents.reading import limits
from guangsha.documents.reading.figures import load_figures
from guangsha.documents.reading.workbook import read_workbook
from guangsha.facts.fact import FactSet
from guangsha.kernel.errors import InputError

_FIGURES_SUFFIXES = (".yaml", ".yml", ".json")
_ACCEPTED = "可用：.xlsx 工作簿、figures.yaml（或 .yml、.json）数据文件，或含有其中之一的文件夹。"
#: Files that people take for a workbook, and what to do with them.
_MISTAKEN: dict[str, tuple[str, str]] = {
    ".xls": ("这是旧版 .xls 工作簿", "请在 Excel 或 WPS 中另存为 .xlsx 格式。"),
    ".xlsm": ("这是带宏的工作簿，不予读取", "请另存为不含宏的 .xlsx 格式。"),
    ".xlsb": ("这是 .xlsb 二进制工作簿", "请另存为 .xlsx 格式。"),
    ".et": ("这是 WPS 专用格式的表格", "请在 WPS 中另存为 .xlsx 格式。"),
    ".ods": ("这是 .ods 表格", "请另存为 .xlsx 格式。"),
    ".csv": ("这是 CSV 文本，缺少填报工作簿的结构", "请用 guangsha workbook 生成工作簿后填写。"),
    ".doc": ("这是 Word 文档，不是数据", "核对已公开的文档请用 guangsha check。"),
    ".docx": ("这是 Word 文档，不是数据", "核对已公开的文档请用 guangsha check。"),
    ".pdf": ("这是 PDF 文件，不是数据", "核对已公开的文档请用 guangsha check。"),
    ".zip": ("这是压缩包", "请先解压，再给出其中的工作簿或数据文件。"),
    ".rar": ("这是压缩包", "请先解压，再给出其中的工作簿或数据文件。"),
}  # fmt: skip


def read_input(path: Path, profile: str | None = None) -> FactSet:
    """The facts of one unit's year from INPUT.

    Args:
        path: an xlsx workbook, a YAML or JSON figures file, facts.json of a package, or a folder that holds
            ``figures.yaml`` (``.yml``, ``.json``) or exactly one workbook.
        profile: stands before the profile named inside.

    Raises:
        InputErrors: every fault of the figures, together.
        InputError: INPUT cannot be used.
    """
    try:
        folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise InputError("路径不可用", where=str(path)[:200], advice="请核对文件名和路径。") from error
    if folder:
        path = _inside(path)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return read_workbook(path, profile=profile)
    if suffix in _FIGURES_SUFFIXES:
        return load_figures(path, profile=profile)
    if not path.exists():
        raise InputError("找不到文件", where=str(path), advice="请核对文件名和路径。")
    if suffix in _MISTAKEN:
        message, advice = _MISTAKEN[suffix]
        raise InputError(message, where=str(path), advice=advice)
    raise InputError(f"不认识的文件类型“{suffix or path.name}”", where=str(path), advice=_ACCEPTED)


def _inside(folder: Path) -> Path:
    """The one input that a folder holds; figures files come before workbooks."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, limits.FOLDER_ENTRIES_MAX))
    except OSError as error:
        raise InputError(
            f"文件夹无法打开（{error.strerror or error}）", where=str(folder), advice="请核对权限。"
        ) from error
    figures = [f"figures{suffix}" for suffix in _FIGURES_SUFFIXES if (folder / f"figures{suffix}").exists()]
    if len(figures) > 1:
        raise InputError(
            f"文件夹里有 {'、'.join(figures)}", where=str(folder), advice="请只保留一份，或直接写出文件名。"
        )
    if figures:
        return folder / figures[0]
    # "~$" begins the lock file that Excel leaves beside an open workbook; a leading dot hides others
    books = [name for name in names if name.lower().endswith(".xlsx") and not name.startswith(("~$", "."))]
    if len(books) == 1:
        return folder / books[0]
    if books:
        shown = "、".join(books[:5])
        raise InputError(
            f"文件夹里有 {len(books)} 个工作簿（{shown}）",
            where=str(folder),
            advice="请直接写出要用的文件名。",
        )
    raise InputError(
        "文件夹里没有数据文件", where=str(folder), advice="请放入 figures.yaml，或一个填好的 .xlsx 工作簿。"
    )
