"""Requests that no browser makes of our pages: refused in a sentence, nothing kept, and no page breaks."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import pytest
from django.test import Client, RequestFactory

from guangsha.api import limits
from guangsha.api.tests.calls import key_for
from guangsha.config.wsgi import application
from guangsha.notify.models import Message
from guangsha.people.models import SignInFault
from guangsha.testing.cast import Cast
from guangsha.testing.databases import connected

# PostgreSQL keeps no NUL and asks for none, SQLite does both
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

#: Of a form that was opened before.
TOKEN = "a" * 32
Server = Callable[..., tuple[int, str]]
#: Pages that anybody may send a form to, with one of its fields.
FORMS = {
    "/track/": "number", "/sign-in/": "phone", "/office/sign-in/": "username", "/check/": "profile", "/packages/": "profile",
    "/receipts/": "number",
}  # fmt: skip
#: Names that Python knows: some are no encoding of text, some make halves of characters, some read ASCII as something else.
ENCODINGS = (
    *(f"; charset={name}" for name in (
        "hex", "zlib", "rot13", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "idna", "gbk", "no-such",
    )),
    "; a*=no-such\'\'b", "; a*=undefined\'\'b", "; charset*=hex\'\'b",
)  # fmt: skip


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)


def multipart(field: str, value: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n' % (
        field.encode(),
        value,
    )


def served(method: str, address: str, kind: str, body: bytes = b"", key: str = "") -> tuple[int, str]:
    """What a server answers: the header is read while a request is made, which the client of tests does by itself."""
    path, _, query = address.partition("?")
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=query, CONTENT_TYPE=kind, CONTENT_LENGTH=str(len(body)),
        HTTP_HOST="127.0.0.1", HTTP_COOKIE=f"csrftoken={TOKEN}", HTTP_X_CSRFTOKEN=TOKEN, HTTP_AUTHORIZATION=f"Bearer {key}", **{"wsgi.input": io.BytesIO(body)},
    )  # fmt: skip
    told: list[str] = []
    response = application(environ, lambda status, headers: told.append(status))
    text = b"".join(response).decode()
    response.close()
    return int(told[0][:3]), text


@pytest.fixture
def server() -> Iterator[Callable[..., tuple[int, str]]]:
    """:func:`served` within the test's transaction."""
    with connected():
        yield served


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_another_encoding_than_ours_is_refused_in_a_sentence(server: Server, encoding: str) -> None:
    answers = [server("GET", "/services/?q=%5Cud800", f"text/plain{encoding}")]
    for path, field in FORMS.items():
        typed = b"%s=1" % field.encode()
        answers += [
            server("POST", path, f"multipart/form-data; boundary=x{encoding}", multipart(field, rb"\ud800")),
            server("POST", path, f"application/x-www-form-urlencoded{encoding}", typed),
        ]
    for status, page in answers:
        assert status == 400 and "UTF-8" in page
    assert not SignInFault.objects.exists() and not Message.objects.exists()


def test_what_says_that_it_is_in_utf_8_is_read(server: Server) -> None:
    for written in ("", "; charset=utf-8", "; charset=UTF-8", '; charset="utf-8"', "; charset=utf8"):
        status, page = server("GET", "/services/?q=%E7%A7%9F", f"text/plain{written}")
        assert status == 200 and 'value="租"' in page


def test_parameters_are_counted_where_somebody_answers(server: Server) -> None:
    many = "&".join(f"a{number}=1" for number in range(401))
    status, page = server("GET", f"/?{many}", "text/plain; charset=utf-8")
    assert status == 400 and "太多" in page


def test_a_program_is_told_of_its_encoding_in_its_own_shape(server: Server, cast: Cast) -> None:
    limits.WINDOW.clear()
    key = key_for(cast)
    for encoding in ENCODINGS:
        for method, address, kind in (
            ("GET", "/api/v1/cases?state=%5Cud800", "text/plain"), ("POST", "/api/v1/drafts", "application/json"),
            ("POST", "/api/v1/drafts/7/materials", "multipart/form-data; boundary=x"),
        ):  # fmt: skip
            status, told = server(method, address, f"{kind}{encoding}", b"{}", key)
            assert (
                status == 400
                and json.loads(told)["type"] == "urn:guangsha:problem:unreadable"
                and "UTF-8" in told
            )


@pytest.mark.parametrize("path", FORMS)
def test_a_nul_is_refused_in_a_sentence(client: Client, path: str) -> None:
    field = FORMS[path]
    for data in ({field: "a\0b"}, {"a\0": "1"}, {field: ["1", "\0"]}):
        answer = client.post(path, data)
        assert answer.status_code == 400 and "空字符" in answer.content.decode()
    answer = client.post(f"{path}?{field}=%00")
    assert answer.status_code == 400 and "空字符" in answer.content.decode()
    assert not SignInFault.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["/services/?q=%00", "/?%00=1", "/elder/?next=/%00", "/draws/?entry=a%00", "/notices/objections/%00/"],
)
def test_a_nul_in_an_address_leads_nowhere(client: Client, address: str) -> None:
    assert client.get(address).status_code in (400, 404)


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "elder", "whatever"])
@pytest.mark.parametrize(
    "value", ["\0" * 32, "a" * 31 + "\0", "字" * 32, "\ud800" * 9, "'" * 40, "x" * 3000, ""]
)
def test_a_cookie_of_ones_own_making_is_none(client: Client, name: str, value: str) -> None:
    client.cookies[name] = value.encode("utf-8", "surrogatepass").decode("latin-1")
    for path in ("/", "/sign-in/", "/my/", "/office/", "/admin/"):
        assert client.get(path).status_code in (200, 302), path


#: None of them leads to a page of this site.
ELSEWHERE = (
    "foo", "portal-my", "portal-case", "web.views", "..", "a/b", "//other.example", "///other.example", "\\\\other.example", "/\\other.example",
    "http:x", "http://[", "https://other.example/", "javascript:alert(1)", "/" + "a" * 20_000, " /my/", "\t//other.example",
)  # fmt: skip


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_who_is_to_be_led_elsewhere_is_led_home(client: Client, onward: str) -> None:
    answer = client.get("/elder/", {"next": onward, "to": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    for page in ("/sign-in/", "/office/sign-in/"):
        shown = client.get(page, {"next": onward})
        assert shown.status_code == 200 and 'name="next" value=""' in shown.content.decode()


def test_more_parameters_than_anybody_reads_are_refused_in_a_sentence(client: Client, cast: Cast) -> None:
    many = "&".join(f"a{number}=1" for number in range(401))
    for path in ("/", "/services/", "/track/", "/sign-in/"):
        for answer in (
            client.get(f"{path}?{many}"),
            client.post(f"{path}?{many}"),
            client.post(path, {f"a{number}": "1" for number in range(401)}),
        ):
            if answer.status_code != 405:
                assert answer.status_code == 400 and "太多" in answer.content.decode(), path
    client.force_login(cast.staff["street_clerk"])
    answer = client.get(f"/office/cases/?{many}")
    assert answer.status_code == 400 and "太多" in answer.content.decode()
