"""Consents, queries to other departments and their answers.

Source: 社会救助法 §40-41, §62; 政务数据共享条例 §19; operations.md §2.0 (six outcomes; only a mismatch on which the person
was heard may lead to refusal).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guangsha.privacy.fields import BlindIndexField, SealedJSONField, SealedTextField

SOURCES: list[tuple[str, str]] = [
    ("population", "公安人口库"), ("hukou", "户籍与居住证"), ("marriage", "民政婚姻登记"),
    ("real_estate", "不动产登记与网签"), ("social_insurance", "社会保险"), ("provident_fund", "住房公积金"),
    ("civil_status", "民政救助身份"), ("tax", "税务收入"),
]  # fmt: skip

OUTCOMES: list[tuple[str, str]] = [
    ("match", "一致"), ("mismatch", "不一致"), ("not_found", "未查到"), ("source_unavailable", "来源暂不可用"),
    ("stale", "数据过期"), ("no_authorization", "未获授权"),
]  # fmt: skip


class Consent(models.Model):
    """What a person agreed to: which sources may be asked, for which purpose, until when."""

    person = models.ForeignKey(
        "registry.Person", models.PROTECT, related_name="consents", verbose_name="当事人"
    )
    purpose = models.CharField("目的", max_length=120)
    sources = models.JSONField("数据来源", default=list)
    case_number = models.CharField("办件", max_length=32, db_index=True)
    way = models.CharField("方式", max_length=20)
    given_at = models.DateTimeField("同意时间")
    until = models.DateField("有效期至", null=True)
    revoked_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "核查授权"


class Verification(models.Model):
    """One question to one source about one person for one case, and its outcome. Kept, never overwritten."""

    number = models.CharField("请求编号", max_length=40, unique=True)
    case_number = models.CharField("办件", max_length=32, db_index=True)
    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="当事人")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, verbose_name="授权")
    source = models.CharField("来源", max_length=20, choices=SOURCES)
    purpose = models.CharField("目的", max_length=120)
    material = models.CharField("替代的材料", max_length=40, blank=True)
    outcome = models.CharField("结果", max_length=20, choices=OUTCOMES, blank=True, db_index=True)
    differences = SealedJSONField("不一致之处")
    payload = SealedJSONField("返回内容")
    asked_at = models.DateTimeField("请求时间")
    answered_at = models.DateTimeField("返回时间", null=True)
    data_as_of = models.DateField("数据截至", null=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次重试", null=True, db_index=True)
    fault = models.CharField("故障", max_length=200, blank=True)
    #: The person was told of a mismatch and answered, or the time for an answer is over.
    heard_at = models.DateTimeField("听取说明时间", null=True)
    explanation = models.TextField("当事人说明", blank=True)
    settled = models.CharField("处理", max_length=12, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据核验"
        indexes = [models.Index(fields=["source", "-asked_at"], name="verification_source")]


class Circuit(models.Model):
    """The circuit breaker of one source: after repeated faults it is left alone for a while, and everybody can see it."""

    SOURCE_STATES: ClassVar = [("closed", "正常"), ("open", "暂停"), ("half_open", "试探")]

    source = models.CharField("来源", max_length=20, primary_key=True)
    state = models.CharField("状态", max_length=10, choices=SOURCE_STATES, default="closed")
    faults = models.PositiveSmallIntegerField("连续故障", default=0)
    until = models.DateTimeField("暂停至", null=True)
    changed_at = models.DateTimeField("变化时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "来源状态"


class Correction(models.Model):
    """A request to a source to mend wrong data (政务数据共享条例: answer within 10 working days)."""

    verification = models.ForeignKey(
        Verification, models.PROTECT, related_name="corrections", verbose_name="核验"
    )
    text = models.TextField("问题")
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    due_on = models.DateField("应答复日")
    answered_at = models.DateTimeField("答复时间", null=True)
    answer = models.TextField("答复", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据更正请求"


class IdentityProof(models.Model):
    """One attempt to show that an account belongs to a registered person, and, where it held, the link itself with its end.

    The living link is also on the account (``person_id``, unique): one account for a person at a time.
    """

    WAYS: ClassVar = [
        ("population", "人口库核验"), ("certificate", "数字证书"), ("single_sign_on", "城市统一认证"), ("counter", "窗口核对证件"),
    ]  # fmt: skip
    STATES: ClassVar = [
        ("asked", "核验中"), ("second_look", "待复核"), ("live", "有效"), ("failed", "未通过"), ("refused", "复核不同意"),
        ("ended", "已解除"),
    ]  # fmt: skip
    FAULTS: ClassVar = [
        ("", "—"), ("differs", "与登记不一致"), ("unavailable", "来源暂不可用"), ("taken", "该身份已绑定其他账号"),
    ]  # fmt: skip

    account = models.ForeignKey("people.Account", models.PROTECT, related_name="proofs", verbose_name="账号")
    person = models.ForeignKey(
        "registry.Person", models.PROTECT, null=True, related_name="proofs", verbose_name="人员"
    )
    way = models.CharField("方式", max_length=16, choices=WAYS)
    state = models.CharField("状态", max_length=12, choices=STATES, db_index=True)
    fault = models.CharField("未通过的原因", max_length=12, choices=FAULTS, blank=True)
    #: As it was claimed; the name and number of the register are the person's.
    name = SealedTextField("姓名")
    identity = SealedTextField("证件号码")
    identity_index = BlindIndexField(of="identity", kind="identity")
    address_index = models.CharField("网络地址索引", max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField("提出时间", db_index=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次重试", null=True, db_index=True)
    settled_at = models.DateTimeField("核验时间", null=True)
    #: At the counter: who saw the card, where, who looked a second time, and whether the former account gives way.
    agency = models.ForeignKey(
        "people.Agency", models.PROTECT, null=True, related_name="+", verbose_name="经办机构"
    )
    made_by = models.BigIntegerField("核对人", null=True)
    second_by = models.BigIntegerField("复核人", null=True)
    replaces = models.BooleanField("更换原账号", default=False)
    reason = models.CharField("理由", max_length=300, blank=True)
    ended_at = models.DateTimeField("解除时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份核验"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=("asked", "second_look", "live")),
                name="proof_one_alive",
            )
        ]
