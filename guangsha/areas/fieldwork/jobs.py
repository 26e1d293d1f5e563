"""What the clock does for the area. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations


def register() -> None:
    """Put the jobs on the schedule."""
