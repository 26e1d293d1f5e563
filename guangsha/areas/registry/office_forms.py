"""The acts on a household and on a person as forms: their fields, and what they do with what was filled in."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from guangsha.areas.registry import actions
from guangsha.areas.registry.models import RELATIONS, STATUS_KINDS, Home, Household, Person
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.web.act_forms import Answers, Field, Form, day_of, decimal_of, fen_of, reason, text
from guangsha.web.forms import key_of


def communities_for(actor: Actor) -> dict[str, str]:
    """The communities within reach, by their key."""
    found = Agency.objects.filter(kind="community", pk__in=actor.scope).order_by("name")
    return {str(key): name for key, name in found.values_list("id", "name")}


def community_of(actor: Actor, answers: Answers) -> Agency:
    """The community that was chosen.

    Raises:
        InputError: none, or one out of reach.
    """
    key = answers.get("community", "")
    found = Agency.objects.filter(kind="community", pk__in=actor.scope, pk=key_of(key)).first()
    if found is None:
        raise InputError("没有选择本机构范围内的社区", where="社区", advice="请从列表中选择。")
    return found


def district_of(community: Agency) -> Agency:
    """The district that keeps the file of a household in ``community``."""
    keys = [int(part) for part in community.path.split("/") if part.isdecimal()]
    found = Agency.objects.filter(pk__in=keys, kind="district").first()
    return found or community


def identity_fields() -> list[Field]:
    """Who somebody is."""
    return [
        text("name", "姓名", max=60),
        text(
            "identity_kind", "证件类型", kind="choice", choices=dict(Person.IDENTITY_KINDS), value="resident"
        ),
        text("identity", "证件号码", kind="identity", help="已登记过的人员按证件号码自动认出。"),
        text("phone", "手机号", kind="phone", required=False),
    ]


def _person(actor: Actor, answers: Answers) -> Person:
    person = actions.person_for(
        actor, name=answers["name"], identity=answers["identity"],
        identity_kind=answers["identity_kind"] or "resident", phone=answers["phone"], reason=answers["reason"],
    )  # fmt: skip
    if person.name != " ".join(answers["name"].split()):
        raise InputError(
            "此证件号码登记的是另一个姓名", where="姓名", advice="请核对证件；登记有误的先更正人员档案。"
        )
    return person


@transaction.atomic
def open_file(actor: Actor, answers: Answers) -> Household:
    """A new household file with its applicant, as one act.

    Raises:
        InputError
    """
    community = community_of(actor, answers)
    head = _person(actor, answers)
    return actions.open_household(
        actor, head=head, agency=district_of(community), community=community, residence=answers["residence"],
        programme=answers["programme"], opened_on=day_of(answers["opened_on"], "建档日期"), reason=answers["reason"],
    )  # fmt: skip


def open_fields(actor: Actor, today: date) -> list[Field]:
    """The fields of a new household file."""
    return [
        *identity_fields(),
        text("community", "社区", kind="choice", choices=communities_for(actor)),
        text("residence", "现住地址", kind="address", help="填写到门牌号。"),
        text("programme", "保障类别", required=False, max=24, help="例如：公租房。"),
        text("opened_on", "建档日期", kind="date", value=today.isoformat()),
        reason(),
    ]


@transaction.atomic
def _add_member(actor: Actor, household: Household, version: int, answers: Answers) -> None:
    person = _person(actor, answers)
    actions.add_member(
        actor, household.pk, version, person, answers["relation"], started_on=day_of(answers["started_on"], "加入日期"),
        counted=answers["counted"] != "no", reason=answers["reason"],
    )  # fmt: skip


def _member_fields(household: Household, actor: Actor) -> list[Field]:
    relations = {code: word for code, word in RELATIONS if code != "self"}
    return [
        *identity_fields(),
        text("relation", "与申请人关系", kind="choice", choices=relations),
        text("started_on", "加入日期", kind="date"),
        text("counted", "计入保障人口", kind="yes_no", value="yes"),
        reason(),
    ]


def _move(actor: Actor, household: Household, version: int, answers: Answers) -> None:
    community = community_of(actor, answers) if answers["community"] else None
    actions.move_household(
        actor,
        household.pk,
        version,
        text=answers["text"],
        on=day_of(answers["on"], "迁入日期"),
        community=community,
    )


def _move_fields(household: Household, actor: Actor) -> list[Field]:
    return [
        text("text", "新的现住地址", kind="address", help="填写到门牌号；原地址保留在历史中。"),
        text("on", "迁入日期", kind="date"),
        text(
            "community",
            "社区",
            kind="choice",
            required=False,
            choices=communities_for(actor),
            value=str(household.community_id),
        ),
    ]


def _home(actor: Actor, household: Household, version: int, answers: Answers) -> None:
    owner = None
    if answers["owner"]:
        owner = household.memberships.filter(person_id=key_of(answers["owner"])).first()
        if owner is None:
            raise InputError("不是这一户的成员", where="权利人", advice="请从列表中选择。")
    actions.record_home(
        actor, household, nature=answers["nature"], address=answers["address"],
        area_m2=decimal_of(answers["area_m2"], "建筑面积"), owner=owner.person if owner else None,
        share=decimal_of(answers["share"] or "1", "份额"), disposed_by=answers["disposed_by"],
        disposed_on=day_of(answers["disposed_on"], "处置日期") if answers["disposed_on"] else None,
        rent_fen=fen_of(answers["rent"], "月租金") if answers["rent"] else None,
    )  # fmt: skip


def _home_fields(household: Household, actor: Actor) -> list[Field]:
    members = {
        str(m.person_id): m.person.name for m in household.memberships.select_related("person").order_by("id")
    }
    return [
        text("nature", "性质", kind="choice", choices=dict(Home.NATURES)),
        text("address", "坐落", kind="address"),
        text("area_m2", "建筑面积", kind="area"),
        text("owner", "权利人", kind="choice", required=False, choices=members),
        text(
            "share", "份额", kind="text", required=False, value="1", max=6, help="全部产权填 1，一半填 0.5。"
        ),
        text("rent", "月租金", kind="money", required=False),
        text("disposed_on", "处置日期", kind="date", required=False, help="已转让、征收等处置的填写。"),
        text(
            "disposed_by",
            "处置方式",
            kind="choice",
            required=False,
            choices={c: w for c, w in Home.WAYS if c},
        ),
    ]


def _close(actor: Actor, household: Household, version: int, answers: Answers) -> None:
    actions.close_household(
        actor, household.pk, version, on=day_of(answers["on"], "销档日期"), reason=_why(answers)
    )


def _why(answers: Answers) -> str:
    said = answers.get("reason", "").strip()
    if len(said) < 4:
        raise InputError("请写明理由，至少 4 个字", where="理由", advice="例如：核对户口簿。")
    return said


HOUSEHOLD_FORMS: dict[str, Form] = {
    "member": Form("增加家庭成员", _member_fields, _add_member, "已增加家庭成员。"),
    "move": Form("登记迁居", _move_fields, _move, "已登记新的现住地址。"),
    "home": Form("登记住房", _home_fields, _home, "已登记住房。"),
    "close": Form(
        "销档", lambda household, actor: [text("on", "销档日期", kind="date"), reason()], _close,
        "已销档，成员可加入其他家庭。", danger=True,
    ),
}  # fmt: skip


def _change(actor: Actor, person: Person, version: int, answers: Answers) -> None:
    changes = {
        key: answers[key]
        for key in ("name", "marital", "employer", "bank_name")
        if answers[key] != (getattr(person, key) or "")
    }
    # sealed values are not shown in the form: what is left empty stays as it is
    changes |= {key: answers[key] for key in ("phone", "bank_account") if answers[key]}
    if answers["died_on"]:
        changes["died_on"] = day_of(answers["died_on"], "死亡日期")  # type: ignore[assignment]
    if not changes:
        raise InputError("没有改动", where="人员信息", advice="请修改后再提交。")
    actions.change_person(actor, person.pk, version, changes, reason=_why(answers))


def _change_fields(person: Person, actor: Actor) -> list[Field]:
    return [
        text("name", "姓名", value=person.name, max=60),
        text("marital", "婚姻状况", kind="choice", choices=dict(Person.MARITAL), value=person.marital),
        text("phone", "新的手机号", kind="phone", required=False, help="不改请留空。"),
        text("employer", "工作单位", required=False, value=person.employer, max=120),
        text("bank_account", "新的银行卡号", kind="bank_account", required=False, help="不改请留空。"),
        text("bank_name", "开户银行", required=False, value=person.bank_name, max=80),
        text(
            "died_on",
            "死亡日期",
            kind="date",
            required=False,
            value=person.died_on.isoformat() if person.died_on else "",
        ),
        reason(),
    ]


def _status(actor: Actor, person: Person, version: int, answers: Answers) -> None:
    if answers["kind"] not in dict(STATUS_KINDS):
        raise InputError("没有选择类别", where="类别", advice="请从列表中选择。")
    if not answers["source"].strip():
        raise InputError("没有写明认定单位", where="来源", advice="例如：民政局。")
    actions.record_status(
        actor, person, kind=answers["kind"], grade=answers["grade"][:20], source=answers["source"][:60],
        evidence=answers["evidence"][:80], started_on=day_of(answers["started_on"], "开始日期"),
        ended_on=day_of(answers["ended_on"], "截止日期") if answers["ended_on"] else None,
    )  # fmt: skip


def _status_fields(person: Person, actor: Actor) -> list[Field]:
    return [
        text("kind", "类别", kind="choice", choices=dict(STATUS_KINDS)),
        text("grade", "等级", required=False, max=20),
        text("source", "来源", max=60, help="认定这一身份的部门。"),
        text("evidence", "依据", required=False, max=80, help="证号或文号。"),
        text("started_on", "开始日期", kind="date"),
        text("ended_on", "截止日期", kind="date", required=False),
    ]


PERSON_FORMS: dict[str, Form] = {
    "change": Form("变更人员信息", _change_fields, _change, "已变更。"),
    "status": Form("登记特殊身份", _status_fields, _status, "已登记特殊身份。"),
}
