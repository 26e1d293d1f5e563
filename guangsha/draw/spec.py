"""HLD1: commit, reveal, order by hash. Every value that a citizen can recompute is computed here.

Also RSD1, the recorded-seed draw for a city whose own rule has dice or balls announced and nothing else. Its seed has
no secrets and no lottery result: the name is different so that nobody takes one for the other.
Source: operations.md §4.2; docs/algorithms/draw.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from guangsha.draw.files import Roster, Unit
from guangsha.draw.rules_file import HLD1, RSD1, Rules
from guangsha.draw.sm3 import HASH_BYTES, Keyed, sm3, sm3_hex
from guangsha.kernel.errors import InputError

RESULT_FILE, MATCHES_FILE = "result.csv", "matches.csv"
RESULT_HEADER = "queue,order_no,entry_no,tier,ticket,outcome"
MATCHES_HEADER = "queue,order_no,entry_no,unit_no,how"
SECRET_BYTES = 32

Holder = Literal["OP", "NT"]
HOLDERS: tuple[Holder, ...] = ("OP", "NT")

DRAW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
E1_CHARS_MAX = 200
#: No control character and no line separator: the seed's text is joined by line ends.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]")
E2_HLD1 = re.compile(r"LIVE:[0-9](?:,[0-9]){5}")
E2_RSD1 = re.compile(r"LIVE:[0-9](?:,[0-9]){5,59}")
_DOUBLE_BALL = re.compile(r"FC-SSQ:([0-9]{7}):((?:[0-9]{2},){5}[0-9]{2})\+([0-9]{2})")


def check_draw_id(draw_id: str) -> str:
    """``draw_id`` if it may stand in file names, commitments and the seed."""
    if not DRAW_ID.fullmatch(draw_id):
        raise InputError(
            "摇号编号应为 1 至 64 个字母、数字、点、横线或下划线。",
            where="摇号编号",
            advice="如 YYL-2026-001。",
        )
    return draw_id


def check_e1_text(e1: str) -> str:
    """``e1`` if it is one line of text: all that the seed needs."""
    if not e1 or len(e1) > E1_CHARS_MAX or _CONTROL.search(e1) or e1 != e1.strip(" "):
        raise InputError(
            f"公开随机数 E1 应为 1 至 {E1_CHARS_MAX} 个字符的一行文字，首尾没有空格。",
            where="E1",
            advice="如 FC-SSQ:2026999:01,02,03,04,05,06+07（期号：红球+蓝球）。",
        )
    return e1


def check_e1(e1: str) -> str:
    """``e1`` if it can be an announced public result; a double-colour-ball issue (福彩双色球) must be a possible one.

    Raises:
        InputError: empty, too long, with control characters, or numbers that cannot be drawn.
    """
    check_e1_text(e1)
    if e1.startswith("FC-SSQ:"):
        found = _DOUBLE_BALL.fullmatch(e1)
        reds = [int(ball) for ball in found[2].split(",")] if found else []
        if (
            not found
            or reds != sorted(set(reds))
            or not 1 <= reds[0] <= reds[-1] <= 33
            or not 1 <= int(found[3]) <= 16
        ):
            raise InputError(
                "双色球结果应写成 FC-SSQ:七位期号:六个由小到大的红球（01–33）+蓝球（01–16）。", where="E1"
            )
    return e1


def check_e2(e2: str, spec: str = HLD1) -> str:
    """``e2`` if it is what the balls on the stage can show: six digits in HLD1, six to sixty in RSD1."""
    if not (E2_RSD1 if spec == RSD1 else E2_HLD1).fullmatch(e2):
        count = "6 至 60" if spec == RSD1 else "6"
        raise InputError(
            f"现场摇球 E2 应为 LIVE: 加 {count} 个数字，用英文逗号隔开。",
            where="E2",
            advice="如 LIVE:3,8,1,9,0,4。",
        )
    return e2


def check_secret(text: str, holder: Holder) -> bytes:
    """The 32 bytes of a holder's secret written as 64 lower-case hex digits."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise InputError("秘密数应为 64 位小写十六进制。", where={"OP": "操作员", "NT": "公证员"}[holder])
    return bytes.fromhex(text)


def commitment(draw_id: str, holder: Holder, secret: bytes) -> str:
    """c = SM3("HLD1-COMMIT\\n" draw_id "\\n" OP|NT "\\n" hex(secret) "\\n"), hex (§4.2.3)."""
    if len(secret) != SECRET_BYTES:
        raise ValueError("a secret has 32 bytes")
    return sm3_hex(f"HLD1-COMMIT\n{draw_id}\n{holder}\n{secret.hex()}\n".encode())


def seed_of(
    *, draw_id: str, h_roster: str, h_units: str, h_rules: str, op: bytes, nt: bytes, e1: str, e2: str
) -> bytes:
    """The seed of an HLD1 draw (§4.2.5): nobody knows it before the last ball is drawn."""
    parts = [HLD1, draw_id, h_roster, h_units, h_rules, op.hex(), nt.hex(), e1, e2]
    return sm3(("\n".join(parts) + "\n").encode())


def recorded_seed_of(*, draw_id: str, h_roster: str, h_units: str, h_rules: str, e2: str) -> bytes:
    """The seed of an RSD1 draw: the frozen files and the announced digits, nothing else."""
    return sm3(("\n".join([RSD1, draw_id, h_roster, h_units, h_rules, e2]) + "\n").encode())


def tickets_of(roster: Roster, seed: bytes) -> list[bytes]:
    """One ticket (摇号码) a line of the roster: HMAC-SM3(seed, queue "|" entry_no) (§4.2.6)."""
    texts = "\n".join([f"{q}|{n}" for q, n in zip(roster.queues, roster.entry_nos, strict=True)])
    return Keyed(seed).many(texts.encode().split(b"\n"))


@dataclass(frozen=True, slots=True)
class OrderedQueue:
    """One queue in its order; ``rows`` are ticket (32 bytes) + ``entry_no,tier``, see :func:`order_queues`."""

    queue: str
    rows: Sequence[bytes]
    selectors: int
    waitlist: int

    def entry_nos(self) -> list[str]:
        return [row[HASH_BYTES:].split(b",")[0].decode() for row in self.rows]

    def outcome(self, order_no: int) -> str:
        """selector | waitlist | none for the place ``order_no`` (from 1)."""
        if order_no <= self.selectors:
            return "selector"
        return "waitlist" if order_no <= self.selectors + self.waitlist else "none"


def order_queues(
    roster: Roster, tickets: Sequence[bytes], rules: Rules, units_of_queue: Mapping[str, int]
) -> list[OrderedQueue]:
    """Every queue in its order, queues in name order.

    Inside a queue: by (tier, ticket, entry_no). A row is written as ticket + entry_no + "," + tier, so that one
    comparison of bytes orders by ticket and then by entry_no: the comma is smaller than any character of a receipt
    number, and tickets are equally long. With a quota the first ``quota`` rows of tier one stay in front, the others
    are sorted among the second tier by the ticket they already have.
    """
    groups: dict[str, dict[int, list[bytes]]] = {}
    for entry_no, queue, tier, ticket in zip(
        roster.entry_nos, roster.queues, roster.tiers, tickets, strict=True
    ):
        row = b"%b%b,%d" % (ticket, entry_no.encode(), tier)
        groups.setdefault(queue, {}).setdefault(tier, []).append(row)
    ordered = []
    for queue in sorted(groups):
        by_tier = groups[queue]
        if queue in rules.tier1_quota:
            first, second = rules.tiers[:2]
            early = sorted(by_tier.get(first, []))
            places = rules.tier1_quota[queue]
            by_tier = {**by_tier, first: early[:places], second: early[places:] + by_tier.get(second, [])}
        rows: list[bytes] = []
        for tier in sorted(by_tier):
            rows.extend(sorted(by_tier[tier]))
        units = units_of_queue.get(queue, 0)
        ordered.append(OrderedQueue(queue, rows, units, rules.waitlist_places(units)))
    return ordered


def units_per_queue(units: Iterable[Unit]) -> dict[str, int]:
    """N of every queue: how many units it draws for."""
    counted: dict[str, int] = {}
    for unit in units:
        counted[unit.queue] = counted.get(unit.queue, 0) + 1
    return counted


def write_result(ordered: Iterable[OrderedQueue]) -> bytes:
    """``result.csv``: every entry with its order number, full ticket and outcome."""
    lines = [RESULT_HEADER]
    for one in ordered:
        queue = one.queue
        marks = (("selector", one.selectors), ("waitlist", one.waitlist), ("none", len(one.rows)))
        at = 0
        for outcome, places in marks:
            for order_no, row in enumerate(one.rows[at : at + places], start=at + 1):
                lines.append(
                    f"{queue},{order_no},{row[HASH_BYTES:].decode()},{row[:HASH_BYTES].hex()},{outcome}"
                )
            at += places
    return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Match:
    """A unit for one selector: ``how`` is ``wish-3`` (the third wish was free) or ``drawn`` (none was)."""

    queue: str
    order_no: int
    entry_no: str
    unit_no: str
    how: str


def match(
    ordered: Iterable[OrderedQueue],
    units: Sequence[Unit],
    wishes: Mapping[str, Sequence[str]],
    seed: bytes,
) -> list[Match]:
    """Mode M2 (§4.2.7): walk the order, give the first free unit of the wishes, else the lowest
    HMAC-SM3(seed, "U|" unit_no) of the free units of the queue."""
    keyed = Keyed(seed)
    matches: list[Match] = []
    for one in ordered:
        mine = [unit.unit_no for unit in units if unit.queue == one.queue]
        by_lot = sorted(mine, key=lambda unit_no: (keyed.of(f"U|{unit_no}".encode()), unit_no))
        free = set(mine)
        lot = iter(by_lot)  # moves forward only: a unit that was taken as a wish is passed over
        for order_no, entry_no in enumerate(one.entry_nos()[: one.selectors], start=1):
            for rank, wished in enumerate(wishes.get(entry_no, ()), start=1):
                if wished in free:
                    unit_no, how = wished, f"wish-{rank}"
                    break
            else:
                unit_no, how = next(unit_no for unit_no in lot if unit_no in free), "drawn"
            free.remove(unit_no)
            matches.append(Match(one.queue, order_no, entry_no, unit_no, how))
    return matches


def write_matches(matches: Iterable[Match]) -> bytes:
    """``matches.csv`` of mode M2."""
    lines = [
        MATCHES_HEADER,
        *(f"{m.queue},{m.order_no},{m.entry_no},{m.unit_no},{m.how}" for m in matches),
    ]
    return ("\n".join(lines) + "\n").encode()
