"""The cover of a bank file: encrypted under the key shared with the bank, signed by its sender. Pure but for randomness.

    GSBANK1|<purpose>|<batch>|<cipher>|<key>|<signature algorithm>|<signature, hex>\\n<nonce ‖ ciphertext ‖ tag>

The cipher is SM4-GCM (RFC 8998) or AES-GCM, as the key's suite says (``privacy.providers``); purpose and batch are authenticated
with it. The signature covers the first line up to itself and everything behind it, so that a stranger's file is turned away
before it is decrypted. ``cryptography`` signs by Ed25519 (RFC 8032) and has no SM2: a device or library that has it is a
:class:`Signer` with the algorithm ``sm2``, named in ``GUANGSHA_BANK_SIGNER``. We compute no curve ourselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from guangsha.areas.subsidy.bank_files import BATCH_NUMBER, BankFileRefused, bounded
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.privacy.keys import KeyRing
from guangsha.privacy.sealing import seal_bytes, unseal_bytes

MARK = b"GSBANK1"
PAYMENT, RETURN = "payment", "return"
_HEAD_MAX = 2000


class Signer(Protocol):
    """Signs as one party and knows the other's signature. Every method may be called from several threads at once."""

    @property
    def algorithm(self) -> str:
        """Its name in the first line."""

    def sign(self, message: bytes) -> bytes:
        """Our signature."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the other party signed this."""


@dataclass(frozen=True)
class Ed25519Signer:
    """Our private key and the other party's public key."""

    own: Ed25519PrivateKey
    other: Ed25519PublicKey | None
    algorithm: str = "ed25519"

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self.own.sign(message)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """See :class:`Signer`.

        Raises:
            InputError: the other party's key is not there yet.
        """
        if self.other is None:
            raise InputError(
                "还没有登记银行的验签公钥", advice="请系统管理员把银行公钥存为银行密钥文件夹中的 bank.pem。"
            )
        try:
            self.other.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def public_pem(self) -> bytes:
        """What the other party needs to know our signature."""
        return self.own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def private_pem(self) -> bytes:
        """Our key as it is kept."""
        return self.own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ed25519_signer(private_pem: bytes, other_pem: bytes | None) -> Ed25519Signer:
    """The default signer from two PEM files.

    Raises:
        InputError: not such keys.
    """
    try:
        own = load_pem_private_key(private_pem, None)
        other = None if other_pem is None else load_pem_public_key(other_pem)
    except (ValueError, TypeError) as error:
        raise InputError("银行签名密钥无法读取", advice="请从备份恢复密钥文件。") from error
    if not isinstance(own, Ed25519PrivateKey) or not (other is None or isinstance(other, Ed25519PublicKey)):
        raise InputError("银行签名密钥不是 Ed25519 密钥", advice="请核对密钥文件，或更换签名程序。")
    return Ed25519Signer(own, other)


def _context(purpose: str, batch: str) -> str:
    return f"bank|{purpose}|{batch}"


def cover(data: bytes, *, purpose: str, batch: str, ring: KeyRing, signer: Signer) -> bytes:
    """Encrypt and sign.

    Args:
        purpose: ``PAYMENT`` or ``RETURN``: a payment file handed back is no return file.
    """
    sealed = seal_bytes(data, context=_context(purpose, batch), ring=ring)
    cipher, _, body = sealed.partition(b"\n")
    head = b"|".join(
        [MARK, purpose.encode(), batch.encode(), cipher.replace(b"$", b"|"), signer.algorithm.encode()]
    )
    return head + b"|" + signer.sign(head + b"\n" + body).hex().encode() + b"\n" + body


def uncover(data: bytes, *, purpose: str, batch: str, ring: KeyRing, signer: Signer) -> bytes:
    """The plain file, after its sender has been proved.

    Raises:
        BankFileRefused: not such a file, of another batch or purpose, not signed by the other party, or changed.
        InputError: a key of ours is missing.
    """
    bounded(data)
    line, found, body = data.partition(b"\n")
    parts = line[:_HEAD_MAX].split(b"|")
    if not found or len(parts) != 7 or parts[0] != MARK:
        raise BankFileRefused(
            "cover", "不是银行加密签名的文件", advice="请上传银行传来的原文件，不要先打开或另存。"
        )
    try:
        said, number, cipher, key, algorithm = (part.decode("ascii") for part in parts[1:6])
        signature = bytes.fromhex(parts[6].decode("ascii"))
    except ValueError as error:
        raise BankFileRefused("cover", "文件封面已损坏", advice="请向银行重新取得文件。") from error
    if said != purpose:
        raise BankFileRefused("purpose", "这不是银行的回盘文件", advice="请核对是否选成了送出的代发文件。")
    if number != batch:
        shown = number if BATCH_NUMBER.fullmatch(number) else "（无法辨认）"
        raise BankFileRefused(
            "foreign", f"这是批次 {shown} 的回盘，不是本批次的", advice="请在对应的批次上传。"
        )
    if algorithm != signer.algorithm or not signer.verify(line[: line.rfind(b"|")] + b"\n" + body, signature):
        raise BankFileRefused(
            "signature", "签名不是银行的，或文件已被改动", advice="请向银行核实，不要使用这份文件。"
        )
    try:
        return unseal_bytes(f"{cipher}${key}\n".encode() + body, context=_context(purpose, batch), ring=ring)
    except InputError:
        raise
    except (GuangshaError, ValueError, KeyError) as error:
        raise BankFileRefused("sealed", "文件无法解密", advice="请与银行核对密钥。") from error
