"""Contracts are signed on paper, or by a pluggable service of electronic signatures (``GUANGSHA_SIGNING``, a dotted path).

An electronic signature that the law takes for one (电子签名法 §13-14) comes from a service that the agency has a contract with; the
one here for development and training signs nothing. No request leaves the machine.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Signer(Protocol):
    """One service of electronic signatures."""

    #: Shown to staff: what a signature of this service is.
    label: str
    #: Whether it can be asked at all.
    available: bool

    def ask(self, number: str, digest: str, name: str) -> str:
        """Hand over a contract to sign; the reference under which the service keeps it.

        Args:
            number: of the contract; digest: SM3 of its text; name: of the tenant.

        Raises:
            InputError: the service does not take it now.
        """

    def outcome(self, reference: str) -> str:
        """``asked``, ``signed`` or ``refused``."""


class PaperOnly:
    """No electronic signatures: contracts are signed on paper and scanned."""

    label = "未接入电子签名"
    available = False

    def ask(self, number: str, digest: str, name: str) -> str:
        """Never called: it is not available."""
        raise NotImplementedError(number)

    def outcome(self, reference: str) -> str:
        """Nothing is under way."""
        return "refused"


class SimulatedSigner:
    """Signs everything at once: for development and training, never for a contract that counts."""

    label = "模拟电子签名（仅供演练）"
    available = True

    def ask(self, number: str, digest: str, name: str) -> str:
        """A reference that says what it is."""
        return f"SIM-{number}-{digest[:12]}"

    def outcome(self, reference: str) -> str:
        """Signed."""
        return "signed" if reference.startswith("SIM-") else "refused"


def current_signer() -> Signer:
    """The service of this installation."""
    signer: Signer = import_string(settings.GUANGSHA_SIGNING)()
    return signer
