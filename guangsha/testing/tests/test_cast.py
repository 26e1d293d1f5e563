"""The cast is a district in which rules can be tried: every role, two districts, nobody with a forbidden pair."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from guangsha.config import settings as shipped
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.people.roles import OUTSIDERS, ROLES, forbidden_pair
from guangsha.testing.cast import Cast
from guangsha.testing.plugin import DATA


def test_tests_write_nothing_into_the_data_folder_of_the_checkout() -> None:
    assert str(settings.GUANGSHA_DATA) == str(Path(DATA).resolve()) and str(
        settings.GUANGSHA_KEYS
    ).startswith(DATA)
    assert shipped.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_each_role_is_held_and_nobody_holds_a_forbidden_pair(cast: Cast) -> None:
    for role in set(ROLES) - OUTSIDERS:
        assert cast.actor(role).has(role), role
    for account in Account.objects.filter(kind="staff"):
        assert not forbidden_pair(build_actor(account).roles)


def test_a_street_clerk_reaches_the_own_street_and_no_other(cast: Cast) -> None:
    scope = cast.actor("street_clerk").scope
    assert scope == {cast.streets[0].pk, cast.communities[0].pk, cast.communities[1].pk}
    assert cast.far_district.pk not in cast.actor("district_reviewer").scope
    assert cast.far_district.pk in cast.actor("city_approver").scope


def test_citizens_have_a_person_and_no_scope(cast: Cast) -> None:
    actor = cast.actor("applicant")
    assert actor.kind == "citizen" and actor.person_id and not actor.scope and not actor.roles
