"""The channel by which a household pays the treasury, and how it tells us: a signed notification (非税收缴通知).

The folder ``GUANGSHA_BANK`` holds ``nontax.pem``, the channel's public key, laid there by the system administrator; without it no
notification is believed. Another channel is named by its class in ``GUANGSHA_RENT_CHANNEL``. The simulated bank is there only where
somebody laid ``simulated-nontax.pem`` (the demo does), so that nobody pays with it in production.

A notification is JSON of at most 4 KB: ``{"spec": "guangsha-rent-1", "serial", "code" (缴款识别码), "fen", "paid_at" (ISO with offset),
"voucher" (电子缴款书号), "check"}``; the header ``X-Signature`` is the Ed25519 signature over its bytes, base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

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
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from guangsha.areas.rent.actions.base import RentRefused
from guangsha.areas.rent.actions.paying import Notice
from guangsha.areas.rent.models import PaymentOrder
from guangsha.kernel.hashing import digest

SPEC = "guangsha-rent-1"
BYTES_MAX = 4096
PUBLIC, SIMULATED = "nontax.pem", "simulated-nontax.pem"


class Channel(Protocol):
    """A way to pay the treasury."""

    def page_of(self, order: PaymentOrder) -> str:
        """Where the household pays this order on line; empty where it goes to a counter or an app with the number."""

    def read(self, body: bytes, signature: str) -> Notice:
        """The payment that a notification tells.

        Raises:
            RentRefused: not signed by the channel, or not a notification.
        """


def folder() -> Path:
    """Where the keys of the exchange lie."""
    return Path(settings.GUANGSHA_BANK)


@dataclass(frozen=True, slots=True)
class SignedChannel:
    """The channel of notifications signed with Ed25519."""

    simulated: bool = False

    def page_of(self, order: PaymentOrder) -> str:
        return f"/my/rent/bank/{order.number}/" if self.simulated and order.state == "open" else ""

    def read(self, body: bytes, signature: str) -> Notice:
        place = folder() / PUBLIC
        if not place.exists():
            raise RentRefused("channel", "没有登记缴款渠道的公钥", advice="请系统管理员登记。")
        key = load_pem_public_key(place.read_bytes())
        try:
            if not isinstance(key, Ed25519PublicKey) or len(body) > BYTES_MAX:
                raise InvalidSignature
            key.verify(base64.b64decode(signature, validate=True), body)
        except (InvalidSignature, binascii.Error, ValueError):
            raise RentRefused("signature", "通知的签名无效", advice="请核对密钥。") from None
        return _notice(body)


def _notice(body: bytes) -> Notice:
    refused = RentRefused("form", "通知的内容无效", advice="请按约定的格式重发。")
    try:
        data: Any = json.loads(body)
        paid_at = datetime.fromisoformat(data["paid_at"])
        serial, code, voucher, check = (data[name] for name in ("serial", "code", "voucher", "check"))
        spec, fen = data["spec"], data["fen"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise refused from None
    texts = all(
        isinstance(one, str) and 0 < len(one) <= 40 and one.isprintable() for one in (serial, code, voucher)
    )
    if (
        not texts
        or not isinstance(check, str)
        or len(check) > 16
        or spec != SPEC
        or type(fen) is not int
        or paid_at.tzinfo is None
    ):
        raise refused
    return Notice("simulated", serial, code, fen, paid_at, voucher, check)


def channel() -> Channel:
    """The channel of this installation."""
    named = getattr(settings, "GUANGSHA_RENT_CHANNEL", "")
    if named:
        found: Channel = import_string(named)()
        return found
    return SignedChannel(simulated=(folder() / SIMULATED).exists())


# --- the simulated bank: development and demonstration ------------------------------------------------------


def introduce_simulated() -> Ed25519PrivateKey:
    """The simulated bank's key, made and introduced when it is needed first."""
    place = folder() / SIMULATED
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        key = load_pem_private_key(place.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key
    made = Ed25519PrivateKey.generate()
    _lay(place, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _lay(folder() / PUBLIC, made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return made


def _lay(place: Path, data: bytes) -> None:
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    draft.write_bytes(data)
    draft.chmod(0o600)
    draft.replace(place)


def simulated_notification(
    order: PaymentOrder, *, serial: str = "", fen: int | None = None
) -> tuple[bytes, str]:
    """Body and signature as the simulated bank sends them when an order is paid. Paying one order again gives the same serial."""
    amount = order.amount_fen if fen is None else fen
    number = serial or f"SIM{order.number}"
    body = json.dumps(
        {"spec": SPEC, "serial": number, "code": order.number, "fen": amount,
         "paid_at": timezone.now().isoformat(), "voucher": f"E{order.number[6:]}", "check": digest([number, amount])[:8]},
    ).encode()  # fmt: skip
    return body, base64.b64encode(introduce_simulated().sign(body)).decode()
