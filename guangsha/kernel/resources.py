"""Where the data files that travel with the package are: profiles, examples, fonts."""

from __future__ import annotations

from pathlib import Path

from guangsha.kernel.errors import RuleMissing

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(name: str) -> Path:
    """The folder ``name`` (``profiles``, ``examples``) of an installed wheel or of a checkout.

    Raises:
        RuleMissing: it is in neither place.
    """
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise RuleMissing(f"找不到随程序安装的“{name}”文件夹", advice="请重新安装 guangsha。")
