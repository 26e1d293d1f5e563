"""Reads evaluated packages from disk for the pages that show them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guangsha.evaluation import FILES

CONTENT_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json; charset=utf-8",
}

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Package:
    """One package as its pages need it."""

    name: str
    folder: Path
    scores: Mapping[str, Any]
    findings: Mapping[str, Any]

    @property
    def files(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "label": label, "size": (self.folder / name).stat().st_size}
            for name, label in FILES.items()
            if (self.folder / name).is_file()
        ]

    @property
    def title(self) -> str:
        return f"{self.scores['unit']}（{self.scores['year']} 年度）"

    @property
    def sheets(self) -> list[Mapping[str, Any]]:
        return list(self.scores["sheets"])

    @property
    def counts(self) -> dict[str, int]:
        found = self.findings["findings"]
        return {s: sum(1 for f in found if f["severity"] == s) for s in ("error", "warning", "info")}

    @property
    def ordered_findings(self) -> list[Mapping[str, Any]]:
        """Gravest first."""
        order = {"error": 0, "warning": 1, "info": 2}
        return sorted(self.findings["findings"], key=lambda finding: order[finding["severity"]])


def load_package(folder: Path, name: str = "") -> Package | None:
    """The package in ``folder``; None when it is not a complete one."""
    try:
        scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        findings = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Package(name or folder.name, folder, scores, findings)


def list_packages(root: Path) -> list[Package]:
    """All packages below ``root``, by name."""
    if not root.is_dir():
        return []
    found = (load_package(folder) for folder in sorted(root.iterdir()) if _NAME.fullmatch(folder.name))
    return [package for package in found if package]


def find_package(root: Path, name: str) -> Package | None:
    return load_package(root / name) if _NAME.fullmatch(name) else None
