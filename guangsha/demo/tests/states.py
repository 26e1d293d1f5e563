"""The states in which a case of a built district rests."""

from __future__ import annotations

from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import STATES
from guangsha.areas.intake.rules import REVIEWS

#: The engine passes through it within the act of accepting.
PASSING = {"accepted"}


def reachable() -> set[str]:
    """The states in which a case of the catalogue can rest."""
    named = {step.state for service in services().values() for step in service.steps}
    return {state for state, _ in STATES} - PASSING - (REVIEWS - named)
