"""Sealed files: what citizens hand in, and what is kept of other departments' answers.

A file lies in ``GUANGSHA_DATA/files/<ab>/<32 hex>``; the name is ours and random, so that no path ever comes from outside.
Its own name is authenticated with it: a file put in the place of another does not open. The first line says what the
file is for, so that it can be sealed anew after a rotation; what opens a file is what the caller says it is for.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from guangsha.kernel.errors import InputError
from guangsha.privacy.keys import current_ring, sync_folder
from guangsha.privacy.sealing import SealBroken, key_name, seal_bytes, sm3_hex, unseal_bytes

#: A file is sealed in memory; pages bound uploads far lower. Bytes.
LARGEST = 64 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file lies (``stored``, our name), SM3 of its plain bytes in hex, and their number."""

    stored: str
    digest: str
    size: int


def _place(stored: str) -> Path:
    if not _NAME.fullmatch(stored):
        raise InputError("文件编号不对", advice="请从原页面重新打开。")
    return Path(settings.GUANGSHA_DATA) / "files" / stored[:2] / stored


def _context(stored: str, context: str) -> str:
    return f"file|{context}|{stored}"


def store(data: bytes, *, context: str) -> StoredFile:
    """Seal ``data`` into a new file; it appears whole or not at all.

    Args:
        context: what the file is for (``intake.material``); only the same context opens it.

    Raises:
        InputError: too large, or the disk refuses it.
    """
    if len(data) > LARGEST:
        raise InputError(f"文件超过 {LARGEST // 1024 // 1024} MB", advice="请压缩或拆分后再上传。")
    stored = secrets.token_hex(16)
    place = _place(stored)
    _write(place, _closed(stored, context, data))
    return StoredFile(stored, sm3_hex(data), len(data))


def _write(place: Path, sealed: bytes) -> None:
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(
            f"文件无法保存（{error.strerror or error}）", advice="请联系系统管理员检查磁盘空间。"
        ) from error


def load(stored: str, *, context: str) -> bytes:
    """The plain bytes.

    Raises:
        InputError: no such file.
        SealBroken: changed, put in the place of another, or stored for something else.
    """
    try:
        sealed = _place(stored).read_bytes()
    except OSError as error:
        raise InputError(
            "文件已不存在", advice="可能已到保存期限；如不应删除，请联系系统管理员从备份恢复。"
        ) from error
    purpose, _, body = sealed.partition(b"\n")
    if purpose != context.encode().hex().encode():
        raise SealBroken("文件不是为此用途保存的", where=context, advice="请联系系统管理员从备份核对。")
    return unseal_bytes(body, context=_context(stored, context), ring=current_ring())


def _closed(stored: str, context: str, data: bytes) -> bytes:
    sealed = seal_bytes(data, context=_context(stored, context), ring=current_ring())
    return context.encode().hex().encode() + b"\n" + sealed


def stored_files() -> Iterator[str]:
    """The names of all sealed files."""
    for path in sorted((Path(settings.GUANGSHA_DATA) / "files").glob("??/*")):
        if _NAME.fullmatch(path.name):
            yield path.name


def key_of(stored: str) -> str:
    """The name of the key that sealed a file; empty when it is no sealed file."""
    with _place(stored).open("rb") as file:
        file.readline(4096)
        return key_name(file.readline(200).decode("ascii", "replace").strip() + "$")


def reseal(stored: str) -> bool:
    """Seal a file under the active key; False when it is already. It is replaced whole or not at all."""
    if key_of(stored) == current_ring().active.name:
        return False
    place = _place(stored)
    purpose, _, body = place.read_bytes().partition(b"\n")
    try:
        context = bytes.fromhex(purpose.decode("ascii")).decode()
    except ValueError as error:
        raise SealBroken("文件不是密封格式", where=stored) from error
    data = unseal_bytes(body, context=_context(stored, context), ring=current_ring())
    _write(place, _closed(stored, context, data))
    return True


def remove(stored: str) -> bool:
    """Remove a file; False when it was gone already. Call it when the transaction is committed (``on_commit``)."""
    place = _place(stored)
    try:
        place.unlink()
    except FileNotFoundError:
        return False
    sync_folder(place.parent)
    return True
