"""Rental subsidies of the demo district: approved applications as agreements, months due, batches in every station, a bank that answers.

All of it goes through the acts by which it comes about in an office.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.utils import timezone

from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy import payment_actions as payments
from guangsha.areas.subsidy.bank_exchange import exchange
from guangsha.areas.subsidy.bank_files import BEIJING
from guangsha.areas.subsidy.bank_simulator import SimulatedBank
from guangsha.areas.subsidy.models import Agreement, Batch, Entitlement
from guangsha.areas.subsidy.rules import month_code
from guangsha.demo.cast import Cast
from guangsha.kernel.errors import InputError
from guangsha.ledger.books import open_budget_line, open_fund, open_year
from guangsha.ledger.models import BudgetLine
from guangsha.people.actors import build_actor
from guangsha.policy.household import Month

#: Of a hundred agreements this many still wait for the household to sign.
UNSIGNED_PERCENT = 8
BUDGET_FEN = 500_000_00
BANK_KEY = "simulated-bank.pem"
NOTE = "已逐项核对控制检查的提示"


def fill_subsidies(cast: Cast, now: datetime) -> str:
    """Agreements, months, books and three batches: one closed, one with a payment that came back, one that waits for approval."""
    actions.take_effects(now)
    _sign(cast, timezone.localdate(now))
    this = Month.of(timezone.localdate(now))
    reviewer = build_actor(cast.staff["district_reviewer"])
    actions.compute_month(reviewer, cast.district, month_code(this))
    months = sorted(
        set(Entitlement.objects.filter(agreement__agency=cast.district).values_list("month", flat=True))
    )
    line = _books(cast, this.year)
    if not months:
        return "没有补贴协议"
    bank = _bank()
    last, before = month_code(this), month_code(this.plus(-1))
    if months[0] < before:
        earlier = month_code(this.plus(-2))
        _pay(cast, bank, earlier, line, since=months[0] if months[0] < earlier else None, close=True)
    if before in months:
        _pay(cast, bank, before, line, returned=(1,))
    if last in months:
        batch = _make(cast, last, line)
        payments.check_batch(reviewer, batch.number, batch.version, note=NOTE)
    return f"{Agreement.objects.count()} 份补贴协议、{Entitlement.objects.count()} 户月应发、{Batch.objects.count()} 个发放批次"


def _sign(cast: Cast, today: date) -> None:
    """Whoever policy grants an amount is confirmed by a second person and signs, but for a few."""
    checker, maker = build_actor(cast.second_reviewer), build_actor(cast.staff["district_reviewer"])
    for place, agreement in enumerate(Agreement.objects.filter(state="draft").order_by("pk")):
        first = agreement.calculations.get()
        if first.amount_fen == 0 or place % 10 == 9:
            continue
        actions.confirm(checker, first.pk, agreement.version)
        if place * 37 % 100 < UNSIGNED_PERCENT:
            continue
        agreement.refresh_from_db()
        actions.sign_agreement(maker, agreement.number, agreement.version, signed_on=today)


def _books(cast: Cast, year: int) -> BudgetLine:
    accountant = build_actor(cast.staff["accountant"])
    open_year(accountant, cast.district.pk, year)
    fund = open_fund(accountant, cast.district.pk, "01", "保障性住房租金补贴（区级财政）", "general")
    payments.set_up_payments(accountant, fund.pk)
    return open_budget_line(
        accountant, fund, year, "公租房租赁补贴", "2210107", BUDGET_FEN, f"湖财预〔{year}〕1号（虚构）",
        nature="project", project_code="rental-subsidy",
    )  # fmt: skip


def _make(cast: Cast, month: int, line: BudgetLine, since: int | None = None) -> Batch:
    maker = build_actor(cast.staff["rent_clerk"])
    return payments.make_batch(maker, cast.district.pk, month, line.pk, since=since)


def _pay(
    cast: Cast,
    bank: SimulatedBank,
    month: int,
    line: BudgetLine,
    *,
    since: int | None = None,
    returned: tuple[int, ...] = (),
    close: bool = False,
) -> None:
    """A batch of a month all the way to the bank and back."""
    if not Entitlement.objects.filter(
        state="computed", month__lte=month, month__gte=month if since is None else since
    ).exists():
        return
    accountant = build_actor(cast.staff["accountant"])
    batch = _make(cast, month, line, since)
    batch = payments.check_batch(
        build_actor(cast.staff["district_reviewer"]), batch.number, batch.version, note=NOTE
    )
    batch = payments.approve_batch(build_actor(cast.staff["supervisor"]), batch.number, batch.version)
    payments.send_batch(accountant, batch.number, batch.version)
    _, data = payments.take_file(accountant, batch.number)
    said = bank.answer(
        data, batch.number, timezone.now().astimezone(BEIJING), codes=dict.fromkeys(returned, "closed")
    )
    payments.receive_file(accountant, batch.number, said)
    if close:
        batch.refresh_from_db()
        payments.close_batch(accountant, batch.number, batch.version)


def _bank() -> SimulatedBank:
    """The demo's bank; its key stays beside ours, so that it answers later batches as well (:func:`bank_answer`)."""
    folder = Path(settings.GUANGSHA_BANK)
    folder.mkdir(parents=True, exist_ok=True)
    key, ours = folder / BANK_KEY, exchange()
    if not key.exists():
        made = Ed25519PrivateKey.generate()
        key.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key.chmod(0o600)
        if ours.ring is not None:
            SimulatedBank(ours, made).introduce(folder)
            ours = exchange()
    found = load_pem_private_key(key.read_bytes(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        raise InputError("演示银行的密钥损坏", where=BANK_KEY, advice="请重新生成演示数据。")
    return SimulatedBank(ours, found)


def bank_answer(file: Path) -> tuple[str, bytes]:
    """What the demo's bank answers to a file that was downloaded: everything paid. The name and the bytes of the return file.

    Raises:
        InputError: not a file of this demo.
    """
    batch = file.name.partition(".")[0]
    if (
        not (Path(settings.GUANGSHA_BANK) / BANK_KEY).exists()
        or not Batch.objects.filter(number=batch).exists()
    ):
        raise InputError(
            "不是本演示下载的银行文件", where=file.name, advice="请用“下载银行文件”得到的文件，不要改名。"
        )
    if file.stat().st_size > 50_000_000:
        raise InputError("文件过大", where=file.name, advice="请核对文件。")
    data = _bank().answer(file.read_bytes(), batch, timezone.now().astimezone(BEIJING))
    return f"{batch}.return", data
