"""Which typefaces a document names, and which files draw them where we draw ourselves (pdf, chart).

The typefaces of official documents (仿宋_GB2312, 方正小标宋简体…) are commercial. A docx only names them: the clerk's
Windows has them. A pdf must look the same on every machine, so it never asks the system: it uses Noto Sans SC
(SIL Open Font License), which the package ``zhplot`` carries, and before it the fonts of the folder that
``GUANGSHA_FONTS`` names, where an agency keeps those it has licensed.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

import typst

from guangsha.kernel.errors import GuangshaError, InputError

FOLDER_VARIABLE = "GUANGSHA_FONTS"
FALLBACK_FAMILY = "Noto Sans SC"
#: Noto Sans SC has no ☑ and ☐, which forms tick; this one lies inside typst and so is the same everywhere, too.
SYMBOL_FAMILY = "DejaVu Sans Mono"

#: Role of a typeface → the names its licensed files go by (Chinese and English, best first).
LICENSED: Mapping[str, tuple[str, ...]] = {
    "body": ("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "STFangsong", "FandolFang R"),
    "title": ("方正小标宋简体", "FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "FZXiaoBiaoSong-B05"),
    "heading": ("黑体", "SimHei", "STHeiti", "FandolHei"),
    "subheading": ("楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "FandolKai"),
    "table": ("宋体", "SimSun", "STSong", "FandolSong"),
}


@functools.cache
def bundled_font() -> Path:
    """The file of Noto Sans SC that came with the installation.

    Raises:
        GuangshaError: the installation is incomplete.
    """
    # find_spec does not run the package: its plotting side and matplotlib stay unloaded.
    spec = importlib.util.find_spec("zhplot")
    if spec is not None and spec.origin:
        file = Path(spec.origin).parent / "fonts" / "NotoSansSC-Regular.ttf"
        if file.is_file():
            return file
    raise GuangshaError("找不到随程序安装的中文字体 NotoSansSC-Regular.ttf", advice="请重新安装 guangsha。")


def licensed_folder() -> Path | None:
    """The folder named by ``GUANGSHA_FONTS``, or nothing.

    Raises:
        InputError: it names something that is not a folder.
    """
    name = os.environ.get(FOLDER_VARIABLE, "").strip()
    if not name:
        return None
    folder = Path(name)
    if not folder.is_dir():
        raise InputError(
            "字体文件夹不存在",
            where=f"环境变量 {FOLDER_VARIABLE}={name}",
            advice="请改为存放字体的文件夹，或取消该变量。",
        )
    return folder


@functools.lru_cache(maxsize=4)
def _load(folder: Path | None) -> tuple[typst.Fonts, dict[str, list[str]]]:
    paths = [str(bundled_font().parent)] if folder is None else [str(folder), str(bundled_font().parent)]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)
    there = {family.casefold() for family in fonts.families()}
    roles = {
        role: [*[name for name in names if name.casefold() in there][:1], FALLBACK_FAMILY, SYMBOL_FAMILY]
        for role, names in LICENSED.items()
    }
    return fonts, roles


def typst_fonts() -> tuple[typst.Fonts, Mapping[str, list[str]]]:
    """The opened fonts and, for each role, the families to try; opened once per process and folder."""
    return _load(licensed_folder())
