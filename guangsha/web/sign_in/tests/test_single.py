"""The city's single sign-on, held against a provider of our own on this machine: right, wrong in every way, and down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from guangsha.audit.models import Act
from guangsha.people.models import Account
from guangsha.testing.cast import Cast

CLIENT, ISSUER, SUBJECT = "guangsha", "https://city.example", "city-7"
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


@dataclass
class Provider:
    """What the city's provider answers; a test changes what it wants to be wrong."""

    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=lambda: {"kid": "one"})
    key: Any = KEY
    algorithm: str = "RS256"
    token: Any = None
    user: Any = None
    broken: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": SUBJECT,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
        }
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=self.headers)

    def answer(self, path: str, body: dict[str, list[str]]) -> tuple[int, bytes]:
        if path in self.broken:
            return self.broken[path]
        if path == "/token":
            self.asked = body
            given = (
                self.token if self.token is not None else {"access_token": "a", "id_token": self.id_token()}
            )
            return 200, json.dumps(given).encode()
        if path == "/user":
            return 200, json.dumps({"sub": SUBJECT} if self.user is None else self.user).encode()
        public = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
        return 200, json.dumps({"keys": [{**public, "kid": "one", "alg": "RS256"}]}).encode()


@pytest.fixture
def provider() -> Iterator[tuple[Provider, str]]:
    one = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self._answer(parse_qs(self.rfile.read(length).decode()))

        def _answer(self, body: dict[str, list[str]]) -> None:
            status, content = one.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield one, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def city(provider: tuple[Provider, str], cast: Cast, settings: Any) -> Provider:
    one, address = provider
    for name, path in (
        ("TOKEN", "token"),
        ("USER", "user"),
        ("JWKS", "keys"),
        ("AUTHORIZATION", "authorize"),
    ):
        setattr(settings, f"OIDC_OP_{name}_ENDPOINT", f"{address}/{path}")
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, "secret"
    settings.GUANGSHA_OIDC, settings.GUANGSHA_OIDC_ISSUER = True, ISSUER
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend", "guangsha.web.sign_in.single.CityBackend",
    ]  # fmt: skip
    Account.objects.filter(username="street").update(single_sign_on=SUBJECT)
    return one


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "127.0.0.1"})


def set_out(client: Client, city: Provider, onward: str = "") -> str:
    """Leave for the provider; the state to come back with."""
    asked = parse_qs(
        urlsplit(client.get("/office/sign-in/city/", {"next": onward} if onward else {}).url).query
    )
    city.nonce = asked["nonce"][0]
    return asked["state"][0]


def come_back(client: Client, state: str, **given: str) -> Any:
    return client.get("/office/sign-in/city/back/", {"code": "c", "state": state, **given})


def who(client: Client) -> int:
    return int(client.session.get("_auth_user_id", 0))


def refused(client: Client, answer: Any) -> None:
    """Nobody is signed in, and the page of the entrance says so in a sentence."""
    assert answer.status_code == 302 and answer.url == "/office/sign-in/" and not who(client)
    assert "统一身份认证没有完成" in client.get("/office/sign-in/").content.decode()


def test_the_account_of_the_subject_is_opened(city: Provider, client: Client, cast: Cast) -> None:
    answer = come_back(client, set_out(client, city, "/office/account/"))
    assert answer.status_code == 302 and answer.url == "/office/account/"
    assert who(client) == cast.staff["street_clerk"].pk
    assert client.get("/office/account/").status_code == 200
    assert len(city.asked["code_verifier"][0]) >= 43 and city.asked["client_secret"] == ["secret"]
    assert Act.objects.filter(action="people.sign_in.done", actor_id=who(client)).count() == 1


def test_a_state_that_was_not_given_or_is_used_up_opens_nothing(city: Provider, client: Client) -> None:
    refused(client, come_back(client, "invented"))
    state = set_out(client, city)
    refused(client, come_back(client, "invented"))
    stranger = Client(headers={"host": "127.0.0.1"})
    refused(stranger, come_back(stranger, state))
    assert come_back(client, state).status_code == 302 and who(client)
    client.post("/office/sign-out/")
    refused(client, come_back(client, state))


def test_the_provider_says_no(city: Provider, client: Client) -> None:
    state = set_out(client, city)
    refused(client, client.get("/office/sign-in/city/back/", {"error": "access_denied", "state": state}))
    refused(client, come_back(client, state))


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": None}, {"aud": ["another", "third"]},
        {"aud": [CLIENT, "another"]}, {"azp": "another"}, {"exp": int(time.time()) - 3600}, {"exp": None}, {"iat": None},
        {"iat": int(time.time()) + 3600}, {"nbf": int(time.time()) + 3600}, {"iss": "https://other.example"}, {"iss": None},
        {"sub": "city-9"}, {"sub": None}, {"sub": ""},
    ],
    ids="-".join,  # no moment in a name: every process of a run must find the same tests
)  # fmt: skip
def test_a_token_that_is_not_for_us_and_for_now_opens_nothing(
    city: Provider, client: Client, claims: dict[str, Any]
) -> None:
    city.claims = claims
    refused(client, come_back(client, set_out(client, city)))


def test_an_audience_of_several_is_taken_when_it_was_asked_for_by_us(city: Provider, client: Client) -> None:
    city.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    come_back(client, set_out(client, city))
    assert who(client)


@pytest.mark.parametrize(
    "change",
    [
        {"key": OTHER_KEY}, {"key": None, "algorithm": "none"}, {"key": "secret" * 8, "algorithm": "HS256"},
        {"algorithm": "RS512"}, {"headers": {"kid": "two"}}, {"headers": {}},
    ],
    ids=["another key", "no signature", "our own secret", "another algorithm", "unknown key", "no key named"],
)  # fmt: skip
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    city: Provider, client: Client, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(city, name, value)
    refused(client, come_back(client, set_out(client, city)))


@pytest.mark.parametrize("user", [{"sub": "city-9"}, {"name": "钱受理"}, [], "x", {"sub": None}], ids=str)
def test_an_answer_about_somebody_else_opens_nothing(city: Provider, client: Client, user: Any) -> None:
    Account.objects.filter(username="reviewer").update(single_sign_on="city-9")
    city.user = user
    refused(client, come_back(client, set_out(client, city)))


@pytest.mark.parametrize("path", ["/token", "/keys", "/user"])
@pytest.mark.parametrize(
    "answer", [(500, b"down"), (400, b'{"error": "invalid_grant"}'), (200, b"<html>"), (200, b"{}"), (200, b"[1]")], ids=str
)  # fmt: skip
def test_a_provider_that_answers_nonsense_opens_nothing(
    city: Provider, client: Client, path: str, answer: tuple[int, bytes]
) -> None:
    city.broken = {path: answer}
    refused(client, come_back(client, set_out(client, city)))


def test_a_provider_that_is_down_keeps_nobody_waiting(city: Provider, client: Client, settings: Any) -> None:
    state = set_out(client, city)
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    refused(client, come_back(client, state))
    assert 0 < settings.OIDC_TIMEOUT <= 30


def test_a_provider_that_never_ends_its_answer_keeps_nobody_waiting(
    city: Provider, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OIDC_TIMEOUT = 0.2
    slow = threading.Event()
    monkeypatch.setattr(city, "id_token", lambda: slow.wait(20) and "")
    refused(client, come_back(client, set_out(client, city)))
    slow.set()


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"single_sign_on": ""}, {"kind": "citizen"}], ids=str
)
def test_who_has_no_open_account_of_the_office_is_not_let_in(
    city: Provider, client: Client, change: dict[str, Any]
) -> None:
    count = Account.objects.count()
    Account.objects.filter(username="street").update(**change)
    refused(client, come_back(client, set_out(client, city)))
    assert Account.objects.count() == count


def test_an_account_closed_meanwhile_is_nobody_at_the_next_page(city: Provider, client: Client) -> None:
    come_back(client, set_out(client, city))
    assert client.get("/office/account/").status_code == 200
    Account.objects.filter(username="street").update(is_active=False)
    assert client.get("/office/account/").status_code == 302
