"""A prepared query answers like the query it was made from, on every database, whatever the values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext

from guangsha.people import kept_statements
from guangsha.people.models import Agency, Appointment, Kinship, PhoneCode
from guangsha.people.prepared import Asked, Prepared, fetch_together
from guangsha.testing.cast import Cast


def test_it_answers_like_the_plain_query_for_numbers_days_and_sets(cast: Cast) -> None:
    def plain(account: int, today: date, agencies: frozenset[int]) -> QuerySet[Any, Any]:
        return (
            Appointment.objects.filter(
                Q(account_id=account) | Q(agency_id__in=agencies), started_on__lte=today
            )
            .order_by("id")
            .values_list("role", "started_on", "account_id")
        )

    prepared = Prepared(plain)
    account = cast.actor("street_clerk").account_id
    streets = frozenset(street.pk for street in cast.streets)
    for day in (date(2000, 1, 1), date(2090, 1, 1)):
        for agencies in (streets, frozenset(sorted(streets)[:1]), frozenset[int]()):
            assert prepared(account, day, agencies) == list(plain(account, day, agencies))
            assert prepared.count(account, day, agencies) == plain(account, day, agencies).count()
    assert prepared(account, date(2090, 1, 1), streets), "the comparison is not of nothing with nothing"


def test_it_gives_objects_with_their_relations_in_one_query(cast: Cast) -> None:
    prepared = Prepared(
        lambda account: Appointment.objects.filter(account_id=account).select_related("agency").order_by("id")
    )
    account = cast.actor("street_clerk").account_id
    prepared(account)
    with CaptureQueriesContext(connection) as queries:
        found = prepared.first(account)
        assert found.agency.name == Agency.objects.get(pk=found.agency_id).name
    assert len(queries) == 2, "its own, and that of the comparison"
    assert found == Appointment.objects.filter(account_id=account).order_by("id").first()
    assert prepared.first(0) is None


def test_fetched_together_each_gives_what_it_gives_alone(cast: Cast) -> None:
    own = Prepared(
        lambda account: Appointment.objects.filter(account_id=account).select_related("agency").order_by("id")
    )
    named = Prepared(
        lambda start: Agency.objects.filter(name__startswith=start).order_by("id").values_list("name")
    )
    within = Prepared(lambda ids: Agency.objects.filter(pk__in=ids).values_list("id"))
    account, city = cast.actor("street_clerk").account_id, cast.city
    cast.city.name = "100%';--市"
    cast.city.save()
    asked = [own.wants(account), within.wants(frozenset()), named.wants("100%';"), own.asks(account), named.wants("没有"),
             within.asks(frozenset())]  # fmt: skip
    fetch_together(asked)
    with CaptureQueriesContext(connection) as queries:
        mine, nothing, found, many, none, zero = fetch_together(asked)
        assert mine[0].agency.name
    assert len(queries) == (1 if connection.vendor == "postgresql" else 4), (
        "a set with nothing in it is not asked for"
    )
    assert mine == own(account)
    assert found == [(city.name,)]
    assert (nothing, none) == ([], [])
    assert (many, zero) == (own.count(account), 0)
    assert fetch_together([]) == []
    assert fetch_together([own.wants(account)]) == [own(account)]


def test_a_pattern_takes_signs_of_patterns_for_themselves(cast: Cast) -> None:
    for name in ("100%东街", "100元东街", "百_街", "百米街"):
        Agency.objects.create(name=name, kind="street", region_code="430600", path="/9/", parent=cast.city)
    prepared = Prepared(
        lambda start: Agency.objects.filter(name__startswith=start).order_by("id").values_list("name")
    )
    assert prepared("100%") == [("100%东街",)]
    assert prepared("百_") == [("百_街",)]
    assert prepared("100") == [("100%东街",), ("100元东街",)]


@pytest.mark.django_db
def test_moments_are_compared_and_come_back_as_they_were() -> None:
    at = datetime(2026, 3, 2, 8, 30, 15, 250, tzinfo=UTC)
    PhoneCode.objects.create(phone_index="p", digest="d", sent_at=at, expires_at=at)
    prepared = Prepared(lambda now: PhoneCode.objects.filter(expires_at__gte=now).values_list("sent_at"))
    assert prepared(at) == [(at,)]
    assert prepared(at.replace(second=16)) == []


@pytest.mark.django_db
def test_an_empty_set_asks_nothing() -> None:
    prepared = Prepared(lambda ids: Agency.objects.filter(pk__in=ids).values_list("id"))
    with CaptureQueriesContext(connection) as queries:
        assert prepared(frozenset()) == [] and prepared.count(frozenset()) == 0
    assert len(queries) == 0


@pytest.mark.django_db
def test_each_shape_has_its_own_query() -> None:
    def build(account: int, newest_first: bool) -> QuerySet[Any, Any]:
        rows = Kinship.objects.filter(account_id=account).values_list("id")
        return rows.order_by("-id" if newest_first else "id")

    with CaptureQueriesContext(connection) as queries:
        prepared = Prepared(build)
        prepared(1, shape=(True,)), prepared(1, shape=(False,))
    assert "DESC" in queries[0]["sql"] and "DESC" not in queries[1]["sql"]


@pytest.mark.django_db
def test_a_query_that_looks_into_a_value_is_refused() -> None:
    prepared = Prepared(lambda day: PhoneCode.objects.filter(sent_at__year=day.year))
    with pytest.raises(ValueError, match="looks into a value"):
        prepared(date(2026, 3, 2))
    with pytest.raises(TypeError, match="not a value"):
        Prepared(lambda value: Agency.objects.filter(parent_id=value))(None)


@pytest.mark.django_db
def test_several_counts_are_one_question(cast: Cast, django_assert_num_queries: Any) -> None:
    """Numbers that are asked together are those that are asked one by one; an empty set is not asked for at all."""
    by_role = Prepared(lambda reach: Appointment.objects.filter(agency_id__in=reach).values_list("id"))
    by_account = Prepared(lambda account: Appointment.objects.filter(account_id=account).values_list("id"))
    reach, account = frozenset({cast.district.pk, cast.city.pk}), cast.staff["accountant"].pk
    asked = [by_role.asks(reach), by_role.asks(frozenset()), by_account.asks(account)]
    with django_assert_num_queries(1):
        told = fetch_together(asked)
    assert told == [by_role.count(reach), 0, by_account.count(account)]
    assert told[0] > 1 and told[2] == 1
    with django_assert_num_queries(0):
        assert fetch_together([by_role.asks(frozenset())]) == [0]


def test_what_the_frame_asks_goes_along_with_the_page(cast: Cast, django_assert_num_queries: Any) -> None:
    class Frame:
        told: list[Any]

        def __init__(self, *asked: Asked) -> None:
            self.asked = asked

        def tell(self, answers: Any) -> None:
            self.told = list(answers)

    by_account = Prepared(lambda account: Appointment.objects.filter(account_id=account).values_list("id"))
    account = cast.staff["accountant"].pk
    frame, own = Frame(by_account.asks(account), by_account.asks(0)), by_account(account)
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        assert fetch_together([by_account.wants(account)], frame) == [own]
    assert frame.told == [1, 0]


class TestKept:
    """Statements that PostgreSQL keeps (people/kept_statements.py)."""

    @pytest.fixture(autouse=True)
    def _on_postgresql(self, db: None) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("只有 PostgreSQL 留存语句")
        forget()

    def test_what_is_asked_again_is_kept_and_answers_alike(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_statements, "KEPT_AFTER", 1)
        named = Prepared(
            lambda start, kind: Agency.objects.filter(name__startswith=start, kind=kind).values_list("name")
        )
        Agency.objects.create(name="100%'$1;区", kind="district", region_code="430600", path="/9/")
        assert named("100%'$1", "district") == [("100%'$1;区",)] and kept() == []
        assert [named("100%'$1", "district"), named("100%'$1", "city"), named("%", "district")] == [
            [("100%'$1;区",)],
            [],
            [],
        ]
        (statement,) = kept()
        assert "$2" in statement and "LIMIT" not in statement and "$3" not in statement

    def test_what_never_changes_stays_written_out(self) -> None:
        open_ones = Prepared(
            lambda account: Agency.objects.filter(
                kind__in=("city", "100%'区"), parent_id=account
            ).values_list("id")
        )
        assert open_ones(1) == []
        (statement,) = kept()
        assert "'city'" in statement and "'100%''区'" in statement and "$2" not in statement

    def test_no_more_are_kept_than_may_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_statements, "KEPT_MAX", 3)
        shaped = Prepared(lambda pk, bound: Agency.objects.filter(pk=pk).values_list("id")[:bound])
        for bound in range(1, 20):
            assert shaped(0, shape=(bound,)) == []
            assert len(kept()) <= 3

    def test_nothing_is_kept_behind_a_pooler(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
        plain = Prepared(lambda pk: Agency.objects.filter(pk=pk).values_list("id"))
        assert plain(0) == plain(0) == [] and fetch_together([plain.wants(0), plain.asks(0)]) == [[], 0]
        assert kept() == []


def kept() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE name LIKE 'guangsha%%' ORDER BY prepare_time"
        )
        return [statement for (statement,) in cursor.fetchall()]


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    kept_statements._SESSIONS.pop(connection.connection, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_page_outlives_what_the_database_lost() -> None:
    """Somebody discards what a connection keeps, a table is changed beneath it, the server ends the connection."""
    everybody = Prepared(lambda kind: Agency.objects.filter(kind=kind).values_list("name"))
    Agency.objects.create(name="市", kind="city", region_code="430600", path="/9/")
    assert everybody("city") == everybody("city") == [("市",)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        assert everybody("city") == everybody("city") == [("市",)]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE people_agency ALTER COLUMN name TYPE varchar(201)")
        assert everybody("city") == everybody("city") == [("市",)]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE people_agency ALTER COLUMN name TYPE varchar(200)")
    connection.close()
    assert everybody("city") == [("市",)]
