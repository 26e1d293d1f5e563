"""From facts and scores to the document tree of a report: cover, numbered sections, annexes, final accounts.

Every figure that is printed names the fact it came from, and no text of a published report is kept here: sentences
are put together from figures (performance.md §5, P08).
"""

from guangsha.documents.writing.content.build import build_report

__all__ = ["build_report"]
