"""The acts on a lease as forms; those on what belongs to it stand in ``office_case_forms``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guangsha.areas.registry.models import Person
from guangsha.areas.stock.facts import METER_KINDS
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.access import access_violation
from guangsha.areas.tenancy.actions.base import whole
from guangsha.areas.tenancy.actions.doors import members_of
from guangsha.areas.tenancy.facts import (
    CHANGE_KINDS,
    DEVICE_KINDS,
    EXIT_GROUNDS,
    GRANT_KINDS,
    GRANT_REASONS,
    VIOLATION_KINDS,
    VIOLATION_SIGNALS,
)
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Violation
from guangsha.areas.tenancy.rules import HANDLERS, INSPECTORS, LEASERS
from guangsha.areas.tenancy.signing import current_signer
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.web.act_forms import Answers, Field, Form, day_of, decimal_of, reason, text

PENDING, LIVES = frozenset({"pending_sign"}), frozenset({"active", "renewing"})
TAKEN = frozenset({"active", "renewing", "notice", "transition", "holding_over", "litigation"})
ITEM_LINES = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """An act on a lease: in which states, for whom, the form; ``when`` asks more of the lease."""

    states: frozenset[str]
    roles: frozenset[str]
    form: Form
    when: Callable[[Any], bool] = lambda _: True


def today_text() -> str:
    return timezone.localdate().isoformat()


def whole_of(given: str, label: str, most: int = 999) -> int:
    """A whole number that was filled in.

    Raises:
        InputError: none, or too large.
    """
    if not given.isdecimal() or len(given) > 6 or int(given) > most:
        raise InputError("应为整数", where=label, advice=f"请填写 0 到 {most} 之间的整数。")
    return int(given)


def dwelling_fields(keys: str, *, prefix: str = "", of: str = "") -> list[Field]:
    """What is listed of one dwelling when it changes hands: meters, keys, things.

    Args:
        keys: label of the keys; prefix: of the fields' names; of: of the labels, where a form lists two dwellings.
    """
    meters = [
        text(f"{prefix}meter-{kind}", f"{of}{label}读数", kind="number", required=kind in ("water", "power"))
        for kind, label in METER_KINDS.items()
        if kind != "heat"
    ]
    return [
        *meters, text(f"{prefix}keys", f"{of}{keys}", kind="number", value="2"),
        text(f"{prefix}items", f"{of}物品清单", kind="long_text", required=False, max=1000, help="一行一件：名称 数量 状态，例如“热水器 1 完好”。"),
    ]  # fmt: skip


def handover_fields(*, out: bool) -> list[Field]:
    """What both hand-overs ask for."""
    fields = [
        text("on", "交接日期", kind="date", value=today_text()),
        *dwelling_fields("收回钥匙数" if out else "交付钥匙数"),
    ]
    if out:
        fields += [
            text(
                "absent",
                "承租人是否到场",
                kind="choice",
                choices={"no": "到场签字", "yes": "未到场（法院执行）"},
                value="no",
            ),
            text(
                "goods_left",
                "遗留物品",
                required=False,
                max=300,
                help="有遗留物品的，逐件写明，由见证人签字。",
            ),
            text("witness", "见证人", required=False, max=60),
        ]
    return [
        *fields,
        text("tenant_signed", "承租方签字人", required=not out, max=60),
        text("note", "备注", required=False, max=300),
    ]


def found_of(answers: Answers, *, prefix: str = "", of: str = "", on: date | None = None) -> actions.Found:
    """The hand-over that was filled in.

    Args:
        prefix, of: as for :func:`dwelling_fields`; on: the day, where the form does not ask for it.

    Raises:
        InputError: a number that is none, or a line of things that cannot be read.
    """
    readings: dict[str, Decimal] = {
        kind: decimal_of(answers[f"{prefix}meter-{kind}"], f"{of}{label}读数")
        for kind, label in METER_KINDS.items()
        if answers.get(f"{prefix}meter-{kind}")
    }
    items = []
    for line in answers[f"{prefix}items"].splitlines()[:ITEM_LINES]:
        parts = line.split()
        if not parts:
            continue
        count = parts[1] if len(parts) > 1 else "1"
        if not count.isdecimal() or len(count) > 3:
            raise InputError(
                f"“{line[:30]}”看不懂", where=f"{of}物品清单", advice="一行一件：名称 数量 状态。"
            )
        items.append((parts[0], int(count), " ".join(parts[2:]) or "完好"))
    return actions.Found(
        on=on or day_of(answers["on"], "交接日期"), readings=readings,
        keys=whole_of(answers[f"{prefix}keys"], f"{of}钥匙数", 20), tenant_signed=answers.get("tenant_signed", ""),
        items=tuple(items), goods_left=answers.get(f"{prefix}goods_left", ""), witness=answers.get(f"{prefix}witness", ""),
        absent=answers.get("absent") == "yes", note=answers.get("note", ""),
    )  # fmt: skip


def person_of(lease: Lease, given: str, *, needed: bool = True) -> Person | None:
    """The person that was chosen.

    Raises:
        InputError: nobody of the household.
    """
    if given in members_of(lease):
        return Person.objects.get(pk=int(given))
    if needed or given:
        raise InputError("没有选择家庭成员", where="涉及人员", advice="请从列表中选择。")
    return None


def _change(actor: Actor, lease: Lease, version: int, answers: Answers) -> None:
    kind = answers["kind"]
    actions.propose_change(
        actor, lease.number, version, kind=kind, happened_on=day_of(answers["happened_on"], "发生日期"), reason=answers["reason"],
        person=person_of(lease, answers["person"], needed=kind != "rent") if kind != "rent" else None, heard=answers["heard"],
    )  # fmt: skip


def _closed(lease: Lease) -> list[Violation]:
    return list(Violation.objects.filter(lease=lease, state="closed").order_by("-pk")[:10])


def _exit_fields(lease: Lease, _actor: Actor) -> list[Field]:
    fields = [
        text("ground", "事由", kind="choice", choices={code: name for code, (name, _) in EXIT_GROUNDS.items()}),
        text("facts", "事实", kind="long_text", max=300, help="写明核实的时间、方式和结果。"),
        text("months", "闲置月数", kind="number", required=False, help="只在“连续闲置”时填写；欠租月数自动取自租金账。"),
        text("leave_on", "计划交房日期", kind="date", required=False, help="主动退出、调换的填写。"),
    ]  # fmt: skip
    if closed := _closed(lease):
        fields.insert(
            2,
            text(
                "violation",
                "违规编号",
                kind="choice",
                required=False,
                choices={one.number: one.number for one in closed},
            ),
        )
    return fields


def _exit(actor: Actor, lease: Lease, version: int, answers: Answers) -> None:
    given = answers.get("violation", "")
    actions.open_exit(
        actor, lease.number, version, ground=answers["ground"], facts=answers["facts"],
        months=whole_of(answers["months"] or "0", "闲置月数"), violation=access_violation(actor, given) if given else None,
        leave_on=day_of(answers["leave_on"], "计划交房日期") if answers["leave_on"] else None,
    )  # fmt: skip


def _grant_fields(lease: Lease, _actor: Actor) -> list[Field]:
    people = members_of(lease)
    return [
        text("person", "持有人", kind="choice", choices=people),
        text("kind", "方式", kind="choice", choices=GRANT_KINDS),
        text("lasting", "用途", kind="choice", choices={"yes": "常用（居住期间一直有效）", "no": "临时或便利（有到期日）"}),
        text("reason", "事由", kind="choice", choices=GRANT_REASONS),
        text("label", "卡号或标识", required=False, max=40, help="不填写密码。"),
        text("expires_on", "到期日", kind="date", required=False),
        text("consent_on", "人脸书面同意日期", kind="date", required=False, help="只在使用人脸时填写；同意书随档案保存。"),
        text("guardian", "监护人", kind="choice", required=False, choices=people, help="不满十四周岁使用人脸的填写。"),
    ]  # fmt: skip


def _grant(actor: Actor, lease: Lease, _version: int, answers: Answers) -> None:
    person = person_of(lease, answers["person"])
    if person is None:
        raise InputError("没有选择持有人", where="持有人")
    actions.ask_grant(
        actor, lease.number, person=person, kind=answers["kind"], reason=answers["reason"], lasting=answers["lasting"] == "yes",
        label=answers["label"], expires_on=day_of(answers["expires_on"], "到期日") if answers["expires_on"] else None,
        consent_on=day_of(answers["consent_on"], "人脸书面同意日期") if answers["consent_on"] else None,
        guardian=person_of(lease, answers["guardian"], needed=False),
    )  # fmt: skip


def _sign_fields(_lease: Lease, _actor: Actor) -> list[Field]:
    ways = {"paper": "纸质签字"}
    if current_signer().available:
        ways["electronic"] = "电子签名"
    return [
        text("signed_on", "签订日期", kind="date", value=today_text()),
        text("way", "签署方式", kind="choice", choices=ways, value="paper"),
    ]


def _limit_fields(lease: Lease, _actor: Actor) -> list[Field]:
    def asked(name: str, label: str, agreed: int | None) -> Field:
        place = whole(name, lease.region, actions.today())
        words = f"本地规定 {place} 个月。"
        return text(name, label, kind="number", required=False, value=str(agreed or ""), help=words)

    return [
        asked("arrears_months", "累计欠租月数", lease.arrears_months),
        asked("idle_months", "连续闲置月数", lease.idle_months),
    ]


def _limits(actor: Actor, lease: Lease, version: int, answers: Answers) -> None:
    def agreed(name: str, label: str) -> int | None:
        return whole_of(answers[name], label) if answers[name] else None

    actions.agree_limits(
        actor, lease.number, version, arrears_months=agreed("arrears_months", "累计欠租月数"),
        idle_months=agreed("idle_months", "连续闲置月数"),
    )  # fmt: skip


#: code → the act, in the order in which a lease lives
LEASE_OFFERS: Mapping[str, Offer] = {
    "recompute": Offer(PENDING, LEASERS, Form(
        "重新核定租金", lambda *_: [],
        lambda actor, found, version, _: actions.recompute_rent(actor, found.number, version), "已按现有家庭档案重新核定租金。")),
    "ask-signature": Offer(PENDING, LEASERS, Form(
        "发起电子签名", lambda *_: [],
        lambda actor, found, version, _: actions.ask_signature(actor, found.number, version), "已发起签名，签好后登记签约。"),
        lambda _: current_signer().available),
    "limits": Offer(PENDING, LEASERS, Form(
        "约定腾退月数", _limit_fields, _limits, "已写入合同，请重新打印后签字。",
        note="合同可以严于本地规定，不能宽于本地规定；不填的按本地规定。达到月数只是可以立案，仍要先听取意见。"),
        lambda lease: lease.signed_on is None),
    "sign": Offer(PENDING, LEASERS, Form(
        "登记签约", _sign_fields,
        lambda actor, found, version, answers: actions.sign_lease(
            actor, found.number, version, signed_on=day_of(answers["signed_on"], "签订日期"), way=answers["way"]),
        "合同已签订。"), lambda lease: lease.signed_on is None and not lease.is_of_swap),
    "give-up": Offer(PENDING, LEASERS, Form(
        "放弃签约", lambda *_: [
            text("whose", "原因在谁", kind="choice", choices={"family": "家庭放弃", "dwelling": "房屋或我方原因"}), reason()],
        lambda actor, found, version, answers: actions.give_up(
            actor, found.number, version, reason=answers["reason"], dwelling_at_fault=answers["whose"] == "dwelling"),
        "已撤销，房屋恢复可配。", danger=True), lambda lease: not lease.is_of_swap),
    "hand-over": Offer(LIVES, LEASERS | INSPECTORS, Form(
        "入住交接", lambda *_: handover_fields(out=False),
        lambda actor, found, version, answers: actions.hand_over(actor, found.number, version, found_of(answers)),
        "已办理入住。照片可以继续上传。", note="至少交付一把钥匙。登记后计租开始，轮候登记转为已入住。"),
        lambda lease: lease.handed_over_on is None),
    "ask-renewal": Offer(frozenset({"active"}), LEASERS, Form(
        "登记续租申请", lambda *_: [],
        lambda actor, found, version, _: actions.ask_renewal(actor, found.number, version), "已登记续租申请，请复核家庭情况。"),
        lambda lease: lease.handed_over_on is not None),
    "renew": Offer(frozenset({"renewing"}), LEASERS, Form(
        "续签合同", lambda *_: [text("months", "租期（月）", kind="number", required=False, help="不填按本地规定的月数。")],
        lambda actor, found, version, answers: actions.renew(
            actor, found.number, version, months=whole_of(answers["months"], "租期（月）") if answers["months"] else None),
        "已建立续签合同，请签字后登记。", note="租金按现有家庭档案重新核定；收入超过标准的不能直接续签。")),
    "change": Offer(LIVES, LEASERS | HANDLERS, Form(
        "家庭或租金变更", lambda found, _: [
            text("kind", "事项", kind="choice", choices=CHANGE_KINDS),
            text("person", "涉及人员", kind="choice", required=False, choices=members_of(found), help="租金档次变化不用选。"),
            text("happened_on", "发生日期", kind="date"),
            text("heard", "怎样听取的意见", required=False, max=200, help="租金提高的必填：时间、方式、家庭意见。"), reason()],
        _change, "已提出变更，请另一位同事复核。", note="人员和收入的变化先在家庭档案里登记。"),
        lambda lease: lease.handed_over_on is not None),
    "swap": Offer(frozenset({"active"}), LEASERS | HANDLERS, Form(
        "登记调换申请", lambda *_: [text("reason", "申请理由", kind="long_text", max=300, help="家庭想换到哪里、为什么。")],
        lambda actor, found, version, answers: actions.open_swap(actor, found.number, version, reason=answers["reason"]),
        "已登记，请在“调换住房”中配房或选择互换的另一户。", note="私下调换属于违规；在这里办理，租期、押金和多缴的租金都转到新房。"),
        lambda lease: lease.is_lived_in),
    "violation": Offer(TAKEN, INSPECTORS, Form(
        "登记违规线索", lambda *_: [
            text("kind", "情形", kind="choice", choices={code: name for code, (name, _) in VIOLATION_KINDS.items()}),
            text("signal", "线索来源", kind="choice", choices=VIOLATION_SIGNALS),
            text("found_on", "发现日期", kind="date", value=today_text()),
            text("text", "线索内容", kind="long_text", max=300)],
        lambda actor, found, _version, answers: actions.report_signal(
            actor, found.number, kind=answers["kind"], signal=answers["signal"], text=answers["text"],
            found_on=day_of(answers["found_on"], "发现日期")),
        "已登记线索。", note="线索本身不产生后果：至少两次、每次两人现场核查，听取承租人意见后才作决定。"),
        lambda lease: lease.is_lived_in),
    "exit": Offer(LIVES, HANDLERS, Form(
        "提出腾退", _exit_fields, _exit, "已立案。承租人没有提出退出的，先听取意见。", danger=True,
        note="作出决定前家庭照常居住；停水停电停门禁都不允许。"),
        lambda lease: lease.handed_over_on is not None),
    "grant": Offer(TAKEN, LEASERS | HANDLERS | INSPECTORS, Form(
        "申请门禁凭证", _grant_fields, _grant, "已提出，请另一位同事复核。",
        note="常用凭证只能是钥匙、门禁卡或密码，居住期间一直有效。人脸须另行书面同意，并保留其他方式。"),
        lambda lease: lease.is_lived_in),
    "device": Offer(TAKEN, LEASERS | INSPECTORS, Form(
        "登记门禁设备", lambda *_: [
            text("code", "设备编号", max=40), text("kind", "类别", kind="choice", choices=DEVICE_KINDS),
            text("offline_key", "应急钥匙存放", max=120, help="断电断网时怎样开门。"),
            text("installed_on", "安装日期", kind="date", value=today_text())],
        lambda actor, found, _version, answers: actions.add_device(
            actor, found.number, code=answers["code"], kind=answers["kind"], offline_key=answers["offline_key"],
            installed_on=day_of(answers["installed_on"], "安装日期")),
        "已登记。"), lambda lease: lease.is_lived_in),
}  # fmt: skip
