"""A bank for tests and the demo (仿真银行): reads our file with its own keys and answers as told. Never in production."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guangsha.areas.subsidy.bank_cover import PAYMENT, RETURN, Ed25519Signer, cover, uncover
from guangsha.areas.subsidy.bank_exchange import Exchange
from guangsha.areas.subsidy.bank_files import PAID, PaymentFile, ReturnRow, return_file


@dataclass
class SimulatedBank:
    """The other party of an :class:`Exchange`."""

    ours: Exchange
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def introduce(self, folder: Path) -> None:
        """Lay the bank's public key where the installation looks for it."""
        folder.mkdir(parents=True, exist_ok=True)
        place, pem = folder / "bank.pem", Ed25519Signer(self.key, None).public_pem()
        if place.exists() and place.read_bytes() == pem:
            return
        draft = folder / f".bank.pem.{secrets.token_hex(4)}"  # somebody may be reading
        draft.write_bytes(pem)
        draft.replace(place)

    def _signer(self) -> Ed25519Signer:
        theirs = self.ours.signer
        if not isinstance(theirs, Ed25519Signer):
            raise TypeError("the simulated bank knows Ed25519 only")
        return Ed25519Signer(self.key, theirs.own.public_key())

    def read(self, data: bytes, batch: str) -> PaymentFile:
        """The payment file as the bank reads it."""
        if self.ours.ring is not None:
            data = uncover(data, purpose=PAYMENT, batch=batch, ring=self.ours.ring, signer=self._signer())
        return self.ours.layout.read_payments(data)

    def answer(
        self,
        data: bytes,
        batch: str,
        at: datetime,
        *,
        codes: Mapping[int, str] | None = None,
        only: range | None = None,
    ) -> bytes:
        """A return file: every row paid but those in ``codes`` (seq → key of ``RETURN_CODES``); ``only`` some of them."""
        asked = self.read(data, batch)
        said = codes or {}
        rows = [
            ReturnRow(
                row.seq, row.account, row.name, row.amount_fen, row.memo, said.get(row.seq, PAID), "", at,
                f"{batch}-{row.seq:05d}"[-32:],
            )
            for row in asked.rows
            if only is None or row.seq in only
        ]  # fmt: skip
        plain = self.ours.layout.write_returns(return_file(batch, at.date(), rows))
        if self.ours.ring is None:
            return plain
        return cover(plain, purpose=RETURN, batch=batch, ring=self.ours.ring, signer=self._signer())
