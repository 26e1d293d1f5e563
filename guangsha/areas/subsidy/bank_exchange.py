"""How this installation exchanges files with the bank: layout, cover and keys, as the settings say.

In the folder ``GUANGSHA_BANK``: ``ring.json`` (the keys shared with the bank, in the form of the house's key ring), ``sign.pem`` (ours),
``bank.pem`` (the bank's public key, laid there by the system administrator). The first two are made when they are needed first.
``GUANGSHA_BANK_EXCHANGE=plain`` sends plain files, for a bank whose own website takes them; then only the SM3 line guards them.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from guangsha.areas.subsidy.bank_cover import (
    PAYMENT,
    RETURN,
    Ed25519Signer,
    Signer,
    cover,
    ed25519_signer,
    uncover,
)
from guangsha.areas.subsidy.bank_files import Layout, PaymentFile, ReturnFile
from guangsha.areas.subsidy.bank_layouts import layout_of
from guangsha.kernel.errors import InputError
from guangsha.privacy.keys import KeyRing, make_ring, new_ring, read_ring


@dataclass(frozen=True)
class Exchange:
    """Layout, keys and signer; without keys files go plain."""

    layout: Layout
    ring: KeyRing | None = None
    signer: Signer | None = None

    def payment_bytes(self, file: PaymentFile) -> bytes:
        """The file for the bank.

        Raises:
            BankFileRefused: a row that this layout cannot carry.
        """
        plain = self.layout.write_payments(file)
        if self.ring is None or self.signer is None:
            return plain
        return cover(plain, purpose=PAYMENT, batch=file.batch, ring=self.ring, signer=self.signer)

    def read_returns(self, data: bytes, batch: str) -> ReturnFile:
        """What the bank answered to ``batch``.

        Raises:
            BankFileRefused: a file that cannot be used.
        """
        if self.ring is not None and self.signer is not None:
            data = uncover(data, purpose=RETURN, batch=batch, ring=self.ring, signer=self.signer)
        return self.layout.read_returns(data)

    def file_name(self, batch: str) -> str:
        """The name under which the payment file is handed over."""
        return f"{batch}{self.layout.suffix}{'' if self.ring is None else '.sealed'}"


def exchange() -> Exchange:
    """The exchange of this installation.

    Raises:
        InputError: no such layout, a key file that is damaged, no such signer.
    """
    layout = layout_of(settings.GUANGSHA_BANK_LAYOUT)
    if settings.GUANGSHA_BANK_EXCHANGE == "plain":
        return Exchange(layout)
    folder = Path(settings.GUANGSHA_BANK)
    ring = folder / "ring.json"
    if not ring.exists():
        make_ring(new_ring(settings.GUANGSHA_SUITE), ring)
    return Exchange(layout, read_ring(ring), _signer(folder))


def _signer(folder: Path) -> Signer:
    path = settings.GUANGSHA_BANK_SIGNER
    if path:
        module, _, name = path.rpartition(".")
        try:
            made: Signer = getattr(import_module(module), name)(folder)
        except (ImportError, AttributeError, ValueError, TypeError) as error:
            raise InputError(
                f"找不到签名程序 {path}",
                where="GUANGSHA_BANK_SIGNER",
                advice="请填类的完整路径，留空则用 Ed25519。",
            ) from error
        return made
    own, other = folder / "sign.pem", folder / "bank.pem"
    _make(own)
    try:
        return ed25519_signer(own.read_bytes(), other.read_bytes() if other.exists() else None)
    except OSError as error:
        raise InputError(
            "银行签名密钥无法读取", where=str(folder), advice="请系统管理员检查文件权限。"
        ) from error


def _make(path: Path) -> None:
    """A signing key where none is, readable by its owner only; whoever comes second uses the first one's."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Ed25519Signer(Ed25519PrivateKey.generate(), None).private_pem())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
