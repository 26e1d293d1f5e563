"""The programmes: each declared once, read by every evaluator."""

from __future__ import annotations

from guangsha.policy.programme import Programme
from guangsha.policy.programmes.public_rental import PUBLIC_RENTAL, PUBLIC_RENTAL_RENT
from guangsha.policy.programmes.rental_subsidy import RENTAL_SUBSIDY

PROGRAMMES: dict[str, Programme] = {
    programme.code: programme for programme in (RENTAL_SUBSIDY, PUBLIC_RENTAL, PUBLIC_RENTAL_RENT)
}

__all__ = ["PROGRAMMES", "PUBLIC_RENTAL", "PUBLIC_RENTAL_RENT", "RENTAL_SUBSIDY"]
