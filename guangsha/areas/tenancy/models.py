"""Leases of public rental dwellings: parties, terms, who lives there, hand-over, changes.

Amounts are whole fen a month. Source: 公共租赁住房管理办法 §16–§31; operations.md W4, §2.1 row 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db import models
from django.db.models import F, Q

from guangsha.areas.tenancy.facts import (
    CHANGE_KINDS,
    CHANGE_STATES,
    END_REASONS,
    HANDOVER_KINDS,
    IN_FORCE,
    LEASE_STATES,
    LIVING,
    PAY_CYCLES,
    SIGN_STATES,
    SIGN_WAYS,
)
from guangsha.areas.tenancy.models_access import AccessDevice, AccessGrant  # noqa: F401 - Django finds them from here
from guangsha.areas.tenancy.models_ban import BanLift  # noqa: F401 - Django finds it from here
from guangsha.areas.tenancy.models_exit import (  # noqa: F401 - Django finds them from here
    Ban,
    Clue,
    Exit,
    ExitStep,
    Hearing,
    SiteCheck,
    Violation,
)
from guangsha.areas.tenancy.models_swap import Swap, SwapLeg  # noqa: F401 - Django finds them from here
from guangsha.privacy.fields import SealedJSONField


class Lease(models.Model):
    """A lease (租赁合同) of a dwelling to a household. ``state`` changes by the acts of this area only."""

    number = models.CharField("合同编号", max_length=32, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="出租机构")
    household = models.ForeignKey(
        "registry.Household", models.PROTECT, related_name="leases", verbose_name="家庭"
    )
    tenant = models.ForeignKey(
        "registry.Person", models.PROTECT, related_name="leases", verbose_name="承租人"
    )
    dwelling = models.ForeignKey("stock.Dwelling", models.PROTECT, related_name="leases", verbose_name="房屋")
    case = models.ForeignKey(
        "intake.Case", models.PROTECT, null=True, related_name="leases", verbose_name="申请办件"
    )
    registration = models.OneToOneField(
        "allocation.Registration", models.PROTECT, null=True, related_name="lease", verbose_name="选房登记"
    )
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="followed_by", verbose_name="前一份合同"
    )
    region = models.CharField("适用地区", max_length=6)
    household_type = models.CharField("租金档次（保障类别）", max_length=24, blank=True)
    area_m2 = models.DecimalField("计租面积（㎡）", max_digits=12, decimal_places=2)
    market_fen = models.BigIntegerField("月市场租金（分）")
    rent_fen = models.BigIntegerField("月租金（分）")
    #: How the rent came about (``policy.decision.Decision.as_data``), for the page and the contract.
    rent_decision = SealedJSONField("租金计算过程")
    deposit_fen = models.BigIntegerField("押金（分）")
    pay_cycle = models.CharField("缴租周期", max_length=8, choices=list(PAY_CYCLES.items()), default="month")
    #: The contract's own months, where it is stricter than the place (operations.md W4); None: the place's number counts.
    arrears_months = models.PositiveSmallIntegerField("合同约定的累计欠租月数", null=True)
    idle_months = models.PositiveSmallIntegerField("合同约定的连续闲置月数", null=True)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止（含）")
    signed_on = models.DateField("签订日期", null=True)
    handed_over_on = models.DateField("入住交接日期", null=True)
    handed_back_on = models.DateField("交还房屋日期", null=True)
    ended_on = models.DateField("终止日期", null=True)
    end_reason = models.CharField("终止原因", max_length=16, choices=list(END_REASONS.items()), blank=True)
    #: When the tenant asked for another term; None: not asked.
    renewal_asked_on = models.DateField("申请续租日期", null=True)
    #: The court's order under which the dwelling may be cleared (执行裁定书文号); without it nobody locks anybody out.
    court_title = models.CharField("执行裁定书文号", max_length=60, blank=True)
    state = models.CharField(
        "状态", max_length=14, choices=list(LEASE_STATES.items()), default="pending_sign"
    )
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("建立时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "租赁合同"
        constraints = [
            # a dwelling is let once, a household has one home: whoever presses twice makes one lease
            models.UniqueConstraint(
                fields=["dwelling"], condition=Q(state__in=IN_FORCE), name="lease_dwelling_once"
            ),
            models.UniqueConstraint(
                fields=["dwelling"], condition=Q(state="pending_sign"), name="lease_dwelling_pending_once"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(state__in=LIVING), name="lease_household_once"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(state="pending_sign"), name="lease_household_pending_once"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="lease_days"),
            models.CheckConstraint(
                condition=Q(rent_fen__gte=0, market_fen__gte=0, deposit_fen__gte=0, area_m2__gt=0),
                name="lease_amounts",
            ),
            # who has not given the dwelling back has not ended living in it
            models.CheckConstraint(
                condition=~Q(state="ended")
                | Q(handed_over_on=None)
                | ~Q(handed_back_on=None)
                | Q(end_reason="renewed"),
                name="lease_ended_is_given_back",
            ),
            # what lets somebody be put out, and what moves a home to another lease, is written only where it can be true
            models.CheckConstraint(
                condition=Q(court_title="") | Q(state__in=("litigation", "ended")), name="lease_court_title"
            ),
            models.CheckConstraint(condition=Q(end_reason="") | Q(state="ended"), name="lease_end_reason"),
        ]
        indexes = [
            models.Index(fields=["agency", "state", "ends_on"], name="lease_queue"),
            models.Index(fields=["tenant", "state"], name="lease_tenant"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def kept(self) -> Mapping[str, Any]:
        """The decision that the rent rests on, as data; empty where none was kept."""
        return cast(Mapping[str, Any], self.rent_decision)

    @property
    def is_of_swap(self) -> bool:
        """Whether it is made by a swap, and so signed and begun there."""
        return self.follows is not None and self.follows.dwelling_id != self.dwelling_id

    @property
    def is_lived_in(self) -> bool:
        """Whether a household lives there under this lease, so that nobody may lock them out (operations.md W18)."""
        moved_on = self.handed_back_on is not None or self.end_reason == "renewed"
        return self.handed_over_on is not None and not moved_on and not self.court_title


class Occupant(models.Model):
    """Somebody who lives in the dwelling under a lease (共同居住人, the tenant included), from one day to another."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="occupants", verbose_name="租赁合同")
    person = models.ForeignKey(
        "registry.Person", models.PROTECT, related_name="tenancies", verbose_name="人员"
    )
    since = models.DateField("起")
    until = models.DateField("止", null=True)
    reason = models.CharField("变动原因", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "居住人"
        constraints = [
            models.UniqueConstraint(fields=["lease", "person"], condition=Q(until=None), name="occupant_once")
        ]


class SignRequest(models.Model):
    """A contract handed to somebody to sign: on paper with a scan, or by an electronic-signature service (``signing``)."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="sign_requests", verbose_name="租赁合同")
    way = models.CharField("签署方式", max_length=12, choices=list(SIGN_WAYS.items()))
    #: The reference under which the signing service keeps it; empty on paper.
    reference = models.CharField("签署编号", max_length=80, blank=True)
    #: SM3 of the contract's text that is signed: another text needs another signature.
    digest = models.CharField("合同摘要", max_length=64)
    stored = models.CharField("已签合同存放", max_length=32, blank=True)
    stored_name = models.CharField("文件名", max_length=120, blank=True)
    state = models.CharField("状态", max_length=8, choices=list(SIGN_STATES.items()), default="asked")
    asked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    asked_at = models.DateTimeField("发起时间")
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "合同签署"
        constraints = [
            models.UniqueConstraint(
                fields=["lease"], condition=Q(state="asked"), name="signrequest_one_open"
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="signrequest_reference"
            ),
        ]


class Handover(models.Model):
    """A dwelling handed over (in) or back (out): what the meters showed, keys, photos, things, who signed."""

    KINDS: ClassVar = list(HANDOVER_KINDS.items())

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="handovers", verbose_name="租赁合同")
    kind = models.CharField("类别", max_length=4, choices=KINDS)
    on = models.DateField("日期")
    #: ``{"water": "12.30", …}``, decimals as text.
    readings = models.JSONField("表底数", default=dict)
    keys = models.PositiveSmallIntegerField("钥匙数")
    #: ``[{"stored", "name", "digest"}]``: sealed files.
    photos = models.JSONField("照片", default=list)
    #: ``[{"name", "count", "state"}]``: furniture and fittings.
    items = models.JSONField("物品清单", default=list)
    #: Goods that were left behind, with their witness (out only).
    goods_left = models.CharField("遗留物品", max_length=300, blank=True)
    witness = models.CharField("见证人", max_length=60, blank=True)
    note = models.CharField("备注", max_length=300, blank=True)
    tenant_signed = models.CharField("承租方签字", max_length=60)
    absent = models.BooleanField("承租人未到场", default=False)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="交接人")
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "房屋交接"
        constraints = [
            models.UniqueConstraint(fields=["lease", "kind"], name="handover_once"),
            models.CheckConstraint(
                condition=Q(goods_left="") | ~Q(witness=""), name="handover_goods_have_a_witness"
            ),
            models.CheckConstraint(
                condition=Q(absent=False) | ~Q(witness=""), name="handover_absence_has_a_witness"
            ),
        ]


class LeaseChange(models.Model):
    """A change of the household or of the rent's tier, proposed by one person and confirmed by another."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="changes", verbose_name="租赁合同")
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("事项", max_length=12, choices=list(CHANGE_KINDS.items()))
    person = models.ForeignKey(
        "registry.Person", models.PROTECT, null=True, related_name="+", verbose_name="涉及人员"
    )
    happened_on = models.DateField("发生日期")
    #: Proposed tier and rent where the change touches them.
    household_type = models.CharField("拟定租金档次", max_length=24, blank=True)
    rent_fen = models.BigIntegerField("拟定月租金（分）", null=True)
    from_month = models.DateField("拟定起租月（一日）", null=True)
    decision = SealedJSONField("计算过程")
    reason = models.CharField("理由", max_length=300)
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(CHANGE_STATES.items()), default="proposed")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    confirmed_at = models.DateTimeField("复核时间", null=True)
    note = models.CharField("复核意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "租约变更"
        constraints = [
            models.UniqueConstraint(fields=["lease", "number"], name="leasechange_order"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(made_by=None) | ~Q(confirmed_by=F("made_by")),
                name="leasechange_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "made_at"], name="leasechange_queue")]
