"""Signing in through the pages: every step, in order, and none left out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from guangsha.areas.registry.models import Person
from guangsha.audit.models import Act
from guangsha.people import factors
from guangsha.people.models import Account, SignInFault
from guangsha.testing.cast import PASSWORD, Cast
from guangsha.web.sign_in import sessions
from guangsha.web.sign_in.pending import client_address
from guangsha.web.sign_in.single import CityBackend


@pytest.fixture
def client(settings: object, tmp_path: Path) -> Client:
    settings.GUANGSHA_DATA = tmp_path  # type: ignore[attr-defined]
    return Client(headers={"host": "127.0.0.1"})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[mock.Mock]:
    moved = mock.Mock(offset=0)
    real = time.time
    monkeypatch.setattr(sessions.time, "time", lambda: real() + moved.offset)
    yield moved


def give(client: Client, username: str = "street", password: str = PASSWORD, onward: str = "") -> str:
    answer = client.post("/office/sign-in/", {"username": username, "password": password, "next": onward})
    return answer.url if answer.status_code == 302 else answer.content.decode()


def who(client: Client) -> int:
    return int(client.session.get("_auth_user_id", 0))


def test_a_clerk_signs_in_and_returns_to_the_page_asked_for(client: Client, cast: Cast) -> None:
    asked = client.get("/office/account/")
    assert asked.status_code == 302 and asked.url == "/office/sign-in/?next=%2Foffice%2Faccount%2F"
    assert give(client, onward="/office/account/") == "/office/account/"
    page = client.get("/office/account/").content.decode()
    assert "钱受理" in page and "洞庭街道办事处" in page and "街道受理员" in page
    assert (
        Act.objects.filter(action="people.sign_in.done", actor_id=cast.staff["street_clerk"].pk).count() == 1
    )
    assert client.post("/office/sign-out/").status_code == 302 and not who(client)


def test_nobody_is_sent_to_another_site(client: Client, cast: Cast) -> None:
    assert "elsewhere" not in give(client, onward="https://elsewhere.example/office/")


@pytest.mark.parametrize("username", ["street", "nobody"])
def test_a_wrong_password_is_answered_alike_and_five_lock(client: Client, cast: Cast, username: str) -> None:
    for _ in range(5):
        page = give(client, username, "wrong")
        assert "登录名或密码不对" in page and "street" not in page.replace(f'value="{username}"', "")
    assert "1 分钟" in give(client, username)
    assert not who(client)


def test_a_session_key_planted_before_is_worth_nothing_after(client: Client, cast: Cast) -> None:
    client.get("/office/sign-in/")
    client.session.save()
    planted = client.session.session_key
    client.cookies["sessionid"] = str(planted)
    give(client)
    assert who(client) and client.session.session_key != planted
    other = Client(headers={"host": "127.0.0.1"})
    other.cookies["sessionid"] = str(planted)
    assert other.get("/office/account/").status_code == 302


def token(account: Account, step: int = 0) -> str:
    device = factors.device_of(account) or factors.begin(account)
    return f"{totp(device.bin_key, drift=step):06d}"


def test_who_decides_enrols_a_second_factor_and_uses_it(client: Client, cast: Cast) -> None:
    approver = cast.staff["district_approver"]
    assert give(client, "approver") == "/office/sign-in/enrol/"
    assert not who(client) and client.get("/office/account/").status_code == 302
    page = client.get("/office/sign-in/enrol/").content.decode()
    assert "data:image/svg+xml" in page and factors.secret_of(factors.begin(approver)) in page
    assert client.post("/office/sign-in/enrol/", {"code": "000"}).status_code == 400
    with mock.patch("guangsha.people.models.FactorDevice.verify_is_allowed", return_value=(True, None)):
        done = client.post("/office/sign-in/enrol/", {"code": token(approver)}).content.decode()
    assert "请保存恢复码" in done and who(client) == approver.pk
    client.post("/office/sign-out/")
    assert give(client, "approver") == "/office/sign-in/code/"
    assert client.get("/office/sign-in/enrol/").status_code == 302 and not who(client)
    assert client.post("/office/sign-in/code/", {"code": token(approver, 1)}).status_code == 302
    assert who(client) == approver.pk
    client.post("/office/sign-out/")
    give(client, "approver")
    assert client.post("/office/sign-in/code/", {"code": token(approver, 1)}).status_code == 400, "replayed"
    assert not who(client)


def test_no_step_opens_without_the_one_before(client: Client, cast: Cast) -> None:
    for address in ("code", "enrol", "password"):
        for answer in (client.get(f"/office/sign-in/{address}/"), client.post(f"/office/sign-in/{address}/")):
            assert answer.status_code == 302 and answer.url == "/office/sign-in/"
    Account.objects.filter(username="approver").update(must_change_password=True)
    give(client, "approver")
    assert client.get("/office/sign-in/password/").url == "/office/sign-in/", "the second factor comes first"
    assert not who(client)


def test_a_half_way_sign_in_ends_after_ten_minutes(client: Client, cast: Cast, clock: mock.Mock) -> None:
    give(client, "approver")
    clock.offset = 601
    assert client.get("/office/sign-in/enrol/").url == "/office/sign-in/"


def test_a_given_password_is_changed_before_anything_else(client: Client, cast: Cast) -> None:
    Account.objects.filter(username="street").update(must_change_password=True)
    assert give(client) == "/office/sign-in/password/"
    post = lambda new, again: client.post("/office/sign-in/password/", {"new": new, "again": again})  # noqa: E731
    assert "不一样" in post("Lake-Side-77", "Lake-Side-78").content.decode()
    assert "最近" in post(PASSWORD, PASSWORD).content.decode()
    assert "至少" in post("short", "short").content.decode() and not who(client)
    assert post("Lake-Side-77", "Lake-Side-77").status_code == 302 and who(client)


def test_an_old_password_is_due_after_ninety_days(client: Client, cast: Cast) -> None:
    Account.objects.filter(username="street").update(
        password_changed_at=timezone.now() - timezone.timedelta(days=91)
    )
    assert give(client) == "/office/sign-in/password/"


def test_a_change_of_password_ends_the_other_sessions(client: Client, cast: Cast) -> None:
    other = Client(headers={"host": "127.0.0.1"})
    for each in (client, other):
        give(each)
    wrong = client.post(
        "/office/account/password/", {"current": "x", "new": "Lake-Side-77", "again": "Lake-Side-77"}
    )
    assert wrong.status_code == 400 and "原密码不对" in wrong.content.decode()
    client.post(
        "/office/account/password/", {"current": PASSWORD, "new": "Lake-Side-77", "again": "Lake-Side-77"}
    )
    assert client.get("/office/account/").status_code == 200
    assert other.get("/office/account/").status_code == 302


def test_sessions_end_when_idle_and_after_half_a_day(client: Client, cast: Cast, clock: mock.Mock) -> None:
    give(client)
    for minute in range(0, 12 * 60, 25):
        clock.offset = minute * 60
        assert client.get("/office/account/").status_code == 200
    clock.offset = 12 * 3600 + 60
    assert client.get("/office/account/").status_code == 302
    clock.offset = 0
    give(client)
    clock.offset = 31 * 60
    assert client.get("/office/account/").status_code == 302 and not who(client)
    assert "长时间没有操作" in client.get("/office/sign-in/").content.decode()


def test_a_closed_account_loses_its_session_with_the_next_page(client: Client, cast: Cast) -> None:
    give(client)
    Account.objects.filter(username="street").update(is_active=False)
    assert client.get("/office/account/").status_code == 302


def sent(tmp_path: Path) -> str:
    return (tmp_path / "sms.log").read_text(encoding="utf-8").rsplit("验证码 ", 1)[1][:6]


def test_a_citizen_signs_in_by_phone(client: Client, cast: Cast, tmp_path: Path) -> None:
    assert client.post("/sign-in/", {"phone": "123"}).status_code == 400
    answer = client.post("/sign-in/", {"phone": "199 0000 0001", "next": "/my/"})
    assert answer.url == "/sign-in/code/"
    page = client.get("/sign-in/code/").content.decode()
    assert "199****0001" in page
    wrong = f"{(int(sent(tmp_path)) + 1) % 1_000_000:06d}"
    assert "不对或已过期" in client.post("/sign-in/code/", {"code": wrong}).content.decode() and not who(
        client
    )
    before = client.session.session_key
    assert client.post("/sign-in/code/", {"code": sent(tmp_path)}).url == "/my/"
    assert who(client) == cast.applicant.pk and client.session.session_key != before
    assert client.post("/sign-in/code/", {"code": sent(tmp_path)}).url == "/sign-in/"
    assert client.get("/office/account/").status_code == 404, "the office does not exist for citizens"
    client.post("/sign-out/")
    assert not who(client)


def test_a_citizen_who_asked_for_no_page_arrives_at_what_is_their_own(
    client: Client, cast: Cast, tmp_path: Path
) -> None:
    client.post("/sign-in/", {"phone": "19900000001"})
    answer = client.post("/sign-in/code/", {"code": sent(tmp_path)})
    assert answer.url == "/my/" and client.get(answer.url).status_code == 200
    assert client.get("/sign-in/").url == "/my/", "signed in already"


def test_asking_for_a_code_twice_does_not_lose_the_page_that_takes_the_first(
    client: Client, cast: Cast, tmp_path: Path
) -> None:
    client.post("/sign-in/", {"phone": "19900000001", "next": "/my/messages/"})
    code = sent(tmp_path)
    again = client.post("/sign-in/", {"phone": "199 0000 0001", "next": "/my/messages/"})
    assert again.status_code == 302 and again.url == "/sign-in/code/"
    page = client.get("/sign-in/code/").content.decode()
    assert "过于频繁" in page and "仍可使用" in page
    assert sent(tmp_path) == code, "no second text went out"
    assert client.post("/sign-in/", {"phone": "19900000001x"}).status_code == 400
    assert client.post("/sign-in/code/", {"code": code}).url == "/my/messages/"


def test_a_code_that_ran_out_is_not_said_to_be_good(client: Client, cast: Cast) -> None:
    client.post("/sign-in/", {"phone": "19900000001"})
    waiting = client.session
    waiting["phone_waiting"] = {**waiting["phone_waiting"], "at": int(time.time()) - 301}
    waiting.save()
    assert client.post("/sign-in/", {"phone": "19900000001"}).status_code == 429


def test_an_unknown_phone_gets_the_same_answers_as_a_known_one(client: Client, cast: Cast) -> None:
    pages = []
    for phone in ("19900000001", "19900009999"):
        client.post("/sign-in/", {"phone": phone})
        page = client.post("/sign-in/code/", {"code": "12345"})
        shown = page.content.decode().replace(phone, "").replace(f"199****{phone[-4:]}", "")
        pages.append(
            (page.status_code, __import__("re").sub(r'name="csrfmiddlewaretoken" value="\w+"', "", shown))
        )
    assert pages[0] == pages[1]
    for phone in ("19900000001", "19900009999"):  # from a browser that was sent none
        assert Client(headers={"host": "127.0.0.1"}).post("/sign-in/", {"phone": phone}).status_code == 429


class HeaderReader:
    def subject(self, request: HttpRequest) -> str:
        return (
            request.headers.get("X-Client-Subject", "")
            if request.headers.get("X-Client-Verify") == "SUCCESS"
            else ""
        )


def test_a_certificate_opens_its_account_without_a_code(client: Client, cast: Cast, settings: object) -> None:
    assert "UKey" not in client.get("/office/sign-in/").content.decode()
    settings.GUANGSHA_CERTIFICATES = f"{__name__}.HeaderReader"  # type: ignore[attr-defined]
    with mock.patch("guangsha.web.sign_in.certificates.import_string", return_value=HeaderReader):
        Account.objects.filter(username="approver").update(single_sign_on="cert:CN=wu")
        assert "UKey" in client.get("/office/sign-in/").content.decode()
        for subject, verified in (("CN=wu", "FAILED"), ("CN=other", "SUCCESS"), ("", "SUCCESS")):
            client.post(
                "/office/sign-in/certificate/",
                headers={"X-Client-Subject": subject, "X-Client-Verify": verified},
            )
            assert not who(client)
        client.post(
            "/office/sign-in/certificate/",
            headers={"X-Client-Subject": "CN=wu", "X-Client-Verify": "SUCCESS"},
        )
    assert who(client) == cast.staff["district_approver"].pk


def test_single_sign_on_is_absent_until_configured_and_never_makes_an_account(
    client: Client, cast: Cast, settings: object
) -> None:
    assert client.get("/office/sign-in/city/").status_code == 404
    assert client.get("/office/sign-in/city/back/").status_code == 404
    for name in ("TOKEN", "USER", "JWKS", "AUTHORIZATION"):
        setattr(settings, f"OIDC_OP_{name}_ENDPOINT", f"https://city.invalid/{name.lower()}")
    settings.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_SECRET = "guangsha"  # type: ignore[attr-defined]
    settings.GUANGSHA_OIDC = True  # type: ignore[attr-defined]
    answer = client.get("/office/sign-in/city/")
    assert answer.status_code == 302 and answer.url.startswith("https://city.invalid/authorization")
    assert "code_challenge" in answer.url and "state=" in answer.url
    backend = CityBackend()
    Account.objects.filter(username="street").update(single_sign_on="city-7", name="钱受理")
    Account.objects.filter(pk=cast.applicant.pk).update(single_sign_on="city-8")
    found = backend.filter_users_by_claims({"sub": "city-7", "name": "改名"})
    assert [account.username for account in found] == ["street"]
    for claims in ({"sub": "city-8"}, {"sub": "city-9"}, {"sub": ""}, {}, {"sub": "cert:CN=wu"}):
        assert not backend.filter_users_by_claims(claims)
    assert backend.create_user({"sub": "city-9"}) is None


def test_a_relative_is_declared_on_the_own_page(client: Client, cast: Cast) -> None:
    give(client)
    bad = client.post("/office/account/kin/", {"identity": "123", "relation": "配偶"})
    assert bad.status_code == 400 and "18 位" in bad.content.decode()
    identity = Person.objects.get(pk=cast.applicant.person_id).identity
    assert client.post("/office/account/kin/", {"identity": identity, "relation": "父母"}).status_code == 302
    page = client.get("/office/account/").content.decode()
    assert "父母" in page and identity not in page


def test_the_client_address_is_taken_from_known_proxies_only(settings: object) -> None:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.7, 10.0.0.9"}
    assert client_address(request) == "10.0.0.1"
    settings.GUANGSHA_PROXIES = 2  # type: ignore[attr-defined]
    assert client_address(request) == "192.0.2.7"


def test_secrets_of_the_entrance_are_not_kept(client: Client, cast: Cast) -> None:
    give(client, "street", "Secret-Wrong-1")
    kept = (
        str(list(Act.objects.values())) + str(list(SignInFault.objects.values())) + str(dict(client.session))
    )
    assert "Secret-Wrong-1" not in kept and PASSWORD not in kept
