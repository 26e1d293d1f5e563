"""The acts of a draw: freeze, commit, publish, take in randomness, open, compute once; abort only before E1 is drawn.

Each act is one transaction with its step and its entry in the log, so that a power cut leaves the draw at the last step that
was finished. Order of locks: the plan, then the draw.
Source: operations.md §4.1, §4.2 items 2-5, 8; docs/algorithms/draw.md.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.actions import freeze_roster, frozen_of, record_order
from guangsha.areas.allocation.actions.base import (
    Moved,
    NotAllowed,
    locked_plan,
    need,
    need_distance,
    said,
    today,
    whole,
)
from guangsha.areas.allocation.actions.orders import Frozen
from guangsha.areas.allocation.draw_access import access_draw
from guangsha.areas.allocation.draw_facts import DRAW_STATES, HOLDERS, NEXT_DRAW_STATES, RANDOMS, SPECS
from guangsha.areas.allocation.draw_queries import files_of, freeze_record_of, log_of
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.models_draw import Draw, DrawFile, DrawStep
from guangsha.areas.allocation.rules import APPROVERS, EDITORS, OFFICERS, OrderRow
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.draw import escrow
from guangsha.draw.drawing import INPUT_FILES, Inputs, draw_hld1, draw_rsd1, read_inputs
from guangsha.draw.files import (
    WISHES_FILE,
    WISHES_PER_ENTRY_MAX,
    Entry,
    Unit,
    write_roster,
    write_units,
    write_wishes,
)
from guangsha.draw.pack import published_files
from guangsha.draw.record import FREEZE_FILE, DrawRecord
from guangsha.draw.rules_file import HLD1, RSD1, RULES_FILE, Rules, write_rules
from guangsha.draw.sm3 import sm3_hex
from guangsha.draw.spec import Holder, check_e1, check_e2, check_secret, commitment
from guangsha.draw.verify import verify_files
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar

#: Who works the draw; who holds the other secret; who is the second pair of eyes and brings the opened escrow copy.
OPERATORS = OFFICERS
NOTARIES = frozenset({"notary_observer"})
WITNESSES = NOTARIES | APPROVERS
PARTAKERS = OPERATORS | WITNESSES
ESCROW_KEY_CHARS_MAX = 8000


@dataclass(frozen=True, slots=True)
class Announced:
    """What is announced with the freeze: when and where, from which public draw E1 comes, who keeps the sealed copies.

    The fields of E1 and of the escrow are not used in RSD1.
    """

    draws_at: datetime
    place: str
    spec: str = HLD1
    e1_source: str = ""
    e1_prefix: str = ""
    e1_at: datetime | None = None
    e1_fallback: str = ""
    escrow_party: str = ""
    escrow_key: str = ""


def _locked(actor: Actor, draw_id: str, version: int | None = None) -> Draw:
    seen = access_draw(actor, draw_id)
    draw = (
        Draw.objects.select_for_update(of=("self",))
        .select_related("plan", "plan__agency", "replaces")
        .get(pk=seen.pk)
    )
    if version is not None and draw.version != version:
        raise Moved("这次摇号刚有新的步骤", where=draw_id, advice="请刷新页面，看过最新情况再办。")
    return draw


def _in_state(draw: Draw, state: str, what: str) -> None:
    if draw.state != state:
        raise NotAllowed(
            f"摇号现为“{DRAW_STATES[draw.state]}”，不能{what}", where=draw.draw_id, advice="请刷新页面。"
        )


def _need_distance(actor: Actor, plan: Plan) -> None:
    """Who works a draw or holds one of its secrets has no relative in the roster (回避)."""
    rostered = plan.registrations.filter(state="rostered")
    need_distance(actor, list(rostered.values_list("household_id", flat=True)))


def _step(actor: Actor, draw: Draw, kind: str, note: str = "") -> None:
    DrawStep(
        draw=draw, kind=kind, at=timezone.now(), account_id=actor.account_id or None, note=note[:300]
    ).save()


def _saved(draw: Draw, *fields: str, state: str = "") -> None:
    """Save these columns, a new version, and the next state if one is given."""
    if state:
        if state not in NEXT_DRAW_STATES[draw.state]:
            raise NotAllowed("摇号的步骤不能跳过或倒退", where=draw.draw_id)
        draw.state = state
    draw.version += 1
    draw.save(update_fields=[*fields, "state", "version"])


def _keep(draw: Draw, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        DrawFile(draw=draw, name=name, data=data, digest=sm3_hex(data)).save()


def inputs_of(plan: Plan, frozen: Frozen, spec: str) -> dict[str, bytes]:
    """The frozen roster, dwellings and rules of a plan as the files that are published.

    Raises:
        DrawFileError: a number that cannot stand in the files.
    """
    queues = sorted({row.queue for row in frozen.roster} | {unit.queue for unit in frozen.units})
    tiers = tuple(sorted({row.tier for row in frozen.roster}))
    quota = frozen.rules.get("first_tier_places", {})
    roster = write_roster(Entry(row.entry_no, row.queue, row.tier) for row in frozen.roster)
    units = write_units(
        Unit(unit.unit_no, unit.queue, unit.floor, f"{unit.area_m2:.2f}", unit.accessible)
        for unit in frozen.units
    )
    wishes = _wishes(plan, frozen) if plan.matching == "machine" else {}
    rules = Rules(
        "HLD1" if spec == HLD1 else "RSD1", tuple(queues), tiers, str(frozen.rules["waitlist_ratio"]),
        # without a first tier in the roster, or with nothing else, there is nobody for whom a quota keeps places
        quota if tiers[:1] == (1,) and len(tiers) > 1 else {},
        "M2" if wishes else "M1", sm3_hex(wishes[WISHES_FILE]) if wishes else "",
    )  # fmt: skip
    files = {"roster.csv": roster, "units.csv": units, RULES_FILE: write_rules(rules), **wishes}
    read_inputs(files)
    return files


def _wishes(plan: Plan, frozen: Frozen) -> dict[str, bytes]:
    """``wishes.csv``: what each family registered, without dwellings that are no longer offered or of another queue."""
    queue_of = {unit.unit_no: unit.queue for unit in frozen.units}
    wishes = {}
    rows = Registration.objects.filter(plan=plan, state="rostered").values_list(
        "entry_no", "layout", "wishes"
    )
    for entry_no, queue, named in rows.iterator():
        mine = [str(unit_no) for unit_no in named if queue_of.get(str(unit_no)) == queue]
        if mine:
            wishes[entry_no] = list(dict.fromkeys(mine))[:WISHES_PER_ENTRY_MAX]
    return {WISHES_FILE: write_wishes(wishes)}


@transaction.atomic
def freeze_draw(actor: Actor, plan_number: str, version: int, announced: Announced) -> Draw:
    """Freeze the roster (unless an aborted draw left it frozen) and make its files: a new draw id, and nobody changes a line.

    Raises:
        NotAllowed: not by draw, a draw is under way, the roster is open to objection, or not this person.
        InputError: times out of order, a key that is none.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, OPERATORS, "冻结摇号")
    if actor.roles_at(plan.agency_id) & EDITORS:
        raise NotAllowed(
            "名册编辑与摇号操作不能由同一人担任", where=plan.number, advice="请由配租管理员办理。"
        )
    if plan.method != "draw":
        raise NotAllowed("本方案不以摇号定序", where=plan.number)
    last = plan.draws.order_by("-number").first()
    if last is not None and last.state != "aborted":
        raise NotAllowed(
            f"摇号 {last.draw_id} 正在进行或已经完成", where=plan.number, advice="一个方案同时只有一次摇号。"
        )
    _check_announced(plan, announced)
    frozen = frozen_of(plan) if plan.state == "frozen" else freeze_roster(actor, plan_number, roles=OPERATORS)
    _need_distance(actor, plan)
    files = inputs_of(plan, frozen, announced.spec)
    hashes = {key: sm3_hex(files[name]) for name, key in INPUT_FILES}
    number = (last.number if last else 0) + 1
    recorded = announced.spec == RSD1
    now = timezone.now()
    draw = Draw.objects.create(
        plan=plan, draw_id=f"{plan.number}-{number}", number=number, replaces=last, spec=announced.spec,
        state="random" if recorded else "frozen", entries=len(frozen.roster), units=len(frozen.units), **hashes,
        draws_at=announced.draws_at, place=said(announced.place, "摇号地点", most=120), frozen_by_id=actor.account_id, frozen_at=now,
        published_at=now if recorded else None, e1_source=announced.e1_source.strip(), e1_prefix=announced.e1_prefix.strip(),
        e1_at=announced.e1_at, e1_fallback=announced.e1_fallback.strip(), escrow_party=announced.escrow_party.strip(),
        escrow_key=announced.escrow_key.strip(),
    )  # fmt: skip
    _step(actor, draw, "frozen", f"代替 {last.draw_id}：{last.abort_reason}" if last else "")
    if recorded:
        _check_notice(draw)
        _keep(draw, {FREEZE_FILE: freeze_record_of(draw).to_bytes()})
        _step(actor, draw, "published")
    _keep(draw, files)
    record(
        actor, "allocation.draw.freeze", draw,
        after={"draw_id": draw.draw_id, **hashes, "families": draw.entries, "dwellings": draw.units}, agency_id=plan.agency_id,
    )  # fmt: skip
    return draw


def _check_announced(plan: Plan, announced: Announced) -> None:
    if announced.spec not in SPECS:
        raise InputError("请从列表中选择规范", where="规范", advice="通常用 HLD1。")
    first = national_calendar().add_workdays(
        today(), whole("draw_freeze_workdays", plan.agency.region_code, today())
    )
    if timezone.localdate(announced.draws_at) < first:
        raise InputError(
            f"最早为 {first:%Y年%-m月%-d日}：公布以后要满规定的工作日", where="摇号时间", advice="请改期。"
        )
    if announced.spec == RSD1:
        return
    said(announced.e1_source, "公开随机数来源", most=120)
    said(announced.e1_fallback, "未开奖时的办法", most=200)
    said(announced.escrow_party, "托管方", most=120)
    prefix = said(announced.e1_prefix, "公开随机数开头", most=60)
    if not prefix.endswith(":") or " " in prefix:
        raise InputError(
            "应写明来源和期号，以冒号结尾", where="公开随机数开头", advice="如 FC-SSQ:2026130:。"
        )
    if announced.e1_at is None or not timezone.now() < announced.e1_at <= announced.draws_at:
        raise InputError("开奖要在冻结之后、摇号之前", where="开奖时间", advice="请核对期号和时间。")
    if len(announced.escrow_key) > ESCROW_KEY_CHARS_MAX:
        raise InputError("太长，不是公钥", where="托管方公钥", advice="请粘贴 PEM 格式的 RSA 公钥。")
    # a key that cannot be used shows itself now, not on the day of the commitments
    escrow.seal_to_key(bytes(32), draw_id="-", holder="OP", public_pem=announced.escrow_key.strip().encode())


def _check_notice(draw: Draw) -> None:
    """From today, the day of publication, to the draw there are as many working days as the place demands."""
    days = whole("draw_freeze_workdays", draw.plan.agency.region_code, today())
    if timezone.localdate(draw.draws_at) < national_calendar().add_workdays(today(), days):
        raise NotAllowed(
            f"到摇号日已不满 {days} 个工作日，不能公布",
            where=draw.draw_id,
            advice="请中止这次摇号，另定日期重新冻结。",
        )
    if draw.e1_at is not None and timezone.now() >= draw.e1_at:
        raise NotAllowed(
            "公开随机数已经开奖，承诺太晚", where=draw.draw_id, advice="请中止这次摇号，重新冻结。"
        )


def proposed_secret() -> str:
    """Fresh random bytes for a holder's form, in hex; the server keeps them nowhere."""
    return secrets.token_hex(32)


@transaction.atomic
def commit(actor: Actor, draw_id: str, version: int, holder: str, secret: str) -> Draw:
    """A holder commits to his secret at his own sign-in: its hash is kept, a copy is sealed to the third party, and it is forgotten.

    With the second commitment the files, hashes and commitments are published.

    Raises:
        NotAllowed: not his to commit, committed already, one person for both, or too late for the announced day.
        InputError: not 32 bytes in hex.
    """
    draw = _locked(actor, draw_id, version)
    if holder not in HOLDERS:
        raise InputError("没有这个持有人", where=draw_id)
    side: Holder = "OP" if holder == "OP" else "NT"
    need(actor, draw.plan.agency_id, OPERATORS if side == "OP" else NOTARIES, f"作{HOLDERS[side]}承诺")
    _in_state(draw, "frozen", "承诺")
    _need_distance(actor, draw.plan)
    field = side.lower()
    other = draw.nt_by_id if side == "OP" else draw.op_by_id
    if getattr(draw, f"c_{field}"):
        raise NotAllowed(f"{HOLDERS[side]}已经承诺", where=draw_id, advice="承诺不能更改。")
    if other == actor.account_id:
        raise NotAllowed("两份承诺不能由同一人作出", where=draw_id)
    raw = check_secret("".join(secret.split()).lower(), side)
    sealed = escrow.seal_to_key(raw, draw_id=draw_id, holder=side, public_pem=draw.escrow_key.encode())
    setattr(draw, f"c_{field}", commitment(draw_id, side, raw))
    setattr(draw, f"{field}_by_id", actor.account_id)
    setattr(draw, f"{field}_escrow", sealed.decode())
    _step(actor, draw, f"committed_{field}", getattr(draw, f"c_{field}"))
    fields = [f"c_{field}", f"{field}_by", f"{field}_escrow"]
    if draw.c_op and draw.c_nt:
        _check_notice(draw)
        draw.published_at = timezone.now()
        _saved(draw, *fields, "published_at", state="committed")
        _keep(draw, {FREEZE_FILE: freeze_record_of(draw).to_bytes()})
        _step(actor, draw, "published")
    else:
        _saved(draw, *fields)
    record(
        actor, f"allocation.draw.commit_{field}", draw, after={"commitment": getattr(draw, f"c_{field}"), "state": draw.state},
        agency_id=draw.plan.agency_id,
    )  # fmt: skip
    return draw


@transaction.atomic
def enter_random(
    actor: Actor, draw_id: str, version: int, which: str, value: str, *, proof: str, fallback: str = ""
) -> Draw:
    """Take in E1 (the announced public draw) or E2 (the balls on the stage), with where it can be seen.

    Args:
        fallback: why E1 is of another issue than announced; empty when it is the announced one.

    Raises:
        NotAllowed: not its turn, before its hour, entered already, or not this person.
        InputError: impossible numbers, or not of the announced issue.
    """
    draw = _locked(actor, draw_id, version)
    if which not in RANDOMS:
        raise InputError("没有这种随机数", where=draw_id)
    need(actor, draw.plan.agency_id, PARTAKERS, f"录入{RANDOMS[which]}")
    _in_state(draw, "committed" if which == "e1" else "random", f"录入{RANDOMS[which]}")
    if getattr(draw, which):
        raise NotAllowed(f"{RANDOMS[which]}已经录入，待另一人核对", where=draw_id)
    due = draw.e1_at if which == "e1" else draw.draws_at
    if due is None or timezone.now() < due:
        at = timezone.localtime(due) if due else None
        raise NotAllowed(
            f"还没有到{at:%Y年%-m月%-d日%H:%M}" if at else "没有公布时间",
            where=draw_id,
            advice="请到时再录入。",
        )
    value = value.strip()
    words = said(proof, "凭据")
    if which == "e1":
        check_e1(value)
        if not value.startswith(draw.e1_prefix):
            if not fallback.strip():
                raise InputError(
                    f"公布的是 {draw.e1_prefix} 开头的结果", where=RANDOMS["e1"],
                    advice="那一期没有开奖的，请写明情况并按公布的办法录入。",
                )  # fmt: skip
            words = f"{words}；{draw.e1_fallback}（{said(fallback, '未按公布期号的原因', most=150)}）"
    else:
        check_e2(value, draw.spec)
    setattr(draw, which, value)
    setattr(draw, f"{which}_proof", words[:300])
    setattr(draw, f"{which}_by_id", actor.account_id)
    _step(actor, draw, f"{which}_entered", value)
    _saved(draw, which, f"{which}_proof", f"{which}_by")
    record(
        actor, f"allocation.draw.enter_{which}", draw, after={which: value, "proof": words[:300]}, agency_id=draw.plan.agency_id
    )  # fmt: skip
    return draw


@transaction.atomic
def confirm_random(
    actor: Actor, draw_id: str, version: int, which: str, *, agrees: bool, note: str = ""
) -> Draw:
    """A second person compares E1 or E2 with its proof: it stands, or goes back to be entered again.

    Raises:
        NotAllowed: nothing to compare, or who entered it.
    """
    draw = _locked(actor, draw_id, version)
    if which not in RANDOMS:
        raise InputError("没有这种随机数", where=draw_id)
    need(actor, draw.plan.agency_id, PARTAKERS, f"核对{RANDOMS[which]}")
    _in_state(draw, "committed" if which == "e1" else "random", f"核对{RANDOMS[which]}")
    if not getattr(draw, which):
        raise NotAllowed(f"{RANDOMS[which]}还没有录入", where=draw_id)
    if getattr(draw, f"{which}_by_id") == actor.account_id:
        raise NotAllowed("录入和核对不能是同一人", where=draw_id, advice="请由另一位在场人员核对。")
    words = said(note, "核对意见", needed=not agrees)
    if agrees:
        setattr(draw, f"{which}_confirmed_by_id", actor.account_id)
        _step(actor, draw, f"{which}_confirmed", words)
        if which == "e1":
            _saved(draw, "e1_confirmed_by", state="random")
        else:
            _saved(draw, "e2_confirmed_by", state="live")
            if draw.spec == RSD1:
                _saved(draw, state="opened")
    else:
        _step(actor, draw, f"{which}_rejected", f"{getattr(draw, which)}：{words}")
        for field in (which, f"{which}_proof"):
            setattr(draw, field, "")
        setattr(draw, f"{which}_by_id", None)
        _saved(draw, which, f"{which}_proof", f"{which}_by")
    record(
        actor, f"allocation.draw.confirm_{which}" if agrees else f"allocation.draw.reject_{which}", draw, reason=words,
        after={which: getattr(draw, which), "state": draw.state}, agency_id=draw.plan.agency_id,
    )  # fmt: skip
    return draw


@transaction.atomic
def open_secret(
    actor: Actor, draw_id: str, version: int, holder: str, secret: str, *, escrow_reason: str = ""
) -> Draw:
    """A holder opens his secret on the stage; where he does not, what the third party took out of the sealed copy is used.

    Args:
        escrow_reason: why the sealed copy was opened, and before whom; empty when the holder opens himself.

    Raises:
        NotAllowed: not its turn, not his secret, opened already.
        InputError: it does not open the published commitment.
    """
    draw = _locked(actor, draw_id, version)
    if holder not in HOLDERS:
        raise InputError("没有这个持有人", where=draw_id)
    side: Holder = "OP" if holder == "OP" else "NT"
    field = side.lower()
    _in_state(draw, "live", "打开承诺")
    if escrow_reason.strip():
        need(actor, draw.plan.agency_id, WITNESSES, "使用托管件")
    else:
        need(actor, draw.plan.agency_id, OPERATORS | NOTARIES, "打开承诺")
        if getattr(draw, f"{field}_by_id") != actor.account_id:
            raise NotAllowed(
                f"这是{HOLDERS[side]}本人的秘密数",
                where=draw_id,
                advice="本人不打开的，请托管方拆封托管件后使用。",
            )
    if getattr(draw, field):
        raise NotAllowed(f"{HOLDERS[side]}的秘密数已经打开", where=draw_id)
    raw = check_secret("".join(secret.split()).lower(), side)
    if commitment(draw_id, side, raw) != getattr(draw, f"c_{field}"):
        raise InputError(
            "与公布的承诺值不符", where=f"{HOLDERS[side]}秘密数", advice="请核对是否抄错，或改用托管件。"
        )
    setattr(draw, field, raw.hex())
    setattr(draw, f"{field}_from_escrow", bool(escrow_reason.strip()))
    note = f"使用托管件：{said(escrow_reason, '原因', most=200)}" if escrow_reason.strip() else ""
    _step(actor, draw, f"opened_{field}", note)
    _saved(draw, field, f"{field}_from_escrow", state="opened" if draw.op and draw.nt else "")
    record(
        actor, f"allocation.draw.open_{field}", draw, reason=note, after={"state": draw.state}, agency_id=draw.plan.agency_id
    )  # fmt: skip
    return draw


def run_draw(actor: Actor, draw_id: str) -> Draw:
    """Compute and publish the result, once. A computation that was cut short is begun again and comes to the same.

    Raises:
        NotAllowed: not its turn, done already, or not this person.
    """
    draw = _begun(actor, draw_id)
    files = files_of(draw)
    inputs = read_inputs(files)
    drawn_record, results = _drawn(draw, inputs)
    return _computed(actor, draw_id, inputs, drawn_record, results)


@transaction.atomic
def _begun(actor: Actor, draw_id: str) -> Draw:
    draw = _locked(actor, draw_id)
    need(actor, draw.plan.agency_id, OPERATORS, "运行摇号")
    _in_state(draw, "opened", "计算")
    again = draw.steps.filter(kind="started").exists()
    _step(actor, draw, "resumed" if again else "started")
    record(
        actor, "allocation.draw.resume" if again else "allocation.draw.start", draw, after={"draw_id": draw_id},
        agency_id=draw.plan.agency_id,
    )  # fmt: skip
    return draw


def _drawn(draw: Draw, inputs: Inputs) -> tuple[DrawRecord, dict[str, bytes]]:
    if draw.spec == RSD1:
        made, drawn = draw_rsd1(inputs, draw_id=draw.draw_id, e2=draw.e2)
    else:
        made, drawn = draw_hld1(
            inputs, draw_id=draw.draw_id, c_op=draw.c_op, c_nt=draw.c_nt, op=bytes.fromhex(draw.op), nt=bytes.fromhex(draw.nt),
            e1=draw.e1, e2=draw.e2,
        )  # fmt: skip
    return made, dict(drawn.files)


@transaction.atomic
def _computed(
    actor: Actor, draw_id: str, inputs: Inputs, made: DrawRecord, results: dict[str, bytes]
) -> Draw:
    plan_number = access_draw(actor, draw_id).plan.number
    locked_plan(actor, plan_number)
    draw = _locked(actor, draw_id)
    _in_state(draw, "opened", "公布结果")
    if (made.h_roster, made.h_units, made.h_rules) != (draw.h_roster, draw.h_units, draw.h_rules):
        raise InputError("保存的文件与冻结时的摘要不符", where=draw_id, advice="请停止摇号并报告单位负责人。")
    rows = []
    for line in results["result.csv"].decode().splitlines()[1:]:
        _, order_no, entry_no, _, ticket, outcome = line.split(",")
        rows.append(OrderRow(entry_no, int(order_no), ticket, outcome))
    draw.plan = record_order(actor, plan_number, rows, seed=made.seed, roles=OPERATORS)
    draw.seed, draw.drawn_at = made.seed, timezone.now()
    draw.public_until = today() + timedelta(
        days=whole("result_public_days", draw.plan.agency.region_code, today())
    )
    _step(actor, draw, "computed", f"种子 {made.seed}")
    _saved(draw, "seed", "drawn_at", "public_until", state="drawn")
    kept = files_of(draw)
    frozen_files = {name: data for name, data in kept.items() if name != FREEZE_FILE}
    pack = published_files(
        frozen_files, freeze_record_of(draw), record=made, results=results, log=log_of(draw)
    )
    verdict = verify_files(pack)
    if verdict.outcome != "ok":
        raise InputError(
            f"结果没有通过核验：{verdict.message}", where=draw_id, advice="请停止摇号并报告单位负责人。"
        )
    _keep(draw, {name: data for name, data in pack.items() if name not in kept})
    record(
        actor, "allocation.draw.compute", draw,
        after={"seed": made.seed, "families": len(inputs.roster), "result": sm3_hex(results["result.csv"])},
        agency_id=draw.plan.agency_id,
    )  # fmt: skip
    return draw


@transaction.atomic
def abort_draw(actor: Actor, draw_id: str, version: int, *, reason: str) -> Draw:
    """Give a draw up for good, before E1 is drawn: whoever knows E1 must not be able to prefer another draw.

    The roster stays frozen: the next draw of the plan gets a new id and names this one; a changed roster is published anew first.

    Raises:
        NotAllowed: E1 is drawn, or not this person.
    """
    draw = _locked(actor, draw_id, version)
    need(actor, draw.plan.agency_id, APPROVERS, "中止摇号")
    words = said(reason, "中止原因")
    limit = draw.e1_at if draw.spec == HLD1 else draw.draws_at
    if "aborted" not in NEXT_DRAW_STATES[draw.state] and not (draw.spec == RSD1 and draw.state == "random"):
        raise NotAllowed(
            "公开随机数已经产生，不能中止", where=draw_id, advice="遇紧急情况请记录在案，以同样的数值继续。"
        )
    if draw.published_at is not None and limit is not None and timezone.now() >= limit:
        raise NotAllowed(
            "公开随机数已经开奖，不能中止", where=draw_id, advice="遇紧急情况请记录在案，以同样的数值继续。"
        )
    draw.state, draw.aborted_at, draw.abort_reason = "aborted", timezone.now(), words
    _step(actor, draw, "aborted", words)
    _saved(draw, "aborted_at", "abort_reason")
    record(
        actor, "allocation.draw.abort", draw, reason=words, after={"state": "aborted"}, agency_id=draw.plan.agency_id
    )  # fmt: skip
    return draw


__all__ = [
    "NOTARIES", "OPERATORS", "PARTAKERS", "WITNESSES", "Announced", "abort_draw", "commit", "confirm_random",
    "enter_random", "freeze_draw", "inputs_of", "open_secret", "proposed_secret", "run_draw",
]  # fmt: skip
