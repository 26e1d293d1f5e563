"""Three programs that share no line must agree: the house's, the single file, the page in a browser."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.draw.pack import VERIFIERS, with_sums
from guangsha.draw.rules_file import Rules, write_rules
from guangsha.draw.sm3 import sm3_hex
from guangsha.draw.tests.packs import INPUTS, NT, OP, drawn, many, pack_of, with_wishes
from guangsha.draw.verify import verify_files
from guangsha.testing.effort import examples

Pack = dict[str, bytes]
SINGLE_FILE = VERIFIERS["verify.py"]


@cache
def single() -> Any:
    spec = importlib.util.spec_from_file_location("verify_of_a_pack", SINGLE_FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def house_says(pack: Pack) -> tuple[str, str]:
    verdict = verify_files(pack)
    return verdict.outcome, verdict.place


def single_says(pack: Pack) -> tuple[str, str]:
    verdict = single().judge(pack)
    return verdict["verdict"], verdict["place"]


def changed(pack: Pack, name: str, old: bytes, new: bytes) -> Pack:
    assert old in pack[name], (name, old)
    return {**pack, name: pack[name].replace(old, new, 1)}


def rerecorded(pack: Pack, **values: str) -> Pack:
    record = json.loads(pack["draw.json"])
    return {**pack, "draw.json": json.dumps({**record, **values}).encode()}


def forged(pack: Pack, name: str, old: bytes, new: bytes) -> Pack:
    """A file changed and every hash that speaks of it made to fit: only the specification itself can object."""
    after = changed(pack, name, old, new)
    record = json.loads(after["draw.json"])
    record["h_" + name.split(".")[0]] = sm3_hex(after[name])
    values = [
        record[k] for k in ("spec", "draw_id", "h_roster", "h_units", "h_rules", "op", "nt", "e1", "e2")
    ]
    record["seed"] = sm3_hex(("\n".join(values) + "\n").encode())
    after["draw.json"] = json.dumps(record).encode()
    return with_sums(after)


@cache
def cases() -> dict[str, tuple[Pack, tuple[str, str]]]:
    """name → pack and the verdict that all three must give."""
    good, machine = pack_of(INPUTS), pack_of(with_wishes())
    big = pack_of(many(300, 40, tier1_quota={"A": 5, "B": 0}))
    recorded = pack_of(
        {**INPUTS, "rules.json": INPUTS["rules.json"].replace(b"HLD1", b"RSD1")}, e2="LIVE:1,2,3,4,5,6,7"
    )
    record = json.loads(good["draw.json"])
    five = {name: good[name] for name in ("roster.csv", "units.csv", "rules.json", "result.csv", "draw.json")}
    ok, differ, unread = ("ok", ""), "different", "unreadable"
    no_units = drawn({**INPUTS, "units.csv": b"unit_no,queue,floor,area_m2,accessible\n"})
    return {
        "good": (good, ok),
        "only the five files": (five, ok),
        "quotas and a waiting list": (big, ok),
        "machine matching": (machine, ok),
        "recorded seed": (recorded, ok),
        "nothing on offer": ({**five, "units.csv": b"unit_no,queue,floor,area_m2,accessible\n", "draw.json": no_units[0].to_bytes(), **no_units[1]}, ok),
        "extra key, other spacing": ({**five, "draw.json": json.dumps({**record, "agency": "x"}).encode()}, ok),
        "no result": ({k: v for k, v in good.items() if k != "result.csv"}, (unread, "result.csv")),
        "record is not JSON": ({**good, "draw.json": b"{"}, (unread, "draw.json")),
        "record with a key twice": (changed(good, "draw.json", b"{", b'{"e2": "LIVE:9,9,9,9,9,9",'), (unread, "draw.json")),
        "record of another spec": (rerecorded(good, spec="HLD2"), (unread, "draw.json")),
        "record without e1": (changed(good, "draw.json", b'"e1"', b'"e9"'), (unread, "draw.json")),
        "roster edited after the freeze": (changed(good, "roster.csv", b"T-0001,B,2", b"T-0001,B,1"), (differ, "h_roster")),
        "units edited": (changed(good, "units.csv", b"52.30", b"52.31"), (differ, "h_units")),
        "rules edited": (changed(good, "rules.json", b"0.30", b"0.90"), (differ, "h_rules")),
        "BOM added": (changed(good, "roster.csv", b"entry", b"\xef\xbb\xbfentry"), (differ, "h_roster")),
        "wrong operator secret": (rerecorded(good, op="33" * 32), (differ, "c_op")),
        "wrong notary secret": (rerecorded(good, nt="33" * 32), (differ, "c_nt")),
        "secrets exchanged": (rerecorded(good, op=record["nt"], nt=record["op"]), (differ, "c_op")),
        "secret in capitals": (rerecorded(good, op="AB" * 32), (differ, "op")),
        "other draw id": (rerecorded(good, draw_id="TEST-2026-002"), (differ, "c_op")),
        "draw id with a line end": (rerecorded(good, draw_id="A\nB"), (differ, "draw_id")),
        "E1 missing": (rerecorded(good, e1=""), (differ, "e1")),
        "E1 with half a character": (changed(good, "draw.json", b"FC-SSQ", rb"\ud83d"), (differ, "e1")),
        "other E1": (changed(good, "draw.json", b"+07", b"+08"), (differ, "seed")),
        "E1 in Chinese is another seed": (rerecorded(good, e1="双色球 🎱"), (differ, "seed")),
        "E2 too short": (rerecorded(good, e2="LIVE:1,2,3,4,5"), (differ, "e2")),
        "other E2": (rerecorded(good, e2="LIVE:0,8,1,9,0,4"), (differ, "seed")),
        "other seed": (rerecorded(good, seed="0" * 64), (differ, "seed")),
        "two places exchanged": (changed(changed(good, "result.csv", b"B,1,", b"B,x,"), "result.csv", b"B,2,", b"B,1,"), (differ, "result.csv:2")),
        "one outcome bettered": (changed(good, "result.csv", b"none", b"waitlist"), (differ, "result.csv:6")),
        "result without its last line": ({**good, "result.csv": b"\n".join(good["result.csv"].split(b"\n")[:-2]) + b"\n"}, (differ, "result.csv:7")),
        "result with one line more": ({**good, "result.csv": good["result.csv"] + b"B,7,T-9999,2,00,none\n"}, (differ, "result.csv:8")),
        "result without its last line end": ({**good, "result.csv": good["result.csv"][:-1]}, (differ, "result.csv:8")),
        "result in another encoding": (changed(good, "result.csv", b"none", b"\xff\xfe"), (differ, "result.csv:6")),
        "empty result": ({**good, "result.csv": b""}, (differ, "result.csv:1")),
        "a unit matched to another family": (changed(machine, "matches.csv", b"drawn", b"wish-1"), (differ, None)),  # type: ignore[dict-item]
        "matches missing": ({k: v for k, v in machine.items() if k != "matches.csv"}, (differ, "matches.csv")),
        "a wish changed": (changed(machine, "wishes.csv", b",1,", b",2,"), (differ, "wishes.csv")),
        "wishes missing": ({k: v for k, v in machine.items() if k != "wishes.csv"}, (differ, "wishes.csv")),
        "record reformatted beside sums": ({**good, "draw.json": good["draw.json"] + b" "}, (differ, "SM3SUMS:draw.json")),
        "verifier exchanged": ({**good, "verify.html": b"<p>all is well"}, (differ, "SM3SUMS:verify.html")),
        "sums broken": ({**good, "SM3SUMS": good["SM3SUMS"][1:]}, (differ, "SM3SUMS")),
        "forged: a number twice": (forged(good, "roster.csv", b"T-0003,B,2", b"T-0002,B,1"), (differ, "roster.csv:4")),
        "forged: not sorted": (forged(good, "roster.csv", b"T-0003", b"T-0009"), (differ, "roster.csv:5")),
        "forged: tier unknown": (forged(good, "roster.csv", b"T-0003,B,2", b"T-0003,B,7"), (differ, "roster.csv:4")),
        "forged: queue unknown": (forged(good, "roster.csv", b"T-0003,B,2", b"T-0003,C,2"), (differ, "roster.csv:4")),
        "forged: CRLF": (forged(good, "roster.csv", b"T-0003,B,2\n", b"T-0003,B,2\r\n"), (differ, "roster.csv:4")),
        "forged: BOM": (forged(good, "roster.csv", b"entry", b"\xef\xbb\xbfentry"), (differ, "roster.csv:1")),
        "forged: a name": (forged(good, "roster.csv", b"T-0003", "张".encode()), (differ, "roster.csv:4")),
        "forged: a unit twice": (forged(good, "units.csv", b"1-1-0301", b"1-1-0201"), (differ, "units.csv:4")),
        "forged: area in one place": (forged(good, "units.csv", b"3,52.30", b"3,52.3"), (differ, "units.csv:4")),
        "forged: rules with a space": (forged(good, "rules.json", b",", b", "), (differ, "rules.json")),
        "forged: rules with a float": (forged(good, "rules.json", b"[1,2]", b"[1.0,2]"), (differ, "rules.json")),
        "forged: a rule nobody knows": (forged(good, "rules.json", b'"tiers"', b'"tierless":0,"tiers"'), (differ, "rules.json")),
        "forged: rules of another spec": (forged(good, "rules.json", b"HLD1", b"RSD1"), (differ, "rules.json")),
        "forged: more waiting places": (forged(good, "rules.json", b"0.30", b"0.90"), (differ, None)),  # type: ignore[dict-item]
    }  # fmt: skip


def fits(said: tuple[str, str], wanted: tuple[str, str | None]) -> bool:
    return said == wanted or (wanted[1] is None and said[0] == wanted[0] and bool(said[1]))


@pytest.mark.parametrize("says", [house_says, single_says], ids=["house", "single file"])
def test_both_python_verifiers_name_the_first_difference(says: Callable[[Pack], tuple[str, str]]) -> None:
    wrong = {
        name: (said, wanted)
        for name, (pack, wanted) in cases().items()
        if not fits(said := says(pack), wanted)
    }
    assert wrong == {}


@settings(max_examples=examples(120), deadline=None)
@given(st.data())
def test_no_byte_of_a_pack_can_be_changed_unseen(data: st.DataObject) -> None:
    pack = cases()["machine matching"][0]
    name = data.draw(st.sampled_from(sorted(pack)))
    at = data.draw(st.integers(0, len(pack[name]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != pack[name][at]))
    broken = {**pack, name: pack[name][:at] + bytes([byte]) + pack[name][at + 1 :]}
    said = house_says(broken)
    assert said[0] != "ok"
    assert single_says(broken) == said


def test_the_single_file_stands_alone(tmp_path: Path) -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SINGLE_FILE.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= set(sys.stdlib_module_names)
    assert "hashlib" not in imported
    for name, data in cases()["good"][0].items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-I", "-S", "verify.py"]
    said = subprocess.run([*command, "--entry", "T-0002"], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False)  # fmt: skip
    assert (said.returncode, "核验通过" in said.stderr, "T-0002" in said.stderr) == (0, True, True)
    (tmp_path / "roster.csv").write_bytes(b"")
    assert (
        subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, check=False).returncode == 1
    )
    (tmp_path / "draw.json").unlink()
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 2


def test_the_page_names_no_host_and_forbids_requests() -> None:
    page = VERIFIERS["verify.html"].read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert re.findall(r"https?://|\bfetch\(|XMLHttpRequest|WebSocket|importScripts|\bsrc=|<link", page) == []


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    context = browser.new_context()
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(VERIFIERS["verify.html"].as_uri())
    yield page
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    context.close()


ASK = """async packs => {
  const said = {};
  for (const [name, pack] of Object.entries(packs)) {
    const files = {};
    for (const [file, text] of Object.entries(pack)) files[file] = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const verdict = await engine(() => {})(files);
    said[name] = [verdict.verdict, verdict.place];
  }
  return said;
}"""


@pytest.mark.looks
def test_the_page_gives_the_same_verdicts(opened: Any) -> None:
    import base64

    sent = {
        name: {file: base64.b64encode(data).decode() for file, data in pack.items()}
        for name, (pack, _) in cases().items()
    }
    said = {name: tuple(verdict) for name, verdict in opened.evaluate(ASK, sent).items()}
    assert said == {name: house_says(pack) for name, (pack, _) in cases().items()}


@pytest.mark.looks
def test_a_hundred_thousand_families_are_verified_while_the_page_answers(opened: Any, tmp_path: Path) -> None:
    inputs = many(100_000, 2_000)
    record, results = drawn(inputs)
    files = {**inputs, **results, "draw.json": record.to_bytes()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    opened.evaluate(
        """() => { window.gap = 0; let last = performance.now();
        const tick = () => { const now = performance.now(); window.gap = Math.max(window.gap, now - last); last = now; setTimeout(tick, 5); };
        tick(); }"""
    )
    opened.set_input_files("#files", [str(tmp_path / name) for name in files])
    opened.click("#start")
    opened.wait_for_selector("#verdict:not([hidden])", timeout=120_000)
    assert opened.get_attribute("#verdict", "data-verdict") == "ok"
    assert "100000 个登记" in opened.inner_text("#verdict")
    # the machine does other things too: a page that computed in one piece would be held for several seconds
    assert opened.evaluate("window.gap") < 700
    opened.fill("#number", "T-054321")
    opened.press("#number", "Enter")
    line = next(line for line in results["result.csv"].decode().splitlines() if ",T-054321," in line).split(
        ","
    )
    assert line[4] in opened.inner_text("#line")


def test_rules_text_is_the_one_that_is_published() -> None:
    rules = Rules("HLD1", ("B",), (1, 2), "0.30")
    assert write_rules(rules) == INPUTS["rules.json"]
    assert (OP, NT) == (b"\x11" * 32, b"\x22" * 32)
