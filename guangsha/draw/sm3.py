"""SM3 (GM/T 0004-2012) and HMAC-SM3 (RFC 2104), fast for very many short texts under one key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Protocol, cast

BLOCK_BYTES = 64
HASH_BYTES = 32


class _Running(Protocol):
    """A hash in the making, as :mod:`hashlib` shapes it."""

    def copy(self) -> _Running: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Lent:
    """The SM3 of the `cryptography` package in the shape of :mod:`hashlib`, for an OpenSSL built without SM3."""

    def __init__(self, state: Any) -> None:
        self._state = state

    def copy(self) -> _Lent:
        return _Lent(self._state.copy())

    def update(self, data: bytes, /) -> None:
        self._state.update(data)

    def digest(self) -> bytes:
        return cast(bytes, self._state.copy().finalize())


def _begin(data: bytes = b"") -> _Running:
    if "sm3" in hashlib.algorithms_available:
        return cast(_Running, hashlib.new("sm3", data))
    from cryptography.hazmat.primitives import hashes

    lent = _Lent(hashes.Hash(hashes.SM3()))
    lent.update(data)
    return lent


def sm3(data: bytes) -> bytes:
    """The 32 bytes of SM3 over ``data``.

    >>> sm3(b"abc").hex()
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
    """
    return _begin(data).digest()


def sm3_hex(data: bytes) -> str:
    """SM3 over ``data`` in lower-case hex, as every published value of a draw is written."""
    return sm3(data).hex()


class Keyed:
    """HMAC-SM3 under one key: the two padded keys are absorbed once, and copied for every text."""

    def __init__(self, key: bytes) -> None:
        if len(key) > BLOCK_BYTES:
            key = sm3(key)
        padded = key.ljust(BLOCK_BYTES, b"\0")
        self._inner = _begin(bytes(byte ^ 0x36 for byte in padded))
        self._outer = _begin(bytes(byte ^ 0x5C for byte in padded))

    def of(self, text: bytes) -> bytes:
        """The 32 bytes of HMAC-SM3 over one text."""
        return self.many((text,))[0]

    def many(self, texts: Iterable[bytes]) -> list[bytes]:
        """The same for very many texts, in their order: two compressions each and nothing else."""
        inner, outer = self._inner.copy, self._outer.copy
        made: list[bytes] = []
        keep = made.append
        for text in texts:
            running = inner()
            running.update(text)
            final = outer()
            final.update(running.digest())
            keep(final.digest())
        return made
