"""Door devices and who may open them. A living household is never locked out: rules first, the database behind them.

Source: operations.md §1I, W18; 行政强制法 §43; 住房租赁条例 §12; 个人信息保护法 §29, §31.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from guangsha.areas.tenancy.facts import (
    DEPENDABLE,
    DEVICE_KINDS,
    GRANT_KINDS,
    GRANT_REASONS,
    GRANT_STATES,
    STOP_REASONS,
)
from guangsha.audit.kept import Kept


class AccessDevice(models.Model):
    """A door device (门禁、智能门锁): where it is, how it opens without power, and that it never keeps anybody in."""

    code = models.CharField("设备编号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=12, choices=list(DEVICE_KINDS.items()))
    entrance = models.ForeignKey(
        "stock.Entrance", models.PROTECT, null=True, related_name="devices", verbose_name="单元"
    )
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="devices", verbose_name="房屋"
    )
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="管理机构")
    offline_key = models.CharField("应急钥匙存放", max_length=120)
    egress_free = models.BooleanField("室内可直接开门", default=True)
    installed_on = models.DateField("安装日期")
    retired_on = models.DateField("停用日期", null=True)
    note = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "门禁设备"
        constraints = [
            models.CheckConstraint(condition=~Q(offline_key=""), name="accessdevice_offline_key"),
            models.CheckConstraint(condition=Q(egress_free=True), name="accessdevice_egress"),
            models.CheckConstraint(
                condition=Q(kind="unit_gate", entrance__isnull=False, dwelling=None)
                | Q(kind="flat_lock", entrance=None, dwelling__isnull=False),
                name="accessdevice_place",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Grants(models.QuerySet["AccessGrant"]):
    """Credentials: stopped, not removed; who held which is history. The database keeps them too (migration 0005)."""

    def delete(self) -> Any:
        raise Kept("tenancy.AccessGrant is never removed")


class AccessGrant(models.Model):
    """A credential (通行凭证) that somebody of a lease holds.

    ``lasting`` ones belong to the household as long as it lives there: only a key, a card or a code, and without an end. The
    database refuses to take the last of them from a household that lives there (migration 0003).
    """

    lease = models.ForeignKey("tenancy.Lease", models.PROTECT, related_name="grants", verbose_name="租赁合同")
    device = models.ForeignKey(
        AccessDevice, models.PROTECT, null=True, related_name="grants", verbose_name="设备"
    )
    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="持有人")
    kind = models.CharField("方式", max_length=8, choices=list(GRANT_KINDS.items()))
    lasting = models.BooleanField("常用凭证", default=False)
    #: The card's number or the like; a code is never kept here.
    label = models.CharField("标识", max_length=40, blank=True)
    state = models.CharField("状态", max_length=8, choices=list(GRANT_STATES.items()), default="asked")
    reason = models.CharField("发放事由", max_length=16, choices=list(GRANT_REASONS.items()))
    #: Last day; None for lasting ones.
    expires_on = models.DateField("到期日", null=True)
    #: The separate consent to use of the face (个人信息保护法 §29), and who gave it for a child.
    consent_on = models.DateField("人脸单独同意日期", null=True)
    guardian = models.ForeignKey(
        "registry.Person", models.PROTECT, null=True, related_name="+", verbose_name="监护人"
    )
    asked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    asked_at = models.DateTimeField("提出时间")
    approved_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    approved_at = models.DateTimeField("复核时间", null=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="补发前的凭证"
    )
    stop_reason = models.CharField("停用事由", max_length=20, choices=list(STOP_REASONS.items()), blank=True)
    #: A stop has two people too: who asked, and who carried it out.
    stop_asked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="停用经办人"
    )
    stopped_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="停用复核人"
    )
    stopped_at = models.DateTimeField("停用时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = Grants.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通行凭证"
        constraints = [
            models.CheckConstraint(
                condition=Q(lasting=False) | (Q(kind__in=sorted(DEPENDABLE)) & Q(expires_on=None)),
                name="accessgrant_lasting",
            ),
            models.CheckConstraint(
                condition=~Q(kind="face") | (~Q(consent_on=None) & ~Q(expires_on=None)),
                name="accessgrant_face_consent",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(asked_by=None) | ~Q(approved_by=F("asked_by")),
                name="accessgrant_two_people",
            ),
            models.CheckConstraint(
                condition=Q(stopped_by=None) | Q(stop_asked_by=None) | ~Q(stopped_by=F("stop_asked_by")),
                name="accessgrant_stop_two_people",
            ),
        ]
        indexes = [models.Index(fields=["lease", "state"], name="accessgrant_lease")]
