"""A draw as a folder: frozen, run, published, read again.

    freeze   roster.csv units.csv rules.json [wishes.csv] freeze.json, verify.py, verify.html, SM3SUMS, SHA256SUMS
             and, in another folder that stays shut: op.secret, nt.secret, op.escrow, nt.escrow
    run      draw.json result.csv [matches.csv], log.jsonl, the sums again

``log.jsonl`` keeps every attempt. A run that was cut short goes on with the same values and no others; a finished run
is never run again. Nothing here knows a database: the office (areas/allocation) keeps its own record and writes the
same files with :func:`published_files`.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from guangsha.draw import escrow
from guangsha.draw.drawing import INPUT_FILES, Inputs, draw_hld1, draw_rsd1, read_inputs
from guangsha.draw.files import WISHES_FILE
from guangsha.draw.record import FREEZE_FILE, RECORD_FILE, DrawRecord, FreezeRecord, read_freeze
from guangsha.draw.rules_file import HLD1
from guangsha.draw.sm3 import sm3_hex
from guangsha.draw.spec import (
    HOLDERS,
    RESULT_FILE,
    SECRET_BYTES,
    Holder,
    check_draw_id,
    check_secret,
    commitment,
)
from guangsha.draw.verify import NEEDED_FILES, OTHER_FILES, SUMS_BYTES_MAX, SUMS_FILE
from guangsha.kernel.errors import InputError

SHA256_FILE = "SHA256SUMS"
LOG_FILE = "log.jsonl"
#: Chinese draws happen in Chinese time, wherever the machine believes it stands.
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: result.csv has about twice the bytes of the largest roster.
FILE_BYTES_MAX = 512 * 1024 * 1024
LOG_BYTES_MAX = 1024 * 1024

_HERE = Path(__file__).parent
VERIFIERS = {"verify.py": _HERE / "verify_draw.py", "verify.html": _HERE / "verify.html"}


def verifiers() -> dict[str, bytes]:
    """The two verifiers that every pack carries, by the name they have there."""
    return {name: path.read_bytes() for name, path in VERIFIERS.items()}


def with_sums(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """``files`` with SHA256SUMS over them and SM3SUMS over all of that."""
    whole = {name: files[name] for name in sorted(files) if name not in (SHA256_FILE, SUMS_FILE)}
    whole[SHA256_FILE] = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in whole.items()
    ).encode()
    whole[SUMS_FILE] = "".join(f"{sm3_hex(data)}  {name}\n" for name, data in whole.items()).encode()
    return whole


def published_files(
    inputs: Mapping[str, bytes],
    freeze: FreezeRecord,
    *,
    record: DrawRecord | None = None,
    results: Mapping[str, bytes] | None = None,
    log: bytes = b"",
) -> dict[str, bytes]:
    """Every file of a pack, before (no ``record``) or after the run, with both verifiers and the sums."""
    files = dict(inputs)
    files[FREEZE_FILE] = freeze.to_bytes()
    files.update(verifiers())
    if record is not None:
        files[RECORD_FILE] = record.to_bytes()
        files.update(results or {})
    if log:
        files[LOG_FILE] = log
    return with_sums(files)


def _read(path: Path, bytes_max: int = FILE_BYTES_MAX) -> bytes:
    try:
        if path.stat().st_size > bytes_max:
            raise InputError(f"文件超过 {bytes_max // 1024 // 1024} MB。", where=path.name)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError("没有这个文件。", where=str(path), advice="请核对文件夹和文件名。") from error
    except OSError as error:
        raise InputError(f"读不出来（{error.strerror}）。", where=str(path)) from error


def _write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write whole or not at all: a power cut leaves the old file or the new one."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a freeze made: the published record and, outside the pack, the files of the secrets."""

    record: FreezeRecord
    inputs: Inputs
    secret_files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class EscrowTo:
    """Whom the escrow copies are sealed to: an RSA public key, or a password; neither makes none."""

    public_pem: bytes = b""
    password: str = ""


def freeze(
    files: Mapping[str, bytes],
    *,
    draw_id: str,
    out: Path,
    secrets_dir: Path,
    now: datetime,
    e1_source: str = "",
    e1_fallback: str = "",
    replaces: str = "",
    escrow_to: EscrowTo | None = None,
    token: Callable[[int], bytes] = secrets.token_bytes,
) -> Frozen:
    """Check the files, make both secrets, publish the commitments into ``out``.

    The secrets go to ``secrets_dir``, each in a file that only its owner may read (0600); whoever runs this hands each
    file to its holder. In the office the holders make their secrets themselves, at two sign-ins.

    Raises:
        InputError: a file that the specification does not allow, or folders that already hold something.
    """
    check_draw_id(draw_id)
    inputs = read_inputs(files)
    for folder in (out, secrets_dir):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("文件夹已有内容，不能覆盖。", where=str(folder), advice="请换一个新文件夹。")
    made: dict[Holder, bytes] = {}
    if inputs.rules.spec == HLD1:
        made = {holder: token(SECRET_BYTES) for holder in HOLDERS}
    record = FreezeRecord(
        spec=inputs.rules.spec,
        draw_id=draw_id,
        **inputs.hashes,
        c_op=commitment(draw_id, "OP", made["OP"]) if made else "",
        c_nt=commitment(draw_id, "NT", made["NT"]) if made else "",
        e1_source=e1_source,
        e1_fallback=e1_fallback,
        replaces=replaces,
        frozen_at=now.astimezone(SHANGHAI).isoformat(timespec="seconds"),
    )
    kept: dict[str, bytes] = {}
    for holder, secret in made.items():
        kept[f"{holder.lower()}.secret"] = f"{draw_id}\n{holder}\n{secret.hex()}\n".encode()
        sealed = _sealed(secret, draw_id, holder, escrow_to or EscrowTo())
        if sealed:
            kept[f"{holder.lower()}.escrow"] = sealed
    inputs_only = {name: files[name] for name, _ in INPUT_FILES}
    if inputs.rules.matching == "M2":
        inputs_only[WISHES_FILE] = files[WISHES_FILE]
    try:
        if kept:
            secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, data in kept.items():
                _write(secrets_dir / name, data, mode=0o600)
        out.mkdir(parents=True, exist_ok=True)
        for name, data in published_files(inputs_only, record).items():
            _write(out / name, data)
    except OSError as error:
        raise InputError(f"写不进去（{error.strerror}）。", where=str(error.filename)) from error
    return Frozen(record, inputs, tuple(secrets_dir / name for name in kept))


def _sealed(secret: bytes, draw_id: str, holder: Holder, to: EscrowTo) -> bytes:
    if to.public_pem:
        return escrow.seal_to_key(secret, draw_id=draw_id, holder=holder, public_pem=to.public_pem)
    if to.password:
        return escrow.seal_with_password(secret, draw_id=draw_id, holder=holder, password=to.password)
    return b""


@dataclass(frozen=True, slots=True)
class EscrowKey:
    """What opens an escrow copy: the third party's RSA private key (with its own password, if any) or password."""

    private_pem: bytes = b""
    password: str = ""


def read_secret(path: Path, *, draw_id: str, holder: Holder, escrow_key: EscrowKey | None = None) -> bytes:
    """The secret in a file that :func:`freeze` made: the holder's own (draw id, holder, hex, each on a line), bare
    hex, or the escrow copy, which ``escrow_key`` opens.

    Raises:
        InputError: the file of another draw or of the other holder, or not a secret.
    """
    data = _read(path, escrow.SEALED_BYTES_MAX)
    if data.lstrip().startswith(b"{"):
        if escrow_key is None:
            raise InputError(
                "这是封存的托管件。",
                where=str(path),
                advice="请用 --escrow-key 或 --escrow-password-file 打开。",
            )
        password = escrow_key.password
        return escrow.open_sealed(
            data,
            draw_id=draw_id,
            holder=holder,
            private_pem=escrow_key.private_pem,
            key_password=password.encode() if password and escrow_key.private_pem else None,
            password=password,
        )
    lines = data.decode("ascii", "replace").split()
    if len(lines) == 3 and (lines[0], lines[1]) != (draw_id, holder):
        raise InputError(
            f"这是摇号 {lines[0]} 的 {lines[1]} 秘密数，不是 {draw_id} 的 {holder}。", where=str(path)
        )
    if len(lines) not in (1, 3):
        raise InputError("不是秘密数文件。", where=str(path))
    return check_secret(lines[-1], holder)


def run(
    folder: Path,
    *,
    e1: str,
    e2: str,
    op: bytes,
    nt: bytes,
    now: datetime,
) -> tuple[DrawRecord, Mapping[str, bytes]]:
    """Draw once, in the folder that :func:`freeze` made.

    Raises:
        InputError: the folder is not frozen, a file was changed since, a secret does not open its commitment, E1 or
            E2 missing, the draw was already run, or was begun with other values.
    """
    frozen = read_freeze(_read(folder / FREEZE_FILE))
    if (folder / RECORD_FILE).exists():
        raise InputError(
            f"摇号 {frozen.draw_id} 已经完成；一个摇号编号只摇一次。",
            where=str(folder),
            advice="核验请用 guangsha draw verify；确需重摇，请用新的摇号编号重新冻结。",
        )
    names = [name for name, _ in INPUT_FILES]
    if (folder / WISHES_FILE).exists():
        names.append(WISHES_FILE)
    files = {name: _read(folder / name) for name in names}
    for name, key in INPUT_FILES:
        if sm3_hex(files[name]) != getattr(frozen, key):
            raise InputError(
                f"文件在冻结后被改动：{key} 不符，不能摇号。", where=name, advice="请恢复冻结时公布的文件。"
            )
    inputs = read_inputs(files)
    log_path = folder / LOG_FILE
    log = _read(log_path, LOG_BYTES_MAX) if log_path.exists() else b""
    if inputs.rules.spec == HLD1:
        record, drawn = draw_hld1(
            inputs, draw_id=frozen.draw_id, c_op=frozen.c_op, c_nt=frozen.c_nt, op=op, nt=nt, e1=e1, e2=e2
        )
    else:
        record, drawn = draw_rsd1(inputs, draw_id=frozen.draw_id, e2=e2)
    begun = _begun_with(log)
    if begun and begun != record.seed:
        raise InputError(
            "本次摇号已用另外的 E1、E2 或秘密数开始过；只能用同样的值继续。",
            where=LOG_FILE,
            advice="中途停止的摇号必须以原值恢复，不能另摇。",
        )
    log += _log_line("resumed" if begun else "started", record.seed, now)
    _write(log_path, log)
    log += _log_line("computed", record.seed, now)
    whole = published_files(files, frozen, record=record, results=drawn.files, log=log)
    # draw.json goes last: while it is missing the run may be resumed, once it is there the draw is over.
    for name in [*(n for n in whole if n not in (LOG_FILE, RECORD_FILE)), LOG_FILE, RECORD_FILE]:
        _write(folder / name, whole[name])
    return record, drawn.files


def _log_line(what: str, seed: str, now: datetime) -> bytes:
    at = now.astimezone(SHANGHAI).isoformat(timespec="seconds")
    return (json.dumps({"at": at, "what": what, "seed": seed}) + "\n").encode()


def _begun_with(log: bytes) -> str:
    """The seed that a run was begun with, or empty."""
    seeds = []
    for line in log.splitlines():
        try:
            seeds.append(str(json.loads(line)["seed"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("运行记录读不懂，可能被改动。", where=LOG_FILE) from error
    return seeds[0] if seeds else ""


def read_pack(folder: Path) -> dict[str, bytes]:
    """The files of a pack that a verdict speaks of, including whatever its SM3SUMS names.

    Raises:
        InputError: not a folder, or a file that cannot be read.
    """
    if not folder.is_dir():
        raise InputError("没有这个文件夹。", where=str(folder), advice="请指向解压后的公布包。")
    names = [*NEEDED_FILES, *OTHER_FILES]
    sums = folder / SUMS_FILE
    if sums.is_file():
        for line in _read(sums, SUMS_BYTES_MAX * 4).decode("ascii", "replace").splitlines()[:1000]:
            name = line[66:]
            if name and not name.startswith(".") and "/" not in name and "\\" not in name:
                names.append(name)
    return {name: _read(folder / name) for name in dict.fromkeys(names) if (folder / name).is_file()}


def line_of(result: bytes, entry_no: str) -> dict[str, str] | None:
    """The line of one receipt number in ``result.csv``, as column → text."""
    wanted = f",{entry_no},".encode()
    at = result.find(wanted)
    if at < 0:
        return None
    line = result[result.rfind(b"\n", 0, at) + 1 : result.find(b"\n", at)].decode("utf-8", "replace")
    header = result.split(b"\n", 1)[0].decode("utf-8", "replace")
    return dict(zip(header.split(","), line.split(","), strict=False))


__all__ = ["RESULT_FILE", "freeze", "line_of", "published_files", "read_pack", "read_secret", "run"]
