"""The named cast for tests; it lives in ``guangsha.demo.cast``, because the demo shows the same people."""

from __future__ import annotations

from guangsha.demo.cast import (
    PASSWORD,
    Cast,
    add_agency,
    add_citizen,
    add_staff,
    build_cast,
    identity_number,
)

__all__ = ["PASSWORD", "Cast", "add_agency", "add_citizen", "add_staff", "build_cast", "identity_number"]
