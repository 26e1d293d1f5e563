"""``rules.json``: what a draw decides by. Canonical JSON (RFC 8785), every key known, nothing left to a default unseen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from guangsha.draw.faults import DrawFileError

RULES_FILE = "rules.json"
HLD1, RSD1 = "HLD1", "RSD1"
SPECS = (HLD1, RSD1)

RULES_BYTES_MAX = 64 * 1024
QUEUES_MAX = 64
TIERS_MAX = 20

QUEUE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
RATIO = re.compile(r"(?:0|[1-9])(?:\.[0-9]{1,4})?")
HEX_64 = re.compile(r"[0-9a-f]{64}")
#: More units than any draw has; also below 2**53, where other programs' numbers stop being whole.
QUOTA_MAX = 1_000_000

_NEEDED = ("alg", "queues", "tiers", "waitlist_ratio")
_KNOWN = (*_NEEDED, "tier1_quota", "matching", "wishes")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one draw.

    Args:
        spec: ``HLD1`` or ``RSD1``.
        queues: names of the queues (unit types), each drawn by itself.
        tiers: the tiers from first to last; a lower place in this tuple is drawn earlier.
        waitlist_ratio: waiting places (候补) per selecting place, decimal text such as "0.30".
        tier1_quota: per queue, how many of the first tier go first; the rest of them joins the second tier with the
            same ticket. A queue that is not named has no quota: its whole first tier goes first.
        matching: M1 the people choose in order; M2 the machine matches ranked wishes.
        wishes_hash: SM3 of ``wishes.csv`` in M2, so that the wishes are frozen with the rules.
    """

    spec: Literal["HLD1", "RSD1"]
    queues: tuple[str, ...]
    tiers: tuple[int, ...]
    waitlist_ratio: str
    tier1_quota: Mapping[str, int] = field(default_factory=dict)
    matching: Literal["M1", "M2"] = "M1"
    wishes_hash: str = ""

    def waitlist_places(self, units: int) -> int:
        """ceil(units × ratio), exactly.

        >>> Rules("HLD1", ("B",), (1,), "0.30").waitlist_places(3)
        1
        """
        return ceil(units * Fraction(self.waitlist_ratio))


def canonical(value: object) -> bytes:
    """``value`` as canonical JSON (RFC 8785) for the kinds that a rule may hold: text, whole numbers, lists, objects.

    Keys are ASCII here, for which sorting by code point and by UTF-16 unit is the same.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def write_rules(rules: Rules) -> bytes:
    """``rules`` as the bytes that are published and hashed (no line end at the end)."""
    held: dict[str, object] = {
        "alg": rules.spec,
        "queues": list(rules.queues),
        "tiers": list(rules.tiers),
        "waitlist_ratio": rules.waitlist_ratio,
    }
    if rules.tier1_quota:
        held["tier1_quota"] = dict(rules.tier1_quota)
    if rules.matching == "M2":
        held["matching"] = "M2"
        held["wishes"] = rules.wishes_hash
    data = canonical(held)
    read_rules(data)
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise DrawFileError(RULES_FILE, "同一个键写了两次。")
    return held


def _refuse_float(text: str) -> Any:
    raise DrawFileError(
        RULES_FILE, f"数字只能是整数，不能是 {text[:30]}。", advice='比例请写成文字，如 "0.30"。'
    )


def read_rules(data: bytes) -> Rules:
    """The rules in ``data``.

    Raises:
        DrawFileError: not canonical JSON, a key unknown or missing, a value out of bounds.
    """
    if len(data) > RULES_BYTES_MAX:
        raise DrawFileError(RULES_FILE, f"文件超过 {RULES_BYTES_MAX // 1024} KB。")
    if data.startswith(b"\xef\xbb\xbf"):
        raise DrawFileError(
            RULES_FILE, "文件以字节顺序标记（BOM）开头。", advice="请另存为不带 BOM 的 UTF-8。"
        )
    try:
        held = json.loads(
            data, object_pairs_hook=_once, parse_float=_refuse_float, parse_constant=_refuse_float
        )
        again = canonical(held)
    except (ValueError, RecursionError) as error:
        raise DrawFileError(RULES_FILE, "不是 JSON 文件。") from error
    if not isinstance(held, dict):
        raise DrawFileError(RULES_FILE, "最外层应为一个对象 {…}。")
    for key in _NEEDED:
        if key not in held:
            raise DrawFileError(RULES_FILE, f"缺少“{key}”。")
    for key in held:
        if key not in _KNOWN:
            raise DrawFileError(
                RULES_FILE, f"有本规则不认识的键“{key[:40]}”。", advice="不能按看不懂的规则摇号。"
            )
    if again != data:
        raise DrawFileError(
            RULES_FILE, "不是规范形式（RFC 8785：键按字母排序、没有空格和换行）。", advice="请用本系统生成。"
        )
    return _read(held)


def _read(held: Mapping[str, Any]) -> Rules:
    spec = held["alg"]
    if spec not in SPECS:
        raise DrawFileError(RULES_FILE, f"“alg”应为 {' 或 '.join(SPECS)}。")
    queues, tiers = held["queues"], held["tiers"]
    if (
        not isinstance(queues, list)
        or not 1 <= len(queues) <= QUEUES_MAX
        or not all(isinstance(name, str) and QUEUE_NAME.fullmatch(name) for name in queues)
        or len(set(queues)) != len(queues)
    ):
        raise DrawFileError(
            RULES_FILE, f"“queues”应为 1 至 {QUEUES_MAX} 个不重复的队列名（字母、数字、- 和 _）。"
        )
    if (
        not isinstance(tiers, list)
        or not 1 <= len(tiers) <= TIERS_MAX
        or not all(type(tier) is int and 0 <= tier <= 99 for tier in tiers)
        or sorted(set(tiers)) != tiers
    ):
        raise DrawFileError(RULES_FILE, f"“tiers”应为 1 至 {TIERS_MAX} 个由小到大、不重复的整数（0 至 99）。")
    ratio = held["waitlist_ratio"]
    if not isinstance(ratio, str) or not RATIO.fullmatch(ratio):
        raise DrawFileError(RULES_FILE, '“waitlist_ratio”应为小数文字，如 "0.30"。')
    quota = held.get("tier1_quota", {})
    if (
        not isinstance(quota, dict)
        or ("tier1_quota" in held and not quota)
        or not all(
            name in queues and type(places) is int and 0 <= places <= QUOTA_MAX
            for name, places in quota.items()
        )
        or (quota and len(tiers) < 2)
    ):
        raise DrawFileError(
            RULES_FILE, "“tier1_quota”应写明队列名和名额（0 或正整数），并且至少有两个批次（tiers）。"
        )
    matching, wishes = held.get("matching", "M1"), held.get("wishes", "")
    if matching not in ("M1", "M2"):
        raise DrawFileError(RULES_FILE, "“matching”应为 M1（按顺序号选房）或 M2（按志愿匹配）。")
    if not isinstance(wishes, str) or bool(HEX_64.fullmatch(wishes)) != (matching == "M2"):
        raise DrawFileError(RULES_FILE, "按志愿匹配（M2）时“wishes”应为志愿文件的摘要；其他方式不能有此键。")
    return Rules(spec, tuple(queues), tuple(tiers), ratio, quota, matching, wishes)
