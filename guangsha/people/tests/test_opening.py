"""The first use of an empty installation."""

from __future__ import annotations

import pytest
from django.test import Client

from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency
from guangsha.people.opening import First, open_house
from guangsha.testing.cast import Cast

HOUSE = {
    "agency": "岳州市住房保障服务中心",
    "kind": "city",
    "region_code": "430600",
    "system_admin": First("he", "何系统"),
    "security_admin": First("lu", "吕安全", "Lake-Side-77"),
}


@pytest.mark.django_db
def test_two_administrators_begin_and_must_change_their_passwords() -> None:
    given = open_house(**HOUSE)
    assert given["lu"] == "Lake-Side-77"
    first, second = Account.objects.get(username="he"), Account.objects.get(username="lu")
    assert build_actor(first).roles == {"system_admin"} and build_actor(second).roles == {"security_admin"}
    assert first.must_change_password and first.check_password(given["he"])
    client = Client(headers={"host": "127.0.0.1"})
    answer = client.post("/office/sign-in/", {"username": "he", "password": given["he"]})
    assert answer.url == "/office/sign-in/enrol/", "an administrator sets the second factor up first"
    assert given["he"] not in str(list(Act.objects.values()))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"security_admin": First("he", "吕安全")}, {"region_code": "43"}, {"security_admin": First("lu", "吕安全", "short")}],
)  # fmt: skip
def test_what_breaks_a_rule_leaves_nothing(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        open_house(**{**HOUSE, **change})
    assert not Agency.objects.exists() and not Account.objects.exists()


def test_it_is_done_once(cast: Cast) -> None:
    with pytest.raises(InputError, match="已经启用过"):
        open_house(**HOUSE)
