"""The areas of the API mounted on it: import ``api`` from here to have every operation declared."""

from __future__ import annotations

from guangsha.api.routes import (
    acts,
    agencies,
    allocation,
    audit,
    cases,
    drafts,
    duplicates,
    fieldwork,
    figures,
    health,
    households,
    materials,
    notices,
    own,
    rent,
    services,
    stock,
    subsidy,
    tenancy,
    verifications,
)
from guangsha.api.surface import api

#: In this order they stand in the document.
ROOMS = (
    services, agencies, drafts, cases, acts, materials, notices, own, stock, allocation, tenancy, rent, fieldwork,
    subsidy, households, duplicates, verifications, figures, audit, health,
)  # fmt: skip
for _room in ROOMS:
    api.add_router("", _room.router)

__all__ = ["ROOMS", "api"]
