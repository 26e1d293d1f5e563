"""Sealed files: what citizens hand in, and what is kept of other departments' answers.

A file lies in ``GUANGSHA_DATA/files/<ab>/<32 hex>``; the name is ours and random, so that no path ever comes from outside.
Its own name is authenticated with it: a file put in the place of another does not open. The first line says what the
file is for, so that it can be sealed anew after a rotation; what opens a file is what the caller says it is for.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
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


#: Which of these names a row still names, by what the files are for.
Holder = Callable[[Collection[str]], set[str]]
_HOLDERS: dict[str, Holder] = {}


def held_by(context: str, holder: Holder) -> None:
    """Say who names the files of ``context``; only such files are ever swept. A room says so in its ``retention.py``."""
    if _HOLDERS.setdefault(context, holder) is not holder:
        raise ValueError(f"two rooms say who holds the files of {context}")


def sweep(before: datetime, batch: int = 500) -> int:
    """Remove files that no row names and that were written before this moment; how many went.

    A process that was killed between the file and its row leaves such a file. Nobody can open it, and nobody would ever
    remove it. What is younger may belong to an upload that is under way.
    """
    names: dict[str, list[str]] = {}
    gone = 0
    for path in sorted((Path(settings.GUANGSHA_DATA) / "files").glob("??/*")):
        if path.stat().st_mtime >= before.timestamp():
            continue
        if not _NAME.fullmatch(path.name):
            if path.name.startswith("."):  # half of a file: its writer is gone
                path.unlink(missing_ok=True)
            continue
        context = _context_of(path)
        waiting = names.setdefault(context, [])
        waiting.append(path.name)
        if len(waiting) >= batch:
            gone += _sweep_some(context, waiting)
            waiting.clear()
    return gone + sum(_sweep_some(context, waiting) for context, waiting in names.items())


def _context_of(path: Path) -> str:
    with path.open("rb") as file:
        first = file.readline(4096).strip()
    try:
        return bytes.fromhex(first.decode("ascii")).decode()
    except ValueError:
        return ""


def _sweep_some(context: str, names: list[str]) -> int:
    holder = _HOLDERS.get(context)
    if holder is None or not names:
        return 0
    return sum(remove(name) for name in set(names) - holder(names))


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
