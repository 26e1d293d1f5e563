"""What the draw decides: the vector, quotas, ties, matching, the chance of every family."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.draw import sm3 as sm3_module
from guangsha.draw.drawing import draw_hld1, read_inputs
from guangsha.draw.faults import DrawFileError
from guangsha.draw.files import Entry, Roster, Unit, read_roster, read_units, write_roster, write_units
from guangsha.draw.pack import SHANGHAI
from guangsha.draw.rules_file import Rules, read_rules, write_rules
from guangsha.draw.sm3 import Keyed, sm3, sm3_hex
from guangsha.draw.spec import check_draw_id, check_e1, check_e2, match, order_queues, tickets_of
from guangsha.draw.tests.packs import CASES, INPUTS, NT, OP, VECTOR, drawn, many, with_wishes
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples

REFUSED: list[dict[str, Any]] = yaml.safe_load((CASES / "refused.yaml").read_text(encoding="utf-8"))


def rows_of(result: bytes) -> list[list[str]]:
    return [line.split(",") for line in result.decode().splitlines()[1:]]


def test_the_published_vector_comes_out_to_the_byte() -> None:
    record, results = drawn(INPUTS)
    expect = VECTOR["expect"]
    for key in ("h_roster", "h_units", "h_rules", "c_op", "c_nt", "seed"):
        assert getattr(record, key) == expect[key], key
    assert [[int(r[1]), r[2], r[4][:8], r[5]] for r in rows_of(results["result.csv"])] == expect["order"]
    # a line can be checked alone, with any tool that knows HMAC-SM3
    ticket = hmac.new(bytes.fromhex(record.seed), b"B|T-0005", "sm3").hexdigest()
    assert ticket == rows_of(results["result.csv"])[0][4]


def test_sm3_of_the_standard_and_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    long = b"abcd" * 16
    expected = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert sm3_hex(long) == expected
    texts = [b"", b"B|T-0001", b"x" * 200]
    with_openssl = Keyed(b"k" * 32).many(texts), Keyed(b"k" * 99).of(b"B|T-0001")
    monkeypatch.setattr(sm3_module.hashlib, "algorithms_available", {"sha256"})
    assert sm3(long).hex() == expected
    assert (Keyed(b"k" * 32).many(texts), Keyed(b"k" * 99).of(b"B|T-0001")) == with_openssl


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: str(case["name"]))
def test_refuses_at_the_line_that_is_wrong(case: dict[str, Any]) -> None:
    files = dict(INPUTS)
    if "rules" in case:
        files["rules.json"] = case["rules"].encode()
    text = files[case["file"]].decode()
    changed = case["keep"] if "keep" in case else text.replace(case["from"], case["to"])
    assert changed != text
    with pytest.raises(DrawFileError) as refused:
        read_inputs({**files, case["file"]: changed.encode()})
    assert refused.value.place == case["place"]
    assert case["says"] in str(refused.value)


@pytest.mark.parametrize(
    ("e1", "ok"),
    [
        ("", False),
        ("FC-SSQ:2026999:01,02,03,04,05,06+07", True),
        ("FC-SSQ:2026999:01,02,03,04,05,34+07", False),
        ("FC-SSQ:2026999:02,01,03,04,05,06+07", False),
        ("FC-SSQ:2026999:01,01,03,04,05,06+07", False),
        ("FC-SSQ:2026999:01,02,03,04,05,06+17", False),
        ("TC-DLT:26130:01,02,03,04,05+06,07", True),
        ("two\nlines", False),
        (" led by a space", False),
    ],
)
def test_e1_must_be_there_and_possible(e1: str, ok: bool) -> None:
    if ok:
        assert check_e1(e1) == e1
    else:
        with pytest.raises(InputError, match="E1"):
            check_e1(e1)


def test_e2_and_draw_id_have_one_form() -> None:
    for wrong in ("", "LIVE:1,2,3,4,5", "LIVE:1,2,3,4,5,6,7", "LIVE:1, 2,3,4,5,6", "LIVE:1,2,3,4,5,6\n"):
        with pytest.raises(InputError):
            check_e2(wrong)
    assert check_e2("LIVE:1,2,3,4,5,6,7", "RSD1")
    for wrong in ("", "a b", "x" * 65, "二〇二六", "A\n"):
        with pytest.raises(InputError):
            check_draw_id(wrong)


@pytest.mark.parametrize("who", ["op", "nt"])
def test_a_wrong_secret_opens_nothing(who: str) -> None:
    secrets = {"op": OP, "nt": NT, who: b"\x33" * 32}
    with pytest.raises(InputError, match="承诺"):
        draw_hld1(
            read_inputs(INPUTS), draw_id="TEST-2026-001", c_op=VECTOR["expect"]["c_op"],
            c_nt=VECTOR["expect"]["c_nt"], e1=VECTOR["e1"], e2=VECTOR["e2"], **secrets,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("units", "selectors", "waitlist"), [(0, 0, 0), (1, 1, 1), (3, 3, 1), (6, 6, 0), (500, 6, 0)]
)
def test_no_units_and_more_units_than_families(units: int, selectors: int, waitlist: int) -> None:
    files = {
        **INPUTS,
        "units.csv": write_units(Unit(f"1-{n:04d}", "B", 1, "50.00", False) for n in range(units)),
    }
    outcomes = [row[5] for row in rows_of(drawn(files)[1]["result.csv"])]
    assert (outcomes.count("selector"), outcomes.count("waitlist")) == (selectors, waitlist)


def test_a_tie_is_broken_by_receipt_number_and_tiers_come_first() -> None:
    roster = Roster(["T-1", "T-1-0", "T-10", "T-2"], ["B"] * 4, [2, 2, 2, 1])
    rules = Rules("HLD1", ("B",), (1, 2), "0.30")
    same = [b"\x07" * 32] * 4
    assert order_queues(roster, same, rules, {})[0].entry_nos() == ["T-2", "T-1", "T-1-0", "T-10"]
    higher = [b"\x09" + b"\0" * 31, b"\x07" * 32, b"\x08" * 32, b"\xff" * 32]
    assert order_queues(roster, higher, rules, {})[0].entry_nos() == ["T-2", "T-1-0", "T-10", "T-1"]


def test_quota_losers_join_the_second_tier_with_the_same_ticket() -> None:
    files = many(60, 20, tier1_quota={"A": 2})
    rows = rows_of(drawn(files)[1]["result.csv"])
    a = [row for row in rows if row[0] == "A"]
    tier1 = [row for row in a if row[3] == "1"]
    assert len(tier1) > 3
    assert [row[3] for row in a[:2]] == ["1", "1"]
    later = [row for row in a[2:] if row[3] in ("1", "2")]
    assert [row[4] for row in later] == sorted(row[4] for row in later)
    assert [row[4] for row in tier1] == sorted(row[4] for row in tier1)
    # the queue without a quota keeps its first tier in front
    b = [row[3] for row in rows if row[0] == "B"]
    assert b == sorted(b)


def test_machine_matching_gives_the_first_free_wish_else_the_lot() -> None:
    files = with_wishes()
    record, results = drawn(files)
    inputs = read_inputs(files)
    keyed = Keyed(bytes.fromhex(record.seed))
    taken: set[str] = set()
    seen = {"wish": 0, "drawn": 0}
    for queue, _, entry_no, unit_no, how in rows_of(results["matches.csv"]):
        free = {u.unit_no for u in inputs.units if u.queue == queue} - taken
        wished = [unit for unit in inputs.wishes.get(entry_no, ()) if unit in free]
        if wished:
            assert unit_no == wished[0]
            assert how == f"wish-{inputs.wishes[entry_no].index(unit_no) + 1}"
        else:
            assert unit_no == min(free, key=lambda one: keyed.of(f"U|{one}".encode()))
            assert how == "drawn"
        seen[how.split("-")[0]] += 1
        taken.add(unit_no)
    assert all(seen.values())
    assert len(taken) == 12


def test_more_units_than_families_leave_units_over_in_machine_matching() -> None:
    roster = Roster(["T-1"], ["B"], [1])
    units = [Unit("1", "B", 1, "50.00", False), Unit("2", "B", 1, "50.00", False)]
    rules = Rules("HLD1", ("B",), (1,), "0")
    ordered = order_queues(roster, tickets_of(roster, b"s" * 32), rules, {"B": 2})
    assert [m.unit_no for m in match(ordered, units, {"T-1": ["2"]}, b"s" * 32)] == ["2"]


def test_every_family_has_the_same_chance() -> None:
    """24 families of one tier, 6 places, many seeds: the number of times each is drawn fits a fair draw.

    The statistic sum((seen - mean)^2 / variance) is close to chi-square with 23 degrees of freedom; 60 is passed by
    a fair draw in all but one of 30,000 choices of seeds. The seeds are fixed, so the test says the same every time;
    an order by receipt number, or tickets cut to one digit, gives thousands.
    """
    families, places, draws = 24, 6, 1500
    roster = Roster([f"T-{n:04d}" for n in range(families)], ["B"] * families, [1] * families)
    rules = Rules("HLD1", ("B",), (1,), "0")
    wins = dict.fromkeys(roster.entry_nos, 0)
    places_seen = dict.fromkeys(range(families), 0)
    for n in range(draws):
        order = order_queues(roster, tickets_of(roster, sm3(b"seed %d" % n)), rules, {"B": places})[
            0
        ].entry_nos()
        for entry_no in order[:places]:
            wins[entry_no] += 1
        places_seen[order.index("T-0007")] += 1
    mean = draws * places / families
    # drawing without replacement: the counts share 23 degrees of freedom
    variance = draws * (places / families) * (1 - places / families) * families / (families - 1)
    assert sum((seen - mean) ** 2 for seen in wins.values()) / variance < 60
    # and one family is found on each place of the order equally often
    fair = draws / families
    assert sum((seen - fair) ** 2 / fair for seen in places_seen.values()) < 60


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9999), st.sampled_from("AB"), st.integers(1, 3)), min_size=1, max_size=30, unique_by=lambda e: e[0]), st.randoms(use_true_random=False))  # fmt: skip
def test_the_order_in_which_families_registered_changes_nothing(entries: list[tuple[int, str, int]], shuffle: Any) -> None:  # fmt: skip
    rows = [Entry(f"T-{n:04d}", queue, tier) for n, queue, tier in entries]
    written = write_roster(rows)
    shuffle.shuffle(rows)
    assert write_roster(rows) == written
    rules = Rules("HLD1", ("A", "B"), (1, 2, 3), "0.30")
    roster = read_roster(written, rules)
    assert sorted(zip(roster.entry_nos, roster.queues, roster.tiers, strict=True)) == sorted((e.entry_no, e.queue, e.tier) for e in rows)  # fmt: skip
    lines = written.decode().splitlines(keepends=True)
    if len(lines) > 2:
        shuffled = "".join([lines[0], *reversed(lines[1:])]).encode()
        with pytest.raises(DrawFileError, match="排序"):
            read_roster(shuffled, rules)
    ordered = order_queues(roster, tickets_of(roster, b"s" * 32), rules, {"A": 2})
    assert sorted(number for queue in ordered for number in queue.entry_nos()) == list(roster.entry_nos)
    # a family that is taken out moves nobody past anybody else
    if len(rows) > 1:
        left = read_roster(write_roster(rows[1:]), rules)
        again = order_queues(left, tickets_of(left, b"s" * 32), rules, {"A": 2})
        before = [number for queue in ordered for number in queue.entry_nos() if number != rows[0].entry_no]
        assert [number for queue in again for number in queue.entry_nos()] == before


@given(st.integers(0, 5000), st.integers(0, 99999))
def test_waitlist_places_round_up_exactly(units: int, ten_thousandths: int) -> None:
    ratio = f"{ten_thousandths // 10000}.{ten_thousandths % 10000:04d}"
    rules = read_rules(write_rules(Rules("HLD1", ("B",), (1,), ratio)))
    places = rules.waitlist_places(units)
    assert places * 10000 >= units * ten_thousandths > (places - 1) * 10000


def test_units_are_read_back_as_written() -> None:
    rules = Rules("HLD1", ("B",), (1,), "0.30")
    units = [Unit("1-1-0101", "B", -1, "0.50", True), Unit("1-1-0102", "B", 33, "144.00", False)]
    assert read_units(write_units(units), rules) == units


def test_a_draw_at_midnight_belongs_to_the_day_in_china() -> None:
    assert datetime(2026, 5, 19, 16, 30, tzinfo=UTC).astimezone(SHANGHAI).date().isoformat() == "2026-05-20"
