"""A tenant, a firm and orders in every station for tests, made by the acts that make them; a clock that stands where it is put."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from PIL import Image

from guangsha.areas.fieldwork import actions
from guangsha.areas.fieldwork.models import Contractor, RepairOrder
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.tests.builders import active_lease, citizen_of
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


def picture(colour: str = "#8fb1dc") -> bytes:
    """A photograph of one colour."""
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(drawn, "PNG")
    return drawn.getvalue()


class Site:
    """The cast around repairs: ``inspector`` takes reports and gives them out, ``firm`` repairs, ``head`` grants money, ``tenant``
    lives there."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.inspector = build_actor(cast.staff["field_inspector"])
        self.clerk = build_actor(cast.staff["rent_clerk"])
        self.hotline = build_actor(cast.staff["hotline_agent"])
        self.head = build_actor(cast.staff["supervisor"])
        self.firm = build_actor(cast.staff["property_user"])
        self.stranger = build_actor(cast.stranger)
        self.far = build_actor(cast.far_reviewer)

    @cached_property
    def lease(self) -> Lease:
        return active_lease(self.cast)

    @cached_property
    def tenant_account(self) -> Account:
        return citizen_of(self.lease.tenant)

    @cached_property
    def tenant(self) -> Any:
        return build_actor(self.tenant_account)

    @cached_property
    def contractor(self) -> Contractor:
        return actions.write_contractor(
            self.head,
            self.cast.district,
            name="和顺物业",
            kind="property",
            phone="0730-8000000",
            logins="property",
        )

    def reported(
        self, *, urgent: bool = False, kind: str = "water", text: str = "厨房水龙头关不紧"
    ) -> RepairOrder:
        return actions.report_from_home(
            self.tenant, self.lease.number, actions.Report(kind, text, "", "工作日白天", urgent)
        )

    def triaged(self, *, urgent: bool = False, **more: Any) -> RepairOrder:
        order = self.reported(urgent=urgent, **more)
        return actions.triage(
            self.inspector, order.number, order.version, urgent=urgent, text="已受理，会与您约时间"
        )

    def assigned(self, **more: Any) -> RepairOrder:
        order = self.triaged(**more)
        return actions.assign(
            self.inspector, order.number, order.version, contractor_id=self.contractor.pk, worker="老王",
            at=timezone.localtime() + timedelta(hours=3),
        )  # fmt: skip

    def visited(self, *lines: tuple[str, str], **more: Any) -> RepairOrder:
        order = self.assigned(**more)
        order = actions.arrive(self.firm, order.number, order.version)
        for code, quantity in lines:
            actions.add_line(self.firm, order.number, order.version, code=code, quantity=Decimal(quantity))
            order.refresh_from_db()
        return order

    def done(
        self,
        *lines: tuple[str, str],
        cause: str = "wear",
        part: str = "fixed",
        signed: bool = True,
        **more: Any,
    ) -> RepairOrder:
        order = self.visited(*lines, **more)
        actions.add_order_photo(self.firm, order.number, "after", picture())
        return actions.finish(
            self.firm, order.number, order.version, cause=cause, part=part, text="已更换水龙头，试水不漏",
            signed_way="paper" if signed else "", signed_by="陈某" if signed else "",
        )  # fmt: skip


def local(text: str) -> datetime:
    """A moment here: ``2026-11-20 16:00``."""
    return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d %H:%M"))  # noqa: DTZ007 - made aware here
