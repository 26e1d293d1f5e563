"""What several pages share: the local rules on offer, and what a self-contained page may load."""

from __future__ import annotations

from typing import Any

from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.resources import data_folder
from guangsha.scoring.profile import load_profile

#: Years that the workbook links offer, newest first.
YEARS = (2025, 2024, 2023)
#: What a self-contained page may load, read by the content-policy middleware: its own style, nothing else.
REPORT_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "base-uri": ["'none'"],
}


def offered_profiles() -> list[dict[str, Any]]:
    """Every place's rules with the newest year that they cover."""
    offered = []
    for path in sorted(data_folder("profiles").glob("*.yaml")):
        for year in YEARS:
            try:
                profile = load_profile(path.stem, year)
            except RuleMissing:
                continue
            offered.append({"id": profile.id, "label": profile.label, "year": year})
            break
    return offered
