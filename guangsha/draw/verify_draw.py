#!/usr/bin/env python3
"""核验公布包 —— 单文件程序，只用 Python 自带功能，不联网，不需要安装任何东西。

    python3 verify.py [文件夹] [--entry 凭条号] [--json]

退出码：0 全部数值都能重新算出；1 核验不通过（说出第一处不同）；2 读不了这个公布包。

This file is the second of three independent verifiers of the draw specification HLD1 (and RSD1). It is copied into
every publish pack. It imports nothing of the platform and has an SM3 of its own, written from GM/T 0004-2012; the
specification in words is docs/algorithms/draw.md. Python 3.9 or newer.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import sys
from fractions import Fraction
from typing import Any

MASK = 0xFFFFFFFF
#: Below this many tickets starting helpers costs more than it saves.
PARALLEL_FROM = 20_000

# ---------------------------------------------------------------------------------------------------------- SM3


def _rol(word: int, by: int) -> int:
    by %= 32
    return ((word << by) | (word >> (32 - by))) & MASK


CONSTANTS = [_rol(0x79CC4519 if j < 16 else 0x7A879D8A, j) for j in range(64)]
FIRST = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
State = tuple[int, ...]


def _block(state: State, block: bytes) -> State:
    """One compression; rotations are written out because a call for each would take most of the time."""
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        t = w[j - 3]
        x = w[j - 16] ^ w[j - 9] ^ (((t << 15) | (t >> 17)) & MASK)
        x ^= (((x << 15) | (x >> 17)) ^ ((x << 23) | (x >> 9))) & MASK
        t = w[j - 13]
        w.append(x ^ (((t << 7) | (t >> 25)) & MASK) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        a12 = ((a << 12) | (a >> 20)) & MASK
        t = (a12 + e + CONSTANTS[j]) & MASK
        ss1 = ((t << 7) | (t >> 25)) & MASK
        if j < 16:
            tt1 = ((a ^ b ^ c) + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & MASK
            tt2 = ((e ^ f ^ g) + h + ss1 + w[j]) & MASK
        else:
            tt1 = (((a & (b | c)) | (b & c)) + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & MASK
            tt2 = ((g ^ (e & (f ^ g))) + h + ss1 + w[j]) & MASK
        d, c, b, a = c, ((b << 9) | (b >> 23)) & MASK, a, tt1
        p0 = tt2 ^ (((tt2 << 9) | (tt2 >> 23)) & MASK) ^ (((tt2 << 17) | (tt2 >> 15)) & MASK)
        h, g, f, e = g, ((f << 19) | (f >> 13)) & MASK, e, p0
    after = (a, b, c, d, e, f, g, h)
    return tuple(state[i] ^ after[i] for i in range(8))


def _absorb(state: State, data: bytes, before: int) -> bytes:
    """Finish a hash that already took ``before`` bytes (whole blocks)."""
    bits = (before + len(data)) * 8
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + bits.to_bytes(8, "big")
    for i in range(0, len(data), 64):
        state = _block(state, data[i : i + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def sm3(data: bytes) -> str:
    return _absorb(FIRST, data, 0).hex()


def _tickets(job: tuple[bytes, list[str]]) -> list[str]:
    """HMAC-SM3 of many texts under one key of 32 bytes."""
    key, texts = job
    inner = _block(FIRST, bytes(k ^ 0x36 for k in key) + b"\x36" * 32)
    outer = _block(FIRST, bytes(k ^ 0x5C for k in key) + b"\x5c" * 32)
    return [_absorb(outer, _absorb(inner, text.encode(), 64), 64).hex() for text in texts]


def tickets(key: bytes, texts: list[str]) -> list[str]:
    """The same on every processor of this machine, when there are many."""
    processors = os.cpu_count() or 1
    if len(texts) < PARALLEL_FROM or processors == 1:
        return _tickets((key, texts))
    jobs = [(key, texts[i : i + 5000]) for i in range(0, len(texts), 5000)]
    made: list[str] = []
    with multiprocessing.Pool(min(processors, 16)) as pool:
        for part in pool.imap(_tickets, jobs):
            made += part
            if sys.stderr.isatty():
                sys.stderr.write(f"\r已算 {len(made)} / {len(texts)} 个摇号码")
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return made


# ------------------------------------------------------------------------------------------------------ verdicts


class Different(Exception):
    """核验不通过：第一处不同。"""


class Unreadable(Exception):
    """读不了。"""


def need(holds: object, place: str, words: str) -> None:
    if not holds:
        raise Different(place, words)


# --------------------------------------------------------------------------------------------------------- files

NUMBER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
UNIT = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"
QUEUE = r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}"
MB = 1024 * 1024


def table(name: str, data: bytes, header: str, row: str, most: int) -> list[list[str]]:
    """The rows of a table below its header, every one in the right form."""
    need(len(data) <= 128 * MB, name, "文件太大")
    need(data[:3] != b"\xef\xbb\xbf", name + ":1", "以 BOM 开头")
    at = data.find(b"\r")
    need(at < 0, f"{name}:{data.count(10, 0, max(at, 0)) + 1}", "行尾应为 LF")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Different(f"{name}:{data.count(10, 0, error.start) + 1}", "含有规定以外的字符") from error
    lines = text.split("\n")
    need(lines[-1] == "", f"{name}:{len(lines)}", "最后一行没有换行")
    lines.pop()
    need(lines[0] == header, name + ":1", f"表头应为 {header}")
    need(len(lines) - 1 <= most, name, f"超过 {most} 行")
    shape = re.compile(row)
    rows = []
    for i in range(1, len(lines)):
        need(shape.fullmatch(lines[i]), f"{name}:{i + 1}", f"“{lines[i][:60]}”不合格式")
        rows.append(lines[i].split(","))
    return rows


def rules_of(data: bytes) -> dict[str, Any]:
    here = "rules.json"
    need(len(data) <= 64 * 1024, here, "文件太大")
    rules: Any
    try:
        rules = json.loads(data.decode("utf-8"))
        again = json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise Different(here, "不是 JSON") from error
    need(isinstance(rules, dict) and again == data, here, "不是规范形式（RFC 8785）")
    needed = {"alg", "queues", "tiers", "waitlist_ratio"}
    need(needed <= set(rules), here, "缺少必有的键")
    need(set(rules) <= needed | {"tier1_quota", "matching", "wishes"}, here, "有不认识的键")
    need(rules["alg"] in ("HLD1", "RSD1"), here, "alg 不对")
    queues, tiers, ratio = rules["queues"], rules["tiers"], rules["waitlist_ratio"]
    need(isinstance(queues, list) and 1 <= len(queues) <= 64, here, "queues 不对")
    need(all(isinstance(q, str) and re.fullmatch(QUEUE, q) for q in queues), here, "queues 不对")
    need(len(set(queues)) == len(queues), here, "queues 重复")
    need(isinstance(tiers, list) and 1 <= len(tiers) <= 20, here, "tiers 不对")
    need(all(type(t) is int and 0 <= t <= 99 for t in tiers), here, "tiers 不对")
    need(tiers == sorted(set(tiers)), here, "tiers 应由小到大、不重复")
    need(isinstance(ratio, str) and re.fullmatch(r"[0-9](\.[0-9]{1,4})?", ratio), here, "waitlist_ratio 不对")
    if "tier1_quota" in rules:
        quota = rules["tier1_quota"]
        need(isinstance(quota, dict) and quota and len(tiers) > 1, here, "tier1_quota 不对")
        for name in quota:
            places = quota[name]
            need(
                name in queues and type(places) is int and 0 <= places <= 1_000_000, here, "tier1_quota 不对"
            )
    machine = rules.get("matching", "M1") == "M2"
    need(machine or rules.get("matching", "M1") == "M1", here, "matching 不对")
    wishes = rules.get("wishes", "")
    need(isinstance(wishes, str), here, "wishes 不对")
    need(bool(re.fullmatch("[0-9a-f]{64}", wishes)) == machine, here, "wishes 不对")
    return dict(rules)


def roster_of(data: bytes, rules: dict[str, Any]) -> list[list[str]]:
    here = "roster.csv"
    rows = table(here, data, "entry_no,queue,tier", f"{NUMBER},{QUEUE},(0|[1-9][0-9]?)", 2_000_000)
    need(rows, here, "名册里没有一个登记")
    for i in range(1, len(rows)):
        before, number = rows[i - 1][0], rows[i][0]
        need(before != number, f"{here}:{i + 2}", f"凭条号 {number} 重复")
        need(before < number, f"{here}:{i + 2}", "没有按凭条号排序")
    tiers = {str(tier) for tier in rules["tiers"]}
    for i in range(len(rows)):
        need(rows[i][1] in rules["queues"], f"{here}:{i + 2}", f"队列 {rows[i][1]} 不在规则里")
        need(rows[i][2] in tiers, f"{here}:{i + 2}", f"批次 {rows[i][2]} 不在规则里")
    return rows


def units_of(data: bytes, rules: dict[str, Any]) -> dict[str, str]:
    here = "units.csv"
    shape = rf"{UNIT},{QUEUE},(0|-?[1-9][0-9]{{0,2}}),(0|[1-9][0-9]{{0,4}})\.[0-9]{{2}},[01]"
    units: dict[str, str] = {}
    rows = table(here, data, "unit_no,queue,floor,area_m2,accessible", shape, 500_000)
    for i in range(len(rows)):
        need(rows[i][0] not in units, f"{here}:{i + 2}", f"房源号 {rows[i][0]} 重复")
        need(rows[i][1] in rules["queues"], f"{here}:{i + 2}", f"队列 {rows[i][1]} 不在规则里")
        units[rows[i][0]] = rows[i][1]
    return units


def wishes_of(data: bytes, roster: list[list[str]], units: dict[str, str]) -> dict[str, list[str]]:
    here = "wishes.csv"
    most = min(4_000_000, len(roster) * 50)
    rows = table(here, data, "entry_no,rank,unit_no", f"{NUMBER},[1-9][0-9]?,{UNIT}", most)
    queue_of = {row[0]: row[1] for row in roster}
    wishes: dict[str, list[str]] = {}
    for i in range(len(rows)):
        at, (entry, rank, unit) = f"{here}:{i + 2}", rows[i]
        need(entry in queue_of, at, f"凭条号 {entry} 不在名册里")
        need(units.get(unit) == queue_of[entry], at, f"房源 {unit} 不在 {entry} 的队列里")
        need(i == 0 or rows[i - 1][0] <= entry, at, "没有按凭条号排序")
        mine = wishes.setdefault(entry, [])
        need(int(rank) == len(mine) + 1 and int(rank) <= 50, at, "志愿顺序不连续")
        need(unit not in mine, at, f"两次填了房源 {unit}")
        mine.append(unit)
    return wishes


def record_of(data: bytes) -> dict[str, str]:
    here = "draw.json"

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def no_constant(text: str) -> Any:
        raise ValueError(text)

    if len(data) > 64 * 1024:
        raise Unreadable(here, "文件太大")
    try:
        found: Any = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(here, "不是 JSON") from error
    if not isinstance(found, dict) or found.get("spec") not in ("HLD1", "RSD1"):
        raise Unreadable(here, "spec 应为 HLD1 或 RSD1")
    record: dict[str, str] = found
    keys = "draw_id h_roster h_units h_rules e2 seed"
    if record["spec"] == "HLD1":
        keys += " c_op c_nt op nt e1"
    for key in keys.split():
        if not isinstance(record.get(key), str):
            raise Unreadable(here, f"缺少 {key}，或它不是文字")
    return record


# ----------------------------------------------------------------------------------------------------- the draw


def seed_of(record: dict[str, str], files: dict[str, bytes]) -> bytes:
    """Check hashes, commitments and the seed; the seed's bytes."""
    for name in ("roster.csv", "units.csv", "rules.json"):
        key, made = "h_" + name.split(".")[0], sm3(files[name])
        need(record[key] == made, key, f"{name} 的摘要不符：公布 {record[key][:80]}，算出 {made}")
    draw_id = record["draw_id"]
    need(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", draw_id), "draw_id", "摇号编号不合格式")
    hld1 = record["spec"] == "HLD1"
    if hld1:
        for holder in ("op", "nt"):
            need(re.fullmatch("[0-9a-f]{64}", record[holder]), holder, "不是 64 位小写十六进制")
            made = sm3(f"HLD1-COMMIT\n{draw_id}\n{holder.upper()}\n{record[holder]}\n".encode())
            need(record["c_" + holder] == made, "c_" + holder, f"承诺值不符，算出 {made}")
        e1 = record["e1"]
        control = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
        need(1 <= len(e1) <= 200 and not re.search(control, e1), "e1", "E1 应为一行文字")
        need(e1[0] != " " and e1[-1] != " ", "e1", "E1 首尾有空格")
    digits = r"LIVE:[0-9](,[0-9]){5}" if hld1 else r"LIVE:[0-9](,[0-9]){5,59}"
    need(re.fullmatch(digits, record["e2"]), "e2", "E2 不合格式")
    names = (
        "spec draw_id h_roster h_units h_rules op nt e1 e2"
        if hld1
        else "spec draw_id h_roster h_units h_rules e2"
    )
    made = sm3("".join(record[name] + "\n" for name in names.split()).encode())
    need(record["seed"] == made, "seed", f"种子不符，算出 {made}")
    return bytes.fromhex(made)


def expected(
    seed: bytes,
    rules: dict[str, Any],
    roster: list[list[str]],
    units: dict[str, str],
    wishes: dict[str, list[str]],
) -> tuple[list[str], list[str]]:
    """The lines that result.csv and matches.csv must have."""
    made = tickets(seed, [f"{queue}|{entry}" for entry, queue, _ in roster])
    result = ["queue,order_no,entry_no,tier,ticket,outcome"]
    matches = ["queue,order_no,entry_no,unit_no,how"]
    by_queue: dict[str, list[tuple[int, str, str, str]]] = {}
    for i in range(len(roster)):
        entry, queue, tier = roster[i]
        by_queue.setdefault(queue, []).append((int(tier), made[i], entry, tier))
    for queue in sorted(by_queue):
        rows = sorted(by_queue[queue])
        if queue in rules.get("tier1_quota", {}):
            first, second = rules["tiers"][0], rules["tiers"][1]
            places, moved = rules["tier1_quota"][queue], []
            for i in range(len(rows)):
                rank, ticket, entry, tier = rows[i]
                late = rank == first and i >= places
                moved.append((second if late else rank, ticket, entry, tier))
            rows = sorted(moved)
        mine = [unit for unit in units if units[unit] == queue]
        places = len(mine)
        waiting = -int(-places * Fraction(rules["waitlist_ratio"]) // 1)
        free = set(mine)
        lots = iter(())  # type: Any
        if rules.get("matching") == "M2":
            lot = dict(zip(mine, tickets(seed, ["U|" + unit for unit in mine])))  # noqa: B905 - Python 3.9 has no strict
            lots = iter(sorted(mine, key=lambda unit: (lot[unit], unit)))
        for i in range(len(rows)):
            outcome = "selector" if i < places else "waitlist" if i < places + waiting else "none"
            _, ticket, entry, tier = rows[i]
            result.append(f"{queue},{i + 1},{entry},{tier},{ticket},{outcome}")
            if rules.get("matching") == "M2" and i < places:
                wished = wishes.get(entry, [])
                rank = next((n for n in range(len(wished)) if wished[n] in free), -1)
                unit = wished[rank] if rank >= 0 else next(u for u in lots if u in free)
                free.discard(unit)
                matches.append(
                    f"{queue},{i + 1},{entry},{unit},{f'wish-{rank + 1}' if rank >= 0 else 'drawn'}"
                )
    return result, matches


def compare(name: str, data: bytes | None, lines: list[str]) -> None:
    if data is None:
        raise Different(name, "缺少这个文件")
    theirs, ours = data.decode("latin-1").split("\n"), [*lines, ""]
    for i in range(max(len(theirs), len(ours))):
        a = theirs[i] if i < len(theirs) else "（没有这一行）"
        b = ours[i] if i < len(ours) else "（没有这一行）"
        need(a == b, f"{name}:{i + 1}", f"公布的是“{a[:200]}”，算出来是“{b}”")


def compare_sums(files: dict[str, bytes]) -> list[str]:
    if "SM3SUMS" not in files:
        return []
    lines = files["SM3SUMS"].decode("ascii", "replace").split("\n")
    need(len(files["SM3SUMS"]) <= 64 * 1024 and lines[-1] == "" and len(lines) > 1, "SM3SUMS", "清单不合格式")
    absent = []
    for line in lines[:-1]:
        need(re.fullmatch(r"[0-9a-f]{64}  [A-Za-z0-9][A-Za-z0-9._-]{0,63}", line), "SM3SUMS", "清单不合格式")
        if line[66:] in files:
            need(sm3(files[line[66:]]) == line[:64], "SM3SUMS:" + line[66:], "与清单里的摘要不符")
        else:
            absent.append(line[66:])
    return absent


def judge(files: dict[str, bytes]) -> dict[str, Any]:
    """The verdict on the files of a pack (name → bytes)."""
    try:
        for name in ("roster.csv", "units.csv", "rules.json", "result.csv", "draw.json"):
            if name not in files:
                raise Unreadable(name, "缺少这个文件")
        record = record_of(files["draw.json"])
        seed = seed_of(record, files)
        rules = rules_of(files["rules.json"])
        roster = roster_of(files["roster.csv"], rules)
        units = units_of(files["units.csv"], rules)
        wishes: dict[str, list[str]] = {}
        if rules.get("matching") == "M2":
            need("wishes.csv" in files, "wishes.csv", "缺少这个文件")
            need(sm3(files["wishes.csv"]) == rules["wishes"], "wishes.csv", "与规则里的摘要不符")
            wishes = wishes_of(files["wishes.csv"], roster, units)
        need(rules["alg"] == record["spec"], "rules.json", "alg 与 draw.json 的 spec 不同")
        result, matches = expected(seed, rules, roster, units, wishes)
        compare("result.csv", files["result.csv"], result)
        if rules.get("matching") == "M2":
            compare("matches.csv", files.get("matches.csv"), matches)
        absent = compare_sums(files)
    except Different as found:
        return {"verdict": "different", "place": found.args[0], "message": found.args[1]}
    except Unreadable as found:
        return {"verdict": "unreadable", "place": found.args[0], "message": found.args[1]}
    return {
        "verdict": "ok", "place": "", "message": "", "draw_id": record["draw_id"], "entries": len(roster),
        "units": len(units), "not_given": absent,
    }  # fmt: skip


def read_folder(folder: str) -> dict[str, bytes]:
    if not os.path.isdir(folder):  # noqa: PTH112 - as plain as it gets, for readers who do not write Python
        raise Unreadable(folder, "没有这个文件夹")
    files = {}
    for name in sorted(os.listdir(folder))[:1000]:  # noqa: PTH208
        path = os.path.join(folder, name)  # noqa: PTH118
        if os.path.isfile(path) and not name.startswith(".") and os.path.getsize(path) <= 512 * MB:  # noqa: PTH113, PTH202
            with open(path, "rb") as file:  # noqa: PTH123
                files[name] = file.read()
    return files


def main(given: list[str]) -> int:
    as_json, entry, folder = False, "", "."
    words = iter(given)
    for word in words:
        if word == "--json":
            as_json = True
        elif word == "--entry":
            entry = next(words, "")
        elif word.startswith("-"):
            sys.stderr.write(str(__doc__))
            return 2
        else:
            folder = word
    try:
        files = read_folder(folder)
        verdict = judge(files)
    except (Unreadable, OSError) as error:
        files = {}
        verdict = {"verdict": "unreadable", "place": str(folder), "message": str(error)}
    if as_json:
        sys.stdout.write(json.dumps(verdict, ensure_ascii=False, indent=2) + "\n")
    if verdict["verdict"] == "ok":
        sys.stderr.write(
            f"核验通过：摇号 {verdict['draw_id']}，{verdict['entries']} 个登记、{verdict['units']} 套房源，"
            "全部数值都能重新算出。\n"
        )
        if verdict["not_given"]:
            sys.stderr.write(f"清单里有而文件夹里没有、未核对的文件：{'、'.join(verdict['not_given'])}。\n")
    else:
        words_of = {"different": "核验不通过", "unreadable": "读不了这个公布包"}[str(verdict["verdict"])]
        sys.stderr.write(f"{words_of}：{verdict['place']}：{verdict['message']}\n")
    if entry:
        lines = files.get("result.csv", b"").decode("latin-1").split("\n")
        mine = next((line for line in lines if line.split(",")[2:3] == [entry]), "")
        sys.stderr.write(f"{entry}：{mine}\n" if mine else f"结果里没有 {entry}。\n")
    return {"ok": 0, "different": 1, "unreadable": 2}[str(verdict["verdict"])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
