"""Who computes: the two suites in software, or a device (HSM, 密码机) behind the same three operations.

A deployment with a certified module writes a class with these methods and names it in ``GUANGSHA_CRYPTO``. Its keys never
leave the device: ``Key.seal`` and ``Key.index`` then hold handles, and the key file holds no secret.

Source: GB/T 32907 (SM4), RFC 8998 (SM4-GCM), GB/T 32905 (SM3), NIST SP 800-38D (GCM), FIPS 197, RFC 2104 (HMAC).
The software suites are not a certified cryptographic module (docs/adr/0009).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC

from guangsha.kernel.errors import InputError

SUITES = ("sm", "intl")
NONCE, TAG = 12, 16
_SEAL_BYTES = {"sm": 16, "intl": 32}
_INDEX_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """One key: ``seal`` for authenticated encryption, ``index`` for blind indexes; key bytes, or handles of a device."""

    name: str
    suite: str
    seal: bytes
    index: bytes


class Tampered(Exception):
    """The tag does not fit: changed, moved, or another key."""


class Provider(Protocol):
    """What a device must be able to do. Every method may be called from several threads at once."""

    def new_key(self, name: str, suite: str) -> Key:
        """A fresh key of ``suite``."""

    def fits(self, key: Key) -> bool:
        """Whether a key from the file can be used (length, or the device knows the handle)."""

    def seal(self, key: Key, nonce: bytes, context: bytes, plain: bytes) -> bytes:
        """Ciphertext and tag."""

    def unseal(self, key: Key, nonce: bytes, context: bytes, sealed: bytes) -> bytes:
        """The plain bytes; raises :class:`Tampered`."""

    def mac(self, key: Key, message: bytes) -> bytes:
        """32 bytes of keyed digest under ``key.index``."""


class Software:
    """Both suites with the library ``cryptography`` (OpenSSL)."""

    def new_key(self, name: str, suite: str) -> Key:
        return Key(name, suite, secrets.token_bytes(_SEAL_BYTES[suite]), secrets.token_bytes(_INDEX_BYTES))

    def fits(self, key: Key) -> bool:
        return (
            key.suite in SUITES and len(key.seal) == _SEAL_BYTES[key.suite] and len(key.index) == _INDEX_BYTES
        )

    def seal(self, key: Key, nonce: bytes, context: bytes, plain: bytes) -> bytes:
        encryptor = _cipher(key, nonce, None).encryptor()
        encryptor.authenticate_additional_data(context)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def unseal(self, key: Key, nonce: bytes, context: bytes, sealed: bytes) -> bytes:
        if len(sealed) < TAG:
            raise Tampered
        decryptor = _cipher(key, nonce, sealed[-TAG:]).decryptor()
        decryptor.authenticate_additional_data(context)
        try:
            return decryptor.update(sealed[:-TAG]) + decryptor.finalize()
        except InvalidTag as error:
            raise Tampered from error

    def mac(self, key: Key, message: bytes) -> bytes:
        digest = HMAC(key.index, SM3() if key.suite == "sm" else SHA256())
        digest.update(message)
        return digest.finalize()


def _cipher(key: Key, nonce: bytes, tag: bytes | None) -> Cipher[modes.GCM]:
    algorithm = algorithms.SM4(key.seal) if key.suite == "sm" else algorithms.AES(key.seal)
    return Cipher(algorithm, modes.GCM(nonce, tag))


def provider_at(path: str) -> Provider:
    """The provider named ``package.module.Class``; empty: the software suites.

    Raises:
        InputError: there is no such class.
    """
    if not path:
        return Software()
    module, _, name = path.rpartition(".")
    try:
        made: Provider = getattr(import_module(module), name)()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise InputError(
            f"找不到密码服务 {path}", where="GUANGSHA_CRYPTO", advice="请填类的完整路径，留空则用软件算法。"
        ) from error
    return made
