"""Oversight: messages that did not arrive, jobs of the clock, acts of everybody, who looked at what."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guangsha.areas.intake.models import Case
from guangsha.areas.intake.rules import EDGES
from guangsha.areas.office import work
from guangsha.areas.office.lists import day_in, start_of
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, refuse, say, show
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify.actions import mark_read, send_again
from guangsha.notify.models import Message, ScheduleRun
from guangsha.notify.schedule import SCHEDULE, overdue_runs
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.actions import review_reveal
from guangsha.privacy.models import Reveal
from guangsha.web.forms import key_of, page_number

PAGE_SIZE = 50
#: The log is searched a quarter at a time; older acts by their own dates.
SPAN_DAYS = 92
INBOX_PAGE = 30
#: As many messages are put back at once.
AGAIN_MAX = 200


@staff(*gates.MESSAGES)
@require_GET
def failed(request: HttpRequest) -> HttpResponse:
    """Text messages that could not be delivered: somebody must call. The number itself is not shown here."""
    actor = acting(request)
    found = (
        work.undelivered(actor)
        .order_by("-created_at", "-id")
        .values("id", "channel", "subject", "about", "state", "tries", "created_at", "next_try_at", "fault")
    )
    page = Paginator(found, PAGE_SIZE).get_page(page_number(request))
    return show(
        request,
        "failed",
        {"page": page, "channels": dict(Message.CHANNELS), "may_open": actor.has(*gates.CASES)},
    )


@staff(*gates.MESSAGES)
@require_POST
def again(request: HttpRequest, key: int) -> HttpResponse:
    """Hand one message over once more; ``key`` 0: all that failed."""
    actor = acting(request)
    found = work.undelivered(actor)
    chosen = found.filter(pk=key) if key else found.filter(state="failed").order_by("id")[:AGAIN_MAX]
    keys = list(chosen.values_list("pk", flat=True))
    if key and not keys:
        raise NotThere
    sent = 0
    for pk in keys:
        try:
            send_again(actor, pk)
            sent += 1
        except InputError as error:
            refuse(request, error)
    if sent:
        say(request, f"{sent} 条消息已重新排队，一两分钟内发出；发不出去的仍会列在这里。")
    return redirect("office-failed")


@staff("*")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What the house told the actor: limits, escalations, failed jobs."""
    actor = acting(request)
    rows = Message.objects.filter(account_id=actor.account_id, channel="inbox").order_by("-created_at", "-id")
    page = Paginator(rows, INBOX_PAGE).get_page(page_number(request))
    waiting = [row.pk for row in page.object_list if row.read_at is None]
    return show(request, "inbox", {"page": page, "waiting": waiting, "may_open": actor.has(*gates.CASES)})


@staff("*")
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Tick messages off; ``go`` leads to what one of them is about."""
    actor = acting(request)
    keys = [key_of(text) for text in request.POST.getlist("message")[:INBOX_PAGE]]
    mark_read(actor.account_id, [key for key in keys if key])
    own = Message.objects.filter(account_id=actor.account_id, channel="inbox", pk__in=keys[:1]).first()
    if "go" in request.POST and own is not None and own.link.startswith("/office/"):
        return redirect(own.link)
    return redirect("office-inbox")


@staff(*gates.JOBS)
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """Every job of the schedule with its last run, and the runs that failed."""
    latest: dict[str, ScheduleRun] = {}
    for run in ScheduleRun.objects.order_by("-due_at")[: 40 * max(1, len(SCHEDULE))]:
        latest.setdefault(run.job, run)
    bad = set(overdue_runs())
    rows = [(entry.title, entry, latest.get(name), name in bad) for name, entry in sorted(SCHEDULE.items())]
    only_failed = request.GET.get("failed") == "1"
    runs: QuerySet[Any] = ScheduleRun.objects.order_by("-due_at", "-id")
    page = Paginator(runs.filter(failed=True) if only_failed else runs, PAGE_SIZE).get_page(
        page_number(request)
    )
    return show(
        request,
        "jobs",
        {
            "jobs": rows,
            "page": page,
            "only_failed": only_failed,
            "bad": len(bad),
            "titles": {name: entry.title for name, entry in SCHEDULE.items()},
        },
    )


def _day(text: str, otherwise: date) -> date:
    return day_in(text) or otherwise


@staff(*gates.ACTS)
@require_GET
def acts(request: HttpRequest) -> HttpResponse:
    """Search the log by person, act, case or days. Looking into the log changes nothing in it."""
    actor = acting(request)
    today = timezone.localdate()
    until = _day(request.GET.get("until", ""), today)
    since = _day(request.GET.get("since", ""), until - timedelta(days=6))
    cut = (until - since).days > SPAN_DAYS
    since = max(since, until - timedelta(days=SPAN_DAYS))
    asked = {name: request.GET.get(name, "").strip()[:60] for name in ("who", "act", "case")}
    rows = _within(actor).filter(at__gte=start_of(since), at__lt=start_of(until + timedelta(days=1)))
    if asked["who"]:
        rows = rows.filter(actor_name__startswith=asked["who"])
    if asked["act"]:
        rows = rows.filter(action__startswith=asked["act"])
    if asked["case"]:
        pk = (
            Case.objects.filter(number=asked["case"], agency_id__in=actor.scope)
            .values_list("pk", flat=True)
            .first()
        )
        rows = rows.filter(object_type="intake.case", object_id=str(pk or 0))
    number = page_number(request)
    found = list(rows.order_by("-at", "-id")[(number - 1) * PAGE_SIZE : number * PAGE_SIZE + 1])
    return show(
        request, "acts",
        {"rows": [(item, _act_words(item), _object_words(item)) for item in found[:PAGE_SIZE]], "more": len(found) > PAGE_SIZE, "number": number, "asked": asked, "since": since, "until": until,
         "cut": cut, "span": SPAN_DAYS},
    )  # fmt: skip


#: Acts that are no move of a case, in words.
_WORDS = {
    "tenancy.lease.open": "建立租赁合同", "tenancy.lease.recompute": "重新核定租金", "tenancy.lease.ask_signature": "发起电子签名",
    "tenancy.lease.sign": "登记签约", "tenancy.lease.give_up": "放弃签约", "tenancy.lease.hand_over": "入住交接",
    "tenancy.lease.ask_renewal": "申请续租", "tenancy.lease.renew": "续签合同", "tenancy.lease.begin": "续签生效",
    "tenancy.lease.evidence": "上传租约照片", "tenancy.lease.hand_back": "退房查验", "tenancy.lease.end": "结清终止合同",
    "tenancy.lease.agree_limits": "约定腾退月数", "tenancy.swap.open": "登记调换申请", "tenancy.swap.choose": "调换配房",
    "tenancy.swap.agree": "家庭同意调换", "tenancy.swap.decline": "家庭不同意调换", "tenancy.swap.decide": "决定调换住房",
    "tenancy.swap.refuse": "不予调换住房", "tenancy.swap.draft": "拟订调换合同", "tenancy.swap.carry_out": "办理调换交接",
    "tenancy.swap.withdraw": "撤回调换", "tenancy.change.propose": "提出租约变更", "tenancy.change.confirm": "确认租约变更", "tenancy.change.drop": "撤销租约变更",
    "tenancy.violation.signal": "登记违规线索", "tenancy.violation.check": "现场核查", "tenancy.violation.ask": "告知听取意见",
    "tenancy.violation.decide": "违规处理决定", "tenancy.violation.dismiss": "认定违规不成立", "tenancy.violation.drop": "结束核查",
    "tenancy.violation.settle": "登记改正情况", "tenancy.violation.send_clue": "移送线索", "tenancy.violation.answer_clue": "登记移送结果",
    "tenancy.hearing": "听取家庭意见", "tenancy.exit.open": "提出腾退", "tenancy.exit.decide": "腾退决定",
    "tenancy.exit.refuse": "不予腾退", "tenancy.exit.top_up": "按市场租金续住", "tenancy.exit.serve": "送达腾退通知",
    "tenancy.exit.hold_over": "登记逾期占用", "tenancy.exit.demand": "催告", "tenancy.exit.court": "申请法院",
    "tenancy.exit.ruled": "登记法院裁定", "tenancy.exit.withdraw": "撤回腾退", "tenancy.access.ask": "申请门禁凭证",
    "tenancy.access.approve": "启用门禁凭证", "tenancy.access.refuse": "不同意门禁凭证", "tenancy.access.ask_stop": "申请停用凭证",
    "tenancy.access.stop": "停用门禁凭证", "tenancy.access.keep": "不停用门禁凭证", "tenancy.access.expire": "凭证到期",
    "tenancy.access.lock_out_refused": "拒绝停用居住家庭的门禁", "tenancy.access.ask_reissue": "申请补发凭证", "tenancy.access.add_device": "登记门禁设备",
    "privacy.value.reveal": "查看原文", "privacy.reveal.review": "抽查查看记录", "privacy.keys.rotate": "更换密钥",
    "privacy.retention.remove": "清理到期信息", "audit.anchor.make": "生成审计锚", "audit.anchor.sign": "签认审计锚",
    "office.material.open": "打开材料", "portal.data.take": "下载本人信息",
    "intake.material.attach": "上传材料", "intake.material.remove": "移除材料", "intake.notice.publish": "发布公示",
    "intake.notice.end": "公示结束", "intake.notice.hide": "撤下到期公示", "intake.notice.withdraw": "撤下公示",
    "intake.objection.make": "提出异议", "intake.objection.settle": "核实异议", "intake.rating.give": "评价",
    "intake.rating.reply": "回访评价", "intake.alarm.raise": "时限提醒", "intake.alarm.answer": "处理提醒",
    "intake.spot_check.draw": "抽取复查", "intake.spot_check.finish": "完成复查", "intake.proxy.authorize": "登记代办授权",
    "intake.proxy.end": "终止代办授权", "intake.hook.take": "业务接收决定",
    "verification.consent.give": "同意核验", "verification.consent.revoke": "撤回核验同意", "verification.ask": "请求核验",
    "verification.answer": "核验返回", "verification.hear": "听取说明", "verification.hearing.close": "说明期满",
    "verification.correction.ask": "申请更正来源数据", "notify.message.again": "重发消息",
    "registry.person.open": "登记人员", "registry.person.change": "变更人员信息", "registry.household.open": "建立家庭档案",
    "registry.household.close": "销档", "registry.household.head": "变更申请人", "registry.household.move": "登记迁居",
    "registry.member.add": "增加家庭成员", "registry.member.end": "减员", "registry.home.add": "登记住房",
    "registry.declaration.add": "收入资产申报", "registry.status.add": "登记特殊身份", "registry.status.end": "终止特殊身份",
    "registry.duplicates.find": "查找疑似重复", "registry.pair.apart": "认定不是同一人", "registry.merge.ask": "申请合并",
    "registry.merge.approve": "合并人员", "registry.merge.refuse": "退回合并", "registry.split.ask": "申请拆回",
    "registry.split.approve": "拆回人员", "registry.split.refuse": "退回拆回", "registry.import.upload": "上传导入文件", "registry.import.check": "校验导入文件",
    "registry.import.refuse": "导入文件不能使用", "registry.import.begin": "开始导入",
    "registry.import.apply": "批量导入", "registry.import.take": "下载导入结果", "registry.import.drop": "放弃导入",
    "people.sign_in.done": "登录", "people.sign_in.fault": "登录失败", "people.session.start": "开始登录", "people.sessions.end": "退出全部登录",
    "people.account.open": "开立账号", "people.account.close": "停用账号", "people.account.reopen": "恢复账号",
    "people.account.phone": "变更手机号", "people.agency.open": "设立机构", "people.appointment.start": "任职", "people.appointment.end": "免职",
    "people.delegation.start": "委托", "people.delegation.revoke": "撤回委托", "people.factor.enrol": "启用动态口令",
    "people.factor.recovery": "更换恢复码", "people.factor.reset": "重置动态口令", "people.kin.declare": "申报回避",
    "people.kin.withdraw": "撤回回避申报", "people.password.set": "更改密码", "people.token.issue": "发放接口密钥",
    "people.token.revoke": "撤回接口密钥",
    "intake.objection.take_up": "受理异议", "verification.proof.ask": "申请核验身份", "verification.proof.see": "窗口核对证件",
    "verification.proof.link": "绑定身份", "verification.proof.end": "解除身份绑定", "verification.proof.refuse": "身份复核不同意",
    "verification.proof.fail": "身份核验未通过",
}  # fmt: skip


def _act_words(act: Act) -> str:
    rule = EDGES.get(act.action.removeprefix("intake.case."))
    return rule.label if rule else _WORDS.get(act.action, "")


def _object_words(act: Act) -> str:
    try:
        return str(apps.get_model(act.object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return act.object_type


def _within(actor: Actor) -> QuerySet[Act]:
    """Acts of the agencies within reach; the audit administrator also sees those of no agency (citizens, the clock)."""
    reach = Q(agency_id__in=actor.scope)
    return (
        Act.objects.filter(reach | Q(agency_id=0)) if actor.has("audit_admin") else Act.objects.filter(reach)
    )


@staff(*gates.REVEALS)
@require_GET
def reveals(request: HttpRequest) -> HttpResponse:
    """The looks of one week, the most curious first, to be ticked off one by one."""
    actor = acting(request)
    today = timezone.localdate()
    day = _day(request.GET.get("week", ""), today)
    monday = day - timedelta(days=day.weekday())
    first, after = start_of(monday), start_of(monday + timedelta(days=7))
    rows = Reveal.objects.filter(at__gte=first, at__lt=after, agency_id__in=actor.scope)
    many = _by_account(rows)
    which = "done" if request.GET.get("which") == "done" else "open"
    shown = rows.filter(reviewed_at__isnull=which == "open").order_by("account_id", "at", "id")
    page = Paginator(shown, PAGE_SIZE).get_page(page_number(request))
    cases = dict(
        Case.objects.filter(pk__in=[int(row.object_id) for row in page.object_list if row.object_type == "intake.case"]).values_list("pk", "number")
    )  # fmt: skip
    lines = [
        (row, cases.get(int(row.object_id)) if row.object_type == "intake.case" else None)
        for row in page.object_list
    ]
    return show(
        request, "reveals",
        {"page": page, "lines": lines, "many": many, "which": which, "monday": monday, "sunday": monday + timedelta(days=6),
         "before": monday - timedelta(days=7), "after": monday + timedelta(days=7), "account_id": actor.account_id},
    )  # fmt: skip


def _by_account(rows: QuerySet[Reveal]) -> list[tuple[str, int, int]]:
    from django.db.models import Count

    counted = rows.values("account_id", "account_name").annotate(
        looks=Count("id"), persons=Count("subject_index", distinct=True)
    )
    return [
        (row["account_name"], row["looks"], row["persons"])
        for row in counted.order_by("-looks", "account_id")[:20]
    ]


@staff(*gates.REVEALS)
@require_POST
def review(request: HttpRequest, key: int) -> HttpResponse:
    """Tick one look off."""
    actor = acting(request)
    found = Reveal.objects.filter(pk=key, agency_id__in=actor.scope).first()
    if found is None:
        raise NotThere
    try:
        review_reveal(actor, found.pk)
        say(request, "已标记为抽查过。")
    except InputError as error:
        refuse(request, error)
    week: datetime = timezone.localtime(found.at)
    return redirect(f"/office/reveals/?week={week.date().isoformat()}")
