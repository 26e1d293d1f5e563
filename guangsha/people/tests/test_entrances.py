"""The entrances: what opens, what stays closed, and what a stranger can tell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_otp.oath import totp

from guangsha.kernel.errors import InputError
from guangsha.people import actions, entrances, factors
from guangsha.people.entrances import Refused, send_phone_code, sign_in_citizen, sign_in_password
from guangsha.people.models import Account, FactorDevice, PhoneCode, SignInFault
from guangsha.testing.cast import PASSWORD, Cast

PHONE = "19900001234"


@pytest.fixture
def letters(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.GUANGSHA_DATA = tmp_path  # type: ignore[attr-defined]
    return tmp_path / "sms.log"


def code_in(letters: Path) -> str:
    return letters.read_text(encoding="utf-8").strip().rsplit("验证码 ", 1)[1][:6]


def later(monkeypatch: pytest.MonkeyPatch, **span: int) -> None:
    moved = timezone.now() + timedelta(**span)
    monkeypatch.setattr(entrances.timezone, "now", lambda: moved)


def answer(username: str, password: str) -> str:
    with pytest.raises(Refused) as refused:
        sign_in_password(username, password, address="192.0.2.1")
    return str(refused.value)


def test_a_right_password_opens_and_clears_the_faults(cast: Cast) -> None:
    answer("street", "wrong")
    assert sign_in_password("street", PASSWORD) == cast.staff["street_clerk"]
    for _ in range(4):
        answer("street", "wrong")
    assert sign_in_password("street", PASSWORD) == cast.staff["street_clerk"]


@pytest.mark.parametrize("username", ["street", "nobody", "citizen", "closed"])
def test_unknown_wrong_closed_and_locked_are_told_alike(cast: Cast, username: str) -> None:
    Account.objects.filter(username="civil").update(username="closed", is_active=False)
    said = [answer(username, "wrong") for _ in range(5)]
    assert set(said) == {"登录名或密码不对。连续 5 次不对将暂停登录。"}
    assert "1 分钟" in answer(username, PASSWORD)


def test_an_unknown_name_costs_the_same_hash_as_a_known_one(cast: Cast, settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # type: ignore[attr-defined]
    known = cast.staff["street_clerk"]
    known.set_password(PASSWORD)
    known.save()
    real = __import__("argon2").low_level.hash_secret
    verify = __import__("argon2").PasswordHasher.verify
    work: list[str] = []
    with (
        mock.patch(
            "argon2.low_level.hash_secret",
            side_effect=lambda *a, **k: (work.append("hash"), real(*a, **k))[1],
        ),
        mock.patch(
            "argon2.PasswordHasher.verify",
            autospec=True,
            side_effect=lambda *a: (work.append("hash"), verify(*a))[1],
        ),
    ):
        answer("street", "wrong")
        once = len(work)
        answer("nobody", "wrong")
    assert once == 1 and len(work) == 2


def test_the_first_wait_is_over_after_a_minute(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        answer("street", "wrong")
    later(monkeypatch, seconds=61)
    assert sign_in_password("street", PASSWORD) == cast.staff["street_clerk"]


def test_guessing_many_names_from_one_address_is_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrances, "ADDRESS_FAULTS_MAX", 8)
    for number in range(8):
        answer(f"name{number}", "wrong")
    assert "15 分钟" in answer("street", PASSWORD)
    assert sign_in_password("street", PASSWORD, address="192.0.2.2")
    assert not SignInFault.objects.filter(subject__contains="192.").exists()


def test_a_citizen_never_signs_in_by_password(cast: Cast) -> None:
    assert "不对" in answer(cast.applicant.username, PASSWORD)


@pytest.mark.django_db
def test_the_first_sign_in_by_code_opens_the_account_and_the_second_finds_it(
    letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_phone_code(f" {PHONE[:3]} {PHONE[3:]}")
    account = sign_in_citizen(PHONE, code_in(letters))
    assert account.kind == "citizen" and not account.has_usable_password()
    with pytest.raises(Refused):
        sign_in_citizen(PHONE, code_in(letters))  # a code opens once
    later(monkeypatch, minutes=2)
    send_phone_code(PHONE)
    assert sign_in_citizen(PHONE, code_in(letters)) == account
    stored = PhoneCode.objects.latest("id")
    assert code_in(letters) not in stored.digest and PHONE not in stored.phone_index


def test_an_existing_citizen_is_found_by_phone_and_a_closed_one_refused(cast: Cast, letters: Path) -> None:
    send_phone_code("19900000001")
    assert sign_in_citizen("19900000001", code_in(letters)) == cast.applicant
    Account.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    send_phone_code("19900000002")
    with pytest.raises(Refused, match="不对或已过期"):
        sign_in_citizen("19900000002", code_in(letters))


@pytest.mark.django_db
def test_five_tries_use_a_code_up(letters: Path) -> None:
    send_phone_code(PHONE)
    right = code_in(letters)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(Refused):
            sign_in_citizen(PHONE, wrong)
    with pytest.raises(Refused):
        sign_in_citizen(PHONE, right)
    assert PhoneCode.objects.get().tries == 6 and not Account.objects.exists()


@pytest.mark.django_db
def test_a_code_ends_after_five_minutes_and_with_the_next_one(
    letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_phone_code(PHONE)
    first = code_in(letters)
    later(monkeypatch, minutes=2)
    send_phone_code(PHONE)
    with pytest.raises(Refused):
        sign_in_citizen(PHONE, first)
    later(monkeypatch, minutes=6)
    with pytest.raises(Refused):
        sign_in_citizen(PHONE, code_in(letters))


@pytest.mark.django_db
def test_codes_are_limited_per_phone_and_per_address(letters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send_phone_code(PHONE)
    with pytest.raises(Refused, match="1 分钟"):
        send_phone_code(PHONE)
    for _ in range(4):
        later(monkeypatch, minutes=2)
        send_phone_code(PHONE)
    later(monkeypatch, minutes=2)
    with pytest.raises(Refused, match="一小时"):
        send_phone_code(PHONE)
    monkeypatch.setattr(entrances, "ADDRESS_CODES_HOUR", 3)
    for number in range(3):
        send_phone_code(f"1990000200{number}", address="192.0.2.9")
    with pytest.raises(Refused, match="这个网络"):
        send_phone_code("19900002009", address="192.0.2.9")
    send_phone_code("19900002009", address="192.0.2.10")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "phone", ["", "12345678901", "1990000000", "199000000001", "１99000000001", "199-0000-000x"]
)
def test_what_is_no_mobile_number_gets_no_code(letters: Path, phone: str) -> None:
    with pytest.raises(InputError, match="手机号"):
        send_phone_code(phone)
    assert not letters.exists()


@pytest.mark.django_db
def test_a_gateway_that_fails_is_told_in_a_sentence() -> None:
    with (
        mock.patch("guangsha.people.entrances.current_sender", return_value=Broken()),
        pytest.raises(Refused, match="发不出去"),
    ):
        send_phone_code(PHONE)


class Broken:
    def send(self, phone: str, text: str, key: str = "") -> None:
        raise OSError("gateway down")


def code_of(account: Account, step: int = 0) -> str:
    device = factors.device_of(account) or factors.begin(account)
    return f"{totp(device.bin_key, drift=step):06d}"


def forget_faults() -> None:
    FactorDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)


def test_the_secret_of_a_factor_and_its_recovery_codes_lie_sealed(cast: Cast) -> None:
    approver = cast.staff["district_approver"]
    codes = factors.confirm(approver, code_of(approver))
    device = factors.device_of(approver)
    assert device is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, recovery FROM people_factordevice")
        ((key, recovery),) = cursor.fetchall()
    assert device.key not in key and len(key) > 40 and not any(code in recovery for code in codes)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_devices_of_the_former_tables_move_into_the_sealed_one() -> None:
    from guangsha.testing.cast import add_agency, add_staff

    account = add_staff(
        "old", "旧手机", "district_approver", add_agency("旧机构", "city", "430600000000"), "x"
    )
    executor = MigrationExecutor(connection)
    executor.migrate([("people", "0004_sealed_factors")])
    with connection.cursor() as cursor:
        for statement in (
            "CREATE TABLE otp_totp_totpdevice (id integer, user_id bigint, name varchar(64), confirmed boolean, "
            "key varchar(80), drift smallint, last_t bigint)",
            "CREATE TABLE otp_static_staticdevice (id integer, user_id bigint)",
            "CREATE TABLE otp_static_statictoken (id integer, device_id integer, token varchar(16))",
        ):
            cursor.execute(statement)
        cursor.execute(
            "INSERT INTO otp_totp_totpdevice VALUES (1, %s, 'phone', %s, %s, 0, 7)",
            [account.pk, True, "3132333435363738393031323334353637383930"],
        )
        cursor.execute("INSERT INTO otp_static_staticdevice VALUES (5, %s)", [account.pk])
        cursor.execute("INSERT INTO otp_static_statictoken VALUES (1, 5, 'abcde12345')")
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    device = factors.device_of(account)
    assert device is not None and device.bin_key == b"12345678901234567890" and device.last_t == 7
    assert factors.verify(account, "abcde12345")
    assert "otp_totp_totpdevice" not in connection.introspection.table_names()


def test_a_second_factor_is_enrolled_used_once_and_recovered(cast: Cast) -> None:
    approver = cast.staff["district_approver"]
    assert factors.needed(approver) and not factors.needed(cast.staff["street_clerk"])
    assert factors.picture_of(factors.begin(approver)).startswith("data:image/svg+xml")
    codes = factors.confirm(approver, code_of(approver))
    assert len(codes) == factors.RECOVERY_CODES
    now = code_of(approver, 1)
    assert factors.verify(approver, now)
    assert not factors.verify(approver, now), "a code that was used opens nothing"
    assert not factors.verify(approver, codes[0]), "a wrong code makes the next one wait"
    forget_faults()
    assert factors.verify(approver, codes[0])
    assert not factors.verify(approver, codes[0]) and factors.recovery_left(approver) == len(codes) - 1
    forget_faults()
    (fresh, *_) = factors.renew_recovery(approver)
    assert factors.verify(approver, fresh) and not factors.verify(approver, codes[1])
    actions.reset_second_factor(cast.actor("security_admin"), approver.pk, reason="手机遗失")
    assert factors.device_of(approver) is None


def test_the_second_factor_can_be_asked_of_all_or_of_nobody(cast: Cast, settings: object) -> None:
    settings.GUANGSHA_SECOND_FACTOR = "all"  # type: ignore[attr-defined]
    assert factors.needed(cast.staff["street_clerk"]) and not factors.needed(cast.applicant)
    settings.GUANGSHA_SECOND_FACTOR = "none"  # type: ignore[attr-defined]
    assert not factors.needed(cast.staff["district_approver"])


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the embedded database writes one transaction at a time"
)
@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_send_one_text(letters: Path) -> None:
    def send(_: int) -> bool:
        try:
            send_phone_code(PHONE, address="192.0.2.9")
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(8))) == 1
    assert len(letters.read_text(encoding="utf-8").splitlines()) == 1


def wrong(username: str, address: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            sign_in_password(username, "wrong", address=address)


def test_strangers_cannot_lock_a_colleague_out(cast: Cast) -> None:
    wrong("street", "192.0.2.66", 40)
    assert sign_in_password("street", PASSWORD, address="192.0.2.1") == cast.staff["street_clerk"]
    with pytest.raises(Refused, match="暂停登录"):
        sign_in_password("street", PASSWORD, address="192.0.2.66")


def test_the_wait_of_an_address_for_a_name_grows_and_ends(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = timezone.now()
    place, seen = "192.0.2.66", []
    for minute in range(120):
        monkeypatch.setattr(
            entrances.timezone, "now", lambda minute=minute: start + timedelta(minutes=minute)
        )
        try:
            sign_in_password("street", "wrong", address=place)
        except Refused as refused:
            if "登录名或密码" in str(refused):
                seen.append(minute)
        if minute == 0:
            wrong("street", place, 4)
    gaps = [later - earlier for earlier, later in pairwise(seen)]
    assert gaps[:5] == [1, 2, 4, 8, 15], "twice as long each time"
    assert max(gaps) == 15, "and never longer"


def test_faults_from_everywhere_close_a_name_only_to_addresses_that_are_not_its_owners(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrances, "NAME_FAULTS_MAX", 12)
    sign_in_password("street", PASSWORD, address="192.0.2.1")
    for number in range(12):
        wrong("street", f"198.51.100.{number}", 1)
    with pytest.raises(Refused, match="暂停登录"):
        sign_in_password("street", PASSWORD, address="198.51.100.99")
    assert sign_in_password("street", PASSWORD, address="192.0.2.1") == cast.staff["street_clerk"]


def test_codes_asked_for_elsewhere_neither_end_nor_use_up_ones_own(cast: Cast, letters: Path) -> None:
    own = send_phone_code("19900000001", address="192.0.2.1")
    code = code_in(letters)
    theirs = send_phone_code("19900000001", address="198.51.100.7")
    for _ in range(8):
        with pytest.raises(Refused):
            sign_in_citizen("19900000001", "000000" if code != "000000" else "1", handle=theirs)
    assert sign_in_citizen("19900000001", code, handle=own) == cast.applicant


def test_a_flood_of_codes_does_not_shut_the_owner_out(
    cast: Cast, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = "192.0.2.1"
    handle = send_phone_code("19900000001", address=home)
    sign_in_citizen("19900000001", code_in(letters), handle=handle, address=home)
    later(monkeypatch, minutes=2)
    for number in range(11):
        send_phone_code("19900000001", address=f"198.51.100.{number}")
    with pytest.raises(Refused, match="频繁"):
        send_phone_code("19900000001", address="198.51.100.200")
    handle = send_phone_code("19900000001", address=home)
    assert sign_in_citizen("19900000001", code_in(letters), handle=handle) == cast.applicant


@pytest.mark.django_db
def test_the_house_sends_a_bounded_number_of_codes(letters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrances, "HOUSE_CODES_HOUR", 4)
    for number in range(4):
        send_phone_code(f"1990000300{number}", address=f"198.51.100.{number}")
    with pytest.raises(Refused, match="人太多"):
        send_phone_code("19900003009", address="198.51.100.9")


def test_a_code_for_the_counter_does_not_sign_in(cast: Cast, letters: Path) -> None:
    handle = send_phone_code("19900000001", purpose="counter")
    assert "窗口" in letters.read_text(encoding="utf-8")
    with pytest.raises(Refused):
        sign_in_citizen("19900000001", code_in(letters))
    with pytest.raises(Refused):
        sign_in_citizen("19900000001", code_in(letters), handle=handle)
    opened = sign_in_citizen("19900000001", code_in(letters), handle=handle, purpose="counter")
    assert opened == cast.applicant
