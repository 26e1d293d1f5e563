"""The acts on an entry, a change, a plan, a registration and in the room as forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.registrations import Wish
from guangsha.areas.allocation.facts import CHANGE_KINDS, DECLINE_REASONS, HEARING_OUTCOMES, PROXIES
from guangsha.areas.allocation.models import EntryChange, Plan, Registration, WaitlistEntry
from guangsha.areas.allocation.rules import APPROVERS, CHECKERS, EDITORS, MAKERS, OFFICERS
from guangsha.audit.actor import Actor
from guangsha.web.act_forms import Answers, Field, Form, day_of, reason, text

_OUTCOMES = {code: word for code, word in HEARING_OUTCOMES.items() if code != "silent"}


def _hearing_fields(*_: object) -> list[Field]:
    return [
        text("outcome", "听取结果", kind="choice", choices=_OUTCOMES),
        text(
            "text",
            "陈述意见",
            kind="long_text",
            required=False,
            max=300,
            help="有异议的，如实记录；没有异议可以不填。",
        ),
    ]


def _propose(kind: str) -> Callable[[Actor, WaitlistEntry, int, Answers], None]:
    def run(actor: Actor, entry: WaitlistEntry, version: int, answers: Answers) -> None:
        until = day_of(answers["until"], "期限") if answers.get("until") else None
        actions.propose_change(
            actor,
            entry.number,
            version,
            kind=kind,
            reason=answers["reason"],
            basis=answers["basis"],
            until=until,
        )

    return run


def _propose_fields(label: str) -> Callable[[object, Actor], list[Field]]:
    def fields(*_: object) -> list[Field]:
        until = [text("until", "期限", kind="date", required=False, help=label)] if label else []
        return [
            text("reason", "理由", max=300, help="写给家庭看的理由。"),
            text("basis", "依据", required=False, max=120),
            *until,
        ]

    return fields


#: code → (states of the entry in which it is offered, who may, the act)
ENTRY_FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "refresh": (frozenset({"waiting", "registered", "suspended"}), MAKERS, Form(
        "按档案更新", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.refresh_entry(actor, found.number, version, reason=answers["reason"]),
        "已按家庭档案更新人口、户型组别和优先依据。", note="人口、身份等变化先在家庭档案登记。调出优先保障须另行提出并听取意见。")),
    "suspend": (frozenset({"waiting", "registered"}), MAKERS, Form(
        CHANGE_KINDS["suspend"], _propose_fields("暂停到哪一天；不填则须人工恢复。"), _propose("suspend"),
        "已告知家庭，听取意见后由另一位同事决定。", danger=True)),
    "resume": (frozenset({"suspended"}), MAKERS | APPROVERS, Form(
        "恢复轮候", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.resume_entry(actor, found.number, version, reason=answers["reason"]),
        "已恢复轮候，轮候起始日不变。")),
    "lower": (frozenset({"waiting", "registered", "suspended"}), MAKERS, Form(
        CHANGE_KINDS["lower"], _propose_fields(""), _propose("lower"), "已告知家庭，听取意见后由另一位同事决定。", danger=True)),
    "remove": (frozenset({"waiting", "registered", "suspended"}), MAKERS, Form(
        CHANGE_KINDS["remove"], _propose_fields("因弃选等退出的，在此日之前不得再次轮候；不填则不限制。"), _propose("remove"),
        "已告知家庭，听取意见后由另一位同事决定。", danger=True)),
}  # fmt: skip

CHANGE_FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "hear": (frozenset({"hearing"}), MAKERS | APPROVERS, Form(
        "记录意见", _hearing_fields,
        lambda actor, found, version, answers: actions.hear_change(
            actor, found.pk, outcome=answers["outcome"], text=answers["text"]),
        "已记录，请另一位同事决定。")),
    "confirm": (frozenset({"proposed"}), APPROVERS, Form(
        "作出决定", lambda *_: [text("note", "决定意见", required=False, max=300)],
        lambda actor, found, version, answers: actions.confirm_change(actor, found.pk, version, note=answers["note"]),
        "已决定，并告知家庭理由和救济途径。")),
    "drop": (frozenset({"hearing", "proposed"}), MAKERS | APPROVERS, Form(
        "不予办理", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.drop_change(actor, found.pk, version, reason=answers["reason"]),
        "已撤销，并告知家庭。")),
}  # fmt: skip


def _window_fields(*_: object) -> list[Field]:
    return [
        text("entry", "轮候号", max=24, help="例如 LH430699202600012；在“轮候名册”中查。"),
        text("proxy", "选房当天由谁到场", kind="choice", choices=PROXIES, value="self"),
        text("proxy_name", "到场人姓名", required=False, max=60, help="本人到场的不填。"),
    ]


def _window(actor: Actor, plan: Plan, _version: int, answers: Answers) -> None:
    actions.register(
        actor,
        plan.number,
        answers["entry"].strip()[:24],
        Wish(proxy=answers["proxy"], proxy_name=answers["proxy_name"]),
    )


PLAN_FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "approve": (frozenset({"planned"}), APPROVERS, Form(
        "批准并公布", lambda found, _: [text("document_number", "方案文号", value=found.document_number, max=60)],
        lambda actor, found, version, answers: actions.approve_plan(
            actor, found.number, version, document_number=answers["document_number"]),
        "方案已公布，登记期内家庭可以登记。", note="批准后房源、登记时间和规则对社会公布。")),
    "register": (frozenset({"registering"}), MAKERS, Form(
        "窗口登记", _window_fields, _window, "已登记，登记号已发给家庭。")),
    "close": (frozenset({"registering"}), OFFICERS, Form(
        "截止登记", lambda *_: [],
        lambda actor, found, version, answers: actions.close_registration(actor, found.number, version),
        "登记已截止，请在期限内完成资格复核。")),
    "recheck": (frozenset({"rechecking"}), MAKERS, Form(
        "复核全部登记", lambda *_: [],
        lambda actor, found, version, answers: actions.recheck_registrants(actor, found.number),
        "已复核。有差异和资料不全的，请逐户认定。", note="按今天的家庭档案和核验结果复核；系统只提出差异，不作不利认定。可以多次复核。")),
    "publish": (frozenset({"rechecking"}), EDITORS, Form(
        "公示名册", lambda *_: [],
        lambda actor, found, version, answers: actions.publish_roster(actor, found.number, version),
        "名册已公示；对名册的异议全部答复后才能冻结。")),
    "reopen": (frozenset({"publicity"}), CHECKERS | APPROVERS, Form(
        "退回复核", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.reopen_roster(actor, found.number, version, reason=answers["reason"]),
        "已退回复核，更正后须重新公示。", danger=True)),
    "order": (frozenset({"publicity"}), OFFICERS, Form(
        "冻结名册并定序", lambda *_: [],
        lambda actor, found, version, answers: actions.order_by_rule(actor, found.number, version),
        "顺序已定。", note="按方案写明的办法（轮候顺序或评分）定序；同分、同日的按轮候号。")),
    "open": (frozenset({"drawn"}), OFFICERS, Form(
        "开始选房", lambda *_: [],
        lambda actor, found, version, answers: actions.open_session(actor, found.number, version), "选房已开始。")),
    "match": (frozenset({"selecting"}), OFFICERS, Form(
        "按志愿配房", lambda *_: [],
        lambda actor, found, version, answers: actions.apply_matches(actor, found.number, version),
        "已按公布的配房结果为家庭保留房源，请通知家庭到场签字。", note="按摇号时公布的志愿和种子计算，逾期未签的退回；摇号后撤出的房源，其家庭按顺序另选。")),
    "finish": (frozenset({"selecting"}), OFFICERS, Form(
        "结束选房", lambda *_: [],
        lambda actor, found, version, answers: actions.close_session(actor, found.number, version),
        "选房已结束，未选房源退回空置，未选房家庭继续轮候。", danger=True)),
    "cancel": (frozenset({"planned", "registering", "rechecking", "publicity", "frozen", "drawn"}), APPROVERS, Form(
        "取消方案", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.cancel_plan(actor, found.number, version, reason=answers["reason"]),
        "方案已取消。", danger=True)),
}  # fmt: skip

REGISTRATION_FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "ask": (frozenset({"registered", "qualified"}), MAKERS, Form(
        "告知差异", lambda *_: [text("reason", "复核发现的情况", kind="long_text", max=300, help="写给家庭看，只写与资格有关的事实。")],
        lambda actor, found, version, answers: actions.ask_registrant(actor, found.pk, version, reason=answers["reason"]),
        "已告知家庭，请在期限内听取意见。")),
    "hear": (frozenset({"registered"}), MAKERS | APPROVERS, Form(
        "记录意见", _hearing_fields,
        lambda actor, found, version, answers: actions.hear_registrant(
            actor, found.pk, outcome=answers["outcome"], text=answers["text"]),
        "已记录，请认定。")),
    "fit": (frozenset({"registered"}), CHECKERS | APPROVERS, Form(
        "认定符合", lambda *_: [text("reason", "认定理由", max=300)],
        lambda actor, found, version, answers: actions.settle_registrant(
            actor, found.pk, version, fits=True, reason=answers["reason"]),
        "已列入名册。", note="人口、户型组别按今天的家庭档案更新。")),
    "unfit": (frozenset({"registered", "qualified"}), APPROVERS, Form(
        "认定不符合", lambda *_: [text("reason", "认定理由", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.settle_registrant(
            actor, found.pk, version, fits=False, reason=answers["reason"]),
        "已认定，并告知家庭理由和救济途径。", danger=True, note="先告知、后听取意见，期满或听取后才能认定。")),
    "withdraw": (frozenset({"registered", "qualified"}), MAKERS, Form(
        "撤回登记", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.withdraw_registration(actor, found.pk, reason=answers["reason"]),
        "已撤回，家庭继续轮候。")),
    "pass": (frozenset({"rostered"}), APPROVERS, Form(
        "跳过该家庭", lambda *_: [text("reason", "理由", max=300, help="写给家庭看，例如：已购买住房。")],
        lambda actor, found, version, answers: actions.pass_over(actor, found.pk, reason=answers["reason"]),
        "已跳过，已完成的选房不变。", danger=True)),
    "decline": (frozenset({"rostered"}), OFFICERS, Form(
        "登记弃选", lambda *_: [
            text("why", "弃选原因", kind="choice", choices=DECLINE_REASONS),
            text("note", "弃选说明", required=False, max=300),
        ],
        lambda actor, found, version, answers: actions.decline(actor, found.pk, reason=answers["why"], note=answers["note"]),
        "已登记弃选。", danger=True, note="弃选计入次数；达到规定次数的，另行听取意见后办理退出轮候。")),
    "arrive": (frozenset({"rostered"}), OFFICERS, Form(
        "登记到场", lambda found, _: [
            text("proxy", "由谁到场", kind="choice", choices=PROXIES, value=found.proxy),
            text("proxy_name", "到场人姓名", required=False, max=60, value=found.proxy_name, help="本人到场的不填；委托他人的请核对委托书。"),
        ],
        lambda actor, found, version, answers: actions.arrive(
            actor, found.pk, proxy=answers["proxy"], proxy_name=answers["proxy_name"]),
        "已到场。")),
}  # fmt: skip

OFFER_FORMS: Mapping[str, Form] = {
    "withdraw": Form(
        "撤出房源", lambda *_: [
            text("reason", "撤出原因", max=200),
            text("repair", "去向", kind="choice", choices={"yes": "转维修", "no": "停用"}),
        ],
        lambda actor, found, version, answers: actions.withdraw_dwelling(
            actor, found.pk, reason=answers["reason"], repair=answers["repair"] == "yes"),
        "房源已撤出。", danger=True, note="已选定未签的家庭退回重选；已签字的不受影响。"),
}  # fmt: skip


def offered(
    forms: Mapping[str, tuple[frozenset[str], frozenset[str], Form]],
    found: WaitlistEntry | EntryChange | Plan | Registration,
    roles: frozenset[str],
) -> list[tuple[str, str, bool]]:
    """The acts that somebody with these roles may press now: code, title, whether it goes against somebody."""
    return [
        (code, form.title, form.danger)
        for code, (states, who, form) in forms.items()
        if found.state in states and roles & who and _fits(code, found)
    ]


def _fits(code: str, found: WaitlistEntry | EntryChange | Plan | Registration) -> bool:
    if isinstance(found, Plan):
        over = timezone.localdate() > found.register_until
        return {"close": over, "order": found.method != "draw", "match": found.matching == "machine"}.get(
            code, True
        )
    if isinstance(found, WaitlistEntry):
        return code != "lower" or found.tier == 1
    if isinstance(found, Registration):
        if code in ("decline", "pass", "arrive"):
            here = found.session_state
            return (
                found.order_number is not None
                and here not in ("signed", "declined", "passed")
                and (code != "arrive" or here == "called")
            )
        if code == "ask":
            return found.heard_due_on is None
        if code == "hear":
            return found.heard_due_on is not None and found.heard_at is None
        return code != "unfit" or found.heard_due_on is not None
    return True
