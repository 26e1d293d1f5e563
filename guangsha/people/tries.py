"""What a stranger could find out by trying is tried a few times only: a number with a code, a number with the end of a phone.

Wrong tries are kept as blind indexes of what was tried and of the network address, for a day at most; nothing else of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from guangsha.people.models import SignInFault
from guangsha.privacy.fields import index_of

#: Within this time wrong tries are counted.
WINDOW = timedelta(minutes=15)
#: Longer than any wait that is reckoned from them.
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """The limit of one kind of guessing.

    Attributes:
        kind: ``track``, ``receipt``: tries of one kind do not count for another.
        number_max, address_max: wrong tries of one number, and from one network address for all numbers, within :data:`WINDOW`.
    """

    kind: str
    number_max: int
    address_max: int

    def spent(self, number: str, address: str) -> bool:
        """Whether this number, or this address, was tried too often."""
        subject, place = self._subjects(number, address)
        recent = SignInFault.objects.filter(at__gt=timezone.now() - WINDOW)
        return recent.filter(subject=subject).count() >= self.number_max or bool(
            place and recent.filter(subject=place).count() >= self.address_max
        )

    def note(self, number: str, address: str) -> None:
        """One more wrong try."""
        note_faults(self._subjects(number, address), timezone.now())

    def _subjects(self, number: str, address: str) -> tuple[str, str]:
        kind = f"{self.kind}-number"
        # what nothing is left of is tried as well
        return index_of(kind, number) or index_of(kind, "-"), index_of(f"{self.kind}-address", address)


def note_faults(subjects: Iterable[str], now: datetime) -> None:
    """Keep wrong tries of these subjects (an empty one is none), and forget old ones."""
    SignInFault.objects.filter(at__lt=now - KEPT).delete()
    SignInFault.objects.bulk_create([SignInFault(subject=key, at=now) for key in subjects if key])


def wait_words() -> str:
    """When somebody who tried too often may try again."""
    return f"请 {WINDOW.seconds // 60} 分钟后再试"
