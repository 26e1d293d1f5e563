"""The clock of the books: they are proved every night."""

from __future__ import annotations

from datetime import datetime

from guangsha.kernel.errors import GuangshaError
from guangsha.ledger.verify import verify_books
from guangsha.notify.schedule import SCHEDULE, scheduled


class BooksUnsound(GuangshaError):
    """The proof of the night found something; the run fails with it, so that the system administrators are told."""

    code = "ledger-unsound"


def prove_books(now: datetime) -> str:
    """Prove all books (docs/operations/ledger.md). Says what was read.

    Raises:
        BooksUnsound: something is wrong; names the first fault and how many there are.
    """
    found = verify_books()
    if not found.sound:
        first = found.faults[0]
        raise BooksUnsound(
            f"账簿核对发现 {len(found.faults) + found.untold} 处问题，第一处：{first.text}",
            where=first.where,
            advice="请停止记账，运行 guangsha ledger verify 查看全部问题。",
        )
    return f"账实相符：{found.agencies} 个机构、{found.entries} 张凭证、{found.accounts} 个科目"


def register() -> None:
    """Put the job on the schedule; once per process."""
    if "ledger-proof" not in SCHEDULE:
        scheduled("ledger-proof", every="day 03:40", label="核对账簿")(prove_books)
