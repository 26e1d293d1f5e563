"""What went to the bank, in a file beside the database: a database that was copied back forgets, this does not.

For each batch ``sent/<log>/<number>.json`` in the bank's folder, on the disk before the act is committed: a digest of its rows and a hash
of every household and month, and sealed what is needed to write the batch down again (``restoring``). Sending asks it: the same
batch may go again with the same rows only (the bank knows the numbers of its rows), and a month that went in a batch of which this
database knows nothing is not sent. ``<log>`` is the beginning of the first
digest of the log: a copy has the same one, another installation or a new database has another.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from guangsha.areas.subsidy.bank_files import PaymentFile
from guangsha.areas.subsidy.models import Batch
from guangsha.areas.subsidy.payment_actions.base import PaymentRefused
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import digest
from guangsha.privacy.keys import current_ring, sync_folder
from guangsha.privacy.sealing import seal, unseal

#: Batches that this database knows as sent say nothing new; others are few.
GONE = ("sent", "accepted", "partly_paid", "paid", "closed")


def folder() -> Path:
    """Where the register lies; it belongs to one log, so that a new database in the same place begins with an empty one."""
    first = Act.objects.order_by("pk").values_list("digest", flat=True).first() or ""
    return Path(settings.GUANGSHA_BANK) / "sent" / (first[:16] or "new")


def rows_digest(file: PaymentFile) -> str:
    """A digest of what the bank is to pay, whatever the day or layout."""
    return digest(
        [file.batch, [[row.seq, row.account, row.name, row.amount_fen, row.memo] for row in file.rows]]
    )


def month_hash(household: str, month: int) -> str:
    """A household (by the number of its file) and a month, as the register keeps them."""
    return digest(["subsidy-month", household, month])[:32]


def forgotten() -> list[str]:
    """Numbers of batches that went to the bank and of which this database knows nothing, in the order in which they went. One that
    stands here before its sending is no such batch: it is sent again, and the bank knows its number."""
    places = sorted(folder().glob("*.json"), key=lambda place: (place.stat().st_mtime_ns, place.name))
    names = [place.stem for place in places]
    known = set(Batch.objects.filter(number__in=names).values_list("number", flat=True))
    return [name for name in names if name not in known]


def has(number: str) -> bool:
    """Whether a batch of this number went to the bank."""
    return (folder() / f"{number}.json").exists()


def kept_of(number: str) -> dict[str, Any]:
    """What was kept to write a batch down again.

    Raises:
        InputError: nothing was, or it cannot be read.
    """
    try:
        body = json.loads((folder() / f"{number}.json").read_text(encoding="utf-8"))
        kept: dict[str, Any] = json.loads(unseal(body["kept"], context=_context(number), ring=current_ring()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("报送登记簿里没有这个批次", where=number, advice="请核对批次号。") from error
    return kept


def _context(number: str) -> str:
    return f"subsidy.register|{number}"


def enter(file: PaymentFile, months: Collection[str], kept: Mapping[str, Any]) -> None:
    """Note that a batch goes out; nothing is noted where it must not.

    Args:
        months: hashes of the households and months that it pays.
        kept: what is needed to write the batch down again; it is sealed.

    Raises:
        PaymentRefused: this number went out with other rows, or one of the months in a batch that this database does not know.
        InputError: the folder cannot be written or read.
    """
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = place / f"{file.batch}.json"
        if own.exists() and json.loads(own.read_text(encoding="utf-8"))["rows"] != rows_digest(file):
            raise PaymentRefused(
                "sent-before",
                "这个批次号曾向银行报送过别的内容，数据库可能恢复过旧备份",
                where=file.batch,
                advice="请与银行核对该批次，作废本批次后重新制单。",
            )
        if (
            not own.exists()
        ):  # what went once goes again: the bank knows it, and a forgotten reissue may name its months
            _refuse_unknown(place, file.batch, set(months))
        sealed = seal(json.dumps(kept, ensure_ascii=False), context=_context(file.batch), ring=current_ring())
        body = {"rows": rows_digest(file), "count": len(file.rows), "months": sorted(months), "kept": sealed}
        _write(own, body)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "报送登记簿无法读写", where="GUANGSHA_BANK", advice="请系统管理员检查文件夹权限和磁盘空间。"
        ) from error


def _refuse_unknown(place: Path, batch: str, months: set[str]) -> None:
    names = {path.stem for path in place.glob("*.json")} - {batch}
    known = set(Batch.objects.filter(number__in=names, state__in=GONE).values_list("number", flat=True))
    for name in sorted(names - known):
        if months.intersection(json.loads((place / f"{name}.json").read_text(encoding="utf-8"))["months"]):
            raise PaymentRefused(
                "sent-elsewhere",
                f"其中有的月份已在批次 {name} 报送银行，而系统里没有这个批次的报送记录，数据库可能恢复过旧备份",
                where=batch,
                advice="请作废本批次，由会计在补贴发放页“补录”该批次，再登记银行回盘；不要重复发放。",
            )


def _write(path: Path, body: dict[str, object]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(body, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
