"""The household's pages of rent in a browser: read by everybody, on paper and on the narrowest phone, with every fold opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from guangsha.areas.rent.channels import introduce_simulated
from guangsha.areas.rent.rules import receipt_number
from guangsha.areas.rent.tests.one_of_each import rents
from guangsha.areas.tenancy.tests.builders import citizen_of
from guangsha.testing.cast import Cast
from guangsha.testing.walk import WIDTHS, look


@pytest.mark.django_db(transaction=True)
def test_the_pages_of_a_household_are_read_by_everybody(
    browser: Any, live_server: Any, cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    introduce_simulated()
    own = rents(cast)
    late, left = own.tenant, citizen_of(own.left.tenant)
    check = f"/receipts/?number={receipt_number(own.receipt.pk)}&code={own.receipt.proof}"
    faults = []
    for who, path in (
        (late, f"/my/rent/{own.late.number}/"), (late, f"/my/rent/orders/{own.order.number}/"),
        (late, f"/my/rent/bank/{own.order.number}/"), (left, f"/my/rent/{own.left.number}/"),
        (left, f"/my/rent/receipts/{own.receipt.pk}/"), (None, "/receipts/"), (None, check), (None, check[:-1] + "!"),
    ):  # fmt: skip
        context = browser.new_context(
            viewport={"width": WIDTHS[-1], "height": 900}, locale="zh-CN", bypass_csp=True
        )
        if who is not None:
            client = Client()
            client.force_login(who)
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.goto(live_server.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        faults += [f"{path}: {text}" for text in look(page)]
        context.close()
    assert faults == []
