"""What lies open on desks besides cases: people who may be one, a workbook that came in with mistakes, texts that did not arrive.

All of it goes through the acts by which it comes about in an office.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from guangsha.areas.intake.models import Case
from guangsha.areas.registry import actions as registry
from guangsha.areas.registry.duplicates import search_register
from guangsha.areas.registry.import_sheet import COLUMNS
from guangsha.demo.cast import Cast, identity_number
from guangsha.demo.population import Family
from guangsha.documents.writing.xlsx import Workbook
from guangsha.notify.actions import tell
from guangsha.notify.models import Message
from guangsha.people.actors import build_actor

#: Households whose applicant is also on file elsewhere, with a passport and the same phone: a second application.
DOUBLES = 5
_FAULTS = ("空号", "停机，运营商退回", "短信网关超时，已重试 4 次")


def fill_desks(cast: Cast, families: Sequence[Family], rng: random.Random, now: datetime) -> None:
    """Fill the desks of the archive, of the second look and of the messages."""
    _double(cast, families, rng)
    _come_in(cast, now)
    _not_arrive(cast, now)


def _double(cast: Cast, families: Sequence[Family], rng: random.Random) -> None:
    clerk, asked = cast.actor("street_clerk"), (0, 0)
    fitting = [family for family in families[2:] if family.head.phone]
    for number, family in enumerate(rng.sample(fitting, min(DOUBLES, len(fitting)))):
        again = registry.open_person(
            clerk, name=family.head.name, identity=f"EA{7_300_000 + 11 * number}", identity_kind="passport",
            phone=family.head.phone, reason="窗口以护照登记",
        )  # fmt: skip
        if number:  # the first was written down only; the others are on file in a second household
            registry.open_household(
                clerk, head=again, agency=cast.district, community=cast.communities[0], residence=family.address,
                programme="租赁补贴",
            )  # fmt: skip
        else:
            asked = family.head.pk, again.pk
    search_register()
    registry.propose_merge(
        build_actor(cast.staff["district_reviewer"]), *asked, reason="本人到窗口说明是同一人，换过证件"
    )


def _come_in(cast: Cast, now: datetime) -> None:
    """A street's backlog: seven rows, of which some cannot be taken as they are."""
    born, place = date(1968, 4, 9), cast.communities[1].name
    rows = [
        {"household": "1", "relation": "本人", "name": "温敬文", "identity": identity_number("430699", born, 31), "community": place,
         "residence": "望岳小区 6 栋 302 室", "programme": "公租房", "phone": "19900008001", "marital": "已婚"},
        {"household": "1", "relation": "配偶", "name": "沙丽", "identity": identity_number("430699", born, 32)},
        {"household": "2", "relation": "本人", "name": "柴仁", "identity": identity_number("430699", born, 33), "community": place,
         "residence": "望岳小区 9 栋 101 室", "programme": "租赁补贴", "opened_on": "2025-13-01"},
        {"household": "3", "relation": "本人", "name": "谷雨", "identity": "430699196804090349", "community": "不存在的社区",
         "residence": "金桥新村 2 栋", "programme": "公租房"},
        {"household": "4", "relation": "配偶", "name": "辛树", "identity": identity_number("430699", born, 37)},
        {"household": "5", "relation": "本人", "name": "关小月", "identity": identity_number("430699", born, 38), "community": place,
         "residence": "望岳小区 1 栋 501 室", "programme": "公租房", "status": "残疾", "status_grade": "二级",
         "status_source": "残联", "status_started_on": "2024-06-01"},
    ]  # fmt: skip
    book = Workbook(title="望岳社区补录")
    sheet = book.sheet("家庭档案", widths=[column.width for column in COLUMNS])
    for across, column in enumerate(COLUMNS):
        sheet.write(0, across, column.label)
        for at, row in enumerate(rows, start=1):
            sheet.write(at, across, row.get(column.key, ""))
    name = f"望岳社区{now.year}年补录.xlsx"
    registry.check_import(cast.actor("archivist"), cast.district, name, book.to_bytes())


def _not_arrive(cast: Cast, now: datetime) -> None:
    """Texts that the network gave back after every attempt."""
    cases = Case.objects.filter(account__in=(cast.applicant, cast.stranger)).select_related("account")
    for number, (case, fault) in enumerate(zip(cases.order_by("number"), _FAULTS, strict=False)):
        key = f"demo-failed-{number}"
        tell(
            case.account, subject="办件有新进展", key=key, channels=("sms",), about=case.number,
            body="您的办件有新进展，请登录查看。",
        )  # fmt: skip
        Message.objects.filter(key=f"{key}:sms").update(
            state="failed", tries=5, fault=fault, created_at=now - timedelta(hours=20 + number)
        )
