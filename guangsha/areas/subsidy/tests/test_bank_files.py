"""Bank files in every layout: written and read back, and everything that can be wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.subsidy import bank_files
from guangsha.areas.subsidy.bank_cover import (
    PAYMENT,
    RETURN,
    Ed25519Signer,
    cover,
    ed25519_signer,
    uncover,
)
from guangsha.areas.subsidy.bank_exchange import Exchange, exchange
from guangsha.areas.subsidy.bank_files import (
    BEIJING,
    PAID,
    RETURN_ADVICE,
    RETURN_CODES,
    BankFileRefused,
    PaymentFile,
    PaymentRow,
    ReturnFile,
    ReturnRow,
    match_returns,
    payment_file,
    return_file,
)
from guangsha.areas.subsidy.bank_layouts import layout_of, layouts, register
from guangsha.areas.subsidy.bank_layouts.delimited import Delimited
from guangsha.areas.subsidy.bank_layouts.records import with_trailer
from guangsha.areas.subsidy.bank_simulator import SimulatedBank
from guangsha.kernel.errors import InputError
from guangsha.privacy.keys import new_ring

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "bank_files.yaml").read_text(encoding="utf-8"))
DAY = date(2026, 11, 20)
SENT = payment_file(
    "B202611-430699-01",
    DAY,
    [
        PaymentRow(1, "6222020200112345678", "李建国", 43_200, "租赁补贴2026年11月"),
        PaymentRow(2, "6217001820003456789", "欧阳·阿依古丽", 38_416, "租赁补贴2026年11月"),
        PaymentRow(3, "43060219001", "王芳", 5, ""),
    ],
)
AT = datetime(2026, 11, 20, 15, 30, 5, tzinfo=BEIJING)


def answered(sent: PaymentFile = SENT, **codes: str) -> ReturnFile:
    return return_file(
        sent.batch,
        sent.day,
        [
            ReturnRow(
                r.seq,
                r.account,
                r.name,
                r.amount_fen,
                r.memo,
                codes.get(f"_{r.seq}", PAID),
                "",
                AT,
                f"S{r.seq}",
            )
            for r in sent.rows
        ],
    )


def reason(act: Callable[[], object]) -> str:
    with pytest.raises(BankFileRefused) as told:
        act()
    assert str(told.value).endswith(("。", "？")) and "\n" not in str(told.value), (
        "one sentence and what to do"
    )
    return told.value.reason_code


def names(encoding: str) -> st.SearchStrategy[str]:
    # private use and unassigned characters are not printable; GBK maps some characters of others onto one another
    letters = st.characters(codec=encoding, exclude_characters="|", exclude_categories=("C", "Z"))
    return st.text(letters, min_size=1, max_size=12).filter(
        lambda t: t.isprintable() and t.encode(encoding).decode(encoding) == t
    )


def files(encoding: str) -> st.SearchStrategy[PaymentFile]:
    row = st.tuples(
        st.text("0123456789", min_size=6, max_size=32),
        names(encoding),
        st.integers(1, bank_files.AMOUNT_FEN_MAX),
        st.one_of(st.just(""), names(encoding)),
    )
    return st.builds(
        lambda day, rows: payment_file(
            "B202611-430699-01", day, [PaymentRow(seq, *fields) for seq, fields in enumerate(rows, start=1)]
        ),
        st.dates(date(2000, 1, 1), date(2100, 12, 31)),
        st.lists(row, min_size=1, max_size=6),
    )


def returns(encoding: str) -> st.SearchStrategy[ReturnFile]:
    result = st.tuples(
        st.sampled_from(sorted(RETURN_CODES)),
        st.one_of(st.just(""), names(encoding)),
        st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    )

    def made(sent: PaymentFile, results: list[Any]) -> ReturnFile:
        rows = [
            ReturnRow(
                r.seq, r.account, r.name, r.amount_fen, r.memo, code, said,
                at.replace(microsecond=0, tzinfo=BEIJING), f"S-{r.seq}",
            )
            for r, (code, said, at) in zip(sent.rows, results, strict=False)
        ]  # fmt: skip
        return return_file(sent.batch, sent.day, rows)

    return st.builds(made, files(encoding), st.lists(result, min_size=1, max_size=6))


ENCODINGS = {"delimited": "utf-8", "fixed-gbk": "gbk", "fixed-gb18030": "gb18030"}


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_what_is_written_is_read_back(name: str) -> None:
    layout = layout_of(name)

    @given(files(ENCODINGS[name]), returns(ENCODINGS[name]))
    def holds(sent: PaymentFile, returned: ReturnFile) -> None:
        assert layout.read_payments(layout.write_payments(sent)) == sent
        assert layout.read_returns(layout.write_returns(returned)) == returned

    holds()


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_no_damage_passes_and_none_escapes_as_anything_else(name: str) -> None:
    layout = layout_of(name)
    whole = layout.write_returns(answered())

    @given(st.data())
    def holds(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(["cut", "bit", "more", "noise"]))
        place = data.draw(st.integers(0, len(whole) - 2))
        broken = {
            "cut": whole[:place],
            "bit": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
            "more": whole + whole[place : place + 40] + b"x",
            "noise": data.draw(st.binary(max_size=200)),
        }[kind]
        try:
            read = layout.read_returns(broken)
        except BankFileRefused:
            return
        assert read == answered(), (
            "only what leaves every digest and field alone (the case of a hex digit) may pass"
        )

    holds()


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_the_order_of_rows_means_nothing(name: str) -> None:
    layout = layout_of(name)
    mark, end = (b"T|", b"\n") if name == "delimited" else (b"T", b"\r\n")
    head, *rows, _ = layout.write_returns(answered(_2="closed")).splitlines(keepends=True)
    again = with_trailer(head + b"".join(reversed(rows)), mark, end)
    assert layout.read_returns(again) == answered(_2="closed")


@pytest.mark.parametrize("case", CASES["files"], ids=[case["name"] for case in CASES["files"]])
def test_a_faulty_file_is_refused_for_its_reason(case: dict[str, Any]) -> None:
    text = "\n".join(case["lines"]) + "\n"
    data = (
        with_trailer(text.encode(), b"T|", b"\n")
        if case.get("sealed", True)
        else text.encode() + case.get("trailer", "").encode()
    )
    if "expect" in case:
        assert reason(lambda: layout_of("delimited").read_returns(data)) == case["expect"]
        with pytest.raises(BankFileRefused, match=case["says"]):
            layout_of("delimited").read_returns(data)
    else:
        assert len(layout_of("delimited").read_returns(data).rows) == case["rows"]


def test_huge_and_empty_files_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = layout_of("delimited")
    assert reason(lambda: layout.read_returns(b"")) == "empty"
    monkeypatch.setattr(bank_files, "BYTES_MAX", 1000)
    assert reason(lambda: layout.read_returns(b"x" * 1001)) == "huge"


def test_too_many_rows_are_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_files, "ROWS_MAX", 2)
    assert reason(lambda: payment_file("B1", DAY, SENT.rows)) == "rows"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "62170018200034567X"}, "account"), ({"account": "12345"}, "account"),
        ({"amount_fen": 0}, "amount"), ({"amount_fen": -1}, "amount"), ({"amount_fen": 10**9 + 1}, "amount"),
        ({"name": ""}, "empty-field"), ({"name": "李|建国"}, "text"), ({"name": " 李建国"}, "text"),
        ({"name": "李\n建国"}, "text"), ({"name": "李" * 61}, "long"), ({"memo": "　补贴"}, "text"),
        ({"seq": 0}, "seq"), ({"seq": 1}, "repeated"),
    ],
)  # fmt: skip
def test_what_no_bank_could_read_is_not_sent(change: dict[str, Any], code: str) -> None:
    rows = [SENT.rows[0], replace(SENT.rows[1], **change)]
    assert reason(lambda: payment_file("B1", DAY, rows)) == code


def test_a_name_that_gbk_has_not_is_refused_and_has_another_way() -> None:
    sent = payment_file("B1", DAY, [PaymentRow(1, "622202020011", "李𬭊", 100)])
    assert reason(lambda: layout_of("fixed-gbk").write_payments(sent)) == "rare"
    other = layout_of("fixed-gb18030")
    assert other.read_payments(other.write_payments(sent)) == sent


# What the bank says against what was sent.


def test_new_results_are_told_from_known_ones() -> None:
    fresh = match_returns(SENT, answered(_2="closed"), known={1: PAID}, today=DAY)
    assert [(row.seq, row.code) for row in fresh] == [(2, "closed"), (3, PAID)]
    assert match_returns(SENT, answered(), known={1: PAID, 2: PAID, 3: PAID}, today=DAY) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seq": 9}, "unknown"), ({"account": "6222020200112345670"}, "altered"), ({"name": "李建"}, "altered"),
        ({"amount_fen": 43_201}, "altered"), ({"memo": "别的"}, "altered"),
        ({"paid_at": AT.replace(day=18)}, "early"), ({"paid_at": AT.replace(day=22)}, "late"),
        ({"code": "closed"}, "contradiction"),
    ],
)  # fmt: skip
def test_one_row_that_does_not_fit_turns_the_whole_file_away(change: dict[str, Any], code: str) -> None:
    rows = list(answered().rows)
    rows[0] = replace(rows[0], **change)
    returned = return_file(SENT.batch, DAY, rows)
    assert reason(lambda: match_returns(SENT, returned, known={1: PAID}, today=DAY)) == code


def test_the_file_of_another_batch_is_told_by_its_name() -> None:
    assert (
        reason(lambda: match_returns(replace(SENT, batch="B202610-430699-01"), answered(), today=DAY))
        == "foreign"
    )


def test_the_same_serial_for_two_payments_is_asked_about() -> None:
    rows = [replace(row, serial="S1") for row in answered().rows]
    assert reason(lambda: return_file("B1", DAY, rows)) == "serial-twice"


def test_every_code_says_what_to_do_about_it() -> None:
    assert set(RETURN_ADVICE) == set(RETURN_CODES) - {PAID}


# Layouts are plug-ins.


def test_a_layout_that_somebody_brings_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guangsha.areas.subsidy.bank_layouts._LAYOUTS", {})

    class Spaced(Delimited):
        name, title = "spaced", "外来格式"

    made = register(Spaced())
    assert layout_of("spaced") is made and register(Spaced()) is made and layouts() == {"spaced": "外来格式"}
    assert reason(lambda: layout_of("delimited")) == "layout"
    with pytest.raises(ValueError, match="spaced"):
        register(type("Other", (), {"name": "spaced"})())


# The cover.

OURS, BANKS, STRANGERS = (Ed25519PrivateKey.generate() for _ in range(3))
US = Ed25519Signer(OURS, BANKS.public_key())
BANK = Ed25519Signer(BANKS, OURS.public_key())
STRANGER = Ed25519Signer(STRANGERS, OURS.public_key())


@pytest.mark.parametrize("suite", ["sm", "intl"])
def test_only_what_the_bank_signed_and_sealed_for_this_batch_opens(suite: str) -> None:
    ring, data = new_ring(suite), b"any bytes \x00\n|\xff"
    good = cover(data, purpose=RETURN, batch="B1", ring=ring, signer=BANK)
    assert data not in good
    assert uncover(good, purpose=RETURN, batch="B1", ring=ring, signer=US) == data

    def told(given: bytes, **other: Any) -> str:
        return reason(
            lambda: uncover(given, **{"purpose": RETURN, "batch": "B1", "ring": ring, "signer": US, **other})
        )

    assert told(good, batch="B2") == "foreign"
    assert (
        told(cover(data, purpose=RETURN, batch="B1", ring=ring, signer=STRANGER)) == "signature"
    )  # not the bank
    assert told(cover(data, purpose=PAYMENT, batch="B1", ring=ring, signer=US)) == "purpose"  # our own file
    assert told(good[:-1]) == "signature" and told(good[:-1] + bytes([good[-1] ^ 1])) == "signature"
    assert told(b"H|B1|20261120|1|0.05\n") == "cover" and told(b"") == "empty"
    moved = good.replace(b"|return|B1|", b"|return|B2|", 1)
    assert told(moved, batch="B2") == "signature"
    # a bank that signs what it did not seal for us
    body = good.partition(b"\n")[2]
    head = good[: good[: good.index(b"\n")].rindex(b"|")]
    changed = body[:-1] + bytes([body[-1] ^ 1])
    forged = head + b"|" + BANK.sign(head + b"\n" + changed).hex().encode() + b"\n" + changed
    assert told(forged) == "sealed"
    with pytest.raises(InputError, match="密钥"):
        uncover(good, purpose=RETURN, batch="B1", ring=new_ring(suite), signer=US)


def test_damage_to_the_cover_is_never_anything_but_a_refusal() -> None:
    ring = new_ring()
    good = cover(b"plain", purpose=RETURN, batch="B1", ring=ring, signer=BANK)

    @given(st.integers(0, len(good) - 1), st.integers(1, 255))
    def holds(place: int, flip: int) -> None:
        broken = good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :]
        try:
            uncover(broken, purpose=RETURN, batch="B1", ring=ring, signer=US)
        except BankFileRefused:
            return
        assert broken.lower() == good.lower(), "only the case of a hex digit of the signature"

    holds()


def test_the_exchange_of_an_installation_keeps_its_keys(settings: Any, tmp_path: Path) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    ours = exchange()
    assert isinstance(ours.signer, Ed25519Signer)
    data = ours.payment_bytes(SENT)
    with pytest.raises(InputError, match=r"bank\.pem"):
        ours.read_returns(
            cover(b"x", purpose=RETURN, batch=SENT.batch, ring=ours.ring, signer=BANK), SENT.batch
        )  # type: ignore[arg-type]
    bank = SimulatedBank(ours)
    bank.introduce(settings.GUANGSHA_BANK)
    assert bank.read(data, SENT.batch) == SENT
    answer = bank.answer(data, SENT.batch, AT, codes={2: "frozen"}, only=range(1, 3))
    read = exchange().read_returns(answer, SENT.batch)  # read anew from the files
    assert [(row.seq, row.code) for row in read.rows] == [(1, PAID), (2, "frozen")]
    assert (settings.GUANGSHA_BANK / "sign.pem").stat().st_mode & 0o777 == 0o600
    assert ours.file_name("B1") == "B1.txt.sealed"


def test_a_plain_exchange_and_another_signer(settings: Any, tmp_path: Path) -> None:
    settings.GUANGSHA_BANK, settings.GUANGSHA_BANK_EXCHANGE = tmp_path, "plain"
    settings.GUANGSHA_BANK_LAYOUT = "fixed-gbk"
    plain = exchange()
    assert plain == Exchange(layout_of("fixed-gbk")) and not list(tmp_path.iterdir())
    bank = SimulatedBank(plain)
    assert (
        len(plain.read_returns(bank.answer(plain.payment_bytes(SENT), SENT.batch, AT), SENT.batch).rows) == 3
    )
    settings.GUANGSHA_BANK_EXCHANGE, settings.GUANGSHA_BANK_SIGNER = "sealed", f"{__name__}.Device"
    assert isinstance(exchange().signer, Device)
    settings.GUANGSHA_BANK_SIGNER = "guangsha.no.such.Device"
    with pytest.raises(InputError, match="找不到签名程序"):
        exchange()


class Device:
    """A signer that somebody plugs in."""

    algorithm = "sm2"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sign(self, message: bytes) -> bytes:
        return b"signed"

    def verify(self, message: bytes, signature: bytes) -> bool:
        return signature == b"signed"


def test_keys_that_are_none_are_told() -> None:
    with pytest.raises(InputError, match="无法读取"):
        ed25519_signer(b"no key", None)
