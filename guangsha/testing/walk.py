"""Looking at a page as it stands in a browser: what axe finds on it, and whether it fits a phone.

:func:`addresses` lists the addresses of the rooms whose pages a test walks, so that a page that is added is either walked or
fails the test; :func:`look` says what is wrong with the page that is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from guangsha.testing.effort import WIDE

#: What the law asks for (WCAG 2.1, levels A and AA).
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
#: A desk, and the narrowest phone in use.
WIDTHS = (1280, 360)

_AXE = """async (rules) => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]})).violations
  .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.replace(/\\s+/g, " ")}`))"""
#: What sticks out of the page on the right and is not in a part that scrolls by itself.
_STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const scrolls = e => e && (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  return [`the page is ${document.documentElement.scrollWidth} px wide`, ...[...document.body.querySelectorAll("*")]
    .filter(e => e.getBoundingClientRect().right > wide + 0.5 && !scrolls(e.parentElement)).slice(-3).map(e => e.outerHTML.slice(0, 120))];
}"""


def addresses(*rooms: str, apart: Sequence[str] = ()) -> dict[str, str]:
    """Name → route of every address whose view lives in one of ``rooms`` (``guangsha.areas.portal`` …), but not in ``apart``."""
    found = {}
    for route, entry in _entries(get_resolver().url_patterns):
        module = f"{entry.callback.__module__}."
        if module.startswith(tuple(f"{room}." for room in rooms)) and not module.startswith(
            tuple(f"{room}." for room in apart)
        ):
            found[str(entry.name)] = route
    return found


def _entries(
    patterns: Sequence[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _entries(entry.url_patterns, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


@cache
def _axe_source() -> str:
    return str(Axe().axe_script)


def look(page: Page, widths: Sequence[int] = WIDTHS, read_at: Sequence[int] = WIDTHS) -> list[str]:
    """What is wrong with the page that is open: whether it fits at each width, and what axe finds at those of ``read_at``.

    The width that the page has comes first, and it stays as wide as it was looked at last: laying a page out anew costs as much
    as reading it.
    """
    faults = []
    page.evaluate(_axe_source())
    for width in sorted(widths, key=lambda width: width != width_of(page)):
        if width != width_of(page):
            page.set_viewport_size({"width": width, "height": 900})
        told = [*page.evaluate(_STICKS_OUT), *(page.evaluate(_AXE, list(RULES)) if width in read_at else [])]
        faults += [f"{width} px: {each}" for each in told]
    return faults


def width_of(page: Page) -> int:
    """How wide the window of ``page`` is."""
    size = page.viewport_size
    return size["width"] if size else 0


def width_by_turns(turn: int) -> Sequence[int]:
    """At which width axe reads the page that is the ``turn``-th of a walk: at every one in a wide run, else by turns.

    Axe takes most of the time of a walk, and finds at one width nearly all that it finds at the other.
    """
    return WIDTHS if WIDE else (WIDTHS[turn % len(WIDTHS)],)
