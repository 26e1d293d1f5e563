"""Papers: a confirmation that anybody who holds it can check, and a dunning letter with the record of its delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from guangsha.areas.rent import actions, receipts
from guangsha.areas.rent.letters import letter, letters
from guangsha.areas.rent.models import Bill, Receipt
from guangsha.areas.rent.models_after import Dunning, DunningDelivery
from guangsha.areas.rent.papers import check_address
from guangsha.areas.rent.receipts import TRIES, check_receipt, confirmation
from guangsha.areas.rent.rules import receipt_key, receipt_number
from guangsha.areas.rent.tests.builders import Clock, Office, account_of
from guangsha.areas.rent.tests.one_of_each import rents
from guangsha.areas.rent.tests.test_pages import browser
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Block, Cell, Document, Paragraph, Table
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.models import SignInFault
from guangsha.testing.cast import Cast


def texts(document: Document) -> Iterator[str]:
    """Every line and cell that a document prints."""
    blocks: list[Block] = [block for section in document.sections for block in section.blocks]
    for block in blocks:
        if isinstance(block, Paragraph):
            yield "".join(run.text for run in block.runs)
        elif isinstance(block, Table):
            cells: list[Cell] = [cell for row in block.rows for cell in row]
            yield from (cell.text for cell in cells)


@pytest.fixture
def paid(office: Office, clock: Clock) -> Receipt:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    office.bill()
    return office.pay(lease, 60_000)


def test_a_number_names_one_payment_and_a_slip_of_the_pen_none() -> None:
    number = receipt_number(1234)
    assert receipt_key(number) == 1234
    assert receipt_key(number[:-2] + "0" + number[-1]) is None
    assert receipt_key("SK" + "\u0661" * 11) is None and receipt_key("") is None


def test_whoever_holds_the_paper_sees_what_was_paid_and_nobody_else(paid: Receipt) -> None:
    number = receipt_number(paid.pk)
    found = check_receipt(f" {number.lower()} ", f"{paid.proof[:4].lower()} {paid.proof[4:]}")
    name = paid.order.account.lease.tenant.name
    assert (found.amount_fen, found.day, found.back) == (60_000, date(2026, 3, 1), ())
    assert found.payer != name and found.payer[0] == name[0]
    sentences = set()
    for typed in ((number, "22222222"), (receipt_number(999_999), paid.proof), ("", ""), ("SK1", "x" * 500)):
        with pytest.raises(InputError) as refused:
            check_receipt(*typed)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_guessing_ends_after_a_few_tries(paid: Receipt) -> None:
    number = receipt_number(paid.pk)
    for _ in range(TRIES.number_max):
        with pytest.raises(InputError, match="没有查到"):
            check_receipt(number, "22222222", address="192.0.2.7")
    with pytest.raises(InputError, match="次数过多"):
        check_receipt(number, paid.proof, address="192.0.2.8")
    SignInFault.objects.all().delete()
    assert check_receipt(number, paid.proof).amount_fen == 60_000


def test_money_given_back_is_told(office: Office, clock: Clock, paid: Receipt) -> None:
    lease = paid.order.account.lease
    refund = actions.propose_refund(
        office.maker, lease.number, None, source="advance", bank_account="6222021001116245702", reason="多缴"
    )
    actions.decide_refund(office.approver, refund.number, None, approved=True)
    assert check_receipt(receipt_number(paid.pk), paid.proof).back == ()  # approved is not yet given back
    actions.pay_refund(office.accountant, refund.number, None, paid_on=timezone.localdate(), serial="R-1")
    ((what, fen, _),) = check_receipt(receipt_number(paid.pk), paid.proof).back
    assert (what, fen) == ("预缴款退付", refund.amount_fen)


def test_the_lines_of_the_paper_add_up_however_many_bills_were_paid(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    for month in ("2026-03-01", "2026-04-01", "2026-05-01"):
        clock.at(month)
        office.bill()
    paid = office.pay(lease, account_of(lease).owed_fen + 5_000)
    whole = receipts.rows_of(paid)
    assert len(whole) > 3 and whole[-1][0] == "预缴租金"
    monkeypatch.setattr(receipts, "ROWS_MAX", 2)
    short = receipts.rows_of(paid)
    assert short[2][0].startswith("其余") and len(short) == 4
    assert sum(fen for _, fen in short) == sum(fen for _, fen in whole) == paid.amount_fen


def test_the_paper_leads_to_its_check(paid: Receipt) -> None:
    address = check_address(RequestFactory().get("/"), paid)
    parts = urlsplit(address)
    client = Client(headers={"host": "127.0.0.1"})
    page = client.get(f"{parts.path}?{parts.query}")
    assert (
        page.status_code == 200 and "单据属实" in page.content.decode() and "600.00" in page.content.decode()
    )
    assert paid.order.account.lease.tenant.name not in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex" and "no-store" in page["Cache-Control"]
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    wrong = client.post(parts.path, {**asked, "code": "AAAAAAAA"})
    assert wrong.status_code == 400 and "没有查到" in wrong.content.decode()
    assert (
        client.get(parts.path).status_code == 200
        and client.post(parts.path, {"number": "\0", "code": "\0"}).status_code == 400
    )
    document = confirmation(paid, address)
    words = list(texts(document))
    assert any("不是财政票据" in text for text in words) and any("陆佰元整" in text for text in words)
    assert paid.voucher in words and any(paid.proof in text for text in words)
    assert write_pdf(document).startswith(b"%PDF") and write_docx(document).startswith(b"PK")


def dunned(office: Office, clock: Clock, numbers: tuple[int, ...]) -> list[Dunning]:
    """Letters to households that owe two months."""
    clock.at("2026-03-01")
    for number in numbers:
        office.lease("2026-03-01", number=number)
    office.bill()
    clock.at("2026-04-01")
    office.bill()
    clock.at("2026-04-20")
    actions.dun_agency(office.maker, office.district)
    return list(Dunning.objects.filter(step="dunning2").order_by("pk"))


def test_a_letter_lists_every_bill_by_when_and_how_to_pay_and_says_its_sum(
    office: Office, clock: Clock
) -> None:
    (found,) = dunned(office, clock, (1,))
    assert found.answer_by == date(2026, 4, 30)
    words = list(texts(letter(found)))
    opened = [bill.open_fen for bill in Bill.objects.order_by("due_on")]
    assert [text for text in words if text == "439.32"] == ["439.32", "439.32"] and sum(
        opened
    ) == found.owed_fen
    assert "878.64" in words and any("2026年4月30日前" in text for text in words)
    assert any("不会因欠租停水" in text for text in words) and any("不收现金" in text for text in words)
    office.pay(found.account.lease)
    assert list(texts(letter(Dunning.objects.get(pk=found.pk)))) == words  # what was written stands


def test_a_letter_of_before_its_items_were_kept_still_adds_up(office: Office, clock: Clock) -> None:
    (found,) = dunned(office, clock, (1,))
    found.items = []
    assert list(texts(letter(found))).count("878.64") == 2


def test_handing_over_is_written_down_with_its_proof_and_ends_the_waiting(
    office: Office, clock: Clock
) -> None:
    first, second = dunned(office, clock, (1, 2))
    assert write_docx(letters([first, second], "催缴文书")).startswith(b"PK")
    today = clock.now.date()
    for way, missing in (("handed", "签收人"), ("left", "见证人"), ("posted", "邮件号"), ("failed", "备注")):
        with pytest.raises(InputError, match=missing):
            actions.record_delivery(office.maker, first.pk, way=way, on=today)
    with pytest.raises(actions.RentRefused, match="发文之后"):
        actions.record_delivery(
            office.maker, first.pk, way="handed", on=date(2026, 4, 19), received_by="本人"
        )
    with pytest.raises(actions.RentRefused, match="岗位"):
        actions.record_delivery(office.accountant, first.pk, way="handed", on=today, received_by="本人")
    with pytest.raises(NotThere):
        actions.record_delivery(office.far, first.pk, way="handed", on=today, received_by="本人")
    actions.record_delivery(office.maker, first.pk, way="failed", on=today, note="家中无人")
    actions.record_delivery(office.maker, first.pk, way="handed", on=today, received_by="本人")
    assert DunningDelivery.objects.count() == 2
    assert {"直接送达", "本人", office.maker.name} <= set(texts(letter(first)))


def test_letters_wait_by_building_until_they_are_handed_over(cast: Cast) -> None:
    own = rents(cast)
    clerk = browser(cast.account("rent_clerk"))
    page = clerk.get("/office/rent/letters/").content.decode()
    building = own.late.dwelling.building_id
    file = f"/office/rent/letters/buildings/{building}/letters.pdf"
    assert own.letter.number in page and file in page
    answer = clerk.get(file)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert clerk.get(file.replace("pdf", "exe")).status_code == 404
    assert browser(cast.far_reviewer).get(file).status_code == 404
    where = f"/office/rent/letters/{own.letter.pk}/"
    given: dict[str, Any] = {
        "version": "0",
        "way": "handed",
        "on": timezone.localdate().isoformat(),
        "received_by": "",
    }
    wrong = clerk.post(f"{where}deliver/", given)
    assert wrong.status_code == 400 and "签收人" in wrong.content.decode()
    assert clerk.post(f"{where}deliver/", {**given, "received_by": "本人"}).status_code == 302
    assert "直接送达" in clerk.get(where).content.decode()
    assert (
        clerk.get(file).status_code == 404
        and own.letter.number not in clerk.get("/office/rent/letters/").content.decode()
    )
    tenant, stranger = browser(own.tenant), browser(cast.account("stranger"))
    for mine in (
        f"/my/rent/letters/{own.letter.pk}/letter.pdf",
        f"/office/rent/letters/{own.letter.pk}/letter.docx",
    ):
        assert stranger.get(mine).status_code in (302, 404)
    assert tenant.get(f"/my/rent/letters/{own.letter.pk}/letter.pdf").content.startswith(b"%PDF")
    assert own.letter.number in tenant.get(f"/my/rent/{own.late.number}/").content.decode()


def test_payments_from_before_the_codes_get_one_of_their_own(office: Office, paid: Receipt) -> None:
    office.pay(paid.order.account.lease, 100)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rent_receipt SET proof = 'SAMESAME'")  # what a column's default gives to all
    import_module("guangsha.areas.rent.migrations.0003_own_proofs").renew(
        apps, SimpleNamespace(connection=connection)
    )
    proofs = set(Receipt.objects.values_list("proof", flat=True))
    assert len(proofs) == 2 and "SAMESAME" not in proofs and {len(proof) for proof in proofs} == {8}
