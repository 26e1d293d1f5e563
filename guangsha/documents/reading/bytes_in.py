"""Bytes of a regular file, never more than a bound; nothing is written, nothing but the file is opened."""

from __future__ import annotations

import stat
from pathlib import Path

from guangsha.kernel.errors import InputError


def read_bytes(path: Path, most: int) -> bytes:
    """The whole file.

    Raises:
        InputError: missing, not a regular file, not readable, empty, or larger than ``most`` bytes.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise InputError("找不到文件", where=str(path), advice="请核对文件名和路径。") from error
    # A pipe or a device would block or never end.
    if not stat.S_ISREG(status.st_mode):
        raise InputError("这不是一个普通文件", where=str(path), advice="请给出工作簿或数据文件。")
    if status.st_size > most:
        raise _too_large(path, status.st_size, most)
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise InputError(
            f"文件无法打开（{error.strerror or error}）",
            where=str(path),
            advice="请核对权限，或先关闭占用它的程序。",
        ) from error
    if len(data) > most:  # it grew since it was measured
        raise _too_large(path, len(data), most)
    if not data:
        raise InputError("文件是空的", where=str(path), advice="请重新导出或复制这个文件。")
    return data


def _too_large(path: Path, size: int, most: int) -> InputError:
    mega = 1024 * 1024
    return InputError(
        f"文件有 {size / mega:.0f} MB，超过上限 {most // mega} MB",
        where=str(path),
        advice="请核对是否选错了文件，或删去其中的图片和无关工作表。",
    )
