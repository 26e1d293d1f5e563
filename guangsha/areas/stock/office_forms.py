"""The acts on an estate, a building, a dwelling and a request as forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from django.utils import timezone

from guangsha.areas.stock import actions
from guangsha.areas.stock.facts import (
    FUNDING_SOURCES,
    HALVES,
    KEY_MOVES,
    LAYOUTS,
    METER_KINDS,
    NEXT_STATES,
    PROGRAMMES,
    STRUCTURES,
    TITLE_STATES,
)
from guangsha.areas.stock.models import Building, Dwelling, Estate
from guangsha.areas.stock.rules import door_kinds, square_metres
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.web.act_forms import Answers, Field, Form, day_of, decimal_of, reason, text

_DOORS_HELP = "每户一行，从左到右：户型组别 建筑面积 套内面积 朝向。例如：A 39.80 33.10 南。A 一居室，B 两居室，C 三居室，X 无障碍。"


def _today() -> str:
    return timezone.localdate().isoformat()


def whole_of(given: str, label: str, *, empty: int | None = None) -> int:
    """A whole number that was filled in.

    Raises:
        InputError: not one.
    """
    given = given.strip()
    if given == "" and empty is not None:
        return empty
    sign, digits = (-1, given[1:]) if given.startswith("-") else (1, given)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 8):
        raise InputError("应为整数", where=label, advice="请填写整数。")
    return sign * int(digits)


def _communities(agency: Agency) -> dict[str, str]:
    found = Agency.objects.filter(kind="community", path__startswith=agency.path, active=True).order_by(
        "name"
    )
    return {str(key): name for key, name in found.values_list("pk", "name")[:500]}


def _estate_fields(agency: Agency, _actor: Actor) -> list[Field]:
    return [
        text("name", "小区名称", max=80), text("address", "坐落", kind="address", max=200),
        text("community", "所在社区", kind="choice", required=False, choices=_communities(agency)),
        text("property_firm", "物业服务企业", required=False, max=120), text("note", "备注", required=False, max=200),
    ]  # fmt: skip


def _add_estate(actor: Actor, agency: Agency, _version: int, answers: Answers) -> None:
    choices = _communities(agency)
    community = Agency.objects.get(pk=int(answers["community"])) if answers["community"] in choices else None
    actions.add_estate(
        actor, agency, name=answers["name"], address=answers["address"], community=community, property_firm=answers["property_firm"],
        note=answers["note"],
    )  # fmt: skip


ESTATE_NEW = Form("登记小区", _estate_fields, _add_estate, "小区已登记，接着登记楼栋或导入测绘成果。")


def _alter_estate(actor: Actor, estate: Estate, version: int, answers: Answers) -> None:
    actions.alter_estate(
        actor, estate.pk, version, name=answers["name"], address=answers["address"], property_firm=answers["property_firm"],
        note=answers["note"], reason=answers["reason"],
    )  # fmt: skip


def _building_fields(_estate: Estate, _actor: Actor) -> list[Field]:
    return [
        text("number", "楼栋号", max=12, help="例如 3 或 A1。"), text("entrances", "单元数", kind="number", value="1"),
        text("floors", "层数", kind="number"), text("first_floor", "住宅起始层", kind="number", value="1"),
        text("floors_below", "地下层数", kind="number", value="0"), text("lifts", "电梯数", kind="number", value="0"),
        text("doors", "同层各户", kind="long_text", help=_DOORS_HELP, max=1000),
        text("structure", "结构", kind="choice", choices=STRUCTURES, value="reinforced"),
        text("completed_year", "建成年份", kind="number", required=False), text("house_code", "房屋代码", required=False, max=23),
        text("programme", "用途", kind="choice", choices=PROGRAMMES, value="public_rental"),
        text("funding", "资金来源", kind="choice", choices=FUNDING_SOURCES, value="built"),
        text("since", "接收日期", kind="date", value=_today()), reason(),
    ]  # fmt: skip


def _add_building(actor: Actor, estate: Estate, _version: int, answers: Answers) -> None:
    actions.add_building(
        actor, estate.pk, number=answers["number"], entrances=whole_of(answers["entrances"], "单元数"),
        floors=whole_of(answers["floors"], "层数"), kinds=door_kinds(answers["doors"], tuple(LAYOUTS)),
        first_floor=whole_of(answers["first_floor"], "住宅起始层"), floors_below=whole_of(answers["floors_below"], "地下层数", empty=0),
        lifts=whole_of(answers["lifts"], "电梯数", empty=0), structure=answers["structure"],
        completed_year=whole_of(answers["completed_year"], "建成年份") if answers["completed_year"] else None,
        house_code=answers["house_code"], programme=answers["programme"], funding=answers["funding"],
        since=day_of(answers["since"], "接收日期"), reason=answers["reason"],
    )  # fmt: skip


def _slot_fields(_estate: Estate, _actor: Actor) -> list[Field]:
    return [
        text("on", "日期", kind="date"), text("half", "时段", kind="choice", choices=HALVES), text("seats", "名额", kind="number", value="10"),
        text("meet_at", "集合地点", max=80, help="例如：小区南门物业服务中心。"),
    ]  # fmt: skip


def _add_slot(actor: Actor, estate: Estate, _version: int, answers: Answers) -> None:
    actions.add_slot(
        actor, estate.pk, on=day_of(answers["on"], "日期"), half=answers["half"], seats=whole_of(answers["seats"], "名额"),
        meet_at=answers["meet_at"],
    )  # fmt: skip


ESTATE_FORMS: Mapping[str, Form] = {
    "building": Form(
        "登记楼栋", _building_fields, _add_building, "楼栋和各层房屋已登记，请核对楼盘表。", note="按标准层一次生成全部房屋，房态为“筹备中”。个别楼层不同的，登记后逐套修改。"),
    "alter": Form(
        "修改小区", lambda found, _: [
            text("name", "小区名称", max=80, value=found.name), text("address", "坐落", kind="address", value=found.address),
            text("property_firm", "物业服务企业", required=False, max=120, value=found.property_firm),
            text("note", "备注", required=False, max=200, value=found.note), reason()],
        _alter_estate, "已修改。"),
    "slot": Form("安排看房", _slot_fields, _add_slot, "看房时段已开放预约。"),
}  # fmt: skip


def _dwelling_fields(_building: Building, _actor: Actor) -> list[Field]:
    return [
        text("entrance", "单元号", max=8), text("floor", "楼层", help="地下一层填 -1。"), text("door", "同层序号", kind="number"),
        text("kind", "户型组别、面积和朝向", help="例如：A 39.80 33.10 南。", max=60),
        text("programme", "用途", kind="choice", choices=PROGRAMMES, value="public_rental"),
        text("funding", "资金来源", kind="choice", choices=FUNDING_SOURCES, value="built"), reason(),
    ]  # fmt: skip


def _add_dwelling(actor: Actor, building: Building, _version: int, answers: Answers) -> None:
    kinds = door_kinds(answers["kind"], tuple(LAYOUTS))
    actions.add_dwelling(
        actor, building.pk, entrance=answers["entrance"], floor=whole_of(answers["floor"], "楼层"),
        door=whole_of(answers["door"], "同层序号"), kind=kinds[0], programme=answers["programme"], funding=answers["funding"],
        reason=answers["reason"],
    )  # fmt: skip


def _ready_fields(*_: object) -> list[Field]:
    return [text("on", "自何日起", kind="date", value=_today()), reason()]


BUILDING_FORMS: Mapping[str, Form] = {
    "ready": Form(
        "整栋转为可配", _ready_fields,
        lambda actor, found, _version, answers: actions.make_building_ready(
            actor, found.pk, on=day_of(answers["on"], "自何日起"), reason=answers["reason"]),
        "筹备中的房屋已全部转为可配。", note="竣工验收并移交以后，这栋楼筹备中的房屋一次转为“空置可配”。"),
    "dwelling": Form("增加一套房屋", _dwelling_fields, _add_dwelling, "房屋已登记，房态为“筹备中”。"),
}  # fmt: skip

Moving = Callable[..., Dwelling]


def _mover(act: Moving) -> Callable[[Actor, Dwelling, int, Answers], None]:
    def run(actor: Actor, found: Dwelling, version: int, answers: Answers) -> None:
        act(actor, found.pk, version, on=day_of(answers["on"], "自何日起"), reason=answers["reason"])

    return run


def _asker(kind: str) -> Callable[[Actor, Dwelling, int, Answers], None]:
    def run(actor: Actor, found: Dwelling, _version: int, answers: Answers) -> None:
        actions.ask_out(actor, found.pk, kind, reason=answers["reason"], document=answers["document"])

    return run


def _alter_fields(flat: Dwelling, _actor: Actor) -> list[Field]:
    return [
        text("area_m2", "建筑面积（㎡）", kind="area", value=str(flat.area_m2)),
        text("inner_area_m2", "套内面积（㎡）", kind="area", required=False, value=str(flat.inner_area_m2 or "")),
        text("layout", "户型组别", kind="choice", choices=LAYOUTS, value=flat.layout), text("rooms", "居室数", kind="number", value=str(flat.rooms)),
        text("facing", "朝向", required=False, max=8, value=flat.facing),
        text("accessible", "无障碍", kind="yes_no", value="yes" if flat.accessible else "no"),
        text("programme", "用途", kind="choice", choices=PROGRAMMES, value=flat.programme),
        text("funding", "资金来源", kind="choice", choices=FUNDING_SOURCES, value=flat.funding),
        text("title_state", "产权状态", kind="choice", choices=TITLE_STATES, value=flat.title_state),
        text("title_number", "产权证号", required=False, max=60, value=flat.title_number),
        text("house_code", "房屋代码", required=False, max=23, value=flat.house_code),
        text("property_code", "不动产单元代码", required=False, max=28, value=flat.property_code),
        text("note", "备注", required=False, max=200, value=flat.note), text("on", "自何日起", kind="date", value=_today()),
        text("document", "依据", required=False, max=80, help="面积、户型组别、用途关系到租金，改动时必填，例如测绘报告号。"), reason(),
    ]  # fmt: skip


def _alter(actor: Actor, flat: Dwelling, version: int, answers: Answers) -> None:
    inner = answers["inner_area_m2"]
    facts: dict[str, object] = {
        "area_m2": square_metres(answers["area_m2"], "建筑面积（㎡）"),
        "inner_area_m2": square_metres(inner, "套内面积（㎡）") if inner else None,
        "rooms": whole_of(answers["rooms"], "居室数"), "accessible": answers["accessible"] == "yes",
    }  # fmt: skip
    for name in (
        "layout",
        "facing",
        "programme",
        "funding",
        "title_state",
        "title_number",
        "house_code",
        "property_code",
        "note",
    ):
        facts[name] = answers[name]
    actions.alter_dwelling(
        actor,
        flat.pk,
        version,
        facts,
        on=day_of(answers["on"], "自何日起"),
        reason=answers["reason"],
        document=answers["document"],
    )


def _keys_fields(flat: Dwelling, _actor: Actor) -> list[Field]:
    return [
        text("kind", "类别", kind="choice", choices=KEY_MOVES, help=f"现在在库 {flat.keys} 套。"),
        text("sets", "套数", kind="number", value="1"), text("holder", "交接人", max=60),
        text("on", "日期", kind="date", value=_today()), text("back_by", "应还日期", kind="date", required=False, help="领出后要归还的填写。"),
        text("reason", "事由", max=200, help="例如：看房、维修、交房。"),
    ]  # fmt: skip


def _move_keys(actor: Actor, flat: Dwelling, _version: int, answers: Answers) -> None:
    back: date | None = day_of(answers["back_by"], "应还日期") if answers["back_by"] else None
    actions.move_keys(
        actor, flat.pk, answers["kind"], whole_of(answers["sets"], "套数"), holder=answers["holder"],
        on=day_of(answers["on"], "日期"), reason=answers["reason"], back_by=back,
    )  # fmt: skip


def _read(actor: Actor, flat: Dwelling, _version: int, answers: Answers) -> None:
    actions.note_reading(
        actor,
        flat.pk,
        answers["kind"],
        decimal_of(answers["value"], "读数"),
        on=day_of(answers["on"], "抄表日期"),
    )


def _change_meter(actor: Actor, flat: Dwelling, _version: int, answers: Answers) -> None:
    last, first = (
        Decimal(decimal_of(answers[name], label))
        for name, label in (("last", "旧表止数"), ("first", "新表起数"))
    )
    actions.change_meter(
        actor, flat.pk, answers["kind"], last_value=last, first_value=first, serial=answers["serial"],
        on=day_of(answers["on"], "更换日期"), reason=answers["reason"],
    )  # fmt: skip


def _out_fields(*_: object) -> list[Field]:
    return [
        text("document", "依据", required=False, max=80, help="处置时必填，例如批复文号。"),
        text("reason", "原因", max=200),
    ]


_ANY = frozenset(NEXT_STATES)
_WITHDRAW = frozenset(state for state, after in NEXT_STATES.items() if "withdrawn" in after)
_DISPOSE = frozenset(state for state, after in NEXT_STATES.items() if "disposed" in after)

#: code → (states in which it is offered, whose duty it is: "keep" or "site", the act)
DWELLING_FORMS: Mapping[str, tuple[frozenset[str], str, Form]] = {
    "ready": (frozenset({"preparing", "repairing", "checking", "withdrawn"}), "keep", Form(
        "转为可配", _ready_fields, _mover(actions.make_ready), "房屋已转为“空置可配”。")),
    "repair": (frozenset({"vacant", "checking", "withdrawn"}), "site", Form(
        "转为维修", _ready_fields, _mover(actions.send_to_repair), "房屋已转为“维修中”。")),
    "alter": (_ANY - {"disposed"}, "keep", Form("修改房屋", _alter_fields, _alter, "已修改，原来的内容保留在“房屋变更”里。")),
    "keys": (_ANY, "site", Form("登记钥匙", _keys_fields, _move_keys, "钥匙已登记。")),
    "meter": (_ANY, "site", Form(
        "登记抄表", lambda *_: [
            text("kind", "表", kind="choice", choices=METER_KINDS), text("value", "读数", kind="number"),
            text("on", "抄表日期", kind="date", value=_today())],
        _read, "抄表已登记。")),
    "change-meter": (_ANY, "site", Form(
        "登记换表", lambda *_: [
            text("kind", "表", kind="choice", choices=METER_KINDS), text("last", "旧表止数", kind="number"),
            text("first", "新表起数", kind="number", value="0"), text("serial", "新表编号", max=40),
            text("on", "更换日期", kind="date", value=_today()), text("reason", "原因", max=200)],
        _change_meter, "换表已登记。")),
    "withdraw": (_WITHDRAW, "keep", Form(
        "申请停用", _out_fields, _asker("withdrawn"), "申请已提交，请负责人审批。", danger=True, note="停用期间不参加配租，修缮后可以恢复。由另一人审批。")),
    "dispose": (_DISPOSE, "keep", Form(
        "申请处置", _out_fields, _asker("disposed"), "申请已提交，请负责人审批。", danger=True, note="处置后不再是保障房源，不能恢复。由另一人审批。")),
}  # fmt: skip

REQUEST_FORMS: Mapping[str, Form] = {
    "grant": Form(
        "同意", lambda found, _: [text("opinion", "审批意见", required=False, max=200)],
        lambda actor, found, _version, answers: actions.decide_out(actor, found.pk, granted=True, opinion=answers["opinion"]),
        "已同意，房态已变更。"),
    "refuse": Form(
        "不同意", lambda found, _: [text("opinion", "审批意见", max=200)],
        lambda actor, found, _version, answers: actions.decide_out(actor, found.pk, granted=False, opinion=answers["opinion"]),
        "已退回申请。", danger=True),
}  # fmt: skip
