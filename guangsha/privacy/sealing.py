"""Seal, unseal, blind index: authenticated encryption of single values, without Django.

A sealed value is ``<suite>$<key>$<base64(nonce ‖ ciphertext ‖ tag)>``. ``context`` (model and column) is authenticated
with it, so that a value moved to another column does not open. A blind index is a keyed hash of the canonical value:
equal values have equal indexes, and without the key nobody can try identity numbers one after the other.
"""

from __future__ import annotations

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SM3, Hash

from guangsha.kernel.errors import GuangshaError
from guangsha.privacy.keys import KeyRing
from guangsha.privacy.providers import NONCE, TAG, Tampered

_CODES = {"sm": "sm4g", "intl": "aesg"}


class SealBroken(GuangshaError):
    """A sealed value was changed, moved to another column, or sealed with another key."""

    code = "seal-broken"


def sm3_hex(data: bytes) -> str:
    """SM3 (GB/T 32905) in hex."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize().hex()


def seal(plain: str, *, context: str, ring: KeyRing) -> str:
    """The sealed form of ``plain`` under the active key; the same value seals differently each time."""
    body = _closed(plain.encode(), context, ring)
    return f"{_CODES[ring.active.suite]}${ring.active.name}${base64.b64encode(body).decode()}"


def unseal(token: str, *, context: str, ring: KeyRing) -> str:
    """The plain value.

    Raises:
        SealBroken: not a sealed value, or not of this context, or changed.
        InputError: the key that sealed it has been lost.
    """
    try:
        code, name, packed = token.split("$", 2)
        raw = base64.b64decode(packed, validate=True)
    except ValueError as error:
        raise SealBroken("数据不是密封格式", where=context) from error
    try:
        return _opened(code, name, raw, context, ring).decode()
    except UnicodeDecodeError as error:
        raise _changed(context) from error


def seal_bytes(plain: bytes, *, context: str, ring: KeyRing) -> bytes:
    """The sealed form of a file: a head line ``<suite>$<key>`` and the body."""
    return f"{_CODES[ring.active.suite]}${ring.active.name}\n".encode() + _closed(plain, context, ring)


def unseal_bytes(sealed: bytes, *, context: str, ring: KeyRing) -> bytes:
    """The plain file; errors as of :func:`unseal`."""
    head, found, raw = sealed.partition(b"\n")
    try:
        code, name = head.decode("ascii").split("$")
    except ValueError as error:
        raise SealBroken("文件不是密封格式", where=context) from error
    if not found:
        raise SealBroken("文件不是密封格式", where=context)
    return _opened(code, name, raw, context, ring)


def _closed(plain: bytes, context: str, ring: KeyRing) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + ring.provider.seal(ring.active, nonce, context.encode(), plain)


def _opened(code: str, name: str, raw: bytes, context: str, ring: KeyRing) -> bytes:
    key = ring.key(name)
    if code != _CODES[key.suite] or len(raw) < NONCE + TAG:
        raise SealBroken("密封数据的算法标记不对", where=context)
    try:
        return ring.provider.unseal(key, raw[:NONCE], context.encode(), raw[NONCE:])
    except Tampered as error:
        raise _changed(context) from error


def _changed(context: str) -> SealBroken:
    return SealBroken("密封数据已被改动", where=context, advice="请联系系统管理员从备份核对。")


def key_name(token: str) -> str:
    """Which key sealed ``token`` (empty when it is no sealed value)."""
    parts = token.split("$", 2)
    return parts[1] if len(parts) == 3 else ""


def blind_index(canonical: str, *, kind: str, ring: KeyRing) -> str:
    """A 64-character hex index of a canonical value; ``kind`` keeps a phone from matching a card."""
    return ring.provider.mac(ring.indexing, f"{kind}|{canonical}".encode()).hex()


def same_index(left: str, right: str) -> bool:
    """Compare without telling by time how much was equal."""
    return hmac.compare_digest(left, right)
