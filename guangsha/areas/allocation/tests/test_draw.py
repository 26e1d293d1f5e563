"""The draw in the office: who may do what when, once, with nothing taken back."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from guangsha.areas.allocation import draw_acts as acts
from guangsha.areas.allocation.actions import cancel_plan
from guangsha.areas.allocation.actions.base import NotAllowed
from guangsha.areas.allocation.draw_forms import offered
from guangsha.areas.allocation.draw_queries import pack_of, stations_of
from guangsha.areas.allocation.models import Registration
from guangsha.areas.allocation.models_draw import Draw, DrawFile, DrawStep
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.draw_stage import E1, E2, NT, OP, Stage, third_party
from guangsha.areas.intake.tests.test_interrupted import apart, at_once  # noqa: F401 - a fixture is found by its name
from guangsha.audit.kept import Kept
from guangsha.audit.models import Act
from guangsha.draw import escrow
from guangsha.draw.verify import verify_files
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.actions import declare_kin
from guangsha.people.actors import build_actor
from guangsha.privacy.masks import mask_name_public

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(hall: Hall) -> Stage:
    return Stage(hall)


def unpacked(draw: Draw) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack_of(draw))) as archive:
        return {name.split("/")[1]: archive.read(name) for name in archive.namelist()}


def test_from_the_freeze_to_a_pack_that_verifies(stage: Stage) -> None:
    draw = stage.at("drawn")
    assert [step.kind for step in draw.steps.order_by("id")] == [
        "frozen", "committed_op", "committed_nt", "published", "e1_entered", "e1_confirmed", "e2_entered", "e2_confirmed",
        "opened_op", "opened_nt", "started", "computed",
    ]  # fmt: skip
    pack = unpacked(draw)
    assert verify_files(pack).outcome == "ok"
    assert {"verify.html", "verify.py", "freeze.json", "log.jsonl", "SHA256SUMS"} <= set(pack)
    order = [line.split(",") for line in pack["result.csv"].decode().splitlines()[1:]]
    kept = Registration.objects.filter(plan=draw.plan).order_by("order_number")
    assert [(r[2], int(r[1]), r[4], r[5]) for r in order] == [
        (one.entry_no, one.order_number, one.ticket, one.outcome) for one in kept
    ]
    assert (draw.plan.state, draw.plan.seed) == ("drawn", draw.seed)
    assert {s.state for s in stations_of(draw)} == {"done"}
    # nobody is named in what everybody may download
    names = {one.applicant.name.encode() for one in kept}
    assert not any(name in data for name in names for data in pack.values())
    acts_logged = set(
        Act.objects.filter(action__startswith="allocation.draw.").values_list("action", flat=True)
    )
    assert {"allocation.draw.freeze", "allocation.draw.compute", "allocation.draw.open_nt"} <= acts_logged


def test_a_draw_is_run_once_and_nothing_of_it_changes(stage: Stage) -> None:
    draw = stage.at("drawn")
    with pytest.raises(NotAllowed, match="不能计算"):
        acts.run_draw(stage.operator, draw.draw_id)
    with pytest.raises(NotAllowed, match="不能中止"):
        acts.abort_draw(stage.witness, draw.draw_id, draw.version, reason="不满意")
    plan = draw.plan
    with pytest.raises(NotAllowed, match="已经完成"):
        acts.freeze_draw(stage.operator, plan.number, plan.version, stage.announced())
    with pytest.raises(IntegrityError), transaction.atomic():
        DrawStep(draw=draw, kind="computed", at=timezone.now()).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        DrawFile(draw=draw, name="result.csv", data=b"", digest="").save()
    for row in (draw.steps.first(), draw.files.first()):
        with pytest.raises(Kept):
            row.save()
        with pytest.raises(Kept):
            row.delete()


def test_a_computation_that_was_cut_short_comes_to_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = stage.at("opened")

    def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("no power")

    with monkeypatch.context() as patch:
        patch.setattr(acts, "published_files", power_cut)
        with pytest.raises(RuntimeError):
            acts.run_draw(stage.operator, draw.draw_id)
    draw.refresh_from_db()
    assert (draw.state, draw.seed, draw.plan.registrations.exclude(order_number=None).count()) == (
        "opened",
        "",
        0,
    )
    done = acts.run_draw(stage.operator, draw.draw_id)
    assert list(done.steps.order_by("id").values_list("kind", flat=True))[-3:] == ["started", "resumed", "computed"]  # fmt: skip
    assert verify_files(unpacked(done)).outcome == "ok"


def test_two_people_commit_and_nobody_else(stage: Stage) -> None:
    draw = stage.frozen()
    for actor, holder in (
        (stage.notary, "OP"),
        (stage.operator, "NT"),
        (stage.witness, "OP"),
        (stage.hall.editor, "NT"),
    ):
        with pytest.raises(NotAllowed):
            acts.commit(actor, draw.draw_id, draw.version, holder, OP)
    with pytest.raises(InputError, match="64 位"):
        acts.commit(stage.operator, draw.draw_id, draw.version, "OP", "secret")
    draw = acts.commit(stage.operator, draw.draw_id, draw.version, "OP", OP)
    assert (draw.state, draw.published_at) == ("frozen", None)
    with pytest.raises(NotAllowed, match="已经承诺"):
        acts.commit(stage.operator, draw.draw_id, draw.version, "OP", NT)
    draw = acts.commit(stage.notary, draw.draw_id, draw.version, "NT", NT)
    assert draw.state == "committed"
    assert draw.published_at
    # neither secret is anywhere in the database, only sealed
    row = Draw.objects.filter(pk=draw.pk).values().get()
    assert not any(secret in str(value) for value in row.values() for secret in (OP, NT))


def test_nobody_with_a_relative_in_the_roster_holds_a_secret(stage: Stage) -> None:
    draw = stage.frozen()
    theirs = draw.plan.registrations.first().applicant.identity
    declare_kin(stage.notary, identity=theirs, relation="父母")
    with pytest.raises(NotAllowed, match="回避"):
        acts.commit(
            build_actor(stage.hall.cast.staff["notary_observer"]), draw.draw_id, draw.version, "NT", NT
        )


def test_the_sealed_copy_is_used_when_the_notary_does_not_open(stage: Stage) -> None:
    from cryptography.hazmat.primitives import serialization

    draw = stage.at("live")
    private = third_party().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    taken_out = escrow.open_sealed(
        draw.nt_escrow.encode(), draw_id=draw.draw_id, holder="NT", private_pem=private
    )
    draw = acts.open_secret(stage.operator, draw.draw_id, draw.version, "OP", OP)
    with pytest.raises(NotAllowed, match="本人"):
        acts.open_secret(stage.operator, draw.draw_id, draw.version, "NT", taken_out.hex())
    with pytest.raises(InputError, match="承诺值不符"):
        acts.open_secret(stage.witness, draw.draw_id, draw.version, "NT", OP, escrow_reason="公证员未到场")
    draw = acts.open_secret(
        stage.witness,
        draw.draw_id,
        draw.version,
        "NT",
        taken_out.hex(),
        escrow_reason="公证员未到场，派驻组当场拆封",
    )
    assert (draw.state, draw.nt_from_escrow) == ("opened", True)
    done = acts.run_draw(stage.operator, draw.draw_id)
    assert "使用托管件" in unpacked(done)["log.jsonl"].decode()


def test_randomness_is_entered_in_its_hour_and_compared_by_another(stage: Stage) -> None:
    draw = stage.at("committed")
    with pytest.raises(NotAllowed, match="还没有到"):
        acts.enter_random(stage.operator, draw.draw_id, draw.version, "e1", E1, proof="公告")
    draw = stage.later(draw)
    with pytest.raises(NotAllowed):
        acts.enter_random(stage.operator, draw.draw_id, draw.version, "e2", E2, proof="现场")
    next_issue = "FC-SSQ:2026131:01,02,03,04,05,06+07"
    with pytest.raises(InputError, match="FC-SSQ:2026130:"):
        acts.enter_random(stage.operator, draw.draw_id, draw.version, "e1", next_issue, proof="公告")
    draw = acts.enter_random(stage.operator, draw.draw_id, draw.version, "e1", E1, proof="公告")
    with pytest.raises(NotAllowed, match="同一人"):
        acts.confirm_random(stage.operator, draw.draw_id, draw.version, "e1", agrees=True)
    with pytest.raises(InputError, match="核对意见"):
        acts.confirm_random(stage.notary, draw.draw_id, draw.version, "e1", agrees=False)
    draw = acts.confirm_random(stage.notary, draw.draw_id, draw.version, "e1", agrees=False, note="蓝球抄错")
    assert draw.e1 == ""
    draw = acts.enter_random(
        stage.operator, draw.draw_id, draw.version, "e1", next_issue, proof="公告", fallback="2026130 期停售"
    )
    assert "停售" in draw.e1_proof
    assert acts.confirm_random(stage.notary, draw.draw_id, draw.version, "e1", agrees=True).state == "random"


def test_a_draw_is_given_up_only_before_e1_and_the_next_names_it(stage: Stage) -> None:
    draw = stage.at("committed")
    with pytest.raises(NotAllowed):
        acts.abort_draw(stage.operator, draw.draw_id, draw.version, reason="名册有误")
    draw = acts.abort_draw(stage.witness, draw.draw_id, draw.version, reason="大厅停电检修，改期")
    again = acts.freeze_draw(stage.operator, draw.plan.number, draw.plan.version, stage.announced())
    assert (again.replaces_id, again.draw_id) == (draw.pk, f"{draw.plan.number}-2")
    assert Draw.objects.filter(plan=draw.plan).count() == 2
    again = stage.later(stage.committed(again))
    assert draw.draw_id in unpacked(again)["freeze.json"].decode()
    with pytest.raises(NotAllowed, match="已经开奖"):
        acts.abort_draw(stage.witness, again.draw_id, again.version, reason="不想要这一期")


def test_the_freeze_leaves_the_working_days_that_the_place_demands(stage: Stage) -> None:
    plan = stage.plan()
    now = timezone.now()
    for wrong, says in (
        ({"draws_at": now + timedelta(days=1)}, "工作日"),
        ({"e1_at": now - timedelta(hours=1)}, "冻结之后"),
        ({"e1_at": now + timedelta(days=20)}, "摇号之前"),
        ({"e1_prefix": "双色球"}, "期号"),
        ({"escrow_key": "not a key"}, "公钥"),
        ({"place": ""}, "摇号地点"),
    ):
        with pytest.raises(InputError, match=says):
            acts.freeze_draw(stage.operator, plan.number, plan.version, stage.announced(**wrong))
    plan.refresh_from_db()
    assert plan.state == "publicity"
    for actor in (stage.notary, stage.hall.editor, stage.hall.checker):
        with pytest.raises(NotAllowed):
            acts.freeze_draw(actor, plan.number, plan.version, stage.announced())
    with pytest.raises(NotThere):
        acts.freeze_draw(stage.hall.far, plan.number, plan.version, stage.announced())
    draw = stage.frozen(plan)
    Draw.objects.filter(pk=draw.pk).update(draws_at=now + timedelta(days=1))
    draw = acts.commit(stage.operator, draw.draw_id, draw.version, "OP", OP)
    with pytest.raises(NotAllowed, match="不满"):
        acts.commit(stage.notary, draw.draw_id, draw.version, "NT", NT)


def test_a_recorded_seed_draw_needs_no_secrets(stage: Stage) -> None:
    draw = stage.frozen(spec="RSD1", e1_source="", e1_prefix="", e1_at=None, e1_fallback="", escrow_key="", escrow_party="")  # fmt: skip
    assert draw.state == "random"
    draw = stage.later(draw)
    draw = acts.enter_random(
        stage.operator, draw.draw_id, draw.version, "e2", "LIVE:1,2,3,4,5,6,7,8", proof="骰子"
    )
    draw = acts.confirm_random(stage.notary, draw.draw_id, draw.version, "e2", agrees=True)
    done = acts.run_draw(stage.operator, draw.draw_id)
    assert verify_files(unpacked(done)).outcome == "ok"


@pytest.mark.django_db(transaction=True)
def test_two_hands_on_the_button_draw_once(apart: None, stage: Stage) -> None:  # noqa: F811
    draw = stage.at("opened", stage.plan(2, 1))
    results = at_once(*[lambda: acts.run_draw(stage.operator, draw.draw_id)] * 3)
    assert sorted(type(result).__name__ for result in results) == ["Draw", "NotAllowed", "NotAllowed"]
    assert draw.steps.filter(kind="computed").count() == 1
    assert draw.files.filter(name="result.csv").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_freezes_at_the_same_moment_make_one_draw(apart: None, stage: Stage) -> None:  # noqa: F811
    plan = stage.plan(1, 1)
    announced = stage.announced()
    results = at_once(*[lambda: acts.freeze_draw(stage.operator, plan.number, plan.version, announced)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Draw", "Moved"]
    assert plan.draws.count() == 1


def test_pages_tell_a_family_its_line_and_take_the_names_down_in_time(stage: Stage, client: Client) -> None:
    draw = stage.at("committed", stage.plan(2, 1))
    assert "还没有摇号" in client.get(f"/draws/{draw.draw_id}/?entry=t-0001").content.decode()
    draw = stage.opened(stage.live(stage.random(stage.later(draw))))
    draw = acts.run_draw(stage.operator, draw.draw_id)
    first = draw.plan.registrations.get(order_number=1)
    page = client.get(f"/draws/{draw.draw_id}/?entry={first.entry_no.lower()}")
    assert (page.status_code, page.headers["X-Robots-Tag"]) == (200, "noindex, nofollow, noarchive")
    assert first.ticket in page.content.decode()
    assert mask_name_public(first.applicant.name) in page.content.decode()
    assert first.applicant.name not in page.content.decode()
    assert client.get(f"/draws/{draw.draw_id}/pack.zip").headers["Content-Type"] == "application/zip"
    yesterday = timezone.localdate() - timedelta(days=1)
    Draw.objects.filter(pk=draw.pk).update(public_until=yesterday)
    for path in ("", "hall/"):
        later = client.get(f"/draws/{draw.draw_id}/{path}").content.decode()
        assert mask_name_public(first.applicant.name) not in later
    assert first.ticket in client.get(f"/draws/{draw.draw_id}/?entry={first.entry_no}").content.decode()
    # not published yet: as if it did not exist
    frozen = stage.frozen(stage.plan(1, 1))
    for path in ("", "hall/", "pack.zip"):
        assert client.get(f"/draws/{frozen.draw_id}/{path}").status_code == 404


def test_an_act_is_offered_to_whose_turn_it_is(stage: Stage) -> None:
    draw = stage.at("live")
    turn = {
        name: {code for code, _ in offered(draw, actor)}
        for name, actor in (
            ("operator", stage.operator), ("notary", stage.notary), ("witness", stage.witness), ("editor", stage.hall.editor)
        )
    }  # fmt: skip
    assert turn == {
        "operator": {"open-op"}, "notary": {"open-nt", "escrow-op", "escrow-nt"}, "witness": {"escrow-op", "escrow-nt"},
        "editor": set(),
    }  # fmt: skip


def test_a_roster_that_is_being_drawn_cannot_be_reopened_or_cancelled(stage: Stage) -> None:
    draw = stage.at("committed")
    with pytest.raises(NotAllowed, match="正在摇号"):
        cancel_plan(stage.witness, draw.plan.number, draw.plan.version, reason="另有安排")
    acts.abort_draw(stage.witness, draw.draw_id, draw.version, reason="另有安排")
    assert (
        cancel_plan(stage.witness, draw.plan.number, draw.plan.version, reason="另有安排").state
        == "cancelled"
    )
