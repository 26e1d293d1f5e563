"""What the seals promise: known answers, and that nothing changed, moved or foreign ever opens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.errors import InputError
from guangsha.privacy import keys, sealing
from guangsha.privacy.providers import Key, Software, Tampered

SUITES = keys.SUITES


def ring(suite: str) -> keys.KeyRing:
    return keys.new_ring(suite)


def test_sm3_of_abc_is_what_the_standard_prints() -> None:
    # GB/T 32905-2016, appendix A.1
    assert sealing.sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sm4_gcm_gives_the_answer_of_rfc_8998() -> None:
    # RFC 8998, appendix A.1
    key = Key("k", "sm", bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes(32))
    nonce = bytes.fromhex("00001234567800000000ABCD")
    context = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert Software().seal(key, nonce, context, plain) == sealed
    assert Software().unseal(key, nonce, context, sealed) == plain


def test_aes_gcm_gives_the_answer_of_the_gcm_specification() -> None:
    # McGrew and Viega, The Galois/Counter Mode of Operation, test case 14 (256-bit key)
    sealed = Software().seal(Key("k", "intl", bytes(32), bytes(32)), bytes(12), b"", bytes(16))
    assert sealed.hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"


def test_hmac_sha256_gives_the_answer_of_rfc_4231() -> None:
    # RFC 4231, test case 2
    made = Software().mac(Key("k", "intl", bytes(32), b"Jefe"), b"what do ya want for nothing?")
    assert made.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_hmac_sm3_is_the_hmac_construction_over_sm3() -> None:
    # RFC 2104 written out by hand over SM3, whose own known answer is above
    key, message = secrets.token_bytes(32), b"430602"
    padded = key + bytes(32)
    inner = bytes.fromhex(sealing.sm3_hex(bytes(b ^ 0x36 for b in padded) + message))
    by_hand = sealing.sm3_hex(bytes(b ^ 0x5C for b in padded) + inner)
    assert Software().mac(Key("k", "sm", bytes(16), key), message).hex() == by_hand
    assert by_hand != hmac.new(key, message, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("suite", SUITES)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_to_the_same_text(suite: str, text: str) -> None:
    box = ring(suite)
    token = sealing.seal(text, context="a.b", ring=box)
    assert sealing.unseal(token, context="a.b", ring=box) == text
    assert sealing.seal(text, context="a.b", ring=box) != token


@pytest.mark.parametrize("suite", SUITES)
def test_a_value_moved_to_another_column_does_not_open(suite: str) -> None:
    box = ring(suite)
    token = sealing.seal("43060219560101002X", context="registry.person.identity", ring=box)
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(token, context="registry.person.phone", ring=box)


@pytest.mark.parametrize("suite", SUITES)
def test_no_single_changed_byte_and_no_shorter_token_opens(suite: str) -> None:
    box = ring(suite)
    token = sealing.seal("13812345678", context="a.b", ring=box)
    code, name, packed = token.split("$")
    raw = base64.b64decode(packed)
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        with pytest.raises(sealing.SealBroken):
            sealing.unseal(f"{code}${name}${base64.b64encode(changed).decode()}", context="a.b", ring=box)
    for length in range(len(raw)):
        with pytest.raises(sealing.SealBroken):
            sealing.unseal(
                f"{code}${name}${base64.b64encode(raw[:length]).decode()}", context="a.b", ring=box
            )
    for length in range(len(token)):
        with pytest.raises((sealing.SealBroken, InputError)):
            sealing.unseal(token[:length], context="a.b", ring=box)


@pytest.mark.parametrize("token", ["", "plain text", "a$b", "sm4g$k1$***", "sm4g$k1$" + "A" * 15, "中$文$字"])
def test_text_that_was_never_sealed_is_refused(token: str) -> None:
    with pytest.raises((sealing.SealBroken, InputError)):
        sealing.unseal(token, context="a.b", ring=ring("sm"))


def test_a_lost_key_is_named_and_a_wrong_key_of_the_same_name_does_not_open() -> None:
    old, other = ring("sm"), ring("sm")
    token = sealing.seal("x", context="a.b", ring=old)
    with pytest.raises(InputError, match=old.active.name):
        sealing.unseal(token, context="a.b", ring=other)
    fake = replace(other.active, name=old.active.name)
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(token, context="a.b", ring=keys.KeyRing({fake.name: fake}, fake, fake))


def test_the_mark_of_the_other_suite_does_not_open() -> None:
    box = ring("sm")
    token = sealing.seal("x", context="a.b", ring=box)
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(token.replace("sm4g", "aesg"), context="a.b", ring=box)


def test_after_a_rotation_old_values_open_new_ones_use_the_new_key_and_indexes_stay() -> None:
    before = ring("sm")
    after = before.with_new_key("intl")
    old = sealing.seal("x", context="a.b", ring=before)
    new = sealing.seal("x", context="a.b", ring=after)
    assert (
        sealing.unseal(old, context="a.b", ring=after)
        == "x"
        == sealing.unseal(new, context="a.b", ring=after)
    )
    assert sealing.key_name(new) == after.active.name != before.active.name
    assert new.startswith("aesg$")
    assert sealing.blind_index("x", kind="k", ring=before) == sealing.blind_index("x", kind="k", ring=after)


def test_indexes_are_equal_for_equal_values_of_one_kind_only() -> None:
    box = ring("sm")
    one = sealing.blind_index("13812345678", kind="phone", ring=box)
    assert one == sealing.blind_index("13812345678", kind="phone", ring=box) and len(one) == 64
    assert one != sealing.blind_index("13812345678", kind="bank_account", ring=box)
    assert one != sealing.blind_index("13812345678", kind="phone", ring=ring("sm"))


def test_a_ring_survives_the_disk_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    box = ring("sm").with_new_key("intl", index=True)
    keys.write_ring(box, path)
    assert path.stat().st_mode & 0o777 == 0o600
    read = keys.read_ring(path)
    assert (read.keys, read.active, read.indexing) == (box.keys, box.active, box.indexing)
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"active": "k1", "index": "k1", "keys": {"k1": {"suite": "sm", "seal": "00", "index": "00"}}}']
)  # fmt: skip
def test_a_damaged_ring_is_refused_with_advice(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(InputError, match="密钥文件"):
        keys.read_ring(tmp_path / "keys.json")


def test_many_first_starts_at_once_agree_on_one_ring(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    def start(_: int) -> bool:
        return keys.make_ring(keys.new_ring(), path)

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(start, range(64)))
    assert made.count(True) == 1
    assert keys.read_ring(path).active
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


def test_a_device_can_take_the_place_of_the_software() -> None:
    class Device(Software):
        """Keys stay inside; the ring holds handles."""

        def __init__(self) -> None:
            self.inside: dict[bytes, Key] = {}

        def new_key(self, name: str, suite: str) -> Key:
            handle = b"slot-" + name.encode()
            self.inside[handle] = super().new_key(name, suite)
            return Key(name, suite, handle, handle)

        def fits(self, key: Key) -> bool:
            return key.seal in self.inside

        def seal(self, key: Key, nonce: bytes, context: bytes, plain: bytes) -> bytes:
            return super().seal(self.inside[key.seal], nonce, context, plain)

        def unseal(self, key: Key, nonce: bytes, context: bytes, sealed: bytes) -> bytes:
            if key.seal not in self.inside:
                raise Tampered
            return super().unseal(self.inside[key.seal], nonce, context, sealed)

        def mac(self, key: Key, message: bytes) -> bytes:
            return super().mac(self.inside[key.index], message)

    box = keys.new_ring("sm", Device())
    token = sealing.seal("x", context="a.b", ring=box)
    assert sealing.unseal(token, context="a.b", ring=box) == "x"
    assert box.active.seal.startswith(b"slot-")
    assert len(sealing.blind_index("x", kind="k", ring=box)) == 64
