"""``draw.json``: the values of one draw that was run; ``freeze.json``: what was published before it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from guangsha.draw.faults import DrawFileError
from guangsha.draw.rules_file import HLD1, RSD1, SPECS

RECORD_FILE, FREEZE_FILE = "draw.json", "freeze.json"
RECORD_BYTES_MAX = 64 * 1024

_SHARED = ("spec", "draw_id", "h_roster", "h_units", "h_rules")
NEEDED = {
    HLD1: (*_SHARED, "c_op", "c_nt", "op", "nt", "e1", "e2", "seed"),
    RSD1: (*_SHARED, "e2", "seed"),
}


@dataclass(frozen=True, slots=True)
class FreezeRecord:
    """What everybody can read days before the draw (operations.md §4.2.2–3).

    Args:
        c_op, c_nt: commitments of the two secrets, empty in RSD1.
        e1_source: which public draw gives E1, exactly; ``e1_fallback``: what happens when it does not take place.
        replaces: the draw id that this one replaces, with the reason, or empty.
        frozen_at: ISO time in Asia/Shanghai.
    """

    spec: str
    draw_id: str
    h_roster: str
    h_units: str
    h_rules: str
    c_op: str = ""
    c_nt: str = ""
    e1_source: str = ""
    e1_fallback: str = ""
    replaces: str = ""
    frozen_at: str = ""

    def to_bytes(self) -> bytes:
        return _written(asdict(self))


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """The values of a draw that was run, hex in lower case; the HLD1 ones are empty in RSD1."""

    spec: str
    draw_id: str
    h_roster: str
    h_units: str
    h_rules: str
    e2: str
    seed: str
    c_op: str = ""
    c_nt: str = ""
    op: str = ""
    nt: str = ""
    e1: str = ""

    def to_bytes(self) -> bytes:
        held = asdict(self)
        return _written({key: held[key] for key in NEEDED[self.spec]})


def _written(held: Mapping[str, Any]) -> bytes:
    return (json.dumps(held, ensure_ascii=False, indent=2) + "\n").encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a key twice")
    return held


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _read(file: str, data: bytes) -> dict[str, Any]:
    if len(data) > RECORD_BYTES_MAX:
        raise DrawFileError(file, f"文件超过 {RECORD_BYTES_MAX // 1024} KB。")
    try:
        held = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DrawFileError(file, "不是 UTF-8 编码的 JSON 文件，或同一个键写了两次。") from error
    if not isinstance(held, dict):
        raise DrawFileError(file, "最外层应为一个对象 {…}。")
    return held


def read_record(data: bytes) -> DrawRecord:
    """The record in ``data``; keys that the specification does not name are passed over.

    Raises:
        DrawFileError: not JSON, of a specification we do not know, a value missing or not text.
    """
    held = _read(RECORD_FILE, data)
    spec = held.get("spec")
    if spec not in SPECS:
        raise DrawFileError(RECORD_FILE, f"“spec”应为 {' 或 '.join(SPECS)}，本程序不认识别的规范。")
    for key in NEEDED[spec]:
        if not isinstance(held.get(key), str):
            raise DrawFileError(RECORD_FILE, f"缺少“{key}”，或它不是文字。", advice="可能还没有摇号。")
    return DrawRecord(**{key: held[key] for key in NEEDED[spec]})


def read_freeze(data: bytes) -> FreezeRecord:
    """The freeze record in ``data``.

    Raises:
        DrawFileError: not JSON, a value missing, unknown or not text.
    """
    held = _read(FREEZE_FILE, data)
    known = FreezeRecord.__dataclass_fields__
    for key in held:
        if key not in known:
            raise DrawFileError(FREEZE_FILE, f"有不认识的键“{key[:40]}”。")
    for key in known:
        if not isinstance(held.get(key), str):
            raise DrawFileError(FREEZE_FILE, f"缺少“{key}”，或它不是文字。")
    if held["spec"] not in SPECS:
        raise DrawFileError(FREEZE_FILE, f"“spec”应为 {' 或 '.join(SPECS)}。")
    return FreezeRecord(**held)
