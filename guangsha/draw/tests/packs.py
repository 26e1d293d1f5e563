"""Files and packs that the tests of this room share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from guangsha.draw.drawing import draw_hld1, draw_rsd1, read_inputs
from guangsha.draw.files import WISHES_FILE, Entry, Unit, write_roster, write_units, write_wishes
from guangsha.draw.pack import published_files
from guangsha.draw.record import DrawRecord, FreezeRecord
from guangsha.draw.rules_file import Rules, write_rules
from guangsha.draw.sm3 import sm3_hex
from guangsha.draw.spec import commitment

CASES = Path(__file__).parent / "cases"
VECTOR: dict[str, Any] = yaml.safe_load((CASES / "vector.yaml").read_text(encoding="utf-8"))
OP, NT = bytes.fromhex(VECTOR["op"]), bytes.fromhex(VECTOR["nt"])
INPUTS = {name: VECTOR[name].encode() for name in ("roster.csv", "units.csv", "rules.json")}


def drawn(inputs: dict[str, bytes], *, draw_id: str = "TEST-2026-001", op: bytes = OP, e2: str = VECTOR["e2"]) -> tuple[DrawRecord, dict[str, bytes]]:  # fmt: skip
    """Draw ``inputs`` with the secrets of the vector; the record and the result files."""
    read = read_inputs(inputs)
    if read.rules.spec == "RSD1":
        record, made = draw_rsd1(read, draw_id=draw_id, e2=e2)
    else:
        record, made = draw_hld1(
            read,
            draw_id=draw_id,
            c_op=commitment(draw_id, "OP", op),
            c_nt=commitment(draw_id, "NT", NT),
            op=op,
            nt=NT,
            e1=VECTOR["e1"],
            e2=e2,
        )
    return record, dict(made.files)


def pack_of(inputs: dict[str, bytes], **how: Any) -> dict[str, bytes]:
    """A whole publish pack of ``inputs``."""
    record, results = drawn(inputs, **how)
    freeze = FreezeRecord(
        record.spec, record.draw_id, record.h_roster, record.h_units, record.h_rules, record.c_op, record.c_nt
    )
    return published_files(inputs, freeze, record=record, results=results)


def many(entries: int, units: int, **rules: Any) -> dict[str, bytes]:
    """``entries`` spread over queues A and B and three tiers, ``units`` over both queues."""
    held = Rules("HLD1", ("A", "B"), (1, 2, 3), "0.25", **rules)
    return {
        "roster.csv": write_roster(
            Entry(f"T-{n:06d}", "AB"[n % 2], 1 + (n * 7 % 10 > 1) + (n * 7 % 10 > 7)) for n in range(entries)
        ),
        "units.csv": write_units(
            Unit(f"430699Y{n % 3}/1-{n // 100}-{n % 100:04d}", "AB"[n % 2], n % 30, "52.30", n % 9 == 0)
            for n in range(units)
        ),
        "rules.json": write_rules(held),
    }


def with_wishes() -> dict[str, bytes]:
    """Forty families, twelve units, wishes of every third family; matched by machine (M2)."""
    files = many(40, 12)
    units = [line.split(",")[:2] for line in files["units.csv"].decode().splitlines()[1:]]
    roster = [line.split(",") for line in files["roster.csv"].decode().splitlines()[1:]]
    wishes = {
        entry: [unit for unit, of in units if of == queue][n % 3 : n % 3 + 3]
        for n, (entry, queue, _) in enumerate(roster)
        if n % 3 == 0
    }
    files[WISHES_FILE] = write_wishes(wishes)
    files["rules.json"] = write_rules(
        Rules("HLD1", ("A", "B"), (1, 2, 3), "0.25", matching="M2", wishes_hash=sm3_hex(files[WISHES_FILE]))
    )
    return files
