"""Why a ban on applying anew (不得再次申请) is lifted: proposed by one person, decided by another. The ban itself stays, with its end."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guangsha.areas.tenancy.facts import LIFT_GROUNDS, LIFT_STATES


class BanLift(models.Model):
    """A proposal to lift a ban, with its document, and what was decided on it."""

    ban = models.ForeignKey("tenancy.Ban", models.PROTECT, related_name="lifts", verbose_name="不得再次申请")
    ground = models.CharField("解除依据", max_length=8, choices=list(LIFT_GROUNDS.items()))
    #: The judgment, the decision of the remedy, or the office's own note that found the mistake.
    document = models.CharField("文号", max_length=80)
    reason = models.CharField("理由", max_length=300)
    state = models.CharField("状态", max_length=8, choices=list(LIFT_STATES.items()), default="proposed")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="提出人"
    )
    made_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_reason = models.CharField("决定理由", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "解除不得再次申请"
        constraints = [
            models.UniqueConstraint(fields=["ban"], condition=Q(state="proposed"), name="ban_lift_one_open"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("made_by")), name="ban_lift_two_people"
            ),
        ]
