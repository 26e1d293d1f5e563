"""A secret sealed for a third party (纪检 or a second notary), who opens it when its holder does not.

Two ways, both from the `cryptography` package: to an RSA public key of the third party (a random AES-256 key under
RSA-OAEP), or under a password that the third party chose and nobody else knows (scrypt). AES-256-GCM binds the sealed
bytes to the draw and the holder, so that a copy cannot be passed off as another draw's.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from guangsha.draw.spec import SECRET_BYTES, Holder
from guangsha.kernel.errors import InputError

#: scrypt: 64 MB and some tenths of a second for one guess.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**16, 8, 1
PASSWORD_CHARS_MIN = 12
RSA_BITS_MIN = 2048
SEALED_BYTES_MAX = 16 * 1024

_OAEP = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def _bound_to(draw_id: str, holder: Holder) -> bytes:
    return f"HLD1-ESCROW\n{draw_id}\n{holder}\n".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def seal_to_key(secret: bytes, *, draw_id: str, holder: Holder, public_pem: bytes) -> bytes:
    """``secret`` sealed to an RSA public key.

    Raises:
        InputError: not an RSA public key in PEM, or a short one.
    """
    try:
        key = serialization.load_pem_public_key(public_pem)
    except ValueError as error:
        raise InputError("托管方公钥应为 PEM 格式的 RSA 公钥。", where="托管公钥") from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < RSA_BITS_MIN:
        raise InputError(f"托管方公钥应为不少于 {RSA_BITS_MIN} 位的 RSA 公钥。", where="托管公钥")
    inner, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    sealed = AESGCM(inner).encrypt(nonce, secret, _bound_to(draw_id, holder))
    return _written({"by": "rsa-oaep-sha256", "key": _text(key.encrypt(inner, _OAEP)), "nonce": _text(nonce), "sealed": _text(sealed)}, draw_id, holder)  # fmt: skip


def seal_with_password(secret: bytes, *, draw_id: str, holder: Holder, password: str) -> bytes:
    """``secret`` sealed under a password of the third party.

    Raises:
        InputError: a password that is too short.
    """
    if len(password) < PASSWORD_CHARS_MIN:
        raise InputError(f"托管口令至少 {PASSWORD_CHARS_MIN} 个字符。", where="托管口令")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_stretched(password, salt)).encrypt(nonce, secret, _bound_to(draw_id, holder))
    return _written({"by": "scrypt", "salt": _text(salt), "nonce": _text(nonce), "sealed": _text(sealed)}, draw_id, holder)  # fmt: skip


def open_sealed(
    data: bytes,
    *,
    draw_id: str,
    holder: Holder,
    private_pem: bytes = b"",
    key_password: bytes | None = None,
    password: str = "",
) -> bytes:
    """The secret inside an escrow copy, opened by the third party's private key or password.

    Raises:
        InputError: not an escrow copy of this draw and holder, or the wrong key or password.
    """
    where = f"{holder} 的托管件"
    if len(data) > SEALED_BYTES_MAX:
        raise InputError("文件太大，不是托管件。", where=where)
    try:
        held: dict[str, Any] = json.loads(data)
        nonce, sealed = base64.b64decode(held["nonce"]), base64.b64decode(held["sealed"])
        if held["by"] == "scrypt":
            inner = _stretched(password, base64.b64decode(held["salt"]))
        elif held["by"] == "rsa-oaep-sha256":
            key = serialization.load_pem_private_key(private_pem, key_password)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise ValueError("not an RSA key")
            inner = key.decrypt(base64.b64decode(held["key"]), _OAEP)
        else:
            raise ValueError("unknown way of sealing")
        secret = AESGCM(inner).decrypt(nonce, sealed, _bound_to(draw_id, holder))
    except (ValueError, KeyError, TypeError, RecursionError, InvalidTag) as error:
        raise InputError(
            "打不开：不是本次摇号的托管件，或私钥、口令不对。",
            where=where,
            advice="请核对摇号编号、持有人和私钥。",
        ) from error
    if len(secret) != SECRET_BYTES:
        raise InputError("里面不是 32 字节的秘密数。", where=where)
    return secret


def _stretched(password: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P).derive(password.encode())


def _written(held: dict[str, str], draw_id: str, holder: Holder) -> bytes:
    return (json.dumps({"draw_id": draw_id, "holder": holder, **held}, indent=2) + "\n").encode()
