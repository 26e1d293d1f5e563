"""Recompute a publish pack: does every value follow from the frozen files and the public randomness?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from guangsha.draw.drawing import INPUT_FILES, Inputs, outcome_of, read_inputs
from guangsha.draw.faults import DrawFileError
from guangsha.draw.files import ROSTER_FILE, UNITS_FILE, WISHES_FILE
from guangsha.draw.record import FREEZE_FILE, RECORD_FILE, DrawRecord, read_record
from guangsha.draw.rules_file import HLD1, RULES_FILE
from guangsha.draw.sm3 import sm3_hex
from guangsha.draw.spec import (
    MATCHES_FILE,
    RESULT_FILE,
    check_draw_id,
    check_e1_text,
    check_e2,
    commitment,
    recorded_seed_of,
    seed_of,
)
from guangsha.kernel.errors import InputError

SUMS_FILE = "SM3SUMS"
#: Without these nothing can be judged.
NEEDED_FILES = (ROSTER_FILE, UNITS_FILE, RULES_FILE, RESULT_FILE, RECORD_FILE)
#: Files that a pack may hold beside them and that a verdict speaks of.
OTHER_FILES = (WISHES_FILE, MATCHES_FILE, FREEZE_FILE, SUMS_FILE)
SUMS_BYTES_MAX = 64 * 1024
_SUM_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,63})")

Outcome = Literal["ok", "different", "unreadable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says.

    Args:
        outcome: every value recomputes | the first difference is ``place`` | cannot be judged.
        place: ``h_roster``, ``c_op``, ``seed``, ``result.csv:3``, ``SM3SUMS:verify.html``…; empty when ok.
        message: the same for a person, one sentence.
        not_given: files named in SM3SUMS that were not there to be compared.
    """

    outcome: Outcome
    place: str = ""
    message: str = ""
    entries: int = 0
    units: int = 0
    draw_id: str = ""
    not_given: tuple[str, ...] = ()


class _Different(Exception):
    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


def verify_files(files: Mapping[str, bytes]) -> Verdict:
    """Judge the pack whose files are ``files`` (name → bytes).

    The order of the checks is fixed (docs/algorithms/draw.md "Verifying") so that all verifiers name the same first
    difference: hashes, commitments, form of the inputs, seed, result, matches, sums.
    """
    for name in NEEDED_FILES:
        if name not in files:
            return Verdict("unreadable", name, f"缺少文件 {name}。")
    try:
        record = read_record(files[RECORD_FILE])
    except DrawFileError as error:
        return Verdict("unreadable", error.place, str(error))
    try:
        inputs = _judge(files, record)
        not_given = _compare_sums(files)
    except _Different as found:
        return Verdict("different", found.place, found.message, draw_id=record.draw_id)
    except DrawFileError as error:
        return Verdict("different", error.place, str(error), draw_id=record.draw_id)
    return Verdict(
        "ok",
        entries=len(inputs.roster),
        units=len(inputs.units),
        draw_id=record.draw_id,
        not_given=not_given,
    )


def _judge(files: Mapping[str, bytes], record: DrawRecord) -> Inputs:
    for name, key in INPUT_FILES:
        _same(key, getattr(record, key), sm3_hex(files[name]), f"{name} 的摘要 {key}")
    try:
        check_draw_id(record.draw_id)
    except InputError as error:
        raise _Different("draw_id", str(error)) from error
    if record.spec == HLD1:
        _judge_commitment(record, "c_op", record.c_op, record.op)
        _judge_commitment(record, "c_nt", record.c_nt, record.nt)
    if record.spec == HLD1:
        try:
            check_e1_text(record.e1)
        except InputError as error:
            raise _Different("e1", str(error)) from error
    try:
        check_e2(record.e2, record.spec)
    except InputError as error:
        raise _Different("e2", str(error)) from error
    hashes = {key: getattr(record, key) for _, key in INPUT_FILES}
    if record.spec == HLD1:
        op, nt = bytes.fromhex(record.op), bytes.fromhex(record.nt)
        seed = seed_of(draw_id=record.draw_id, **hashes, op=op, nt=nt, e1=record.e1, e2=record.e2)
    else:
        seed = recorded_seed_of(draw_id=record.draw_id, **hashes, e2=record.e2)
    _same("seed", record.seed, seed.hex(), "种子 seed")
    inputs = read_inputs(files)
    if inputs.rules.spec != record.spec:
        raise _Different(
            RULES_FILE, f"规则文件的“alg”是 {inputs.rules.spec}，而 draw.json 写的是 {record.spec}。"
        )
    for name, data in outcome_of(inputs, seed).files.items():
        _compare_lines(name, files.get(name), data)
    return inputs


def _judge_commitment(record: DrawRecord, key: str, published: str, secret: str) -> None:
    if not re.fullmatch(r"[0-9a-f]{64}", secret):
        raise _Different(key[2:], f"{key[2:]} 应为 64 位小写十六进制。")
    made = commitment(record.draw_id, "OP" if key == "c_op" else "NT", bytes.fromhex(secret))
    _same(key, published, made, f"承诺值 {key}")


def _same(place: str, published: str, computed: str, what: str) -> None:
    if published != computed:
        raise _Different(place, f"{what}不符：公布的是 {published[:80]}，算出来是 {computed}。")


def _compare_lines(name: str, published: bytes | None, computed: bytes) -> None:
    if published is None:
        raise _Different(name, f"缺少文件 {name}，而规则要求有。")
    if published == computed:
        return
    theirs, ours = published.split(b"\n"), computed.split(b"\n")
    at = next(
        (n for n, (a, b) in enumerate(zip(theirs, ours, strict=False)) if a != b), min(len(theirs), len(ours))
    )
    found = theirs[at][:200].decode("utf-8", "replace") if at < len(theirs) else "（没有这一行）"
    expected = ours[at].decode() if at < len(ours) else "（没有这一行）"
    raise _Different(
        f"{name}:{at + 1}", f"{name} 第 {at + 1} 行不符：公布的是“{found}”，算出来是“{expected}”。"
    )


def _compare_sums(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Compare the list of hashes with the files that are here; the names of those that are not."""
    data = files.get(SUMS_FILE)
    if data is None:
        return ()
    text = data[: SUMS_BYTES_MAX + 1].decode("ascii", "replace")
    lines = text.split("\n")
    if len(data) > SUMS_BYTES_MAX or lines.pop() or not lines:
        raise _Different(SUMS_FILE, "SM3SUMS 不是“摘要、两个空格、文件名”的清单。")
    absent: list[str] = []
    for line in lines:
        found = _SUM_LINE.fullmatch(line)
        if not found:
            raise _Different(SUMS_FILE, "SM3SUMS 不是“摘要、两个空格、文件名”的清单。")
        name = found[2]
        if name not in files:
            absent.append(name)
        elif sm3_hex(files[name]) != found[1]:
            raise _Different(f"{SUMS_FILE}:{name}", f"{name} 与 SM3SUMS 里公布的摘要不符。")
    return tuple(absent)
