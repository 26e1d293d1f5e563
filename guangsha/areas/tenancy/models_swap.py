"""Swaps of dwellings: one household moves to a vacant one, or two change with each other; both ends in one case.

Source: 公共租赁住房管理办法 §27（擅自调换的应当退回）; operations.md W4.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guangsha.areas.tenancy.facts import AGREE_WAYS, SWAP_KINDS, SWAP_OPEN, SWAP_STATES


class Swap(models.Model):
    """A swap (调换住房): asked for, agreed to by every household, decided by another person, handed over in one act."""

    number = models.CharField("编号", max_length=32, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="出租机构")
    kind = models.CharField("方式", max_length=8, choices=list(SWAP_KINDS.items()), default="move")
    reason = models.CharField("理由", max_length=300)
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(SWAP_STATES.items()), default="asked")
    #: The day of the hand-over: the old leases run to the day before, the new ones from it.
    swap_on = models.DateField("调换日期", null=True)
    decided_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    decided_on = models.DateField("决定日期", null=True)
    reasons = models.CharField("决定理由", max_length=300, blank=True)
    closed_on = models.DateField("办结日期", null=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("登记时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "调换住房"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(made_by=None) | ~Q(decided_by=F("made_by")),
                name="swap_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=SWAP_OPEN) | Q(closed_on=None), name="swap_open_is_not_closed"
            ),
        ]
        indexes = [models.Index(fields=["agency", "state"], name="swap_queue")]

    def __str__(self) -> str:
        return self.number


class SwapLeg(models.Model):
    """One end of a swap: the lease that is left, the dwelling that is taken, and the lease that follows."""

    swap = models.ForeignKey(Swap, models.PROTECT, related_name="legs", verbose_name="调换住房")
    number = models.PositiveSmallIntegerField("序号")
    lease = models.ForeignKey(
        "tenancy.Lease", models.PROTECT, related_name="swap_legs", verbose_name="原租赁合同"
    )
    #: None until one is found for whoever asked.
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="+", verbose_name="换入房屋"
    )
    #: What a month will cost there, as the household was told before it agreed.
    rent_fen = models.BigIntegerField("拟定月租金（分）", null=True)
    agreed_way = models.CharField("同意方式", max_length=8, choices=list(AGREE_WAYS.items()), blank=True)
    agreed_on = models.DateField("同意日期", null=True)
    #: Who noted it: the tenant's own account, or the clerk at the window.
    agreed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="同意登记人"
    )
    follower = models.OneToOneField(
        "tenancy.Lease", models.PROTECT, null=True, related_name="swap_leg", verbose_name="新租赁合同"
    )
    #: Follows the state of the swap, for the constraints.
    is_open = models.BooleanField("在办", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "调换的一户"
        constraints = [
            models.UniqueConstraint(fields=["swap", "number"], name="swapleg_order"),
            models.UniqueConstraint(fields=["lease"], condition=Q(is_open=True), name="swapleg_lease_once"),
            models.UniqueConstraint(
                fields=["dwelling"], condition=Q(is_open=True), name="swapleg_dwelling_once"
            ),
            models.CheckConstraint(
                condition=Q(agreed_on=None, agreed_way="") | (~Q(agreed_on=None) & ~Q(agreed_way="")),
                name="swapleg_agreed",
            ),
        ]
