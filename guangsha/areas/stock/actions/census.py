"""Censuses of dwellings (入户清查): a round begins, two people visit, the second confirms what the first wrote down.

What is found is no decision about anybody. Rooms above hear of a confirmed check through ``hooks.CHECKED``.
"""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.stock.access import access_check, access_estate, access_round
from guangsha.areas.stock.actions.base import (
    NotAllowed,
    need,
    new_number,
    not_later,
    same_version,
    touched,
)
from guangsha.areas.stock.facts import CHECK_RESULTS
from guangsha.areas.stock.hooks import CHECKED
from guangsha.areas.stock.models import CheckRound, Dwelling, OccupancyCheck
from guangsha.areas.stock.pictures import plain_picture
from guangsha.areas.stock.rules import HEADS, KEEPERS, ON_SITE
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.privacy import files

CONTEXT = "stock.check"
#: Who may begin and end a census.
LEADERS = KEEPERS | HEADS
VISITED = ("let", "checking", "vacant", "planned", "chosen", "repairing", "withdrawn")
ROUND_MAX = 20_000


@transaction.atomic
def open_round(
    actor: Actor,
    estate_id: int,
    *,
    name: str,
    starts_on: date,
    due_on: date,
    states: frozenset[str] = frozenset({"let"}),
) -> CheckRound:
    """Begin a census of the dwellings of an estate that are in these states now.

    Raises:
        InputError: nothing to visit, a census of that name, or days in the wrong order.
    """
    estate = access_estate(actor, estate_id)
    need(actor, estate.agency_id, LEADERS, "发起清查")
    if not states or not states <= set(VISITED):
        raise InputError("请至少选一种房态", where="清查范围", advice="一般选“在租”。")
    if due_on < starts_on:
        raise InputError("早于开始日期", where="截止日期", advice="请核对。")
    keys = list(
        Dwelling.objects.filter(estate=estate, state__in=states)
        .order_by("number")
        .values_list("pk", flat=True)[: ROUND_MAX + 1]
    )
    if not keys:
        raise InputError("没有这些房态的房屋", where=estate.name, advice="请换一种范围。")
    if len(keys) > ROUND_MAX:
        raise InputError(f"超过 {ROUND_MAX} 套", where=estate.name, advice="请分房态发起。")
    try:
        with transaction.atomic():
            made = CheckRound.objects.create(
                number=new_number("QC", estate.agency.region_code, timezone.localdate()), agency=estate.agency, estate=estate,
                name=said(name, "名称", most=60), starts_on=starts_on, due_on=due_on, made_by_id=actor.account_id, made_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("已有同名的清查", where="名称", advice="请写明小区和期次。") from error
    OccupancyCheck.objects.bulk_create(
        (OccupancyCheck(round=made, dwelling_id=key) for key in keys), batch_size=500
    )
    record(
        actor, "stock.round.open", made, after={"estate": estate.pk, "states": sorted(states), "dwellings": len(keys)},
        agency_id=estate.agency_id,
    )  # fmt: skip
    return made


def record_check(
    actor: Actor, check_id: int, version: int, *, result: str, on: date, companion: Account, note: str = "", photo: bytes = b"",
) -> OccupancyCheck:  # fmt: skip
    """Write down what was found; the companion, who was there too, confirms it in their own account.

    A finding against the tenant (others live there, nobody does) needs words and a photograph; "could not get in" needs words.

    Raises:
        InputError: what is missing; NotAllowed: the companion does not work on the spot, or is oneself.
    """
    stored, media = None, ""
    if photo:
        plain, media = plain_picture(photo)
        stored = files.store(plain, context=CONTEXT)
    try:
        with transaction.atomic():
            check = _recorded(actor, check_id, version, result, on, companion, note, bool(stored))
            if stored is not None:
                check.stored, check.digest, check.content_type = stored.stored, stored.digest, media
                check.save(update_fields=["stored", "digest", "content_type"])
    except BaseException:
        if stored is not None:
            files.remove(stored.stored)
        raise
    return check


def _recorded(
    actor: Actor,
    check_id: int,
    version: int,
    result: str,
    on: date,
    companion: Account,
    note: str,
    photo: bool,
) -> OccupancyCheck:
    seen = access_check(actor, check_id)
    agency = seen.round.agency_id
    need(actor, agency, KEEPERS | ON_SITE, "登记清查")
    if companion.pk == actor.account_id or not build_actor(companion).roles_at(agency) & (KEEPERS | ON_SITE):
        raise NotAllowed("同行人应是另一位现场工作人员", where="同行人", advice="请从列表中选择。")
    check = OccupancyCheck.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    check.round, check.dwelling = seen.round, seen.dwelling
    same_version(check, version)
    if seen.round.closed_on is not None or check.state == "confirmed":
        raise InputError("这次清查已结束或已确认", where=str(seen.dwelling), advice="新的情况请另行检查。")
    if result not in CHECK_RESULTS:
        raise InputError("没有选择", where="结果", advice="请选择。")
    if on < seen.round.starts_on:
        raise InputError("早于清查开始日期", where="入户日期", advice="请核对。")
    if result in ("others", "idle") and not (photo or check.stored):
        raise InputError("没有照片", where="照片", advice="与登记不符的，请拍照留存（不拍摄人脸）。")
    check.result, check.on, check.state = result, not_later(on, "入户日期"), "recorded"
    check.note = said(note, "情况", needed=result != "tenant", most=300)
    check.first_id, check.second, check.recorded_at = actor.account_id, companion, timezone.now()
    touched(check, "result", "on", "state", "note", "first", "second", "recorded_at")
    record(
        actor, "stock.check.record", check, reason=check.note, after={"dwelling": check.dwelling_id, "result": result, "on": on, "second": companion.pk},
        agency_id=agency,
    )  # fmt: skip
    return check


@transaction.atomic
def confirm_check(
    actor: Actor, check_id: int, version: int, *, agreed: bool, note: str = ""
) -> OccupancyCheck:
    """The companion confirms that it was so, or sends it back to be written anew.

    Raises:
        NotAllowed: somebody else than the companion.
    """
    seen = access_check(actor, check_id)
    check = OccupancyCheck.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    check.round, check.dwelling = seen.round, seen.dwelling
    same_version(check, version)
    if check.state != "recorded":
        raise InputError("没有待确认的记录", where=str(seen.dwelling), advice="请刷新页面。")
    if check.second_id != actor.account_id:
        raise NotAllowed("由同行人本人确认", where=str(seen.dwelling), advice="请由同行人登录确认。")
    need(actor, seen.round.agency_id, KEEPERS | ON_SITE, "确认清查")
    if agreed:
        check.state, check.confirmed_at = "confirmed", timezone.now()
        touched(check, "state", "confirmed_at")
        for told in CHECKED:
            told(actor, check)
    else:
        check.state, check.second = "waiting", None
        check.note = said(note, "不一致之处", most=300)
        touched(check, "state", "second", "note")
    record(
        actor, "stock.check.confirm" if agreed else "stock.check.return", check, reason=note[:200],
        after={"dwelling": check.dwelling_id, "state": check.state}, agency_id=seen.round.agency_id,
    )  # fmt: skip
    return check


@transaction.atomic
def close_round(actor: Actor, number: str, version: int, *, reason: str) -> CheckRound:
    """End a census; what was not visited stays so and is counted as not done."""
    seen = access_round(actor, number)
    need(actor, seen.agency_id, LEADERS, "结束清查")
    found = CheckRound.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    same_version(found, version)
    if found.closed_on is not None:
        raise InputError("已经结束", where=found.name, advice="请刷新页面。")
    if found.checks.filter(state="recorded").exists():
        raise InputError("还有待同行人确认的记录", where=found.name, advice="请先确认。")
    found.closed_on = timezone.localdate()
    touched(found, "closed_on")
    waiting = found.checks.filter(state="waiting").count()
    record(
        actor,
        "stock.round.close",
        found,
        reason=said(reason, "说明"),
        after={"not_visited": waiting},
        agency_id=found.agency_id,
    )
    return found


def open_photo(check: OccupancyCheck) -> bytes:
    """The photograph of a check that :func:`access_check` has let somebody see."""
    return files.load(check.stored, context=CONTEXT)
