"""The key ring: which suite seals new values, and every key that older values still need.

A ring is a JSON file outside the repository (``GUANGSHA_KEYS``; made at first start, readable by its owner only)::

    {"active": "k1-3f9a07", "index": "k1-3f9a07",
     "keys": {"k1-3f9a07": {"suite": "sm", "seal": "<hex>", "index": "<hex>"}}}

``active`` seals; any key listed unseals. The blind index has one key of its own (``index``) because changing it means
computing every index anew: ``guangsha keys rotate --index`` does that, ``guangsha keys rotate`` only adds a key. The name
of a key has a random part, so that a ring made by mistake beside old data says "this key is missing", never "changed".
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from guangsha.kernel.errors import InputError
from guangsha.privacy.providers import SUITES, Key, Provider, Software, provider_at

__all__ = ["SUITES", "Key", "KeyRing", "current_ring", "new_key", "new_ring", "read_ring", "write_ring"]

#: How long a ring is used before its file is looked at again (seconds): a rotation reaches every process by then.
CHECK_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every key by name, the one that seals now, the one that makes blind indexes, and who computes with them."""

    keys: dict[str, Key]
    active: Key
    indexing: Key
    provider: Provider = field(default_factory=Software)

    def key(self, name: str) -> Key:
        """The key called ``name``.

        Raises:
            InputError: the ring does not hold it: a value was sealed with a key that has been lost.
        """
        try:
            return self.keys[name]
        except KeyError as error:
            raise InputError(
                f"密钥环中没有密钥 {name}", advice="请把保管的旧密钥放回密钥文件，否则这些数据无法解开。"
            ) from error

    def with_new_key(self, suite: str, *, index: bool = False) -> KeyRing:
        """The ring with a fresh active key; with ``index`` it makes the blind indexes as well."""
        key = new_key(_next_name(self.keys), suite, self.provider)
        return replace(
            self,
            keys={**self.keys, key.name: key},
            active=key,
            indexing=key if index else self.indexing,
        )


def _next_name(taken: Iterable[str]) -> str:
    numbers = [int(found[1]) for name in taken if (found := re.match(r"k(\d+)", name))]
    return f"k{max(numbers, default=0) + 1}-{secrets.token_hex(3)}"


def new_key(name: str, suite: str, provider: Provider | None = None) -> Key:
    """A fresh key."""
    return (provider or Software()).new_key(name, suite)


def new_ring(suite: str = "sm", provider: Provider | None = None) -> KeyRing:
    """A ring with one key."""
    maker = provider or Software()
    key = maker.new_key(_next_name(()), suite)
    return KeyRing({key.name: key}, key, key, maker)


def _draft(ring: KeyRing, path: Path) -> Path:
    """The ring as a file beside its place, readable by its owner only and on the disk.

    Raises:
        InputError: the disk does not take it; nothing of it stays.
    """
    body = {
        "active": ring.active.name,
        "index": ring.indexing.name,
        "keys": {
            key.name: {"suite": key.suite, "seal": key.seal.hex(), "index": key.index.hex()}
            for key in ring.keys.values()
        },
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(body, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unwritten(path, error) from error
    return draft


def _unwritten(path: Path, error: OSError) -> InputError:
    return InputError(
        f"密钥文件无法写入（{error.strerror or error}），原有密钥没有改动",
        where=str(path),
        advice="请检查磁盘空间和文件夹权限后重试。",
    )


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_ring(ring: KeyRing, path: Path) -> None:
    """Write the ring, replacing what is there; the file appears whole or not at all.

    Raises:
        InputError: the disk does not take it; the old ring stands.
    """
    draft = _draft(ring, path)
    try:
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unwritten(path, error) from error
    sync_folder(path.parent)


def make_ring(ring: KeyRing, path: Path) -> bool:
    """Write the first ring; False when another process was first: its ring stands and ours is thrown away.

    Raises:
        InputError: the disk does not take it.
    """
    draft = _draft(ring, path)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritten(path, error) from error
    finally:
        draft.unlink()
    sync_folder(path.parent)
    return True


def read_ring(path: Path, provider: Provider | None = None) -> KeyRing:
    """Read a ring.

    Raises:
        InputError: the file is missing or damaged.
    """
    maker = provider or Software()
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        keys = {
            name: Key(name, given["suite"], bytes.fromhex(given["seal"]), bytes.fromhex(given["index"]))
            for name, given in body["keys"].items()
        }
        ring = KeyRing(keys, keys[body["active"]], keys[body["index"]], maker)
        fit = all(re.fullmatch(r"[\w-]+", key.name) and maker.fits(key) for key in keys.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("密钥文件无法读取", where=str(path), advice="请从备份恢复密钥文件。") from error
    if not fit:
        raise InputError("密钥文件中有长度或算法不对的密钥", where=str(path), advice="请从备份恢复密钥文件。")
    return ring


@dataclass(slots=True)
class _Kept:
    path: str
    crypto: str
    stamp: tuple[int, int]
    ring: KeyRing
    looked: float


_kept: _Kept | None = None
_lock = threading.Lock()


def current_ring() -> KeyRing:
    """The ring of this installation (``settings.GUANGSHA_KEYS``), read again when the file changes.

    Raises:
        InputError: the file is damaged, cannot be written, or has gone while it was in use: what would be sealed now could be
            opened only by keys of which nobody has a copy, so nothing more is sealed.
    """
    from django.conf import settings

    global _kept  # noqa: PLW0603 - one ring per process, looked at for every sealed value
    path, crypto = str(settings.GUANGSHA_KEYS), getattr(settings, "GUANGSHA_CRYPTO", "")
    kept, now = _kept, time.monotonic()
    same = kept is not None and kept.path == path and kept.crypto == crypto
    if kept is not None and same and now - kept.looked < CHECK_EVERY:
        return kept.ring
    with _lock:
        place, provider = Path(path), provider_at(crypto)
        if not place.exists():
            if same:
                raise InputError(
                    "密钥文件不见了，系统已停止读写加密的数据",
                    where=path,
                    advice="请从备份恢复密钥文件，系统会自动继续。",
                )
            make_ring(new_ring(settings.GUANGSHA_SUITE, provider), place)
        found = place.stat()
        stamp = (found.st_mtime_ns, found.st_ino)
        if kept is not None and same and kept.stamp == stamp:
            kept.looked = now
            return kept.ring
        ring = read_ring(place, provider)
        _kept = _Kept(path, crypto, stamp, ring, now)
        return ring


def forget_ring() -> None:
    """Read the file at the next use, whatever its age (after a rotation in this process)."""
    global _kept  # noqa: PLW0603
    _kept = None
