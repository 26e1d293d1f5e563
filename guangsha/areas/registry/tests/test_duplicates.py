"""Who may be one person: what a reviewer must be shown, and what they must not be bothered with."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.registry import actions, linking
from guangsha.areas.registry.duplicates import JOB, find_duplicates, search_register
from guangsha.areas.registry.linking import CERTAIN, CHECK, Pair, Records, link, link_columns
from guangsha.areas.registry.models import DuplicatePair, ImportBatch, ImportRow, Person
from guangsha.areas.registry.rules import name_key
from guangsha.audit.models import Act
from guangsha.notify.models import ScheduleRun
from guangsha.privacy.retention import run_retention
from guangsha.testing.applicants import applicants
from guangsha.testing.cast import Cast, identity_number

BORN = date(1968, 8, 8)
NUMBER = identity_number("430699", BORN, 127)
TWIN = identity_number("430699", BORN, 128)


def pairs_of(*people: dict[str, str]) -> list[Pair]:
    usual = {
        "kind": "resident",
        "identity": NUMBER,
        "name": "周文波",
        "birth": "19680808",
        "phone": "",
        "address": "",
    }
    rows = [usual | one for one in people]
    columns = {key: [row[key] for row in rows] for key in usual}
    return link(
        Records(
            list(range(10, 10 + len(rows))), columns["kind"], columns["identity"], columns["name"],
            [name_key(name) for name in columns["name"]], columns["birth"], columns["phone"], columns["address"],
        )
    )  # fmt: skip


SAME_DOOR = {"phone": "19900001111", "address": "湖畔路 3 号 401"}


def slipped(number: str, at: int) -> str:
    return number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]


def test_one_number_twice_is_certain_with_its_reasons() -> None:
    (pair,) = pairs_of({}, {"name": "周雯波"})
    assert (pair.left, pair.right, pair.band) == (10, 11, CERTAIN)
    assert pair.reasons == ["证件号码相同", "姓名读音相同、用字不同", "出生日期相同"]


@pytest.mark.parametrize("at", range(0, 17))
def test_a_slip_in_any_digit_is_found(at: int) -> None:
    (pair,) = pairs_of(SAME_DOOR, SAME_DOOR | {"identity": slipped(NUMBER, at)})
    assert pair.band == CERTAIN and pair.reasons[0].startswith("证件号码只差一位")


def test_two_valid_numbers_are_two_people_twins_with_one_phone_and_door_too() -> None:
    assert pairs_of(SAME_DOOR, SAME_DOOR | {"identity": TWIN, "name": "周文涛"}) == []
    assert pairs_of({}, {"identity": TWIN}) == []


def test_two_valid_numbers_with_everything_else_alike_are_checked_never_certain() -> None:
    (pair,) = pairs_of(SAME_DOOR, SAME_DOOR | {"identity": TWIN})
    assert pair.band == CHECK
    assert "可能冒用或换发" in pair.reasons[0]
    for other in ({"phone": "19900002222"}, {"address": "别处"}, {"name": "周雯波"}, {"birth": "19680809"}):
        assert pairs_of(SAME_DOOR, SAME_DOOR | {"identity": TWIN} | other) == [], other


def test_a_passport_and_an_identity_card_are_not_compared_by_number() -> None:
    (pair,) = pairs_of(SAME_DOOR, SAME_DOOR | {"kind": "passport", "identity": "EA1234567", "birth": ""})
    assert pair.band == CHECK and "至少一方没有可比对的证件号码" in pair.reasons


def test_a_phone_that_hundreds_share_is_not_compared_a_hundred_thousand_times() -> None:
    crowd = 400  # born on one day, with the phone of the helper who registered them
    names = [f"周{n}" for n in range(crowd)]
    records = Records(
        range(crowd), ["resident"] * crowd, [""] * crowd, names, [name_key(name) for name in names],
        ["19680808"] * crowd, ["19900001111"] * crowd, [""] * crowd,
    )  # fmt: skip
    assert link_columns(records).looked_at == 0


@pytest.mark.parametrize(("world", "recall"), [("slips", 0.99), ("forged", 0.98)])
def test_invented_applicants_are_linked_as_promised(world: str, recall: float) -> None:
    made = applicants(20_000, world)
    found = link_columns(made.records)
    right = made.persons[found.left] == made.persons[found.right]
    assert int(right.sum()) / made.true_pairs >= recall - 0.005  # 20,000 records: half a point of chance
    assert right.mean() >= 0.99
    assert right[found.bands == 2].all()


def test_the_database_of_the_kernel_reaches_no_disk(tmp_path: Path) -> None:
    with linking.memory_database() as connection:
        assert connection.execute("SELECT current_setting('temp_directory')").fetchall() == [("",)]
        with pytest.raises(Exception, match="disabled"):
            connection.execute(f"COPY (SELECT 1) TO '{tmp_path / 'leak.csv'}'")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def two_files(cast: Cast) -> tuple[Person, Person]:
    """One man with an identity card in one district and a passport in the other, with two programmes."""
    clerk = cast.actor("street_clerk")
    made = []
    for kind, identity, agency, community, programme in (
        ("resident", NUMBER, cast.district, cast.communities[0], "公租房"),
        ("passport", "EA1234567", cast.far_district, cast.communities[3], "租赁补贴"),
    ):
        person = actions.open_person(
            clerk, name="周文波", identity=identity, identity_kind=kind, phone="19900001111"
        )
        household = actions.open_household(
            clerk, head=person, agency=agency, community=community, residence="湖畔路 3 号 401"
        )
        household.programme = programme
        household.save()
        made.append(person)
    return made[0], made[1]


@pytest.mark.django_db
def test_the_register_is_searched_across_districts_and_programmes_once(
    two_files: tuple[Person, Person],
) -> None:
    assert search_register().new == 1
    pair = DuplicatePair.objects.get()
    assert (pair.left_id, pair.right_id) == (two_files[0].pk, two_files[1].pk)
    assert "分属两户家庭档案" in pair.reasons
    assert "分属两个管理机构（湖滨区住房保障服务中心、临江区住房保障服务中心）" in pair.reasons
    assert "保障类别不同（公租房、租赁补贴）" in pair.reasons
    assert NUMBER not in str(pair.reasons) and "19900001111" not in str(pair.reasons)
    acts = Act.objects.count()
    again = search_register()
    assert (again.new, again.gone, DuplicatePair.objects.count()) == (0, 0, 1)
    assert Act.objects.count() == acts


@pytest.mark.django_db
def test_a_decided_pair_stays_decided_and_an_open_one_goes_with_its_reason(
    two_files: tuple[Person, Person],
) -> None:
    search_register()
    DuplicatePair.objects.update(state="different")
    search_register()
    assert DuplicatePair.objects.get().state == "different"
    DuplicatePair.objects.update(state="open")
    second = two_files[1]
    second.refresh_from_db()
    second.name, second.name_key = "吴远山", name_key("吴远山")
    second.save()
    assert search_register().gone == 1
    assert not DuplicatePair.objects.exists()


@pytest.mark.django_db
def test_the_job_works_once_a_week_also_after_a_missed_day(two_files: tuple[Person, Person]) -> None:
    now = timezone.now()

    def ran(ago: timedelta, outcome: str, **more: Any) -> None:
        ScheduleRun.objects.create(
            job=JOB, due_at=now - ago, started_at=now - ago, finished_at=now - ago, outcome=outcome, **more
        )

    ran(timedelta(days=6), "比对 2 人")
    assert find_duplicates(now).startswith("未满一周")
    ScheduleRun.objects.all().delete()
    ran(timedelta(days=9), "比对 2 人")
    ran(timedelta(days=1), "未满一周，本次不比对")
    ran(timedelta(days=2), "OutOfMemory", failed=True)
    assert find_duplicates(now) == "比对 4 人，疑似 1 对，新增 1 对，消除 0 对"


@pytest.mark.django_db
def test_uploaded_rows_lose_their_content_after_half_a_year_and_keep_what_they_became(cast: Cast) -> None:
    clerk = cast.staff["archivist"]
    for digest, days in (("a", 200), ("b", 100)):
        batch = ImportBatch.objects.create(
            agency=cast.district, account=clerk, file_name="x.xlsx", digest=digest
        )
        ImportBatch.objects.filter(pk=batch.pk).update(uploaded_at=timezone.now() - timedelta(days=days))
        ImportRow.objects.create(
            batch=batch, number=2, given={"name": "周文波", "identity": NUMBER}, faults=["重复"]
        )
    run_retention(timezone.now())
    old, new = ImportRow.objects.order_by("batch_id")
    assert (old.given, old.faults) == ({}, ["重复"])
    assert new.given["identity"] == NUMBER
