"""Survey files: taken in and checked row by row, then written whole or not at all.

A dwelling that is in the register already is altered (with its history), one that is not is entered with its building and
entrance. A chart with holes would be worse than none, so one faulty row keeps the file out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.stock.access import access_estate, access_survey
from guangsha.areas.stock.actions.base import check_table, need
from guangsha.areas.stock.actions.register import alter_dwelling, enter_dwellings
from guangsha.areas.stock.models import Building, Dwelling, Entrance, Estate, SurveyImport, SurveyRow
from guangsha.areas.stock.rules import KEEPERS
from guangsha.areas.stock.survey_sheet import check_row, check_together, number_of, read_rows
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.privacy.sealing import sm3_hex

Meant = dict[str, Any]


def take_survey(actor: Actor, estate_id: int, file_name: str, data: bytes) -> SurveyImport:
    """Check a survey file and keep its rows with what is wrong with them; the register is not touched. The same file again is the
    one that is there.

    Raises:
        InputError: the file cannot be used at all.
    """
    estate = access_estate(actor, estate_id)
    need(actor, estate.agency_id, KEEPERS, "导入测绘成果")
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1][:120] or "测绘成果.xlsx"
    rows = read_rows(data, name)
    checked = _checked(estate, rows)
    digest = sm3_hex(data)
    with transaction.atomic():
        Estate.objects.select_for_update().get(pk=estate.pk)
        known = SurveyImport.objects.filter(estate=estate, digest=digest).exclude(state="dropped").first()
        if known is not None and known.state == "done":
            return known
        if known is not None:
            known.lines.all().delete()
        batch = known or SurveyImport(estate=estate, digest=digest)
        faulty = sum(bool(faults) for _, faults in checked.values())
        batch.account_id, batch.file_name, batch.uploaded_at = actor.account_id, name, timezone.now()
        batch.rows, batch.faulty, batch.state = len(rows), faulty, "faulty" if faulty else "checked"
        batch.save()
        SurveyRow.objects.bulk_create(
            (
                SurveyRow(batch=batch, number=number, given=cast(Any, row), faults=checked[number][1])
                for number, row in rows
            ),
            batch_size=500,
        )
        record(
            actor,
            "stock.survey.take",
            batch,
            after={"rows": len(rows), "faulty": faulty},
            agency_id=estate.agency_id,
        )
    return batch


def _checked(estate: Estate, rows: list[tuple[int, dict[str, str]]]) -> dict[int, tuple[Meant, list[str]]]:
    region = estate.agency.region_code[:6]
    years = dict(estate.buildings.values_list("number", "completed_year"))
    table = check_table(region, timezone.localdate())
    checked = {number: check_row(row, region=region, table=table, years=years) for number, row in rows}
    check_together(checked)
    return checked


@transaction.atomic
def apply_survey(actor: Actor, survey_id: int) -> SurveyImport:
    """Write every row of a checked file.

    Raises:
        InputError: a row is faulty, now or since the register changed.
    """
    seen = access_survey(actor, survey_id)
    need(actor, seen.estate.agency_id, KEEPERS, "导入测绘成果")
    estate = Estate.objects.select_for_update(of=("self",)).select_related("agency").get(pk=seen.estate_id)
    batch = SurveyImport.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if batch.state != "checked":
        raise InputError(
            "有问题的行没有改正，或已经处理", where=batch.file_name, advice="请改正后重新上传整份文件。"
        )
    lines = list(batch.lines.order_by("number"))
    checked = _checked(estate, [(line.number, cast("dict[str, str]", line.given)) for line in lines])
    bad = next((number for number, (_, faults) in checked.items() if faults), None)
    if bad is not None:
        raise InputError(
            f"第 {bad} 行：{checked[bad][1][0]}", where=batch.file_name, advice="请改正后重新上传整份文件。"
        )
    known = {
        each.number: each
        for each in estate.dwellings.filter(number__in=[number_of(meant) for meant, _ in checked.values()])
    }
    ways = _ways(estate, [meant for meant, _ in checked.values()])
    fresh: list[tuple[SurveyRow, Dwelling]] = []
    altered = 0
    for line in lines:
        meant = checked[line.number][0]
        number = number_of(meant)
        if number in known:
            altered += _altered(actor, known[number], meant, batch)
            line.dwelling = known[number]
        else:
            fresh.append((line, _new(estate, ways[meant["building"], meant["entrance"]], number, meant)))
    if fresh:
        try:
            enter_dwellings(actor, [flat for _, flat in fresh], f"测绘成果 {batch.file_name}")
        except IntegrityError as error:
            raise InputError(
                "代码与其他房屋重复", where=batch.file_name, advice="请核对房屋代码。"
            ) from error
        for line, flat in fresh:
            line.dwelling = flat
    SurveyRow.objects.bulk_update(lines, ["dwelling"], batch_size=500)
    batch.state, batch.done_at = "done", timezone.now()
    batch.save(update_fields=["state", "done_at"])
    record(
        actor, "stock.survey.apply", batch, after={"entered": len(fresh), "altered": altered, "rows": len(lines)},
        agency_id=estate.agency_id,
    )  # fmt: skip
    return batch


def _ways(estate: Estate, rows: list[Meant]) -> dict[tuple[str, str], Entrance]:
    """The entrances of all rows; buildings that are not there yet are entered, as tall as their rows."""
    heights: dict[str, list[int]] = {}
    for meant in rows:
        heights.setdefault(meant["building"], []).append(meant["floor"])
    ways: dict[tuple[str, str], Entrance] = {}
    for number, floors in heights.items():
        building, made = Building.objects.get_or_create(
            estate=estate,
            number=number,
            defaults={"floors": max(*floors, 1), "floors_below": max(0, -min(floors))},
        )
        if not made and (max(floors) > building.floors or -min(floors) > building.floors_below):
            building.floors, building.floors_below = (
                max(building.floors, *floors),
                max(building.floors_below, -min(floors)),
            )
            building.version += 1
            building.save(update_fields=["floors", "floors_below", "version"])
        for name in dict.fromkeys(meant["entrance"] for meant in rows if meant["building"] == number):
            ways[number, name] = Entrance.objects.get_or_create(building=building, number=name)[0]
    return ways


def _new(estate: Estate, way: Entrance, number: str, meant: Mapping[str, Any]) -> Dwelling:
    layout = meant["layout"]
    return Dwelling(
        code=f"{estate.code}-{number}"[:32], estate=estate, building_id=way.building_id, entrance=way, number=number,
        floor=meant["floor"], door=meant["door"], area_m2=meant["area_m2"], inner_area_m2=meant["inner_area_m2"], layout=layout,
        rooms={"A": 1, "B": 2, "C": 3, "X": 1}[layout], facing=meant["facing"], accessible=layout == "X", house_code=meant["house_code"],
        property_code=meant["property_code"], since=timezone.localdate(),
    )  # fmt: skip


def _altered(actor: Actor, flat: Dwelling, meant: Mapping[str, Any], batch: SurveyImport) -> int:
    """What the survey says otherwise; an empty cell says nothing."""
    facts: dict[str, object] = {
        name: meant[name]
        for name in ("area_m2", "inner_area_m2", "layout", "facing", "house_code", "property_code")
        if meant[name] not in (None, "") and meant[name] != getattr(flat, name)
    }
    if not facts:
        return 0
    alter_dwelling(
        actor,
        flat.pk,
        flat.version,
        facts,
        on=timezone.localdate(),
        reason="测绘成果与登记不一致",
        document=f"测绘成果 {batch.file_name}"[:80],
    )
    return 1


@transaction.atomic
def drop_survey(actor: Actor, survey_id: int) -> SurveyImport:
    """Give a file up before it is written; its rows go, the line stays."""
    seen = access_survey(actor, survey_id)
    need(actor, seen.estate.agency_id, KEEPERS, "导入测绘成果")
    batch = SurveyImport.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if batch.state not in ("faulty", "checked"):
        raise InputError("已经处理，不能放弃", where=batch.file_name, advice="请刷新页面。")
    batch.lines.all().delete()
    batch.state = "dropped"
    batch.save(update_fields=["state"])
    record(actor, "stock.survey.drop", batch, agency_id=seen.estate.agency_id)
    return batch
