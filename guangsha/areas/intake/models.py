"""Cases: what somebody applied for, every step it took, and how it ended.

Source: operations.md §2.0 (states, clocks, completeness, publicity, remedies), W1, W15; 行政许可法 §32, §82;
民法典 §201, §203.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guangsha.privacy.fields import SealedJSONField, SealedTextField

STATES: list[tuple[str, str]] = [
    ("submitted", "已提交"), ("supplement", "待补正"), ("accepted", "已受理"), ("verifying", "核验中"),
    ("street_review", "街道初审"), ("civil_review", "民政核对"), ("district_review", "区级审核"),
    ("city_review", "市级审核"), ("publicity", "公示中"), ("deciding", "待决定"), ("approved", "已批准"),
    ("rejected", "不予批准"), ("effective", "已生效"), ("review_due", "待复核"), ("suspended", "已暂停"),
    ("adjusted", "已调整"), ("terminated", "已终止"), ("archived", "已归档"), ("withdrawn", "已撤回"),
    ("objection", "异议处理中"), ("reconsidering", "复核中"), ("revoked", "已撤销"),
]  # fmt: skip

CHANNELS: list[tuple[str, str]] = [
    ("online", "网上"), ("window", "窗口"), ("proxy", "代办"), ("api", "接口"), ("proactive", "免申即办"),
]  # fmt: skip


class Draft(models.Model):
    """An application that is being filled in: saved at every page, resumed on any device."""

    account = models.ForeignKey(
        "people.Account", models.CASCADE, related_name="drafts", verbose_name="填写人"
    )
    service = models.CharField("事项", max_length=40)
    answers = SealedJSONField("填写内容")
    page = models.PositiveSmallIntegerField("填到第几步", default=0)
    for_person = models.ForeignKey(
        "registry.Person", models.CASCADE, null=True, related_name="+", verbose_name="代谁办理"
    )
    version = models.PositiveIntegerField("版本", default=1)
    #: Sent with the submission; the case keeps it, so that submitting twice makes one case.
    key = models.UUIDField("提交键", unique=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("保存时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "草稿"


class Counter(models.Model):
    """The last number given out under a name; its row is locked until the number is used or given back by a roll-back."""

    name = models.CharField("名称", max_length=80, primary_key=True)
    value = models.PositiveBigIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "编号"


class Case(models.Model):
    """One case. ``state`` and ``step`` move only in ``actions.py`` along ``rules.EDGES``; ``version`` guards each move."""

    number = models.CharField("办件编号", max_length=32, unique=True)
    key = models.UUIDField("提交键", unique=True)
    service = models.CharField("事项", max_length=40, db_index=True)
    service_version = models.CharField("事项版本", max_length=64)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="承办机构")
    community = models.ForeignKey(
        "people.Agency", models.PROTECT, null=True, related_name="+", verbose_name="社区"
    )
    applicant = models.ForeignKey(
        "registry.Person", models.PROTECT, related_name="cases", verbose_name="申请人"
    )
    household = models.ForeignKey(
        "registry.Household", models.PROTECT, null=True, related_name="cases", verbose_name="家庭"
    )
    account = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="cases", verbose_name="提交账号"
    )
    channel = models.CharField("渠道", max_length=10, choices=CHANNELS)
    authorization = models.ForeignKey(
        "ProxyAuthorization", models.PROTECT, null=True, related_name="cases", verbose_name="委托书"
    )
    #: As public lists and staff lists show it; written once, so that no list opens sealed columns.
    label = models.CharField("申请人（遮盖）", max_length=60)
    answers = SealedJSONField("填写内容")
    state = models.CharField("状态", max_length=16, choices=STATES, default="submitted")
    step = models.CharField("步骤", max_length=30, blank=True)
    assignee = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="assigned_cases", verbose_name="经办人"
    )
    #: 1 urgent (绿色通道) … 5 ordinary.
    priority = models.PositiveSmallIntegerField("优先级", default=5)
    submitted_at = models.DateTimeField("提交时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    #: Limits move when the clock stands still; null before acceptance.
    promised_on = models.DateField("承诺办结日", null=True)
    legal_on = models.DateField("法定办结日", null=True)
    step_due_on = models.DateField("本步骤期限", null=True)
    paused_at = models.DateTimeField("停表时间", null=True)
    pause_reason = models.CharField("停表原因", max_length=20, blank=True)
    paused_workdays = models.PositiveSmallIntegerField("累计停表工作日", default=0)
    #: Working days from acceptance to decision without pauses; what 压缩率 is computed from.
    used_workdays = models.PositiveSmallIntegerField("用时（工作日）", null=True)
    outcome = models.CharField("结果", max_length=12, blank=True)
    #: Reviews begin a new round each time the case is sent back; opinions of an earlier round do not count.
    round = models.PositiveSmallIntegerField("轮次", default=1)
    extended_workdays = models.PositiveSmallIntegerField("延长工作日", default=0)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "办件"
        indexes = [
            models.Index(fields=["agency", "state", "step_due_on"], name="case_queue"),
            models.Index(fields=["assignee", "state", "step_due_on"], name="case_mine"),
            models.Index(fields=["account", "-submitted_at"], name="case_of_account"),
            models.Index(fields=["state", "step_due_on"], name="case_due"),
            models.Index(fields=["-submitted_at"], name="case_newest"),
        ]

    def __str__(self) -> str:
        return self.number


class Concerned(models.Model):
    """Somebody entered in the form of a case, by the blind index of their number: colleagues who are their kin are kept away from
    it, whether or not a consent was given and whether or not they belong to a file."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="concerned", verbose_name="办件")
    identity_index = models.CharField("证件索引", max_length=64, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "办件所涉人员"
        constraints = [models.UniqueConstraint(fields=["case", "identity_index"], name="concerned_once")]


class Edge(models.Model):
    """One move of a case: who, when, why, and the digests of the facts and the rules it stood on. Append-only."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="edges", verbose_name="办件")
    number = models.PositiveIntegerField("序号")
    act = models.CharField("动作", max_length=30)
    before = models.CharField("原状态", max_length=16, blank=True)
    after = models.CharField("新状态", max_length=16)
    step = models.CharField("步骤", max_length=30, blank=True)
    at = models.DateTimeField("时间")
    account_id = models.BigIntegerField("办理人", default=0)
    account_name = models.CharField("办理人姓名", max_length=60, blank=True)
    role = models.CharField("角色", max_length=24, blank=True)
    reason_code = models.CharField("理由代码", max_length=30, blank=True)
    #: Seen by the applicant; ``note`` is not.
    message = models.TextField("告知内容", blank=True)
    note = models.TextField("内部意见", blank=True)
    facts_digest = models.CharField("事实摘要", max_length=64, blank=True)
    policy_version = models.CharField("政策版本", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "流转记录"
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="edge_order")]


class Material(models.Model):
    """One material of a case: an uploaded file (stored sealed), or the verification that stands in its place."""

    STATES: ClassVar = [
        ("uploaded", "已上传"), ("verified", "免提交（数据核验）"), ("promised", "告知承诺"),
        ("accepted", "已核对"), ("refused", "需重新提交"),
    ]  # fmt: skip

    case = models.ForeignKey(Case, models.CASCADE, null=True, related_name="materials", verbose_name="办件")
    draft = models.ForeignKey(Draft, models.CASCADE, null=True, related_name="materials", verbose_name="草稿")
    code = models.CharField("材料", max_length=40)
    state = models.CharField("状态", max_length=10, choices=STATES)
    file_name = models.CharField("文件名", max_length=120, blank=True)
    content_type = models.CharField("类型", max_length=40, blank=True)
    size = models.PositiveIntegerField("字节", default=0)
    digest = models.CharField("摘要", max_length=64, blank=True)
    stored = models.CharField("存放", max_length=80, blank=True)
    comment = models.CharField("意见", max_length=200, blank=True)
    uploaded_at = models.DateTimeField("上传时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        constraints = [
            models.CheckConstraint(condition=Q(case=None) ^ Q(draft=None), name="material_of_case_or_draft")
        ]


class Opinion(models.Model):
    """What a reviewer found at a step. Two-person steps need two opinions of different people."""

    VERDICTS: ClassVar = [("pass", "通过"), ("fail", "不通过"), ("return", "退回")]

    case = models.ForeignKey(Case, models.PROTECT, related_name="opinions", verbose_name="办件")
    step = models.CharField("步骤", max_length=30)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="审核人")
    verdict = models.CharField("意见", max_length=8, choices=VERDICTS)
    reasons = models.JSONField("理由代码", default=list)
    text = models.TextField("说明", blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "审核意见"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "step", "round", "account"], name="opinion_once_per_person"
            )
        ]


#: Every column that a public list has, from left to right (operations.md §6.3).
NOTICE_HEADS = (
    "序号", "登记号", "申请人", "家庭人数", "社区", "户型组别", "保障类别", "审核结果", "办件编号",
)  # fmt: skip


class Notice(models.Model):
    """A public notice (公示): a frozen, masked list with its digest, from one day to another."""

    STATES: ClassVar = [("running", "公示中"), ("ended", "已结束"), ("withdrawn", "已撤下")]

    number = models.CharField("公示编号", max_length=40, unique=True)
    title = models.CharField("标题", max_length=120)
    service = models.CharField("事项", max_length=40)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="公示机构")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止（含）")
    rows = models.JSONField("公示内容（遮盖）")
    digest = models.CharField("摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=STATES, default="running", db_index=True)
    cases = models.ManyToManyField(Case, related_name="notices", verbose_name="办件")
    published_at = models.DateTimeField("发布时间")
    hidden_at = models.DateTimeField("撤下时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        indexes = [models.Index(fields=["-published_at"], name="notice_newest")]

    @property
    def heads(self) -> list[str]:
        """The columns of the list as people read them: PostgreSQL keeps the keys of JSON in an order of its own."""
        place = {head: number for number, head in enumerate(NOTICE_HEADS)}
        return sorted(self.rows[0], key=lambda head: (place.get(head, len(place)), head)) if self.rows else []


class Objection(models.Model):
    """An objection to a notice. The objector's name never reaches the household concerned. Nothing stops for an objection as it
    comes; a case is held from when a member of staff finds it worth examining."""

    STATES: ClassVar = [
        ("open", "待审看"), ("examining", "核实中"), ("upheld", "成立"), ("dismissed", "不成立"),
    ]  # fmt: skip

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name="公示")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="objections", verbose_name="办件")
    receipt = models.CharField("回执号", max_length=24, unique=True)
    text = SealedTextField("内容")
    contact = SealedTextField("联系方式", blank=True)
    #: Who made it, as keyed indexes only: so that one origin does not flood a notice.
    origin = models.CharField("来源索引", max_length=64, blank=True, db_index=True)
    contact_index = models.CharField("联系方式索引", max_length=64, blank=True, db_index=True)
    made_at = models.DateTimeField("提出时间")
    due_on = models.DateField("应答复日")
    state = models.CharField("状态", max_length=10, choices=STATES, default="open", db_index=True)
    finding = models.TextField("核实情况", blank=True)
    settled_by = models.BigIntegerField("核实人", null=True)
    settled_at = models.DateTimeField("核实时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "异议"


class Decision(models.Model):
    """A decision and its letter, with the facts and the rules it stood on. A later decision never changes it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions", verbose_name="办件")
    number = models.CharField("文号", max_length=40, unique=True)
    outcome = models.CharField("结果", max_length=12)
    reasons = models.JSONField("理由", default=list)
    articles = models.JSONField("依据", default=list)
    text = models.TextField("决定书正文")
    #: ``{"answers": …, "verifications": […], "opinions": […], "service": …}`` as they stood.
    snapshot = SealedJSONField("决定时的事实")
    snapshot_digest = models.CharField("事实摘要", max_length=64)
    policy_version = models.CharField("政策版本", max_length=64)
    digest = models.CharField("决定书摘要", max_length=64)
    decided_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="决定人")
    decided_at = models.DateTimeField("决定时间")
    served_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "决定"


class Remedy(models.Model):
    """A request to examine a decision again (复核), with its own limit; decided by somebody who did not decide before."""

    STATES: ClassVar = [("open", "复核中"), ("upheld", "维持"), ("changed", "改变")]

    case = models.ForeignKey(Case, models.PROTECT, related_name="remedies", verbose_name="办件")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="remedies", verbose_name="原决定")
    text = models.TextField("请求与理由")
    asked_at = models.DateTimeField("提出时间")
    due_on = models.DateField("应答复日")
    state = models.CharField("状态", max_length=10, choices=STATES, default="open", db_index=True)
    answer = models.TextField("答复", blank=True)
    answered_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "复核"


class Rating(models.Model):
    """好差评: one per case, never forced; not shown to the case worker before the case is closed (国办发〔2019〕51号)."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="rating", verbose_name="办件")
    grade = models.PositiveSmallIntegerField("评价（5 非常满意 … 1 非常不满意）")
    tags = models.JSONField("标签", default=list)
    text = models.CharField("说明", max_length=500, blank=True)
    rated_at = models.DateTimeField("评价时间")
    #: Grades 1 and 2 are 差评: called back and mended within the limit.
    due_on = models.DateField("整改期限", null=True)
    reply = models.TextField("回访与整改", blank=True)
    replied_at = models.DateTimeField("回访时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "评价"
        constraints = [models.CheckConstraint(condition=Q(grade__gte=1, grade__lte=5), name="rating_grade")]


class SpotCheck(models.Model):
    """A decided case drawn for a second look (抽样复查), by somebody who did not work on it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="spot_checks", verbose_name="办件")
    drawn_at = models.DateTimeField("抽取时间")
    seed = models.CharField("抽样种子", max_length=64)
    account = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复查人"
    )
    finding = models.CharField("结论", max_length=10, blank=True)
    text = models.TextField("说明", blank=True)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "抽样复查"


class Alarm(models.Model):
    """A limit that is near or past, and who was told. An alarm that nobody answers climbs to the next level."""

    LEVELS: ClassVar = [("due_soon", "将到期"), ("overdue", "已超期"), ("escalated", "已上报")]

    case = models.ForeignKey(Case, models.PROTECT, related_name="alarms", verbose_name="办件")
    level = models.CharField("级别", max_length=10, choices=LEVELS)
    step = models.CharField("步骤", max_length=30)
    due_on = models.DateField("期限")
    raised_at = models.DateTimeField("提醒时间")
    told = models.JSONField("告知", default=list)
    answered_by = models.BigIntegerField("处理人", null=True)
    answered_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限提醒"
        constraints = [models.UniqueConstraint(fields=["case", "level", "step", "due_on"], name="alarm_once")]


class ProxyAuthorization(models.Model):
    """A signed paper by which somebody lets a helper apply for them (代办授权)."""

    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="委托人")
    helper = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="代办人")
    services = models.JSONField("委托事项", default=list)
    file_digest = models.CharField("签字件摘要", max_length=64)
    stored = models.CharField("存放", max_length=80)
    signed_on = models.DateField("签署日期")
    until = models.DateField("有效期至")
    revoked_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "代办授权"


class Hook(models.Model):
    """One event for the programme that carries a decision out (``effect`` names it); taken exactly once, in the order of
    ``number``. What it says never changes: a decision that changes the effect adds the next event."""

    EVENTS: ClassVar = [("granted", "准予"), ("changed", "变更"), ("revoked", "取消")]

    case = models.ForeignKey(Case, models.PROTECT, related_name="hooks", verbose_name="办件")
    effect = models.CharField("后续业务", max_length=40)
    number = models.PositiveIntegerField("序号", default=1)
    event = models.CharField("事件", max_length=8, choices=EVENTS, default="granted")
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, related_name="hooks", verbose_name="所依据的决定"
    )
    payload = SealedJSONField("内容")
    made_at = models.DateTimeField("时间")
    taken_at = models.DateTimeField("接收时间", null=True)
    taken_by = models.CharField("接收方", max_length=60, blank=True)
    #: Why the clock could not carry it out when it last tried; staff read it where the work is done.
    hindrance = models.CharField("未能办理的原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "后续业务"
        constraints = [models.UniqueConstraint(fields=["case", "effect", "number"], name="hook_order")]
