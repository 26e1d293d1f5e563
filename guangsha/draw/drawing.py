"""One whole draw from bytes to bytes: what ``run`` writes and what ``verify`` recomputes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guangsha.draw.faults import DrawFileError
from guangsha.draw.files import (
    ROSTER_FILE,
    UNITS_FILE,
    WISHES_FILE,
    Roster,
    Unit,
    read_roster,
    read_units,
    read_wishes,
)
from guangsha.draw.record import DrawRecord
from guangsha.draw.rules_file import HLD1, RSD1, RULES_FILE, Rules, read_rules
from guangsha.draw.sm3 import sm3_hex
from guangsha.draw.spec import (
    MATCHES_FILE,
    RESULT_FILE,
    OrderedQueue,
    check_draw_id,
    check_e1,
    check_e2,
    commitment,
    match,
    order_queues,
    recorded_seed_of,
    seed_of,
    tickets_of,
    units_per_queue,
    write_matches,
    write_result,
)
from guangsha.kernel.errors import InputError

#: The files that go into a draw, each with its hash in the record.
INPUT_FILES = ((ROSTER_FILE, "h_roster"), (UNITS_FILE, "h_units"), (RULES_FILE, "h_rules"))


@dataclass(frozen=True, slots=True)
class Inputs:
    """The frozen files, read and found sound."""

    roster: Roster
    units: list[Unit]
    rules: Rules
    wishes: Mapping[str, tuple[str, ...]]
    hashes: Mapping[str, str]


def read_inputs(files: Mapping[str, bytes]) -> Inputs:
    """Read and cross-check the frozen files, in the order rules, roster, units, wishes.

    Raises:
        DrawFileError: the first thing that the specification does not allow.
    """
    for name, _ in INPUT_FILES:
        if name not in files:
            raise DrawFileError(name, "没有这个文件。")
    rules = read_rules(files[RULES_FILE])
    roster = read_roster(files[ROSTER_FILE], rules)
    units = read_units(files[UNITS_FILE], rules)
    wishes: Mapping[str, tuple[str, ...]] = {}
    if rules.matching == "M2":
        if WISHES_FILE not in files:
            raise DrawFileError(WISHES_FILE, "没有这个文件，而规则要求按志愿匹配（M2）。")
        if sm3_hex(files[WISHES_FILE]) != rules.wishes_hash:
            raise DrawFileError(WISHES_FILE, "摘要与规则文件里的“wishes”不符。")
        wishes = read_wishes(files[WISHES_FILE], roster, units)
    hashes = {key: sm3_hex(files[name]) for name, key in INPUT_FILES}
    return Inputs(roster, units, rules, wishes, hashes)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a seed makes of the inputs: the order, and the files to publish."""

    ordered: list[OrderedQueue]
    files: Mapping[str, bytes]


def outcome_of(inputs: Inputs, seed: bytes) -> Drawn:
    """Order every queue and write ``result.csv`` (and ``matches.csv`` in M2)."""
    tickets = tickets_of(inputs.roster, seed)
    ordered = order_queues(inputs.roster, tickets, inputs.rules, units_per_queue(inputs.units))
    files = {RESULT_FILE: write_result(ordered)}
    if inputs.rules.matching == "M2":
        files[MATCHES_FILE] = write_matches(match(ordered, inputs.units, inputs.wishes, seed))
    return Drawn(ordered, files)


def draw_hld1(
    inputs: Inputs,
    *,
    draw_id: str,
    c_op: str,
    c_nt: str,
    op: bytes,
    nt: bytes,
    e1: str,
    e2: str,
) -> tuple[DrawRecord, Drawn]:
    """Run an HLD1 draw.

    Raises:
        InputError: a secret that does not open its commitment, E1 or E2 missing or impossible.
    """
    check_draw_id(draw_id)
    if inputs.rules.spec != HLD1:
        raise InputError("规则文件的“alg”不是 HLD1。", where=RULES_FILE)
    check_e1(e1)
    check_e2(e2)
    for word, holder, secret, published in (("操作员", "OP", op, c_op), ("公证员", "NT", nt, c_nt)):
        if commitment(draw_id, "OP" if holder == "OP" else "NT", secret) != published:
            raise InputError(
                f"{word}的秘密数与冻结时公布的承诺值不符，不能摇号。",
                where=holder,
                advice="请用封存的托管件，或核对是否取错了文件。",
            )
    seed = seed_of(draw_id=draw_id, **inputs.hashes, op=op, nt=nt, e1=e1, e2=e2)
    record = DrawRecord(
        spec=HLD1, draw_id=draw_id, **inputs.hashes, c_op=c_op, c_nt=c_nt, op=op.hex(), nt=nt.hex(), e1=e1, e2=e2,
        seed=seed.hex(),
    )  # fmt: skip
    return record, outcome_of(inputs, seed)


def draw_rsd1(inputs: Inputs, *, draw_id: str, e2: str) -> tuple[DrawRecord, Drawn]:
    """Run a recorded-seed draw: the digits on the stage are the only randomness.

    Raises:
        InputError: the rules are not RSD1's, or E2 is not six to sixty digits.
    """
    check_draw_id(draw_id)
    if inputs.rules.spec != RSD1:
        raise InputError("规则文件的“alg”不是 RSD1。", where=RULES_FILE)
    check_e2(e2, RSD1)
    seed = recorded_seed_of(draw_id=draw_id, **inputs.hashes, e2=e2)
    record = DrawRecord(spec=RSD1, draw_id=draw_id, **inputs.hashes, e2=e2, seed=seed.hex())
    return record, outcome_of(inputs, seed)
