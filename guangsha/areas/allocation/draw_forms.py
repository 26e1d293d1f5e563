"""The acts on a draw as forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from guangsha.areas.allocation import draw_acts as acts
from guangsha.areas.allocation.actions.base import whole
from guangsha.areas.allocation.draw_facts import SPECS
from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.rules import APPROVERS
from guangsha.audit.actor import Actor
from guangsha.draw.rules_file import HLD1
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.web.act_forms import Answers, Field, Form, day_of, text


def _moment(day: str, clock: str, label: str) -> datetime:
    """A day and ``HH:MM`` as a moment in the time of the place.

    Raises:
        InputError: no such day or hour.
    """
    on = day_of(day, f"{label}（日期）")
    try:
        at = datetime.strptime(clock.strip().replace("：", ":"), "%H:%M").time()  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise InputError("应为 24 小时制的时和分", where=f"{label}（时刻）", advice="如 09:30。") from None
    return timezone.make_aware(datetime.combine(on, at))


#: Asked where there are secrets and a public draw; the act asks again.
_HLD1_ONLY = {"field": "spec", "is": [HLD1]}


def _freeze_fields(plan: Plan, _actor: Actor) -> list[Field]:
    day = timezone.localdate()
    first = national_calendar().add_workdays(
        day, whole("draw_freeze_workdays", plan.agency.region_code, day) + 2
    )
    before = first - timedelta(days=1)
    return [
        text("spec", "规范", kind="choice", choices=SPECS, value=HLD1,
             help="通常用 HLD1；本市规则要求当众报出种子的，用 RSD1，不需要公开随机数和托管。"),
        text("draw_day", "摇号时间（日期）", kind="date", value=first.isoformat()),
        text("draw_clock", "摇号时间（时刻）", value="09:30", max=5),
        text("place", "摇号地点", max=120, value=plan.place),
        text("e1_source", "公开随机数来源", when=_HLD1_ONLY, max=120, help="写明哪一种、哪一期，如：中国福利彩票双色球第 2026130 期。"),
        text("e1_prefix", "公开随机数开头", when=_HLD1_ONLY, max=60, help="如 FC-SSQ:2026130:，录入时必须以此开头。"),
        text("e1_day", "开奖时间（日期）", kind="date", when=_HLD1_ONLY, value=before.isoformat()),
        text("e1_clock", "开奖时间（时刻）", when=_HLD1_ONLY, value="21:15", max=5),
        text("e1_fallback", "未开奖时的办法", when=_HLD1_ONLY, max=200, value="该期未开奖的，用其后第一期的结果。"),
        text("escrow_party", "托管方", when=_HLD1_ONLY, max=120, help="保管两份秘密数封存件的第三方，如纪检派驻机构、另一位公证员。"),
        text("escrow_key", "托管方公钥", kind="long_text", when=_HLD1_ONLY, max=acts.ESCROW_KEY_CHARS_MAX, rows=6,
             help="PEM 格式的 RSA 公钥；私钥只由托管方持有。"),
    ]  # fmt: skip


def _freeze(actor: Actor, plan: Plan, version: int, answers: Answers) -> None:
    e1_at = _moment(answers["e1_day"], answers["e1_clock"], "开奖时间") if answers["spec"] == HLD1 else None
    blank = answers["spec"] != HLD1
    acts.freeze_draw(
        actor, plan.number, version,
        acts.Announced(
            draws_at=_moment(answers["draw_day"], answers["draw_clock"], "摇号时间"), place=answers["place"], spec=answers["spec"],
            e1_source="" if blank else answers["e1_source"], e1_prefix="" if blank else answers["e1_prefix"], e1_at=e1_at,
            e1_fallback="" if blank else answers["e1_fallback"], escrow_party="" if blank else answers["escrow_party"],
            escrow_key="" if blank else answers["escrow_key"],
        ),
    )  # fmt: skip


FREEZE = Form(
    "冻结名册、准备摇号", _freeze_fields, _freeze, "名册已冻结。请操作员和公证员分别登录，各自作出承诺。",
    note="冻结以后名册、房源、批次和规则都不能再改；要改只能中止，重新公示、重新冻结，换新的摇号编号。",
)  # fmt: skip


def _secret_fields(*_: object) -> list[Field]:
    return [
        text("secret", "秘密数", kind="long_text", rows=2, max=100, value=acts.proposed_secret(),
             help="系统每次现场生成一个，也可换成自己准备的 64 位十六进制数。提交前请抄录或打印，交本人保管：系统不保存，摇号当天凭它打开承诺。"),
        text("kept", "我已抄录并妥善保管", kind="choice", choices={"yes": "已抄录"}),
    ]  # fmt: skip


def _commit(holder: str) -> Form:
    def run(actor: Actor, draw: Draw, version: int, answers: Answers) -> None:
        if answers["kept"] != "yes":
            raise InputError(
                "没有确认", where="我已抄录并妥善保管", advice="请先抄录秘密数：以后再也看不到它。"
            )
        acts.commit(actor, draw.draw_id, version, holder, answers["secret"])

    return Form(
        "操作员承诺" if holder == "OP" else "公证员承诺", _secret_fields, run,
        "承诺已记录，封存件已交托管。两份承诺齐全后系统自动公布。",
    )  # fmt: skip


def _open(holder: str) -> Form:
    return Form(
        "打开操作员承诺" if holder == "OP" else "打开公证员承诺",
        lambda *_: [
            text("secret", "秘密数", kind="long_text", rows=2, max=100, help="承诺时抄录的 64 位十六进制数。")
        ],
        lambda actor, draw, version, answers: acts.open_secret(
            actor, draw.draw_id, version, holder, answers["secret"]
        ),
        "秘密数与公布的承诺值相符。",
    )


def _escrow(holder: str) -> Form:
    who = "操作员" if holder == "OP" else "公证员"

    def run(actor: Actor, draw: Draw, version: int, answers: Answers) -> None:
        if not answers["reason"].strip():
            raise InputError("没有填写", where="原因和在场人", advice="请写明为什么拆封、谁在场。")
        acts.open_secret(
            actor, draw.draw_id, version, holder, answers["secret"], escrow_reason=answers["reason"]
        )

    return Form(
        f"使用{who}托管件",
        lambda *_: [
            text("secret", "拆封取出的秘密数", kind="long_text", rows=2, max=100, help="由托管方当场用私钥取出（guangsha draw open）。"),
            text("reason", "原因和在场人", max=200, help="会公布。例如：公证员未到场，派驻组张某某当众拆封。"),
        ],
        run,
        "托管件里的秘密数与公布的承诺值相符。", danger=True,
        note=f"只在{who}本人不打开承诺时使用，使结果不因一人缺席而作废。",
    )  # fmt: skip


def _enter_e1(draw: Draw, _actor: Actor) -> list[Field]:
    return [
        text("value", "公开随机数 E1", max=200, value=draw.e1_prefix, help=f"{draw.e1_source}。双色球写成：期号:红球从小到大+蓝球。"),
        text("proof", "凭据", max=250, help="会公布。例如：中国福彩网开奖公告，截图已存证。"),
        text("fallback", "未按公布期号的原因", required=False, max=150, help=f"只在那一期没有开奖时填写。公布的办法：{draw.e1_fallback}"),
    ]  # fmt: skip


def _enter_e2(draw: Draw, _actor: Actor) -> list[Field]:
    more = "六个数字" if draw.spec == HLD1 else "6 至 60 个数字"
    return [
        text(
            "value",
            "现场摇球 E2",
            max=130,
            value="LIVE:",
            help=f"按摇出的先后写{more}，如 LIVE:3,8,1,9,0,4。",
        ),
        text("proof", "凭据", max=250, help="会公布。例如：六名申请人代表当众摇出，全程录像。"),
    ]


def _confirm(which: str, title: str) -> Form:
    return Form(
        title,
        lambda draw, _: [
            text("agrees", f"{getattr(draw, which)}（{getattr(draw, which + '_proof')}）", kind="choice",
                 choices={"yes": "与凭据一致", "no": "不一致，退回重录"}),
            text("note", "核对意见", required=False, max=200, help="退回的请写明哪里不同。"),
        ],
        lambda actor, draw, version, answers: acts.confirm_random(
            actor, draw.draw_id, version, which, agrees=answers["agrees"] == "yes", note=answers["note"]
        ),
        "已核对。",
    )  # fmt: skip


#: code → (states in which it is offered, roles, the act); whose turn it is inside a state: :func:`offered`.
FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "commit-op": (frozenset({"frozen"}), acts.OPERATORS, _commit("OP")),
    "commit-nt": (frozenset({"frozen"}), acts.NOTARIES, _commit("NT")),
    "enter-e1": (frozenset({"committed"}), acts.PARTAKERS, Form(
        "录入公开随机数", _enter_e1,
        lambda actor, draw, version, answers: acts.enter_random(
            actor, draw.draw_id, version, "e1", answers["value"], proof=answers["proof"], fallback=answers["fallback"]),
        "已录入，请另一人核对。")),
    "confirm-e1": (frozenset({"committed"}), acts.PARTAKERS, _confirm("e1", "核对公开随机数")),
    "enter-e2": (frozenset({"random"}), acts.PARTAKERS, Form(
        "录入现场摇球", _enter_e2,
        lambda actor, draw, version, answers: acts.enter_random(
            actor, draw.draw_id, version, "e2", answers["value"], proof=answers["proof"]),
        "已录入，请另一人核对。")),
    "confirm-e2": (frozenset({"random"}), acts.PARTAKERS, _confirm("e2", "核对现场摇球")),
    "open-op": (frozenset({"live"}), acts.OPERATORS, _open("OP")),
    "open-nt": (frozenset({"live"}), acts.NOTARIES, _open("NT")),
    "escrow-op": (frozenset({"live"}), acts.WITNESSES, _escrow("OP")),
    "escrow-nt": (frozenset({"live"}), acts.WITNESSES, _escrow("NT")),
    "run": (frozenset({"opened"}), acts.OPERATORS, Form(
        "计算并公布结果", lambda *_: [],
        lambda actor, draw, _version, _answers: acts.run_draw(actor, draw.draw_id),
        "摇号完成，结果和公布包已公布。", note="请申请人代表按下按钮。每个摇号编号只计算一次。")),
    "abort": (frozenset({"frozen", "committed"}), APPROVERS, Form(
        "中止摇号", lambda *_: [text("reason", "中止原因", max=250, help="会公布。")],
        lambda actor, draw, version, answers: acts.abort_draw(actor, draw.draw_id, version, reason=answers["reason"]),
        "已中止。下一次摇号用新的编号，并注明代替本次。", danger=True,
        note="只能在公开随机数开奖以前中止。")),
}  # fmt: skip


def offered(draw: Draw, actor: Actor) -> list[tuple[str, Form]]:
    """The acts that this person can do on this draw now."""
    roles = actor.roles_at(draw.plan.agency_id)
    me = actor.account_id
    now = timezone.now()
    holds = {
        "commit-op": not draw.c_op and draw.nt_by_id != me,
        "commit-nt": not draw.c_nt and draw.op_by_id != me,
        "enter-e1": not draw.e1 and draw.e1_at is not None and now >= draw.e1_at,
        "confirm-e1": bool(draw.e1) and draw.e1_by_id != me,
        "enter-e2": not draw.e2 and now >= draw.draws_at,
        "confirm-e2": bool(draw.e2) and draw.e2_by_id != me,
        "open-op": not draw.op and draw.op_by_id == me,
        "open-nt": not draw.nt and draw.nt_by_id == me,
        "escrow-op": not draw.op,
        "escrow-nt": not draw.nt,
        "abort": draw.published_at is None or draw.e1_at is None or now < draw.e1_at,
    }
    return [
        (code, form)
        for code, (states, allowed, form) in FORMS.items()
        if draw.state in states and roles & allowed and holds.get(code, True)
    ]
